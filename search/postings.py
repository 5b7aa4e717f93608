"""A segment of the index as one sorted table: which documents hold which token, and the numbers of each document.

Whoosh writes postings one by one, pickled and sorted on disk, because its fields may hold anything. Ours hold three
things: documents, documents with a weight, documents with places. So they are gathered by token as documents come in,
and written as plain arrays: four times as many documents a second, in half the space, and a reader copies an array
where it unpickled thousands of tuples. Directory, generations, deletions, locks and the table itself stay Whoosh's.

    field · token  →  n · sort · numbers (n × 4 bytes) [· weights (n × 1) | · counts (n × 4) · places (sum × 4)]
    columns        →  a number of each document
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import accumulate, compress, groupby
from typing import Any, NamedTuple

from whoosh.codec.whoosh3 import W3Codec
from whoosh.filedb.filetables import OrderedHashReader, OrderedHashWriter

#: Goes up whenever an index of before could not be read, or would be read differently: it is then built anew by itself.
FORMAT = "2"

#: Field → the letter before its tokens. Columns stand first.
FIELDS = {
    "column": b"0", "audience": b"a", "author": b"b", "group": b"c", "has_file": b"d", "key": b"e", "kind": b"f",
    "stems": b"g", "words": b"h",
}  # fmt: skip

#: Name → array type, of the numbers that stand beside each document.
COLUMNS = {"created": "q", "history": "q", "length": "i", "pk": "q", "kind": "B", "audience": "q", "version": "q"}
_KINDS = b"0|kinds"

_HEAD = struct.Struct("<IB")
_BARE, _WEIGHED, _PLACED = range(3)


class Postings(NamedTuple):
    """The documents of a segment that hold a token, in order."""

    numbers: array
    #: How much of it each holds; None: once.
    weights: array | None = None


_NONE = Postings(array("I"))


class Gathered:
    """The postings of a segment that is being made. It stands in the place of Whoosh's pool of sorted runs."""

    def __init__(self) -> None:
        self.bare: dict[bytes, array] = {}
        self.weighed: dict[bytes, tuple[array, array]] = {}
        self.placed: dict[bytes, tuple[array, array, array]] = {}
        self.columns = {name: array(code) for name, code in COLUMNS.items()}
        self.kinds: dict[str, int] = {}
        self.size = 0

    def document(self, number: int, kind: str, columns: dict[str, int], tokens: Iterable[tuple[str, str]]) -> None:
        """The next document: its numbers, and tokens of which there is nothing to say but that it holds them."""
        columns["kind"] = self.kinds.setdefault(kind, len(self.kinds))
        for name, values in self.columns.items():
            values.append(columns[name])
        bare = self.bare
        for field, token in tokens:
            key = FIELDS[field] + token.encode("utf-8", "surrogatepass")
            if key in bare:
                bare[key].append(number)
            else:
                bare[key] = array("I", (number,))

    def text(self, number: int, words: dict[str, list[int]], stems: dict[str, float]) -> None:
        """Its words with their places, and its stems with their weights."""
        placed, weighed = self.placed, self.weighed
        for token, places in words.items():
            name = b"h" + token.encode("utf-8", "surrogatepass")
            if name in placed:
                numbers, counts, all_places = placed[name]
                numbers.append(number)
                counts.append(len(places))
                all_places.fromlist(places)
            else:
                placed[name] = array("I", (number,)), array("I", (len(places),)), array("I", places)
        for token, weight in stems.items():
            name = b"g" + token.encode("utf-8", "surrogatepass")
            # More than that says nothing: a word soon stops to count.
            weight = int(weight) if weight < 255 else 255
            if name in weighed:
                numbers, weights = weighed[name]
                numbers.append(number)
                weights.append(weight)
            else:
                weighed[name] = array("I", (number,)), array("B", (weight,))
        self.size += len(words) + len(stems)

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Names and values as they are written, in order."""
        for name in sorted(self.columns):
            yield b"0" + name.encode(), self.columns[name].tobytes()
        yield _KINDS, "\n".join(self.kinds).encode()
        for key in sorted(self.bare):
            yield key, encoded(self.bare[key])
        for key in sorted(self.weighed):
            yield key, encoded(*self.weighed[key])
        for key in sorted(self.placed):
            yield key, encoded(*self.placed[key])

    # --- what Whoosh's writer asks of its pool

    def iter_postings(self) -> Iterator[tuple[bytes, bytes]]:
        """What the codec's field writer gets."""
        return self.items()

    def cleanup(self) -> None:
        """Nothing was put aside."""


class Merged:
    """Several segments read as one, without the documents that are deleted in them: nothing is kept in memory."""

    def __init__(self, parts: list[tuple[Table, frozenset[int]]]) -> None:
        self.parts = []
        self.size = 0
        for table, gone in parts:
            alive = bytes(number not in gone for number in range(table.size))
            first = self.size
            # The number of each document in the new segment; those that are gone are taken out by `alive` before.
            new = array("q", (first + at - 1 for at in accumulate(alive)))
            self.parts.append((table, alive, new, bool(gone)))
            self.size += sum(alive)

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """Names and values of all of them, in order."""
        kinds: dict[str, int] = {}
        for name, code in sorted(COLUMNS.items()):
            column = array(code)
            for table, alive, _new, _some in self.parts:
                values: Iterable[int] = compress(table.column(name), alive)
                if name == "kind":
                    known = table.kinds()
                    values = (kinds.setdefault(known[value], len(kinds)) for value in values)
                column.extend(values)
            yield b"0" + name.encode(), column.tobytes()
        yield _KINDS, "\n".join(kinds).encode()
        streams = [self._of(at, table) for at, (table, _alive, _new, _some) in enumerate(self.parts)]
        for key, found in groupby(merge(*streams, key=lambda item: item[:2]), key=lambda item: item[0]):
            value = self._joined(found)
            if value:
                yield key, value

    def _of(self, at: int, table: Table) -> Iterator[tuple[bytes, int, bytes]]:
        for name, value in table.items():
            if name[:1] != b"0":
                yield name, at, value

    def _joined(self, values: Iterable[tuple[bytes, int, bytes]]) -> bytes:
        numbers, weights, places = array("I"), None, None
        for _name, at, value in values:
            _table, alive, new, some = self.parts[at]
            those, their, where = decoded(value)
            if some:
                kept = bytes(map(alive.__getitem__, those))
                if where is not None and their is not None:
                    of_kept = b"".join(bytes((one,)) * count for one, count in zip(kept, their, strict=True))
                    where = array("I", compress(where, of_kept))
                those = array("I", compress(those, kept))
                their = array(their.typecode, compress(their, kept)) if their is not None else None
            numbers.extend(map(new.__getitem__, those))
            if their is not None:
                weights = their if weights is None else weights + their
            if where is not None:
                places = where if places is None else places + where
        return encoded(numbers, weights, places) if numbers else b""

    def iter_postings(self) -> Iterator[tuple[bytes, bytes]]:
        """What the codec's field writer gets."""
        return self.items()

    def cleanup(self) -> None:
        """Nothing was put aside."""


def encoded(numbers: array, weights: array | None = None, places: array | None = None) -> bytes:
    """Postings as bytes."""
    if weights is None:
        return _HEAD.pack(len(numbers), _BARE) + numbers.tobytes()
    if places is None:
        return _HEAD.pack(len(numbers), _WEIGHED) + numbers.tobytes() + weights.tobytes()
    return _HEAD.pack(len(numbers), _PLACED) + numbers.tobytes() + weights.tobytes() + places.tobytes()


def decoded(value: bytes) -> tuple[array, array | None, array | None]:
    """Numbers, weights (or counts of places) and places of bytes."""
    count, sort = _HEAD.unpack_from(value)
    at = _HEAD.size + 4 * count
    numbers = array("I", value[_HEAD.size : at])
    if sort == _BARE:
        return numbers, None, None
    if sort == _WEIGHED:
        return numbers, array("B", value[at : at + count]), None
    return numbers, array("I", value[at : at + 4 * count]), array("I", value[at + 4 * count :])


class Table:
    """The table of one segment, read on demand from the map of its file."""

    def __init__(self, file: Any, length: int) -> None:
        self.table = OrderedHashReader(file, length)
        self.get = file.get
        _at, size = self._range(b"0pk")
        self.size = size // 8

    def postings(self, field: str, token: str) -> Postings:
        """Who holds a token; the places are left where they are."""
        found = self._find(field, token)
        if found is None:
            return _NONE
        at, _size, count, sort = found
        numbers = array("I", self.get(at, 4 * count))
        if sort == _BARE:
            return Postings(numbers)
        at += 4 * count
        weights = array("B", self.get(at, count)) if sort == _WEIGHED else array("I", self.get(at, 4 * count))
        # Most words stand once in a text.
        return Postings(numbers, None if weights.count(1) == count else weights)

    def places(self, token: str) -> tuple[array, array, array]:
        """Documents that hold a word, how often, and all its places one after the other."""
        found = self._find("words", token)
        if found is None:
            return array("I"), array("I"), array("I")
        at, size, _count, _sort = found
        numbers, counts, places = decoded(self.get(at - _HEAD.size, size))
        return numbers, counts, places  # type: ignore[return-value] # words have them

    def column(self, name: str) -> array:
        """A number of each document."""
        at, size = self._range(b"0" + name.encode())
        return array(COLUMNS[name], self.get(at, size))

    def kinds(self) -> list[str]:
        """What the numbers of the column "kind" mean."""
        at, size = self._range(_KINDS)
        return self.get(at, size).decode().split("\n")

    def tokens(self, field: str, prefix: str) -> Iterator[str]:
        """Every token of a field that begins like this."""
        begin = FIELDS[field] + prefix.encode()
        for name in self.table.keys_from(begin):
            if not name.startswith(begin):
                return
            yield name[1:].decode("utf-8", "surrogatepass")

    def items(self) -> Iterator[tuple[bytes, bytes]]:
        """All of it, in order."""
        return self.table.items()

    def close(self) -> None:
        """Let go of the file."""
        self.table.close()

    def _range(self, name: bytes) -> tuple[int, int]:
        return self.table.range_for_key(name)

    def _find(self, field: str, token: str) -> tuple[int, int, int, int] | None:
        try:
            at, size = self._range(FIELDS[field] + token.encode("utf-8", "surrogatepass"))
        except KeyError:
            return None
        count, sort = _HEAD.unpack(self.get(at, _HEAD.size))
        return at + _HEAD.size, size, count, sort


class _Writer:
    """What Whoosh's segment writer writes postings with."""

    def __init__(self, file: Any) -> None:
        self.table = OrderedHashWriter(file)
        self.is_closed = False

    def add_postings(self, _schema: Any, _lengths: Any, items: Iterable[tuple[bytes, bytes]]) -> None:
        """Write what was gathered or merged."""
        self.table.add_all(items)

    def close(self) -> None:
        """Write the directory of the table."""
        self.table.close()
        self.is_closed = True


class Codec(W3Codec):
    """Whoosh's own, with our table for the postings."""

    #: Whoosh would read lengths of fields for its scores; ours are a column.
    length_stats = False

    def field_writer(self, storage: Any, segment: Any) -> Any:
        """Into the file that Whoosh's own would write."""
        return _Writer(segment.create_file(storage, self.TERMS_EXT))

    def terms_reader(self, storage: Any, segment: Any) -> Any:
        """Of the same file."""
        name = segment.make_filename(self.TERMS_EXT)
        return Table(storage.open_file(name), storage.file_length(name))
