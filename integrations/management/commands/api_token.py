"""`manage.py api_token EMAIL [--read-only]`: print a new key to the API."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.actions import make_token
from people.models import User


class Command(BaseCommand):
    """Make a bearer token for a person and print it once."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--read-only", action="store_true", help="It cannot write.")
        parser.add_argument("--name", default="command line", help="What it is for.")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.active().filter(email__iexact=options["email"]).first()
        if person is None:
            raise CommandError(f"Nobody who can sign in has the address {options['email']}.")
        _row, token = make_token(person=person, name=options["name"], read_only=options["read_only"])
        self.stdout.write(token)
