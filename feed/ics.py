"""Files for calendars (iCalendar, RFC 5545): one event, or what stands in someone's own calendar.

The one door to the library that writes them; it is loaded with the first such file, as few pages need it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from core import site
from core.richtext import text_of
from feed.calendars import zone_of
from feed.models import CalendarEvent, Rsvp

#: Characters of a post that stand in a calendar; the rest is behind its address.
MOST = 4_000
#: How often a calendar is asked to look again.
EVERY = timedelta(hours=1)


def drawn(events: Sequence[CalendarEvent], *, name: str = "") -> bytes:
    """A calendar with some events, each with its `post` loaded, and `mine` (the reader's own answer) where it is known.

    Args:
        events: found through `visible_to` of who reads it.
        name: what the calendar is called; empty for a file of one event.
    """
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", "-//Kring//Kring//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    if name:
        made.add("name", name)
        made.add("x-wr-calname", name)
        made.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
        made.add("x-published-ttl", "PT1H")
    for event in events:
        made.add_component(_component(event))
    timed = [event for event in events if not event.all_day]
    if timed:
        # The rules of each clock that is named, for as long as these events need them.
        made.add_missing_timezones(
            first_date=(min(event.starts_at for event in timed) - timedelta(days=400)).date(),
            last_date=(max(event.ends_at for event in timed) + timedelta(days=400)).date(),
        )
    return made.to_ical()


def _component(event: CalendarEvent) -> Any:
    from icalendar import Event

    post, zone = event.post, zone_of(event.time_zone)
    mine = getattr(event, "mine", None)
    start, end = event.starts_at.astimezone(zone), event.ends_at.astimezone(zone)
    page = f"{settings.BASE_URL}{post.get_absolute_url()}"
    made = Event()
    # The same wherever and whenever it is fetched: an event that is changed takes the place of the one before.
    made.add("uid", f"{post.public_id}@{urlsplit(settings.BASE_URL).hostname}")
    made.add("sequence", event.revision)
    made.add("dtstamp", event.changed_at)
    made.add("created", post.created_at)
    made.add("last-modified", event.changed_at)
    made.add("dtstart", start.date() if event.all_day else start)
    made.add("dtend", end.date() if event.all_day else end)
    cancelled = event.cancelled_at is not None
    # Many calendars do not show the status: the name says it too.
    made.add("summary", _("Cancelled: %(title)s") % {"title": event.title} if cancelled else event.title)
    if event.place or event.link:
        made.add("location", event.place or event.link)
    why = _("Cancelled: %(why)s") % {"why": event.cancelled_why} if cancelled else ""
    said = [why, event.link, text_of(post.html)[:MOST].strip(), page]
    made.add("description", "\n\n".join(piece for piece in said if piece))
    made.add("url", page)
    if cancelled:
        made.add("status", "CANCELLED")
    else:
        made.add("status", "TENTATIVE" if mine == Rsvp.Answer.MAYBE else "CONFIRMED")
    # Only what one has said to come to makes one busy.
    made.add("transp", "OPAQUE" if mine == Rsvp.Answer.GOING and not cancelled else "TRANSPARENT")
    return made


def name_of() -> str:
    """What the calendar of the network is called."""
    return site.current().network_name


__all__ = ["drawn", "name_of"]
