"""Who is in which audience: the predicate that every surface starts from, and the same read backwards.

Both are read off two tables, `Audience` and `Access`, in plain subqueries: nothing is copied into a cache, so
that removing a person is effective in the very next answer, in every process.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from core.prepared import Prepared


def readable(user: Any) -> Q:
    """The audiences of `user` as a predicate over `audience` and `history_at`.

    An employee reads open audiences and their own; a guest only the audiences they were added to. An access
    with `since` reaches only what began at or after that moment.

    Security door: every `visible_to` ends here. Subqueries, not joins, so no row is counted twice.
    """
    access = apps.get_model("core", "Access")
    own = access.objects.filter(person_id=user.pk)
    later = Exists(own.filter(audience=OuterRef("audience"), since__lte=OuterRef("history_at")))
    reach = Q(audience__in=own.filter(since=None).values("audience")) | Q(later)
    if user.is_guest:
        return reach
    audience = apps.get_model("core", "Audience")
    return Q(audience__in=audience.objects.filter(open=True).values("pk")) | reach


def readable_ids(user: Any) -> tuple[frozenset[int], dict[int, Any]]:
    """The same rule as ids, for callers that cannot use SQL (the search engine, the live hub).

    Returns:
        The ids of audiences that are readable whole, and the limited ones with the moment from which.
    """
    if not (user.is_authenticated and user.is_active):
        return frozenset(), {}
    whole, limited = set(), {}
    for audience, since in _ACCESSES.rows(user=user):
        if since is None:
            whole.add(audience)
        else:
            limited[audience] = since
    if not user.is_guest:
        whole.update(pk for (pk,) in _OPEN.rows())
    return frozenset(whole), {pk: since for pk, since in limited.items() if pk not in whole}


_ACCESSES = Prepared(
    lambda user: apps.get_model("core", "Access").objects.filter(person_id=user.pk).values_list("audience_id", "since")
)
_OPEN = Prepared(lambda: apps.get_model("core", "Audience").objects.filter(open=True).values_list("pk"))


def readers_of(audience: Any, history_at: Any = None) -> QuerySet:
    """The active people who may see what is said to `audience` in a thread begun at `history_at`."""
    if audience is None:
        return get_user_model()._default_manager.none()
    return _readers(audience.pk, audience.open, history_at)


def readers_among(audience: Any, history_at: Any, keys: Collection[int]) -> set[int]:
    """Those of some people (up to 500) who are among `readers_of`: the same rule, by a kept question."""
    if audience is None:
        return set()
    given = {"audience": audience.pk, "keys": list(keys)}
    if history_at is not None:
        given["history_at"] = history_at
    return {key for (key,) in _AMONG[bool(audience.open)].rows(**given)}


def _readers(audience: int, open_: bool, history_at: Any = None, *, each: bool = False) -> QuerySet:
    """`each`: asked of each of a few people, not of all who are in the audience."""
    people = get_user_model()._default_manager.filter(is_active=True)
    access = apps.get_model("core", "Access").objects.filter(audience=audience)
    reach = Q(since=None)
    if history_at is not None:
        reach |= Q(since__lte=history_at)
    inside = access.filter(reach)
    readers = Q(Exists(inside.filter(person=OuterRef("pk")))) if each else Q(pk__in=inside.values("person"))
    if open_:
        readers |= Q(is_guest=False)
    return people.filter(readers)


def _among(open_: bool) -> Prepared:
    return Prepared(
        lambda audience, keys, history_at=None: (
            _readers(audience, open_, history_at, each=True).filter(pk__in=keys).values_list("pk")
        )
    )


_AMONG = {open_: _among(open_) for open_ in (True, False)}


def everyone() -> Any:
    """The audience of the whole company: every employee, never a guest."""
    audience = apps.get_model("core", "Audience")
    return _EVERYONE.instance() or audience.objects.get_or_create(kind="everyone", defaults={"open": True})[0]


_EVERYONE = Prepared(lambda: apps.get_model("core", "Audience").objects.filter(kind="everyone"))


def grant(*, audience: Any, person: Any, since: Any = None) -> Any:
    """Let `person` read `audience`; from `since` on, or all of it. What is there already counts as read."""
    access = apps.get_model("core", "Access")
    row, _created = access.objects.update_or_create(
        audience=audience,
        person=person,
        defaults={"since": since},
        create_defaults={"since": since, "read_seq": audience.seq},
    )
    return row


def revoke(*, audiences: Any, person: Any) -> int:
    """Take away every access of `person` to `audiences`; returns how many rows went."""
    return apps.get_model("core", "Access").objects.filter(audience__in=audiences, person=person).delete()[0]


def mark_read(*, audience_id: int, person: Any, seq: int | None = None) -> None:
    """Move the person's watermark of an audience forward, never back."""
    models = apps.get_model("core", "Audience"), apps.get_model("core", "Access")
    if seq is None:
        seq = models[0].objects.filter(pk=audience_id).values_list("seq", flat=True).first() or 0
    models[1].objects.filter(audience_id=audience_id, person=person, read_seq__lt=seq).update(
        read_seq=seq, read_at=timezone.now()
    )
