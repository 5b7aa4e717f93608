"""`manage.py worker`: what happens in the background, and by the clock."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core import memory
from core.worker import Loop, clock, work


class Command(BaseCommand):
    """Run consequences of events, queued tasks, the search index and timed jobs until stopped."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="Do what is waiting, then end.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            clock()
            self.stdout.write(f"{work(once=True)} done.")
            return
        memory.share()
        Loop().run()
