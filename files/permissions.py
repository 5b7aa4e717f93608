"""Who may do what with files, beyond seeing them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from core.prepared import Prepared
from files.models import File
from files.registry import may_change


def file_of(user: Any, public_id: str) -> File:
    """The file with an id, with who sent it, if `user` may see it. Each picture of a page asks for itself here.

    Raises:
        Http404: there is none, or none for them.
    """
    file = _FOUND.instance(user=user, public_id=public_id)
    if file is None:
        raise Http404
    return file


_FOUND = Prepared(
    lambda user, public_id: File.objects.visible_to(user).filter(public_id=public_id).select_related("owner")
)


def quarantine_of(user: Any) -> QuerySet[File]:
    """The files with a virus that `user` looks after: an administrator's are all, everyone else's none.

    Security door: an administrator learns who sent one, when, and which virus; never its name or where it hangs.
    """
    if not (user.is_authenticated and user.is_active and user.is_admin):
        return File.objects.none()
    return File.objects.quarantined()


@dataclass(frozen=True)
class May:
    """What one person may do with one file that they see."""

    # Say what a picture shows.
    describe: bool = False
    # Give a film or a sound captions.
    caption: bool = False
    # Give it a new version.
    replace: bool = False


def may(user: Any, file: File) -> May:
    """What `user` may do with a file that came from `visible_to(user)`: who sent it says what it shows and says."""
    mine = file.owner_id == user.pk and getattr(user, "may_write", True) and may_change(user, file)
    return May(
        describe=mine and file.family == "image",
        caption=mine and file.family in ("video", "audio") and file.state != File.State.REMOVED,
        replace=mine and file.state == File.State.ATTACHED and file.newer_id is None and not file.portrait,
    )
