"""Index against database, both ways."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from search.indexes import backend, registered
from search.models import Pending
from search.outbox import enqueue


@dataclass(slots=True)
class Drift:
    """Where index and database differ, as "kind:key"."""

    #: In the database, not in the index.
    missing: set[str] = field(default_factory=set)
    #: In both, with another text, audience or anything else.
    stale: set[str] = field(default_factory=set)
    #: In the index, and not (or no more) to be found according to the database.
    left: set[str] = field(default_factory=set)
    #: In the index more than once.
    twice: set[str] = field(default_factory=set)
    #: Differences that the indexer already has on its list; not counted as drift.
    waiting: int = 0
    #: Documents that agree.
    equal: int = 0

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.differing())

    def differing(self) -> set[str]:
        """All of them."""
        return self.missing | self.stale | self.left | self.twice


def audit() -> Drift:
    """Compare every row that is to be found with every document, by key, version and audience.

    Raises:
        Unreadable: there is no index, or it is damaged.
    """
    drift = Drift()
    pending = {f"{kind}:{pk}" for kind, pk in Pending.objects.values_list("kind", "object_pk")}
    held: dict[str, tuple[str, int]] = {}
    times: Counter[str] = Counter()
    for kind, pk, version, audience in backend().documents():
        held[f"{kind}:{pk}"] = (version, audience)
        times[f"{kind}:{pk}"] += 1
    drift.twice = {key for key, count in times.items() if count > 1}
    for index in registered().values():
        for _pk, document in index.documents():
            found = held.pop(document.key, None)
            if found is None:
                drift.missing.add(document.key)
            elif found != (document.version, document.audience):
                drift.stale.add(document.key)
            else:
                drift.equal += 1
    drift.left = set(held)
    for name in ("missing", "stale", "left", "twice"):
        found_keys: set[str] = getattr(drift, name)
        drift.waiting += len(found_keys & pending)
        found_keys -= pending
    return drift


def repair(drift: Drift) -> int:
    """Put everything that differs on the indexer's list; returns how many."""
    kinds: dict[str, list[int]] = {}
    for key in drift.differing():
        kind, pk = key.rsplit(":", 1)
        kinds.setdefault(kind, []).append(int(pk))
    return sum(enqueue(kind, pks) for kind, pks in kinds.items())
