"""Small things that knowledge's templates need."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.filter
def of_audience(groups: dict[int, Any], audience_id: int | None) -> Any:
    """The group of an audience among those the reader may know of; None where they may not."""
    return groups.get(audience_id) if audience_id is not None else None
