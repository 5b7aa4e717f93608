"""Topics: what is talked about, following, and keeping them in order."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import Http404
from ninja import Router

from core.requests import Request
from feed import actions
from feed import topics as lookup
from feed.actions import topics as keeping
from feed.models import Topic, TopicFollow
from feed.permissions import may_keep_topics
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import TopicChange, TopicOut, Topics

router = Router(tags=["topics"])


@router.get("/topics", response=Topics, summary="What is talked about lately, or topics that begin as `q`")
def topics(request: Request, q: str = "") -> dict[str, Any]:
    typed = lookup.topic_key(q.strip().lstrip("#＃").replace("\0", ""))[:80]
    found = lookup.beginning(request.user, typed, 50) if typed else lookup.lately(request.user, 50)
    return {"items": _shaped(request, found)}


@router.get("/topics/{name}", response=TopicOut, summary="A topic, also by a name that it had before")
def topic(request: Request, name: str) -> dict[str, Any]:
    return _shaped(request, [_topic(request, name)])[0]


@router.patch(
    "/topics/{name}", response=TopicOut, summary="Rename, merge or describe it: moderators and administrators"
)
@once
def change(request: Request, name: str, payload: TopicChange) -> tuple[int, Any]:
    """Earlier names lead on. With the name of another topic, and `merging`, the two become one."""
    found = _topic(request, name)
    with transaction.atomic():
        if payload.description is not None:
            found = keeping.describe(topic=found, by=request.user, description=payload.description)
        if payload.name is not None:
            found = keeping.rename(topic=found, by=request.user, label=payload.name, merging=payload.merging)
    return 200, _shaped(request, [found])[0]


@router.put("/topics/{name}/follow", response={204: None}, summary="Follow a topic")
@once
def follow(request: Request, name: str) -> tuple[int, Any]:
    actions.follow_topic(topic=_topic(request, name), person=request.user)
    return 204, None


@router.delete("/topics/{name}/follow", response={204: None}, summary="No longer follow it")
@once
def unfollow(request: Request, name: str) -> tuple[int, Any]:
    actions.unfollow_topic(topic=_topic(request, name), person=request.user)
    return 204, None


def _topic(request: Request, name: str) -> Topic:
    """The topic if it stands in something I may see; the same 404 as for a word that nobody wrote if not."""
    found = lookup.called(request.user, name)
    if found is None:
        raise Http404
    return found


def _shaped(request: Request, rows: list[Topic]) -> list[dict[str, Any]]:
    following = TopicFollow.objects.filter(person=request.user, topic__in=rows).values_list("topic_id", flat=True)
    mine = set(following)
    return [
        {
            "name": row.name,
            "label": row.label,
            "url": shape.absolute(row.get_absolute_url()),
            "description": row.description,
            "following": row.pk in mine,
            "may_edit": may_keep_topics(request.user),
        }
        for row in rows
    ]
