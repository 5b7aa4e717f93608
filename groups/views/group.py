"""One group's page, and its settings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.prepared import Prepared
from core.refusal import Refused
from core.requests import Request
from core.text import call_sign
from groups import actions, forms
from groups.models import Group, GroupInvitation, JoinRequest, Membership
from groups.permissions import load
from groups.views.places import blame
from inbox import actions as inbox

#: Faces beside the posts.
FACES = 12


_DOOR = Prepared(
    lambda user, public_id: (
        Group.objects.visible_to(user).filter(public_id=public_id).select_related("audience", "cover", "category")
    )
)
_FACES = Prepared(
    lambda key: Membership.objects.active().filter(group=key).select_related("person").order_by("pk")[:FACES]
)


def door(request: Request, public_id: str) -> Group:
    """The group behind an address, with what its reader may do there; 404 for one they may not know."""
    rows = _DOOR.instances(user=request.user, public_id=public_id)
    if not rows:
        raise Http404
    load(request.user, rows)
    return rows[0]


@require_safe
def group(request: Request, public_id: str) -> HttpResponse:
    """What is said in a group, for those who may read it; for others what it is and how to come in."""
    found = door(request, public_id)
    right = found.may
    context: dict[str, Any] = {"group": found, "may": right, "tab": "posts"}
    if right.read and request.headers.get("HX-Request") and request.GET.get("cursor"):
        return render(request, "groups/_posts.html", context)
    if right.members:
        context["members"] = _FACES.instances(key=found.pk)
    if right.is_member:
        context["level"] = inbox.level_of(person=request.user, obj=found)
    if right.decide or right.settle:
        context["waiting"] = JoinRequest.objects.filter(group=found, state=JoinRequest.State.PENDING).count()
    if right.request or right.waiting:
        context["deciders"] = list(actions.deciders(found).order_by("folded")[:5])
        context["ask_form"] = forms.Asking()
    if right.invited:
        context["invitation"] = (
            GroupInvitation.objects.standing()
            .filter(group=found, person=request.user)
            .select_related("invited_by")
            .first()
        )
    return render(request, "groups/group.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: Request, public_id: str) -> HttpResponse:
    """Name, purpose and rules."""
    found = door(request, public_id)
    if not (found.may.edit or found.may.archive):
        raise Refused(_("Only an owner of the group can change it."))
    fields = {field: getattr(found, field) for field in actions.FIELDS}
    # One made of the name goes on following it.
    made = call_sign(found.name)
    fields["handle"] = "" if found.handle == made else found.handle
    fields["category"] = found.category.public_id if found.category else ""
    fields["successor"] = f"@{found.successor.handle}" if found.successor else ""
    form = forms.GroupForm(request.POST or None, initial=fields, person=request.user)
    form.fields["handle"].widget.attrs["placeholder"] = made
    if request.method == "POST" and form.is_valid():
        answer = _save(request, found, form)
        if answer is not None:
            return answer
    context = {
        "group": found,
        "may": found.may,
        "form": form,
        "cover_form": forms.Cover(),
        "picture_form": forms.Picture(),
        "tab": "settings",
    }
    return render(request, "groups/settings.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def cover(request: Request, public_id: str) -> HttpResponse:
    """Put up a cover, or take it away (`remove`)."""
    found = door(request, public_id)
    form = forms.Cover(request.POST, request.FILES)
    if "remove" in request.POST:
        actions.set_cover(group=found, by=request.user, file=None)
        messages.success(request, _("The cover is removed."))
    elif form.is_valid():
        actions.set_cover(group=found, by=request.user, file=form.cleaned_data["cover"])
        messages.success(request, _("The cover is saved."))
    else:
        messages.error(request, _("Choose a picture first."))
    return redirect("groups:settings", found.public_id)


@require_POST
def picture(request: Request, public_id: str) -> HttpResponse:
    """Put up a sign in the place of the initial, or take it away (`remove`)."""
    found = door(request, public_id)
    form = forms.Picture(request.POST, request.FILES)
    if "remove" in request.POST:
        actions.set_picture(group=found, by=request.user, file=None)
        messages.success(request, _("The picture is removed."))
    elif form.is_valid():
        actions.set_picture(group=found, by=request.user, file=form.cleaned_data["picture"])
        messages.success(request, _("The picture is saved."))
    else:
        messages.error(request, _("Choose a picture first."))
    return redirect("groups:settings", found.public_id)


@require_POST
def archive(request: Request, public_id: str) -> HttpResponse:
    """Make it read-only (`on`=1), or use it again (`on`=0)."""
    found = door(request, public_id)
    if request.POST.get("on", "1") == "1":
        actions.archive(group=found, by=request.user)
        messages.success(request, _("The group is archived: everyone who could read it still can."))
    else:
        actions.unarchive(group=found, by=request.user)
        messages.success(request, _("The group is in use again."))
    return redirect(found)


def _save(request: Request, found: Group, form: forms.GroupForm) -> HttpResponse | None:
    """Carry out the change; a private group that would become public asks first what happens with earlier posts."""
    opens = form.cleaned_data["privacy"] == Group.Privacy.PUBLIC and found.is_private
    count = actions.said(found) if opens else 0
    opening = forms.Opening(request.POST)
    if opens and count and not opening.is_valid():
        context = {"group": found, "may": found.may, "form": form, "count": count, "tab": "settings"}
        return render(request, "groups/open.html", context)
    choice = opening.cleaned_data if opens and count else {}
    try:
        actions.edit_group(
            group=found,
            by=request.user,
            open_history=choice.get("history_choice") == "open",
            seen_count=choice.get("seen_count"),
            **form.cleaned_data,
        )
    except ValidationError as error:
        blame(form, error)
        return None
    messages.success(request, _("The group is saved."))
    return redirect(found)
