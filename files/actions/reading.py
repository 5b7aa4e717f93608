"""Documents are read by the worker: their words for search, their first page for the card.

A document that is due is looked for by its row, as in `scans`: a worker that dies in the middle has done nothing.
"""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from core.events import record
from files import events, sandbox, storage, texts
from files.errors import StoreAway
from files.models import File, FileText

log = logging.getLogger("files")

#: Seconds of work in one round of the worker, and how often one document is begun.
ROUND, TRIES = 4.0, 3


def drain() -> int:
    """Read due documents for a few seconds; the worker calls it in every round.

    Returns:
        How many were read.
    """
    done, end = 0, time.monotonic() + ROUND
    while time.monotonic() < end:
        file = _due().order_by("text_tries", "pk").first()
        if file is None:
            break
        if file.text_tries >= TRIES:
            # It took the worker with it each time.
            log.error("document %s could not be read in %s tries", file.pk, TRIES)
            File.objects.filter(pk=file.pk, key=file.key).update(text_due=False, text_tries=0)
            continue
        File.objects.filter(pk=file.pk).update(text_tries=F("text_tries") + 1)
        try:
            _read(file)
        except (storage.Unreachable, StoreAway):
            # Nothing was wrong with the document: it has not been tried.
            File.objects.filter(pk=file.pk).update(text_tries=file.text_tries)
            log.warning("the bucket does not answer")
            break
        done += 1
    return done


def keep_text(*, file: File, text: str) -> None:
    """Keep the words by which a file is found; the caller saves the file, which tells the index."""
    if text.strip():
        FileText.objects.update_or_create(file=file, defaults={"text": text})
    else:
        FileText.objects.filter(file=file).delete()


def read_again(*, everything: bool = False) -> int:
    """Make documents due that have not been read, or all of them; returns how many.

    Args:
        everything: also those that have been read.
    """
    files = File.objects.filter(content_type__in=texts.readable()).exclude(state=File.State.REMOVED)
    if not everything:
        files = files.filter(text_due=False, text=None)
    return files.update(text_due=True, text_tries=0)


def _due() -> QuerySet[File]:
    """What is to be read and may be: nobody opens a document before the scanner has."""
    due = File.objects.filter(text_due=True)
    if settings.KRING_CLAMD:
        return due.filter(scan__in=(File.Scan.CLEAN, File.Scan.NONE))
    return due.exclude(scan=File.Scan.INFECTED)


def _read(file: File) -> None:
    with storage.workplace() as folder:
        source = folder / "document"
        try:
            with storage.store().open(file.key) as stream, source.open("wb") as copy:
                shutil.copyfileobj(stream, copy)
            words = texts.read(source, file.content_type, folder)
        except FileNotFoundError:
            words = ""
        except sandbox.Failed:
            log.warning("document %s could not be read", file.pk)
            if file.text_tries + 1 < TRIES:
                return
            words = ""
        page = texts.first_page(source, file.content_type, folder) if source.exists() else None
        sizes: dict[str, Any] = _put(file, page.renditions, folder) if page else {}
        with transaction.atomic():
            row = File.objects.select_for_update().filter(pk=file.pk, key=file.key, text_due=True).first()
            if row is None:
                # Removed, or another's bytes by now.
                return
            keep_text(file=row, text=words)
            row.text_due, row.text_tries = False, 0
            row.renditions = sizes or row.renditions
            row.save(update_fields=["text_due", "text_tries", "renditions"])
            if sizes:
                record(events.DRAWN, actor=None, target=row, id=row.public_id)


def _put(file: File, pages: dict[str, tuple[int, int, bytes]], folder: Path) -> dict[str, tuple[int, int, int]]:
    """Put the pictures of a page beside the document; what a worker left there that died goes first."""
    sizes = {}
    for name, (width, height, content) in pages.items():
        path = folder / f"rendition-{name}"
        path.write_bytes(content)
        storage.forget([f"{file.key}.{name}"])
        storage.put(f"{file.key}.{name}", path)
        sizes[name] = (width, height, len(content))
    return sizes
