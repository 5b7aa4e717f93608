"""Slots, the few places of a cached card that differ by reader; and the feeds that other rooms' pages show."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django import template
from django.db.models import Count
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import gettext

from core.templatetags.kring import ago, quoted
from feed import composing, streams
from feed.cards import MARK, Reader, page_of
from feed.models import SIGNS, Praise
from feed.permissions import may_publish

register = template.Library()

#: Accepted answers that are counted by who gave them, and how many of them are shown.
BEST, SHOWN = 100, 5


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
    if name == "who":
        return mark_safe(str(context.get("who") or ""))
    if name == "mine":
        return mark_safe("true" if argument in (context.get("mine") or ()) else "false")
    if name == "off":
        return mark_safe(" disabled" if context.get("off") else "")
    return mark_safe("false" if name == "saved" else "")


@register.simple_tag
def byline(post: Any) -> SafeString:
    """The author of a card with what readers should know of them: one piece of a sentence."""
    who = post.author
    badges = [("tag guest", gettext("Guest"))] if who.is_guest else []
    badges += [("tag", gettext("Former colleague"))] if who.has_left else []
    return format_html(
        '<strong><a id="by-{}" href="/people/{}/"><bdi>{}</bdi></a></strong>{}',
        post.public_id,
        who.public_id,
        who.name,
        format_html_join("", ' <span class="{}">{}</span>', badges),
    )


@register.simple_tag
def place_link(group: Any) -> SafeString:
    """The group a card stands in: one piece of a sentence."""
    return format_html('<strong><a href="/groups/{}/"><bdi>{}</bdi></a></strong>', group.public_id, group.name)


@register.simple_tag
def said_link(post: Any) -> SafeString:
    """Another discussion by its first words: one piece of a sentence."""
    words = quoted(Truncator(post.line).chars(60)) if post.line else gettext("another discussion")
    return format_html('<a href="/posts/{}/">{}</a>', post.public_id, words)


@register.simple_tag
def person_link(person: Any) -> SafeString:
    """Someone by name: one piece of a sentence."""
    return format_html('<a href="/people/{}/"><bdi>{}</bdi></a>', person.public_id, person.name)


@register.simple_tag
def thread_link(post: Any) -> SafeString:
    """What an answer belongs to, in the words of its first post: one piece of a sentence."""
    words = quoted(Truncator(post.root.line).chars(80)) if post.root.line else gettext("a deleted post")
    return format_html('<a href="/posts/{}/">{}</a>', post.public_id, words)


@register.inclusion_tag("feed/_group.html", takes_context=True)
def group_feed(context: template.Context, group: Any) -> dict[str, Any]:
    """The feed of a group for the page of the group: composer, pinned posts, posts. Reads `?cursor=` and `?sort=`.

    The group was found through `visible_to`; what is shown of it is asked of `visible_to` once more.
    """
    request = context["request"]
    reader = Reader(request.user, request)
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
        "cards": page_of(Reader(request.user, request), found.items),
        "nothing": not found.items,
        "next_url": f"/people/{person.public_id}/posts/?cursor={found.next}" if found.next else "",
    }


@register.simple_tag
def badges() -> list[tuple[str, str, str]]:
    """The badges of praise to choose from: value, sign, label."""
    return [(value, SIGNS[value], str(label)) for value, label in Praise.Badge.choices]


@register.inclusion_tag("feed/_praise_panel.html", takes_context=True)
def praise_panel(context: template.Context, person: Any) -> dict[str, Any]:
    """The badges someone was given, for their page: only those of posts that the reader may see."""
    reader = context["request"].user
    found = streams.praises(person=reader, praised=person).values_list("badge").annotate(n=Count("pk"))
    labels = dict(Praise.Badge.choices)
    return {"person": person, "badges": [(SIGNS[one], labels[one], n) for one, n in found.order_by("-n", "badge")]}


@register.inclusion_tag("feed/_best_answers.html", takes_context=True)
def best_answers(context: template.Context, topics: list[str]) -> dict[str, Any]:
    """Accepted answers in threads about any of these topics that the reader may see, and who gave the most of them."""
    reader = context["request"].user
    answers = list(streams.best_answers(person=reader, topics=topics)[:BEST])
    given = Counter(one.author for one in answers)
    people = [{"person": person, "count": count} for person, count in given.most_common(5) if person.is_active]
    return {"answers": answers[:SHOWN], "people": people}
