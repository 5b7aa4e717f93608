"""How people are found."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from people.models import User
from search.indexes import ContentIndex


class PersonIndex(ContentIndex):
    """People who are here."""

    model = User
    names = {"person": _("People")}
    tags = {"person": _("Person")}
    rank = 20
    author_field = None
    group_field = None
    created_field = "date_joined"
    source_fields = ("name", "job_title", "department", "location", "bio")
    operator = "author"
    name_fields = ("name", "handle")
    suggested = True

    def index_queryset(self, using: str | None = None) -> QuerySet:
        """Nobody who has left, nobody who has not confirmed an address."""
        return super().index_queryset(using).filter(is_active=True)

    def title(self, row: Any) -> str:
        """The name."""
        return row.name

    def body(self, row: Any) -> str:
        """Handle, title, department, place, and what they say about themselves."""
        bio = "" if row.profile_hidden else row.bio
        return "\n".join(part for part in (row.handle, row.job_title, row.department, row.location, bio) if part)

    def suggestable(self, rows: QuerySet) -> QuerySet:
        """Only those who are here."""
        return rows.filter(is_active=True)

    def language(self, row: Any) -> str:
        """The language they read."""
        return row.language

    def place(self, row: Any) -> str:
        """What they do, and where."""
        return row.what_and_where
