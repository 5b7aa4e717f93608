"""Search's door to Haystack: its Whoosh backend with everything replaced that is no boundary of permission, or slow.

Of the three distributions of Whoosh we take **whoosh3**. 2.7.4 is of 2016 and carries Python 2 along; whoosh-reloaded
2.7.5 is frozen, needs one more package and brings `compat` modules with it; whoosh3 is maintained, tested on the
Pythons we run on, reports a damaged file as a damaged file (`CorruptIndexError`), and gives its lock back when a commit
fails. The contract suite passes on 2.7.5 as well, so the choice can be taken back. It also ships modules that we never
import (a command line, adapters for language models); nothing of what we import opens a connection.

What is different from Haystack's own backend, and why:

- **The audience is no clause of the query.** Haystack's `filter(audience__in=[])` returns everything, and a raw query
  can step around a clause. Here a search needs the asker's audiences as a value; none given, nothing found.
- One schema for all kinds; nothing of the text is stored (`search.engine`).
- One snapshot stays open and is refreshed by generation; results come from sets of document numbers.
- No spelling corrector over the whole index: it would suggest words of other people's private posts.
- Nothing is written by the process that saved a row; the indexer drains `search.Pending` (`search.indexer`).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from haystack.backends.whoosh_backend import WhooshEngine, WhooshSearchBackend

from search.engine import Document, Evaluation, Found, corrections
from search.engine import schema as the_schema
from search.query import Wanted
from search.store import Store, Unreadable

#: Seconds that one search may take; what was found by then is answered as partial.
BUDGET = 2.0

_NOTHING: dict[str, Any] = {"results": [], "hits": 0, "facets": {}, "spelling_suggestion": None}


class KringWhooshBackend(WhooshSearchBackend):
    """The engine of Kring. `tests/test_search_engine_contract.py` says what another one would have to do."""

    def setup(self) -> None:
        """Find the index of this process for the configured directory; opens nothing yet."""
        self.store = Store.at(self.path)
        self.setup_complete = True

    def build_schema(self, fields: dict[str, Any]) -> tuple[str, Any]:
        """The uniform schema, whatever fields Haystack has collected."""
        return "text", the_schema()

    @property
    def index_store(self) -> Store:
        """The index on disk."""
        if not self.setup_complete:
            self.setup()
        return self.store

    # --- asking

    def find(
        self,
        wanted: Wanted,
        *,
        audiences: frozenset[int],
        limited: dict[int, int] | None = None,
        limit: int = 100,
        seconds: float = BUDGET,
    ) -> Found:
        """The best documents for a question among those of the given audiences.

        Security door: without audiences there is no query. Callers still re-check every hit in the database.

        Args:
            wanted: the question.
            audiences: ids of audiences that are readable whole.
            limited: id → seconds since 1970, for audiences readable only from threads begun then.
            limit: at most so many.
            seconds: at most so long; what is found by then comes back as `partial`.

        Raises:
            Unreadable: there is no index, or it is damaged.
        """
        deadline = time.monotonic() + seconds
        if not audiences and not limited:
            return Found()
        store = self.index_store
        snapshot = store.snapshot()
        try:
            view = snapshot.view(frozenset(audiences), limited or {})
            if not view.size:
                return Found()
            return Evaluation(snapshot, view, deadline).run(wanted, limit)
        except Exception as error:
            store.distrust()
            raise Unreadable(f"{type(error).__name__}: {error}") from error

    def corrections(
        self, word: str, *, audiences: frozenset[int], limited: dict[int, int] | None = None, seconds: float = 0.3
    ) -> list[str]:
        """Words much like `word` that stand in documents of these audiences, the likeliest first.

        Raises:
            Unreadable: there is no index, or it is damaged.
        """
        if not audiences and not limited:
            return []
        store = self.index_store
        snapshot = store.snapshot()
        try:
            view = snapshot.view(frozenset(audiences), limited or {})
            return corrections(snapshot, view, word, time.monotonic() + seconds)
        except Exception as error:
            store.distrust()
            raise Unreadable(f"{type(error).__name__}: {error}") from error

    def documents(self) -> Iterator[tuple[str, int, str, int]]:
        """Kind, key, version and audience of everything in the index, for the audit.

        Raises:
            Unreadable: there is no index, or it is damaged.
        """
        store = self.index_store
        snapshot = store.snapshot()
        try:
            yield from snapshot.documents()
        except Exception as error:
            store.forget()
            raise Unreadable(f"{type(error).__name__}: {error}") from error

    def search(self, query_string: str, **kwargs: Any) -> dict[str, Any]:
        """Nothing: Haystack's own way of asking knows no audiences.

        Security door: a `SearchQuerySet` made anywhere finds nothing, instead of everything.
        """
        return dict(_NOTHING)

    def more_like_this(self, model_instance: Any, **kwargs: Any) -> dict[str, Any]:
        """Nothing, for the same reason."""
        return dict(_NOTHING)

    def create_spelling_suggestion(self, query_string: str) -> None:
        """Nothing: the dictionary would be the whole index. See `corrections`."""
        return None

    # --- writing (the indexer's process alone)

    def write(self, put: Iterable[Document] = (), drop: Iterable[str] = ()) -> None:
        """Put documents in or in place of their earlier state, take others out; one commit, safe on disk at the end.

        Raises:
            search.store.Busy: another process is writing.
            Unreadable: the index is damaged.
        """
        self.index_store.write(put, drop)

    def update(self, index: Any, iterable: Iterable[Any], commit: bool = True) -> None:
        """Index rows; those that may not be found are taken out (Haystack's commands call this)."""
        put, drop = [], []
        for row in iterable:
            document = index.document(row)
            if document is None:
                drop.append(f"{row.kind}:{row.pk}")
            else:
                put.append(document)
        self.write(put, drop)

    def remove(self, obj_or_string: Any, commit: bool = True) -> None:
        """Take one document out."""
        key = obj_or_string if isinstance(obj_or_string, str) else f"{obj_or_string.kind}:{obj_or_string.pk}"
        self.write(drop=[key])

    def clear(self, models: Any = None, commit: bool = True) -> None:
        """Empty the index, or take out the kinds of some models."""
        if models is None:
            self.index_store.clear()
        else:
            kinds = {model.kind for model in models}
            self.write(drop=[f"{kind}:{pk}" for kind, pk, _version, _audience in self.documents() if kind in kinds])

    def replace(self, documents: Iterable[Document]) -> int:
        """Build a new index and swap it in; searches go on in the old one meanwhile. Returns how many it holds."""
        return self.index_store.replace(documents)

    def optimize(self) -> None:
        """Merge small segments as far as it goes."""
        while self.index_store.tidy(most=1_000_000):
            pass


class KringWhooshEngine(WhooshEngine):
    """What `HAYSTACK_CONNECTIONS` names."""

    backend = KringWhooshBackend
