"""Files that come in parts, so that a broken line costs a part and not the file.

The row says how many bytes are surely on the disk; the bytes lie under a random name in a folder of our own. A part is
written behind those bytes, brought to the disk, and only then counted: a process that is killed in the middle leaves a
row that is true, and bytes that are not counted are written again. When the last byte is here, the worker lets it go
the way of every upload (`files.actions.upload`); the row learns what it became in the transaction that writes the file,
or why it became none. A worker that dies in the middle has done nothing, and another begins anew.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from core.ids import new_id
from files import actions, events, intake, locks, quotas, storage
from files.errors import (
    Busy,
    Gone,
    NoRoom,
    NotYours,
    OutOfPlace,
    Refused,
    Spoilt,
    TooLarge,
    TooMany,
    Unreadable,
    within,
)
from files.models import File, Sending, SendingQuerySet

log = logging.getLogger("files")

#: Hours for which a file waits for its next part, and for which it is known what it became.
HOURS = 24
#: Seconds for which one who comes second waits for the first.
PATIENCE = 2.0
BLOCK = 256 * 1024
#: How many the worker looks at in one round, how often it begins with one, and how long it rests when it is not the
#: file's fault; after each beginning the pause is twice as long, from two seconds.
ROUND, TRIES, REST = 4, 6, timedelta(seconds=20)


def of(person: Any) -> SendingQuerySet:
    """What comes in parts from a person, and has not run out.

    Security door: everyone else's does not exist, and nothing does for one who was deactivated.
    """
    if not (person.is_authenticated and person.is_active):
        return Sending.objects.none()
    return Sending.objects.filter(owner=person, moved_at__gt=timezone.now() - timedelta(hours=HOURS)).order_by("pk")


def begin(*, by: Any, name: str, size: int, alt: str = "") -> Sending:
    """Announce a file of so many bytes; they come with `add`.

    Nothing has happened for anyone yet: the event comes with the file.

    Raises:
        Refused: it would not be taken (its size, a quota, the disk), in words for the person.
    """
    name, alt = intake.file_name(name), intake.alt_text(alt)
    if size < 1:
        raise Unreadable(_("This file is empty."), code="empty")
    within(limits.LARGE_FILE_BYTES, size)
    with transaction.atomic():
        # One after the other: two that begin together do not both get the last place.
        get_user_model()._default_manager.select_for_update().get(pk=by.pk)
        files, under_way = quotas.under_way(by)
        within(limits.FILES_UNDER_WAY, files + 1, TooMany)
        actions.may_send(by, files=files + 1, size=under_way + size)
        quotas.room_for(by, size)
        if storage.free_bytes() - _awaited() - size < limits.FREE_DISK_BYTES.value:
            raise NoRoom(str(limits.FREE_DISK_BYTES.message))
        return Sending.objects.create(
            public_id=new_id(), owner=by, name=name, alt=alt, size=size, key=storage.new_part()
        )


def here(sending: Sending) -> int:
    """How many bytes of it are here: what the row says, and never more than lies on the disk."""
    if sending.became or sending.refused:
        return sending.size
    try:
        return min(sending.arrived, storage.part(sending.key).stat().st_size)
    except FileNotFoundError:
        return 0


def runs_out(sending: Sending) -> datetime:
    """When it is given up, unless something arrives before."""
    return sending.moved_at + timedelta(hours=HOURS)


@dataclass(frozen=True)
class Digest:
    """What the bytes of a part add up to, as its sender says."""

    # As hashlib names it: "sha1".
    algorithm: str
    value: bytes


def add(*, sending: Sending, by: Any, at: int, content: Any, adds_up_to: Digest | None = None) -> Sending:
    """Take the next part. With the last one it is the worker's to make a file of, once, however often that is sent.

    Args:
        sending: from `of(by)`.
        at: where the part begins.
        content: its bytes, to be read.
        adds_up_to: what they add up to; nothing is kept of a part that adds up to something else.

    Returns:
        The row as it is now; once the worker has looked at the whole it names the file that it became.

    Raises:
        OutOfPlace: the part does not begin where the last one ended.
        Busy: another part is being written this very moment.
        Spoilt: the bytes do not add up.
        TooLarge: there are more than were announced.
        Gone: all of it was here, and it was not taken; with the reason.
        Sending.DoesNotExist: it was taken back meanwhile.
    """
    if storage.free_bytes() < limits.FREE_DISK_BYTES.value:
        raise NoRoom(str(limits.FREE_DISK_BYTES.message))
    with _alone(sending) as (row, place):
        begins = here(row)
        if at != begins:
            raise OutOfPlace(_("This part does not fit: %(count)s bytes are here.") % {"count": begins})
        if row.refused:
            raise Gone(row.why, code=row.refused)
        if begins < row.size:
            _count(row, at + _write(place, content, at, row.size - at, adds_up_to))
        return row


def drain() -> int:
    """Make files of what is whole; the worker calls it in every round.

    Returns:
        How many were begun.
    """
    done, now = 0, timezone.now()
    due = Sending.objects.whole().filter(Q(due_at=None) | Q(due_at__lte=now)).select_related("owner")
    for row in due.order_by("tries", "pk")[:ROUND]:
        with suppress(Busy, Sending.DoesNotExist), _alone(row, patience=0) as (mine, _place):
            done += _finish(mine, row.owner)
    return done


def state_of(sending: Sending) -> str:
    """How far it is, for programs: "arriving", "processing" by the worker, "refused" by it, or "ready"."""
    if sending.became or sending.refused:
        return "ready" if sending.became else "refused"
    return "processing" if here(sending) == sending.size else "arriving"


def take_back(*, sending: Sending, by: Any) -> None:
    """Its sender does not want it any more: its bytes go, and the file that it became where it hangs on nothing.

    Raises:
        Busy: a part is being written this very moment.
        Sending.DoesNotExist: it is gone already.
    """
    with _alone(sending) as (row, _place):
        file = File.objects.visible_to(by).filter(public_id=row.became).first() if row.became else None
        if file is not None:
            with suppress(NotYours):
                actions.discard(file=file, by=by)
        _forget(row)


def sweep() -> int:
    """Give up what has run out, and bytes that no row knows; the worker calls it every hour.

    Returns:
        How many went.
    """
    gone = 0
    for row in Sending.objects.filter(moved_at__lte=timezone.now() - timedelta(hours=HOURS)):
        with suppress(Busy, Sending.DoesNotExist), _alone(row, patience=0) as (late, _place):
            if runs_out(late) <= timezone.now():
                _forget(late)
                gone += 1
    old = {path.name: path for path in storage.parts_older_than(HOURS * 3600)}
    known = set(Sending.objects.under_way().filter(key__in=old).values_list("key", flat=True))
    known |= set(File.objects.filter(raw__in=old).values_list("raw", flat=True))
    for key in set(old) - known:
        old[key].unlink(missing_ok=True)
        gone += 1
    return gone


# --- Below: the steps. ---


@contextmanager
def _alone(sending: Sending, *, patience: float | None = None) -> Iterator[tuple[Sending, int]]:
    """The row as it is now and its open bytes, while nobody else writes to them.

    The lock is the system's own, on the file: it goes with the process that held it, and no transaction stays open
    while bytes are written.
    """
    path = storage.part(sending.key)
    with locks.held(path, patience=PATIENCE if patience is None else patience, create=True) as place:
        row = Sending.objects.filter(pk=sending.pk).first()
        if row is None or row.became or row.refused:
            # Whoever had it before us is done with the bytes.
            path.unlink(missing_ok=True)
        if row is None:
            raise Sending.DoesNotExist
        yield row, place


def _write(place: int, content: Any, at: int, most: int, adds_up_to: Digest | None) -> int:
    """Write a part and bring it to the disk; returns how many bytes it had."""
    digest = hashlib.new(adds_up_to.algorithm, usedforsecurity=False) if adds_up_to else None
    came = 0
    # What lies behind was never counted.
    os.ftruncate(place, at)
    while block := content.read(BLOCK):
        if came + len(block) > most:
            raise TooLarge(_("More has come of this file than was announced. Send it anew."))
        written = 0
        while written < len(block):
            written += os.pwrite(place, block[written:], at + came + written)
        came += len(block)
        if digest is not None:
            digest.update(block)
    if adds_up_to is not None and digest is not None and digest.digest() != adds_up_to.value:
        raise Spoilt(_("A part of this file was changed on its way. It is sent again."))
    os.fsync(place)
    return came


def _count(row: Sending, arrived: int) -> None:
    """What is on the disk is counted, unless somebody else has counted meanwhile."""
    now = timezone.now()
    if not Sending.objects.filter(pk=row.pk, arrived=row.arrived).update(arrived=arrived, moved_at=now):
        raise Busy(_("Another part of this file is being written. Try again in a moment."))
    row.arrived, row.moved_at = arrived, now


def _finish(row: Sending, by: Any) -> bool:
    """All of it is here: it goes the way of every upload. False where another worker was faster."""
    if here(row) < row.size:
        # The disk has lost some of it: its sender goes on from there.
        Sending.objects.filter(pk=row.pk).update(arrived=here(row))
        return True
    tries = row.tries + 1
    mine = Sending.objects.whole().filter(pk=row.pk, tries=row.tries)
    if not mine.update(tries=tries, due_at=timezone.now() + timedelta(seconds=2**tries)):
        return False
    path = storage.part(row.key)
    with translation.override(by.language or None):
        try:
            if row.tries >= TRIES:
                raise Unreadable(_("This file could not be prepared. Send it again."), code="failed")
            with path.open("rb") as whole:
                ready = storage.Prepared(whole, name=str(path))
                actions.upload(by=by, stream=ready, name=row.name, alt=row.alt, sending=row)
        except Sending.DoesNotExist:
            # Taken back this very moment.
            return True
        except Refused as error:
            if error.status >= 500:
                _rest(row, error)
                return True
            _refuse(row, error)
        except storage.Unreachable as error:
            _rest(row, error)
            return True
        except Exception:
            # It is begun again after its pause.
            log.exception("sending %s could not be made a file", row.pk)
            return True
    path.unlink(missing_ok=True)
    return True


def _refuse(row: Sending, error: Refused) -> None:
    """It is not taken, and its sender may read why for a day."""
    with transaction.atomic():
        Sending.objects.filter(pk=row.pk).update(refused=error.code, why=error.message[:1000], moved_at=timezone.now())
        record(events.TURNED_AWAY, actor=None, target=row, id=row.public_id, only=[row.owner.public_id])


def _rest(row: Sending, error: Exception) -> None:
    """Nothing was wrong with it: it has not been tried, and comes again when the place may be back."""
    log.warning("sending %s waits: %s", row.pk, error)
    Sending.objects.filter(pk=row.pk).update(tries=row.tries, due_at=timezone.now() + REST)


def _forget(row: Sending) -> None:
    row.delete()
    storage.part(row.key).unlink(missing_ok=True)


def _awaited() -> int:
    """Bytes that were promised and are not here yet, of everybody."""
    rows = Sending.objects.under_way().filter(moved_at__gt=timezone.now() - timedelta(hours=HOURS))
    return rows.aggregate(bytes=Sum(F("size") - F("arrived")))["bytes"] or 0
