"""Events: what is to come, who comes, and changing one. They are made as posts of their kind."""

from __future__ import annotations

from typing import Any, Literal

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Router

from core import limits
from core.paging import page
from core.requests import Request
from feed import calendars
from feed.actions import calendar
from feed.models import CalendarEvent, Post, Rsvp
from groups.models import Group
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import AnswerIn, Answers, CancelIn, EventChange, EventOut, Posts
from people.hearing import unheard_by
from people.models import User

router = Router(tags=["events"])


def _post(request: Request, public_id: str) -> Post:
    """The event's post if the person may see it; the same 404 as for an id that was never used if not."""
    return get_object_or_404(
        shape.loaded(Post.objects.visible_to(request.user)), public_id=public_id, post_kind=Post.Kind.EVENT
    )


def _event(request: Request, post: Post) -> dict[str, Any]:
    """The event as it stands now.

    Raises:
        Http404: it is gone, or waits for a moderator.
    """
    found = calendars.of_posts(request.user, [post.pk])
    if not found:
        raise Http404
    return shape.event(found[0])


@router.get("/events", response=Posts, summary="Events that concern me: to come, those I go to, or past")
def events(
    request: Request,
    view: Literal["coming", "mine", "past"] = "coming",
    group: str | None = None,
    cursor: str | None = None,
) -> dict[str, Any]:
    if group is not None:
        place = get_object_or_404(Group.objects.visible_to(request.user), public_id=group)
        rows, by = calendars.of_group(request.user, place, past=view == "past")
    else:
        rows, by = calendars.listed(request.user, view)
    found = page(rows, by=by, cursor=cursor, size=limits.PAGE_SIZE.value)
    order = {row.post_id: index for index, row in enumerate(found.items)}
    full = shape.loaded(Post.objects.visible_to(request.user).filter(pk__in=order))
    items = shape.posts(sorted(full, key=lambda row: order[row.pk]), reader=request.user)
    return {"items": items, "next": found.next}


@router.get("/posts/{public_id}/event", response=EventOut, summary="An event: when, where, how many come")
def event(request: Request, public_id: str) -> dict[str, Any]:
    return _event(request, _post(request, public_id))


@router.patch(
    "/posts/{public_id}/event", response=EventOut, summary="Change when or where; those who answered are told"
)
@once
def change(request: Request, public_id: str, payload: EventChange) -> tuple[int, Any]:
    post = _post(request, public_id)
    fields = {name: value for name, value in payload.dict(exclude_unset=True).items() if value is not None}
    calendar.change(post=post, by=request.user, **fields)
    return 200, _event(request, post)


@router.post("/posts/{public_id}/event/cancel", response=EventOut, summary="Say that it does not take place, and why")
@once
def cancel(request: Request, public_id: str, payload: CancelIn) -> tuple[int, Any]:
    post = _post(request, public_id)
    calendar.cancel(post=post, by=request.user, why=payload.why)
    return 200, _event(request, post)


@router.delete(
    "/posts/{public_id}/event/cancel",
    response=EventOut,
    summary="Let a cancelled event take place; who answered is told",
)
@once
def restore(request: Request, public_id: str) -> tuple[int, Any]:
    post = _post(request, public_id)
    calendar.restore(post=post, by=request.user)
    return 200, _event(request, post)


@router.put("/posts/{public_id}/event/answer", response=EventOut, summary="Say whether I come")
@once
def answer(request: Request, public_id: str, payload: AnswerIn) -> tuple[int, Any]:
    post = _post(request, public_id)
    calendar.answer(post=post, person=request.user, answer=payload.answer)
    return 200, _event(request, post)


@router.delete("/posts/{public_id}/event/answer", response=EventOut, summary="Take my answer back")
@once
def unanswer(request: Request, public_id: str) -> tuple[int, Any]:
    post = _post(request, public_id)
    calendar.answer(post=post, person=request.user, answer=None)
    return 200, _event(request, post)


@router.get("/posts/{public_id}/event/answers", response=Answers, summary="Who comes, of those whom I may know")
def answers(
    request: Request,
    public_id: str,
    answer: Literal["going", "maybe", "no"] | None = None,
    cursor: str | None = None,
) -> dict[str, Any]:
    event = get_object_or_404(CalendarEvent, post=_post(request, public_id))
    known = User.objects.visible_to(request.user).exclude(pk__in=unheard_by(request.user))
    rows = Rsvp.objects.filter(event=event, person__in=known.values("pk")).select_related("person")
    if answer is not None:
        rows = rows.filter(answer=answer)
    found = page(rows, by=("pk",), cursor=cursor, size=limits.PAGE_SIZE.value)
    items = [{"person": shape.named(row.person), "answer": row.answer} for row in found.items]
    return {"items": items, "next": found.next}
