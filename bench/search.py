"""How fast the engine is: 20,000 documents, a person in 40 of 100 groups.

    python -m bench.search [documents]

Prints the speed of bulk indexing, the time of searches whose words were not asked for before (wall clock and CPU), and
the time from handing a new document to the writer until a search finds it. Texts and questions are made with the
frequencies of words in real text (Zipf) and are the same in every run.
"""

from __future__ import annotations

import itertools
import os
import random
import statistics
import sys
import tempfile
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "social.settings")

from search.engine import Document
from search.query import Wanted, parse
from search.store import Store

GROUPS = 100
MINE = 40
WORDS = 30_000
QUESTIONS = 600
SMALL = "the of and to in is it that for was on are with as this be at by not from or an have you we".split()  # noqa: SIM905


class Corpus:
    """Texts with the frequencies of words that real texts have."""

    def __init__(self, seed: int = 1) -> None:
        self.chance = random.Random(seed)
        letters = "etaoinshrdlucmfwypvbgk"
        self.words = ["".join(self.chance.choices(letters, k=self.chance.randint(3, 10))) for _ in range(WORDS)]
        self.weights = list(itertools.accumulate(1 / (rank + 12) for rank in range(WORDS)))

    def some(self, count: int) -> list[str]:
        """Words of content, the common ones more often."""
        return self.chance.choices(self.words, cum_weights=self.weights, k=count)

    def text(self) -> str:
        """10 to 70 words, two in five of them small ones."""
        words = self.some(self.chance.randint(10, 70))
        return " ".join(self.chance.choice(SMALL) if self.chance.random() < 0.4 else word for word in words)

    def document(self, pk: int) -> Document:
        """Half of what is said is for everyone, half for one of the groups."""
        group = 0 if self.chance.random() < 0.5 else self.chance.randint(1, GROUPS)
        return Document(
            "feed.post",
            pk,
            1000 + group,
            created=1_700_000_000 + pk * 60,
            author=self.chance.randint(1, 1000),
            group=group,
            names=("post",),
            text=self.text(),
        )


def measure(count: int = 20_000) -> dict[str, float]:
    """The figures, by name; times in milliseconds."""
    from search.backends import KringWhooshBackend

    corpus = Corpus()
    documents = [corpus.document(pk) for pk in range(1, count + 1)]
    audiences = frozenset({1000, *corpus.chance.sample(range(1001, 1001 + GROUPS), MINE)})
    figures: dict[str, float] = {"documents": count}
    with tempfile.TemporaryDirectory() as place:
        engine = KringWhooshBackend("default", PATH=place)
        began, cpu = time.perf_counter(), time.process_time()
        engine.replace(documents)
        figures["bulk docs/s"] = count / (time.perf_counter() - began)
        figures["bulk docs/s of CPU"] = count / (time.process_time() - cpu)
        began = time.perf_counter()
        engine.find(Wanted(), audiences=audiences, limit=1)
        figures["first search ms"] = (time.perf_counter() - began) * 1000
        figures["visible"] = engine.index_store.snapshot().view(audiences, {}).size
        wall, used = [], []
        for _ in range(QUESTIONS):
            asked = parse(" ".join(corpus.some(corpus.chance.choice((1, 2, 2, 3)))))
            began, cpu = time.perf_counter(), time.process_time()
            engine.find(Wanted(units=asked.units), audiences=audiences, limit=200)
            wall.append((time.perf_counter() - began) * 1000)
            used.append((time.process_time() - cpu) * 1000)
        for name, values in (("", wall), (" CPU", used)):
            figures[f"search p50 ms{name}"] = statistics.median(values)
            figures[f"search p95 ms{name}"] = statistics.quantiles(values, n=20)[18]
        waits = []
        for pk in range(count + 1, count + 11):
            began = time.perf_counter()
            engine.write([Document("feed.post", pk, 1000, text=f"freshword{pk} is here")])
            found = engine.find(Wanted(units=parse(f"freshword{pk}").units), audiences=audiences)
            assert [hit.pk for hit in found.hits] == [pk]  # noqa: S101
            waits.append((time.perf_counter() - began) * 1000)
        figures["found within ms (p50)"] = statistics.median(waits)
        figures["found within ms (worst)"] = max(waits)
        Store._stores.clear()
    return figures


def main() -> None:
    """Measure and print."""
    for name, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000).items():
        print(f"{name:28} {value:12,.1f}")


if __name__ == "__main__":
    main()
