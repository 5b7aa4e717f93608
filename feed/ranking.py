"""The order of "For you": by who says it, where, and when; and why a post stands where it does.

The newest posts are put into an order a slice at a time, so a post is never hidden and never far from its time. What is
left of a slice goes along in the cursor, by its keys: whatever happens meanwhile, no post comes twice and none is lost.
Each page is asked of `visible_to` anew; a key in a cursor opens nothing. A slice is read by what its order depends on
alone; of the posts that are shown the rest is read then, with their answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _

from core import paging
from core.paging import Page
from core.prepared import Prepared
from feed.cards import Row, rows_of
from feed.models import Post, PostTopic, TopicFollow
from groups.models import Membership
from inbox.models import Watch
from people.models import Follow

#: Posts that are put into an order together.
SLICE = 30
#: How many hours newer a post counts for each reason; the first that holds is the one that is told.
WEIGHTS = {"person": 12.0, "topic": 12.0, "thread": 8.0, "group": 6.0}
#: How many hours newer it counts for each answer, and for how many at most.
LIVELY, LIVELIEST = 0.5, 10


class Because(NamedTuple):
    """Why a post stands in "For you"."""

    #: "person", "topic", "thread" or "group"; the whole company's posts need no reason.
    kind: str
    #: The name of the person or the topic; empty for the others, whose card says it.
    name: str = ""

    @property
    def text(self) -> str:
        """What the card says of it, safe to stand in a page; nothing of a group, which it names already."""
        if self.kind == "person":
            return _("because you follow %(name)s") % {"name": escape(self.name)}
        if self.kind == "topic":
            return _("because you follow %(name)s") % {"name": escape(f"#{self.name}")}
        return _("because you follow this discussion") if self.kind == "thread" else ""


@dataclass(frozen=True)
class Ranked(Page):
    """A page of "For you"."""

    #: Why each row stands here, by its key.
    because: dict[int, Because] = field(default_factory=dict)
    #: The newest of the slice, behind which new posts wait.
    newest: list[Weighed] = field(default_factory=list)
    #: The accepted and the newest answers of its rows, by key, read along with them; None for what may not be seen.
    answers: dict[int, Row | None] = field(default_factory=dict)


class Weighed(NamedTuple):
    """A post of a slice: what its place depends on, and no more."""

    pk: int
    created_at: datetime
    reply_count: int
    best_answer_id: int | None
    last_reply_id: int | None
    #: Its author's name.
    author: str
    by_followed: bool
    #: Whether the reader follows the discussion.
    followed: bool
    #: A topic of it that the reader follows.
    topic: str
    #: Whether it stands in a group of theirs.
    theirs: bool

    @property
    def why(self) -> Because | None:
        """The first reason that holds."""
        if self.by_followed:
            return Because("person", self.author)
        if self.topic:
            return Because("topic", self.topic)
        if self.followed:
            return Because("thread")
        return _GROUP if self.theirs else None

    def weight(self, now: datetime) -> float:
        """Hours: the larger, the higher it stands."""
        why = self.why
        old = (now - self.created_at).total_seconds() / 3600
        return (WEIGHTS[why.kind] if why else 0.0) + LIVELY * min(self.reply_count, LIVELIEST) - old


_GROUP = Because("group")


def page(*, person: Any, cursor: str | None = None, size: int) -> Ranked:
    """A page of what concerns someone, the weightiest of each slice first.

    Raises:
        BadRequest: the cursor was not made by us.
    """
    at, key, rest = paging.decode(cursor, 3) if cursor else ("", 0, "")
    newest: list[Weighed] = []
    if rest:
        order = [int(one) for one in rest.split(",")]
        keys, left = order[:size], order[size:]
        found = {one.pk: one for one in _SAME.rows(user=person, keys=keys)}
        shown = [found[pk] for pk in keys if pk in found]
    else:
        rows = _AFTER.rows(user=person, at=at, key=key) if key else _FIRST.rows(user=person)
        slice_ = rows[:SLICE]
        # The last of the slice by time, behind which the next one begins.
        at, key = (slice_[-1].created_at, slice_[-1].pk) if len(rows) > SLICE else ("", 0)
        newest = slice_[:1]
        now = timezone.now()
        slice_.sort(key=lambda one: -one.weight(now))
        shown, left = slice_[:size], [one.pk for one in slice_[size:]]
    following = paging.encode([at, key, ",".join(map(str, left))]) if left or key else None
    because = {one.pk: one.why for one in shown if one.why is not None}
    under = {answer for one in shown for answer in (one.best_answer_id, one.last_reply_id) if answer}
    read = {row.pk: row for row in rows_of(person, [*(one.pk for one in shown), *under])}
    items = [read[one.pk] for one in shown if one.pk in read]
    return Ranked(items, following, because, newest, {key: read.get(key) for key in under})


def _weighed(posts: QuerySet, user: Any) -> QuerySet:
    """Posts with what ties the reader to them: told per row of the slice, in the same query."""
    topics = PostTopic.objects.filter(
        post=OuterRef("pk"), topic__in=TopicFollow.objects.filter(person_id=user.pk).values("topic")
    )
    watched = Watch.objects.filter(
        person_id=user.pk, kind=Post.kind, level=Watch.Level.FOLLOW, object_pk=OuterRef("pk")
    )
    return posts.annotate(
        called=F("author__name"),
        by_followed=Exists(Follow.objects.filter(follower_id=user.pk, followed=OuterRef("author"))),
        followed=Exists(watched),
        topic_said=Coalesce(Subquery(topics.order_by("pk").values("topic__label")[:1]), Value("")),
        theirs=Exists(Membership.objects.filter(person_id=user.pk, group=OuterRef("group"))),
    ).values_list(*Weighed._fields[:5], "called", "by_followed", "followed", "topic_said", "theirs")


def _slice(user: Any) -> QuerySet:
    return Post.objects.visible_to(user).for_you(user).order_by("-created_at", "-pk")


_FIRST = Prepared(lambda user: _weighed(_slice(user), user)[: SLICE + 1], Weighed)
_AFTER = Prepared(
    lambda user, at, key: _weighed(
        _slice(user).filter(Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(created_at=at, pk__lt=key))), user
    )[: SLICE + 1],
    Weighed,
)
_SAME = Prepared(
    lambda user, keys: _weighed(Post.objects.visible_to(user).unmuted(user).filter(pk__in=keys), user), Weighed
)
