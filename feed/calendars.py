"""Events as people read them: when they are in the reader's own clock, and lists of what is to come.

Lists begin at `visible_to` like all others; an event is seen exactly by who sees its post.
"""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, pgettext

from core.models import Access
from core.prepared import Prepared, now
from feed.models import CalendarEvent, Post, PostQuerySet, Rsvp

#: Lists of one's own events.
VIEWS = ("coming", "mine", "past")
#: Clocks to choose from where a short list has to do: one or two for each hour of the day. Any other can be named to
#: the API, and stays where it was named.
ZONES = (
    *("Pacific/Auckland", "Australia/Sydney", "Asia/Tokyo", "Asia/Shanghai", "Asia/Singapore", "Asia/Bangkok"),
    *("Asia/Kolkata", "Asia/Karachi", "Asia/Dubai", "Europe/Istanbul", "Africa/Nairobi", "Europe/Athens"),
    *("Africa/Johannesburg", "Africa/Cairo", "Europe/Warsaw", "Europe/Berlin", "Europe/Brussels", "Europe/Paris"),
    *("Europe/Madrid", "Africa/Lagos", "Europe/London", "Europe/Lisbon", "Atlantic/Azores", "America/Sao_Paulo"),
    *("America/Halifax", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu"),
)


class When(NamedTuple):
    """The time of an event in words, in one language and one clock."""

    #: "Tue 24 Nov 2026, 10:00–11:30".
    text: str
    #: The same by the event's own clock, where that shows another hour; else empty.
    there: str
    #: "24" and "Nov", for the leaf of a calendar.
    day: str
    month: str
    #: For machines.
    start: str


def when(event: CalendarEvent) -> When:
    """When an event is, in the reader's language and clock; whole days are those of its own clock, wherever one is."""
    zone = timezone.get_current_timezone()
    return _when(event.starts_at, event.ends_at, event.all_day, event.time_zone, zone, get_language() or "")


@lru_cache(maxsize=4096)
def _when(start: datetime, end: datetime, all_day: bool, own: str, zone: tzinfo, language: str) -> When:
    its = zone_of(own)
    if all_day:
        first, last = start.astimezone(its), end.astimezone(its) - timedelta(minutes=1)
        text = _day(first) if first.date() == last.date() else f"{_day(first)} – {_day(last)}"
        return When(text, "", date_format(first, "j"), date_format(first, "M"), first.date().isoformat())
    local = start.astimezone(zone)
    there = ""
    if local.utcoffset() != start.astimezone(its).utcoffset():
        there = gettext("%(time)s in %(zone)s") % {"time": _span(start, end, its), "zone": city(own)}
    text = _span(start, end, zone)
    return When(text, there, date_format(local, "j"), date_format(local, "M"), local.isoformat(timespec="minutes"))


def _span(start: datetime, end: datetime, zone: tzinfo) -> str:
    start, end = start.astimezone(zone), end.astimezone(zone)
    if start.date() == end.date():
        return f"{_day(start)}, {_hour(start)}–{_hour(end)}"
    return f"{_day(start)}, {_hour(start)} – {_day(end)}, {_hour(end)}"


def _day(moment: datetime) -> str:
    return date_format(moment, gettext("D j M Y"))


def _hour(moment: datetime) -> str:
    return date_format(moment, pgettext("time of day", "H:i"))


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """The clock of a name; the network's where the machine has never heard of it."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError):
        return timezone.get_default_timezone()


def city(zone: str) -> str:
    """A clock as people call it: "New York"."""
    return zone.rpartition("/")[2].replace("_", " ")


@lru_cache(maxsize=256)
def clocks(*also: str) -> tuple[tuple[str, str], ...]:
    """The clocks to choose from, those named first: (name, as it is shown)."""
    names = dict.fromkeys([one for one in also if one] + sorted(ZONES))
    return tuple((name, name.replace("_", " ")) for name in names)


def typed(event: CalendarEvent) -> dict[str, Any]:
    """An event as it would be typed, by its own clock."""
    zone = zone_of(event.time_zone)
    start, end = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
    last = end if not event.all_day else end - timedelta(minutes=1)
    return {
        "title": event.title,
        "from_day": start.date().isoformat(),
        "from_time": "" if event.all_day else f"{start:%H:%M}",
        "to_day": last.date().isoformat(),
        "to_time": "" if event.all_day else f"{end:%H:%M}",
        "all_day": event.all_day,
        "zone": event.time_zone,
        "where": event.place,
        "link": event.link,
    }


# ---- Lists


def _shown(user: Any) -> PostQuerySet:
    """The posts of events that someone may see and that are said."""
    return Post.objects.visible_to(user).filter(post_kind=Post.Kind.EVENT, state=Post.State.PUBLISHED)


def _with_mine(events: QuerySet, user: Any) -> QuerySet:
    """With the reader's own answer, as `mine`."""
    own = Rsvp.objects.filter(person_id=user.pk, event=OuterRef("pk")).values("answer")
    return events.annotate(mine=Subquery(own[:1]))


def concerning(user: Any) -> QuerySet:
    """Events of the whole company and of their groups, without those they muted; and all that they answered."""
    posts = _shown(user)
    near = Q(audience__in=Access.objects.filter(person_id=user.pk).values("audience"))
    if not user.is_guest:
        near |= Q(group=None)
    unmuted = posts.filter(near).unmuted(user).values("pk")
    answered = posts.filter(calendar__in=Rsvp.objects.filter(person_id=user.pk).values("event")).values("pk")
    return _with_mine(CalendarEvent.objects.filter(Q(post__in=unmuted) | Q(post__in=answered)), user)


def listed(user: Any, view: str) -> tuple[QuerySet, tuple[str, ...]]:
    """One of `VIEWS`: the events and their order. What began before now and goes on is still to come."""
    events = concerning(user).select_related("post__group")
    if view == "past":
        return events.filter(ends_at__lte=now()), ("-starts_at", "-pk")
    events = events.filter(ends_at__gt=now())
    if view == "mine":
        events = events.filter(mine__in=[Rsvp.Answer.GOING, Rsvp.Answer.MAYBE])
    return events, ("starts_at", "pk")


def of_group(user: Any, group: Any, *, past: bool = False) -> tuple[QuerySet, tuple[str, ...]]:
    """The events of a group, to come or past, and their order."""
    posts = _shown(user).filter(group=group.pk).values("pk")
    events = _with_mine(CalendarEvent.objects.filter(post__in=posts), user).select_related("post__group")
    if past:
        return events.filter(ends_at__lte=now()), ("-starts_at", "-pk")
    return events.filter(ends_at__gt=now()), ("starts_at", "pk")


def of_posts(user: Any, posts: list[int]) -> list[CalendarEvent]:
    """The events of some posts that `visible_to(user)` gave, with their own answers: one query."""
    return list(_with_mine(CalendarEvent.objects.filter(post__in=posts), user))


def exported(user: Any, *, most: int) -> list[CalendarEvent]:
    """What stands in someone's own calendar: what concerns them, from a month ago on, without what they declined.

    Security door: asked of `visible_to` at the moment of the request; nothing of it is kept.
    """
    events = concerning(user).filter(ends_at__gt=timezone.now() - timedelta(days=31))
    # Of what is cancelled a calendar hears where it was going to hold it.
    coming = Q(mine__in=[Rsvp.Answer.GOING, Rsvp.Answer.MAYBE])
    events = events.filter(coming | Q(mine__isnull=True, cancelled_at=None))
    return list(events.select_related("post__group", "post__author").order_by("starts_at", "pk")[:most])


_ANSWERS = Prepared(
    lambda user, events: Rsvp.objects.filter(person_id=user.pk, event__in=events).values_list("event_id", "answer")
)


def answers_of(user: Any, events: list[int]) -> dict[int, str]:
    """What someone answered to some events: one query."""
    return dict(_ANSWERS.rows(user=user, events=events))
