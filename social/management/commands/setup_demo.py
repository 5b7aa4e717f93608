"""`manage.py setup_demo`: a company to look around in."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from people.models import User
from social.demo import telling


class Command(BaseCommand):
    """Fill an empty network with Van Houten NV, a company that does not exist; a second run changes nothing."""

    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        """Tell the story unless it was told, and say how to sign in."""
        if settings.PRODUCTION:
            raise CommandError("The demo has a password that everyone knows. It is not for a network in use.")
        if telling.is_told():
            self.stdout.write("Van Houten NV is here already; nothing was changed.")
        elif User.objects.exists():
            raise CommandError("This network has people of its own. The demo needs an empty one (KRING_DATA_DIR).")
        else:
            began = time.monotonic()
            self.stdout.write("Van Houten NV moves in, once.")
            logging.disable(logging.INFO)
            try:
                telling.tell(self._say)
            finally:
                logging.disable(logging.NOTSET)
            self.stdout.write(f"Ready after {time.monotonic() - began:.0f} seconds.")
        self._how_to_sign_in()

    def _say(self, line: str) -> None:
        self.stdout.write(f"  {line}")
        self.stdout.flush()

    def _how_to_sign_in(self) -> None:
        lines = ["", f"  {settings.BASE_URL}/", f"  password for all of them: {telling.PASSWORD}", ""]
        lines += [f"  {role:<14} {person.email:<38} {person.name}" for role, person in telling.logins()]
        self.stdout.write("\n".join([*lines, ""]))
