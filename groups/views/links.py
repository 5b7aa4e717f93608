"""Links that let colleagues into a group: making them, taking them back, and following one."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.refusal import Refused, sentences
from core.requests import Request
from groups import actions, forms
from groups.models import Group, InviteLink
from groups.permissions import links_for
from groups.views.group import door


@require_POST
def make(request: Request, public_id: str) -> HttpResponse:
    """Make a link."""
    found = door(request, public_id)
    form = forms.Link(request.POST)
    if not form.is_valid():
        raise Refused(" ".join(sentences(form)), status=422)
    try:
        actions.make_link(group=found, by=request.user, **form.cleaned_data)
    except ValidationError as error:
        raise Refused(" ".join(error.messages), status=422) from error
    messages.success(request, _("Here is the link: whoever has it comes in with it."))
    return redirect(f"{reverse('groups:invite', args=[found.public_id])}#by-link")


@require_POST
def revoke(request: Request, public_id: str, link_id: str) -> HttpResponse:
    """Take a link back."""
    found = door(request, public_id)
    actions.revoke_link(link=get_object_or_404(links_for(request.user, found), public_id=link_id), by=request.user)
    messages.success(request, _("The link is worth nothing from now on."))
    return redirect("groups:invite" if found.may.invite else "groups:group", found.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def link(request: Request, token: str) -> HttpResponse:
    """What a link leads into, and the button that takes one in.

    Security door: a link that was used up, taken back, is too old or never was gives one and the same page.
    """
    found = actions.open_link(token)
    if found is None:
        return render(request, "groups/link_ended.html", status=404)
    if request.method == "POST":
        actions.join_by_link(token=token, person=request.user)
        messages.success(request, _("You are a member of %(group)s.") % {"group": found.group.name})
        return redirect(found.group)
    return render(request, "groups/link.html", {"link": found, "token": token})


def links_of(request: Request, group: Group) -> list[InviteLink]:
    """The links that the reader may see and take back, each with its `address`."""
    rows = list(links_for(request.user, group))
    for row in rows:
        row.address = settings.BASE_URL + reverse("groups:link", args=[actions.link_token(row)])  # type: ignore[attr-defined]
    return rows
