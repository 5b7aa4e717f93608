"""Who may report, and who may decide."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, QuerySet

from core.content import Content, find
from core.prepared import Prepared
from moderation.models import Case


def may_report(person: Any, obj: Content) -> bool:
    """Anyone may report what they may see, but not themselves."""
    responsible = obj.responsible()
    return person.is_active and (responsible is None or responsible.pk != person.pk)


def looks_after_network(person: Any) -> bool:
    """Whether they are one of the network's moderators: administrators are."""
    return bool(person.is_authenticated and person.is_active and (person.is_moderator or person.is_admin))


def administrators() -> QuerySet:
    """Everyone who looks after the machine: they hear of viruses."""
    return get_user_model()._default_manager.filter(is_active=True, is_admin=True)


def may_open_queue(person: Any) -> bool:
    """Whether the queue is a page for this person: the network's moderators, and whoever looks after a place."""
    return looks_after_network(person) or (person.is_active and bool(_places(person)))


def queue_of(person: Any) -> QuerySet:
    """The cases this person may decide: the network's moderators all, a group's moderators their groups'.

    Security door: a case about a person is not shown to that person, moderator or not.
    """
    return _cases(person.pk) if looks_after_network(person) else _cases(person.pk, _places(person))


def open_cases(person: Any) -> int:
    """How many cases of `queue_of` wait: it stands on every page of whoever looks after something."""
    if looks_after_network(person):
        rows = _OPEN.rows(person=person.pk)
    else:
        rows = _OPEN_THERE.rows(person=person.pk, places=_places(person))
    return rows[0][0] if rows else 0


def _cases(person: int, places: Any = None) -> QuerySet:
    """The rule of `queue_of`, by the person's key: in these audiences, or everywhere."""
    cases = Case.objects.exclude(about=person)
    return cases if places is None else cases.filter(audience__in=places)


def _counted(cases: QuerySet) -> QuerySet:
    open_ = cases.filter(state=Case.State.OPEN).order_by()
    return open_.values("state").annotate(cases=Count("pk")).values_list("cases")


_OPEN = Prepared(lambda person: _counted(_cases(person)))
_OPEN_THERE = Prepared(lambda person, places: _counted(_cases(person, places)))


def may_decide(person: Any, case: Case) -> bool:
    """Asked again of the thing itself, whose `moderators()` knows who that is."""
    if not queue_of(person).filter(pk=case.pk).exists():
        return False
    obj = find(case.kind, case.object_pk)
    return obj is None or obj.moderators().filter(pk=person.pk).exists()


def may_suspend(person: Any, about: Any) -> bool:
    """Only the network's moderators suspend, and an administrator only by an administrator."""
    if about is None or about.pk == person.pk or not looks_after_network(person):
        return False
    return person.is_admin or not about.is_admin


#: Answers which audiences a person looks after; given by the room of groups when it is ready.
_audiences_led = None


def led_by(function: Any) -> None:
    """Register `function(person) -> ids of the audiences that the person looks after`."""
    global _audiences_led
    _audiences_led = function


def _places(person: Any) -> Any:
    return list(_audiences_led(person)) if _audiences_led else []
