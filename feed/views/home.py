"""The home feed, what is new in it, what one saved, what someone said."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core.requests import Request
from feed import composing, streams
from feed.cards import Reader, heard, page_of
from feed.models import Post
from feed.ranking import Ranked
from groups.models import Group
from people.models import User

#: Where the browser remembers which view and order a person chose last.
COOKIE = "feed"
YEAR = 60 * 60 * 24 * 365
#: Posts of one page that are asked about at once.
STILL = 200


@require_GET
def home(request: Request) -> HttpResponse:
    """The feed, a page of it (`?cursor=`), or what is new in it (`?since=`)."""
    view, sort = _chosen(request)
    reader = Reader(request.user, request)
    base = f"/?view={view}&sort={sort}"
    since = request.GET.get("since")
    if since and is_fragment(request):
        fresh = streams.news(person=request.user, view=view, sort=sort, since=since)
        context: dict[str, Any] = {
            "cards": page_of(reader, heard(reader, fresh)),
            "news_url": f"{base}&since={streams.mark(fresh, sort=sort) or since}",
        }
        return render(request, "feed/_news.html", context)
    cursor = request.GET.get("cursor")
    found = streams.home(person=request.user, view=view, sort=sort, cursor=cursor)
    alone = view == "for_you" and not (found.items or cursor or request.user.is_guest or reader.places)
    if alone:
        # Someone who has joined and followed nothing reads what the company says, until they have.
        base = f"/?view=company&sort={sort}"
        found = streams.home(person=request.user, view="company", sort=sort)
    top = streams.on_top(person=request.user)
    reader.on_top = {row.pk for row in top}
    answers = None
    if isinstance(found, Ranked):
        answers = found.answers
        # What stands on top says so itself.
        reader.because = {key: why.text for key, why in found.because.items() if key not in reader.on_top}
    # What stands on top is not shown a second time, on no page.
    rest = [row for row in heard(reader, found.items) if row.pk not in reader.on_top]
    context = {
        "cards": page_of(reader, rest if cursor else [*top, *rest], answers),
        "next_url": f"{base}&cursor={found.next}" if found.next else "",
    }
    if cursor and is_fragment(request):
        return render(request, "feed/_more.html", context)
    places = composing.places(reader)
    mark = streams.mark(found.newest if isinstance(found, Ranked) else found.items, sort=sort)
    context |= {
        "view": view,
        "sort": sort if view == "for_you" else streams.plain(sort),
        "kept": sort,
        "views": _views(request.user),
        "composer": composing.with_announcements(composing.blank(reader, places), user=request.user, group=None),
        "first_page": not cursor,
        "news_url": f"{base}&since={mark}" if mark and not cursor else "",
        "nothing": not found.items and not top,
        "alone": alone and bool(found.items),
    }
    answer = render(request, "feed/home.html", context)
    if {"view", "sort"} & set(request.GET):
        answer.set_cookie(
            COOKIE, f"{view}.{sort}", max_age=YEAR, samesite="Lax", httponly=True, secure=request.is_secure()
        )
    return answer


@require_GET
def still(request: Request) -> HttpResponse:
    """Of the posts that a page shows (`ids`), those that belong there still: the others vanish from it at once (A3).

    A feed (`feed`) leaves out what was muted meanwhile, too.
    """
    ids = [one for one in request.GET.get("ids", "").split(",")[:STILL] if one and "\0" not in one]
    posts = Post.objects.visible_to(request.user).filter(public_id__in=ids)
    if request.GET.get("feed"):
        posts = posts.unmuted(request.user)
    return JsonResponse({"ids": list(posts.values_list("public_id", flat=True))})


@require_GET
def bookmarks(request: Request) -> HttpResponse:
    """What the person kept for later."""
    found = streams.saved(person=request.user, cursor=request.GET.get("cursor"))
    return listed(request, found, "feed/bookmarks.html", "/bookmarks/")


@require_GET
def of_person(request: Request, public_id: str) -> HttpResponse:
    """What someone said, as far as the reader may see it; the profile shows it in its tab."""
    person = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    found = streams.by_author(person=request.user, author=person, cursor=request.GET.get("cursor"))
    return listed(request, found, "feed/person.html", f"/people/{person.public_id}/posts/", person=person)


@require_GET
def praise_of(request: Request, public_id: str) -> HttpResponse:
    """The praise of someone, as far as the reader may see it."""
    person = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    found = streams.praise_of(person=request.user, praised=person, cursor=request.GET.get("cursor"))
    return listed(request, found, "feed/praise.html", f"/people/{person.public_id}/praise/", person=person)


@require_GET
def of_group(request: Request, public_id: str) -> HttpResponse:
    """What is new in a group (`?since=`), for the bar on its page; without it, the page of the group."""
    group = get_object_or_404(Group.objects.visible_to(request.user), public_id=public_id)
    since = request.GET.get("since")
    if not since or not is_fragment(request):
        return HttpResponseRedirect(group.get_absolute_url())
    sort = request.GET.get("sort", "")
    sort = sort if sort in streams.SORTS else "new"
    fresh = streams.group_news(person=request.user, group=group, sort=sort, since=since)
    mark = streams.mark(fresh, sort=sort) or since
    context = {
        "cards": page_of(Reader(request.user), fresh),
        "news_url": f"/groups/{group.public_id}/posts/?sort={sort}&since={mark}",
    }
    return render(request, "feed/_news.html", context)


def listed(request: Request, found: Any, template: str, path: str, **context: Any) -> HttpResponse:
    """A page of a list, or what follows on it for htmx."""
    joint = "&" if "?" in path else "?"
    context |= {
        "cards": page_of(Reader(request.user, request), found.items),
        "next_url": f"{path}{joint}cursor={found.next}" if found.next else "",
        "nothing": not found.items,
    }
    return render(request, "feed/_more.html" if is_fragment(request) else template, context)


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a piece of a page."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-Boosted")


def _chosen(request: Request) -> tuple[str, str]:
    view, _dot, sort = request.COOKIES.get(COOKIE, "").partition(".")
    view, sort = request.GET.get("view") or view, request.GET.get("sort") or sort
    views = [name for name, _label in _views(request.user)]
    return (view if view in views else views[0]), (sort if sort in streams.ORDERS else "best")


def _views(user: Any) -> tuple[tuple[str, str], ...]:
    """The views there are for a person: a guest has no company feed."""
    return _called(get_language() or "")[: 2 if user.is_guest else 3]


@cache
def _called(language: str) -> tuple[tuple[str, str], ...]:
    """The views and what they are called in the language of the page."""
    return (
        ("for_you", _("For you")),
        ("following", pgettext("posts of whom and what I follow", "Following")),
        ("company", _("All company")),
    )
