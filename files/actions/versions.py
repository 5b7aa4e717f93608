"""New versions of a file: it keeps its address and its place, the earlier content is kept under it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from files import actions, events, quotas
from files.errors import NotAllowed, Refused, TooMany, within
from files.models import File, FileText
from files.permissions import may


def replace(*, file: File, by: Any, stream: Any, name: str) -> File:
    """Give a file new content; what it held is kept as an earlier version.

    Args:
        file: an attached file that `by` sees.
        by: who sends it; the sender of the file, and nobody else.
        stream, name: as in `upload`.

    Returns:
        The file with its new content.

    Raises:
        Refused: it is another's, of another family, or one of the reasons of `upload`.
    """
    _mine(file, by)
    within(limits.FILE_VERSIONS, file.version + 1, TooMany)
    fresh = actions.upload(by=by, stream=stream, name=name)
    try:
        with transaction.atomic():
            head = _mine(file, by)
            sent = File.objects.select_for_update().get(pk=fresh.pk)
            if sent.family != head.family:
                raise NotAllowed(
                    _("A new version must be of the same kind: %(kind)s.") % {"kind": head.family_label}, code="family"
                )
            if sent.sha256 == head.sha256:
                raise Refused(_("This is the version that is there already."), code="same", status=409)
            quotas.room_in(head.audience, sent.size)
            _change_places(head, sent)
            record(events.REPLACED, actor=by, target=head, id=head.public_id, version=head.version)
            return head
    except Refused:
        File.objects.filter(pk=fresh.pk, state=File.State.LOOSE).first().delete()  # type: ignore[union-attr]
        raise


def _change_places(head: File, sent: File) -> None:
    """The new content goes under the old address, the old content into the new row, which hangs beside it unseen."""
    kept = {name: getattr(head, name) for name in actions.CONTENT}
    for name in actions.CONTENT:
        setattr(head, name, getattr(sent, name))
        setattr(sent, name, kept[name])
    # The words for a picture are about what it shows, and that is seldom another thing.
    head.alt = head.alt or kept["alt"]
    sent.newer, sent.version = head, head.version
    head.version += 1
    sent.created_at, head.created_at = head.created_at, timezone.now()
    same = ("audience", "history_at", "state", "hidden", "on_kind", "on_pk", "place")
    for name in same:
        setattr(sent, name, getattr(head, name))
    # Only the newest is found; its words come anew.
    FileText.objects.filter(file__in=(head.pk, sent.pk)).delete()
    sent.text_due, sent.text_tries, head.text_tries = False, 0, 0
    sent.scan_tries = head.scan_tries = 0
    sent.save()
    head.save()


def _mine(file: File, by: Any) -> File:
    """The row under a lock, if `by` may replace it.

    Raises:
        Refused: they may not.
    """
    with transaction.atomic():
        found = File.objects.visible_to(by).select_for_update().filter(pk=file.pk).first()
    if found is None or not may(by, found).replace:
        raise Refused(_("Only who sent a file gives it a new version."), status=403)
    return found
