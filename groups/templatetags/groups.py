"""What other rooms' screens show of groups; each begins at `visible_to` the reader."""

from __future__ import annotations

from typing import Any

from django import template

from groups.models import Group

register = template.Library()

#: Groups shown on someone's page.
SHOWN = 20


@register.simple_tag(takes_context=True)
def groups_of(context: template.Context, person: Any) -> list[Group]:
    """The groups of a person that the reader may know of."""
    reader = context["request"].user
    return list(Group.objects.visible_to(reader).live().joined_by(person).order_by("folded", "pk")[:SHOWN])
