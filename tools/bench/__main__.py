"""Build the companies, measure, print.

    python -m tools.bench [--size M …] [--only TEXT …] [--repeat N] [--no-serve] [--no-moving] [--markdown FILE]

Each size runs in a process of its own over a copy of its data, so that what is measured changes nothing that is kept.
Exit status 1 when a gate of queries, rows or bytes is not met; never because something took long.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.bench.figures import Figures, machine, table
from tools.bench.ground import SIZES

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build" / "bench"
#: What differs from a company's own settings: one reader writes a hundred posts a minute here.
ENVIRONMENT = {
    "KRING_LIMITS": '{"POSTS_PER_MINUTE": 1000000, "ANNOUNCEMENTS_BY_MAIL": 1000000}',
    "LOG_LEVEL": "WARNING",
    "KRING_ENV": "development",
}
#: Larger companies are searched in by `bench/search.py` and on request only: indexing them takes minutes.
INDEXED = ("XS", "S", "M")


def main() -> int:
    """Read the arguments, measure each size, print, judge."""
    options = arguments().parse_args()
    if options.inside:
        inside(options)
        return 0
    sizes = options.size or ["M"]
    if "S" not in sizes and not options.only:
        # What every other size is compared with.
        sizes = ["S", *sizes]
    before = machine()
    found: list[Figures] = []
    for size in sizes:
        parts = ["pages"]
        if size in INDEXED and size != "S" and not (options.no_serve or options.only):
            parts.append("serve")
        for part in parts:
            found += outside(options, size, part)
    if not (options.no_moving or options.only):
        found += outside(options, "", "writing")
        found += outside(options, "", "media")
        found += outside(options, "", "mixed")
        found += outside(options, "", "moving")
        found += outside(options, "", "engine")
    found += ratios(found)
    text = table(found)
    print(f"Before: {before}; after: {machine()}.\n\n{text}")
    if options.markdown:
        Path(options.markdown).write_text(text + "\n", encoding="utf-8")
    broken = [line for figures in found for line in figures.broken()]
    for line in broken:
        print(f"NOT met: {line}", file=sys.stderr)
    return 1 if broken else 0


def arguments() -> argparse.ArgumentParser:
    """What can be asked for."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description=__doc__)
    parser.add_argument("--size", nargs="+", choices=list(SIZES), help="Sizes of company; M unless told.")
    parser.add_argument("--only", nargs="+", default=[], metavar="TEXT", help="Scenarios with this in their name.")
    parser.add_argument("--repeat", type=int, default=60, help="Requests a scenario.")
    parser.add_argument("--no-serve", action="store_true", help="Without the running server.")
    parser.add_argument("--no-moving", action="store_true", help="Without import and indexing.")
    parser.add_argument("--index", action="store_true", help="Index companies that are larger than M too.")
    parser.add_argument("--markdown", metavar="FILE", help="Write the table there as well.")
    parser.add_argument("--profile", metavar="FILE", help="Write a profile of the measured requests (cProfile).")
    parser.add_argument("--inside", nargs=2, metavar=("PART", "FILE"), help=argparse.SUPPRESS)
    return parser


def outside(options: argparse.Namespace, size: str, part: str) -> list[Figures]:
    """Measure one part in a process of its own."""
    label = " ".join(filter(None, [size, part]))
    print(f"{label} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "data"
        if size:
            shutil.copytree(kept(size, index=size in INDEXED or options.index), data)
        else:
            _run("tables", data, options)
        result = Path(place) / "figures.json"
        _run(part, data, options, result=result, size=size)
        return [Figures(**one) for one in json.loads(result.read_text())]


def kept(size: str, *, index: bool) -> Path:
    """The directory of a company, built when it is not there or was built of other tables."""
    place = BUILD / size
    options = arguments().parse_args([])
    mark = place / "fingerprint"
    with tempfile.TemporaryDirectory() as scratch:
        now = Path(scratch) / "now"
        _run("fingerprint", Path(scratch) / "data", options, result=now)
        current = now.read_text()
    if not mark.exists() or mark.read_text() != current:
        print(f"building {size} …", file=sys.stderr, flush=True)
        shutil.rmtree(place, ignore_errors=True)
        _run("build", place, options, size=size)
        mark.write_text(current)
    if index and not (place / "index").exists():
        print(f"indexing {size} …", file=sys.stderr, flush=True)
        _run("index", place, options, size=size)
    return place


def _run(
    part: str, data: Path, options: argparse.Namespace, *, result: Path = Path(os.devnull), size: str = ""
) -> None:
    module = "tools.bench.settings" if part in ("tables", "build", "fingerprint") else "social.settings"
    data.mkdir(parents=True, exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    environment |= ENVIRONMENT | {"KRING_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": module}
    command = [sys.executable, "-m", "tools.bench", "--inside", part, str(result), "--repeat", str(options.repeat)]
    if size:
        command += ["--size", size]
    if options.only:
        command += ["--only", *options.only]
    if options.index:
        command.append("--index")
    if options.profile:
        command += ["--profile", options.profile]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def inside(options: argparse.Namespace) -> None:
    """One part, in its own process, with the site loaded."""
    import django

    django.setup()
    from tools.bench import ground, media, mixed, moving, pages, serving, writing

    part, result = options.inside[0], Path(options.inside[1])
    size = options.size[0] if options.size else ""
    data = Path(os.environ["KRING_DATA_DIR"])

    def pages_of() -> list[Figures]:
        _statics()
        found = _profiled(
            options.profile,
            lambda: pages.measure(size, options.repeat, options.only, index=size in INDEXED or options.index),
        )
        return found if options.only else [*found, pages.first_visit(size)]

    def build() -> None:
        ground.tables()
        ground.fill(SIZES[size])

    def index() -> None:
        from search import indexer

        indexer.rebuild()

    def writing_of() -> list[Figures]:
        _statics()
        return writing.measure()

    def media_of() -> list[Figures]:
        _statics()
        return media.measure()

    def mixed_of() -> list[Figures]:
        _statics()
        return mixed.measure(options.repeat)

    parts: dict[str, Callable[[], Any]] = {
        "fingerprint": ground.fingerprint,
        "tables": ground.tables,
        "build": build,
        "index": index,
        "pages": pages_of,
        "serve": lambda: serving.measure(size, data, ENVIRONMENT),
        "writing": writing_of,
        "media": media_of,
        "mixed": mixed_of,
        "moving": lambda: moving.measure(data),
        "engine": moving.engine,
    }
    given = parts[part]()
    if isinstance(given, str):
        result.write_text(given)
    elif given is not None:
        result.write_text(json.dumps([figures.plain() for figures in given]))


def ratios(found: list[Figures]) -> list[Figures]:
    """CPU of the home feed at each size against S."""
    home = {figures.size: figures.values["scaled"] for figures in found if figures.name == "home feed"}
    gates = {"L": {"ratio": 1.3}, "XL": {"ratio": 1.3}}
    return [
        Figures("home feed, CPU against S", size, {"ratio": value / home["S"]}, gates.get(size, {}))
        for size, value in home.items()
        if "S" in home and size != "S"
    ]


def _statics() -> None:
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)


def _profiled(where: str | None, work: Callable[[], list[Figures]]) -> list[Figures]:
    if not where:
        return work()
    import cProfile

    profile = cProfile.Profile()
    try:
        return profile.runcall(work)
    finally:
        profile.dump_stats(where)


if __name__ == "__main__":
    sys.exit(main())
