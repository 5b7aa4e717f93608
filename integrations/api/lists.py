"""My lists of people: nobody else's, and nobody in them is told."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from ninja import Router

from core.requests import Request
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import ListIn, ListOut, Lists
from people import actions
from people.models import Contact, ContactList, User

router = Router(tags=["contacts"])


@router.get("/me/lists", response=Lists, summary="My lists of people, with everyone in them; the favourites first")
def lists(request: Request) -> dict[str, Any]:
    return {"items": _shaped(request, ContactList.objects.filter(owner=request.user).order_by("name", "pk"))}


@router.post("/me/lists", response={201: ListOut}, summary="Begin a list")
@once
def make(request: Request, payload: ListIn) -> tuple[int, Any]:
    made = actions.make_list(owner=request.user, name=payload.name)
    return 201, _shaped(request, ContactList.objects.filter(pk=made.pk))[0]


@router.patch("/me/lists/{list_id}", response=ListOut, summary="Call a list otherwise")
@once
def rename(request: Request, list_id: str, payload: ListIn) -> tuple[int, Any]:
    made = actions.rename_list(contacts=_mine(request, list_id), by=request.user, name=payload.name)
    return 200, _shaped(request, ContactList.objects.filter(pk=made.pk))[0]


@router.delete("/me/lists/{list_id}", response={204: None}, summary="Throw a list away")
@once
def delete(request: Request, list_id: str) -> tuple[int, Any]:
    actions.delete_list(contacts=_mine(request, list_id), by=request.user)
    return 204, None


@router.put("/me/lists/{list_id}/people/{public_id}", response={204: None}, summary="Put someone into a list")
@once
def add(request: Request, list_id: str, public_id: str) -> tuple[int, Any]:
    """`favourites` names the list that everyone has."""
    chosen = None if list_id == "favourites" else _mine(request, list_id)
    actions.add_contact(owner=request.user, person=_person(request, public_id), contacts=chosen)
    return 204, None


@router.delete("/me/lists/{list_id}/people/{public_id}", response={204: None}, summary="Take someone out of a list")
@once
def remove(request: Request, list_id: str, public_id: str) -> tuple[int, Any]:
    actions.remove_contact(contacts=_mine(request, list_id), person=_person(request, public_id), by=request.user)
    return 204, None


def _mine(request: Request, list_id: str) -> ContactList:
    rows = ContactList.objects.filter(owner=request.user)
    return get_object_or_404(rows, name="") if list_id == "favourites" else get_object_or_404(rows, public_id=list_id)


def _person(request: Request, public_id: str) -> User:
    """The person if I may see them; the same 404 as for an id that was never used if not."""
    return get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)


def _shaped(request: Request, rows: QuerySet) -> list[dict[str, Any]]:
    visible = User.objects.visible_to(request.user).values("pk")
    inside: dict[int, list[Any]] = defaultdict(list)
    contacts = Contact.objects.filter(list__in=rows, person__in=visible).select_related("person")
    for one in contacts.order_by("person__folded", "pk"):
        inside[one.list_id].append(shape.named(one.person))
    return [{"id": row.public_id, "name": row.name or None, "people": inside[row.pk]} for row in rows]
