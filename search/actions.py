"""Asking and being asked: what a person finds, what is suggested to them, and how the index fares.

Security door: the engine's answer is a list of candidates. Everything that leaves this module (results, their number,
the filters at the side, snippets, corrections) is made of rows that `visible_to` returned for this person just now.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.core.exceptions import BadRequest
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from core import limits
from core.audience import readable_ids
from core.prepared import Prepared
from core.text import one_line
from search import indexer, outbox
from search.analysis import fold, split, variants
from search.engine import Found, Hit
from search.indexes import Answer, Card, ContentIndex, backend, by_operator, kind_names, registered
from search.models import Pending
from search.query import Query, Term, Wanted, moment_of, parse
from search.snippets import Marker, marked, snippet
from search.store import Unreadable

logger = logging.getLogger(__name__)

#: Candidates that are re-checked for the first pages: the number of results and the filters are counted among them.
WINDOW = 100
#: Rows of each kind that are looked through while there is no index.
DEGRADED_ROWS = 200
#: Entries of a filter at the side.
FACETS = 6
#: One of so many first results may answer the question; so many characters of its answer are shown.
ANSWERS_AMONG = 3
ANSWER_CHARS = 320
#: The value that stands for "in no group".
NO_GROUP = "everyone"

#: Name → days, of the filter "When".
PERIODS = {"week": 7, "month": 31, "year": 366}


class Named(NamedTuple):
    """A person or a group, as a result shows them."""

    public_id: str
    name: str


class Result(NamedTuple):
    """One thing that was found, ready to be drawn."""

    kind: str
    pk: int
    public_id: str
    url: str
    #: What kind of thing it is, in a word; may be empty.
    tag: str
    title: str
    #: The same, escaped, with the words of the question in `<mark>`; so is the snippet.
    title_html: SafeString
    snippet: SafeString
    #: Where it stands, in words; the group itself, or None; who said it, or None; and one more thing to say of it.
    place: str
    group: Named | None
    author: Named | None
    about: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a filter."""

    value: str
    label: str
    #: None where it is not counted.
    count: int | None = None
    chosen: bool = False


@dataclass(slots=True)
class Results:
    """What a person gets to see of an answer."""

    items: list[Result] = field(default_factory=list)
    #: What answers the question, where one of the first results does.
    answer: Answer | None = None
    #: The cursor of what follows, or None.
    next: str | None = None
    #: How many there are that they may see; `at_least` where there are more than were looked at.
    total: int = 0
    at_least: bool = False
    #: "where", "when", "who" → choices.
    facets: dict[str, list[Choice]] = field(default_factory=dict)
    #: Another way to ask, that finds something; empty for none.
    suggestion: str = ""
    took_ms: int = 0
    #: The index cannot be read: the database was asked, less well.
    degraded: bool = False
    #: The time was up before everything was looked at.
    partial: bool = False


class _Row(NamedTuple):
    """What the re-check returned of a hit, with the names that its card shows."""

    kind: str
    pk: int
    created: datetime
    author: int | None = None
    author_id: str = ""
    author_name: str = ""
    #: None for no group; -1 where things of this kind never have one.
    group: int | None = -1
    group_id: str = ""
    group_name: str = ""


class _Seen:
    """What one person may see of each kind, asked of `visible_to` once per search and used for each query of it."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self._rows: dict[str, QuerySet] = {}

    def of(self, index: ContentIndex) -> QuerySet:
        """The rows of a kind that they may see."""
        kind = index.model.kind
        if kind not in self._rows:
            self._rows[kind] = index.model.objects.visible_to(self.user)
        return self._rows[kind]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """The filters at the side, resolved; None where one is not used."""

    groups: frozenset[int] | None = None
    authors: frozenset[int] | None = None
    after: datetime | None = None
    before: datetime | None = None

    def __bool__(self) -> bool:
        return any(value is not None for value in (self.groups, self.authors, self.after, self.before))

    def lets(self, row: _Row) -> bool:
        """Whether a row passes."""
        return (
            (self.groups is None or (row.group or 0) in self.groups)
            and (self.authors is None or row.author in self.authors)
            and (self.after is None or row.created >= self.after)
            and (self.before is None or row.created < self.before)
        )


def changed(what: Any) -> int:
    """Note that content has changed past the signals: a row, a queryset, or several rows. Returns how many.

    Bulk paths (`update`, `bulk_create`, imports) call it in their own transaction.
    """
    if isinstance(what, QuerySet):
        return outbox.enqueue(what.model.kind, what.values_list("pk", flat=True))
    rows: list[Any] = [what] if isinstance(what, Model) else list(what)
    by_kind: dict[str, list[int]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, []).append(row.pk)
    return sum(outbox.enqueue(kind, pks) for kind, pks in by_kind.items())


def changed_keys(kind: str, keys: Iterable[int]) -> int:
    """The same for rows of a kind of which only the keys are at hand. Returns how many."""
    return outbox.enqueue(kind, keys)


def find(
    user: Any,
    query: str,
    *,
    kind: str | None = None,
    group: str | Iterable[str] | None = None,
    author: str | Iterable[str] | None = None,
    after: str | date | None = None,
    before: str | date | None = None,
    cursor: str | None = None,
    limit: int = 20,
) -> Results:
    """What `user` finds.

    Args:
        user: the asker; nobody else's eyes are used.
        query: as typed, with operators.
        kind: a value of `kind:`.
        group: public ids of groups (`NO_GROUP` for what is in none), any of them.
        author: public ids of people, any of them.
        after: not before this day (`2026-10-21`, `2026-10`, `today`) or moment.
        before: before it.
        cursor: the `next` of the page before.
        limit: results a page.

    Raises:
        LimitExceeded: the question is too long.
        BadRequest: a cursor, kind or date that we did not make.
    """
    began = time.perf_counter()
    known = kind_names()
    asked = parse(query, kinds=known)
    if kind and kind not in known:
        raise BadRequest(_("There is no such kind of thing to search for."))
    offset = _offset(cursor)
    results = Results()
    if not user.is_authenticated or not user.is_active or not (asked or kind or group or author or after or before):
        return results
    wanted = _resolve(user, asked, kind)
    chosen = _Chosen(
        groups=_named(user, "group", _several(group)),
        authors=_named(user, "author", _several(author)),
        after=_moment(after),
        before=_moment(before),
    )
    reach = min(max(WINDOW, offset + limit + 1), limits.SEARCH_RESULTS.value)
    mine, seen = _audiences(user), _Seen(user)
    whole: set[tuple[str, int]] = set()
    try:
        found = _ask(mine, wanted, reach)
        rows = _recheck(seen, found.hits)
        narrowed, more = rows, found.more
        whole = {(hit.kind, hit.pk) for hit in found.hits if hit.complete}
        if chosen:
            narrowed = {hit: row for hit, row in rows.items() if chosen.lets(row)}
            if found.more:
                found = _ask(mine, _narrow(wanted, chosen), reach)
                narrowed, more = _recheck(seen, found.hits), found.more
        results.partial = found.partial
    except Unreadable as error:
        logger.warning("search is degraded: %s", error)
        results.degraded = True
        rows = _from_database(seen, mine, asked, wanted)
        narrowed, more = {hit: row for hit, row in rows.items() if chosen.lets(row)}, False
    results.total, results.at_least = len(narrowed), more
    results.facets = _facets(seen, rows, chosen)
    shown = list(narrowed.values())
    page = shown[offset : offset + limit]
    if len(shown) > offset + limit or (more and page and offset + limit < limits.SEARCH_RESULTS.value):
        results.next = str(offset + limit)
    cards = _cards(seen, page)
    results.items = _draw(page, cards, asked)
    if asked.units and not offset and not results.degraded:
        results.answer = _answer(user, page, cards, whole)
    if not narrowed and not results.degraded and asked.units and not offset:
        results.suggestion = _suggestion(seen, mine, asked, kind)
    results.took_ms = round((time.perf_counter() - began) * 1000)
    return results


def suggest(user: Any, prefix: str, *, limit: int = 8) -> list[dict[str, str]]:
    """People, groups and topics whose name begins like this, among those that `user` may see.

    Returns:
        `{"kind", "label", "url"}` each, the kinds in turn.
    """
    prefix = prefix.strip().lstrip("@#").strip()
    if not prefix or len(prefix) > limits.NAME_CHARS.value or not user.is_authenticated or not user.is_active:
        return []
    found: list[dict[str, str]] = []
    share = max(2, limit // 2)
    for kind, index in registered().items():
        if index.suggested:
            found += [
                {"kind": kind, "label": index.label(row), "url": row.get_absolute_url()}
                for row in index.suggestions(user, prefix, share)
            ]
    for function in _suggesters:
        found += [{"kind": kind, "label": label, "url": url} for kind, label, url in function(user, prefix, share)]
    return found[:limit]


_suggesters: list[Callable[[Any, str, int], Iterable[tuple[str, str, str]]]] = []


def suggests(function: Callable[[Any, str, int], Iterable[tuple[str, str, str]]]) -> Callable:
    """Hand over a source of suggestions that are no content of their own (topics), in `AppConfig.ready()`.

    The function takes the asker, what was typed and how many at most, and gives kind, label and address of each.
    It must start from `visible_to` like everyone.
    """
    _suggesters.append(function)
    return function


def health() -> dict[str, Any]:
    """How the index fares, for `doctor` and `/readyz`.

    Returns:
        `ok`, `documents` (None if unreadable), `waiting` rows, `oldest_seconds`, `stuck` rows, `error`.
    """
    waiting = Pending.objects.filter(attempts__lt=indexer.ATTEMPTS).count()
    stuck = Pending.objects.filter(attempts__gte=indexer.ATTEMPTS).count()
    oldest = indexer.waiting_since()
    try:
        snapshot = backend().index_store.snapshot()
        documents: int | None = sum(
            segment.size - len(gone) for segment, gone in zip(snapshot.segments, snapshot.deleted, strict=True)
        )
        error = ""
    except Unreadable as problem:
        documents, error = None, str(problem)
    return {
        "ok": documents is not None and (oldest is None or oldest < 60),
        "documents": documents,
        "waiting": waiting,
        "oldest_seconds": oldest,
        "stuck": stuck,
        "error": error,
    }


# --- reading the question


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 6 or int(cursor) > limits.SEARCH_RESULTS.value:
        raise BadRequest(_("This list has moved on. Start again from its first page."))
    return int(cursor)


def _several(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if not value:
        return ()
    return (value,) if isinstance(value, str) else tuple(one for one in value if one)[:50]


def _moment(value: str | date | None) -> datetime | None:
    if not value:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, datetime):
        return value if timezone.is_aware(value) else timezone.make_aware(value)
    moment = moment_of(value)
    if moment is None:
        raise BadRequest(_("This is no date that search understands. Write it like 2026-10-21."))
    return moment


def _named(user: Any, operator: str, values: tuple[str, ...]) -> frozenset[int] | None:
    """The keys of what an operator's values can mean to this person; None without values."""
    if not values:
        return None
    index = by_operator(operator)
    keys: set[int] = set()
    for value in values:
        if operator == "group" and value == NO_GROUP:
            keys.add(0)
        elif index is not None:
            keys.update(index.named(user, value).values_list("pk", flat=True)[:50])
    return frozenset(keys)


def _resolve(user: Any, asked: Query, kind: str | None) -> Wanted:
    """The question with its names looked up among what the asker may see."""
    kinds = {value.lower() for value in asked.wanted.get("kind", ())}
    if kind:
        kinds = kinds & {kind} if kinds else {kind}
    has_file = True if "has" in asked.wanted else False if "has" in asked.unwanted else None
    return Wanted(
        units=asked.units,
        without=asked.without,
        authors=_named(user, "author", asked.wanted.get("author", ())),
        groups=_named(user, "group", asked.wanted.get("group", ())),
        kinds=frozenset(kinds) if kinds or kind else None,
        not_authors=_named(user, "author", asked.unwanted.get("author", ())) or frozenset(),
        not_groups=_named(user, "group", asked.unwanted.get("group", ())) or frozenset(),
        not_kinds=frozenset(value.lower() for value in asked.unwanted.get("kind", ())),
        has_file=has_file,
        after=int(asked.after.timestamp()) if asked.after else None,
        before=int(asked.before.timestamp()) if asked.before else None,
    )


def _narrow(wanted: Wanted, chosen: _Chosen) -> Wanted:
    """The question with the filters at the side put in."""
    from dataclasses import replace

    def both(one: frozenset[int] | None, other: frozenset[int] | None) -> frozenset[int] | None:
        return one & other if one is not None and other is not None else other if one is None else one

    after = int(chosen.after.timestamp()) if chosen.after else None
    before = int(chosen.before.timestamp()) if chosen.before else None
    return replace(
        wanted,
        groups=both(wanted.groups, chosen.groups),
        authors=both(wanted.authors, chosen.authors),
        after=max(filter(None, (wanted.after, after)), default=None),
        before=min(filter(None, (wanted.before, before)), default=None),
    )


# --- asking the engine, and checking what it says


def _audiences(user: Any) -> dict[str, Any]:
    """What the engine is to look at: the person's audiences, as they are now."""
    whole, limited = readable_ids(user)
    return {
        "audiences": whole,
        "limited": {audience: int(since.timestamp()) for audience, since in limited.items()},
    }


def _ask(mine: dict[str, Any], wanted: Wanted, limit: int) -> Found:
    return backend().find(wanted, limit=limit, **mine)


def _recheck(seen: _Seen, hits: list[Hit]) -> dict[tuple[str, int], _Row]:
    """The hits that this person may see now, in their order: one query per kind.

    Security door: whatever the index says, what is not in the answer of `visible_to` does not exist from here on.
    """
    by_kind: dict[str, list[int]] = {}
    for hit in hits:
        by_kind.setdefault(hit.kind, []).append(hit.pk)
    found: dict[tuple[str, int], _Row] = {}
    known = registered()
    for kind, pks in by_kind.items():
        index = known.get(kind)
        if index is None:
            continue
        found.update(
            ((kind, row.pk), row)
            for row in _made(index, _kept(_RECHECKS, index, _names_of).rows(user=seen.user, keys=pks))
        )
    return {(hit.kind, hit.pk): found[hit.kind, hit.pk] for hit in hits if (hit.kind, hit.pk) in found}


#: Kind → the statements of a search that are the same each time: who may see what, and what a card shows.
_RECHECKS: dict[str, Prepared] = {}
_CARDS: dict[str, Prepared] = {}
_TEXTS: dict[str, Prepared] = {}


def _kept(
    kept: dict[str, Prepared], index: ContentIndex, shape: Callable[[ContentIndex, QuerySet], QuerySet]
) -> Prepared:
    """The statement of a kind. It begins at `visible_to`, as everything does."""
    kind = index.model.kind
    if kind not in kept:
        kept[kind] = Prepared(lambda user, keys: shape(index, index.model.objects.visible_to(user).filter(pk__in=keys)))
    return kept[kind]


def _fields(index: ContentIndex) -> list[str]:
    fields = ["pk", index.created_field]
    for operator, name in (("author", index.author_field), ("group", index.group_field)):
        named = by_operator(operator)
        if name and named:
            path = name.removesuffix("_id")
            fields += [name, f"{path}__public_id", f"{path}__{named.name_fields[0]}"]
    return fields


def _names_of(index: ContentIndex, rows: QuerySet) -> QuerySet:
    return rows.values_list(*_fields(index))


def _loaded(index: ContentIndex, rows: QuerySet) -> QuerySet:
    return index.load(rows)


def _shown(index: ContentIndex, rows: QuerySet) -> QuerySet:
    return rows.values_list("pk", *index.card_fields) if index.card_fields else index.load(rows)


def _rows(index: ContentIndex, rows: QuerySet) -> Iterable[_Row]:
    return _made(index, _names_of(index, rows))


def _made(index: ContentIndex, found: Iterable[tuple]) -> Iterable[_Row]:
    places = (*(range(3, 6) if index.author_field else ()), *(range(6, 9) if index.group_field else ()))
    kind = index.model.kind
    if len(places) == 6:
        return (_Row(kind, *values) for values in found)
    names = [_Row._fields[place] for place in places]
    return (_Row(kind, pk, created, **dict(zip(names, others, strict=True))) for pk, created, *others in found)


def _cards(seen: _Seen, page: list[_Row]) -> dict[tuple[str, int], Card]:
    """What the results of one page show, of their rows as they are now: one query per kind."""
    found: dict[tuple[str, int], Card] = {}
    by_kind: dict[str, list[int]] = {}
    for row in page:
        by_kind.setdefault(row.kind, []).append(row.pk)
    known = registered()
    for kind, keys in by_kind.items():
        index = known[kind]
        shown = _kept(_CARDS, index, _shown)
        if index.card_fields:
            rows = shown.rows(user=seen.user, keys=keys)
            cards: Iterable[Card] = (index.card_of(row[0], row[1:]) for row in rows)
        else:
            cards = map(index.card, index.together(shown.instances(user=seen.user, keys=keys)))
        found.update(((kind, card.pk), card) for card in cards)
    return found


def _draw(page: list[_Row], cards: dict[tuple[str, int], Card], asked: Query) -> list[Result]:
    """The results of one page."""
    marker = Marker.of(asked.units)
    drawn = []
    # Tags are few, and each is looked up in the catalogue when it is asked what it says.
    tags: dict[int, str] = {}
    for row in page:
        card = cards.get((row.kind, row.pk))
        if card is None:
            continue
        tag = tags.get(id(card.tag))
        if tag is None:
            tag = tags[id(card.tag)] = str(card.tag)
        drawn.append(
            Result(
                kind=row.kind,
                pk=row.pk,
                public_id=card.public_id,
                url=card.url,
                tag=tag,
                title=card.title,
                title_html=marked(card.title, marker),
                snippet=snippet(card.body if card.body.strip() else card.title, marker),
                place=card.place or row.group_name or "",
                group=Named(row.group_id, row.group_name) if row.group and row.group != -1 else None,
                author=Named(row.author_id, row.author_name) if row.author else None,
                about=card.about,
                created_at=row.created,
            )
        )
    return drawn


def _answer(
    user: Any, page: list[_Row], cards: dict[tuple[str, int], Card], whole: set[tuple[str, int]]
) -> Answer | None:
    """What answers, where one of the first results that hold every word is an answered question, or a page."""
    known = registered()
    for row in page[:ANSWERS_AMONG]:
        card = cards.get((row.kind, row.pk))
        if card is not None and card.answer and (row.kind, row.pk) in whole:
            found = known[row.kind].answer(user, card)
            if found is not None:
                who = (found.author, found.group) if found.author else (row.author_name, row.group_name or "")
                text = one_line(found.text, ANSWER_CHARS)
                return found._replace(text=text, author=who[0], group=who[1], at=found.at or row.created)
    return None


def _facets(seen: _Seen, rows: dict[tuple[str, int], _Row], chosen: _Chosen) -> dict[str, list[Choice]]:
    """Where, when and who, counted among the rows that were re-checked, with the names that their cards show."""
    where: Counter[int] = Counter()
    who: Counter[int] = Counter()
    places: dict[int, tuple[str, str]] = {0: (NO_GROUP, _("Whole company"))}
    people: dict[int, tuple[str, str]] = {}
    for row in rows.values():
        if row.author:
            who[row.author] += 1
            people[row.author] = (row.author_id, row.author_name)
        if row.group != -1:
            where[row.group or 0] += 1
            if row.group:
                places[row.group] = (row.group_id, row.group_name)
    now = timezone.now()
    when = []
    for name, days in PERIODS.items():
        since = now - timedelta(days=days)
        when.append(Choice(name, "", sum(row.created >= since for row in rows.values())))
    return {
        "where": _choices(seen, "group", where, places, chosen.groups),
        "when": when,
        "who": _choices(seen, "author", who, people, chosen.authors),
    }


def _choices(
    seen: _Seen,
    operator: str,
    counts: Counter[int],
    names: dict[int, tuple[str, str]],
    chosen: frozenset[int] | None,
) -> list[Choice]:
    """The commonest, and those that are chosen already even where nothing is left of them."""
    keys = [key for key, _count in counts.most_common(FACETS)]
    keys += sorted(key for key in chosen or () if key not in keys)
    unknown = [key for key in keys if key not in names]
    index = by_operator(operator)
    if unknown and index is not None:
        rows = seen.of(index).filter(pk__in=unknown).values_list("pk", "public_id", index.name_fields[0])
        names = names | {key: (public_id, name) for key, public_id, name in rows}
    return [
        Choice(*names[key], count=counts.get(key, 0), chosen=bool(chosen and key in chosen))
        for key in keys
        if key in names
    ]


# --- when nothing was found


def _suggestion(seen: _Seen, mine: dict[str, Any], asked: Query, kind: str | None) -> str:
    """The question with misspelt words mended, if that finds something for this person; else empty.

    Security door: the engine proposes words of documents that the person may see; one is offered only if it stands in
    the present text of a row that the re-check returned.
    """
    mended, words = asked.source, []
    try:
        for unit in asked.units:
            if not isinstance(unit, Term) or unit.small:
                continue
            better = backend().corrections(unit.word, **mine)
            if better and better[0] != fold(unit.word):
                mended = mended.replace(unit.word, better[0])
                words.append(better[0])
        if not words:
            return ""
        again = parse(mended, kinds=kind_names())
        rows = list(_recheck(seen, _ask(mine, _resolve(seen.user, again, kind), 20).hits).values())
    except (Unreadable, limits.LimitExceeded):
        return ""
    present: set[str] = set()
    known = registered()
    for name in dict.fromkeys(row.kind for row in rows):
        index = known[name]
        keys = [row.pk for row in rows if row.kind == name]
        for thing in index.together(_kept(_TEXTS, index, _loaded).instances(user=seen.user, keys=keys)):
            present.update(fold(word.text) for word in split(f"{index.title(thing)}\n{index.body(thing)}"))
    return mended if set(words) <= present else ""


# --- while there is no index


def _from_database(seen: _Seen, mine: dict[str, Any], asked: Query, wanted: Wanted) -> dict[tuple[str, int], _Row]:
    """The newest rows that hold all the words, straight from the database: slower and less clever, and never wrong.

    Security door: besides `visible_to`, the row must be for an audience in which the engine would look for this person.
    A guest who sees a colleague's name does not search through what only colleagues see of them.
    """
    found: list[_Row] = []
    audiences = {*mine["audiences"], *mine["limited"]}
    for kind, index in registered().items():
        if wanted.kinds is not None and kind not in wanted.kinds and not wanted.kinds & set(index.names):
            continue
        rows = seen.of(index)
        for values, excluded, name in (
            (wanted.authors, wanted.not_authors, index.author_field),
            (wanted.groups, wanted.not_groups, index.group_field),
        ):
            if values is not None:
                rows = rows.filter(_among(name, values)) if name else rows.none()
            if excluded and name:
                rows = rows.exclude(_among(name, excluded))
        if asked.after:
            rows = rows.filter(**{f"{index.created_field}__gte": asked.after})
        if asked.before:
            rows = rows.filter(**{f"{index.created_field}__lt": asked.before})
        for unit in wanted.units:
            if index.source_fields and not getattr(unit, "small", False):
                text = unit.word if isinstance(unit, Term) else unit.source
                rows = rows.filter(_any_of(index.source_fields, text))
        newest = index.together(list(index.load(rows).order_by("-pk")[:DEGRADED_ROWS]))
        kept = [row for row in newest if row.search_audience_id() in audiences and _holds(index, row, wanted)]
        facts = {row.pk: row for row in _rows(index, seen.of(index).filter(pk__in=[t.pk for t in kept]))}
        found += [facts[thing.pk] for thing in kept if thing.pk in facts]
    found.sort(key=lambda row: (row.created, row.pk), reverse=True)
    return {(row.kind, row.pk): row for row in found}


def _among(name: str, keys: frozenset[int]) -> Q:
    clause = Q(**{f"{name}__in": keys})
    return clause | Q(**{f"{name}__isnull": True}) if 0 in keys else clause


def _any_of(fields: tuple[str, ...], text: str) -> Q:
    clause = Q()
    for name in fields:
        clause |= Q(**{f"{name}__icontains": text})
    return clause


def _holds(index: ContentIndex, thing: Any, wanted: Wanted) -> bool:
    """Whether a row fits what the database could not be asked."""
    names = {index.model.kind, *index.names_of(thing)}
    if (wanted.kinds is not None and not names & wanted.kinds) or names & wanted.not_kinds:
        return False
    if wanted.has_file is not None and index.has_file(thing) is not wanted.has_file:
        return False
    text = fold(f"{index.title(thing)}\n{index.body(thing)}")
    stems = {form for word in split(text) for form in variants(word.text)} if wanted.units or wanted.without else set()

    def held(unit: Any) -> bool:
        if isinstance(unit, Term):
            return not stems.isdisjoint(unit.variants) or fold(unit.word) in text
        return fold(unit.source) in text

    return all(held(unit) for unit in wanted.units if not getattr(unit, "small", False)) and not any(
        held(unit) for unit in wanted.without
    )
