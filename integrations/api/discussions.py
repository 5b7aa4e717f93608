"""What is done with a whole discussion: closed and opened again, its best answer, its place on top, who has seen it."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Router

from core import limits
from core.paging import page
from core.requests import Request
from feed import actions, reach
from feed.actions import threads
from integrations.api import shape
from integrations.api.posts import as_it_stands, post_of
from integrations.idempotency import once
from integrations.schemas import CloseIn, PostOut, Reach

router = Router(tags=["posts"])


@router.put("/posts/{public_id}/closed", response=PostOut, summary="Close a discussion, with a reason that all read")
@once
def close(request: Request, public_id: str, payload: CloseIn) -> tuple[int, Any]:
    post = post_of(request, public_id)
    threads.close(post=post, by=request.user, why=payload.why)
    return 200, as_it_stands(request, post)


@router.delete("/posts/{public_id}/closed", response=PostOut, summary="Open a discussion again")
@once
def reopen(request: Request, public_id: str) -> tuple[int, Any]:
    post = post_of(request, public_id)
    threads.reopen(post=post, by=request.user)
    return 200, as_it_stands(request, post)


@router.put("/posts/{public_id}/best", response=PostOut, summary="Mark a reply as the best answer of its question")
@once
def accept(request: Request, public_id: str) -> tuple[int, Any]:
    answer = post_of(request, public_id)
    actions.accept_answer(answer=answer, by=request.user)
    return 200, as_it_stands(request, answer)


@router.delete("/posts/{public_id}/best", response=PostOut, summary="No longer the best answer")
@once
def unaccept(request: Request, public_id: str) -> tuple[int, Any]:
    answer = post_of(request, public_id)
    actions.unaccept_answer(answer=answer, by=request.user)
    return 200, as_it_stands(request, answer)


@router.put("/posts/{public_id}/pin", response=PostOut, summary="Pin it to the top of its place")
@once
def pin(request: Request, public_id: str) -> tuple[int, Any]:
    post = post_of(request, public_id)
    actions.pin(post=post, by=request.user)
    return 200, as_it_stands(request, post)


@router.delete("/posts/{public_id}/pin", response=PostOut, summary="No longer on top")
@once
def unpin(request: Request, public_id: str) -> tuple[int, Any]:
    post = post_of(request, public_id)
    actions.unpin(post=post, by=request.user)
    return 200, as_it_stands(request, post)


@router.get("/posts/{public_id}/reach", response=Reach, summary="Who has seen it, and who has not")
def seen(
    request: Request,
    public_id: str,
    who: Literal["seen", "not_seen", "not_delivered"] = "seen",
    cursor: str | None = None,
) -> dict[str, Any]:
    post = post_of(request, public_id)
    rows = reach.shown_to(request.user, post)[who]
    found = page(rows, by=("folded", "pk"), cursor=cursor, size=limits.PAGE_SIZE.value)
    return reach.counts(post) | {"items": [shape.named(row) for row in found.items], "next": found.next}
