"""Who may do what with files, beyond seeing them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from files.models import File


def quarantine_of(user: Any) -> QuerySet[File]:
    """The files with a virus that `user` looks after: an administrator's are all, everyone else's none.

    Security door: an administrator learns who sent one, when, and which virus; never its name or where it hangs.
    """
    if not (user.is_authenticated and user.is_active and user.is_admin):
        return File.objects.none()
    return File.objects.quarantined()
