"""Everything that happens is one row, and what follows from it is subscribed by name.

    @listen("groups.member.removed")      runs at once, in the transaction of the act
    @later("feed.post.published")         runs in the worker, at least once, so it must be idempotent

Verbs are `room.noun.pasttense`, declared once in the speaker's `events.py`. Listeners subscribe by string and never
import the speaker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from core.models import Event

VERBS: dict[str, str] = {}
_at_once: dict[str, list[Callable[[Event, Any], None]]] = defaultdict(list)
_in_worker: dict[str, list[Callable[[Event], None]]] = defaultdict(list)


def declare(verb: str, meaning: str) -> str:
    """Declare a verb of this room with one plain sentence of what it means; returns the verb.

    Raises:
        ValueError: another meaning was declared for it.
    """
    if VERBS.setdefault(verb, meaning) != meaning:
        raise ValueError(f"{verb} is declared twice")
    return verb


def listen(*verbs: str) -> Callable:
    """Subscribe `function(event, target)` to verbs; it runs in the transaction of the act."""

    def subscribe(function: Callable) -> Callable:
        for verb in verbs:
            if function not in _at_once[verb]:
                _at_once[verb].append(function)
        return function

    return subscribe


def later(*verbs: str) -> Callable:
    """Subscribe `function(event)` to verbs; it runs in the worker, at least once."""

    def subscribe(function: Callable) -> Callable:
        for verb in verbs:
            if function not in _in_worker[verb]:
                _in_worker[verb].append(function)
        return function

    return subscribe


def record(
    verb: str, *, actor: Any, target: Any = None, audience: Any = None, quiet: bool = False, **data: Any
) -> Event:
    """Write the audit row and queue its consequences, in the caller's transaction.

    Args:
        verb: a declared verb.
        actor: the person who did it, or None for the system.
        target: the row it was done to.
        audience: the audience concerned; the target's own by default.
        quiet: keep the audit row but let nothing follow in the worker (imports).
        data: ids, counts and choices; never text that people wrote.

    Raises:
        KeyError: nobody declared the verb.
    """
    if verb not in VERBS:
        raise KeyError(f"{verb} is not declared")
    audience_id = audience.pk if audience is not None else getattr(target, "audience_id", None)
    event = Event.objects.create(
        verb=verb,
        actor=actor if getattr(actor, "pk", None) else None,
        target_kind=(getattr(target, "kind", "") or target._meta.label_lower) if target is not None else "",
        target_pk=target.pk if target is not None else None,
        audience_id=audience_id,
        data=data,
        pending=bool(_in_worker.get(verb)) and not quiet,
    )
    for function in _at_once.get(verb, ()):
        function(event, target)
    return event


def listeners(verb: str) -> list[Callable[[Event], None]]:
    """What the worker has to run for a verb."""
    return list(_in_worker.get(verb, ()))


def subscriptions() -> set[str]:
    """Every verb that someone listens to; a test holds it against the declared ones."""
    return {verb for table in (_at_once, _in_worker) for verb, functions in table.items() if functions}
