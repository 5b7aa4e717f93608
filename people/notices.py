"""What people are told about people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import Event
from inbox import registry
from moderation.permissions import administrators
from people.delegating import holding
from people.models import Claim, Invitation, Skill, User


def _claim(notice: Any) -> dict[str, Any]:
    """The skill behind a notice."""
    data = notice.event.data if notice.event else {}
    return {"skill": Skill.objects.filter(pk=data.get("skill") or 0).first()}


registry.kind(
    verb="people.followed", label=_("Someone follows me"), weight=20, template="people/notices/_followed.html"
)
registry.kind(
    verb="people.endorsed",
    label=_("Someone vouches for what I know"),
    weight=25,
    template="people/notices/_endorsed.html",
    extra=_claim,
)
registry.kind(
    verb="people.invitation_accepted",
    label=_("Someone I invited has come"),
    weight=30,
    template="people/notices/_invitation_accepted.html",
)


@registry.tells("people.person.followed")
def followed(event: Event) -> Iterator[registry.Telling]:
    """The person who is followed, while they are; all new followers are one line."""
    person = User.objects.of(event).first()
    if person is not None and event.actor is not None and person.followers.filter(follower=event.actor).exists():
        yield registry.Telling(
            kind="people.followed", people=[person.pk], target=person, about=event.actor, bundle="people.followed"
        )


registry.kind(
    verb="people.manager_left",
    label=_("A manager has left, and people still report to them"),
    weight=65,
    template="people/notices/_manager_left.html",
    duty=True,
    link=lambda _notice: reverse("people_desk:managers"),
)


@registry.tells("people.member.deactivated")
def manager_left(event: Event) -> Iterator[registry.Telling]:
    """The administrators, where people report to someone who has left; all such are one line."""
    person = User.objects.of(event).filter(is_active=False).first()
    if person is not None and person.leads_anyone:
        yield registry.Telling(
            "people.manager_left", administrators().values_list("pk", flat=True), person, bundle="people.manager_left"
        )


registry.kind(
    verb="people.deputised",
    label=_("I stand in for someone who is away"),
    weight=55,
    template="people/notices/_deputised.html",
    duty=True,
)


@registry.tells("people.absence.changed")
def deputised(event: Event) -> Iterator[registry.Telling]:
    """Who stands in, as long as they still do."""
    person = User.objects.of(event).filter(deputy=event.data.get("deputy") or 0).first()
    if person is not None:
        yield registry.Telling("people.deputised", [event.data["deputy"]], person)


def _delegation(notice: Any) -> dict[str, Any]:
    """Who wrote for whom until now, and whether it is the reader in whose name it was."""
    data = notice.event.data if notice.event else {}
    return {
        "delegate": User.objects.visible_to(notice.recipient).filter(pk=data.get("delegate") or 0).first(),
        "mine": notice.event is not None and notice.recipient_id == notice.event.target_pk,
    }


registry.kind(
    verb="people.delegated",
    label=_("I may post for someone"),
    weight=55,
    template="people/notices/_delegated.html",
    duty=True,
    link=lambda _notice: reverse("people:delegates"),
)
registry.kind(
    verb="people.undelegated",
    label=_("Posting for someone has ended"),
    weight=54,
    template="people/notices/_undelegated.html",
    duty=True,
    extra=_delegation,
    link=lambda _notice: reverse("people:delegates"),
)


@registry.tells("people.delegation.made")
def delegated(event: Event) -> Iterator[registry.Telling]:
    """Who may post in someone's name, as long as they still may."""
    person, key = User.objects.of(event).first(), event.data["delegate"]
    if person is not None and holding().filter(person=person, delegate=key).exists():
        yield registry.Telling("people.delegated", [key], person)


@registry.tells("people.delegation.withdrawn")
def undelegated(event: Event) -> Iterator[registry.Telling]:
    """Both, but who ended it."""
    person, key = User.objects.of(event).first(), event.data["delegate"]
    if person is not None:
        bundle = f"people.undelegated:{person.pk}:{key}"
        yield registry.Telling("people.undelegated", [person.pk, key], person, bundle=bundle)


@registry.tells("people.skill.endorsed")
def endorsed(event: Event) -> Iterator[registry.Telling]:
    """The person whose skill it is, while it is vouched for; all who vouch for the same are one line."""
    held = Claim.objects.filter(pk=event.data["claim"], vouched__by=event.actor_id or 0)
    claim = held.select_related("person").first()
    if claim is not None:
        yield registry.Telling(
            kind="people.endorsed", people=[claim.person_id], target=claim.person, bundle=f"people.endorsed:{claim.pk}"
        )


@registry.tells("people.invitation.accepted")
def came(event: Event) -> Iterator[registry.Telling]:
    """Whoever invited someone hears that they came."""
    letter = Invitation.objects.select_related("accepted_by").filter(pk=event.target_pk or 0).first()
    if letter is not None and letter.accepted_by is not None:
        yield registry.Telling(
            kind="people.invitation_accepted", people=[letter.invited_by_id], target=letter.accepted_by
        )
