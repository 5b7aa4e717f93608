"""`manage.py read_files`: have documents read for search and for their first page; the worker does it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from files.actions import reading


class Command(BaseCommand):
    """Make documents due that have not been read, or all."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="every document, also those that have been read")

    def handle(self, *args: Any, **options: Any) -> None:
        due = reading.read_again(everything=options["all"])
        self.stdout.write(f"{due} documents are read by the worker.")
