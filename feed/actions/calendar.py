"""Events: when and where people meet, who comes, and the address where one's own calendar reads them."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from core.ids import new_id
from core.refusal import Refused
from core.richtext import address as web_address
from core.text import clean, one_line
from feed.actions import _redraw_around, _withdraw
from feed.models import COUNTED, CalendarEvent, CalendarFeed, Post, Rsvp
from feed.permissions import may
from files import actions as attachments
from moderation.actions import open_filter_case, screen
from people.models import User
from search.actions import changed

#: How long before an event those who come are reminded; before one of whole days, from its first midnight.
REMIND, REMIND_DAYS = timedelta(hours=1), timedelta(hours=15)
#: How long an event lasts where nobody says how long.
LASTS = timedelta(hours=1)
#: What an event is made of, as forms and the API name it.
FIELDS = ("title", "starts_at", "ends_at", "all_day", "time_zone", "place", "link")

_addresses = signing.Signer(sep=".", salt="feed.calendar")


def planned(
    *,
    title: str,
    starts_at: Any,
    ends_at: Any = None,
    all_day: bool = False,
    time_zone: str = "",
    place: str = "",
    link: str = "",
) -> CalendarEvent:
    """An event that is not yet on a post, checked.

    Args:
        title: what it is called.
        starts_at: when it begins; of whole days, any moment of the first.
        ends_at: when it ends (of whole days, any moment of the last); None for an hour, or for one day.
        all_day: whether it takes whole days, by the clock of `time_zone`.
        time_zone: by which clock the times are meant, "Europe/Brussels"; the one in force where nothing is said.
        place: where one goes.
        link: where one joins from afar (http or https).

    Raises:
        ValidationError: no title, no such zone, an end that is not behind the start, an end that is past, too long, too
            far ahead, or a link that is none.
    """
    event = CalendarEvent(**_checked(title, starts_at, ends_at, all_day, time_zone, place, link))
    if event.ends_at <= timezone.now():
        raise ValidationError({"starts_at": _("Choose a time that is still to come.")}, code="past")
    event.remind_at = _remind_at(event)
    return event


@transaction.atomic
def answer(*, post: Post, person: User, answer: str | None) -> CalendarEvent:
    """Say whether one comes; None takes back what was said. The same twice changes nothing.

    Args:
        post: found through `visible_to(person)`.
        person: who answers.
        answer: "going", "maybe", "no" or None.

    Raises:
        Refused: the person may not write there, or it is cancelled or over.
        ValidationError: there is no such answer.
    """
    event = _held(post)
    if not may(person, event.post).attend:
        raise Refused(_("Only those who may write here can answer."))
    if event.cancelled_at is not None:
        raise Refused(_("This event is cancelled."), status=409)
    if event.ends_at <= timezone.now():
        raise Refused(_("This event is over."), status=409)
    if answer is not None and answer not in Rsvp.Answer.values:
        raise ValidationError({"answer": _("Choose one of the answers.")}, code="answer")
    mine = Rsvp.objects.filter(event=event, person=person).first()
    before = mine.answer if mine is not None else None
    if before == answer:
        return event
    if answer is None:
        Rsvp.objects.filter(event=event, person=person).delete()
    else:
        Rsvp.objects.update_or_create(event=event, person=person, defaults={"answer": answer, "at": timezone.now()})
    # Nobody else answers meanwhile: the event is held, so no count is lost.
    for said, step in ((before, -1), (answer, 1)):
        if said is not None:
            column = COUNTED[said]
            setattr(event, column, max(0, getattr(event, column) + step))
    event.save(update_fields=list(COUNTED.values()))
    Post.objects.filter(pk=event.post_id).update(version=F("version") + 1)
    record("feed.event.answered", actor=person, target=event.post, id=event.post.public_id, answer=answer)
    return event


@transaction.atomic
def change(*, post: Post, by: User, **fields: Any) -> CalendarEvent:
    """Change what an event is, when or where. Those who answered are told where time or place is another.

    Args:
        post: found through `visible_to(by)`.
        by: who made it, or who looks after the place.
        fields: of `FIELDS`; those not named stay as they are.

    Raises:
        Refused: neither of them, or it is cancelled or over.
        ValidationError: as `planned`.
    """
    event = _arranged(post, by)
    if unknown := set(fields) - set(FIELDS):
        raise TypeError(f"change() does not know {', '.join(sorted(unknown))}")
    given = {name: getattr(event, name) for name in FIELDS}
    if event.all_day:
        # Its end is the midnight after the last day; a moment of that day is asked for.
        given["ends_at"] -= timedelta(minutes=1)
    if isinstance(fields.get("starts_at"), datetime) and "ends_at" not in fields:
        # Moved as a whole.
        fields["ends_at"] = fields["starts_at"] + (given["ends_at"] - given["starts_at"])
    given |= fields
    wanted = _checked(*(given[name] for name in FIELDS))
    differs = {name for name, value in wanted.items() if getattr(event, name) != value}
    if not differs:
        return event
    moved = bool(differs - {"title"})
    if {"starts_at", "ends_at"} & differs and wanted["ends_at"] <= timezone.now():
        raise ValidationError({"starts_at": _("Choose a time that is still to come.")}, code="past")
    for name in differs:
        setattr(event, name, wanted[name])
    if {"starts_at", "all_day"} & differs:
        event.remind_at = _remind_at(event)
        differs.add("remind_at")
    event.revision += 1
    event.changed_at = timezone.now()
    event.save(update_fields=[*differs, "revision", "changed_at"])
    post = event.post
    post.line = line_of(event)
    # The word filter reads everything that will be shown.
    verdict = screen("\n".join(words_of(event)))
    held = verdict.level == "hold"
    columns: dict[str, Any] = {"line": post.line, "version": F("version") + 1}
    if held:
        post.state = columns["state"] = Post.State.HELD
    Post.objects.filter(pk=post.pk).update(**columns)
    changed(post)
    if held:
        _withdraw(post)
        attachments.withhold(of=post)
        record("feed.post.held", actor=by, target=post)
    else:
        _redraw_around(post)
    record("feed.event.changed", actor=by, target=post, heard=not held, id=post.public_id, moved=moved)
    if verdict.level:
        open_filter_case(obj=post, verdict=verdict)
    return event


@transaction.atomic
def cancel(*, post: Post, by: User, why: str) -> CalendarEvent:
    """Say that an event does not take place; those who answered are told. It stays, marked, with its answers.

    Args:
        post: found through `visible_to(by)`.
        by: who made it, or who looks after the place.
        why: the reason, which everyone reads.

    Raises:
        Refused: neither of them, or it is cancelled already or over.
        ValidationError: no reason, or a long one.
    """
    event = _arranged(post, by)
    why = clean(why, multiline=False).strip()
    if not why:
        raise ValidationError({"why": _("Say in a few words why it is cancelled.")}, code="empty")
    limits.check(limits.REASON_CHARS, why)
    now = timezone.now()
    event.cancelled_at, event.cancelled_by, event.cancelled_why, event.remind_at = now, by, why, None
    event.revision += 1
    event.changed_at = now
    event.save(update_fields=["cancelled_at", "cancelled_by", "cancelled_why", "remind_at", "revision", "changed_at"])
    Post.objects.filter(pk=event.post_id).update(version=F("version") + 1)
    record("feed.event.cancelled", actor=by, target=event.post, id=event.post.public_id)
    return event


@transaction.atomic
def restore(*, post: Post, by: User) -> CalendarEvent:
    """Let an event take place that was cancelled; those who answered are told. Of one that was not it changes nothing.

    Args:
        post: found through `visible_to(by)`.
        by: who made it, or who looks after the place.

    Raises:
        Refused: neither of them, or it is over.
    """
    event = _held(post)
    if not may(by, event.post).arrange:
        raise Refused(_("Only who made an event, or who looks after the place, can change it."))
    if event.cancelled_at is None:
        return event
    now = timezone.now()
    if event.ends_at <= now:
        raise Refused(_("This event is over."), status=409)
    event.cancelled_at, event.cancelled_by, event.cancelled_why = None, None, ""
    event.remind_at, event.changed_at = _remind_at(event), now
    event.revision += 1
    event.save(update_fields=["cancelled_at", "cancelled_by", "cancelled_why", "remind_at", "revision", "changed_at"])
    Post.objects.filter(pk=event.post_id).update(version=F("version") + 1)
    record("feed.event.restored", actor=by, target=event.post, id=event.post.public_id)
    return event


def remind() -> int:
    """Remind those who come, or perhaps come, to what begins soon; the worker calls it.

    Each event once: its row is held while its own event is written. What fell due while no worker ran is said when one
    runs again, as long as the event is not over; what is hidden meanwhile waits until it is shown.

    Returns:
        How many events.
    """
    now = timezone.now()
    CalendarEvent.objects.filter(remind_at__lte=now, ends_at__lte=now).update(remind_at=None)
    due = CalendarEvent.objects.filter(
        remind_at__lte=now, post__state=Post.State.PUBLISHED, post__thread_shown=True
    ).order_by("remind_at")
    done = 0
    for pk in due.values_list("pk", flat=True)[:200]:
        with transaction.atomic():
            # Asked again under the lock: another worker may be here, or the event is moved.
            event = (
                CalendarEvent.objects.select_for_update(of=("self",))
                .select_related("post__audience")
                .filter(pk=pk, remind_at__lte=now)
                .first()
            )
            if event is None:
                continue
            CalendarEvent.objects.filter(pk=pk).update(remind_at=None)
            record("feed.event.reminded", actor=None, target=event.post)
            done += 1
    return done


def forget_answers(*, person: User) -> None:
    """Take back a person's answers to what they can no longer see; those of one who has left, to all that is to come.

    Part of another act (losing a place), in its transaction, so no event of its own.
    """
    mine = Rsvp.objects.filter(person=person)
    _take_back(mine.exclude(event__post__in=Post.objects.visible_to(person).values("pk")))


def forget_strangers(*, posts: QuerySet, inside: QuerySet) -> None:
    """Some posts have other readers than before: the answers there of whoever is not `inside` go. Part of that act."""
    _take_back(Rsvp.objects.filter(event__post__in=posts.values("pk")).exclude(person__in=inside))


def _take_back(rows: QuerySet) -> None:
    """Delete answers to what is not over (what has been is not rewritten) and count those events anew."""
    rows = rows.filter(event__ends_at__gt=timezone.now())
    keys = sorted(set(rows.values_list("event", flat=True)))
    if keys:
        rows.delete()
        count(events=CalendarEvent.objects.filter(pk__in=keys))


def count(*, events: Iterable[CalendarEvent]) -> int:
    """Count the answers to some events anew, from the rows; returns how many were wrong."""
    wrong = 0
    for event in events:
        given = list(Rsvp.objects.filter(event=event).values_list("answer", flat=True))
        now = {column: given.count(answer) for answer, column in COUNTED.items()}
        if any(getattr(event, column) != number for column, number in now.items()):
            CalendarEvent.objects.filter(pk=event.pk).update(**now)
            Post.objects.filter(pk=event.post_id).update(version=F("version") + 1)
            wrong += 1
    return wrong


# ---- The address for one's own calendar


@transaction.atomic
def open_feed(*, person: User) -> CalendarFeed:
    """A new address for the person's calendar; an earlier one is worth nothing from now on.

    Raises:
        Refused: they have left.
    """
    if not person.is_active:
        raise Refused(_("This account is closed."))
    feed, _created = CalendarFeed.objects.update_or_create(
        person=person, defaults={"public_id": new_id(), "at": timezone.now()}
    )
    record("feed.calendar.opened", actor=person, target=person, person=person.pk)
    return feed


@transaction.atomic
def close_feed(*, person: User) -> None:
    """Take the address back; without one it changes nothing."""
    if CalendarFeed.objects.filter(person=person).delete()[0]:
        record("feed.calendar.closed", actor=person, target=person, person=person.pk)


def feed_token(feed: CalendarFeed) -> str:
    """The secret in its address."""
    return _addresses.sign(feed.public_id)


def feed_behind(token: str) -> CalendarFeed | None:
    """The calendar behind a secret, with its person; None whatever is the matter with it.

    Security door: the signature is asked before the table, and a person who has left, or whose time as a guest is over,
    has no calendar whatever the table says.
    """
    try:
        public_id = _addresses.unsign(token)
    except signing.BadSignature:
        return None
    feed = CalendarFeed.objects.select_related("person").filter(public_id=public_id).first()
    return feed if feed is not None and feed.person.is_active and not feed.person.is_expired else None


# ---- Parts of the above


def words_of(event: CalendarEvent) -> list[str]:
    """Everything people wrote of it, for the word filter."""
    return [event.title, event.place, event.link]


def line_of(event: CalendarEvent) -> str:
    """What its post is called in lists, notices and titles of pages."""
    return one_line(event.title, 200)


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """Every clock there is."""
    return frozenset(zoneinfo.available_timezones())


def _checked(
    title: Any, starts_at: Any, ends_at: Any, all_day: bool, time_zone: str, place: str, link: str
) -> dict[str, Any]:
    """The columns of an event, or what is wrong with them."""
    title = clean(title or "", multiline=False).strip()
    if not title:
        raise ValidationError({"title": _("Give the event a name.")}, code="empty")
    limits.check(limits.TITLE_CHARS, title)
    place, link = clean(place or "", multiline=False).strip(), clean(link or "", multiline=False).strip()
    limits.check(limits.EVENT_PLACE_CHARS, place)
    limits.check(limits.EVENT_LINK_CHARS, link)
    if link:
        leads = web_address(link if "://" in link else f"https://{link}")
        if leads is None or not leads.startswith(("http://", "https://")):
            raise ValidationError({"link": _("Give the link as an address that begins with https://.")}, code="link")
        link = leads
        limits.check(limits.EVENT_LINK_CHARS, link)
    time_zone = time_zone or timezone.get_current_timezone_name()
    if time_zone not in zones():
        raise ValidationError({"time_zone": _("Choose a time zone from the list.")}, code="zone")
    zone = zoneinfo.ZoneInfo(time_zone)
    if not isinstance(starts_at, datetime) or not (ends_at is None or isinstance(ends_at, datetime)):
        raise ValidationError({"starts_at": _("Say when it begins.")}, code="when")
    starts_at, ends_at = _aware(starts_at, zone), None if ends_at is None else _aware(ends_at, zone)
    now = timezone.now()
    # Before any sum is done with it: the calendar ends in the year 9999.
    limits.check(limits.EVENT_DAYS_AHEAD, max(0, (starts_at - now).days))
    if all_day:
        last = (ends_at or starts_at).astimezone(zone).date()
        starts_at = _midnight(starts_at.astimezone(zone).date(), zone)
        limits.check(limits.EVENT_DAYS_AHEAD, max(0, (_midnight(last, zone) - now).days))
        ends_at = _midnight(last + timedelta(days=1), zone)
    else:
        ends_at = ends_at or starts_at + LASTS
    if ends_at <= starts_at:
        raise ValidationError({"ends_at": _("It ends before it begins. Choose a later end.")}, code="order")
    # A day that the clock is set back has 25 hours.
    limits.check(limits.EVENT_DAYS, (ends_at - starts_at - timedelta(hours=2)) // timedelta(days=1) + 1)
    return {
        "title": title,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "all_day": all_day,
        "time_zone": time_zone,
        "place": place,
        "link": link,
    }


def _aware(moment: datetime, zone: zoneinfo.ZoneInfo) -> datetime:
    return moment.replace(tzinfo=zone) if timezone.is_naive(moment) else moment


def _midnight(day: date, zone: zoneinfo.ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def _remind_at(event: CalendarEvent) -> datetime | None:
    """When to remind; None where that is past, as then everyone has just been told when it is."""
    at = event.starts_at - (REMIND_DAYS if event.all_day else REMIND)
    return at if at > timezone.now() else None


def _held(post: Post) -> CalendarEvent:
    """The event of a post, held until the transaction ends.

    Raises:
        Refused: it is none.
    """
    event = (
        CalendarEvent.objects.select_for_update(of=("self",))
        .select_related("post__group", "post__author", "post__audience")
        .filter(Q(post=post))
        .first()
    )
    if event is None:
        raise Refused(_("This is no event."), status=409)
    return event


def _arranged(post: Post, by: User) -> CalendarEvent:
    """The event of a post, held, where `by` may change it and there is something to change."""
    event = _held(post)
    if not may(by, event.post).arrange:
        raise Refused(_("Only who made an event, or who looks after the place, can change it."))
    if event.cancelled_at is not None:
        raise Refused(_("This event is cancelled."), status=409)
    if event.ends_at <= timezone.now():
        raise Refused(_("This event is over."), status=409)
    return event


__all__ = [
    "FIELDS",
    "answer",
    "cancel",
    "change",
    "close_feed",
    "count",
    "feed_behind",
    "feed_token",
    "forget_answers",
    "forget_strangers",
    "line_of",
    "open_feed",
    "planned",
    "remind",
    "restore",
    "words_of",
    "zones",
]
