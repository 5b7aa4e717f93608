"""Topics: what is said about one, which are talked about, and their completion while someone types."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core.htmx import back
from core.requests import Request
from core.richtext import topic_key
from feed import actions, streams
from feed.models import Post, PostTopic, Topic, TopicFollow
from feed.views.home import is_fragment, listed

#: Days that count for what is talked about.
LATELY = 14
#: Newest posts that are looked through for it.
NEWEST = 500


@require_GET
def topics(request: Request) -> HttpResponse:
    """The topics of the last two weeks, as far as the reader sees them."""
    return render(request, "feed/topics.html", {"topics": _lately(request.user, 50)})


@require_GET
def trending(request: Request) -> HttpResponse:
    """The same as a small panel beside the feed."""
    if not is_fragment(request) and request.GET.get("q") is None:
        return topic(request, "trending")
    return render(request, "feed/_trending.html", {"topics": _lately(request.user, 5)})


@require_GET
def complete(request: Request) -> HttpResponse:
    """Topics that begin as typed, those most used first: only what the reader has seen, with what they can count."""
    if "q" not in request.GET:
        return topic(request, "complete")
    typed = topic_key(request.GET["q"].strip().lstrip("#＃"))[:80]
    if not typed or "\0" in typed:
        return JsonResponse([], safe=False)
    found = _beginning(request.user, typed, 8)
    return JsonResponse(
        [{"value": f"#{row.label}", "name": f"#{row.label}", "note": row.note} for row in found],  # type: ignore[attr-defined]
        safe=False,
    )


@require_GET
def topic(request: Request, name: str) -> HttpResponse:
    """What is said about a topic. One that stands in nothing the reader may see does not exist for them."""
    found = _topic(request, name)
    page = streams.about(person=request.user, topic=found, cursor=request.GET.get("cursor"))
    if not page.items and not request.GET.get("cursor"):
        raise Http404
    follows = TopicFollow.objects.filter(person=request.user, topic=found).exists()
    return listed(request, page, "feed/topic.html", found.get_absolute_url(), topic=found, follows=follows)


@require_POST
def follow(request: Request, name: str) -> HttpResponse:
    """Follow a topic, or no longer."""
    found = _topic(request, name)
    if not Post.objects.visible_to(request.user).about(found).exists():
        raise Http404
    if TopicFollow.objects.filter(person=request.user, topic=found).exists():
        actions.unfollow_topic(topic=found, person=request.user)
    else:
        actions.follow_topic(topic=found, person=request.user)
    return HttpResponseRedirect(back(request, found.get_absolute_url()))


def _topic(request: Request, name: str) -> Topic:
    key = topic_key(name)
    found = None if "\0" in key else Topic.objects.filter(name=key).first()
    if found is None:
        raise Http404
    return found


def _lately(user: Any, most: int) -> list[Topic]:
    """The topics of the newest posts, most used first."""
    since = timezone.now() - timedelta(days=LATELY)
    newest = Post.objects.visible_to(user).roots().filter(created_at__gt=since).order_by("-created_at", "-pk")
    return _counted(PostTopic.objects.filter(post__in=newest.values("pk")[:NEWEST]), most)


def _beginning(user: Any, typed: str, most: int) -> list[Topic]:
    """The topics whose name begins as typed."""
    visible = Post.objects.visible_to(user).values("pk")
    return _counted(PostTopic.objects.filter(topic__name__startswith=typed, post__in=visible), most)


def _counted(uses: QuerySet, most: int) -> list[Topic]:
    """Topics with in how many posts the reader sees them, most used first.

    Security door: `uses` began at `visible_to`, so neither a topic nor its number tells of a closed place.
    """
    rows = list(uses.values("topic").annotate(count=Count("pk")).order_by("-count", "topic")[:most])
    named = Topic.objects.in_bulk([row["topic"] for row in rows])
    found = []
    for row in rows:
        topic = named[row["topic"]]
        topic.note = _posts(row["count"])  # type: ignore[attr-defined]
        found.append(topic)
    return found


def _posts(count: int) -> str:
    return ngettext("%(count)s post", "%(count)s posts", count) % {"count": count}
