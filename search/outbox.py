"""Writing to the outbox of the index."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from search.models import Pending, new_stamp


def enqueue(kind: str, pks: Iterable[int]) -> int:
    """Note that rows of a kind have changed, in the caller's transaction: one statement for up to 500 of them."""
    count, now = 0, timezone.now()
    keys = list(dict.fromkeys(pks))
    for start in range(0, len(keys), 500):
        some = keys[start : start + 500]
        Pending.objects.bulk_create(
            [Pending(kind=kind, object_pk=pk, stamp=new_stamp(), enqueued_at=now) for pk in some],
            update_conflicts=True,
            unique_fields=["kind", "object_pk"],
            update_fields=["stamp", "enqueued_at", "attempts"],
        )
        count += len(some)
    return count
