"""Large pictures and films are written anew by the worker, which makes their renditions as well.

What was sent lies under `File.raw`, where nothing is given from; what is kept comes under `File.key`, and all of it is
there before the rows say so, in one transaction. The worker holds a lock of the system on the bytes: when it dies in
the middle it has done nothing, the lock goes with it, and another begins anew. What kills it each time is given up.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from core import limits
from core.events import record
from files import events, intake, locks, scanner, storage, texts
from files.actions import versions
from files.errors import Busy, Refused
from files.models import File

log = logging.getLogger("files")

#: Seconds of work in one round of the worker, and of rest when it is not the file's fault.
ROUND, REST = 4.0, timedelta(seconds=20)
#: How often a file is begun; each time the pause after it is twice as long, from two seconds.
TRIES = 6


def drain() -> int:
    """Make due files ready for a few seconds; the worker calls it in every round.

    Returns:
        How many were begun.
    """
    done, end = 0, time.monotonic() + ROUND
    for file in due()[:50]:
        if time.monotonic() > end:
            break
        with suppress(Busy):
            done += _begin(file)
    return done


def due() -> QuerySet[File]:
    """What was sent and is not written anew yet, and may be begun now; what was tried least comes first."""
    now = timezone.now()
    rows = File.objects.filter(raw__gt="").filter(Q(raw_due_at=None) | Q(raw_due_at__lte=now))
    return rows.order_by("raw_tries", "pk")


def _begin(file: File) -> bool:
    """Make one file ready, or say that it cannot be; False where another worker was faster.

    Raises:
        Busy: another worker is at it.
    """
    try:
        with locks.held(storage.part(file.raw)):
            tries = file.raw_tries + 1
            mine = File.objects.filter(raw=file.raw, raw_tries=file.raw_tries)
            if not mine.update(raw_tries=tries, raw_due_at=timezone.now() + timedelta(seconds=2**tries)):
                return False
            if file.raw_tries >= TRIES:
                log.error("file %s could not be prepared in %s tries", file.pk, TRIES)
                _refuse(file, "failed")
                return True
            _make(file)
    except FileNotFoundError:
        # Removed this very moment, or lost with a disk.
        if File.objects.filter(pk=file.pk, raw=file.raw).exists() and not storage.part(file.raw).exists():
            _refuse(file, "failed")
    return True


def _make(file: File) -> None:
    try:
        with storage.workplace() as folder, storage.part(file.raw).open("rb") as sent:
            stream = storage.Prepared(sent, name=str(storage.part(file.raw)))
            ready = intake.take(stream, file.name, folder, limit=limits.LARGE_FILE_BYTES)
            names = {file.key: ready.path} | {
                f"{file.key}.{name}": path for name, (_width, _height, path) in ready.renditions.items()
            }
            sizes = ready.sizes()
            # What a worker left there that died goes first.
            storage.forget(list(names))
            for name, path in names.items():
                storage.put(name, path)
        if not _swap(file, ready, sizes):
            storage.forget(list(names))
    except Refused as error:
        if error.status >= 500:
            _rest(file, error)
        else:
            _refuse(file, error.code)
    except storage.Unreachable as error:
        _rest(file, error)
    except Exception:
        # It is begun again after its pause.
        log.exception("file %s could not be prepared", file.pk)


def _swap(file: File, ready: intake.Ready, sizes: dict[str, Any]) -> bool:
    """Say in the rows what is there now; False where none of them waits for it any more."""
    with transaction.atomic():
        rows = list(File.objects.select_for_update().filter(raw=file.raw, key=file.key).order_by("pk"))
        for row in rows:
            row.name, row.content_type, row.family = ready.name, ready.kind.content_type, ready.kind.kind
            row.size, row.sha256, row.renditions = ready.size, ready.sha256, sizes
            row.width, row.height, row.animated, row.blur = ready.width, ready.height, ready.animated, ready.blur
            row.text_due, row.scan_due = texts.is_readable(row.content_type), scanner.configured()
            row.scan = File.Scan.WAITING if row.scan_due else File.Scan.NONE
            row.raw, row.raw_tries, row.raw_due_at = "", 0, None
            row.save()
            record(events.MADE, actor=None, target=row, heard=True, id=row.public_id, **_only(row))
        transaction.on_commit(lambda: storage.forget_part(file.raw))
    return bool(rows)


def _refuse(file: File, code: str) -> None:
    """Nothing is kept of it, and its sender is told; an earlier version takes its place again."""
    with transaction.atomic():
        for row in File.objects.select_for_update().filter(raw=file.raw).order_by("pk"):
            row.raw, row.raw_tries, row.raw_due_at = "", 0, None
            row.refused, row.size, row.scan, row.scan_due = code, 0, File.Scan.NONE, False
            row.save()
            record(events.REFUSED, actor=None, target=row, heard=True, id=row.public_id, code=code, **_only(row))
            versions.take_back(file=row)
        transaction.on_commit(lambda: storage.forget_part(file.raw))


def _only(row: File) -> dict[str, Any]:
    """Whoever looks at it hears of it: its audience, or nobody but who sent it."""
    return {} if row.is_shown else {"only": [row.owner.public_id]}


def _rest(file: File, error: Exception) -> None:
    """Nothing was wrong with the file: it has not been tried, and comes again when the place may be back."""
    log.warning("file %s waits: %s", file.pk, error)
    File.objects.filter(raw=file.raw).update(raw_tries=F("raw_tries") - 1, raw_due_at=timezone.now() + REST)
