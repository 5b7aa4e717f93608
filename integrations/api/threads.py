"""What becomes of a discussion as a whole: moved, split, merged; followed, muted, put off."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router

from core import limits
from core.refusal import Refused
from core.requests import Request
from feed.actions import moving
from feed.models import Post
from feed.permissions import may_move_to
from groups.models import Group
from inbox import actions as inbox
from integrations.api import shape
from integrations.api.posts import as_it_stands, post_of
from integrations.idempotency import once
from integrations.schemas import MergeIn, MoveIn, MoveOut, PostOut, SplitIn, WatchIn, WatchOut
from people.models import User

router = Router(tags=["posts"])

#: People that are named of those who gain or lose a discussion.
NAMED = 12


@router.get("/posts/{public_id}/move", response=MoveOut, summary="Who would gain and lose it in another place")
def preview(request: Request, public_id: str, group: str | None = None) -> dict[str, Any]:
    """Without `group`: the whole company."""
    post, to = post_of(request, public_id), _place(request, group)
    if not may_move_to(request.user, post, to):
        raise Refused(moving.no_move())
    change = moving.consequences(post=post, to=to)
    moving.permitted(post=post, by=request.user, found=change)
    return {
        "gained": change.gained,
        "gain": _named(request, change.gain),
        "lost": change.lost,
        "lose": _named(request, change.lose),
    }


@router.post("/posts/{public_id}/move", response=PostOut, summary="Move a discussion to a group, or to everyone")
@once
def move(request: Request, public_id: str, payload: MoveIn) -> tuple[int, Any]:
    """Where more people can read it than now, `gaining` is their number as `GET …/move` gave it."""
    post, to = post_of(request, public_id), _place(request, payload.group)
    return 200, as_it_stands(request, moving.move(post=post, by=request.user, to=to, gaining=payload.gaining))


@router.post("/posts/{public_id}/split", response={201: PostOut}, summary="Make answers a discussion of their own")
@once
def split(request: Request, public_id: str, payload: SplitIn) -> tuple[int, Any]:
    """What was said under them goes along; the first of them begins the new discussion."""
    post = post_of(request, public_id)
    limits.check(limits.API_IDS, payload.answers)
    rows = Post.objects.visible_to(request.user).filter(root=post, public_id__in=payload.answers)
    answers = [get_object_or_404(rows, public_id=one) for one in dict.fromkeys(payload.answers)]
    return 201, as_it_stands(request, moving.split(post=post, by=request.user, answers=answers))


@router.post("/posts/{public_id}/merge", response=PostOut, summary="Make a discussion a part of another")
@once
def merge(request: Request, public_id: str, payload: MergeIn) -> tuple[int, Any]:
    """Only of the same place; it becomes an answer there, with its answers under it."""
    post, into = post_of(request, public_id), post_of(request, payload.into)
    return 200, as_it_stands(request, moving.merge(post=post, by=request.user, into=into))


def _place(request: Request, group: str | None) -> Group | None:
    if group is None:
        return None
    groups = Group.objects.visible_to(request.user).select_related("audience")
    return get_object_or_404(groups, public_id=group)


def _named(request: Request, people: Any) -> list[Any]:
    """The first of some people, as far as I may see them."""
    rows = User.objects.visible_to(request.user).filter(pk__in=people.values("pk"))
    return [shape.named(one) for one in rows.order_by("folded", "pk")[:NAMED]]


@router.get("/posts/{public_id}/watch", response=WatchOut, summary="What I want to hear of a discussion")
def wish(request: Request, public_id: str) -> dict[str, Any]:
    return _wish(request, post_of(request, public_id))


@router.put("/posts/{public_id}/watch", response=WatchOut, summary="Follow a discussion, mute it, or put it off")
@once
def watch(request: Request, public_id: str, payload: WatchIn) -> tuple[int, Any]:
    """`snooze` takes `until`: nothing is heard of it until then, when it comes back as a notification."""
    post = post_of(request, public_id)
    root = post.root or post
    if payload.level == "snooze":
        if payload.until is None:
            raise Refused(_("Choose when it shall come back."), status=422)
        until = payload.until if timezone.is_aware(payload.until) else timezone.make_aware(payload.until, UTC)
        inbox.snooze(person=request.user, obj=root, until=until)
    else:
        inbox.watch(person=request.user, obj=root, level=payload.level)
    return 200, _wish(request, post)


@router.delete("/posts/{public_id}/watch", response=WatchOut, summary="Hear the usual of it again")
@once
def unwatch(request: Request, public_id: str) -> tuple[int, Any]:
    post = post_of(request, public_id)
    inbox.unwatch(person=request.user, obj=post.root or post)
    return 200, _wish(request, post)


def _wish(request: Request, post: Post) -> dict[str, Any]:
    level, until = inbox.wish_of(person=request.user, obj=post.root or post)
    return {"level": "snooze" if until else level or None, "until": shape.utc(until)}
