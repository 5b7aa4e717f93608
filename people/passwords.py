"""What we ask of a password besides what Django asks."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import limits


class Sensible:
    """Neither nothing but spaces, nor so long that hashing it becomes a way to keep the server busy."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse such a password.

        Raises:
            ValidationError: saying which it is.
        """
        limits.check(limits.PASSWORD_CHARS, password)
        if not password.strip():
            raise ValidationError(_("A password needs more than spaces."), code="password_blank")

    def get_help_text(self) -> str:
        """For forms that list the rules."""
        return _("A password needs more than spaces.")
