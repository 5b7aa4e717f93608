"""What people do when others act."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from django.db.models import Q
from django.db.models.signals import post_delete
from django.dispatch import receiver

from core import worker
from core.events import later, listen
from core.models import Event
from inbox import push
from people import actions, letters
from people.models import Claim, Invitation, User, recount_skills

worker.every(timedelta(minutes=1), "guests whose time is over", actions.expire_guests)
worker.every(timedelta(hours=6), "unfinished sign-ups", actions.drop_unfinished)


@listen("people.member.deactivated", "people.member.reactivated", "people.member.claimed")
def count_skills(event: Event, target: Any) -> None:
    """What someone knows, and what they vouch for, counts while they are here."""
    mine = Claim.objects.filter(Q(person=target) | Q(vouched__by=target))
    recount_skills(list(mine.values_list("skill", flat=True).distinct()))


@listen("people.member.deactivated")
def posts_for_nobody(event: Event, target: Any) -> None:
    """Whoever leaves posts for nobody, and nobody for them."""
    actions.end_delegations(person=target)


@listen("people.guest.changed")
def guests_post_for_nobody(event: Event, target: Any) -> None:
    """The same of who became a guest."""
    if target.is_guest:
        actions.end_delegations(person=target)


@later("people.invitation.sent")
def write_letter(event: Event) -> None:
    """Send the letter of an invitation; the worker tries again when the mail server does not answer."""
    letter = Invitation.objects.select_related("invited_by").filter(pk=event.target_pk or 0).first()
    if letter is not None and letter.is_open:
        letters.invitation(letter)


@receiver(post_delete, sender=UserSession, dispatch_uid="people.session_ended")
def session_ended(instance: UserSession, **kwargs: Any) -> None:
    """A session was ended from elsewhere: its device is told nothing more."""
    push.forget_session(instance.session_key)


@listen("files.file.quarantined")
def face_lost(event: Event, target: Any) -> None:
    """A face in which a virus was found after all gives way to the initials."""
    for person in User.objects.filter(photo=target):
        person.photo, person.picture = None, ""
        person.save(update_fields=["photo", "picture"])
