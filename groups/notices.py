"""What people are told about groups."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Event
from groups.actions import deciders
from groups.models import Group, GroupInvitation, JoinRequest, Membership
from inbox import registry


def _group(event: Event) -> Group | None:
    return Group.objects.of(event).first()


def _request(notice: Any) -> dict[str, Any]:
    """The request behind a notice: what was asked and what was answered."""
    data: Any = notice.event.data if notice.event else {}
    return {"request": JoinRequest.objects.filter(pk=data.get("request")).select_related("person").first()}


def _role(notice: Any) -> dict[str, Any]:
    """The new role."""
    data = notice.event.data if notice.event else {}
    return {"role": data.get("role", ""), "fallback": bool(data.get("fallback"))}


def _requests_page(notice: Any) -> str:
    return reverse("groups:requests", args=[notice.on.public_id]) if notice.on else reverse("groups:groups")


registry.kind(
    verb="groups.invited",
    label=_("Someone asks me into a group"),
    weight=80,
    template="groups/notices/_invited.html",
)
registry.kind(
    verb="groups.requested",
    label=_("Someone asks to join a group that I look after"),
    weight=70,
    template="groups/notices/_requested.html",
    duty=True,
    extra=_request,
    link=_requests_page,
)
registry.kind(
    verb="groups.accepted",
    label=_("I am let into a group"),
    weight=75,
    template="groups/notices/_accepted.html",
    duty=True,
    extra=_request,
)
registry.kind(
    verb="groups.refused",
    label=_("I am not let into a group"),
    weight=75,
    template="groups/notices/_refused.html",
    duty=True,
    extra=_request,
)
registry.kind(
    verb="groups.added", label=_("Someone adds me to a group"), weight=75, template="groups/notices/_added.html"
)
registry.kind(
    verb="groups.promoted",
    label=_("My role in a group changes"),
    weight=60,
    template="groups/notices/_promoted.html",
    duty=True,
    extra=_role,
)


@registry.tells("groups.invitation.sent")
def invited(event: Event) -> Iterator[registry.Telling]:
    """The person who is asked in, while the invitation stands."""
    invitation = (
        GroupInvitation.objects.standing().filter(pk=event.data.get("invitation")).select_related("group").first()
    )
    if invitation is not None and invitation.person_id:
        yield registry.Telling("groups.invited", [invitation.person_id], invitation.group)


@registry.tells("groups.request.made")
def requested(event: Event) -> Iterator[registry.Telling]:
    """Those who decide; every request that waits in a group is one line."""
    group = _group(event)
    waiting = JoinRequest.objects.filter(pk=event.data.get("request"), state=JoinRequest.State.PENDING).exists()
    if group is not None and waiting:
        yield registry.Telling("groups.requested", deciders(group).values_list("pk", flat=True), group)


@registry.tells("groups.request.accepted")
def accepted(event: Event) -> Iterator[registry.Telling]:
    """The person who asked."""
    group = _group(event)
    if group is not None:
        yield registry.Telling("groups.accepted", [event.data["person"]], group)


@registry.tells("groups.request.refused")
def refused(event: Event) -> Iterator[registry.Telling]:
    """The person who asked."""
    group = _group(event)
    if group is not None:
        yield registry.Telling("groups.refused", [event.data["person"]], group)


@registry.tells("groups.member.joined")
def added(event: Event) -> Iterator[registry.Telling]:
    """Whoever was added by someone else, and is still in."""
    group = _group(event)
    if group is None or event.data.get("how") != "added":
        return
    if Membership.objects.filter(group=group, person=event.data["person"]).exists():
        yield registry.Telling("groups.added", [event.data["person"]], group)


@registry.tells("groups.member.promoted")
def promoted(event: Event) -> Iterator[registry.Telling]:
    """Whose role changed."""
    group = _group(event)
    if group is not None:
        yield registry.Telling("groups.promoted", [event.data["person"]], group)
