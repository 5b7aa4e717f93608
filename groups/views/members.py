"""Coming into a group, going, and who is in it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import paging
from core.refusal import Refused, sentences
from core.requests import Request
from core.text import fold
from groups import actions, forms
from groups.models import Group, GroupInvitation, JoinRequest, Membership
from groups.permissions import invitations_for
from groups.views.group import door
from groups.views.links import links_of
from people.models import User

SIZE = 40
#: Invitations beside the members; the others have a page.
SENT = 10


@require_POST
def join(request: Request, public_id: str) -> HttpResponse:
    """Become a member."""
    found = door(request, public_id)
    actions.join(group=found, person=request.user)
    messages.success(request, _("You are a member of %(group)s.") % {"group": found.name})
    return redirect(found)


@require_POST
def leave(request: Request, public_id: str) -> HttpResponse:
    """Go."""
    found = door(request, public_id)
    actions.leave(group=found, person=request.user)
    messages.success(request, _("You have left %(group)s.") % {"group": found.name})
    return redirect("groups:groups")


@require_POST
def ask(request: Request, public_id: str) -> HttpResponse:
    """Ask to be let in, or no longer (`withdraw`)."""
    found = door(request, public_id)
    if "withdraw" in request.POST:
        waiting = get_object_or_404(JoinRequest, group=found, person=request.user, state=JoinRequest.State.PENDING)
        actions.withdraw_request(request=waiting, by=request.user)
        messages.success(request, _("Your request is withdrawn."))
        return redirect(found)
    form = forms.Asking(request.POST)
    if not form.is_valid():
        raise Refused(" ".join(str(sentence) for sentence in form.errors["message"]), status=422)
    actions.request_to_join(group=found, person=request.user, message=form.cleaned_data["message"])
    messages.success(request, _("Your request is on its way. You are told when someone has decided."))
    return redirect(found)


@require_safe
def members(request: Request, public_id: str) -> HttpResponse:
    """Who is in it: owners and moderators first, then everyone by name."""
    found = door(request, public_id)
    if not found.may.members:
        raise Refused(_("Only members see who is in this group."))
    query = request.GET.get("q", "").strip()[:100]
    rows = Membership.objects.counted().filter(group=found).select_related("person")
    for word in fold(query).split()[:6]:
        rows = rows.filter(Q(person__folded__startswith=word) | Q(person__folded__contains=f" {word}"))
    leading = Q(role__in=[Membership.Role.OWNER, Membership.Role.MODERATOR])
    cursor = request.GET.get("cursor")
    page = paging.page(
        rows.exclude(leading).annotate(folded=F("person__folded")), by=("folded", "pk"), cursor=cursor, size=SIZE
    )
    context: dict[str, Any] = {
        "group": found,
        "may": found.may,
        "tab": "members",
        "leads": [] if cursor else list(rows.filter(leading).order_by("role", "person__folded")),
        "members": page.items,
        "next_url": _next(request, page.next),
        "q": query,
        "roles": Membership.GIVING.items(),
        "invitations": invitations_for(request.user, found).order_by("-pk")[:SENT],
    }
    return render(request, "groups/members.html", context)


@require_POST
def role(request: Request, public_id: str, person_id: str) -> HttpResponse:
    """Give a member another role."""
    found = door(request, public_id)
    form = forms.Role(request.POST)
    if not form.is_valid():
        raise BadRequest(_("Choose one of the list."))
    person = _member(request, found, person_id)
    try:
        actions.set_role(group=found, person=person, by=request.user, role=form.cleaned_data["role"])
    except ValidationError as error:
        raise Refused(" ".join(error.messages), status=422) from error
    messages.success(request, _("%(name)s has another role.") % {"name": person.name})
    return redirect("groups:members", found.public_id)


@require_POST
def remove(request: Request, public_id: str, person_id: str) -> HttpResponse:
    """Take a member out."""
    found = door(request, public_id)
    person = _member(request, found, person_id)
    actions.remove_member(group=found, person=person, by=request.user)
    messages.success(request, _("%(name)s is no longer a member.") % {"name": person.name})
    return redirect("groups:members", found.public_id)


@require_safe
def requests(request: Request, public_id: str) -> HttpResponse:
    """Those who ask to be let in, the longest waiting first."""
    found = door(request, public_id)
    if not (found.may.decide or found.may.settle):
        raise Refused(_("Only an owner or moderator of the group decides about requests."))
    rows = JoinRequest.objects.filter(group=found, state=JoinRequest.State.PENDING).select_related("person")
    page = paging.page(rows, by=("pk",), cursor=request.GET.get("cursor"), size=SIZE)
    context = {
        "group": found,
        "may": found.may,
        "tab": "requests",
        "requests": page.items,
        "next_url": _next(request, page.next),
    }
    return render(request, "groups/requests.html", context)


@require_POST
def decide(request: Request, public_id: str, request_id: str) -> HttpResponse:
    """Accept or refuse a request."""
    found = door(request, public_id)
    if not (found.may.decide or found.may.settle):
        raise Refused(_("Only an owner or moderator of the group decides about requests."))
    asked = get_object_or_404(JoinRequest.objects.filter(group=found), public_id=request_id)
    form = forms.Deciding(request.POST)
    if not form.is_valid():
        raise Refused(" ".join(sentences(form)), status=422)
    accept = form.cleaned_data["accept"] == "1"
    actions.decide_request(request=asked, by=request.user, accept=accept, answer=form.cleaned_data["answer"])
    sentence = _("%(name)s is a member now.") if accept else _("%(name)s is told that it was refused.")
    messages.success(request, sentence % {"name": asked.person.name})
    return redirect("groups:requests", found.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: Request, public_id: str) -> HttpResponse:
    """Ask people in, by handle or address."""
    found = door(request, public_id)
    if not found.may.invite:
        raise Refused(_("You cannot invite people to this group."))
    # A link may name whom to ask: someone who was mentioned here and cannot read it.
    named = request.GET.get("people", "")[:80]
    form = forms.Invite(request.POST or None, request.FILES or None, initial={"people": named})
    if request.method == "POST" and form.is_valid() and _invite(request, found, form):
        return redirect("groups:members", found.public_id)
    context = {
        "group": found,
        "may": found.may,
        "form": form,
        "link_form": forms.Link(),
        "links": links_of(request, found),
        "tab": "members",
    }
    return render(request, "groups/invite.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def invitations(request: Request, public_id: str) -> HttpResponse:
    """Invitations that wait, the last sent first; a POST sends all again that wait for more than a day."""
    found = door(request, public_id)
    if not found.may.invite:
        raise Refused(_("You cannot invite people to this group."))
    if request.method == "POST":
        sent = actions.resend_invitations(group=found, by=request.user)
        if sent:
            messages.success(request, _on_their_way(sent))
        else:
            messages.info(request, _("There is nothing to send: none waits for more than a day."))
        return redirect("groups:invitations", found.public_id)
    page = paging.page(invitations_for(request.user, found), by=("-pk",), cursor=request.GET.get("cursor"), size=SIZE)
    context = {
        "group": found,
        "may": found.may,
        "tab": "members",
        "invitations": page.items,
        "next_url": _next(request, page.next),
    }
    return render(request, "groups/invitations.html", context)


@require_POST
def answer(request: Request, public_id: str, invitation_id: str) -> HttpResponse:
    """Accept or decline an invitation, send it again, or take it back (`act`)."""
    found = door(request, public_id)
    act = request.POST.get("act")
    if act in ("revoke", "resend"):
        sent = get_object_or_404(invitations_for(request.user, found), public_id=invitation_id)
        try:
            if act == "revoke":
                actions.revoke_invitation(invitation=sent, by=request.user)
                messages.success(request, _("The invitation is taken back."))
            else:
                actions.resend_invitation(invitation=sent, by=request.user)
                messages.success(request, _on_their_way(1))
        except ValidationError as error:
            raise Refused(" ".join(error.messages), status=422) from error
        return redirect("groups:invitations" if found.may.invite else "groups:members", found.public_id)
    mine = GroupInvitation.objects.filter(group=found, person=request.user)
    invitation = get_object_or_404(mine, public_id=invitation_id)
    if act == "decline":
        actions.decline_invitation(invitation=invitation, person=request.user)
        messages.success(request, _("The invitation is declined."))
        return redirect("groups:groups")
    actions.accept_invitation(invitation=invitation, person=request.user)
    messages.success(request, _("You are a member of %(group)s.") % {"group": found.name})
    return redirect(found)


def _member(request: Request, found: Group, person_id: str) -> User:
    """A member of the group by public id; 404 for everyone else, so that nothing is told about who exists."""
    rows = User.objects.visible_to(request.user).filter(memberships__group=found)
    return get_object_or_404(rows, public_id=person_id)


def _invite(request: Request, found: Group, form: forms.Invite) -> bool:
    """Ask everyone who can be asked; who cannot is said at the form. True when everyone was."""
    sent, came, left = 0, 0, []
    for one in form.cleaned_data["people"]:
        try:
            email = one.removeprefix("@") if "@" in one.removeprefix("@") else None
            person = _meant(request, one, email)
            if form.cleaned_data["at_once"] and person is not None and not person.is_guest:
                if Membership.objects.filter(group=found, person=person).exists():
                    raise Refused(_("%(name)s is a member already.") % {"name": person.name}, status=409)
                actions.add_member(group=found, person=person, by=request.user)
                came += 1
                continue
            until = form.cleaned_data["guest_until"]
            actions.invite(group=found, by=request.user, person=person, email=email, guest_until=until)
            sent += 1
        except Refused as error:
            left.append(one)
            form.add_error("people", f"{one}: {error.message}")
        except ValidationError as error:
            left.append(one)
            form.add_error("people", [f"{one}: {sentence}" for sentence in error.messages])
    if came:
        messages.success(
            request, ngettext("%(n)s person is in it now.", "%(n)s people are in it now.", came) % {"n": came}
        )
    if sent:
        messages.success(request, _on_their_way(sent))
    if left:
        form.data = data = request.POST.copy()
        data["people"] = "\n".join(left)
    return not left


def _meant(request: Request, word: str, email: str | None) -> User | None:
    """Who is meant by a handle, an address or a name, of those whom the person may see; None for a new address.

    Raises:
        Refused: nobody, or several.
    """
    people = User.objects.visible_to(request.user).active()
    if email is not None:
        return people.filter(email=email).first()
    named = list(people.filter(handle=word.removeprefix("@")))
    # What is folded begins with the name, and there is more in it.
    named = named or [
        one for one in people.filter(folded__startswith=fold(word))[:SIZE] if fold(one.name) == fold(word)
    ]
    if not named:
        raise Refused(_("Nobody here has this name, handle or address."))
    if len(named) > 1:
        raise Refused(_("Several people are called so. Take the handle of the one you mean."))
    return named[0]


def _on_their_way(sent: int) -> str:
    return ngettext("%(n)s invitation is on its way.", "%(n)s invitations are on their way.", sent) % {"n": sent}


def _next(request: Request, cursor: str | None) -> str:
    if not cursor:
        return ""
    words = request.GET.copy()
    words["cursor"] = cursor
    return f"?{words.urlencode()}"
