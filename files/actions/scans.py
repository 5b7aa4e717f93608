"""What follows from the virus scanner's word. The worker asks it; a request only asks that it be asked again.

A file that is due is looked for by its row, so that a worker that dies in the middle has done nothing: the file is
still due, and another begins anew.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from core.events import record
from files import archives, events, kinds, scanner, storage
from files.errors import Infected, Refused
from files.models import Blocked, File

log = logging.getLogger("files")

#: Seconds of work in one round of the worker, and of rest when the scanner does not answer.
ROUND, REST = 5.0, 10.0
#: How often a file may be begun before it counts as one that cannot be looked into.
TRIES = 5
#: How many files are scanned again when the signatures have changed, in one hour.
AGAIN = 5000

_rests_until = 0.0


def drain() -> int:
    """Have due files scanned for a few seconds; the worker calls it in every round.

    Returns:
        How many were looked at.
    """
    global _rests_until
    if not scanner.configured() or time.monotonic() < _rests_until:
        return 0
    done, end, signatures = 0, time.monotonic() + ROUND, ""
    while time.monotonic() < end:
        file = File.objects.filter(scan_due=True).order_by("scan_tries", "pk").first()
        if file is None:
            break
        File.objects.filter(pk=file.pk).update(scan_tries=F("scan_tries") + 1)
        try:
            signatures = signatures or scanner.version()
            judge(file=file, verdict=_ask(file), signatures=signatures)
        except scanner.Unreachable:
            # Nothing was wrong with the file: it has not been tried.
            File.objects.filter(pk=file.pk).update(scan_tries=file.scan_tries)
            log.warning("the virus scanner does not answer")
            mark_unchecked()
            _rests_until = time.monotonic() + REST
            break
        except scanner.Lost:
            log.warning("the virus scanner did not finish file %s", file.pk)
        except FileNotFoundError:
            # Its bytes are gone; `sweep` and the audit speak of that.
            File.objects.filter(pk=file.pk).update(scan_due=False)
        done += 1
    return done


def judge(*, file: File, verdict: scanner.Verdict, signatures: str = "") -> None:
    """Write down what the scanner says of a file, and of every row that shares its bytes.

    Args:
        file: a row whose bytes were looked at.
        verdict: what was said.
        signatures: the scanner's program and signatures.
    """
    with transaction.atomic():
        rows = list(File.objects.select_for_update().filter(Q(pk=file.pk) | Q(key=file.key, key__gt="")).order_by("pk"))
        for row in rows:
            if row.key != file.key or row.state == File.State.REMOVED:
                # Gone, or another's by now: the word was about other bytes.
                File.objects.filter(pk=row.pk).update(scan_due=False)
                continue
            before, row.scan = row.scan, _state_of(verdict)
            row.threat = verdict.found or verdict.closed
            row.scanned_with, row.scan_due, row.scan_tries = signatures, False, 0
            row.save(update_fields=["scan", "threat", "scanned_with", "scan_due", "scan_tries"])
            _tell(row, before)


def mark_unchecked() -> None:
    """The scanner does not answer, and the administrators chose to mark: what waits is given, and stays due."""
    if settings.KRING_UNSCANNED != "mark":
        return
    for pk in list(File.objects.filter(scan=File.Scan.WAITING).order_by("pk").values_list("pk", flat=True)[:500]):
        with transaction.atomic():
            row = File.objects.select_for_update().filter(pk=pk, scan=File.Scan.WAITING).first()
            if row is not None:
                row.scan = File.Scan.UNCHECKED
                row.save(update_fields=["scan"])
                _tell(row, File.Scan.WAITING)


def scan_again(*, file: File, by: Any) -> None:
    """Have a file in quarantine looked at anew, perhaps with newer signatures; it stays there meanwhile.

    Raises:
        Refused: `by` is no administrator, or there is no scanner.
    """
    _look_after(by)
    if not scanner.configured():
        raise Refused(_("There is no virus scanner. Set KRING_CLAMD first."), status=409)
    with transaction.atomic():
        File.objects.filter(pk=file.pk).update(scan_due=True, scan_tries=0)
        record(events.SCAN_ASKED, actor=by, target=file)


def rescan(*, everything: bool = False) -> int:
    """Make files due whose last scan was with other signatures than the scanner has now; newest first.

    They are given as before until something is found. A file that came before there was a scanner is among them.

    Args:
        everything: all files, not only as many as an hour has room for, and whatever they were scanned with.

    Returns:
        How many are due now.

    Raises:
        Unreachable: the scanner does not answer.
    """
    if not scanner.configured():
        return 0
    files = File.objects.filter(scan_due=False, portrait=False).exclude(state=File.State.REMOVED)
    if everything:
        return files.update(scan_due=True, scan_tries=0)
    old = files.exclude(scanned_with=scanner.version()).order_by("-pk").values_list("pk", flat=True)[:AGAIN]
    return File.objects.filter(pk__in=list(old)).update(scan_due=True, scan_tries=0)


def refuse_blocked(*, sha256: str) -> None:
    """Refuse content in which a virus was found before.

    Raises:
        Infected: it is blocked.
    """
    found = Blocked.objects.filter(sha256=sha256).first()
    if found is not None:
        raise Infected(_("A virus was found in this file (%(name)s). It was not taken.") % {"name": found.threat})


def _ask(file: File) -> scanner.Verdict:
    if file.scan_tries >= TRIES:
        return scanner.Verdict(closed="no answer")
    with storage.store().open(file.key) as stream:
        verdict = scanner.scan(stream)
    if verdict == scanner.Verdict() and file.content_type == kinds.ZIP.content_type:
        # The scanner calls a locked archive clean unless it is told otherwise: it has not seen what is inside.
        with storage.store().open(file.key) as stream:
            return scanner.Verdict(closed="password") if archives.is_locked(stream) else verdict
    return verdict


def _state_of(verdict: scanner.Verdict) -> str:
    if verdict.found:
        return File.Scan.INFECTED
    return File.Scan.CLOSED if verdict.closed else File.Scan.CLEAN


def _tell(row: File, before: str) -> None:
    """Record what is new of one file, and keep its content from coming again."""
    if row.scan == before:
        return
    if row.scan == File.Scan.INFECTED:
        Blocked.objects.get_or_create(sha256=row.sha256, defaults={"threat": row.threat})
        record(events.QUARANTINED, actor=None, target=row, id=row.public_id, threat=row.threat)
    elif before == File.Scan.INFECTED:
        Blocked.objects.filter(sha256=row.sha256).delete()
        record(events.CLEARED, actor=None, target=row, id=row.public_id)
    else:
        record(events.SCANNED, actor=None, target=row, id=row.public_id, scan=str(row.scan))


def _look_after(by: Any) -> None:
    if not getattr(by, "is_admin", False):
        raise Refused(_("The quarantine is for administrators."), status=403)
