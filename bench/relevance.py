"""How well the engine ranks: the CACM collection (3,204 abstracts, 64 questions with judgements) beside Lucene.

    python -m bench.relevance [directory of the collection]

Prints the mean average precision and the precision of the first 30 over the questions that have judgements, and the
figures of Lucene's BM25 from the baseline file.
"""

from __future__ import annotations

import html
import os
import re
import sys
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "social.settings")

from search.analysis import is_small, split, variants
from search.engine import Document, Evaluation
from search.query import Term, Wanted
from search.store import Store

DIRECTORY = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "cacm"
DEPTH = 1000


def documents(directory: Path) -> list[Document]:
    """Every abstract as a document, its first lines as the title."""
    found = []
    with tarfile.open(directory / "cacm.tar.gz") as archive:
        for member in archive:
            number = re.search(r"CACM-(\d+)\.html", member.name)
            content = archive.extractfile(member) if number else None
            if number is None or content is None:
                continue
            text = html.unescape(re.sub(r"<[^>]+>", "", content.read().decode("latin-1"))).strip()
            title, _sep, rest = text.partition("\n\n")
            # The table of citations at the end is numbers only.
            rest = re.sub(r"(?m)^(\d+\t\d+\t\d+)\s*$", "", rest)
            found.append(Document("cacm", int(number[1]), 1, title=title, text=rest))
    return found


def questions(directory: Path) -> dict[int, str]:
    """Number → text of each question."""
    found: dict[int, str] = {}
    for block in re.split(r"(?m)^\.I\s+", (directory / "query.text").read_text())[1:]:
        number, _sep, rest = block.partition("\n")
        body = re.search(r"(?ms)^\.W\s*\n(.*?)(?=^\.[A-Z]\b|\Z)", rest)
        found[int(number)] = " ".join(body[1].split()) if body else ""
    return found


def judgements(directory: Path) -> dict[int, set[int]]:
    """Question → the documents that answer it."""
    found: dict[int, set[int]] = defaultdict(set)
    for line in (directory / "cacm.qrels").read_text().splitlines():
        question, _iteration, document, grade = line.split()
        if int(grade) > 0:
            found[int(question)].add(int(re.sub(r"\D", "", document)))
    return found


def measure(directory: Path) -> tuple[float, float, int]:
    """Mean average precision, precision of the first 30, and over how many questions."""
    asked, right = questions(directory), judgements(directory)
    precision, first = [], []
    with tempfile.TemporaryDirectory() as place:
        store = Store(Path(place))
        store.replace(documents(directory))
        snapshot = store.snapshot()
        view = snapshot.view(frozenset({1}), {})
        for number, answers in sorted(right.items()):
            terms = {word.text.lower(): None for word in split(asked[number])}
            units = tuple(Term(word, variants(word), is_small(word)) for word in terms)
            hits = Evaluation(snapshot, view, float("inf")).run(Wanted(units=units), DEPTH).hits
            got, total = 0, 0.0
            for rank, hit in enumerate(hits, 1):
                if hit.pk in answers:
                    got += 1
                    total += got / rank
            precision.append(total / len(answers))
            first.append(sum(hit.pk in answers for hit in hits[:30]) / 30)
    return sum(precision) / len(precision), sum(first) / len(first), len(precision)


def baseline(directory: Path) -> tuple[float, float]:
    """Lucene's BM25: mean average precision and precision of the first 30."""
    part = (directory / "anserini-baseline.yaml").read_text().partition("name: bm25")[2]
    numbers = re.findall(r"-\s+(0\.\d+)", part)
    return float(numbers[0]), float(numbers[1])


def main() -> None:
    """Measure and print."""
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else DIRECTORY
    ours, lucene = measure(directory), baseline(directory)
    print(f"CACM, {ours[2]} questions       MAP     P30")
    print(f"Kring                    {ours[0]:.4f}  {ours[1]:.4f}")
    print(f"Lucene BM25 (baseline)   {lucene[0]:.4f}  {lucene[1]:.4f}")


if __name__ == "__main__":
    main()
