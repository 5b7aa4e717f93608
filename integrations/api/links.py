"""What is behind the links of a text that is being written: for its writer alone."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from ninja import Router

from core.requests import Request
from feed import drawing
from feed.actions import previews
from feed.models import Preview
from groups.models import Group
from integrations.schemas import LookIn, Looks

router = Router(tags=["posts"])


@router.post("/links", response=Looks, summary="What the pages behind the links of a text say, before it is posted")
def look(request: Request, payload: LookIn) -> dict[str, Any]:
    group = None
    if payload.group is not None:
        group = get_object_or_404(Group.objects.visible_to(request.user), public_id=payload.group)
    drawn = drawing.draw(author=request.user, body=payload.body, group=group)
    found = previews.look(person=request.user, drawn=drawn)
    return {
        "items": [
            {"url": row.address, "host": row.host, "title": row.title, "description": row.description}
            for row in found
            if row.state == Preview.State.READY
        ],
        "waiting": sum(row.state == Preview.State.WAITING for row in found),
    }
