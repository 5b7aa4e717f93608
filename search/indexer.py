"""The one writer of the index: drains `Pending`, heals what is broken, tidies when there is nothing else to do.

Nothing is lost: a row leaves the outbox only after the commit that holds it is on disk, and only if it has not changed
since it was read. A process killed at any moment leaves rows that are drained again; doing so twice changes nothing.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator

from django.db import connection
from django.db.models import F
from django.utils import timezone

from core.bulk import remove
from search.engine import Document
from search.indexes import ContentIndex, backend, registered
from search.models import Pending
from search.outbox import enqueue
from search.store import Busy, Unreadable

logger = logging.getLogger(__name__)

#: Rows in one commit.
BATCH = 500
#: A row that could not be prepared so often is left for an administrator (`search_audit` names it).
ATTEMPTS = 5
#: Rows that can be indexed anew between two batches.
SMALL = 2_000

_healing = threading.Lock()


def drain(limit: int = BATCH) -> int:
    """Bring the index up to date with at most `limit` waiting rows; returns how many were done.

    Called by the worker again and again. It never raises for a damaged index: it starts to build a new one.
    """
    rows = list(Pending.objects.filter(attempts__lt=ATTEMPTS).order_by("pk")[:limit])
    store = backend().index_store
    if store.distrusted():
        logger.warning("a search could not read the index; it is built anew")
        return heal()
    if store.outdated() and not _healing.locked():
        logger.info("the index is of an earlier release and is built anew")
        return heal()
    if not rows and not _due_to_tidy():
        return 0
    try:
        with store.writing():
            if rows:
                return _write(rows)
            if not store.tidy():
                _tidied()
            return 0
    except Busy:
        return 0
    except Unreadable as error:
        level = logging.WARNING if (store.path / "CURRENT").exists() else logging.INFO
        logger.log(level, "the index cannot be read and is built anew: %s", error)
        return heal()


_written = 0
_tidied_at = 0


def _due_to_tidy() -> bool:
    return _written != _tidied_at


def _tidied() -> None:
    global _tidied_at
    _tidied_at = _written


def _write(rows: list[Pending]) -> int:
    global _written
    waiting: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        waiting[row.kind].add(row.object_pk)
    put: list[Document] = []
    drop: list[str] = []
    failed: set[tuple[str, int]] = set()
    known = registered()
    for kind, pks in waiting.items():
        found, broken = _prepare(known.get(kind), pks)
        put += found.values()
        failed |= {(kind, pk) for pk in broken}
        drop += [f"{kind}:{pk}" for pk in pks - found.keys() - broken]
    # An index that is not there holds nothing of what was never pending either: it is built from everything.
    backend().index_store.snapshot()
    backend().write(put, drop)
    _written += 1
    done = [row.stamp for row in rows if (row.kind, row.object_pk) not in failed]
    # In one statement: what has changed since then has another stamp, and stays.
    remove(Pending.objects.filter(stamp__in=done))
    poisoned = [row.stamp for row in rows if (row.kind, row.object_pk) in failed]
    if poisoned:
        Pending.objects.filter(stamp__in=poisoned).update(attempts=F("attempts") + 1)
    return len(rows)


def _prepare(index: ContentIndex | None, pks: set[int]) -> tuple[dict[int, Document], set[int]]:
    """The documents of some rows of a kind, and the rows that could not be prepared."""
    if index is None:
        return {}, set()
    try:
        return dict(index.documents(pks)), set()
    except Exception:
        logger.exception("rows of %s could not be prepared together; trying them one by one", index.model.kind)
    found: dict[int, Document] = {}
    broken: set[int] = set()
    for pk in pks:
        try:
            found.update(index.documents([pk]))
        except Exception:
            logger.exception("%s:%s could not be prepared for the index", index.model.kind, pk)
            broken.add(pk)
    return found, broken


def everything(progress: Callable[[int], None] | None = None) -> Iterator[Document]:
    """The document of every row of every kind; a row that cannot be prepared is logged and left out."""
    count = 0
    for index in registered().values():
        for row in index.batched(index.index_queryset()):
            try:
                document = index.document(row)
            except Exception:
                logger.exception("%s:%s could not be prepared for the index", index.model.kind, row.pk)
                enqueue(index.model.kind, [row.pk])
                continue
            if document is not None:
                yield document
            count += 1
            if progress is not None and not count % 100:
                progress(count)


def rebuild(progress: Callable[[int], None] | None = None) -> int:
    """Build a new index from the database and put it in place of the old one; returns how many documents it holds.

    What changes meanwhile waits in the outbox and is drained into the new index.

    Raises:
        Busy: another process is writing.
    """
    return backend().replace(everything(progress))


def heal() -> int:
    """Build the index anew after damage: a small one at once, a large one beside the worker's other work.

    Returns:
        How many documents were indexed by now.
    """
    if sum(index.index_queryset()[: SMALL + 1].count() for index in registered().values()) <= SMALL:
        try:
            return rebuild()
        except Busy:
            return 0
    if _healing.acquire(blocking=False):
        threading.Thread(target=_heal_beside, name="search-rebuild", daemon=True).start()
    return 0


def _heal_beside() -> None:
    try:
        logger.warning("the new index holds %d documents", rebuild())
    except Busy:
        logger.info("another process is building the index")
    except Exception:
        logger.exception("the index could not be built anew")
    finally:
        _healing.release()
        connection.close()


def tidy() -> None:
    """Merge what has grown too large to merge between two batches; by the clock, at night."""
    try:
        backend().optimize()
    except (Busy, Unreadable) as error:
        logger.info("not tidied: %s", error)


def healthy() -> bool:
    """Whether the index can be read and is at most a minute behind."""
    try:
        backend().index_store.snapshot()
    except Unreadable:
        return False
    oldest = waiting_since()
    return oldest is None or oldest < 60


def waiting_since() -> float | None:
    """Seconds that the oldest waiting row has waited; None when nothing waits."""
    oldest = (
        Pending.objects.filter(attempts__lt=ATTEMPTS)
        .order_by("enqueued_at")
        .values_list("enqueued_at", flat=True)
        .first()
    )
    return (timezone.now() - oldest).total_seconds() if oldest else None
