"""A segment of the index read from the map of its file.

Whoosh maps the file of a segment into memory and then copies each part of it into the process all the same: 40 MB for
20,000 documents, in the server and in the worker. Here the parts are looked at where they are, so that the kernel keeps
one copy for all processes and drops what nobody reads.
"""

from __future__ import annotations

import io
from typing import Any

from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.structfile import BufferFile


class _Window(io.RawIOBase):
    """A part of a map as a file that is read."""

    def __init__(self, part: memoryview) -> None:
        self.part = part
        self.at = 0

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes."""
        begin = self.at
        self.at = len(self.part) if size is None or size < 0 else min(len(self.part), begin + size)
        return bytes(self.part[begin : self.at])

    def readinto(self, target: Any) -> int:
        """The next bytes, into `target`."""
        found = self.read(len(target))
        target[: len(found)] = found
        return len(found)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: len(self.part)}[whence]
        self.at = max(0, start + offset)
        return self.at

    def tell(self) -> int:
        """Where we are."""
        return self.at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


class _MappedFile(BufferFile):
    """What Whoosh reads a part with, without its copy."""

    def __init__(self, part: memoryview, name: str) -> None:
        super().__init__(b"", name=name)
        self._buf = part
        self.file = _Window(part)  # type: ignore[assignment] # a file as far as Whoosh reads it


class MappedStorage(CompoundStorage):
    """The parts of a segment's file."""

    def open_file(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """One part; where the system could not map the file, as Whoosh does it."""
        if self.is_closed or not self._source:
            return super().open_file(name, *args, **kwargs)
        offset, length = self.range(name)
        return _MappedFile(memoryview(self._source)[offset : offset + length], name)


def opened(segment: Any, storage: Any) -> MappedStorage:
    """The parts of a segment, in place of its own `open_compound_file`."""
    file = storage.open_file(segment.make_filename(segment.COMPOUND_EXT))
    return MappedStorage(file, use_mmap=storage.supports_mmap)
