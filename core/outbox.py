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

from core.events import is_piecewise, listeners
from core.models import Event
from core.prepared import Change, Prepared

logger = logging.getLogger(__name__)

#: How long a worker may hold an event.
LEASE = timedelta(minutes=2)
#: Tries before an event is given up.
ATTEMPTS = 8


class Lost(Exception):
    """Another worker has the event now."""


def drain(limit: int = 200) -> int:
    """Run the consequences of up to `limit` due events; returns how many were run."""
    done = 0
    while done < limit:
        # Read some at a time; each is taken by itself.
        taken = 0
        for event in _DUE.instances(now=timezone.now()):
            if done < limit and _leased(event):
                run(event)
                taken += 1
                done += 1
        if not taken:
            break
    return done


def run(event: Event) -> bool:
    """Run every listener of one event; True when all of them succeeded."""
    try:
        for function in listeners(event.verb):
            if is_piecewise(function):
                function(event)
            else:
                with transaction.atomic():
                    function(event)
    except Lost:
        logger.warning("event %s (%s) took so long that another worker has it now", event.pk, event.verb)
        return False
    except Exception as error:
        logger.exception("consequence of event %s (%s) failed", event.pk, event.verb)
        pause = timedelta(seconds=min(3600, 2**event.attempts))
        Event.objects.filter(pk=event.pk).update(
            due_at=timezone.now() + pause,
            failure=type(error).__name__,
            pending=event.attempts < ATTEMPTS,
        )
        return False
    _DONE.run(key=event.pk)
    return True


def hold(event: Event) -> None:
    """A listener that takes long says, before each piece of its work, that it is still at it: the lease begins anew.

    Raises:
        Lost: it took longer than the lease, and another worker has taken the event.
    """
    now = timezone.now()
    if event.due_at is None or event.due_at - now > LEASE / 2:
        return
    if not _RENEWED.run(key=event.pk, attempts=event.attempts, until=now + LEASE):
        raise Lost
    event.due_at = now + LEASE


def waiting() -> int:
    """How many events still have consequences to run."""
    return Event.objects.filter(pending=True).count()


def dead() -> int:
    """How many events were given up."""
    return Event.objects.filter(pending=False, attempts__gte=ATTEMPTS).exclude(failure="").count()


def _take() -> Event | None:
    return next((event for event in _DUE.instances(now=timezone.now()) if _leased(event)), None)


def _leased(event: Event) -> bool:
    """Take an event, unless another worker has."""
    until = timezone.now() + LEASE
    # Security of the lease: only one worker's update finds the row still as it was read.
    if not _TAKEN.run(key=event.pk, attempts=event.attempts, until=until):
        return False
    event.attempts += 1
    event.due_at = until
    return True


_DUE = Prepared(
    lambda now: Event.objects.filter(pending=True).filter(Q(due_at=None) | Q(due_at__lte=now)).order_by("id")[:20]
)
_TAKEN = Change(
    lambda key, attempts, until: (
        Event.objects.filter(pk=key, pending=True, attempts=attempts),
        {"attempts": F("attempts") + 1, "due_at": until},
    )
)
_RENEWED = Change(
    lambda key, attempts, until: (Event.objects.filter(pk=key, pending=True, attempts=attempts), {"due_at": until})
)
_DONE = Change(lambda key: (Event.objects.filter(pk=key), {"pending": False, "due_at": None, "failure": ""}))
