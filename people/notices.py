"""What people are told about people."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from core.models import Event
from inbox import registry
from people.models import Invitation, User

registry.kind(
    verb="people.followed", label=_("Someone follows me"), weight=20, template="people/notices/_followed.html"
)
registry.kind(
    verb="people.invitation_accepted",
    label=_("Someone I invited has come"),
    weight=30,
    template="people/notices/_invitation_accepted.html",
)


@registry.tells("people.person.followed")
def followed(event: Event) -> Iterator[registry.Telling]:
    """The person who is followed; all new followers are one line."""
    person = User.objects.of(event).first()
    if person is not None and event.actor is not None:
        yield registry.Telling(
            kind="people.followed", people=[person.pk], target=person, about=event.actor, bundle="people.followed"
        )


@registry.tells("people.invitation.accepted")
def came(event: Event) -> Iterator[registry.Telling]:
    """Whoever invited someone hears that they came."""
    letter = Invitation.objects.select_related("accepted_by").filter(pk=event.target_pk or 0).first()
    if letter is not None and letter.accepted_by is not None:
        yield registry.Telling(
            kind="people.invitation_accepted", people=[letter.invited_by_id], target=letter.accepted_by
        )
