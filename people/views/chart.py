"""Who reports to whom: a tree that opens a branch at a time."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import paging
from core.requests import Request
from people.models import User
from people.views.skills import employees_only

#: People of one branch that are shown at once, and steps that one looks up.
BRANCH = 100
STEPS = 50


@require_safe
def chart(request: Request) -> HttpResponse:
    """The whole company from the top, or opened at one person (`?at=`): those above, and those who report to them."""
    employees_only(request)
    everyone = User.objects.visible_to(request.user).active()
    at = get_object_or_404(everyone, public_id=request.GET["at"]) if request.GET.get("at") else None
    if at is None:
        heads = list(_led(everyone, request.user).filter(manager=None, leads=True).order_by("folded", "pk")[:BRANCH])
        context: dict[str, Any] = {"branch": heads, "lost": _lost(everyone, request.user)}
        if len(heads) == 1:
            # With one person at the top, nobody has to open what everybody wants to see.
            context["open"] = _branch(request, heads[0])
    else:
        at.leads = everyone.filter(manager=at).exists()  # type: ignore[attr-defined]
        context = {"branch": [at], "above": managers_of(at, request.user), "at": at, "open": _branch(request, at)}
    return render(request, "people/chart.html", context)


@require_safe
def branch(request: Request, public_id: str) -> HttpResponse:
    """Those who report to one person, for the branch that is opened; without htmx the chart opened there."""
    employees_only(request)
    head = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    context = {"under": _branch(request, head), "head": head}
    if not request.headers.get("HX-Request"):
        return render(request, "people/branch.html", context)
    return render(request, "people/_branch.html", context)


def managers_of(person: User, reader: User) -> list[User]:
    """The people above someone, the highest first, as far as the reader may see them."""
    above: list[User] = []
    key = person.manager_id
    visible = User.objects.visible_to(reader)
    while key and len(above) < STEPS:
        manager = visible.filter(pk=key).first()
        if manager is None:
            break
        above.insert(0, manager)
        key = manager.manager_id
    return above


def _branch(request: Request, head: User) -> dict[str, Any]:
    rows = _led(User.objects.visible_to(request.user).active(), request.user).filter(manager=head)
    page = paging.page(rows, by=("folded", "pk"), cursor=request.GET.get("cursor"), size=BRANCH)
    return {"people": page.items, "next": page.next}


def _led(people: QuerySet, reader: User) -> QuerySet:
    """With `leads`: whether anyone reports to them."""
    return people.annotate(
        leads=Exists(User.objects.visible_to(reader).active().filter(manager=OuterRef("pk")).order_by())
    )


def _lost(people: QuerySet, reader: User) -> list[tuple[str, list[User]]]:
    """Those who are led by someone who is not here and so stand at no branch, by why that is."""
    led = _led(people, reader).filter(manager__is_active=False).select_related("manager").order_by("folded", "pk")
    lost: dict[str, list[User]] = {}
    for one in led[:BRANCH]:
        awaited = one.manager is not None and one.manager.is_awaited
        said = _("Led by someone who is not here yet") if awaited else _("Led by someone who has left")
        lost.setdefault(said, []).append(one)
    return list(lost.items())
