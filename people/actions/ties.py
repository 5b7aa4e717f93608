"""What people do with one another: following, and hearing nothing of someone."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from core.refusal import Refused
from inbox import actions as inbox
from people.hearing import unheard_by
from people.models import Follow, Silence, User
from people.permissions import may

#: The notice of being followed, one line for all who do.
FOLLOWED = "people.followed"


@transaction.atomic
def follow(*, follower: User, followed: User) -> None:
    """Read someone in the Following feed. Following twice is following.

    Raises:
        Refused: it is oneself, or someone who left.
    """
    if not may(follower, followed).follow:
        raise Refused(_("You cannot follow this person."), status=422)
    if Follow.objects.get_or_create(follower=follower, followed=followed)[1]:
        record("people.person.followed", actor=follower, target=followed)


@transaction.atomic
def unfollow(*, follower: User, followed: User) -> None:
    """Stop following; nothing happens where there was none."""
    held = Follow.objects.filter(follower=follower, followed=followed).first()
    if held is None:
        return
    held.delete()
    last = Follow.objects.filter(followed=followed, follower__is_active=True).select_related("follower")
    stays = last.exclude(follower__in=unheard_by(followed)).order_by("-at", "-pk").first()
    inbox.take_back(
        kind=FOLLOWED,
        bundle=FOLLOWED,
        people=[followed],
        actor=follower,
        since=held.at,
        instead=stays.follower if stays else None,
    )
    record("people.person.unfollowed", actor=follower, target=followed)


@transaction.atomic
def silence(*, person: User, of: User, level: str = Silence.Level.MUTE) -> None:
    """Hear nothing of someone any more (`mute`), or be reached by them in no way either (`block`).

    The event says that someone changed whom they hear, and not of whom: that is for nobody else to know.

    Raises:
        Refused: it is oneself, or someone one may not know.
        ValidationError: there is no such level, or there are too many already.
    """
    if not may(person, of).silence:
        raise Refused(_("You cannot mute this person."), status=422)
    if level not in Silence.Level.values:
        raise ValidationError({"level": _("Choose one of the list.")})
    known = Silence.objects.select_for_update().filter(person=person, of=of).first()
    if known is not None and known.level == level:
        return
    if known is None:
        limits.check(limits.SILENCES, Silence.objects.filter(person=person).count() + 1)
    Silence.objects.update_or_create(person=person, of=of, defaults={"level": level, "at": timezone.now()})
    inbox.forget_from(person=person, actor=of)
    _silences_changed(person)


@transaction.atomic
def unsilence(*, person: User, of: User) -> None:
    """Hear of someone again; nothing happens where nothing was silenced."""
    if Silence.objects.filter(person=person, of=of).delete()[0]:
        _silences_changed(person)


def _silences_changed(person: User) -> None:
    person.has_silenced = Silence.objects.filter(person=person).exists()
    User.objects.filter(pk=person.pk).update(has_silenced=person.has_silenced)
    record("people.silence.changed", actor=person, target=person)
