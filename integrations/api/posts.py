"""Posts, replies, reactions, bookmarks, reports."""

from __future__ import annotations

from typing import Any, Literal

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router

from core import limits
from core.paging import page
from core.refusal import Refused
from core.requests import Request
from feed import actions, streams
from feed.actions import badges, behalf, calendar, polls, previews
from feed.actions import praise as praising
from feed.cards import Reader, heard
from feed.models import Poll, Post
from feed.permissions import may
from feed.ranking import Ranked
from groups.models import Group
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import (
    Ballots,
    PollOut,
    PostChange,
    PostIn,
    PostOut,
    Posts,
    ReplyIn,
    ReportIn,
    ReportOut,
    Versions,
    VoteIn,
)
from moderation import actions as moderation

router = Router(tags=["posts"])


def post_of(request: Request, public_id: str) -> Post:
    """The post if the person may see it; the same 404 as for an id that was never used if not."""
    return get_object_or_404(shape.loaded(Post.objects.visible_to(request.user)), public_id=public_id)


def as_it_stands(request: Request, post: Post, *, untold: Any = (), called: Any = ()) -> dict[str, Any]:
    """One post as it stands now, with a sentence for each person it names who is not told and each group."""
    fresh = shape.loaded(Post.objects.visible_to(request.user)).filter(pk=post.pk)
    shaped = shape.posts(fresh, reader=request.user)[0]
    shaped["warnings"] = [_("%(name)s cannot see this and is not told.") % {"name": person.name} for person in untold]
    shaped["warnings"] += [group.sentence for group in called]
    return shaped


@router.get("/feed", response=Posts, summary="The home feed")
def feed(
    request: Request,
    view: Literal["for_you", "following", "company"] = "for_you",
    sort: Literal["new", "active", "best"] = "new",
    cursor: str | None = None,
) -> dict[str, Any]:
    """`sort=best` ranks `for_you` as the home page does, and says in `because` why a post stands there."""
    found = streams.home(person=request.user, view=view, sort=sort, cursor=cursor)
    rows = heard(Reader(request.user), found.items)
    posts = _again(request, rows)
    shaped = shape.posts(posts, reader=request.user)
    if isinstance(found, Ranked):
        for post, one in zip(posts, shaped, strict=True):
            why = found.because.get(post.pk)
            one["because"] = why._asdict() if why else None
    return {"items": shaped, "next": found.next}


def _again(request: Request, rows: list[Any]) -> list[Post]:
    """The same rows in the same order with everything the API shows of them."""
    order = {row.pk: index for index, row in enumerate(rows)}
    full = shape.loaded(Post.objects.visible_to(request.user).filter(pk__in=order))
    return sorted(full, key=lambda row: order[row.pk])


@router.post("/posts", response={201: PostOut}, summary="Post to a group, or to everyone")
@once
def publish(request: Request, payload: PostIn) -> tuple[int, Any]:
    group = None
    if payload.group is not None:
        group = get_object_or_404(Group.objects.visible_to(request.user), public_id=payload.group)
    actions.keep_pace(request.user)
    post = actions.publish(
        author=behalf.author_of(writer=request.user, named=payload.on_behalf_of),
        writer=request.user,
        body=payload.body,
        group=group,
        kind=payload.kind,
        files=payload.files,
        days=payload.days,
        mail=payload.mail,
        poll=polls.asked(**payload.poll.dict()) if payload.poll else None,
        praise=praising.meant(author=request.user, badge=payload.praise.badge, ids=payload.praise.people)
        if payload.praise
        else None,
        event=calendar.planned(**payload.event.dict()) if payload.event else None,
    )
    return 201, as_it_stands(request, post, untold=getattr(post, "untold", ()), called=getattr(post, "called", ()))


@router.get("/posts/{public_id}", response=PostOut, summary="A post or a reply")
def read(request: Request, public_id: str) -> dict[str, Any]:
    return shape.posts([post_of(request, public_id)], reader=request.user)[0]


@router.patch("/posts/{public_id}", response=PostOut, summary="Change what it says; the earlier text is kept")
@once
def edit(request: Request, public_id: str, payload: PostChange) -> tuple[int, Any]:
    post = post_of(request, public_id)
    with transaction.atomic():
        if payload.praise is not None:
            given = praising.meant(author=request.user, badge=payload.praise.badge, ids=payload.praise.people)
            badges.change(post=post, by=request.user, given=given)
        post = actions.edit(post=post, by=request.user, body=payload.body)
    return 200, as_it_stands(request, post, untold=getattr(post, "untold", ()), called=getattr(post, "called", ()))


@router.delete("/posts/{public_id}", response={204: None}, summary="Delete it; a tombstone stays in its thread")
@once
def delete(request: Request, public_id: str) -> tuple[int, Any]:
    actions.delete(post=post_of(request, public_id), by=request.user)
    return 204, None


@router.delete("/posts/{public_id}/links/{link_id}", response={204: None}, summary="Take the preview of a link away")
@once
def remove_link(request: Request, public_id: str, link_id: str) -> tuple[int, Any]:
    previews.remove(post=post_of(request, public_id), by=request.user, public_id=link_id)
    return 204, None


@router.get("/posts/{public_id}/poll", response=PollOut, summary="What a poll asks, and its result")
def poll(request: Request, public_id: str) -> dict[str, Any]:
    return _poll(request, post_of(request, public_id))


@router.post("/posts/{public_id}/vote", response=PollOut, summary="Choose an answer of a poll, another, or none")
@once
def vote(request: Request, public_id: str, payload: VoteIn) -> tuple[int, Any]:
    """Of a vote in an anonymous poll nothing is kept beside it: sent again with its `Idempotency-Key`, it is answered
    with 204 and counted once."""
    post = post_of(request, public_id)
    voted = polls.vote(post=post, person=request.user, option=payload.option)
    request.leaves_no_trace = voted.anonymous  # type: ignore[attr-defined] # read by `once`
    return 200, _poll(request, post)


@router.get("/posts/{public_id}/voters", response=Ballots, summary="Who voted what, where a poll keeps names")
def voters(request: Request, public_id: str, cursor: str | None = None) -> dict[str, Any]:
    asked = get_object_or_404(Poll, post=post_of(request, public_id))
    found = page(polls.ballots(poll=asked, reader=request.user), cursor=cursor, size=limits.PAGE_SIZE.value)
    return {
        "items": [{"person": shape.named(row.person), "chosen": row.chosen} for row in found.items],
        "next": found.next,
    }


def _poll(request: Request, post: Post) -> dict[str, Any]:
    """A poll as the reader may see it.

    Raises:
        Http404: the post is none.
    """
    found = get_object_or_404(Poll, post=post)
    chosen = polls.chosen(poll=found, person=request.user)
    closed = polls.is_closed(found)
    return {
        "options": found.options,
        "votes": found.counts if chosen or closed or not found.hidden else None,
        "voters": found.voters,
        "mine": chosen,
        "many": found.many,
        "anonymous": found.anonymous,
        "closes_at": found.closes_at,
        "closed": closed,
    }


@router.get("/posts/{public_id}/history", response=Versions, summary="What it said before")
def history(request: Request, public_id: str, cursor: str | None = None) -> dict[str, Any]:
    post = post_of(request, public_id)
    if post.edited_at is not None and not may(request.user, post).history:
        raise Refused(_("You may not read its earlier versions."))
    found = page(post.versions.select_related("replaced_by"), cursor=cursor, size=limits.PAGE_SIZE.value)
    items = [
        {
            "body": row.body,
            "from": shape.utc(row.at),
            "until": shape.utc(row.replaced_at),
            "by": shape.named(row.replaced_by),
        }
        for row in found.items
    ]
    return {"items": items, "next": found.next}


@router.get("/posts/{public_id}/replies", response=Posts, summary="The replies of a thread, oldest first")
def replies(request: Request, public_id: str, cursor: str | None = None) -> dict[str, Any]:
    post = post_of(request, public_id)
    rows = Post.objects.visible_to(request.user)
    rows = rows.filter(parent=post) if post.root_id else rows.filter(root=post)
    found = page(shape.loaded(rows), by=("pk",), cursor=cursor, size=limits.PAGE_SIZE.value)
    return {"items": shape.posts(found.items, reader=request.user), "next": found.next}


@router.post("/posts/{public_id}/replies", response={201: PostOut}, summary="Reply")
@once
def reply(request: Request, public_id: str, payload: ReplyIn) -> tuple[int, Any]:
    to = post_of(request, public_id)
    if payload.parent is not None:
        root = to.root_id or to.pk
        inside = Post.objects.visible_to(request.user).filter(root=root) | Post.objects.visible_to(request.user).filter(
            pk=root
        )
        to = get_object_or_404(inside, public_id=payload.parent)
    actions.keep_pace(request.user)
    author = behalf.author_of(writer=request.user, named=payload.on_behalf_of)
    made = actions.reply(author=author, writer=request.user, to=to, body=payload.body, files=payload.files)
    return 201, as_it_stands(request, made, untold=getattr(made, "untold", ()))


@router.put("/posts/{public_id}/reactions/{emoji}", response=PostOut, summary="React")
@once
def react(request: Request, public_id: str, emoji: str) -> tuple[int, Any]:
    post = actions.react(post=post_of(request, public_id), person=request.user, emoji=emoji)
    return 200, as_it_stands(request, post)


@router.delete("/posts/{public_id}/reactions/{emoji}", response=PostOut, summary="Take a reaction back")
@once
def unreact(request: Request, public_id: str, emoji: str) -> tuple[int, Any]:
    post = actions.unreact(post=post_of(request, public_id), person=request.user, emoji=emoji)
    return 200, as_it_stands(request, post)


@router.put("/posts/{public_id}/bookmark", response={204: None}, summary="Keep it for later")
@once
def bookmark(request: Request, public_id: str) -> tuple[int, Any]:
    actions.bookmark(post=post_of(request, public_id), person=request.user)
    return 204, None


@router.delete("/posts/{public_id}/bookmark", response={204: None}, summary="No longer keep it")
@once
def unbookmark(request: Request, public_id: str) -> tuple[int, Any]:
    actions.unbookmark(post=post_of(request, public_id), person=request.user)
    return 204, None


@router.post("/posts/{public_id}/report", response={201: ReportOut}, summary="Report it to the moderators")
@once
def report(request: Request, public_id: str, payload: ReportIn) -> tuple[int, Any]:
    case = moderation.report(obj=post_of(request, public_id), by=request.user, reason=payload.reason)
    return 201, {"id": case.public_id}
