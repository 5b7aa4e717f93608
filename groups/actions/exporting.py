"""A copy of a group for its owner: who may have it, and a link to it that ends."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from core.events import record
from core.refusal import Refused
from groups.models import Group
from groups.permissions import may
from people.models import User

#: How long a link to a copy can be used.
LASTS = timedelta(hours=24)

_SALT = "groups.export"


@transaction.atomic
def allow_export(*, group: Group, by: User) -> str:
    """Make a link with which `by` alone fetches a copy of what they see of a group; that they did is in the log.

    Returns:
        The secret in the address.

    Raises:
        Refused: neither an owner, nor an administrator who reads it.
    """
    if not may(by, group).export:
        raise Refused(_("Only an owner of the group can take a copy of it."))
    record("groups.group.exported", actor=by, target=group, quiet=True)
    return signing.dumps([group.public_id, by.public_id], salt=_SALT)


def open_export(*, token: str, person: User) -> Group | None:
    """The group behind a link, if this person may still have a copy of it; None whatever else is the matter.

    Security door: a link is worth nothing to anyone else, after a day, and once they own the group no more.
    """
    try:
        group_id, person_id = signing.loads(token, salt=_SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if person_id != person.public_id:
        return None
    group = Group.objects.visible_to(person).filter(public_id=group_id).first()
    return group if group is not None and may(person, group).export else None
