"""Who has seen a post, for its author and for those who look after its place."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core import paging
from core.requests import Request
from feed import reach
from feed.views.posts import found

#: What the tabs of the page are called in its address.
_STATES = {"seen": "seen", "not": "not_seen", "missed": "not_delivered"}


@require_GET
def seen(request: Request, public_id: str) -> HttpResponse:
    """The people who have seen it, or (`?who=not`) those it is for who have not, or (`?who=missed`) whom it missed."""
    post = found(request, public_id)
    who = request.GET.get("who", "")
    who = who if who in _STATES else "seen"
    rows = reach.shown_to(request.user, post)[_STATES[who]]
    page = paging.page(rows, by=("folded", "pk"), cursor=request.GET.get("cursor"), size=50)
    context = {
        "post": post,
        "people": page.items,
        "who": who,
        "reach": reach.counts(post),
        "next_url": f"?who={who}&cursor={page.next}" if page.next else "",
    }
    return render(request, "feed/reach.html", context)
