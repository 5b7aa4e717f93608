"""`manage.py search_rebuild`: build the index anew from the database and swap it in."""

from __future__ import annotations

import sys
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from search import indexer
from search.indexes import registered
from search.store import Busy


class Command(BaseCommand):
    """Builds a new index beside the old one, which answers until the new one takes its place in one step."""

    help = "Build the search index anew from the database. Searches go on meanwhile."

    def handle(self, *args: Any, **options: Any) -> None:
        """Build, and say how fast."""
        total = sum(index.index_queryset().count() for index in registered().values())
        began = time.monotonic()
        bar = sys.stderr.isatty()

        def progress(done: int) -> None:
            if bar:
                filled = 30 * done // max(total, 1)
                sys.stderr.write(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done:,} of {total:,}")
                sys.stderr.flush()

        try:
            count = indexer.rebuild(progress)
        except Busy as error:
            raise CommandError("Another process is writing to the index. Try again when it has finished.") from error
        finally:
            if bar:
                sys.stderr.write("\n")
        seconds = max(time.monotonic() - began, 0.001)
        self.stdout.write(f"The index holds {count:,} documents ({count / seconds:,.0f} a second).")
