"""Deleting a group, the list of deleted ones, and bringing one back."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.paging import page
from core.refusal import Refused
from core.requests import Request
from groups import forms
from groups.actions import deletion
from groups.permissions import deleted_for
from groups.views.group import door
from groups.views.places import blame

SIZE = 50


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: Request, public_id: str) -> HttpResponse:
    """What deleting means, and the name of the group to type."""
    found = door(request, public_id)
    if not found.may.delete:
        raise Refused(_("Only an owner of the group can delete it."))
    form = forms.Deleting(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            deletion.delete_group(group=found, by=request.user, name=form.cleaned_data["name"])
        except ValidationError as error:
            blame(form, error)
        else:
            messages.success(request, _("The group is deleted. You can bring it back for 30 days."))
            return redirect("groups:deleted")
    status = 422 if request.method == "POST" else 200
    return render(request, "groups/delete.html", {"group": found, "may": found.may, "form": form}, status=status)


@require_safe
def deleted(request: Request) -> HttpResponse:
    """The deleted groups that the person may bring back, the last deleted first."""
    rows = deleted_for(request.user).select_related("deleted_by")
    found = page(rows, by=("-deleted_at", "-pk"), cursor=request.GET.get("cursor"), size=SIZE)
    for group in found.items:
        # Its sign is gone with it.
        group.picture = ""
    next_url = f"{reverse('groups:deleted')}?cursor={found.next}" if found.next else ""
    return render(request, "groups/deleted.html", {"groups": found.items, "next_url": next_url})


@require_POST
def restore(request: Request, public_id: str) -> HttpResponse:
    """Bring it back."""
    found = get_object_or_404(deleted_for(request.user), public_id=public_id)
    group = deletion.restore_group(group=found, by=request.user)
    messages.success(request, _("The group is back, with everything and everyone in it."))
    return redirect(group if group.is_visible_to(request.user) else "groups:deleted")
