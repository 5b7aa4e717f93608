"""Reading the index: what a question finds among the documents that the asker may see, and in which order.

The evaluator works on sets of document numbers. For each segment of the index it keeps, until the segment is merged
away, the documents of each audience and the postings of recent words. A person's audiences are united once per change
of the index into a mask; every posting goes through that mask before anything else is done with it. So nothing that the
person may not see is counted, scored or returned, and the statistics of ranking (how many documents hold a word, how
long they are) are those of *their* part of the index: the order of results betrays nothing about the rest of it.

Whoosh gives the storage, the postings and the writer; the evaluator takes the place of its tree of matchers, which
steps through postings one by one in Python and knows only the statistics of the whole. A budget of time is looked at
between the words of a question and within its phrases; what is known when it is spent comes back as partial.

Scores are BM25F with Lucene's idf, which is never negative. Documents with all words of the question come first, then
those with any. Equal scores: the newer first.
"""

from __future__ import annotations

import heapq
import math
import threading
import time
from array import array
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, compress
from typing import Any, NamedTuple

from whoosh import columns, formats
from whoosh.fields import COLUMN, ID, STORED, FieldType, Schema
from whoosh.reading import SegmentReader, TermNotFound

from search.analysis import Analysed, analyse, fold
from search.query import Phrase, Term, Unit, Wanted

#: BM25: how soon more of the same word stops counting, and how much a long text is held back.
K1 = 1.5
B = 0.75
#: What the word exactly as typed adds to the same word in another form.
EXACT = 0.1

#: Documents with some of the words that are enough to choose from; those with the rarer words come first.
ENOUGH = 2_000

#: Postings that are kept decoded, in documents of all kept words together (about 100 bytes each).
KEPT_POSTINGS = 150_000
#: People whose masks are kept for a state of the index.
KEPT_MASKS = 64

#: Audience tokens have one width and no letter that an analyzer could drop or stem.
AUDIENCE = "aud{:012d}"


@dataclass(frozen=True, slots=True)
class Document:
    """One row as the index takes it. Every kind has the same fields."""

    kind: str
    pk: int
    #: The one audience that may find it.
    audience: int
    #: Seconds since 1970: of the row, and of the start of its thread (0: reaches no newcomer with limited history).
    created: int = 0
    history: int = 0
    author: int | None = None
    group: int | None = None
    has_file: bool = False
    #: What `kind:` finds it by, besides its kind.
    names: tuple[str, ...] = ()
    title: str = ""
    text: str = ""
    #: Declared by the author; empty when nobody said.
    language: str = ""

    @property
    def key(self) -> str:
        """Its name in the index."""
        return f"{self.kind}:{self.pk}"

    @property
    def version(self) -> str:
        """A fingerprint of everything that the index holds of it: the audit compares it with the row's."""
        from hashlib import blake2b

        parts = (
            self.kind, self.pk, self.audience, self.created, self.history, self.author, self.group, self.has_file,
            self.names, self.title, self.text, self.language,
        )  # fmt: skip
        return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class Hit(NamedTuple):
    """A document that the engine found."""

    kind: str
    pk: int
    #: Whether it holds all words of the question.
    complete: bool = True
    score: float = 0.0


@dataclass(slots=True)
class Found:
    """What the engine answers."""

    #: Best first, at most as many as asked for.
    hits: list[Hit] = field(default_factory=list)
    #: There are more than these.
    more: bool = False
    #: The time ran out: there may be better ones.
    partial: bool = False


class Places(formats.Positions):
    """A format of postings: where a word stands, four bytes a place (Whoosh's own unpickles each posting)."""

    def encode(self, poslist: Iterable[int]) -> bytes:
        """Places as bytes."""
        return array("I", poslist).tobytes()

    def decode_positions(self, valuestring: bytes) -> list[int]:
        """Bytes as places."""
        return array("I", valuestring).tolist()

    def decode_frequency(self, valuestring: bytes) -> int:
        """How often the word stands there."""
        return len(valuestring) // 4


class Prepared(FieldType):
    """A field that takes tokens which `search.analysis` has made already.

    Whoosh's analyzers make an object per word; taking ready tokens in bulk indexes about three times faster.
    """

    def __init__(self, *, places: bool) -> None:
        super().__init__(Places() if places else formats.Existence(), None)  # type: ignore[arg-type]

    def index(self, value: Any, **kwargs: Any) -> Iterator[tuple[bytes, int, float, bytes]]:  # type: ignore[override]
        """Tokens as Whoosh stores them: text, frequency, weight, value."""
        if isinstance(self.format, Places):
            encode = self.format.encode
            for token, places in value.items():
                yield token.encode(), len(places), float(len(places)), encode(places)
        else:
            for token, weight in value.items():
                yield token.encode(), 1, weight, b""


def schema() -> Schema:
    """The one schema, the same for all kinds. Nothing of the text is stored: results are drawn from the rows."""
    number = columns.NumericColumn
    return Schema(
        key=ID(unique=True),
        kind=Prepared(places=False),
        audience=ID(),
        author=ID(),
        group=ID(),
        has_file=ID(),
        words=Prepared(places=True),
        stems=Prepared(places=False),
        # Columns and what is stored hold no text.
        stored=STORED(),
        sort=COLUMN(columns.RefBytesColumn()),
        pk=COLUMN(number("q")),
        created=COLUMN(number("q")),
        history=COLUMN(number("q")),
        length=COLUMN(number("i")),
    )


def fields_of(document: Document) -> dict[str, Any]:
    """A document as the writer takes it."""
    analysed: Analysed = analyse(document.title, document.text, document.language)
    row: dict[str, Any] = {
        "key": document.key,
        "kind": dict.fromkeys((document.kind, *document.names), 1.0),
        "audience": AUDIENCE.format(document.audience),
        "stored": (document.kind, document.pk, document.version, document.audience),
        "words": analysed.words,
        "stems": analysed.stems,
        "sort": document.kind.encode(),
        "pk": document.pk,
        "created": document.created,
        "history": document.history,
        "length": analysed.length,
    }
    if document.author is not None:
        row["author"] = str(document.author)
    if document.group is not None:
        row["group"] = str(document.group)
    if document.has_file:
        row["has_file"] = "1"
    return row


class _Kept:
    """Decoded postings that were asked for lately, bounded by their number. One for all segments of a process."""

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self.rows: OrderedDict[tuple, dict[int, Any]] = OrderedDict()

    def get(self, key: tuple) -> dict[int, Any] | None:
        found = self.rows.get(key)
        if found is not None:
            self.rows.move_to_end(key)
        return found

    def put(self, key: tuple, value: dict[int, Any]) -> None:
        self.rows[key] = value
        # A word that is not there costs something as well.
        self.size += len(value) + 4
        while self.size > self.limit and len(self.rows) > 1:
            _key, gone = self.rows.popitem(last=False)
            self.size -= len(gone) + 4

    def drop(self, segment: str) -> None:
        for key in [key for key in self.rows if key[0] == segment]:
            self.size -= len(self.rows.pop(key)) + 4


class Segment:
    """One immutable segment of the index, read on demand."""

    def __init__(self, reader: SegmentReader, name: str, kept: _Kept, lock: threading.RLock) -> None:
        self.reader, self.name, self.kept, self.lock = reader, name, kept, lock
        self.size: int = reader.doc_count_all()
        self.audiences: dict[int, int] = {}
        self._columns: dict[str, array] = {}
        self._kinds: Any = None

    def postings(self, fieldname: str, token: str, *, values: bool = False) -> dict[int, Any]:
        """Document number → weight of a token (or its encoded places); empty where no document holds it."""
        key = (self.name, fieldname, token, values)
        with self.lock:
            found = self.kept.get(key)
            if found is None:
                found = self._read(fieldname, token, values)
                self.kept.put(key, found)
        return found

    def _read(self, fieldname: str, token: str, values: bool) -> dict[int, Any]:
        try:
            matcher: Any = self.reader.postings(fieldname, token.encode())
        except TermNotFound:
            return {}
        found: dict[int, Any] = {}
        if hasattr(matcher, "_read_ids"):
            # A block at a time: several times faster than a posting at a time.
            while True:
                matcher._read_values() if values else matcher._read_weights()
                if matcher._data is None:
                    matcher._read_data()
                numbers = accumulate(matcher._data[0])
                found.update(zip(numbers, matcher._values if values else matcher._weights, strict=True))
                if matcher._lastblock:
                    return found
                matcher._next_block()
        while matcher.is_active():
            found[matcher.id()] = matcher.value() if values else matcher.weight()
            matcher.next()
        return found

    def column(self, name: str) -> array:
        """A number of each document."""
        with self.lock:
            if name not in self._columns:
                code = "i" if name == "length" else "q"
                reader = self.reader.column_reader(name)
                self._columns[name] = array(code, (reader[number] for number in range(self.size)))
            return self._columns[name]

    def kind_of(self, number: int) -> str:
        """The kind of a document."""
        with self.lock:
            if self._kinds is None:
                self._kinds = self.reader.column_reader("sort")
            return self._kinds[number].decode()

    def documents_of(self, audience: int) -> int:
        """The documents of an audience, as the bits of a number."""
        bits = self.audiences.get(audience)
        if bits is None:
            bits = _bits(self.postings("audience", AUDIENCE.format(audience)), self.size)
            self.audiences[audience] = bits
        return bits

    def words_from(self, prefix: str) -> list[str]:
        """Every word of the index that begins with `prefix`."""
        with self.lock:
            return [token.decode() for token in self.reader.expand_prefix("words", prefix)]

    def stored(self, number: int) -> tuple[str, int, str, int]:
        """Kind, key, version and audience of a document."""
        with self.lock:
            return tuple(self.reader.stored_fields(number)["stored"])  # type: ignore[return-value]

    def close(self) -> None:
        """Let go of its files."""
        with self.lock:
            self.kept.drop(self.name)
            self.reader.close()


def _bits(numbers: Iterable[int], size: int) -> int:
    """A set of numbers as the bits of one number (uniting two such sets takes microseconds)."""
    flags = bytearray(b"0" * size)
    for number in numbers:
        flags[size - 1 - number] = 49
    return int(flags, 2) if size else 0


_FLAGS = bytes.maketrans(b"01", b"\0\1")


def _mask(bits: int, size: int) -> bytes:
    """The same set as a byte per document, for asking one by one."""
    return f"{bits:0{size}b}"[::-1].encode().translate(_FLAGS) if size else b""


@dataclass(slots=True)
class View:
    """What one person may see of one state of the index."""

    masks: list[bytes]
    #: Documents, and their mean length.
    size: int
    mean: float


class Snapshot:
    """One state of the index: its segments, and what has been deleted from them."""

    def __init__(self, generation: int, segments: list[Segment], deleted: list[frozenset[int]]) -> None:
        self.generation, self.segments, self.deleted = generation, segments, deleted
        self.offsets: list[int] = []
        total = 0
        for segment in segments:
            self.offsets.append(total)
            total += segment.size
        self._alive = [
            ((1 << segment.size) - 1) & ~_bits(gone, segment.size)
            for segment, gone in zip(segments, deleted, strict=True)
        ]
        #: Numbers of every document, in the order of the whole.
        self.created, self.length, self.pk = array("q"), array("i"), array("q")
        for segment in segments:
            self.created += segment.column("created")
            self.length += segment.column("length")
            self.pk += segment.column("pk")
        self._views: OrderedDict[tuple, View] = OrderedDict()
        self._lock = threading.Lock()

    def view(self, audiences: frozenset[int], limited: dict[int, int]) -> View:
        """What the members of these audiences see; kept until the index changes.

        Args:
            audiences: readable whole.
            limited: audience → seconds since 1970: only what belongs to threads begun since then.
        """
        key = (audiences, tuple(sorted(limited.items())))
        with self._lock:
            if (view := self._views.get(key)) is not None:
                self._views.move_to_end(key)
                return view
        view = self._see(audiences, limited)
        with self._lock:
            self._views[key] = view
            if len(self._views) > KEPT_MASKS:
                self._views.popitem(last=False)
        return view

    def _see(self, audiences: frozenset[int], limited: dict[int, int]) -> View:
        masks, size, length = [], 0, 0
        for segment, alive in zip(self.segments, self._alive, strict=True):
            bits = 0
            for audience in audiences:
                bits |= segment.documents_of(audience)
            for audience, since in limited.items():
                history = segment.column("history")
                begun = [
                    number
                    for number in segment.postings("audience", AUDIENCE.format(audience))
                    if history[number] >= since
                ]
                bits |= _bits(begun, segment.size)
            mask = _mask(bits & alive, segment.size)
            masks.append(mask)
            size += mask.count(1)
            length += sum(compress(segment.column("length"), mask))
        return View(masks, size, length / size if size else 1.0)

    def place(self, number: int) -> tuple[Segment, int]:
        """The segment of a document of the whole, and its number there."""
        at = len(self.offsets) - 1
        while self.offsets[at] > number:
            at -= 1
        return self.segments[at], number - self.offsets[at]

    def documents(self) -> Iterator[tuple[str, int, str, int]]:
        """Kind, key, version and audience of every document that is not deleted."""
        for segment, gone in zip(self.segments, self.deleted, strict=True):
            for number in range(segment.size):
                if number not in gone:
                    yield segment.stored(number)

    def numbers_of(self, key: str) -> Iterator[tuple[int, int]]:
        """Where a document stands: index of the segment, number in it."""
        for at, (segment, gone) in enumerate(zip(self.segments, self.deleted, strict=True)):
            for number in segment.postings("key", key):
                if number not in gone:
                    yield at, number


class OutOfTime(Exception):
    """The budget of a search is spent."""


class Evaluation:
    """One question over one view of one snapshot."""

    def __init__(self, snapshot: Snapshot, view: View, deadline: float) -> None:
        self.snapshot, self.view, self.deadline = snapshot, view, deadline

    def run(self, wanted: Wanted, limit: int) -> Found:
        """The best documents for `wanted`, at most `limit`."""
        found = Found()
        try:
            scores, complete = self._score(wanted, limit)
        except OutOfTime as spent:
            found.partial = True
            scores, complete = spent.args
        found.more = len(scores) > limit
        created, keys = self.snapshot.created, self.snapshot.pk
        best = heapq.nlargest(
            limit, scores, key=lambda number: (number in complete, scores[number], created[number], keys[number])
        )
        for number in best:
            segment, own = self.snapshot.place(number)
            found.hits.append(Hit(segment.kind_of(own), keys[number], number in complete, scores[number]))
        return found

    def _score(self, wanted: Wanted, limit: int) -> tuple[dict[int, float], set[int]]:
        """Score of each document that fits, and which of them hold everything asked for.

        Raises:
            OutOfTime: with what is known so far.
        """
        held: dict[Unit, dict[int, float]] = {}
        scores: dict[int, float] = {}
        complete: set[int] = set()
        try:
            demands = self._demands(wanted)
            if not wanted.units:
                # Only operators: everything they let through, newest first.
                return dict.fromkeys(self._allowed(demands, wanted), 0.0), complete
            required = [unit for unit in wanted.units if not getattr(unit, "small", False)] or list(wanted.units)
            for unit in required:
                held[unit] = self._holders(unit)
            required.sort(key=lambda unit: len(held[unit]))
            candidates = set(held[required[0]])
            for unit in required[1:]:
                candidates &= held[unit].keys()
            complete = self._keep(candidates, demands, wanted)
            candidates = complete
            if len(complete) < limit and len(required) > 1:
                candidates = complete | self._keep(self._any_of(required, held), demands, wanted)
            scores = dict.fromkeys(candidates, 0.0)
            for unit in wanted.units:
                self._add(scores, unit, held[unit] if unit in held else self._holders(unit))
        except OutOfTime:
            raise OutOfTime(scores, complete) from None
        return scores, complete

    def _any_of(self, required: list[Unit], held: dict[Unit, dict[int, float]]) -> set[int]:
        """Documents with any of the words, the rare ones first; quoted phrases are a must."""
        found: set[int] = set()
        for unit in required:
            if len(found) < ENOUGH:
                found.update(held[unit])
        for unit in required:
            if isinstance(unit, Phrase) and unit.quoted:
                found &= held[unit].keys()
        return found

    def _add(self, scores: dict[int, float], unit: Unit, holders: dict[int, float]) -> None:
        """Add what a unit is worth to the documents that hold it (BM25F, Lucene's idf)."""
        self._check()
        n, size = len(holders), self.view.size
        idf = math.log(1.0 + (size - n + 0.5) / (n + 0.5))
        base, slope = K1 * (1.0 - B), K1 * B / (self.view.mean or 1.0)
        exact = self._exact(unit)
        lengths = self.snapshot.length
        few = scores if len(scores) < len(holders) else holders
        many = holders if few is scores else scores
        for number in few:
            if number in many:
                weight = holders[number]
                norm = base + slope * lengths[number]
                scores[number] += idf * (weight / (weight + norm) + (EXACT if number in exact else 0.0))

    def _exact(self, unit: Unit) -> dict[int, float]:
        """The documents that hold a word just as it was typed."""
        return self._visible("words", fold(unit.word)) if isinstance(unit, Term) and not unit.small else {}

    def _visible(self, fieldname: str, token: str) -> dict[int, float]:
        self._check()
        found: dict[int, float] = {}
        for segment, offset, mask in zip(self.snapshot.segments, self.snapshot.offsets, self.view.masks, strict=True):
            postings = segment.postings(fieldname, token).items()
            found.update({number + offset: weight for number, weight in postings if mask[number]})
        return found

    def _holders(self, unit: Unit) -> dict[int, float]:
        """The visible documents that hold a unit, with its weight in them."""
        if isinstance(unit, Phrase):
            return self._phrase(unit)
        found: dict[int, float] = {}
        for segment, offset, mask in zip(self.snapshot.segments, self.snapshot.offsets, self.view.masks, strict=True):
            self._check()
            for variant in unit.variants:
                here = {
                    number + offset: weight
                    for number, weight in segment.postings("stems", variant).items()
                    if mask[number]
                }
                if len(here) > len(found):
                    found, here = here, found
                # The forms of a word are one word: the best of them counts, not their sum.
                for number, weight in here.items():
                    if found.get(number, 0.0) < weight:
                        found[number] = weight
        return found

    def _phrase(self, phrase: Phrase) -> dict[int, float]:
        found: dict[int, float] = {}
        for segment, offset, mask in zip(self.snapshot.segments, self.snapshot.offsets, self.view.masks, strict=True):
            holders = [segment.postings("words", word) for word in phrase.words]
            self._check()
            if not all(holders):
                continue
            both = set.intersection(*({number for number in postings if mask[number]} for postings in holders))
            if not both:
                continue
            if len(phrase.words) == 1:
                found.update((number + offset, holders[0][number]) for number in both)
                continue
            places = [segment.postings("words", word, values=True) for word in phrase.words]
            for count, number in enumerate(both):
                if not count % 256:
                    self._check()
                starts = set(array("I", places[0][number]))
                for at, values in enumerate(places[1:], 1):
                    starts &= {place - at for place in array("I", values[number])}
                    if not starts:
                        break
                if starts:
                    found[number + offset] = float(len(starts))
        return found

    def _demands(self, wanted: Wanted) -> list[set[int]]:
        """What the operators demand, each as the set of visible documents that fulfil it."""
        demands: list[set[int]] = []
        for fieldname, values in (("author", wanted.authors), ("group", wanted.groups), ("kind", wanted.kinds)):
            if values is not None:
                demands.append(self._any(fieldname, map(str, values)))
        if wanted.has_file:
            demands.append(self._any("has_file", ["1"]))
        return demands

    def _any(self, fieldname: str, tokens: Iterable[str]) -> set[int]:
        return {number for token in tokens for number in self._visible(fieldname, token)}

    def _allowed(self, demands: list[set[int]], wanted: Wanted) -> set[int]:
        """Every visible document that the operators let through."""
        if demands:
            return self._keep(min(demands, key=len), demands, wanted)
        visible: set[int] = set()
        for offset, mask in zip(self.snapshot.offsets, self.view.masks, strict=True):
            visible.update(compress(range(offset, offset + len(mask)), mask))
        return self._keep(visible, demands, wanted)

    def _keep(self, numbers: set[int], demands: list[set[int]], wanted: Wanted) -> set[int]:
        """Those of the documents that every operator lets through."""
        self._check()
        for demand in demands:
            numbers = numbers & demand
        excluded = (("author", wanted.not_authors), ("group", wanted.not_groups), ("kind", wanted.not_kinds))
        for fieldname, values in excluded:
            if values and numbers:
                numbers = numbers - self._any(fieldname, map(str, values))
        if wanted.has_file is False and numbers:
            numbers = numbers - self._any("has_file", ["1"])
        for unit in wanted.without:
            if numbers:
                numbers = numbers - self._holders(unit).keys()
        created = self.snapshot.created
        if wanted.after is not None:
            numbers = {number for number in numbers if created[number] >= wanted.after}
        if wanted.before is not None:
            numbers = {number for number in numbers if created[number] < wanted.before}
        return numbers

    def _check(self) -> None:
        if time.monotonic() > self.deadline:
            raise OutOfTime


def corrections(snapshot: Snapshot, view: View, word: str, deadline: float) -> list[str]:
    """Words that begin like `word`, differ from it in one or two letters, and stand in a visible document.

    Security door: a word that stands only in documents which the person may not see is never offered, and does not take
    the place of another.
    """
    word = fold(word)
    if len(word) < 4 or not word.isalpha():
        return []
    far, letters = (1 if len(word) < 6 else 2), set(word)
    found: dict[str, tuple[int, int]] = {}
    for segment, mask in zip(snapshot.segments, view.masks, strict=True):
        for token in segment.words_from(word[0]):
            if time.monotonic() > deadline:
                break
            # Letters that only one of them has: most words are passed over without comparing them in earnest.
            if abs(len(token) - len(word)) > far or token == word or len(letters.symmetric_difference(token)) > 2 * far:
                continue
            distance = _distance(word, token, far)
            if distance > far:
                continue
            count = sum(mask[number] for number in segment.postings("words", token))
            if count:
                known = found.get(token, (distance, 0))
                found[token] = (distance, known[1] + count)
    return sorted(found, key=lambda token: (found[token][0], -found[token][1], token))[:3]


def _distance(one: str, other: str, far: int) -> int:
    """Letters to change, add, leave out or swap; more than `far` once it is more."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > far:
            return far + 1
    return row[-1]
