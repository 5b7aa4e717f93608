"""My bell."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import strip_tags
from ninja import Router

from core import limits
from core.paging import page
from core.requests import Request
from core.text import one_line
from inbox import actions
from inbox.models import Notice
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import Notices, ReadIn, Unread

router = Router(tags=["notifications"])


@router.get("/notifications", response=Notices, summary="What concerns me, newest first")
def notifications(request: Request, unread: bool = False, cursor: str | None = None) -> dict[str, Any]:
    rows = Notice.objects.filter(recipient=request.user)
    if unread:
        rows = rows.filter(unread=True)
    found = page(rows.select_related("event"), by=("-timestamp", "-pk"), cursor=cursor, size=limits.PAGE_SIZE.value)
    items = [
        {
            "id": row.public_id,
            "url": shape.absolute(reverse("inbox:notice", args=[row.public_id])),
            "kind": row.verb,
            "created_at": shape.utc(row.timestamp),
            "unread": row.unread,
            "count": row.count,
            "actor": shape.named(row.who),
            "text": one_line(strip_tags(render_to_string(row.kind.template, {"notice": row})), 500),
        }
        for row in actions.lines(found.items, reader=request.user)
    ]
    return {"items": items, "next": found.next, "unread": actions.unread_count(request.user)}


@router.post("/notifications/read", response=Unread, summary="Mark lines as read: some, or all")
@once
def read(request: Request, payload: ReadIn | None = None) -> tuple[int, Any]:
    ids = payload.ids if payload else None
    if ids is not None:
        limits.check(limits.API_IDS, ids)
    actions.mark_read(person=request.user, ids=ids)
    return 200, {"unread": actions.unread_count(request.user)}
