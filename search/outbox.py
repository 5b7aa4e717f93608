"""Writing to the outbox of the index."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from core.prepared import Insert
from search.models import Pending, new_stamp

_pending = Insert(Pending, replacing=("stamp", "enqueued_at", "attempts"), unique=("kind", "object_pk"))


def enqueue(kind: str, pks: Iterable[int]) -> int:
    """Note that rows of a kind have changed, in the caller's transaction."""
    now = timezone.now()
    keys = list(dict.fromkeys(pks))
    _pending.all(Pending(kind=kind, object_pk=pk, stamp=new_stamp(), enqueued_at=now) for pk in keys)
    return len(keys)
