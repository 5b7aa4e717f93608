"""Who has seen a post, for its author and for those who look after its place."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import paging, site
from core.refusal import Refused
from core.requests import Request
from feed import reach
from feed.permissions import may
from feed.views.posts import found
from people.models import User


@require_GET
def seen(request: Request, public_id: str) -> HttpResponse:
    """The people who have seen it, or (`?who=not`) those it is for who have not."""
    post = found(request, public_id)
    if not site.current().shows_reach:
        raise Refused(_("The administrators have chosen that nobody sees who has seen a post."))
    if not may(request.user, post).reach:
        raise Refused(_("Only who wrote it, and those who look after the place, see who has seen it."))
    missing = request.GET.get("who") == "not"
    rows = reach.people(post)[missing].filter(pk__in=User.objects.visible_to(request.user).values("pk"))
    page = paging.page(rows, by=("folded", "pk"), cursor=request.GET.get("cursor"), size=50)
    context = {
        "post": post,
        "people": page.items,
        "missing": missing,
        "reach": reach.counts(post),
        "next_url": f"?{'who=not&' if missing else ''}cursor={page.next}" if page.next else "",
    }
    return render(request, "feed/reach.html", context)
