"""Films: the place where they were taken is forgotten, the rest stays as it was sent.

Phones write coordinates into MP4 and QuickTime files, in boxes that players do not need; cameras for sports and
drones write them several times a second, as a track of its own. Those boxes are turned into free space of the same
length and those tracks into zeros, so that nothing has to be encoded or moved.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

from django.utils.translation import gettext as _

from files.errors import Unreadable

# User data and metadata: coordinates, camera, names.
_TELLING = {b"udta", b"meta"}
_CONTAINERS = {b"moov", b"trak"}
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_BOXES = 20_000
#: Entries of one table that are read; a day of a camera's measurements has fewer.
_ENTRIES = 2_000_000


def forget_place(stream: IO[bytes]) -> None:
    """Blank what an MP4 tells about place and device, in `stream` itself.

    Raises:
        Unreadable: its boxes do not add up.
    """
    end = stream.seek(0, 2)
    budget = [_BOXES]
    kinds = set()
    for kind, start, head, size in _boxes(stream, 0, end, budget):
        kinds.add(kind)
        if kind == b"moov":
            _blank_tracks(stream, start + head, start + size, budget, end)
            _blank_inside(stream, start + head, start + size, budget, depth=0)
        elif kind in _TELLING or (kind == b"uuid" and _at(stream, start + head, 16) == _XMP):
            _blank(stream, start)
    if b"moov" not in kinds:
        raise _damaged()
    stream.seek(0)


def _blank_tracks(stream: IO[bytes], start: int, end: int, budget: list[int], size: int) -> None:
    """Blank the tracks that hold measurements in place of pictures and sounds."""
    left = [size]
    for kind, begin, head, length in _boxes(stream, start, end, budget):
        if kind != b"trak":
            continue
        inside = begin + head, begin + length
        handler = _find(stream, inside, budget, b"mdia", b"hdlr")
        if handler is None or handler[1] - handler[0] < 12 or _at(stream, handler[0] + 8, 4) != b"meta":
            continue
        table = _find(stream, inside, budget, b"mdia", b"minf", b"stbl")
        for at, bytes_of in _chunks(stream, table, budget) if table else ():
            left[0] -= bytes_of
            if left[0] < 0:
                raise _damaged()
            _zero(stream, at, max(0, min(bytes_of, size - at)))
        # The table goes last: whoever begins anew after one who was killed in the middle needs it.
        _blank(stream, begin)


def _find(stream: IO[bytes], inside: tuple[int, int], budget: list[int], *path: bytes) -> tuple[int, int] | None:
    """Where the content of the first box on this path begins and ends; None where there is none."""
    for wanted in path:
        boxes = _boxes(stream, *inside, budget)
        found = next(((start + head, start + size) for kind, start, head, size in boxes if kind == wanted), None)
        if found is None:
            return None
        inside = found
    return inside


def _chunks(stream: IO[bytes], table: tuple[int, int], budget: list[int]) -> Iterator[tuple[int, int]]:
    """Where the samples of a track lie, chunk by chunk: (offset, bytes). Nothing where its tables cannot be read."""
    offsets = _table(stream, _find(stream, table, budget, b"stco"), 4, "I") or _table(
        stream, _find(stream, table, budget, b"co64"), 4, "Q"
    )
    runs = _table(stream, _find(stream, table, budget, b"stsc"), 4, "III")
    sizes_at = _find(stream, table, budget, b"stsz")
    if not offsets or not runs or sizes_at is None:
        return
    same = struct.unpack(">I", _at(stream, sizes_at[0] + 4, 4))[0]
    sizes = [] if same else [size for (size,) in _table(stream, sizes_at, 8, "I")]
    sample, run = 0, 0
    for number, (offset,) in enumerate(offsets, 1):
        while run + 1 < len(runs) and runs[run + 1][0] <= number:
            run += 1
        count = runs[run][1]
        yield offset, same * count if same else sum(sizes[sample : sample + count])
        sample += count


def _table(stream: IO[bytes], box: tuple[int, int] | None, skip: int, form: str) -> list[tuple[int, ...]]:
    """The rows of a table behind `skip` bytes and a count, as far as the box reaches."""
    if box is None or box[1] - box[0] < skip + 4:
        return []
    row = struct.Struct(f">{form}")
    count = struct.unpack(">I", _at(stream, box[0] + skip, 4))[0]
    count = min(count, (box[1] - box[0] - skip - 4) // row.size)
    if count > _ENTRIES:
        raise _damaged()
    return list(row.iter_unpack(_at(stream, box[0] + skip + 4, count * row.size)))


def _blank_inside(stream: IO[bytes], start: int, end: int, budget: list[int], depth: int) -> None:
    for kind, begin, head, size in _boxes(stream, start, end, budget):
        if kind in _TELLING:
            _blank(stream, begin)
        elif kind in _CONTAINERS and depth < 4:
            _blank_inside(stream, begin + head, begin + size, budget, depth + 1)


def _boxes(stream: IO[bytes], start: int, end: int, budget: list[int]) -> Iterator[tuple[bytes, int, int, int]]:
    """The boxes between two offsets as (kind, offset, length of head, length)."""
    while start + 8 <= end:
        budget[0] -= 1
        if budget[0] < 0:
            raise _damaged()
        size, kind = struct.unpack(">I4s", _at(stream, start, 8))
        head = 8
        if size == 1:
            if start + 16 > end:
                raise _damaged()
            size, head = struct.unpack(">Q", _at(stream, start + 8, 8))[0], 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            raise _damaged()
        yield kind, start, head, size
        start += size


def _blank(stream: IO[bytes], start: int) -> None:
    size = struct.unpack(">I", _at(stream, start, 4))[0]
    head, length = (16, struct.unpack(">Q", _at(stream, start + 8, 8))[0]) if size == 1 else (8, size)
    if size == 0:
        length = stream.seek(0, 2) - start
    _zero(stream, start + head, length - head)
    # The name goes last: whoever begins anew after one who was killed in the middle finds the box under its own.
    stream.flush()
    with suppress(OSError):
        os.fsync(stream.fileno())
    stream.seek(start + 4)
    stream.write(b"free")


def _zero(stream: IO[bytes], offset: int, left: int) -> None:
    stream.seek(offset)
    while left > 0:
        left -= stream.write(b"\x00" * min(left, 65_536))


def _at(stream: IO[bytes], offset: int, length: int) -> bytes:
    stream.seek(offset)
    data = stream.read(length)
    if len(data) != length:
        raise _damaged()
    return data


def _damaged() -> Unreadable:
    return Unreadable(_("This film is damaged or not a film."))
