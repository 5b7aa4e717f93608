"""Who may post for me, and for whom I may. Nobody else's can be asked for."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import Router

from core.requests import Request
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import DelegateIn, DelegateOut, Delegates
from people import actions
from people.delegating import holding
from people.models import Delegation, User

router = Router(tags=["delegates"])


@router.get("/me/delegates", response=Delegates, summary="Who may post for me")
def delegates(request: Request) -> dict[str, Any]:
    mine = Delegation.objects.filter(person=request.user).select_related("delegate").order_by("delegate__folded", "pk")
    return {"items": _shaped(mine, "delegate")}


@router.post("/me/delegates", response={201: DelegateOut}, summary="Let someone post for me, perhaps until a day")
@once
def let(request: Request, payload: DelegateIn) -> tuple[int, Any]:
    person = get_object_or_404(User.objects.visible_to(request.user), public_id=payload.person)
    made = actions.delegate(person=request.user, to=person, until=payload.until)
    return 201, _shaped(Delegation.objects.filter(pk=made.pk).select_related("delegate"), "delegate")[0]


@router.delete("/me/delegates/{public_id}", response={204: None}, summary="They post for me no longer")
@once
def take_back(request: Request, public_id: str) -> tuple[int, Any]:
    rows = Delegation.objects.filter(person=request.user).select_related("person")
    actions.withdraw(delegation=get_object_or_404(rows, delegate__public_id=public_id), by=request.user)
    return 204, None


@router.get("/me/delegators", response=Delegates, summary="For whom I may post")
def delegators(request: Request) -> dict[str, Any]:
    theirs = Delegation.objects.filter(delegate=request.user).select_related("person").order_by("person__folded", "pk")
    return {"items": _shaped(theirs, "person")}


@router.delete("/me/delegators/{public_id}", response={204: None}, summary="I post for them no longer")
@once
def give_back(request: Request, public_id: str) -> tuple[int, Any]:
    rows = Delegation.objects.filter(delegate=request.user).select_related("person")
    actions.withdraw(delegation=get_object_or_404(rows, person__public_id=public_id), by=request.user)
    return 204, None


def _shaped(rows: QuerySet[Delegation], other: str) -> list[dict[str, Any]]:
    found = list(rows)
    hold = set(holding().filter(pk__in=[row.pk for row in found]).values_list("pk", flat=True))
    return [{"person": shape.named(getattr(row, other)), "until": row.until, "holds": row.pk in hold} for row in found]
