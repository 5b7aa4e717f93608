"""What can be done with files. Views, the API, importers and the rooms above call these.

The rooms above hang files on their things and pass on what becomes of them:

    attach(files=[…ids], to=post, audience=…, history_at=…, by=person)     withhold(of=post)   release(of=post)
    move(of=post, audience=…)                                              remove(of=post)
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from files import events, intake, quotas, scanner, storage, texts
from files.actions import scans
from files.errors import Infected, NoRoom, NotYours, Refused, TooMany, Unreadable, within
from files.models import Caption, File, FileText, Sending, kind_of
from files.registry import care, may_change, needed

log = logging.getLogger("files")

LOOSE_HOURS = 24
#: What a file is, whatever it hangs on: what a copy shares, and what a new version brings along.
CONTENT = (
    "name",
    "alt",
    "content_type",
    "family",
    "size",
    "sha256",
    "width",
    "height",
    "blur",
    "animated",
    "key",
    "raw",
    "refused",
    "renditions",
    "text_due",
    "scan",
    "scan_due",
    "scanned_with",
    "threat",
)


def upload(*, by: Any, stream: Any, name: str, alt: str = "", sending: Sending | None = None) -> File:
    """Take a file from a person. It is loose: only they see it, until they attach it or a day has passed.

    Args:
        by: whose it is.
        stream: an uploaded file or a binary file open for reading.
        name: as it was typed or called on their disk.
        alt: the words that stand for a picture.
        sending: it came in parts (`files.actions.parts`), and this row is to know what became of it.

    Returns:
        The file. A large picture or film, and one in a format that browsers do not show, is written anew by the worker
        (`files.actions.making`): until then it can be attached like any other, and its bytes are given to nobody.

    Raises:
        Refused: a reason of `files.errors`, in words for the person.
    """
    may_send(by)
    if sending is None:
        return _keep(stream, name, by=by, alt=alt)
    # The worker is at it already.
    return _keep(stream, name, by=by, alt=alt, limit=limits.LARGE_FILE_BYTES, sending=sending, at_once=True)


def attach(
    *, files: Iterable[Any], to: Any, audience: Any, history_at: datetime | None, by: Any, waiting: bool = False
) -> list[File]:
    """Hang loose files of `by` on a thing; all of them or none.

    Args:
        files: public ids or rows, in the order they are to be shown.
        to: the saved row they hang on.
        audience, history_at: of that row; the files share them.
        by: the person; only their own loose files can be attached.
        waiting: the thing is not said yet (a draft, a scheduled post): the files stay their owner's until `release`.

    Raises:
        NotYours: one of them is another's, unknown, gone or attached already. It does not say which.
        TooMany: more than a thing may carry.
        Infected, Unreadable: a virus was found in one of them since it was sent, or it could not be read.
    """
    wanted = _ids(files)
    if not wanted:
        return []
    with transaction.atomic():
        already = File.objects.on(to).count()
        within(limits.ATTACHMENTS_PER_POST, already + len(wanted), _TooManyHere)
        return _attach(wanted, to, audience, history_at, by, waiting=waiting, place=already)


def hang(*, files: Iterable[Any], to: Any, audience: Any, history_at: datetime | None, by: Any) -> list[File]:
    """The same for a thing that carries as many as its own limit says (a folder).

    Raises:
        NotYours, Infected: as `attach`.
    """
    with transaction.atomic():
        return _attach(_ids(files), to, audience, history_at, by, waiting=False, place=0)


def arrange(
    *, files: Iterable[Any], to: Any, audience: Any, history_at: datetime | None, by: Any, waiting: bool = False
) -> list[File]:
    """Make `files` the files of a thing that is edited: those it has stay, new ones are attached, others removed.

    Security door: what the thing has already may be anyone's (the caller has asked whether `by` may edit it); what
    comes new must be loose and `by`'s own, as in `attach`.

    Raises:
        NotYours, TooMany, Infected: as `attach`; then nothing has changed.
    """
    wanted = _ids(files)
    within(limits.ATTACHMENTS_PER_POST, len(wanted), _TooManyHere)
    with transaction.atomic():
        there = {file.public_id: file for file in File.objects.select_for_update().filter(pk__in=File.objects.on(to))}
        _attach([one for one in wanted if one not in there], to, audience, history_at, by, waiting=waiting, place=0)
        for public_id, file in there.items():
            if public_id not in wanted:
                _remove(file, by)
        rows = {file.public_id: file for file in File.objects.on(to)}
        for place, public_id in enumerate(wanted):
            if rows[public_id].place != place:
                rows[public_id].place = place
                rows[public_id].save(update_fields=["place"])
        return [rows[public_id] for public_id in wanted]


def withhold(*, of: Any, by: Any = None) -> None:
    """What the files hang on is hidden: nobody sees them."""
    with transaction.atomic():
        for file in _turned(of, {File.State.ATTACHED}, File.State.WITHHELD):
            record(events.WITHHELD, actor=by, target=file)


def release(*, of: Any, by: Any = None) -> None:
    """What the files hang on is shown (again), or said at last: its audience sees them."""
    with transaction.atomic():
        for file in _turned(of, {File.State.WITHHELD, File.State.WAITING}, File.State.ATTACHED):
            record(events.RELEASED, actor=by, target=file)


def move(*, of: Any, audience: Any, history_at: datetime | None = None, by: Any = None) -> None:
    """What the files hang on got another audience, and perhaps another beginning of its thread."""
    with transaction.atomic():
        for file in File.objects.select_for_update().filter(pk__in=File.objects.all_on(of)):
            file.audience = audience
            if history_at is not None:
                file.history_at = history_at
            file.save(update_fields=["audience", "history_at"])
            record(events.MOVED, actor=by, target=file)


def remove(*, of: Any, by: Any = None) -> None:
    """What the files hang on is gone for good. Bytes and renditions go once this is committed."""
    with transaction.atomic():
        for file in File.objects.select_for_update().filter(pk__in=File.objects.all_on(of)):
            _remove(file, by)


def discard(*, file: File, by: Any) -> None:
    """A person takes back a file that they have not attached yet.

    Raises:
        NotYours: it is not theirs, or it is attached.
    """
    with transaction.atomic():
        loose = File.objects.select_for_update().filter(pk=file.pk, owner=by, state=File.State.LOOSE).first()
        if loose is None:
            raise not_yours()
        loose.delete()


def describe(*, file: File, alt: str, by: Any) -> File:
    """Give a picture the words that stand for it.

    Raises:
        NotYours: it is another's, or hidden or gone.
        Refused: the words cannot be stored.
    """
    alt = intake.alt_text(alt)
    with transaction.atomic():
        mine = File.objects.visible_to(by).select_for_update().filter(pk=file.pk, owner=by).first()
        if mine is None or not may_change(by, mine):
            raise not_yours()
        mine.alt = alt
        mine.save(update_fields=["alt"])
        record(events.DESCRIBED, actor=by, target=mine)
        return mine


def copy(*, files: Iterable[File], by: Any) -> list[File]:
    """Loose files of `by` with the bytes of files they can see, to hang on something else (sharing a post).

    The bytes are shared, not copied; they go when the last row that uses them goes.

    Raises:
        NotYours: one of them cannot be seen by `by`. It does not say which.
    """
    wanted = [file.pk for file in files]
    with transaction.atomic():
        given = File.objects.visible_to(by).exclude(scan=File.Scan.INFECTED)
        seen = {file.pk: file for file in given.select_for_update().filter(pk__in=wanted)}
        if len(seen) != len(set(wanted)):
            raise not_yours()
        return [_copy_of(seen[pk], by) for pk in wanted]


def store_import(
    *,
    owner: Any,
    stream: Any,
    name: str,
    to: Any,
    audience: Any,
    history_at: datetime | None,
    created_at: datetime | None = None,
    alt: str = "",
    origin: str | None = None,
) -> File:
    """Keep a file of an imported network: the same checks as an upload, attached at once, nobody told.

    Args:
        owner, created_at: who sent it then, and when.
        to, audience, history_at: what it hangs on.
        origin: "yammer:127815379"; a file that is here already is given back as it is.

    Raises:
        Refused: it would not be taken as an upload either.
    """
    if origin and (known := File.objects.filter(origin=origin).first()):
        return known
    return _keep(
        stream,
        name,
        by=owner,
        alt=alt,
        quiet=True,
        state=File.State.ATTACHED,
        audience=audience,
        history_at=history_at,
        created_at=created_at or timezone.now(),
        origin=origin,
        on_kind=kind_of(to),
        on_pk=to.pk,
        place=File.objects.on(to).count(),
    )


def picture(*, of: Any, by: Any, stream: Any, audience: Any, square: bool = True, quiet: bool = False) -> File:
    """Keep the face of a person or the sign or cover of a group; the one before is removed.

    Args:
        of: the saved row it is of.
        audience: who sees it; `files.registry` may add more.
        square: cut it square and keep only small sizes (a face); else keep it as it is (a cover).
        quiet: nothing follows (imports, demo data, previews).

    Raises:
        Refused: it is no picture, or one of the other reasons; or the virus scanner stands in the way.
    """
    if not quiet:
        may_send(by)
    # It is shown as soon as it is here, in places that have no card to say that it is being checked.
    word = scans.at_once(content=stream, name=getattr(stream, "name", "") or "picture", by=None if quiet else by)
    made = _keep(
        stream,
        "picture",
        by=by,
        limit=limits.AVATAR_BYTES,
        square=square,
        quiet=quiet,
        pictures_only=True,
        state=File.State.ATTACHED,
        audience=audience,
        on_kind=kind_of(of),
        on_pk=of.pk,
        portrait=True,
        # A thing has one face (place 0) and one cover (place 1).
        place=int(not square),
        **word.fields(),
    )
    with transaction.atomic():
        older = File.objects.on(of).filter(portrait=True, place=made.place, pk__lt=made.pk)
        for file in File.objects.select_for_update().filter(pk__in=older):
            _remove(file, by)
    return made


def remove_sign(*, of: Any, by: Any) -> None:
    """A person or a group goes without a face or a sign; a cover stays."""
    with transaction.atomic():
        for file in File.objects.select_for_update().filter(pk__in=File.objects.on(of).filter(portrait=True, place=0)):
            _remove(file, by)


def hide(*, file: File, by: Any) -> None:
    """Hide one file for its own sake; showing what it hangs on does not show it."""
    with transaction.atomic():
        if (hidden := _set_hidden(file, True)) is not None:
            record(events.WITHHELD, actor=by, target=hidden)


def show(*, file: File, by: Any) -> None:
    """Show one file that was hidden for its own sake."""
    with transaction.atomic():
        if (shown := _set_hidden(file, False)) is not None:
            record(events.RELEASED, actor=by, target=shown)


def remove_one(*, file: File, by: Any) -> None:
    """Remove one file for good; what it hangs on stays."""
    with transaction.atomic():
        found = File.objects.select_for_update().filter(pk=file.pk).exclude(state=File.State.REMOVED).first()
        if found is not None:
            _remove(found, by)


care.update(hide=hide, show=show, remove_one=remove_one)


def sweep(*, everything: bool = False) -> int:
    """Remove uploads that nobody attached for a day, and bytes that no row knows; the worker calls it every hour.

    Args:
        everything: look through the whole storage for unknown bytes, not only through this hour's part of it.

    Returns:
        How many uploads and unknown byte files went.
    """
    settle()
    day = timedelta(hours=LOOSE_HOURS)
    gone = 0
    late_ones = File.objects.filter(state=File.State.LOOSE, created_at__lt=timezone.now() - day)
    # What is in quarantine stays there until an administrator has seen to it.
    late_ones = late_ones.exclude(scan=File.Scan.INFECTED)
    held = needed()
    for pk, public_id in late_ones.values_list("pk", "public_id"):
        if public_id in held:
            continue
        with transaction.atomic():
            # Asked again under the lock: it may have been attached this very moment.
            late = File.objects.select_for_update().filter(pk=pk, state=File.State.LOOSE).first()
            if late is not None:
                late.delete()
                gone += 1
    storage.clear_workplaces(older_than=day.total_seconds())
    storage.clear_halves(older_than=day.total_seconds())
    part = "" if everything else f"{int(timezone.now().timestamp() // 3600) % 256:02x}"
    unknown: list[str] = []
    for key in storage.keys_older_than(day.total_seconds(), first=part):
        unknown.append(key)
        if len(unknown) == 500:
            gone += _forget_unknown(unknown)
            unknown = []
    return gone + _forget_unknown(unknown)


def may_send(by: Any, *, files: int = 1, size: int = 1) -> None:
    """Refuse a person who may not write now, who has sent enough for a day, and everybody when the disk fills up.

    Args:
        by: the person.
        files, size: how many come now, and the bytes that are known of before they are here.

    Raises:
        Refused, NoRoom, TooMany: in words for the person.
    """
    if not getattr(by, "may_write", True):
        raise Refused(_("You cannot write at the moment."), status=403, code="may_not_write")
    if storage.free_bytes() - size + 1 < limits.FREE_DISK_BYTES.value:
        raise NoRoom(str(limits.FREE_DISK_BYTES.message))
    today = File.objects.filter(owner=by, created_at__gte=timezone.now() - timedelta(days=1)).aggregate(
        files=Count("pk"), bytes=Sum("size")
    )
    within(limits.UPLOADS_PER_DAY, today["files"] + files, TooMany)
    within(limits.UPLOADED_BYTES_PER_DAY, (today["bytes"] or 0) + size, TooMany)


def settle() -> None:
    """Delete the bytes of uploads whose transaction was undone after `upload` had returned."""
    while _undone:
        _free(*_undone.pop())


def bytes_of_gone(file: File) -> None:
    """Free the bytes of a row that was deleted, after the commit, unless another row uses them."""
    if file.key:
        key, renditions, raw = file.key, list(file.renditions), file.raw
        transaction.on_commit(lambda: _free(key, renditions, raw))


# --- Below: the steps. ---


class _TooManyHere(Refused):
    """More files than a thing may carry."""

    code = "too_many_files"


def _keep(
    stream: Any,
    name: str,
    *,
    by: Any,
    alt: str = "",
    limit: limits.Limit = limits.FILE_BYTES,
    square: bool = False,
    pictures_only: bool = False,
    quiet: bool = False,
    sending: Sending | None = None,
    at_once: bool = False,
    **fields: Any,
) -> File:
    """Check a stream, put its bytes away, then write its row: bytes without a row can be found, never the reverse.

    A face or a cover is shown as soon as it is sent, and an import has nobody who waits: only what a person hangs on
    something is left to the worker.
    """
    settle()
    alt = intake.alt_text(alt)
    with storage.workplace() as folder:
        seen = intake.look(stream, name, folder, limit=limit, pictures_only=pictures_only)
        if not (seen.quick or at_once or quiet or pictures_only):
            return _put_aside(seen, by=by, alt=alt, **fields)
        ready = intake.make(seen, folder, portrait=square)
        # A face or a cover was looked at before.
        scanned = scanner.configured() and not fields.get("portrait")
        if scanned:
            scans.refuse_blocked(sha256=ready.sha256)
        if not quiet:
            quotas.room_for(by, ready.size, besides=sending)
        key = storage.new_key()
        sizes = ready.sizes()
        kept = _Kept(key, list(sizes))
        try:
            storage.put(key, ready.path)
            for rendition, (_width, _height, path) in ready.renditions.items():
                storage.put(f"{key}.{rendition}", path)
            with transaction.atomic():
                transaction.on_commit(kept.for_good, robust=True)
                file = File.objects.create(
                    owner=by,
                    name=ready.name,
                    alt=alt,
                    content_type=ready.kind.content_type,
                    family=ready.kind.kind,
                    size=ready.size,
                    sha256=ready.sha256,
                    width=ready.width,
                    height=ready.height,
                    animated=ready.animated,
                    blur=ready.blur,
                    key=key,
                    renditions=sizes,
                    text_due=texts.is_readable(ready.kind.content_type),
                    **{"scan": File.Scan.WAITING if scanned else File.Scan.NONE, "scan_due": scanned} | fields,
                )
                record(events.UPLOADED, actor=by, target=file, quiet=quiet, family=file.family, size=file.size)
                if sending is not None:
                    sending.turn_into(file)
                    record(events.ARRIVED, actor=by, target=sending, id=sending.public_id, only=[by.public_id])
        except BaseException:
            kept.not_at_all()
            raise
    return file


def _put_aside(seen: intake.Looked, *, by: Any, alt: str, **fields: Any) -> File:
    """Keep the bytes as they were sent, out of everyone's reach, and write the row: the worker makes the rest of it."""
    quotas.room_for(by, seen.size)
    raw, key = storage.new_part(), storage.new_key()
    storage.put_aside(seen.path, raw)
    kept = _Kept(key, [], raw)
    try:
        with transaction.atomic():
            transaction.on_commit(kept.for_good, robust=True)
            file = File.objects.create(
                owner=by,
                name=seen.shown_name,
                alt=alt,
                content_type=seen.kind.content_type,
                family=seen.kind.kind,
                size=seen.size,
                width=seen.width,
                height=seen.height,
                key=key,
                raw=raw,
                scan=File.Scan.WAITING if scanner.configured() else File.Scan.NONE,
                **fields,
            )
            record(events.UPLOADED, actor=by, target=file, family=file.family, size=file.size)
    except BaseException:
        kept.not_at_all()
        raise
    return file


class _Kept:
    """Bytes whose row is not committed yet.

    Its `for_good` waits among the transaction's commit hooks. Where the transaction is undone, Django drops the hooks,
    this object goes with them, and its bytes are put on the list that `settle` works off: only then, with the
    database asked again, so that a hook that failed can never cost a committed file its bytes.
    """

    def __init__(self, key: str, renditions: list[str], raw: str = "") -> None:
        self.names = (key, renditions, raw)
        self._dropped = weakref.finalize(self, _undone.append, self.names)
        # A process that ends leaves it to `sweep`.
        self._dropped.atexit = False

    def for_good(self) -> None:
        """The row is there."""
        self._dropped.detach()

    def not_at_all(self) -> None:
        """The row was refused: delete the bytes now. What cannot be deleted is left to `sweep`."""
        if self._dropped.detach() is not None:
            key, renditions, raw = self.names
            storage.forget_part(raw)
            with suppress(storage.Unreachable):
                storage.forget([key, *(f"{key}.{name}" for name in renditions)])


_undone: list[tuple[str, list[str], str]] = []


def _attach(
    wanted: list[str],
    to: Any,
    audience: Any,
    history_at: datetime | None,
    by: Any,
    *,
    waiting: bool,
    place: int,
) -> list[File]:
    loose = File.objects.select_for_update().filter(
        public_id__in=wanted, owner=by, state=File.State.LOOSE, hidden=False
    )
    found = {file.public_id: file for file in loose}
    if len(found) != len(wanted):
        raise not_yours()
    quotas.room_in(audience, sum(file.size for file in found.values()))
    for file in found.values():
        if file.refused:
            raise Unreadable(
                _("“%(name)s” could not be read. Remove it and try again; the rest is kept.") % {"name": file.name}
            )
        if file.scan == File.Scan.INFECTED:
            raise Infected(
                _("A virus was found in “%(name)s”. It cannot be posted; the rest is kept.") % {"name": file.name}
            )
    for offset, public_id in enumerate(wanted):
        file = found[public_id]
        file.state = File.State.WAITING if waiting else File.State.ATTACHED
        file.audience, file.history_at = audience, history_at
        file.on_kind, file.on_pk, file.place = kind_of(to), to.pk, place + offset
        file.save(update_fields=["state", "audience", "history_at", "on_kind", "on_pk", "place"])
        record(events.ATTACHED, actor=by, target=file, id=file.public_id, on_kind=file.on_kind, on_pk=file.on_pk)
    return [found[public_id] for public_id in wanted]


def _turned(of: Any, before: set[str], after: str) -> Iterator[File]:
    """Change the state of a thing's files row by row: each save tells the search index."""
    for file in File.objects.select_for_update().filter(pk__in=File.objects.all_on(of), state__in=before):
        file.state = after
        file.save(update_fields=["state"])
        yield file


def _set_hidden(file: File, hidden: bool) -> File | None:
    """Hide or show one row; None where it was so already."""
    found = File.objects.select_for_update().filter(pk=file.pk).exclude(hidden=hidden).first()
    if found is not None:
        found.hidden = hidden
        found.save(update_fields=["hidden"])
        # Its earlier versions with it; none of them is in the index.
        File.objects.filter(newer=found).update(hidden=hidden)
    return found


def _remove(file: File, by: Any) -> None:
    """Remove a file, and its earlier versions with it."""
    for earlier in File.objects.select_for_update().filter(newer=file).exclude(state=File.State.REMOVED):
        _remove(earlier, by)
    bytes_of_gone(file)
    record(events.REMOVED, actor=by, target=file, id=file.public_id)
    file.state, file.key, file.renditions = File.State.REMOVED, "", {}
    file.name = file.alt = file.sha256 = file.blur = file.raw = file.refused = ""
    file.scan_due = file.text_due = False
    file.captions = []
    FileText.objects.filter(file=file).delete()
    Caption.objects.filter(file=file).delete()
    gone = ["state", "key", "renditions", "name", "alt", "sha256", "blur", "captions", "scan_due", "text_due"]
    file.save(update_fields=[*gone, "raw", "refused"])


def _copy_of(file: File, by: Any) -> File:
    made = File.objects.create(owner=by, **{field: getattr(file, field) for field in CONTENT}, captions=file.captions)
    for words in FileText.objects.filter(file=file):
        FileText.objects.create(file=made, text=words.text)
    for row in Caption.objects.filter(file=file):
        Caption.objects.create(file=made, language=row.language, text=row.text, by=row.by)
    record(events.UPLOADED, actor=by, target=made, family=made.family, size=made.size)
    return made


def _free(key: str, renditions: list[str], raw: str = "") -> None:
    """Delete bytes that no row uses. A failure is left to `sweep`: what was asked of us is done."""
    if File.objects.filter(key=key).exists():
        return
    storage.forget_part(raw)
    try:
        storage.forget([key, *(f"{key}.{name}" for name in renditions)])
    except OSError:
        log.exception("bytes could not be deleted")


def _forget_unknown(keys: list[str]) -> int:
    known = set(File.objects.filter(key__in={key.partition(".")[0] for key in keys}).values_list("key", flat=True))
    unknown = [key for key in keys if key.partition(".")[0] not in known]
    storage.forget(unknown)
    return len(unknown)


def _ids(files: Iterable[Any]) -> list[str]:
    """Public ids without repeats, in order; what can be no id stands as one that nobody has."""
    ids = (one.public_id if isinstance(one, File) else str(one) for one in files)
    return list(dict.fromkeys(one if one.isalnum() else "-" for one in ids))


def not_yours() -> NotYours:
    """The answer to an id of a file that is not one's own to hang on something; it says no more than that."""
    return NotYours(_("One of the files is not available any more. Remove the files and add them again."))
