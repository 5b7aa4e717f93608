"""The live hub's tail of notices: "your bell has something new"."""

from __future__ import annotations

from core import live
from inbox.models import Notice


def _notices(position: int | None) -> tuple[int, list[live.Frame]]:
    rows = Notice.objects.order_by("event_id")
    if position is None:
        return rows.exclude(event=None).values_list("event_id", flat=True).last() or 0, []
    people: set[str] = set()
    found = rows.filter(event_id__gt=position).values_list("event_id", "recipient__public_id")[:5000]
    for event, person in found:
        position = max(position, event)
        people.add(person)
    return position, [(f"person-{person}", "inbox.notice.delivered", "", "") for person in people]


live.tail("notices", _notices)
