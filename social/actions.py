"""Acts on the network as a whole."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.audience import everyone
from core.events import record
from core.refusal import Refused
from files import actions as files
from social import audit, events
from social.models import SiteSettings


def change_settings(*, by: Any, logo: Any = None, without_logo: bool = False, **choices: Any) -> SiteSettings:
    """Change what administrators chose.

    Args:
        by: the administrator.
        logo: an open upload to put in the place of the logo.
        without_logo: take the logo away.
        choices: fields of `SiteSettings`.

    Raises:
        Refused: not an administrator.
        ValidationError: a choice that cannot be.
        files.errors.Refused: the logo is no picture, or too large.
    """
    if not (by.is_active and by.is_admin):
        raise Refused(_("Only administrators change the settings of the network."))
    with transaction.atomic():
        row = SiteSettings.load()
        before = {name: getattr(row, name) for name in choices}
        for name, value in choices.items():
            setattr(row, name, value)
        row.full_clean(exclude=["logo"])
        # As it is kept: a browser ends lines in a way of its own.
        changed = sorted(name for name, value in before.items() if getattr(row, name) != value)
        row.save()
    # The picture is decoded outside of a transaction, so that nobody waits for it.
    made = files.picture(of=row, by=by, stream=logo, audience=everyone()) if logo is not None else None
    with transaction.atomic():
        if without_logo and row.logo_id and made is None:
            files.remove(of=row, by=by)
        if made is not None or without_logo:
            row.logo = made
            row.save()
            changed.append("logo")
        if changed:
            record(events.SETTINGS_CHANGED, actor=by, target=row, fields=changed)
    return row


def take_audit(*, by: Any, **narrowed: Any) -> QuerySet:
    """The events of an export; that it was taken is itself in the log.

    Raises:
        Refused: not an administrator.
    """
    if not (by.is_active and by.is_admin):
        raise Refused(_("Only administrators read the audit log."))
    found = audit.rows(**narrowed)
    record(events.AUDIT_EXPORTED, actor=by, rows=min(found.count(), audit.MOST))
    return found[: audit.MOST]
