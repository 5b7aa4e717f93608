"""Who voted what, in polls that keep names."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core import paging
from core.requests import Request
from feed.actions import polls
from feed.models import Poll
from feed.views.home import is_fragment
from feed.views.posts import found


@require_GET
def voters(request: Request, public_id: str) -> HttpResponse:
    """The voters of a poll that the reader may know, each with what they chose."""
    post = found(request, public_id)
    poll = Poll.objects.filter(post=post).first()
    if poll is None:
        raise Http404
    ballots = polls.ballots(poll=poll, reader=request.user)
    page = paging.page(ballots, cursor=request.GET.get("cursor"), size=50)
    for ballot in page.items:
        ballot.said = [poll.options[place] for place in ballot.chosen if place < len(poll.options)]
    next_url = f"/posts/{post.public_id}/voters/?cursor={page.next}" if page.next else ""
    context = {"post": post, "ballots": page.items, "next_url": next_url}
    return render(request, "feed/_voters.html" if is_fragment(request) else "feed/voters.html", context)
