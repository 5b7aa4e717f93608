"""Me, and the people I may see."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.shortcuts import get_object_or_404
from ninja import Router

from core import limits
from core.paging import page
from core.requests import Request
from core.text import clean
from integrations.api import shape
from integrations.schemas import People, PersonOut
from people.models import User

router = Router(tags=["people"])


@router.get("/me", response=PersonOut, summary="Who I am")
def me(request: Request) -> dict[str, Any]:
    return shape.people([request.user], reader=request.user)[0]


@router.get("/people", response=People, summary="The directory; of a guest, the people of their places")
def people(request: Request, q: str = "", cursor: str | None = None) -> dict[str, Any]:
    rows = User.objects.visible_to(request.user).active().select_related("manager", "photo")
    for word in clean(q, multiline=False).split()[:5]:
        rows = rows.filter(Q(name__icontains=word) | Q(handle__istartswith=word) | Q(job_title__icontains=word))
    found = page(rows, by=("name", "pk"), cursor=cursor, size=limits.PAGE_SIZE.value)
    return {"items": shape.people(found.items, reader=request.user), "next": found.next}


@router.get("/people/{public_id}", response=PersonOut, summary="A person")
def person(request: Request, public_id: str) -> dict[str, Any]:
    rows = User.objects.visible_to(request.user).select_related("manager", "photo")
    return shape.people([get_object_or_404(rows, public_id=public_id)], reader=request.user)[0]
