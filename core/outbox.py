"""Runs what follows from events: at least once, with a lease, growing pauses, and an end.

An event is pending until every `later` listener of its verb has run. A worker takes it by moving `due_at` ahead (the
lease): when it dies, the event is due again by itself. A failure waits longer each time; after `ATTEMPTS` it stays in
the table with its failure for the administrator and blocks nobody.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from core.events import listeners
from core.models import Event

logger = logging.getLogger(__name__)

#: How long a worker may hold an event.
LEASE = timedelta(minutes=2)
#: Tries before an event is given up.
ATTEMPTS = 8


def drain(limit: int = 200) -> int:
    """Run the consequences of up to `limit` due events; returns how many were run."""
    done = 0
    while done < limit:
        event = _take()
        if event is None:
            break
        run(event)
        done += 1
    return done


def run(event: Event) -> bool:
    """Run every listener of one event; True when all of them succeeded."""
    try:
        for function in listeners(event.verb):
            with transaction.atomic():
                function(event)
    except Exception as error:
        logger.exception("consequence of event %s (%s) failed", event.pk, event.verb)
        pause = timedelta(seconds=min(3600, 2**event.attempts))
        Event.objects.filter(pk=event.pk).update(
            due_at=timezone.now() + pause,
            failure=type(error).__name__,
            pending=event.attempts < ATTEMPTS,
        )
        return False
    Event.objects.filter(pk=event.pk).update(pending=False, due_at=None, failure="")
    return True


def waiting() -> int:
    """How many events still have consequences to run."""
    return Event.objects.filter(pending=True).count()


def dead() -> int:
    """How many events were given up."""
    return Event.objects.filter(pending=False, attempts__gte=ATTEMPTS).exclude(failure="").count()


def _take() -> Event | None:
    now = timezone.now()
    due = Event.objects.filter(pending=True).filter(Q(due_at=None) | Q(due_at__lte=now)).order_by("id")
    for event in due[:5]:
        # Security of the lease: only one worker's update finds the row still as it was read.
        taken = Event.objects.filter(pk=event.pk, pending=True, attempts=event.attempts).update(
            attempts=F("attempts") + 1, due_at=now + LEASE
        )
        if taken:
            event.attempts += 1
            return event
    return None
