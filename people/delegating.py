"""Who may post in whose name now: the one place where it is asked.

A delegation holds while neither has left, is a guest or is suspended, and its last day has not passed. Each post,
answer and edit asks anew; whether both may write in the place itself is the feed's to say.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from people.models import Delegation, User


def holding() -> QuerySet[Delegation]:
    """The delegations that hold at this moment."""
    now = timezone.now()
    today = timezone.localdate(now, timezone=timezone.get_default_timezone())
    rows = Delegation.objects.filter(Q(until=None) | Q(until__gte=today))
    for side in ("person", "delegate"):
        free = Q(**{f"{side}__suspended_until": None}) | Q(**{f"{side}__suspended_until__lte": now})
        rows = rows.filter(free, **{f"{side}__is_active": True, f"{side}__is_guest": False})
    return rows


def may_delegate(person: Any) -> bool:
    """Whether letting others post for one, and posting for others, is for them at all: employees who may write."""
    return bool(person.may_write and not person.is_guest)


def spoken_for(writer: Any) -> list[User]:
    """The people in whose name `writer` may post now, by name. No query for the many who post for nobody."""
    if not writer.has_delegators:
        return []
    rows = holding().filter(delegate_id=writer.pk).select_related("person").order_by("person__folded", "person_id")
    return [row.person for row in rows]


def speaks_for(writer: Any, person: Any) -> bool:
    """Whether `writer` may post in the name of `person` now."""
    return holding().filter(delegate_id=writer.pk, person_id=person.pk).exists()
