"""`manage.py create_person EMAIL --name NAME [--admin] [--password P]`: a member, from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from core.refusal import Refused
from people import actions


class Command(BaseCommand):
    """Make a person with a confirmed address."""

    help = "Make a person. Without --password they come in by a code or a link that is sent to their address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The address, the name, and what they may do."""
        parser.add_argument("email", help="where they sign in and get mail")
        parser.add_argument("--name", required=True, help="as they want to be called")
        parser.add_argument("--password", help="at least 10 characters; none by default")
        parser.add_argument("--admin", action="store_true", help="manages people, groups and settings")
        parser.add_argument("--moderator", action="store_true", help="decides about reports")
        parser.add_argument("--editor", action="store_true", help="writes knowledge pages")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them, or say what is wrong.

        Raises:
            CommandError: the address is taken, or something is not as it should be.
        """
        try:
            if options["password"]:
                validate_password(options["password"])
            person = actions.create_person(
                email=options["email"],
                name=options["name"],
                password=options["password"],
                is_admin=options["admin"],
                is_moderator=options["moderator"],
                is_editor=options["editor"],
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except Refused as error:
            raise CommandError(error.message) from error
        self.stdout.write(self.style.SUCCESS(f"{person.name} <{person.email}> is here, as @{person.handle}."))
