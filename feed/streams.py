"""Lists of posts, each a page at a time: what they hold, in which order, and what is new in them.

Every one begins at `visible_to`, knows no COUNT and no OFFSET, and reads rows, not cards (`feed.cards` draws those).
Two orders, both plain: the newest posts, or the posts with the newest activity. Nothing is hidden by a ranking.
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from core import paging
from core.paging import Page
from feed.cards import COLUMNS, Row
from feed.models import Bookmark, Post

#: Posts on one page of a feed.
SIZE = 20
#: New posts that are counted before it reads "50+".
NEWS = 50

VIEWS = ("for_you", "following", "company")
#: Order: fields from the newest on.
SORTS = {"new": ("-created_at", "-pk"), "active": ("-last_activity_at", "-pk")}


def home(*, person: Any, view: str = "for_you", sort: str = "new", cursor: str | None = None, size: int = SIZE) -> Page:
    """A page of the home feed.

    Args:
        person: who reads.
        view: "for_you" (their groups, the whole company, and what they follow), "following" or "company".
        sort: "new" or "active".
        cursor: `next` of the page before.

    Raises:
        BadRequest: the cursor was not made by us.
        KeyError: there is no such order.
    """
    return listed(_home(person, view), sort=sort, cursor=cursor, size=size)


def news(*, person: Any, view: str, sort: str, since: str) -> list[Row]:
    """What came into the home feed after a mark of `mark`, newest first: at most NEWS."""
    posts = _home(person, view).values_list(*COLUMNS)
    return [Row._make(values) for values in paging.newer(posts, by=SORTS[sort], mark=since, size=NEWS)]


def mark(found: list[Row], *, sort: str) -> str:
    """The mark of a list's newest row: `news` tells what came after it."""
    return paging.encode([getattr(found[0], field.lstrip("-")) for field in SORTS[sort]]) if found else ""


def group(*, person: Any, group: Any, sort: str = "new", cursor: str | None = None) -> Page:
    """The posts of a group, without the pinned ones, which stand above the first page."""
    posts = Post.objects.visible_to(person).roots().filter(group=group, pinned_at=None)
    return listed(posts, sort=sort, cursor=cursor)


def pinned(*, person: Any, group: Any) -> list[Row]:
    """The pinned posts of a group, the last pinned first: at most three."""
    posts = Post.objects.visible_to(person).roots().filter(group=group, pinned_at__isnull=False)
    return [Row._make(values) for values in posts.order_by("-pinned_at").values_list(*COLUMNS)[:3]]


def by_author(*, person: Any, author: Any, cursor: str | None = None) -> Page:
    """What someone said, of which `person` may see each piece: posts and answers."""
    return listed(Post.objects.visible_to(person).filter(author=author), cursor=cursor)


def about(*, person: Any, topic: Any, cursor: str | None = None) -> Page:
    """Posts and answers in which a topic stands."""
    return listed(Post.objects.visible_to(person).about(topic), cursor=cursor)


def saved(*, person: Any, cursor: str | None = None) -> Page:
    """What someone kept for later and may still see, the last kept first."""
    visible = Post.objects.visible_to(person).values("pk")
    found = paging.page(Bookmark.objects.filter(person=person, post__in=visible), cursor=cursor, size=SIZE)
    keys = [bookmark.post_id for bookmark in found.items]
    rows = {
        values[0]: Row._make(values)
        for values in Post.objects.visible_to(person).filter(pk__in=keys).values_list(*COLUMNS)
    }
    return Page([rows[key] for key in keys if key in rows], found.next)


def listed(posts: QuerySet, *, sort: str = "new", cursor: str | None = None, size: int = SIZE) -> Page:
    """A page of rows of a queryset that began at `visible_to`."""
    found = paging.page(posts.values_list(*COLUMNS, named=True), by=SORTS[sort], cursor=cursor, size=size)
    return Page([Row._make(values) for values in found.items], found.next)


def _home(person: Any, view: str) -> QuerySet:
    posts = Post.objects.visible_to(person)
    if view == "following":
        return posts.following(person)
    if view == "company" and not person.is_guest:
        return posts.company()
    return posts.for_you(person)
