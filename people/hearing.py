"""Who wants to hear nothing of whom: the one place where it is asked.

Notices, cards, the list of who reacted, completion and whatever comes (messages, presence) ask here. The person of whom
nothing is wanted is never told: for them every page looks as it did.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from core.prepared import Prepared
from people.models import Silence


def unheard_by(person: Any) -> frozenset[int]:
    """Keys of the people of whom `person` wants to hear nothing. No query for the many who hear everyone."""
    if not person.has_silenced:
        return frozenset()
    return frozenset(Silence.objects.filter(person=person).values_list("of_id", flat=True))


def blocked_by(person: Any) -> frozenset[int]:
    """Keys of the people whom `person` has blocked."""
    if not person.has_silenced:
        return frozenset()
    return frozenset(Silence.objects.filter(person=person, level=Silence.Level.BLOCK).values_list("of_id", flat=True))


def closed_to(people: Iterable[int]) -> frozenset[int]:
    """Keys of those who want to hear nothing of any of these people: what they do is not told."""
    return frozenset(person for (person,) in _CLOSED.rows(people=list(people)))


_CLOSED = Prepared(lambda people: Silence.objects.filter(of__in=people).values_list("person_id"))


def may_reach(sender: Any, recipient: Any) -> bool:
    """Whether `sender` may write to `recipient` alone, or see whether they are here: neither has blocked the other."""
    pair = Q(person_id=recipient.pk, of_id=sender.pk) | Q(person_id=sender.pk, of_id=recipient.pk)
    return not Silence.objects.filter(pair, level=Silence.Level.BLOCK).exists()
