"""What people type into the search box, read by us and by nobody else.

The syntax is small on purpose: words, `"a phrase"`, `-minus`, and `author: group: kind: has: before: after:`.
Everything else (brackets, stars, tildes, AND, unknown operators) is plain text. What comes out is a value that the
engine can only evaluate in bounded work: no wildcard, range or fuzzy matching can be asked for, and the number of terms
is limited.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils import timezone

from core import limits
from search.analysis import Word, fold, is_small, pairs, split, variants

#: The operators there are, as people type them.
OPERATORS = ("author", "group", "kind", "has", "before", "after")

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»＂", '"'))
_PIECE = re.compile(
    r"""(?P<minus>-(?=[^\s-]))?
        (?: (?P<operator>[a-z]+):(?: "(?P<quoted_value>[^"]*)" | (?P<value>[^\s"]+) )
          | "(?P<phrase>[^"]*)"
          | (?P<plain>[^\s"]+)
          | " )""",
    re.VERBOSE | re.IGNORECASE,
)
_PERIOD = re.compile(r"^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$")
# Apostrophes and colons part words (`l'équipe`, `note:that`); other signs inside a word hold it together (`a.b@c`).
_PARTS = re.compile(r"['’ʼ:]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One word, found in every form it takes."""

    #: As typed.
    word: str
    #: The tokens by which it is found.
    variants: tuple[str, ...]
    #: So common that a result need not hold it.
    small: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Folded words that stand next to each other."""

    words: tuple[str, ...]
    #: As typed.
    source: str
    #: In quotation marks: every result must hold it.
    quoted: bool = False


Unit = Term | Phrase


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed, taken apart. Names in operators are still only names."""

    #: As typed, without space around it.
    source: str = ""
    #: What results are ranked by.
    units: tuple[Unit, ...] = ()
    #: What no result may hold.
    without: tuple[Unit, ...] = ()
    #: Operator → the values asked for, and the values excluded.
    wanted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    unwanted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: Not before, and before (both aware).
    after: datetime | None = None
    before: datetime | None = None

    def __bool__(self) -> bool:
        """Whether anything was asked at all."""
        return bool(self.units or self.without or self.wanted or self.unwanted or self.after or self.before)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query with every name resolved to what the asker may see: all that an engine needs to know.

    A filter of None does not filter; an empty one lets nothing through.
    """

    units: tuple[Unit, ...] = ()
    without: tuple[Unit, ...] = ()
    authors: frozenset[int] | None = None
    groups: frozenset[int] | None = None
    kinds: frozenset[str] | None = None
    not_authors: frozenset[int] = frozenset()
    not_groups: frozenset[int] = frozenset()
    not_kinds: frozenset[str] = frozenset()
    #: True: with a file; False: without; None: either.
    has_file: bool | None = None
    #: Seconds since 1970.
    after: int | None = None
    before: int | None = None


def parse(source: str, *, kinds: frozenset[str] = frozenset()) -> Query:
    """Read what a person typed.

    Args:
        source: the text of the search box.
        kinds: the values that `kind:` knows; others make it plain text.

    Raises:
        LimitExceeded: it is longer than `limits.QUERY_CHARS` or has more than `limits.QUERY_TERMS` terms.
    """
    source = source.strip()
    limits.check(limits.QUERY_CHARS, source)
    units: list[Unit] = []
    without: list[Unit] = []
    wanted: dict[str, list[str]] = {}
    unwanted: dict[str, list[str]] = {}
    moments: dict[str, datetime] = {}
    for piece in _PIECE.finditer(source.translate(_QUOTES)):
        minus = piece["minus"] is not None
        if piece["operator"]:
            operator = piece["operator"].lower()
            value = (piece["quoted_value"] if piece["value"] is None else piece["value"]).strip()
            if _is_moment(operator) and not minus and (moment := moment_of(value)):
                moments[operator] = moment
                continue
            if _known(operator, value, kinds):
                (unwanted if minus else wanted).setdefault(operator, []).append(value)
                continue
            (without if minus else units).extend(_plain(f"{piece['operator']}:{value}"))
        elif piece["phrase"] is not None:
            (without if minus else units).extend(_phrase(piece["phrase"], quoted=True))
        elif piece["plain"]:
            (without if minus else units).extend(_plain(piece["plain"]))
    units = list(dict.fromkeys(units))
    without = list(dict.fromkeys(without))
    count = len(units) + len(without) + sum(len(values) for values in (*wanted.values(), *unwanted.values()))
    count += sum(len(unit.words) - 1 for unit in (*units, *without) if isinstance(unit, Phrase))
    limits.check(limits.QUERY_TERMS, count)
    return Query(
        source=source,
        units=tuple(units),
        without=tuple(without),
        wanted={operator: tuple(values) for operator, values in wanted.items()},
        unwanted={operator: tuple(values) for operator, values in unwanted.items()},
        after=moments.get("after"),
        before=moments.get("before"),
    )


def moment_of(value: str) -> datetime | None:
    """The start of a day, month or year as people write it, in the zone of the reader; None if it is no date.

    `2026-10-21`, `2026-10`, `2026`, `today`, `yesterday`.
    """
    value = value.strip().lower()
    today = timezone.localdate()
    if value in ("today", "yesterday"):
        day = today - timedelta(days=value == "yesterday")
    else:
        match = _PERIOD.match(value)
        if not match:
            return None
        try:
            day = date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
        except ValueError:
            return None
    if not 1970 < day.year < 9999:
        return None
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001 (made aware here)


def _is_moment(operator: str) -> bool:
    return operator in ("before", "after")


def _known(operator: str, value: str, kinds: frozenset[str]) -> bool:
    """Whether an operator means something with this value."""
    if not value:
        return False
    if operator in ("author", "group"):
        return True
    if operator == "kind":
        return value.lower() in kinds
    return operator == "has" and value.lower() in ("file", "files")


def _plain(text: str) -> list[Unit]:
    """Text without quotation marks: words, and phrases where signs or script hold words together."""
    units: list[Unit] = []
    for part in _PARTS.split(text):
        units.extend(_phrase(part, quoted=False))
    return units


def _phrase(text: str, *, quoted: bool) -> list[Unit]:
    found = list(split(text))
    if not found:
        return []
    if len(found) == 1 and not found[0].dense and not quoted:
        word = found[0].text
        return [Term(word, variants(word), is_small(word))]
    if len(found) == 1 and found[0].dense and len(fold(found[0].text)) == 1:
        return [Term(found[0].text, variants(found[0].text))]
    if not quoted and any(word.dense for word in found) and len(found) > 1:
        # A space-less script beside Latin letters (`iPhoneを買う`): each run for itself.
        return [unit for word in found for unit in _phrase(word.text, quoted=False)]
    return [Phrase(tuple(token for word in found for token in _tokens(word)), text.strip(), quoted)]


def _tokens(word: Word) -> list[str]:
    return pairs(word.text) if word.dense else [fold(word.text)[:48]]
