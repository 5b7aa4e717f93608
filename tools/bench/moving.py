"""How fast a company moves in, and how fast what it brings is indexed."""

from __future__ import annotations

import json
import random
import time
import zipfile
from pathlib import Path

from tools.bench.figures import Figures
from tools.bench.ground import FIRST, LAST

#: Where the exports lie that this is measured with; a made one stands in for them.
EXPORTS = Path(__file__).resolve().parents[3] / "shared" / "data"
MADE = 5_000


def exports(directory: Path) -> list[tuple[str, Path]]:
    """(source, ZIP): real exports where they are, else one that is made."""
    found = [(source, path) for source in ("yammer", "slack") for path in sorted((EXPORTS / source).glob("*.zip"))]
    return found or [("slack", _made(directory / "made.zip"))]


def measure(directory: Path) -> list[Figures]:
    """Import each export into the empty tables of this process's database, then index everything."""
    from core import limits
    from files.archives import open_checked
    from integrations.management.commands.import_network import READERS
    from integrations.moving.write import write
    from search import indexer

    found = []
    for source, path in exports(directory):
        with open_checked(
            path, entries=limits.IMPORT_ENTRIES, unpacked=limits.IMPORT_UNPACKED_BYTES, nested=False
        ) as archive:
            began, used = time.perf_counter(), time.process_time()
            export = READERS[source](archive)
            done = write(export)
            wall, cpu = time.perf_counter() - began, time.process_time() - used
        messages = sum(done.counts[name] for name in ("posts", "replies", "private messages"))
        values = {"rate": messages / cpu, "messages/s by the clock": messages / wall, "messages": messages}
        found.append(Figures(f"import {source} (of CPU)", "", values, {"rate": 1500}))
    began, used = time.perf_counter(), time.process_time()
    count = indexer.rebuild()
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    values = {"rate": count / cpu, "documents/s by the clock": count / wall, "documents": count}
    found.append(Figures("bulk indexing of all that (of CPU)", "", values, {"rate": 600}))
    return found


def engine() -> list[Figures]:
    """The search engine by itself: 20,000 documents, a person in 40 of 100 groups."""
    from bench.search import measure as ask

    given = ask(20_000)
    values = {"p50": given["search p50 ms"], "p95": given["search p95 ms"], "cpu": given["search p50 ms CPU"]}
    return [
        Figures("search engine, 20,000 documents, 40 of 100 groups", "", values, {"p95": 10}),
        Figures("bulk indexing, 20,000 texts (of CPU)", "", {"rate": given["bulk docs/s of CPU"]}, {"rate": 600}),
    ]


def _made(path: Path) -> Path:
    """A Slack export of some thousand messages."""
    chance = random.Random("kring export")
    people = [
        {
            "id": f"U{number:04}",
            "name": f"user{number}",
            "profile": {
                "real_name": f"{chance.choice(FIRST)} {chance.choice(LAST)}",
                "email": f"user{number}@made.example",
            },
        }
        for number in range(60)
    ]
    channels = [
        {
            "id": f"C{number}",
            "name": f"channel-{number}",
            "created": 1_700_000_000,
            "creator": "U0000",
            "members": [p["id"] for p in people],
        }
        for number in range(8)
    ]
    words = ["".join(chance.choices("etaoinshrdlu", k=chance.randint(2, 8))) for _ in range(3000)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("users.json", json.dumps(people))
        archive.writestr("channels.json", json.dumps(channels))
        for channel in channels:
            for day in range(1, 26):
                lines = [
                    {
                        "type": "message",
                        "user": chance.choice(people)["id"],
                        "text": " ".join(chance.choices(words, k=chance.randint(3, 50))),
                        "ts": f"{1_700_000_000 + day * 86_400 + number * 60}.000100",
                    }
                    for number in range(MADE // (8 * 25))
                ]
                archive.writestr(f"{channel['name']}/2024-01-{day:02}.json", json.dumps(lines))
    return path
