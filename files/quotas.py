"""How much a person and a place may keep, and how much they do: earlier versions count, what was removed does not.

What is under way in parts counts with the size it will have, so that it has its place when it is here.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, QuerySet, Sum

from core import limits
from core.models import Audience
from files.errors import TooMany, within
from files.models import File, Sending


def used_by(person: Any) -> int:
    """Bytes of everything that a person has sent and that is still there."""
    return _bytes(File.objects.filter(owner=person))


def used_in(audience: Any) -> int:
    """Bytes of everything that hangs where this audience reads."""
    return _bytes(File.objects.filter(audience=audience))


def under_way(person: Any, *, besides: Sending | None = None) -> tuple[int, int]:
    """How many files come in parts from a person, and the bytes they will have."""
    rows = Sending.objects.under_way().filter(owner=person)
    if besides is not None:
        rows = rows.exclude(pk=besides.pk)
    found = rows.aggregate(files=Count("pk"), bytes=Sum("size"))
    return found["files"], found["bytes"] or 0


def room_for(person: Any, size: int, *, besides: Sending | None = None) -> None:
    """Hold a person to their quota.

    Args:
        person, size: who sends how many bytes more.
        besides: the one under way whose bytes these are: it does not count twice.

    Raises:
        TooMany: with `size` more bytes they would have more than the limit.
    """
    within(limits.PERSON_BYTES, used_by(person) + under_way(person, besides=besides)[1] + size, TooMany)


def room_in(audience: Any, size: int) -> None:
    """Hold a group to its quota; everyone together, and a person alone, have none.

    Raises:
        TooMany: with `size` more bytes its files would have more than the limit.
    """
    if audience is not None and audience.kind == Audience.Kind.GROUP:
        within(limits.GROUP_BYTES, used_in(audience) + size, TooMany)


def room_for_those_on(kind: str, pks: Any, audience: Any) -> None:
    """Hold a group to its quota when things of one kind come to it with all their files.

    Args:
        kind, pks: the kind of the things, and their keys (or a query of them).
        audience: where they go.

    Raises:
        TooMany: as `room_in`.
    """
    size = _bytes(File.objects.filter(on_kind=kind, on_pk__in=pks))
    if size:
        room_in(audience, size)


def _bytes(files: QuerySet[File]) -> int:
    return files.exclude(state=File.State.REMOVED).aggregate(total=Sum("size"))["total"] or 0
