"""`manage.py import_network {yammer,slack} PATH [--dry-run] [--members CSV]`: move in with an export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from core import limits
from core.refusal import Refused
from files.archives import open_checked
from integrations.moving import slack, yammer
from integrations.moving.records import NotAnExport
from integrations.moving.tables import rows
from integrations.moving.write import write

READERS = {"yammer": yammer.read, "slack": slack.read}


class Command(BaseCommand):
    """Read the export of another network into this one. Nobody is notified; a second run adds nothing."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", choices=sorted(READERS))
        parser.add_argument("path", type=Path, help="The ZIP as the other network gave it.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be written and write nothing.")
        parser.add_argument(
            "--members",
            type=Path,
            metavar="CSV",
            help="Memberships the export lacks: columns email (or person), group, role.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        memberships = self.memberships(options["members"]) if options["members"] else []
        try:
            limits.check(limits.IMPORT_BYTES, options["path"].stat().st_size)
            archive = open_checked(
                options["path"], entries=limits.IMPORT_ENTRIES, unpacked=limits.IMPORT_UNPACKED_BYTES, nested=False
            )
        except OSError as error:
            raise CommandError(f"{options['path']} cannot be read: {error.strerror}") from error
        except (Refused, ValidationError) as error:
            message = error.message if isinstance(error, Refused) else " ".join(error.messages)
            raise CommandError(f"{options['path']}: {message}") from error
        with archive:
            try:
                export = READERS[options["source"]](archive)
            except NotAnExport as error:
                raise CommandError(f"{options['path']}: {error}") from error
            bar = tqdm(total=export.outline.total, unit=" messages", file=self.stderr, disable=not sys.stderr.isatty())
            with bar:
                outcome = write(
                    export, memberships=memberships, dry_run=options["dry_run"], progress=lambda done: bar.update(done)
                )
        for trouble in outcome.troubles:
            self.stderr.write(f"left out: {trouble}")
        self.stdout.write("Would write:" if options["dry_run"] else "Written:")
        for what, count in sorted(outcome.counts.items()):
            if count:
                self.stdout.write(f"  {count:>8,} {what}")
        if outcome.troubles:
            self.stdout.write(f"  {len(outcome.troubles):>8,} left out (named above)")
        if not options["dry_run"]:
            self.stdout.write("The index follows: the worker adds what came, or run `manage.py search_rebuild`.")

    def memberships(self, path: Path) -> list[tuple[str, str, str]]:
        """(person, place, role) of each line of a CSV file."""
        try:
            with path.open("rb") as stream:
                found = [row for _line, row in rows(stream, path.name, None)]
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}") from error
        if found and not {"group"} <= set(found[0]):
            raise CommandError(f"{path} needs the columns email and group.")
        return [(row.get("email") or row.get("person", ""), row["group"], row.get("role", "")) for row in found]
