"""How a kind of content says what it is found by. Rooms subclass `ContentIndex` in their `search_indexes.py`.

    class PostIndex(ContentIndex):
        model = Post
        names = {"post": _("Posts"), "question": _("Questions")}
        related = ("author", "group")

        def names_of(self, row):
            return ("post", "question") if row.post_kind == Post.Kind.QUESTION else ("post",)

Everything else has a default that reads the contract (`search_text`, `search_audience_id`) and fields with the usual
names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, ClassVar, NamedTuple

from django.db.models import Q, QuerySet
from haystack import connections, indexes

from core.content import Content
from core.text import one_line
from search.backends import KringWhooshBackend
from search.engine import Document

#: Rows that are prepared together.
BATCH = 500
#: Characters of a first line that stands as a headline by itself.
HEADLINE = 100
_SENTENCE = re.compile(r"[.!?…。！？]+(?=\s)")


class Card(NamedTuple):
    """What a result shows of a row, besides who said it, where and when."""

    pk: int
    public_id: str
    url: str
    #: What kind of thing it is, in a word; may be empty.
    tag: Any
    title: str
    body: str
    #: Where it stands, where that is not its group; one more thing to say of it.
    place: str = ""
    about: str = ""
    #: Its own key or that of another row, where that answers what was asked; 0 for none. The words of a summary.
    answer: int = 0
    lead: str = ""


class Answer(NamedTuple):
    """What stands above the results, where one of the first of them answers."""

    pk: int
    text: str
    url: str
    #: What the link to it says.
    link: Any
    author: str = ""
    group: str = ""
    at: datetime | None = None
    #: It has more to say than this, and stands among the results too.
    listed: bool = False


def headline(title: str, body: str, line: str = "") -> tuple[str, str]:
    """The first line of a result, and the text below it: its title, else the first line or sentence of what it says."""
    if title:
        return title, body
    first, _break, rest = body.strip().partition("\n")
    first = " ".join(first.split())
    if len(first) <= HEADLINE:
        return first or one_line(line, HEADLINE), rest
    ends = [match.end() for match in _SENTENCE.finditer(first, 0, HEADLINE + 1)]
    if ends:
        return first[: ends[-1]], f"{first[ends[-1] :].strip()}\n{rest}"
    shown = one_line(first, HEADLINE)
    return shown, f"…{first[len(shown) - 1 :].strip()}\n{rest}"


class ContentIndex(indexes.SearchIndex):
    """One kind of content: what the index holds of a row, and how a result of it is drawn."""

    #: The kind's model.
    model: ClassVar[type[Content]]
    #: Values of `kind:` and what they are called as a filter, in the order of the chips.
    names: ClassVar[dict[str, Any]] = {}
    #: Those of them that have no chip unless they were asked for.
    rare: ClassVar[tuple[str, ...]] = ()
    #: Place of its chips among those of the other kinds.
    rank: ClassVar[int] = 50
    #: Fields of author, group and moment, as the database knows them; None where a kind has none.
    author_field: ClassVar[str | None] = "author_id"
    group_field: ClassVar[str | None] = "group_id"
    created_field: ClassVar[str] = "created_at"
    #: What a result's card and its link need besides the row.
    related: ClassVar[tuple[str, ...]] = ()
    #: Fields with the text as it was typed: the database is asked through them while there is no index.
    source_fields: ClassVar[tuple[str, ...]] = ()
    #: "author" or "group" where the rows of this kind are what that operator names.
    operator: ClassVar[str | None] = None
    #: Fields that the operator and the suggestions compare with.
    name_fields: ClassVar[tuple[str, ...]] = ("name",)
    #: Whether rows are suggested while someone types.
    suggested: ClassVar[bool] = False

    text = indexes.CharField(document=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Haystack collects subclasses, never this class itself."""
        super().__init_subclass__(**kwargs)
        cls.haystack_use_for_indexing = True

    def get_model(self) -> type[Content]:
        """Haystack asks for it."""
        return self.model

    # --- what the index holds of a row

    def index_queryset(self, using: str | None = None) -> QuerySet:
        """The rows that may be in the index at all; narrow it to what is said and stands."""
        rows = self.model._default_manager.all()
        return rows.select_related(*self.related) if self.related else rows

    def together(self, rows: list[Any]) -> list[Any]:
        """Rows with what `title`, `body` and `place` ask of other tables: once for all of them, never for each."""
        return rows

    def title(self, row: Any) -> str:
        """A name or headline, weighing more than text; empty where there is none."""
        return ""

    def body(self, row: Any) -> str:
        """The text to find it by, without the title."""
        return row.search_text()

    def names_of(self, row: Any) -> tuple[str, ...]:
        """Which of `names` it is."""
        return tuple(self.names)[:1]

    def language(self, row: Any) -> str:
        """The language its author declared; empty to let the text tell."""
        return ""

    def has_file(self, row: Any) -> bool:
        """Whether `has:file` finds it."""
        return bool(getattr(row, "has_files", False))

    def created(self, row: Any) -> datetime | None:
        """When it was said."""
        return getattr(row, self.created_field)

    def author_of(self, row: Any) -> int | None:
        """Key of its author, where that is no field of its own."""
        return getattr(row, self.author_field) if self.author_field else None

    def group_of(self, row: Any) -> int | None:
        """Key of its group, where that is no field of its own."""
        return getattr(row, self.group_field) if self.group_field else None

    def document(self, row: Any) -> Document | None:
        """The row as the index takes it; None where it is not to be found."""
        audience = row.search_audience_id()
        title = self.title(row)
        body = self.body(row) if audience is not None else ""
        if audience is None or not (title or body).strip():
            return None
        return Document(
            kind=self.model.kind,
            pk=row.pk,
            audience=audience,
            created=int(moment.timestamp()) if (moment := self.created(row)) else 0,
            history=int(row.history_at.timestamp()) if row.history_at else 0,
            author=self.author_of(row),
            group=(self.group_of(row) or 0) if self.group_field else None,
            has_file=self.has_file(row),
            names=self.names_of(row),
            title=title,
            text=body,
            language=self.language(row),
        )

    def documents(self, pks: Iterable[int] | None = None) -> Iterator[tuple[int, Document]]:
        """Key and document of every row that is to be found, or of those among `pks`."""
        rows = self.index_queryset()
        if pks is not None:
            rows = rows.filter(pk__in=list(pks))
        for row in self.batched(rows):
            document = self.document(row)
            if document is not None:
                yield row.pk, document

    def batched(self, rows: QuerySet) -> Iterator[Any]:
        """Rows in the order of their keys, some hundred at a time."""
        found = rows.order_by("pk").iterator(chunk_size=BATCH)
        while batch := list(islice(found, BATCH)):
            yield from self.together(batch)

    # --- how a result is drawn

    def load(self, rows: QuerySet) -> QuerySet:
        """What drawing results of `rows` needs, in the same query."""
        return rows.select_related(*self.related) if self.related else rows

    #: Columns from which `card_of` makes a card without the row itself; none: `card` takes the row.
    card_fields: ClassVar[tuple[str, ...]] = ()

    def card(self, row: Any) -> Card:
        """What a result shows of a row."""
        title, body = headline(self.title(row), self.body(row), row.summary())
        return Card(row.pk, row.public_id, row.get_absolute_url(), self.tag(row), title, body, self.place(row))

    def card_of(self, pk: int, values: tuple) -> Card:
        """The same, of the values of `card_fields`."""
        raise NotImplementedError(f"{type(self).__name__} must make a card of {self.card_fields}")

    def answer(self, user: Any, card: Card) -> Answer | None:
        """What a card answers, if `user` may see it. Asked where `card.answer` says something."""
        return None

    def tag(self, row: Any) -> Any:
        """What kind of thing it is, on its card; empty for none."""
        names = self.names_of(row)
        return self.tags.get(names[-1], "") if names else ""

    #: Value of `kind:` → the word on the card; none: no tag is drawn.
    tags: ClassVar[dict[str, Any]] = {}

    def place(self, row: Any) -> str:
        """Where it stands, on its card, where that is not its group."""
        return ""

    # --- being named in an operator, and suggested

    def named(self, user: Any, value: str) -> QuerySet:
        """The rows that `author:` or `group:` can mean with this value, among those that `user` may see.

        A handle or public id names one; a name, or the beginning of a word in it, may name several.
        """
        value = value.strip().removeprefix("@")
        visible = self.model.objects.visible_to(user)
        exact = Q(public_id=value)
        for field in self.name_fields:
            exact |= Q(**{f"{field}__iexact": value})
        rows = visible.filter(exact)
        return rows if rows.exists() else visible.filter(self._beginning(value))

    def suggestions(self, user: Any, prefix: str, limit: int) -> list[Any]:
        """The rows whose name has a word that begins with `prefix`, among those that `user` may see."""
        rows = self.suggestable(self.model.objects.visible_to(user).filter(self._beginning(prefix)))
        return list(self.load(rows).order_by(self.name_fields[0], "pk")[:limit])

    def suggestable(self, rows: QuerySet) -> QuerySet:
        """Narrow what is suggested (people who left, say)."""
        return rows

    def label(self, row: Any) -> str:
        """Its name in suggestions and facets."""
        return str(row)

    def _beginning(self, prefix: str) -> Q:
        clause = Q()
        for field in self.name_fields:
            clause |= Q(**{f"{field}__istartswith": prefix}) | Q(**{f"{field}__icontains": f" {prefix}"})
        return clause


def registered() -> dict[str, ContentIndex]:
    """Kind → its index, of every kind that says how it is found."""
    found = connections["default"].get_unified_index().get_indexes()
    return {model.kind: index for model, index in found.items() if isinstance(index, ContentIndex)}


def backend() -> KringWhooshBackend:
    """The engine in use."""
    return connections["default"].get_backend()


def by_operator(operator: str) -> ContentIndex | None:
    """The index of what `author:` or `group:` names."""
    return next((index for index in registered().values() if index.operator == operator), None)


@cache
def kind_names() -> frozenset[str]:
    """Every value that `kind:` knows."""
    found = registered()
    return frozenset(found) | frozenset(name for index in found.values() for name in index.names)
