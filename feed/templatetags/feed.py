"""Slots, the few places of a cached card that differ by reader; and the feeds that other rooms' pages show."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from core.templatetags.kring import ago
from feed import composing, streams
from feed.cards import MARK, Reader, page_of
from feed.permissions import may_publish

register = template.Library()


@register.simple_tag(takes_context=True)
def slot(context: template.Context, name: str, argument: str = "") -> SafeString:
    """The place of `name` in a cached card, filled by `feed.cards`.

    Drawn outside a cached card (numbers that are fetched anew, a moderator's page) it is filled from the context: the
    reader's own emoji in `mine`, whether they may not act in `off`.
    """
    if context.get("slotted"):
        return mark_safe(f"{MARK}{name}:{argument}{MARK}")
    if name == "time":
        return ago(context["post"].created_at)
    if name == "mine":
        return mark_safe("true" if argument in (context.get("mine") or ()) else "false")
    if name == "off":
        return mark_safe(" disabled" if context.get("off") else "")
    return mark_safe("false" if name == "saved" else "")


@register.inclusion_tag("feed/_group.html", takes_context=True)
def group_feed(context: template.Context, group: Any) -> dict[str, Any]:
    """The feed of a group for the page of the group: composer, pinned posts, posts. Reads `?cursor=` and `?sort=`.

    The group was found through `visible_to`; what is shown of it is asked of `visible_to` once more.
    """
    request = context["request"]
    reader = Reader(request.user)
    sort = request.GET.get("sort") if request.GET.get("sort") in streams.SORTS else "new"
    cursor = request.GET.get("cursor")
    found = streams.group(person=request.user, group=group, sort=sort, cursor=cursor)
    pinned = [] if cursor else streams.pinned(person=request.user, group=group)
    composer = None
    if not cursor and may_publish(request.user, group, reader.roles):
        place = composing.place_of(group)
        composer = composing.blank(reader, [place], chosen=place.value, fixed=True)
        composing.with_announcements(composer, user=request.user, group=group, roles=reader.roles)
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "group": group,
        "composer": composer,
        "cards": page_of(reader, [*pinned, *found.items]),
        "nothing": not found.items and not pinned,
        "next_url": f"{request.path}?sort={sort}&cursor={found.next}" if found.next else "",
        "first_page": not cursor,
        "topic": group.audience.topic if not cursor else "",
        "news_url": _news_url(group, found.items, sort) if not cursor else "",
    }


def _news_url(group: Any, found: list[Any], sort: str) -> str:
    """Where to ask for what is newer than the first post."""
    mark = streams.mark(found, sort=sort)
    return f"/groups/{group.public_id}/posts/?sort={sort}&since={mark}" if mark else ""


@register.inclusion_tag("feed/_person.html", takes_context=True)
def person_feed(context: template.Context, person: Any) -> dict[str, Any]:
    """What a person said, as far as the reader sees it, for the page of the person. Reads `?cursor=`."""
    request = context["request"]
    found = streams.by_author(person=request.user, author=person, cursor=request.GET.get("cursor"))
    return {
        "request": request,
        "person": person,
        "cards": page_of(Reader(request.user), found.items),
        "nothing": not found.items,
        "next_url": f"/people/{person.public_id}/posts/?cursor={found.next}" if found.next else "",
    }
