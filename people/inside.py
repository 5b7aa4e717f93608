"""What stands behind a link to a person, for who may know them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.inside import Shown
from people.models import User


def shown(user: Any, names: list[str]) -> dict[str, Shown]:
    """People: their name and what they do."""
    found = User.objects.visible_to(user).filter(public_id__in=names)
    return {
        public_id: Shown(_("Person"), "person", name, "" if hidden else title)
        for public_id, name, title, hidden in found.values_list("public_id", "name", "job_title", "profile_hidden")
    }
