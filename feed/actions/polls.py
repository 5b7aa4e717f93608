"""Polls: what is asked, one vote a person, changeable until it is closed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from core.refusal import Refused
from core.text import clean
from feed.models import Ballot, Poll, Post
from feed.permissions import may
from people.hearing import unheard_by
from people.models import User


def asked(
    *, options: list[str], many: bool = False, anonymous: bool = False, hidden: bool = False, closes_at: Any = None
) -> Poll:
    """A poll that is not yet on a post, checked.

    Args:
        options: the answers to choose from, in order; empty lines and repeats are left out.
        many: whether one may choose several.
        anonymous: whether no name is kept with a vote.
        hidden: whether one sees the result only after voting.
        closes_at: when it closes; None for never.

    Raises:
        ValidationError: fewer than two answers, too many, too long, or a closing time that is past.
    """
    lines = list(dict.fromkeys(clean(one, multiline=False).strip() for one in options))
    lines = [one for one in lines if one]
    if len(lines) < 2:
        raise ValidationError(
            {"options": _("A poll needs at least two answers, each on a line of its own.")}, code="few"
        )
    limits.check(limits.POLL_OPTIONS, lines)
    for line in lines:
        limits.check(limits.POLL_OPTION_CHARS, line)
    if closes_at is not None and (not isinstance(closes_at, datetime) or closes_at <= timezone.now()):
        raise ValidationError({"closes_at": _("Choose a closing time that is still to come.")}, code="past")
    return Poll(
        options=lines,
        counts=[0] * len(lines),
        many=many,
        anonymous=anonymous,
        hidden=hidden,
        closes_at=closes_at,
        salt=get_random_string(32) if anonymous else "",
    )


@transaction.atomic
def vote(*, post: Post, person: User, option: int) -> Poll:
    """Choose an answer; where one may choose one only, it takes the place of the other; the same again takes it back.

    Args:
        post: found through `visible_to(person)`.
        person: who votes.
        option: the place of the answer.

    Returns:
        The poll as it stands.

    Raises:
        Refused: the person may not write there, or the poll is closed.
        ValidationError: there is no such answer.
    """
    # Whoever votes at the same time waits here, so no count is lost.
    poll = (
        Poll.objects.select_for_update(of=("self",))
        .select_related("post__group", "post__author")
        .filter(post=post)
        .first()
    )
    if poll is None:
        raise Refused(_("This is no poll."), status=409)
    post = poll.post
    if not may(person, post).react:
        raise Refused(_("Only those who may write here can vote."))
    if is_closed(poll):
        raise Refused(_("This poll is closed."), status=409)
    if not 0 <= option < len(poll.options):
        raise ValidationError({"option": _("Choose one of the answers.")}, code="option")
    # Security door: an anonymous ballot holds no id of a person, and neither does the event below.
    who = _who(poll, person)
    ballot = Ballot.objects.filter(poll=poll, **who).first() or Ballot(poll=poll, **who)
    before = set(ballot.chosen)
    more = before | {option} if poll.many else {option}
    after = before - {option} if option in before else more
    ballot.chosen = sorted(after)
    if after:
        ballot.save()
    else:
        ballot.delete()
    for place in before ^ after:
        poll.counts[place] += 1 if place in after else -1
    poll.voters += bool(after) - bool(before)
    poll.save(update_fields=["counts", "voters"])
    Post.objects.filter(pk=post.pk).update(version=F("version") + 1)
    record("feed.poll.voted", actor=None if poll.anonymous else person, target=post, id=post.public_id)
    return poll


def chosen(*, poll: Poll, person: User) -> list[int]:
    """The places of the answers that someone chose."""
    return next(iter(Ballot.objects.filter(poll=poll, **_who(poll, person)).values_list("chosen", flat=True)), [])


def ballots(*, poll: Poll, reader: User) -> QuerySet[Ballot]:
    """The ballots of people whom `reader` may know, the last first.

    Raises:
        Refused: it keeps no names, or the reader sees the result only after voting.
    """
    if poll.anonymous:
        raise Refused(_("This poll is anonymous: nobody knows who voted what."))
    if poll.hidden and not is_closed(poll) and not chosen(poll=poll, person=reader):
        raise Refused(_("You see who voted when you have voted."))
    people = User.objects.visible_to(reader).exclude(pk__in=unheard_by(reader))
    return Ballot.objects.filter(poll=poll, person__in=people.values("pk")).select_related("person").order_by("-pk")


def _who(poll: Poll, person: User) -> dict[str, Any]:
    """How a ballot names its voter."""
    return {"token": poll.token(person)} if poll.anonymous else {"person": person, "token": ""}


def is_closed(poll: Poll) -> bool:
    """Whether its time is over."""
    return poll.closes_at is not None and poll.closes_at <= timezone.now()


def forget_voters() -> int:
    """Throw away what could still tie votes to people in anonymous polls that are closed; the worker calls it.

    Returns:
        How many polls.
    """
    done = 0
    for poll in Poll.objects.filter(closes_at__lte=timezone.now()).exclude(salt="")[:500]:
        with transaction.atomic():
            Ballot.objects.filter(poll=poll).delete()
            Poll.objects.filter(pk=poll.pk).update(salt="")
            Post.objects.filter(pk=poll.post_id).update(version=F("version") + 1)
        done += 1
    return done


__all__ = ["asked", "ballots", "chosen", "forget_voters", "is_closed", "vote"]
