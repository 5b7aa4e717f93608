"""`manage.py scan_files`: have files scanned for viruses again; the worker does it."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from files import scanner
from files.actions import scans


class Command(BaseCommand):
    """Make files due for the virus scanner: those scanned with other signatures, or all."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="every file, also those that the present signatures have seen"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not scanner.configured():
            raise CommandError("There is no virus scanner. Set KRING_CLAMD first.")
        try:
            due = scans.rescan(everything=options["all"])
        except scanner.Unreachable as error:
            raise CommandError("The virus scanner does not answer.") from error
        self.stdout.write(f"{due} files are scanned again by the worker.")
