"""Topics: what is said about one, which are talked about, and their completion while someone types."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.htmx import back
from core.refusal import Refused
from core.requests import Request
from core.richtext import topic_key
from feed import actions, composing, streams
from feed import topics as lookup
from feed.actions import topics as keeping
from feed.models import Topic, TopicFollow
from feed.permissions import may_keep_topics
from feed.views.home import is_fragment, listed


@require_GET
def topics(request: Request) -> HttpResponse:
    """The topics of the last two weeks, as far as the reader sees them."""
    return render(request, "feed/topics.html", {"topics": lookup.lately(request.user, 50)})


@require_GET
def trending(request: Request) -> HttpResponse:
    """The same as a small panel beside the feed."""
    if not is_fragment(request) and request.GET.get("q") is None:
        return topic(request, "trending")
    return render(request, "feed/_trending.html", {"topics": lookup.lately(request.user, 5)})


@require_GET
def complete(request: Request) -> HttpResponse:
    """Topics that begin as typed, those most used first: only what the reader has seen, with what they can count."""
    if "q" not in request.GET:
        return topic(request, "complete")
    typed = topic_key(request.GET["q"].strip().lstrip("#＃"))[:80]
    if not typed or "\0" in typed:
        return JsonResponse([], safe=False)
    found = lookup.beginning(request.user, typed, 8)
    return JsonResponse(
        [{"value": f"#{row.label}", "name": f"#{row.label}", "note": row.note} for row in found],  # type: ignore[attr-defined]
        safe=False,
    )


@require_GET
def topic(request: Request, name: str) -> HttpResponse:
    """What is said about a topic. One that stands in nothing the reader may see does not exist for them."""
    found = _topic(request, name)
    if found.name != topic_key(name):
        return HttpResponseRedirect(found.get_absolute_url())
    page = streams.about(person=request.user, topic=found, cursor=request.GET.get("cursor"))
    if not page.items and not request.GET.get("cursor"):
        raise Http404
    context = {
        "topic": found,
        "follows": TopicFollow.objects.filter(person=request.user, topic=found).exists(),
        "keeps": may_keep_topics(request.user),
    }
    return listed(request, page, "feed/topic.html", found.get_absolute_url(), **context)


@require_POST
def follow(request: Request, name: str) -> HttpResponse:
    """Follow a topic, or no longer."""
    found = _topic(request, name)
    if TopicFollow.objects.filter(person=request.user, topic=found).exists():
        actions.unfollow_topic(topic=found, person=request.user)
    else:
        actions.follow_topic(topic=found, person=request.user)
    return HttpResponseRedirect(back(request, found.get_absolute_url()))


@require_http_methods(["GET", "POST"])
def edit(request: Request, name: str) -> HttpResponse:
    """Another name, what it is about; a name that there is already makes the two one, after a question."""
    found = _topic(request, name)
    if not may_keep_topics(request.user):
        raise Refused(_("Only moderators and administrators can change topics."))
    label = request.POST.get("name", found.label)
    description = request.POST.get("description", found.description)
    errors: list[str] = []
    asks = False
    if request.method == "POST":
        try:
            with transaction.atomic():
                kept = keeping.describe(topic=found, by=request.user, description=description)
                kept = keeping.rename(
                    topic=kept, by=request.user, label=label, merging=request.POST.get("sure") == "on"
                )
        except (ValidationError, Refused) as error:
            if getattr(error, "status", 422) == 403:
                raise
            errors, asks = composing.said(error), getattr(error, "status", 422) == 409
        else:
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(kept.get_absolute_url())
    context = {"topic": found, "label": label, "description": description, "errors": errors, "asks": asks}
    return render(request, "feed/topic_edit.html", context, status=422 if errors else 200)


def _topic(request: Request, name: str) -> Topic:
    found = lookup.called(request.user, name)
    if found is None:
        raise Http404
    return found
