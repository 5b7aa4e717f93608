"""Who was here last: kept in memory, written once a minute, so that reading a page writes nothing."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connections
from django.utils import timezone

#: Seconds between two writes.
PAUSE = 60

_lock = threading.Lock()
_waiting: dict[int, datetime] = {}
#: Of those, who has a page with a live line before their eyes.
_looking: set[int] = set()
_timer: threading.Timer | None = None


def note(person_id: int) -> None:
    """Someone is here."""
    global _timer
    with _lock:
        _waiting[person_id] = timezone.now()
        if _timer is None and not settings.TESTING:
            _timer = threading.Timer(PAUSE, _tick)
            _timer.daemon = True
            _timer.start()


def note_looking(person_id: int) -> None:
    """Someone has a page before their eyes that hears what is new."""
    note(person_id)
    with _lock:
        _looking.add(person_id)


def flush() -> int:
    """Write down who was here since the last time; returns how many people."""
    from people.actions import seen

    with _lock:
        people, looking = dict(_waiting), frozenset(_looking)
        _waiting.clear()
        _looking.clear()
    seen(people=people, looking=looking)
    return len(people)


def here(people: set[int]) -> set[int]:
    """Those of some people who have the network before their eyes, as far as it is written down by now."""
    from people.models import User

    lately = timezone.now() - timedelta(seconds=3 * PAUSE)
    return set(User.objects.filter(pk__in=people, looking_at__gte=lately).values_list("pk", flat=True))


def _tick() -> None:
    """The timer's end: write, close this thread's connection, and wait for the next sign of life."""
    global _timer
    with _lock:
        _timer = None
    try:
        flush()
    finally:
        connections.close_all()
