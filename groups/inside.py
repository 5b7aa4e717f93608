"""What stands behind a link to a group, for who may know of it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.inside import Shown
from core.text import one_line
from groups.models import Group


def shown(user: Any, names: list[str]) -> dict[str, Shown]:
    """Groups: their name and what they are for."""
    found = Group.objects.visible_to(user).filter(public_id__in=names).values_list("public_id", "name", "description")
    return {public_id: Shown(_("Group"), "groups", name, one_line(about, 160)) for public_id, name, about in found}
