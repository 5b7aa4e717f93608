"""Invitations to the network: sending them, and following their links."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from core import paging
from core.refusal import Refused
from core.requests import Request
from people import actions
from people.adapter import INVITATION
from people.forms import Invite
from people.models import Invitation
from people.permissions import may_invite_at_all

SIZE = 30


@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: Request) -> HttpResponse:
    """Send invitations, and see those one sent (administrators see all)."""
    if not may_invite_at_all(request.user):
        raise Refused(_("You cannot invite people."))
    form = Invite(request.POST or None)
    if request.method == "POST" and form.is_valid() and _send(request, form):
        return redirect("people:invitations")
    rows = Invitation.objects.select_related("invited_by", "accepted_by")
    if not request.user.is_admin:
        rows = rows.filter(invited_by=request.user)
    else:
        # A letter into a group says that the group exists: it is the group's own affair.
        rows = rows.filter(for_place=False) | rows.filter(invited_by=request.user)
    page = paging.page(rows, cursor=request.GET.get("cursor"), size=SIZE)
    context: dict[str, Any] = {
        "form": form,
        "invitations": page.items,
        "next_url": f"?cursor={page.next}" if page.next else "",
        "now": timezone.now(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "people/invitations.html", context, status=status)


@require_POST
def revoke(request: Request, public_id: str) -> HttpResponse:
    """Take an invitation back."""
    rows = Invitation.objects.all()
    if not request.user.is_admin:
        rows = rows.filter(invited_by=request.user)
    letter = get_object_or_404(rows, public_id=public_id)
    actions.revoke_invitation(invitation=letter, by=request.user)
    messages.success(request, _("The invitation is taken back."))
    return redirect("people:invitations")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: Request, token: str) -> HttpResponse:
    """The link of a letter: who invites, and the button that begins.

    Security door: a link that was used, taken back, is too old or never was gives one and the same page.
    """
    letter = actions.open_invitation(token)
    if letter is None:
        return render(request, "people/invitation_ended.html", status=404)
    if request.method == "POST":
        if request.user.is_authenticated:
            actions.accept_invitation(person=request.user, token=token)
            messages.success(request, _("Welcome."))
            return redirect("/")
        request.session[INVITATION] = token
        return redirect("account_signup")
    return render(request, "people/invitation.html", {"letter": letter, "token": token})


def _send(request: Request, form: Invite) -> bool:
    """Send what can be sent; what cannot is said at the form. True when everything went out."""
    sent, left = 0, []
    for email in form.cleaned_data["emails"]:
        try:
            actions.invite(
                by=request.user,
                email=email,
                as_guest=form.cleaned_data["as_guest"],
                guest_until=form.cleaned_data["guest_until"],
            )
            sent += 1
        except Refused as error:
            left.append(email)
            form.add_error("emails", f"{email}: {error.message}")
        except ValidationError as error:
            left.append(email)
            form.add_error("emails", error.messages)
    if sent:
        messages.success(
            request,
            ngettext("%(n)s invitation is on its way.", "%(n)s invitations are on their way.", sent) % {"n": sent},
        )
    if left:
        form.data = data = request.POST.copy()
        data["emails"] = "\n".join(left)
    return not left
