"""Groups that someone might like to come into."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from groups.models import Group, Membership
from groups.permissions import load
from people.models import Follow, User

#: How many are suggested.
SUGGESTED = 4


def suggested(person: Any) -> list[Group]:
    """Groups that one could come into and is not in, with the most of those whom one follows or works with.

    Each has `known`: how many. Security door: only of groups whose members every employee may see; a guest has none.
    """
    if person.is_guest:
        return []
    near = Q(person__in=Follow.objects.filter(follower=person).values("followed"))
    if person.department:
        near |= Q(
            person__in=User.objects.visible_to(person)
            .employees()
            .filter(department=person.department)
            .exclude(pk=person.pk)
        )
    inside = Membership.objects.filter(group=OuterRef("pk")).filter(near).order_by().values("group")
    rows = (
        Group.objects.visible_to(person)
        .live()
        .exclude(privacy=Group.Privacy.SECRET)
        .exclude(join=Group.Join.INVITE)
        .exclude(memberships__person=person)
        .annotate(known=Coalesce(Subquery(inside.annotate(n=Count("pk")).values("n")), 0))
        .filter(known__gt=0)
        .order_by("-known", "-member_count", "pk")
    )
    return load(person, rows[:SUGGESTED])
