"""Everything that happens is one row, and what follows from it is subscribed by name.

    @listen("groups.member.removed")      runs at once, in the transaction of the act
    @later("feed.post.published")         runs in the worker, at least once, so it must be idempotent

Verbs are `room.noun.pasttense`, declared once in the speaker's `events.py`. Listeners subscribe by string and never
import the speaker.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from core.models import Event
from core.prepared import Insert

VERBS: dict[str, str] = {}
_at_once: dict[str, list[Callable[[Event, Any], None]]] = defaultdict(list)
_in_worker: dict[str, list[Callable[[Event], None]]] = defaultdict(list)
_piecewise: set[Callable[[Event], Any]] = set()
_ROW = Insert(Event)


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


def later(*verbs: str, piecewise: bool = False) -> Callable:
    """Subscribe `function(event)` to verbs; it runs in the worker, at least once.

    Args:
        verbs: of the events.
        piecewise: it makes its own transactions, because it may write so much that others would wait for one; what it
            has written when it fails stays, and it goes on from there.
    """

    def subscribe(function: Callable) -> Callable:
        if piecewise:
            _piecewise.add(function)
        for verb in verbs:
            if function not in _in_worker[verb]:
                _in_worker[verb].append(function)
        return function

    return subscribe


def record(
    verb: str,
    *,
    actor: Any,
    target: Any = None,
    audience: Any = None,
    quiet: bool = False,
    heard: bool | None = None,
    **data: Any,
) -> Event:
    """Write the audit row and queue its consequences, in the caller's transaction.

    Args:
        verb: a declared verb.
        actor: the person who did it, or None for the system.
        target: the row it was done to.
        audience: the audience concerned; the target's own by default.
        quiet: keep the audit row but let nothing follow in the worker (imports).
        heard: whether the audience hears of it live (where `data` has an `id`); by default if the target is shown now.
            Else only who answers for the target and who moderates it do: others may not know that it exists.
        data: ids, counts and choices; never text that people wrote.

    Raises:
        KeyError: nobody declared the verb.
    """
    event = _event(verb, actor, target, audience, quiet, data, heard)
    _ROW.save(event)
    for function in _at_once.get(verb, ()):
        function(event, target)
    return event


def record_all(
    verb: str, *, actor: Any, targets: Iterable[tuple[Any, dict[str, Any]]], quiet: bool = False
) -> list[Event]:
    """The same for one act on many rows: an event of each, written together.

    Args:
        targets: the rows, each with its details.

    Raises:
        KeyError: nobody declared the verb.
    """
    targets = list(targets)
    events = Event.objects.bulk_create(
        [_event(verb, actor, target, None, quiet, data) for target, data in targets], batch_size=500
    )
    for function in _at_once.get(verb, ()):
        for event, (target, _data) in zip(events, targets, strict=True):
            function(event, target)
    return events


def _event(
    verb: str,
    actor: Any,
    target: Any,
    audience: Any,
    quiet: bool,
    data: dict[str, Any],
    heard: bool | None = None,
) -> Event:
    if verb not in VERBS:
        raise KeyError(f"{verb} is not declared")
    if heard is None:
        heard = getattr(target, "is_shown", True)
    if not heard and "id" in data:
        data["only"] = sorted(_insiders(target))
    return Event(
        verb=verb,
        actor=actor if getattr(actor, "pk", None) else None,
        target_kind=(getattr(target, "kind", "") or target._meta.label_lower) if target is not None else "",
        target_pk=target.pk if target is not None else None,
        audience_id=audience.pk if audience is not None else getattr(target, "audience_id", None),
        data=data,
        pending=bool(_in_worker.get(verb)) and not quiet,
    )


def _insiders(target: Any) -> set[str]:
    people = set(target.moderators().values_list("public_id", flat=True))
    return people | {person.public_id for person in [target.responsible()] if person is not None}


def listeners(verb: str) -> list[Callable[[Event], None]]:
    """What the worker has to run for a verb."""
    return list(_in_worker.get(verb, ()))


def is_piecewise(function: Callable[[Event], Any]) -> bool:
    """Whether a listener makes its own transactions."""
    return function in _piecewise


def subscriptions() -> set[str]:
    """Every verb that someone listens to; a test holds it against the declared ones."""
    return {verb for table in (_at_once, _in_worker) for verb, functions in table.items() if functions}
