"""Search."""

from __future__ import annotations

from datetime import date
from typing import Any

from ninja import Router

from core.requests import Request
from integrations.api import shape
from integrations.schemas import Hits
from search import actions

router = Router(tags=["search"])


@router.get("/search", response=Hits, summary="Find what I may see; `q` knows the operators of the search page")
def search(
    request: Request,
    q: str = "",
    kind: str | None = None,
    group: str | None = None,
    author: str | None = None,
    after: date | None = None,
    before: date | None = None,
    cursor: str | None = None,
) -> dict[str, Any]:
    found = actions.find(
        request.user, q, kind=kind, group=group, author=author, after=after, before=before, cursor=cursor
    )
    return {
        "items": [
            {
                "id": hit.public_id,
                "url": shape.absolute(hit.url),
                "kind": hit.kind,
                "title": hit.title,
                "snippet": hit.snippet,
                "created_at": shape.utc(hit.created_at),
                "author": shape.named(hit.author),
                "group": shape.named(hit.group),
            }
            for hit in found.items
        ],
        "next": found.next,
        "suggestion": found.suggestion,
        "degraded": found.degraded,
    }
