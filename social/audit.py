"""The audit log, as a person reads it: what happened, who did it and when. It holds no text that people wrote.

Whoever reads it learns no more of a closed place than that somebody did something of a kind there: what it was done to,
and its details, are shown where the reader is in its audience.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from core.audience import readable_ids
from core.events import VERBS
from core.models import Event
from people.models import User

#: Rows of one export.
MOST = 100_000
HEAD = ("at", "verb", "actor", "actor_id", "target", "details")
#: A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Line:
    """One event, as far as one reader may know it."""

    event: Event
    #: Who did it; "X for Y" where someone wrote in another's name.
    who: str
    meaning: str
    target: str
    details: str


def reader_of(user: Any) -> Callable[[Event], Line]:
    """How `user` reads events.

    Security door: an event in an audience that is not theirs has neither target nor details.
    """
    whole, limited = readable_ids(user)
    names: dict[str, str] = {}

    def name_of(public_id: str) -> str:
        if public_id not in names:
            names[public_id] = User.objects.filter(public_id=public_id).values_list("name", flat=True).first() or ""
        return names[public_id]

    def who(event: Event) -> str:
        name = event.actor.name if event.actor else ""
        if writer := event.data.get("writer"):
            return gettext("%(writer)s for %(name)s") % {"writer": name_of(writer), "name": name}
        if author := event.data.get("on_behalf_of"):
            return gettext("%(writer)s for %(name)s") % {"writer": name, "name": name_of(author)}
        return name

    def read(event: Event) -> Line:
        told = event.audience_id is None or event.audience_id in whole or event.audience_id in limited
        return Line(
            event=event,
            who=who(event),
            meaning=meaning(event.verb),
            target=" ".join(str(part) for part in (event.target_kind, event.target_pk) if part) if told else "",
            details=", ".join(f"{key}: {value}" for key, value in sorted(event.data.items())) if told else "",
        )

    return read


def meaning(verb: str) -> str:
    """What a verb means, in the reader's language; the verb itself where nobody declares it any more."""
    return gettext(VERBS[verb]) if verb in VERBS else verb


def cell(value: Any) -> str:
    """A value that a spreadsheet shows and never runs, on one line, without control characters."""
    text = "".join(sign if sign.isprintable() else " " for sign in str(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def rows(*, verb: str = "", actor: Any = None, room: str = "", since: Any = None, until: Any = None) -> QuerySet:
    """Events, newest first, narrowed."""
    found = Event.objects.select_related("actor").order_by("-pk")
    if verb:
        found = found.filter(verb=verb)
    if room:
        found = found.filter(verb__startswith=f"{room}.")
    if actor is not None:
        found = found.filter(actor=actor)
    if since:
        found = found.filter(at__gte=since)
    if until:
        found = found.filter(at__lt=until)
    return found


def lines(events: Iterable[Event], *, reader: Any) -> Iterator[str]:
    """The export for `reader`, line by line."""
    read = reader_of(reader)
    writer = csv.writer(_Echo())
    yield writer.writerow(HEAD)
    for event in events:
        line = read(event)
        values = (
            timezone.localtime(event.at, timezone.get_default_timezone()).isoformat(timespec="seconds"),
            event.verb,
            line.who,
            event.actor.public_id if event.actor else "",
            line.target,
            line.details,
        )
        yield writer.writerow([cell(value) for value in values])


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, value: str) -> str:
        """The line."""
        return value
