"""A ZIP of several files, made while it is sent: nothing of it is kept, and it needs the memory of one piece."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from files import kinds, storage
from files.models import File

#: Bytes of one piece.
PIECE = 256 * 1024


@dataclass(frozen=True)
class Part:
    """One entry of a ZIP."""

    #: Its place in it, unlike any other.
    name: str
    #: Its bytes.
    pieces: Iterable[bytes]
    #: When it was made; now by default.
    at: datetime | None = None
    #: Packed already, and not packed again.
    packed: bool = False


def pack(parts: Iterable[Part]) -> Iterator[bytes]:
    """The bytes of a ZIP with these entries, given on as they come."""
    out = _Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:  # type: ignore[call-overload]
        for part in parts:
            moment = (part.at or timezone.now()).timetuple()[:6]
            entry = zipfile.ZipInfo(part.name, max(moment, (1980, 1, 1, 0, 0, 0)))
            entry.external_attr = 0o600 << 16
            entry.compress_type = zipfile.ZIP_STORED if part.packed else zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as target:
                for piece in part.pieces:
                    target.write(piece)
                    if out.waits >= PIECE:
                        yield out.taken()
    yield out.taken()


def pieces_of(file: File) -> Iterator[bytes]:
    """The bytes of a file that came from `visible_to` and is given; none where they have gone meanwhile."""
    try:
        source = storage.store().open(file.key)
    except FileNotFoundError:
        return
    with source:
        while piece := source.read(PIECE):
            yield piece


def stream(files: Iterable[tuple[str, File]]) -> Iterator[bytes]:
    """The bytes of a ZIP with these files; names that are alike get a number.

    Args:
        files: the folders a file stands in there ("Plans/2027/", or empty), and the file: a row that came from
            `visible_to`, and is given.
    """
    return pack(_parts(files))


def _parts(files: Iterable[tuple[str, File]]) -> Iterator[Part]:
    used: set[str] = set()
    for folders, file in files:
        name = _distinct("/".join(map(kinds.download_name, [*folders.split("/")[:-1], file.name])), used)
        # What is packed already is not packed again.
        yield Part(name, pieces_of(file), file.created_at, packed=file.family not in ("text", "document"))


class _Pipe:
    """Takes what zipfile writes, and gives it on; it cannot be sought in, which zipfile knows how to live with."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        #: Bytes that were written and not taken.
        self.waits = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self._size += len(piece)
        self.waits += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._size

    def flush(self) -> None:
        """There is nothing behind it."""

    def seekable(self) -> bool:
        return False

    def taken(self) -> bytes:
        """What was written since it was last asked."""
        pieces, self._pieces = self._pieces, []
        self.waits = 0
        return b"".join(pieces)


def _distinct(name: str, used: set[str]) -> str:
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    number, said = 1, name
    while said.casefold() in used:
        number += 1
        said = f"{stem} ({number}){dot}{ending}"
    used.add(said.casefold())
    return said
