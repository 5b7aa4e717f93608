"""`manage.py search_audit`: does the index say what the database says?"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from search import indexer
from search.audit import Drift, audit, repair
from search.store import Unreadable

#: Names that are printed of each sort of difference.
_SHOWN = 20


class Command(BaseCommand):
    """Compares both ways by key, version and audience; exit status 1 where they differ."""

    help = "Compare the search index with the database. Exit status 1 where they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--repair`."""
        parser.add_argument("--repair", action="store_true", help="mend what differs, and compare again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, mend if asked, say what is left."""
        try:
            drift = audit()
        except Unreadable as error:
            self.stdout.write(f"The index cannot be read: {error}")
            if not options["repair"]:
                self.stdout.write("Run search_audit --repair, or search_rebuild.")
                sys.exit(1)
            self.stdout.write(f"Built anew with {indexer.rebuild():,} documents.")
            drift = audit()
        self._tell(drift)
        if drift and options["repair"]:
            repair(drift)
            while indexer.drain():
                pass
            drift = audit()
            self.stdout.write("After the repair:")
            self._tell(drift)
        if drift:
            sys.exit(1)

    def _tell(self, drift: Drift) -> None:
        for keys, meaning in (
            (drift.missing, "not in the index"),
            (drift.stale, "other in the index than in the database"),
            (drift.left, "in the index, but not to be found any more"),
            (drift.twice, "in the index more than once"),
        ):
            if keys:
                shown = ", ".join(sorted(keys)[:_SHOWN])
                more = f" and {len(keys) - _SHOWN:,} more" if len(keys) > _SHOWN else ""
                self.stdout.write(f"{len(keys):,} {meaning}: {shown}{more}")
        waiting = f" {drift.waiting:,} more differ and are on the indexer's list." if drift.waiting else ""
        self.stdout.write(f"{drift.equal:,} documents agree.{waiting}")
