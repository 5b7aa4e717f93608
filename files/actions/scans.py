"""What follows from the virus scanner's word. The worker asks it; a request only asks that it be asked again.

A file that is due is looked for by its row, so that a worker that dies in the middle has done nothing: the file is
still due, and another begins anew.
"""

from __future__ import annotations

import hashlib
import io
import logging
import shutil
import time
from dataclasses import asdict, dataclass
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from core.events import record
from files import archives, events, intake, kinds, scanner, storage
from files.errors import Infected, NotAllowed, Refused, ScannerAway
from files.models import Blocked, File, Scan
from files.registry import scanned_elsewhere

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
        except storage.Unreachable:
            File.objects.filter(pk=file.pk).update(scan_tries=file.scan_tries)
            log.warning("the bucket does not answer")
            _rests_until = time.monotonic() + REST
            break
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
    return done + (_drain_elsewhere(end) if not done else 0)


@dataclass(frozen=True)
class Word:
    """What the scanner said while somebody waited: the fields of `files.models.Scanned`, and of a `File`."""

    scan: str = ""
    threat: str = ""
    scanned_with: str = ""
    scan_due: bool = False

    def fields(self) -> dict[str, Any]:
        """By their names."""
        return asdict(self)


def at_once(*, content: IO[bytes] | bytes, name: str, by: Any) -> Word:
    """Have the scanner look at what somebody sends, before anything of it is decoded, kept or shown.

    For what has no card that says that it is being checked: faces, covers and logos, the pictures and documents of the
    knowledge pages, pictures of previews, captions. What is an attachment is looked at by the worker.

    Args:
        content: all of it; a stream is at its beginning again afterwards.
        name: what it is called.
        by: who sends it, and hears of a virus with the administrators; None where nobody did (a preview).

    Raises:
        Infected: there is a virus in it. It is in quarantine under its name, and is not taken again.
        NotAllowed: it cannot be looked into, and the administrators chose to hold such files.
        ScannerAway: the scanner does not answer, and they chose to hold.
    """
    if not scanner.configured():
        return Word()
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    stream.seek(0)
    sha256 = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]
    refuse_blocked(sha256=sha256)
    hold = settings.KRING_UNSCANNED == "hold"
    try:
        signatures, verdict = scanner.version(), _verdict_on(stream)
    except (scanner.Unreachable, scanner.Lost) as error:
        if hold:
            raise ScannerAway from error
        return Word(Scan.UNCHECKED, scan_due=True)
    finally:
        stream.seek(0)
    word = Word(_state_of(verdict), verdict.found or verdict.closed, signatures)
    if verdict.found:
        _quarantine(stream, sha256=sha256, name=name, by=by, word=word)
        raise Infected(_("A virus was found in this file (%(name)s). It was not taken.") % {"name": verdict.found})
    if verdict.closed and hold:
        raise NotAllowed(_("This file cannot be checked for viruses, so it is not taken. Send it without a password."))
    return word


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
    files = File.objects.filter(scan_due=False).exclude(state=File.State.REMOVED)
    others = [model._base_manager.filter(scan_due=False) for model in scanned_elsewhere()]
    if everything:
        return sum(rows.update(scan_due=True, scan_tries=0) for rows in (files, *others))
    due, signatures = 0, scanner.version()
    for rows in (files, *others):
        old = rows.exclude(scanned_with=signatures).order_by("-pk").values_list("pk", flat=True)[:AGAIN]
        due += rows.model._base_manager.filter(pk__in=list(old)).update(scan_due=True, scan_tries=0)
    return due


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
    if file.content_type != kinds.ZIP.content_type:
        with storage.store().open(file.key) as stream:
            return scanner.scan(stream)
    with storage.local(file.key) as path, path.open("rb") as content:
        return _verdict_on(content)


def _verdict_on(stream: IO[bytes]) -> scanner.Verdict:
    """The scanner's word on a file that can be sought in. It calls a locked archive clean without looking inside."""
    stream.seek(0)
    verdict = scanner.scan(stream)
    stream.seek(0)
    if verdict == scanner.Verdict() and stream.read(4) == b"PK\3\4":
        stream.seek(0)
        return scanner.Verdict(closed="password") if archives.is_locked(stream) else verdict
    return verdict


def _drain_elsewhere(end: float) -> int:
    """The same for what other rooms keep in places of their own."""
    global _rests_until
    done, signatures = 0, ""
    for model, read in scanned_elsewhere().items():
        while time.monotonic() < end:
            row: Any = model._base_manager.filter(scan_due=True).order_by("scan_tries", "pk").first()
            if row is None:
                break
            mine = model._base_manager.filter(pk=row.pk)
            mine.update(scan_tries=F("scan_tries") + 1)
            try:
                signatures = signatures or scanner.version()
                name, by, opened = read(row)
                with opened, storage.workplace() as folder:
                    copy = folder / "copy"
                    with copy.open("xb") as out:
                        shutil.copyfileobj(opened, out, storage.BLOCK)
                    with copy.open("rb") as content:
                        gave_up = row.scan_tries >= TRIES
                        verdict = scanner.Verdict(closed="no answer") if gave_up else _verdict_on(content)
                        word = Word(_state_of(verdict), verdict.found or verdict.closed, signatures)
                        mine.update(**word.fields(), scan_tries=0)
                        if verdict.found and row.scan != Scan.INFECTED:
                            content.seek(0)
                            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
                            _quarantine(content, sha256=sha256, name=name, by=by, word=word)
            except FileNotFoundError:
                mine.update(scan_due=False)
            except (scanner.Unreachable, storage.Unreachable):
                mine.update(scan_tries=row.scan_tries)
                _rests_until = time.monotonic() + REST
                return done
            except scanner.Lost:
                log.warning("the virus scanner did not finish %s %s", model._meta.label_lower, row.pk)
            done += 1
    return done


def _quarantine(stream: IO[bytes], *, sha256: str, name: str, by: Any, word: Word) -> None:
    """Keep what a virus was found in where nobody gets it, as a loose file of who sent it; both sides are told."""
    if by is None:
        Blocked.objects.get_or_create(sha256=sha256, defaults={"threat": word.threat})
        return
    stream.seek(0)
    with storage.workplace() as folder:
        path, key = folder / "copy", storage.new_key()
        with path.open("xb") as out:
            shutil.copyfileobj(stream, out, storage.BLOCK)
        size = path.stat().st_size
        storage.put(key, path)
    with transaction.atomic():
        file = File.objects.create(
            owner=by,
            name=intake.file_name(name or "file"),
            content_type="application/octet-stream",
            family=kinds.DOCUMENT,
            size=size,
            sha256=sha256,
            key=key,
            **word.fields(),
        )
        _tell(file, "")


def _state_of(verdict: scanner.Verdict) -> str:
    if verdict.found:
        return Scan.INFECTED
    return Scan.CLOSED if verdict.closed else Scan.CLEAN


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
