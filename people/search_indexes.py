"""How people are found."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.prepared import Prepared
from core.richtext import text_of
from people.models import Claim, ProfileValue, User
from search.indexes import Card, ContentIndex

_SKILLS = Prepared(
    lambda keys: Claim.objects.filter(person__in=keys).order_by("pk").values_list("person_id", "skill__name")
)
# What only administrators see is not to be found by others.
_VALUES = Prepared(
    lambda keys: (
        ProfileValue.objects.filter(person__in=keys)
        .exclude(field__seen="admins")
        .order_by("pk")
        .values_list("person_id", "text")
    )
)


def _also(keys: list[int]) -> dict[int, tuple[list[str], list[str]]]:
    """The names of people's skills, and what stands in their fields."""
    found: dict[int, tuple[list[str], list[str]]] = {key: ([], []) for key in keys}
    for at, statement in enumerate((_SKILLS, _VALUES)):
        for person, text in statement.rows(keys=keys):
            found[person][at].append(text)
    return found


class PersonIndex(ContentIndex):
    """People who are here."""

    model = User
    names = {"person": _("People")}
    tags = {"person": _("Person")}
    rank = 40
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

    def together(self, rows: list[Any]) -> list[Any]:
        """With their skills and the fields of their profiles."""
        also = _also([row.pk for row in rows])
        for row in rows:
            row.also_found_by = also[row.pk]
        return rows

    def title(self, row: Any) -> str:
        """The name."""
        return row.name

    def body(self, row: Any) -> str:
        """Handle, title, department, place, and what they say about themselves."""
        bio = "" if row.profile_hidden else text_of(row.bio_html)
        skills, more = row.__dict__.get("also_found_by") or _also([row.pk])[row.pk]
        parts = (row.handle, row.job_title, row.department, row.location, ", ".join(skills), "\n".join(more), bio)
        return "\n".join(part for part in parts if part)

    def card(self, row: Any) -> Card:
        """Skills, fields and what they say about themselves; the rest stands in its line below."""
        skills, more = row.__dict__.get("also_found_by") or _also([row.pk])[row.pk]
        bio = "" if row.profile_hidden else text_of(row.bio_html)
        return super().card(row)._replace(body="\n".join(part for part in (", ".join(skills), *more, bio) if part))

    def suggestable(self, rows: QuerySet) -> QuerySet:
        """Only those who are here."""
        return rows.filter(is_active=True)

    def language(self, row: Any) -> str:
        """The language they read."""
        return row.language

    def place(self, row: Any) -> str:
        """What they do, and where."""
        return row.what_and_where
