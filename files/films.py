"""Films: the place where they were taken is forgotten, the rest stays as it was sent.

Phones write coordinates into MP4 and QuickTime files, in boxes that players do not need. Those boxes are turned into
free space of the same length, so that nothing has to be encoded or moved.
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
            _blank_inside(stream, start + head, start + size, budget, depth=0)
        elif kind in _TELLING or (kind == b"uuid" and _at(stream, start + head, 16) == _XMP):
            _blank(stream, start)
    if b"moov" not in kinds:
        raise _damaged()
    stream.seek(0)


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
    stream.seek(start + head)
    left = length - head
    while left > 0:
        left -= stream.write(b"\x00" * min(left, 65_536))
    # The name goes last: whoever begins anew after one who was killed in the middle finds the box under its own.
    stream.flush()
    with suppress(OSError):
        os.fsync(stream.fileno())
    stream.seek(start + 4)
    stream.write(b"free")


def _at(stream: IO[bytes], offset: int, length: int) -> bytes:
    stream.seek(offset)
    data = stream.read(length)
    if len(data) != length:
        raise _damaged()
    return data


def _damaged() -> Unreadable:
    return Unreadable(_("This film is damaged or not a film."))
