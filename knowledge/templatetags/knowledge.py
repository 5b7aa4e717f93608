"""Small things that knowledge's templates need."""

from __future__ import annotations

from typing import Any

from django import template

from core.prepared import Prepared
from knowledge.models import Article

register = template.Library()


@register.filter
def of_audience(groups: dict[int, Any], audience_id: int | None) -> Any:
    """The group of an audience among those the reader may know of; None where they may not."""
    return groups.get(audience_id) if audience_id is not None else None


_NEWEST = Prepared(
    lambda user: (
        Article.objects.visible_to(user).order_by("-last_published_at", "-pk").values_list("title", "url_path")[:3]
    )
)


@register.inclusion_tag("knowledge/_newest.html", takes_context=True)
def newest_pages(context: template.Context) -> dict[str, Any]:
    """The pages published last that the reader may see, as a panel for other rooms' screens: one query."""
    return {"pages": _NEWEST.rows(user=context["request"].user)}
