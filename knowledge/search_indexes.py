"""How articles are found."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from knowledge.models import Article
from search.indexes import Answer, Card, ContentIndex


class ArticleIndex(ContentIndex):
    """Articles by title, summary and text; only what is published, and no earlier version of it."""

    model = Article
    names = {"article": _("Knowledge")}
    tags = {"article": _("Knowledge")}
    rank = 20
    author_field = "owner_id"
    group_field = "audience__group_audience__group_id"
    created_field = "first_published_at"
    related = ("owner", "audience__group_audience__group")
    source_fields = ("title", "abstract", "body")

    def index_queryset(self, using: str | None = None) -> QuerySet:
        """What is published and not hidden."""
        return super().index_queryset(using).filter(live=True, withheld_at=None)

    def group_of(self, row: Any) -> int | None:
        """The group whose members read it."""
        return row.group_id

    def title(self, row: Any) -> str:
        """Its title."""
        return row.title

    def body(self, row: Any) -> str:
        """Summary and text, without the title."""
        return row.search_text().removeprefix(row.title).strip()

    def card(self, row: Any) -> Card:
        """A page with a summary answers by it."""
        card = super().card(row)
        return card._replace(answer=row.pk if row.abstract else 0, lead=row.abstract)

    def answer(self, user: Any, card: Card) -> Answer | None:
        """The summary of the page."""
        return Answer(card.pk, card.lead, card.url, _("Open the page"), listed=True)
