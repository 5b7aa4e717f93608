"""Reading the index: what a question finds among the documents that the asker may see, and in which order.

The evaluator works on sets of document numbers. For each segment of the index it keeps, until the segment is merged
away, the documents of each audience and the postings of recent words. A person's audiences are united once per change
of the index into a mask; every posting goes through that mask before anything else is done with it. So nothing that the
person may not see is counted, scored or returned, and the statistics of ranking (how many documents hold a word, how
long they are) are those of *their* part of the index: the order of results betrays nothing about the rest of it.

Whoosh gives the storage and the writer, `search.postings` the table of a segment; the evaluator takes the place of
Whoosh's tree of matchers, which steps through postings one by one in Python and knows only the statistics of the
whole. Here Python's own loops over arrays do it, and what cannot be among the best is not scored. A budget of time is
looked at between the words of a question and within its phrases; what is known when it is spent comes back as partial.

Scores are BM25F with Lucene's idf, which is never negative. Documents with all words of the question come first, then
those with any. Equal scores: the newer first.
"""

from __future__ import annotations

import math
import threading
import time
from array import array
from collections import OrderedDict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import compress, repeat
from typing import NamedTuple

from whoosh.fields import Schema

from search.analysis import Analysed, analyse, fold
from search.postings import Gathered, Postings, Table
from search.query import Phrase, Term, Unit, Wanted

#: BM25: how soon more of the same word stops counting, and how much a long text is held back.
K1 = 1.5
B = 0.75
#: What the word exactly as typed adds to the same word in another form.
EXACT = 0.1

#: Documents with some of the words that are enough to choose from; those with the rarer words come first.
ENOUGH = 2_000

#: Postings that are kept, in documents of all kept words together (5 bytes each), and what an entry counts besides.
KEPT_POSTINGS = 1_000_000
_ENTRY = 64
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


def schema() -> Schema:
    """Whoosh's list of fields: none. `search.postings` has its own, the same for all kinds, and keeps no text."""
    return Schema()


def gather(into: Gathered, number: int, document: Document) -> None:
    """Put a document into a segment that is being made."""
    analysed: Analysed = analyse(document.title, document.text, document.language)
    tokens = [("key", document.key), ("audience", AUDIENCE.format(document.audience)), ("kind", document.kind)]
    tokens += [("kind", name) for name in dict.fromkeys(document.names) if name != document.kind]
    for name, value in (("author", document.author), ("group", document.group)):
        if value is not None:
            tokens.append((name, str(value)))
    if document.has_file:
        tokens.append(("has_file", "1"))
    columns = {
        "pk": document.pk,
        "created": document.created,
        "history": document.history,
        "length": analysed.length,
        "audience": document.audience,
        "version": int.from_bytes(bytes.fromhex(document.version), "big", signed=True),
    }
    into.document(number, document.kind, columns, tokens)
    into.text(number, analysed.words, analysed.stems)


class _Kept:
    """Postings that were asked for lately, bounded by their number. One for all segments of a process."""

    def __init__(self, limit: int) -> None:
        self.limit, self.size = limit, 0
        self.rows: OrderedDict[tuple, Postings] = OrderedDict()

    def get(self, key: tuple) -> Postings | None:
        found = self.rows.get(key)
        if found is not None:
            self.rows.move_to_end(key)
        return found

    def put(self, key: tuple, value: Postings) -> None:
        self.rows[key] = value
        # A word that is not there costs something as well.
        self.size += len(value.numbers) + _ENTRY
        while self.size > self.limit and len(self.rows) > 1:
            _key, gone = self.rows.popitem(last=False)
            self.size -= len(gone.numbers) + _ENTRY

    def drop(self, segment: str) -> None:
        for key in [key for key in self.rows if key[0] == segment]:
            self.size -= len(self.rows.pop(key).numbers) + _ENTRY


class Segment:
    """One immutable segment of the index, read on demand."""

    def __init__(self, table: Table, name: str, kept: _Kept, lock: threading.RLock) -> None:
        self.table, self.name, self.kept, self.lock = table, name, kept, lock
        self.size = table.size
        self.audiences: dict[int, int] = {}
        #: What the numbers of the column "kind" mean.
        self.kinds = table.kinds()
        self._columns: dict[str, array] = {}

    def postings(self, fieldname: str, token: str) -> Postings:
        """The documents that hold a token."""
        key = (self.name, fieldname, token)
        with self.lock:
            found = self.kept.get(key)
            if found is None:
                found = self.table.postings(fieldname, token)
                self.kept.put(key, found)
        return found

    def places(self, token: str) -> dict[int, array]:
        """The places of a word in each document that holds it."""
        with self.lock:
            numbers, counts, places = self.table.places(token)
        found, at = {}, 0
        for number, count in zip(numbers, counts, strict=True):
            found[number] = places[at : at + count]
            at += count
        return found

    def column(self, name: str) -> array:
        """A number of each document."""
        with self.lock:
            if name not in self._columns:
                self._columns[name] = self.table.column(name)
            return self._columns[name]

    def documents_of(self, audience: int) -> int:
        """The documents of an audience, as the bits of a number."""
        bits = self.audiences.get(audience)
        if bits is None:
            bits = _bits(self.postings("audience", AUDIENCE.format(audience)).numbers, self.size)
            self.audiences[audience] = bits
        return bits

    def words_from(self, prefix: str) -> list[str]:
        """Every word of the index that begins with `prefix`."""
        with self.lock:
            return list(self.table.tokens("words", prefix))

    def stored(self, number: int) -> tuple[str, int, str, int]:
        """Kind, key, version and audience of a document."""
        version = self.column("version")[number].to_bytes(8, "big", signed=True).hex()
        kind = self.kinds[self.column("kind")[number]]
        return kind, self.column("pk")[number], version, self.column("audience")[number]

    def close(self) -> None:
        """Let go of its file."""
        with self.lock:
            self.kept.drop(self.name)
            self.table.close()


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
        #: Names of kinds, and which of them each document is.
        self.kinds: list[str] = []
        self.kind = bytearray()
        for segment in segments:
            self.created += segment.column("created")
            self.length += segment.column("length")
            self.pk += segment.column("pk")
            self.kinds += [name for name in segment.kinds if name not in self.kinds]
            here = bytes(self.kinds.index(name) for name in segment.kinds)
            self.kind += segment.column("kind").tobytes().translate(here.ljust(256))
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
                    for number in segment.postings("audience", AUDIENCE.format(audience)).numbers
                    if history[number] >= since
                ]
                bits |= _bits(begun, segment.size)
            mask = _mask(bits & alive, segment.size)
            masks.append(mask)
            size += mask.count(1)
            length += sum(compress(segment.column("length"), mask))
        return View(masks, size, length / size if size else 1.0)

    def documents(self) -> Iterator[tuple[str, int, str, int]]:
        """Kind, key, version and audience of every document that is not deleted."""
        for segment, gone in zip(self.segments, self.deleted, strict=True):
            for number in range(segment.size):
                if number not in gone:
                    yield segment.stored(number)

    def numbers_of(self, key: str) -> Iterator[tuple[int, int]]:
        """Where a document stands: index of the segment, number in it."""
        for at, (segment, gone) in enumerate(zip(self.segments, self.deleted, strict=True)):
            for number in segment.postings("key", key).numbers:
                if number not in gone:
                    yield at, number


_NOWHERE: frozenset[int] = frozenset()


def _heavier(one: dict[int, int], other: dict[int, int]) -> dict[int, int]:
    """Both together, with the greater weight where both have one."""
    if len(one) < len(other):
        one, other = other, one
    if not other:
        return one
    both = other | one
    # Most weigh one, which is the least: only what weighs more can be the greater.
    both.update((key, weight) for key, weight in other.items() if weight > 1 and weight > both[key])
    return both


class OutOfTime(Exception):
    """The budget of a search is spent."""


class _Worth(NamedTuple):
    """A unit of a question, who holds it, and how much it says."""

    unit: Unit
    holders: dict[int, int]
    idf: float


class Evaluation:
    """One question over one view of one snapshot."""

    def __init__(self, snapshot: Snapshot, view: View, deadline: float) -> None:
        self.snapshot, self.view, self.deadline = snapshot, view, deadline

    def run(self, wanted: Wanted, limit: int) -> Found:
        """The best documents for `wanted`, at most `limit`."""
        found = Found()
        try:
            self._run(wanted, limit, found)
        except OutOfTime:
            found.partial = True
        return found

    def _run(self, wanted: Wanted, limit: int, found: Found) -> None:
        """Everything asked for, and after it the best of what holds some of it.

        Raises:
            OutOfTime: `found` holds what is known so far.
        """
        held: dict[Unit, dict[int, int]] = {}
        demands = self._demands(wanted)
        if not wanted.units:
            # Only operators: everything they let through, newest first.
            allowed = self._allowed(demands, wanted)
            found.more = len(allowed) > limit
            found.hits += self._hits(self._newest(allowed, limit), {}, complete=False)
            return
        required = [unit for unit in wanted.units if not getattr(unit, "small", False)] or list(wanted.units)
        for unit in required:
            held[unit] = self._holders(unit)
        required.sort(key=lambda unit: len(held[unit]))
        candidates = set(held[required[0]])
        for unit in required[1:]:
            candidates &= held[unit].keys()
        complete = self._keep(candidates, demands, wanted)
        others: set[int] = set()
        if len(complete) < limit and len(required) > 1:
            others = self._keep(self._any_of(required, held), demands, wanted) - complete
        found.more = len(complete) + len(others) > limit
        try:
            worths = [self._worth(unit, held[unit] if unit in held else self._holders(unit)) for unit in wanted.units]
            scores = self._scored(complete, worths)
        except OutOfTime:
            found.hits += self._hits(self._newest(complete, limit), {}, complete=True)
            raise
        found.hits += self._hits(self._best(scores, limit), scores, complete=True)
        if others:
            wished = limit - len(found.hits)
            scores = self._promising(others, worths, wished)
            found.hits += self._hits(self._best(scores, wished), scores, complete=False)

    def _hits(self, numbers: list[int], scores: dict[int, float], *, complete: bool) -> Iterator[Hit]:
        keys = self.snapshot.pk
        kinds, names = self.snapshot.kind, self.snapshot.kinds
        for number in numbers:
            yield Hit(names[kinds[number]], keys[number], complete, scores.get(number, 0.0))

    def _newest(self, numbers: Iterable[int], limit: int) -> list[int]:
        created, keys = self.snapshot.created, self.snapshot.pk
        chosen = list(numbers)
        if len(chosen) > limit:
            last = sorted(map(created.__getitem__, chosen))[-limit]
            chosen = [number for number in chosen if created[number] >= last]
        chosen.sort(key=lambda number: (created[number], keys[number]), reverse=True)
        return chosen[:limit]

    def _best(self, scores: dict[int, float], limit: int) -> list[int]:
        """The highest scores first; of equals the newer."""
        created, keys = self.snapshot.created, self.snapshot.pk
        if len(scores) > limit:
            least = sorted(scores.values())[-limit]
            chosen = [number for number, score in scores.items() if score >= least]
        else:
            chosen = list(scores)
        chosen.sort(key=lambda number: (scores[number], created[number], keys[number]), reverse=True)
        return chosen[:limit]

    def _any_of(self, required: list[Unit], held: dict[Unit, dict[int, int]]) -> set[int]:
        """Documents with any of the words, the rare ones first; quoted phrases are a must."""
        found: set[int] = set()
        for unit in required:
            if len(found) < ENOUGH:
                found.update(held[unit])
        for unit in required:
            if isinstance(unit, Phrase) and unit.quoted:
                found &= held[unit].keys()
        return found

    def _worth(self, unit: Unit, holders: dict[int, int]) -> _Worth:
        """What a unit is worth: Lucene's idf, of this person's part of the index."""
        n, size = len(holders), self.view.size
        return _Worth(unit, holders, math.log(1.0 + (size - n + 0.5) / (n + 0.5)))

    def _scored(self, numbers: set[int], worths: list[_Worth]) -> dict[int, float]:
        """What the units are worth to some documents (BM25F)."""
        chosen = list(numbers)
        base, slope = K1 * (1.0 - B), K1 * B / (self.view.mean or 1.0)
        norms = [base + slope * length for length in map(self.snapshot.length.__getitem__, chosen)]
        scores = [0.0] * len(chosen)
        for unit, holders, idf in worths:
            self._check()
            exact = self._exact(unit, numbers) if isinstance(unit, Term) and not unit.small else _NOWHERE
            scores = [
                score + idf * (weight / (weight + norm) + (EXACT if number in exact else 0.0)) if weight else score
                for number, score, weight, norm in zip(chosen, scores, map(holders.get, chosen), norms, strict=True)
            ]
        return dict(zip(chosen, scores, strict=True))

    def _promising(self, numbers: set[int], worths: list[_Worth], wished: int) -> dict[int, float]:
        """The scores of those among some documents that can be among the best `wished`.

        Words are taken by what they can add at most. As soon as enough documents score more than all words that are
        left can give together, a document with only those cannot be among the best, and is not looked at.
        """
        base = K1 * (1.0 - B)
        bounds = []
        for worth in worths:
            most = max(worth.holders.values(), default=1)
            bounds.append(worth.idf * (most / (most + base) + EXACT))
        order = sorted(range(len(worths)), key=bounds.__getitem__, reverse=True)
        scores: dict[int, float] = {}
        left = sum(bounds)
        for done, at in enumerate(order):
            if len(scores) >= wished and left < sorted(scores.values())[-wished]:
                break
            left -= bounds[at]
            # Who holds a word that was taken earlier has its score already.
            held = [worths[later] for later in order[done:]]
            scores |= self._scored((worths[at].holders.keys() & numbers) - scores.keys(), held)
        return scores

    def _exact(self, unit: Term, numbers: set[int]) -> Container[int]:
        """Those of the documents that hold a word just as it was typed."""
        found: set[int] = set()
        for segment, offset in zip(self.snapshot.segments, self.snapshot.offsets, strict=True):
            holders: Iterable[int] = segment.postings("words", fold(unit.word)).numbers
            found.update(filter(numbers.__contains__, map(offset.__add__, holders) if offset else holders))
        return found

    def _visible(self, fieldname: str, token: str) -> Iterator[int]:
        self._check()
        for segment, offset, mask in zip(self.snapshot.segments, self.snapshot.offsets, self.view.masks, strict=True):
            numbers = segment.postings(fieldname, token).numbers
            yield from map(offset.__add__, compress(numbers, map(mask.__getitem__, numbers)))

    def _holders(self, unit: Unit) -> dict[int, int]:
        """The visible documents that hold a unit, with its weight in them."""
        if isinstance(unit, Phrase):
            return self._phrase(unit)
        found: dict[int, int] = {}
        for segment, offset, mask in zip(self.snapshot.segments, self.snapshot.offsets, self.view.masks, strict=True):
            self._check()
            for variant in unit.variants:
                numbers, weights = segment.postings("stems", variant)
                if not numbers:
                    continue
                seen = bytes(map(mask.__getitem__, numbers))
                visible: Iterable[int] = compress(numbers, seen)
                if offset:
                    visible = map(offset.__add__, visible)
                here: dict[int, int] = (
                    dict.fromkeys(visible, 1)
                    if weights is None
                    else dict(zip(visible, compress(weights, seen), strict=True))
                )
                found = _heavier(found, here)
        return found

    def _phrase(self, phrase: Phrase) -> dict[int, int]:
        found: dict[int, int] = {}
        for segment, offset, mask in zip(self.snapshot.segments, self.snapshot.offsets, self.view.masks, strict=True):
            holders = [segment.postings("words", word) for word in phrase.words]
            self._check()
            if not all(postings.numbers for postings in holders):
                continue
            rare = min((postings.numbers for postings in holders), key=len)
            both = set(compress(rare, map(mask.__getitem__, rare)))
            for postings in holders:
                if postings.numbers is not rare:
                    both.intersection_update(postings.numbers)
            if not both:
                continue
            if len(phrase.words) == 1:
                numbers, weights = holders[0]
                counts: Iterable[int] = weights if weights is not None else repeat(1, len(numbers))
                found.update((n + offset, count) for n, count in zip(numbers, counts, strict=True) if n in both)
                continue
            places = [segment.places(word) for word in phrase.words]
            for count, number in enumerate(both):
                if not count % 256:
                    self._check()
                starts = set(places[0][number])
                for at, of_word in enumerate(places[1:], 1):
                    starts &= {place - at for place in of_word[number]}
                    if not starts:
                        break
                if starts:
                    found[number + offset] = len(starts)
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
            count = sum(map(mask.__getitem__, segment.postings("words", token).numbers))
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
