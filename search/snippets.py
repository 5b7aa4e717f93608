"""The few words around a match, marked: made of a row's present text, never of what an index kept."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

from search.analysis import Word, beginning, fold, pairs, split, variants
from search.query import Phrase, Term, Unit

#: Characters of a snippet, about two lines.
LENGTH = 200
#: No further into a text do we look for a match.
_REACH = 20_000


@dataclass(frozen=True, slots=True)
class Marker:
    """Knows the words of a question when it sees them."""

    #: Variant of a word, or folded word of a phrase → which unit of the question it belongs to.
    forms: dict[str, int]
    exact: dict[str, int]
    #: Beginnings that any match must have: most words are passed over without looking at them.
    beginnings: frozenset[str]
    #: Folded runs of space-less scripts.
    runs: tuple[str, ...]

    @classmethod
    def of(cls, units: tuple[Unit, ...]) -> Marker:
        """The marker of a question."""
        forms: dict[str, int] = {}
        exact: dict[str, int] = {}
        runs: list[str] = []
        for number, unit in enumerate(units):
            if isinstance(unit, Term):
                forms.update(dict.fromkeys(unit.variants, number))
            else:
                exact.update(dict.fromkeys(unit.words, number))
                runs += [fold(word.text) for word in split(unit.source) if word.dense]
        runs += [fold(unit.word) for unit in units if isinstance(unit, Term) and Word(unit.word, 0, 0).dense]
        begin = frozenset({form[2:4] for form in forms} | {word[:2] for word in exact})
        return cls(forms, exact, begin, tuple(runs))

    def spans(self, text: str) -> list[tuple[int, int, int]]:
        """Start, end and unit of each match in a text, in order."""
        found = []
        text = text[:_REACH]
        if self.runs:
            for word in split(text):
                if word.dense:
                    found += self._runs(word)
        for word in beginning(text, self.beginnings):
            unit = None if word.dense else self._unit(word.text)
            if unit is not None:
                found.append((word.start, word.end, unit))
        return sorted(found) if self.runs else found

    def _unit(self, word: str) -> int | None:
        folded = fold(word)
        if folded in self.exact:
            return self.exact[folded]
        return next((self.forms[form] for form in variants(word) if form in self.forms), None)

    def _runs(self, word: Word) -> list[tuple[int, int, int]]:
        folded = fold(word.text)
        if len(folded) != len(word.text):
            return [(word.start, word.end, 0)] if any(run in folded for run in self.runs) else []
        found = []
        for run in self.runs:
            at = folded.find(run)
            while at >= 0:
                found.append((word.start + at, word.start + at + len(run), self.exact.get(pairs(run)[0], 0)))
                at = folded.find(run, at + len(run))
        return sorted(found)


def marked(text: str, marker: Marker) -> SafeString:
    """A text, escaped, with the words of the question in `<mark>`."""
    return _marked(text, marker.spans(text), 0, len(text))


def snippet(text: str, marker: Marker, length: int = LENGTH) -> SafeString:
    """The best `length` characters of a text, escaped, with the words of the question in `<mark>`."""
    text = " ".join(text[:_REACH].split())
    spans = marker.spans(text)
    if len(text) <= length:
        return _marked(text, spans, 0, len(text))
    start = _best_start(spans, length)
    # A little before the first match, at the beginning of a word.
    start = max(0, start - length // 4)
    if start:
        space = text.find(" ", start, start + 24)
        start = space + 1 if space >= 0 else start
    end = min(len(text), start + length)
    if end < len(text):
        space = text.rfind(" ", end - 24, end)
        end = space if space > start else end
    return mark_safe(("…" if start else "") + _marked(text, spans, start, end) + ("…" if end < len(text) else ""))


def _best_start(spans: list[tuple[int, int, int]], length: int) -> int:
    """Where the stretch with the most different words of the question begins."""
    best, best_count = 0, 0
    for at, (start, _end, _unit) in enumerate(spans[:200]):
        units = {unit for begin, end, unit in spans[at : at + 40] if end <= start + length * 3 // 4}
        if len(units) > best_count:
            best, best_count = start, len(units)
    return best


def _marked(text: str, spans: list[tuple[int, int, int]], start: int, end: int) -> SafeString:
    parts, at = [], start
    for begin, stop, _unit in spans:
        if begin < at or stop > end:
            continue
        parts += [escape(text[at:begin]), "<mark>", escape(text[begin:stop]), "</mark>"]
        at = stop
    parts.append(escape(text[at:end]))
    return mark_safe("".join(parts))


__all__ = ["Marker", "Phrase", "marked", "snippet"]
