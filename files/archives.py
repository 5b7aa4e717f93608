"""The one way to open a ZIP that somebody sent us: uploads, office documents and network exports.

Everything is decided from the directory of the archive, before a byte is unpacked or written. What comes back is a
plain `zipfile.ZipFile` whose members are regular files with safe, distinct, relative names and bounded sizes.
"""

from __future__ import annotations

import stat
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from django.utils.translation import gettext as _

from core import limits
from files.errors import ArchiveRefused

MB = 1024 * 1024

# The ratio of a member matters once it is large enough to hurt. Deflate cannot pass 1,032; real text stays below 30,
# spreadsheets of equal cells reach 150.
RATIO_FROM = 4 * MB
# Archives inside archives: a document with an embedded sheet, inside a ZIP. Zip 42 has six levels.
NESTED_LEVELS = 3
# One nested archive is looked into up to this size; the sum of all sizes is bounded besides.
NESTED_BYTES = 64 * MB
NAME_BYTES = 1024
PATH_PARTS = 64
# What one entry may cost in the directory: its fixed part, a name and some extra fields.
DIRECTORY_ENTRY_BYTES = 46 + 512

_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# What zipfile and zlib raise on hostile input.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)


@dataclass
class _Budget:
    """What one archive may still spend, together with all archives inside it."""

    entries: int
    unpacked: int
    ratio: int
    #: Whether members that need a password are taken.
    locked: bool = False


def open_checked(
    source: Any,
    *,
    entries: limits.Limit = limits.ARCHIVE_ENTRIES,
    unpacked: limits.Limit = limits.ARCHIVE_BYTES,
    ratio: limits.Limit = limits.IMPORT_RATIO,
    nested: bool = True,
    locked: bool = False,
) -> zipfile.ZipFile:
    """Open a ZIP for reading after its whole directory has passed.

    Args:
        source: a path or a seekable binary file.
        entries: how many members it and the archives inside it may have.
        unpacked: how many bytes they may unpack to.
        ratio: how many times larger than packed a member may be.
        nested: look into archives inside it as well. An importer, which hands each attachment to the upload's own
            checks, says False.

    Raises:
        ArchiveRefused: it is no ZIP or a damaged one; a name is absolute, climbs out, has a drive letter, appears
            twice or differs from another by case alone; a member is a link, a device or encrypted; it is a bomb.
    """
    budget = _Budget(entries.value, unpacked.value, ratio.value, locked)
    return _open(source, budget, level=0 if nested else None)


def is_locked(source: IO[bytes]) -> bool:
    """Whether a member of a ZIP, or of one inside it, needs a password; it was checked when it was taken.

    Raises:
        ArchiveRefused: it is damaged.
    """
    try:
        open_checked(source).close()
    except ArchiveRefused as error:
        if error.code == "archive_encrypted":
            return True
        raise
    return False


def members(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """The regular files of a checked archive as (plain relative path, entry)."""
    for info in archive.infolist():
        if not info.is_dir():
            yield "/".join(_parts(info.filename)), info


def read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, at_most: int) -> bytes:
    """One member in memory.

    Raises:
        ArchiveRefused: it is larger than `at_most` or damaged.
    """
    if info.file_size > at_most:
        raise _bomb()
    try:
        with archive.open(info) as stream:
            return stream.read(at_most + 1)
    except _BROKEN as error:
        raise ArchiveRefused(_("This archive is damaged.")) from error


def _open(source: Any, budget: _Budget, *, level: int | None) -> zipfile.ZipFile:
    _weigh_directory(source, budget)
    try:
        archive = zipfile.ZipFile(source)
    except _BROKEN as error:
        raise ArchiveRefused(_("This archive is damaged or not a ZIP.")) from error
    try:
        _check_entries(archive.infolist(), budget)
        if level is not None:
            _check_nested(archive, budget, level)
    except BaseException:
        archive.close()
        raise
    return archive


def _weigh_directory(source: Any, budget: _Budget) -> None:
    """Refuse a directory of a million entries before zipfile reads it into memory.

    It asks zipfile's own reader of the end record, so that there is no second opinion on where the directory is.
    """
    own = not hasattr(source, "read")
    try:
        stream: IO[bytes] = open(source, "rb") if own else source  # noqa: SIM115
    except OSError as error:
        raise ArchiveRefused(_("This archive cannot be opened.")) from error
    try:
        stream.seek(0)
        head = stream.read(4)
        end = zipfile._EndRecData(stream)  # type: ignore[attr-defined]
        stream.seek(0)
    except _BROKEN as error:
        raise ArchiveRefused(_("This archive is damaged or not a ZIP.")) from error
    finally:
        if own:
            stream.close()
    if head not in (b"PK\x03\x04", b"PK\x05\x06") or not end:
        raise ArchiveRefused(_("This archive is damaged or not a ZIP."))
    count, size = end[zipfile._ECD_ENTRIES_TOTAL], end[zipfile._ECD_SIZE]  # type: ignore[attr-defined]
    if count > budget.entries or size > max(budget.entries, 1) * DIRECTORY_ENTRY_BYTES:
        raise _bomb()


def _check_entries(infos: list[zipfile.ZipInfo], budget: _Budget) -> None:
    budget.entries -= len(infos)
    if budget.entries < 0:
        raise _bomb()
    names: set[str] = set()
    folders: dict[str, str] = {}
    files: set[str] = set()
    for info in infos:
        budget.unpacked -= info.file_size
        if budget.unpacked < 0 or (
            info.file_size > RATIO_FROM and info.file_size > budget.ratio * max(info.compress_size, 1)
        ):
            raise _bomb()
        if info.flag_bits & 0x1 and not budget.locked:
            raise ArchiveRefused(
                _("This archive is protected with a password, so it cannot be checked. Send it without one."),
                code="archive_encrypted",
            )
        if info.compress_type not in _PACKED:
            raise ArchiveRefused(_("This archive is packed in a way we cannot check. Make a plain ZIP of it."))
        _check_mode(info)
        _check_name(info, names, folders, files)
    if files & set(folders):
        raise _unsafe()
    _check_overlap(infos)


def _check_mode(info: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise ArchiveRefused(
            _("This archive has links or devices in it. Send only ordinary files."), code="archive_unsafe"
        )


def _check_name(info: zipfile.ZipInfo, names: set[str], folders: dict[str, str], files: set[str]) -> None:
    raw = getattr(info, "orig_filename", info.filename)
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in raw):
        raise _unsafe()
    text = raw.replace("\\", "/")
    if text.startswith("/") or (len(text) > 1 and text[1] == ":") or len(text.encode("utf-8")) > NAME_BYTES:
        raise _unsafe()
    if any(part == ".." or (part.rstrip(" .") == "" and part not in ("", ".")) for part in text.split("/")):
        raise _unsafe()
    parts = _parts(text)
    if len(parts) > PATH_PARTS or (not parts and not info.is_dir()):
        raise _unsafe()
    # The same name for any file system: folded, composed, without the dots and blanks that Windows drops.
    plain = [_folded(part) for part in parts]
    key = "/".join(plain)
    if key in names:
        raise _unsafe()
    names.add(key)
    if not text.endswith("/"):
        files.add(key)
    for depth in range(1, len(parts) + (1 if text.endswith("/") else 0)):
        folder = "/".join(plain[:depth])
        if folders.setdefault(folder, "/".join(parts[:depth])) != "/".join(parts[:depth]):
            raise _unsafe()


def _check_overlap(infos: list[zipfile.ZipInfo]) -> None:
    """Members that share bytes are how a small file unpacks to petabytes."""
    end = 0
    for info in sorted(infos, key=lambda one: one.header_offset):
        if info.header_offset < end:
            raise _bomb()
        end = info.header_offset + 30 + info.compress_size


def _check_nested(archive: zipfile.ZipFile, budget: _Budget, level: int) -> None:
    for info in archive.infolist():
        if info.is_dir() or info.file_size < 22 or info.flag_bits & 0x1 or not _is_archive(archive, info):
            continue
        if level + 1 > NESTED_LEVELS or info.file_size > NESTED_BYTES:
            raise _bomb()
        with tempfile.SpooledTemporaryFile(max_size=4 * MB) as copy:
            try:
                with archive.open(info) as stream:
                    while chunk := stream.read(256 * 1024):
                        copy.write(chunk)
            except _BROKEN as error:
                raise ArchiveRefused(_("This archive is damaged.")) from error
            copy.seek(0)
            _open(copy, budget, level=level + 1).close()


def _is_archive(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    try:
        with archive.open(info) as stream:
            return stream.read(4) == b"PK\x03\x04"
    except _BROKEN as error:
        raise ArchiveRefused(_("This archive is damaged.")) from error


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "."))


def _folded(part: str) -> str:
    return unicodedata.normalize("NFC", part).casefold().rstrip(" .")


def _unsafe() -> ArchiveRefused:
    return ArchiveRefused(
        _("This archive has a file name that is not safe to unpack, or the same name twice."), code="archive_unsafe"
    )


def _bomb() -> ArchiveRefused:
    return ArchiveRefused(_("This archive unpacks to more than we take."), code="archive_bomb", status=413)
