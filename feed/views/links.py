"""The previews of a post's links: fetched anew when they have come, and taken away by its author."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from core.htmx import back
from core.requests import Request
from feed.actions import previews
from feed.views.home import is_fragment
from feed.views.posts import found


@require_http_methods(["GET", "POST"])
def links(request: Request, public_id: str) -> HttpResponse:
    """The previews as they stand; POST takes one away (`remove`)."""
    post = found(request, public_id)
    if request.method == "POST":
        previews.remove(post=post, by=request.user, public_id=request.POST.get("remove", ""))
        if is_fragment(request):
            return HttpResponse(status=204)
        return HttpResponseRedirect(back(request, post.get_absolute_url()))
    if not is_fragment(request):
        return HttpResponseRedirect(post.get_absolute_url())
    shown = previews.shown([post], reader=request.user).get(post.pk, [])
    return render(request, "feed/_links.html", {"post": post, "links": shown})
