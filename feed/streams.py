"""Lists of posts, each a page at a time: what they hold, in which order, and what is new in them.

Every one begins at `visible_to`, knows no COUNT and no OFFSET, and reads rows, not cards (`feed.cards` draws those).
Two orders are plain: the newest posts, or the posts with the newest activity. "For you" has a third, which is told why
and hides nothing: `feed.ranking`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from core import paging
from core.paging import Page
from core.prepared import Prepared
from feed import ranking
from feed.cards import COLUMNS, Row, rows_of
from feed.models import Bookmark, Post, PostTopic, Praise, TopicAlias, seen_by
from people.hearing import blocked_by, unheard_by

#: Posts on one page of a feed.
SIZE = 15
#: New posts that are fetched at once behind "new posts".
NEWS = 50

VIEWS = ("for_you", "following", "company")
#: Order: fields from the newest on.
SORTS = {"new": ("-created_at", "-pk"), "active": ("-last_activity_at", "-pk")}
#: What one may choose on the home page: "best" ranks "For you", and is the newest elsewhere.
ORDERS = ("best", *SORTS)


class Stream:
    """One kind of list: `build(user, …)` gives its posts, beginning at `visible_to(user)`."""

    def __init__(self, build: Callable[..., QuerySet]) -> None:
        self.build = build
        self.made: dict[tuple[str, int, str], Prepared[Row]] = {}

    def page(self, *, sort: str = "new", cursor: str | None = None, size: int = SIZE, **given: Any) -> Page:
        """A page of rows.

        Raises:
            BadRequest: the cursor was not made by us.
            KeyError: there is no such order.
        """
        fields = SORTS[sort]
        if cursor:
            at, key = paging.decode(cursor, 2)
            found = self._prepared(sort, size + 1, "after").rows(**given, at=at, key=key)
        else:
            found = self._prepared(sort, size + 1, "").rows(**given)
        rows = found[:size]
        more = len(found) > size
        last = [getattr(rows[-1], field.lstrip("-")) for field in fields] if more else None
        return Page(rows, paging.encode(last) if last else None)

    def newer(self, *, mark: str, sort: str = "new", **given: Any) -> list[Row]:
        """The rows above a mark (`mark`), newest first: at most NEWS.

        Raises:
            BadRequest: the mark was not made by us.
        """
        at, key = paging.decode(mark, 2)
        return self._prepared(sort, NEWS, "before").rows(**given, at=at, key=key)

    def _prepared(self, sort: str, size: int, side: str) -> Prepared[Row]:
        key = (sort, size, side)
        if key not in self.made:
            self.made[key] = Prepared(lambda **given: self._query(sort, size, side, **given), Row)
        return self.made[key]

    def _query(self, sort: str, size: int, side: str, *, at: Any = None, key: Any = None, **given: Any) -> QuerySet:
        posts = self.build(**given)
        fields = SORTS[sort]
        name = fields[0].lstrip("-")
        if side:
            step = "lt" if side == "after" else "gt"
            beyond = Q(**{f"{name}__{step}": at}) | Q(**{name: at, f"pk__{step}": key})
            posts = posts.filter(Q(**{f"{name}__{step}e": at}) & beyond)
        return posts.order_by(*fields).values_list(*COLUMNS)[:size]


_HOME = {
    "for_you": Stream(lambda user: Post.objects.visible_to(user).for_you(user)),
    "following": Stream(lambda user: Post.objects.visible_to(user).following(user)),
    "company": Stream(lambda user: Post.objects.visible_to(user).company()),
}
_ON_TOP = Prepared(lambda user: Post.objects.visible_to(user).roots().on_top(user).values_list(*COLUMNS)[:3])
_GROUP = Stream(lambda user, group: Post.objects.visible_to(user).roots().filter(group=group, pinned_at=None))
_AUTHOR = Stream(lambda user, author: Post.objects.visible_to(user).filter(author=author))
_TOPIC = Stream(lambda user, topic: Post.objects.visible_to(user).about(topic))
_PINNED = Prepared(
    lambda user, group: (
        Post.objects.visible_to(user)
        .roots()
        .filter(group=group, pinned_at__isnull=False)
        .order_by("-pinned_at")
        .values_list(*COLUMNS)[:3]
    ),
    Row,
)


def home(*, person: Any, view: str = "for_you", sort: str = "new", cursor: str | None = None, size: int = SIZE) -> Page:
    """A page of the home feed.

    Args:
        person: who reads.
        view: "for_you" (their groups, the whole company, and what they follow), "following" or "company".
        sort: "best" (a `feed.ranking.Ranked` page of "for_you"; elsewhere the same as "new"), "new" or "active".
        cursor: `next` of the page before.

    Raises:
        BadRequest: the cursor was not made by us.
        KeyError: there is no such view or order.
    """
    if sort == "best" and _view(person, view) is _HOME["for_you"]:
        return ranking.page(person=person, cursor=cursor, size=size)
    return _view(person, view).page(user=person, sort=plain(sort), cursor=cursor, size=size)


def plain(sort: str) -> str:
    """The order by time that stands for one: what comes in anew is the newest, whatever was ranked."""
    return "new" if sort == "best" else sort


def on_top(*, person: Any) -> list[Row]:
    """The announcements that stand above their feed until they have seen them: at most three."""
    return [Row._make(values) for values in _ON_TOP.rows(user=person)]


def news(*, person: Any, view: str, sort: str, since: str) -> list[Row]:
    """What came into the home feed after a mark of `mark`, newest first."""
    return _view(person, view).newer(user=person, sort=plain(sort), mark=since)


def mark(found: Sequence[Any], *, sort: str) -> str:
    """The mark of a list's newest row: `news` tells what came after it."""
    return paging.encode([getattr(found[0], field.lstrip("-")) for field in SORTS[plain(sort)]]) if found else ""


def group(*, person: Any, group: Any, sort: str = "new", cursor: str | None = None) -> Page:
    """The posts of a group, without the pinned ones, which stand above the first page."""
    return _GROUP.page(user=person, group=group.pk, sort=sort, cursor=cursor)


def group_news(*, person: Any, group: Any, sort: str, since: str) -> list[Row]:
    """What came into a group after a mark."""
    return _GROUP.newer(user=person, group=group.pk, sort=sort, mark=since)


def pinned(*, person: Any, group: Any) -> list[Row]:
    """The pinned posts of a group, the last pinned first: at most three."""
    return _PINNED.rows(user=person, group=group.pk)


def by_author(*, person: Any, author: Any, cursor: str | None = None) -> Page:
    """What someone said, of which `person` may see each piece: posts and answers."""
    return _AUTHOR.page(user=person, author=author.pk, cursor=cursor)


def praise_of(*, person: Any, praised: Any, cursor: str | None = None) -> Page:
    """The posts that praise someone, as `praises` gives them, the newest first."""
    kept = praises(person=person, praised=praised)
    found = paging.page(kept.order_by("-post_id"), by=("-post_id",), cursor=cursor, size=SIZE)
    rows = {row.pk: row for row in rows_of(person, [one.post_id for one in found.items])}
    return Page([rows[one.post_id] for one in found.items if one.post_id in rows], found.next)


def praises(*, person: Any, praised: Any) -> QuerySet:
    """The praise of someone in posts that `person` may see; none by those whom the praised have blocked.

    The blocked find their own there all the same: they are never told.
    """
    unwanted = blocked_by(praised) - {person.pk}
    return Praise.objects.filter(seen_by(person), person=praised).exclude(post__author__in=unwanted)


def best_answers(*, person: Any, topics: list[str]) -> QuerySet:
    """Accepted answers in threads about any of these topics that `person` may see and wants to hear, the last first."""
    named = Q(topic__name__in=topics) | Q(topic__in=TopicAlias.objects.filter(name__in=topics).values("topic"))
    threads = PostTopic.objects.filter(named).values("post")
    found = Post.objects.visible_to(person).filter(root__in=threads, accepted_at__isnull=False)
    return found.exclude(author__in=unheard_by(person)).select_related("author", "root").order_by("-pk")


def about(*, person: Any, topic: Any, cursor: str | None = None) -> Page:
    """Posts and answers in which a topic stands."""
    return _TOPIC.page(user=person, topic=topic.pk, cursor=cursor)


def saved(*, person: Any, cursor: str | None = None) -> Page:
    """What someone kept for later and may still see, the last kept first."""
    found = paging.page(Bookmark.objects.filter(seen_by(person), person=person), cursor=cursor, size=SIZE)
    keys = [bookmark.post_id for bookmark in found.items]
    rows = {row.pk: row for row in rows_of(person, keys)}
    return Page([rows[key] for key in keys if key in rows], found.next)


def _view(person: Any, view: str) -> Stream:
    """A guest has no company feed: theirs is what concerns them."""
    return _HOME["for_you" if view == "company" and person.is_guest else view]
