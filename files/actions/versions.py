"""New versions of a file: it keeps its address and its place, the earlier content is kept under it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from files import actions, events, quotas, texts
from files.errors import NotAllowed, Refused, TooMany, within
from files.models import File, FileText
from files.permissions import may


def replace(*, file: File, by: Any, stream: Any = None, name: str = "", sent: str = "") -> File:
    """Give a file new content; what it held is kept as an earlier version.

    Args:
        file: an attached file that `by` sees.
        by: who sends it; the sender of the file, and nobody else.
        stream, name: as in `upload`.
        sent: instead of these, the id of a file of theirs that was sent before (in parts) and hangs on nothing.

    Returns:
        The file with its new content.

    Raises:
        Refused: it is another's, of another family, or one of the reasons of `upload`.
    """
    _mine(file, by)
    within(limits.FILE_VERSIONS, file.version + 1, TooMany)
    fresh = _loose(sent, by) if sent else actions.upload(by=by, stream=stream, name=name)
    try:
        with transaction.atomic():
            head = _mine(file, by)
            sent_row = File.objects.select_for_update().get(pk=fresh.pk)
            if sent_row.family != head.family:
                raise NotAllowed(
                    _("A new version must be of the same kind: %(kind)s.") % {"kind": head.family_label}, code="family"
                )
            if sent_row.sha256 and sent_row.sha256 == head.sha256:
                raise Refused(_("This is the version that is there already."), code="same", status=409)
            quotas.room_in(head.audience, sent_row.size)
            _change_places(head, sent_row)
            record(events.REPLACED, actor=by, target=head, id=head.public_id, version=head.version)
            return head
    except Refused:
        File.objects.filter(pk=fresh.pk, state=File.State.LOOSE).first().delete()  # type: ignore[union-attr]
        raise


def _loose(public_id: str, by: Any) -> File:
    """A file that `by` has sent and that hangs on nothing.

    Raises:
        NotYours: it is another's, unknown, attached, or cannot be given to anyone.
    """
    rows = File.objects.visible_to(by).filter(owner=by, state=File.State.LOOSE, refused="")
    found = rows.exclude(scan=File.Scan.INFECTED).filter(public_id=public_id if public_id.isalnum() else "-").first()
    if found is None:
        raise actions.not_yours()
    return found


def take_back(*, file: File) -> None:
    """The new version could not be read: the one before is there again, and the new one is gone.

    Args:
        file: a row that was refused, under a lock; one without an earlier version stays as it is.
    """
    before = File.objects.select_for_update().filter(newer=file).exclude(state=File.State.REMOVED)
    last = before.order_by("-version").first()
    if last is None:
        return
    for name in actions.CONTENT:
        kept = getattr(file, name)
        setattr(file, name, getattr(last, name))
        setattr(last, name, kept)
    file.version, file.created_at = last.version, last.created_at
    # Its words come anew: only the newest has some.
    file.text_due, file.text_tries = texts.is_readable(file.content_type), 0
    file.save()
    last.save()
    actions.remove_one(file=last, by=None)
    record(events.REPLACED, actor=None, target=file, id=file.public_id, version=file.version)


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
    sent.raw_tries = head.raw_tries = 0
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
