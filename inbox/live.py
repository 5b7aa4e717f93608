"""The live hub's tail of notices: "your bell has something new"."""

from __future__ import annotations

from dataclasses import dataclass

from core import live
from core.models import Event
from core.prepared import Prepared
from inbox.models import Notice

_PENDING = Prepared(lambda: Event.objects.filter(pending=True).values_list("pk"))


@dataclass(frozen=True)
class _Position:
    """Which events are known, and of which the worker may still tell somebody."""

    events: live.Position
    waiting: frozenset[int]


def _notices(position: _Position | None) -> tuple[_Position, list[live.Frame]]:
    """An event's notices are read once, when the worker is done with it: all of them are there then."""
    if position is None:
        events, _keys = live.follow(None)
        return _Position(events, frozenset(key for (key,) in _PENDING.rows())), []
    events, keys = live.follow(position.events)
    waiting = position.waiting.union(keys)
    if not waiting:
        return _Position(events, waiting), []
    # Asked before the notices are read: what is done by now has written them.
    pending = waiting.intersection(key for (key,) in _PENDING.rows())
    done = list(waiting - pending)
    people: set[str] = set()
    for start in range(0, len(done), live.MOST):
        told = Notice.objects.filter(event__in=done[start : start + live.MOST])
        people.update(told.order_by().values_list("recipient__public_id", flat=True).distinct())
    return _Position(events, pending), [(f"person-{person}", "inbox.notice.delivered", "", "") for person in people]


live.tail("notices", _notices)
