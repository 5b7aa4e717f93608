"""How groups are found."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from groups.models import Group
from search.indexes import ContentIndex


class GroupIndex(ContentIndex):
    """Groups: by everyone, or (secret ones) by their members."""

    model = Group
    names = {"group": _("Groups")}
    tags = {"group": _("Group")}
    rank = 45
    author_field = None
    group_field = None
    source_fields = ("name", "description")
    operator = "group"
    name_fields = ("name",)
    suggested = True

    def title(self, row: Any) -> str:
        """The name."""
        return row.name

    def body(self, row: Any) -> str:
        """What it is for."""
        return row.description

    def place(self, row: Any) -> str:
        """How many are in it."""
        return ngettext("%(n)s member", "%(n)s members", row.member_count) % {"n": row.member_count}
