"""The links of a post: previews that have come or are taken away by its author, and players that a person opens."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import players
from core.htmx import back
from core.refusal import Refused
from core.requests import Request
from feed import playing
from feed.actions import playing as actions
from feed.actions import previews
from feed.models import PlayerConsent, Post
from feed.views.home import is_fragment
from feed.views.posts import found


@require_http_methods(["GET", "POST"])
def links(request: Request, public_id: str) -> HttpResponse:
    """The links as they stand; POST takes a preview away (`remove`, its id), or the player of a link (its address)."""
    post = found(request, public_id)
    if request.method == "POST":
        named = request.POST.get("remove", "")
        if "/" in named:
            previews.refuse(post=post, by=request.user, address=named)
        else:
            previews.remove(post=post, by=request.user, public_id=named)
        if is_fragment(request):
            return HttpResponse(status=204)
        return HttpResponseRedirect(back(request, post.get_absolute_url()))
    if not is_fragment(request):
        return HttpResponseRedirect(post.get_absolute_url())
    drawn = playing.draw(_links(request, post), lambda: playing.always_of(request.user))
    return render(request, "feed/_links.html", {"post": post, "drawn": drawn})


@require_http_methods(["GET", "POST"])
def play(request: Request, public_id: str) -> HttpResponse:
    """A link of a post (`link`) as its card. POST gives its player, and lets those of its host load by themselves from
    now on (`?always=1`); only a press of a button does, so that no address of ours makes a browser ask elsewhere.
    """
    post = found(request, public_id)
    asked = (request.POST if request.method == "POST" else request.GET).get("link", "")
    link = next((one for one in _links(request, post) if one.address == asked), None)
    if link is None:
        raise Http404
    player = players.of(link.address)
    if player is None:
        raise Refused(_("This player is not allowed here any more."), status=409)
    if request.method == "POST" and request.GET.get("always"):
        actions.always(person=request.user, host=player.host)
    # The page that shows it without scripts, and one that has stood open since before it was allowed.
    request.shows_players = True
    state = "plays" if request.method == "POST" else ""
    drawn = playing.card(link, player, state=state, language=get_language())
    if is_fragment(request):
        return HttpResponse(drawn)
    context = {"post": post, "title": link.title or link.address, "drawn": drawn}
    return render(request, "feed/play.html", context)


@require_http_methods(["GET", "POST"])
def consents(request: Request) -> HttpResponse:
    """The hosts whose players load by themselves; POST has one ask again (`host`)."""
    if request.method == "POST":
        actions.ask_again(person=request.user, host=request.POST.get("host", ""))
        messages.success(request, _("You are asked again."))
        return redirect("feed:players")
    rows = list(PlayerConsent.objects.filter(person=request.user).order_by("host"))
    for row in rows:
        row.holds = row.host in players.hosts()  # type: ignore[attr-defined] # for the drawing alone
    return render(request, "feed/players.html", {"consents": rows})


def _links(request: Request, post: Post) -> tuple[playing.Linked, ...]:
    return playing.links_of(post, previews.known([post], reader=request.user).get(post.pk, ()))
