"""Who is here now, for those who may see it: the one place where it is asked.

Security door: nobody is shown who does not want to be, nobody to those whom they have blocked or who have blocked them,
and nobody at all where the administrators show none. Whom one sees at all is asked before, of `visible_to`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import Case, QuerySet, Value, When
from django.utils import timezone

from core import site
from core.prepared import Prepared
from people.models import Silence, User

#: How long after their last sign of life people are shown to be here.
LATELY = timedelta(minutes=5)

Rows = TypeVar("Rows", bound=Iterable[Any])


def since() -> datetime | None:
    """Whoever gave a sign of life after this moment is here now; None where nobody is shown to be."""
    return timezone.now() - LATELY if site.current().shows_presence else None


def narrowed(people: QuerySet, *, user: Any, since: datetime) -> QuerySet:
    """Those of some people whom `user` may see to be here."""
    blocked = Silence.objects.filter(level=Silence.Level.BLOCK)
    return (
        people.filter(is_active=True, shows_presence=True, last_seen_at__gte=since)
        .exclude(pk__in=blocked.filter(of_id=user.pk).values("person_id"))
        .exclude(pk__in=blocked.filter(person_id=user.pk).values("of_id"))
    )


def marked(people: Rows, *, reader: Any) -> Rows:
    """The same people, with `here` set on those whom `reader` may see to be here: one query."""
    by_key = {one.pk: one for one in people}
    for key in keys_of(by_key, reader=reader):
        by_key[key].here = True
    return people


def keys_of(people: Iterable[int], *, reader: Any) -> frozenset[int]:
    """The keys of those of some people whom `reader` may see to be here."""
    moment = since()
    if moment is None:
        return frozenset()
    return frozenset(key for (key,) in _HERE.rows(user=reader, since=moment, keys=list(people)))


def first(rows: QuerySet, *, at: str, reader: Any) -> QuerySet:
    """Rows with `absent`: 0 where the person at `at` is shown to be here, else 1. To put those who are here first."""
    moment = since()
    if moment is None:
        return rows.annotate(absent=Value(1))
    here = narrowed(User.objects.all(), user=reader, since=moment).values("pk")
    return rows.annotate(absent=Case(When(**{f"{at}__in": here}, then=Value(0)), default=Value(1)))


_HERE = Prepared(
    lambda user, since, keys: narrowed(User.objects.filter(pk__in=keys), user=user, since=since).values_list("pk")
)
