"""My groups, as the frame of every page and the composer need them: read once a request, in one query."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import F
from django.db.models.functions import Lower

from core.prepared import Prepared
from groups.models import Membership


class Mine(NamedTuple):
    """A group that someone is in."""

    group_id: int
    role: str
    public_id: str
    name: str
    privacy: str
    member_count: int
    archived_at: datetime | None
    posting: str
    #: Public id of its picture's file, or empty.
    picture: str
    #: What was last said in it, and how far they have read.
    seq: int
    read_seq: int


_MINE = Prepared(
    lambda user: (
        Membership.objects.filter(person_id=user.pk, group__deleted_at=None)
        .filter(group__audience__access__person=user.pk)
        .order_by(Lower("group__name"), "group_id")
        .annotate(seq=F("group__audience__seq"), read_seq=F("group__audience__access__read_seq"))
        .values_list(
            "group_id",
            "role",
            "group__public_id",
            "group__name",
            "group__privacy",
            "group__member_count",
            "group__archived_at",
            "group__posting",
            "group__picture",
            "seq",
            "read_seq",
        )
    ),
    Mine,
)


def groups_of(person: Any) -> list[Mine]:
    """Someone's groups by name, each with their role in it: one query."""
    return _MINE.rows(user=person)


def of_request(request: Any) -> list[Mine]:
    """The groups of who asks, for all parts of a page that only shows: the first asks, the others read."""
    found: list[Mine] | None = request.__dict__.get("_groups_of_mine")
    if found is None:
        found = request._groups_of_mine = groups_of(request.user)
    return found
