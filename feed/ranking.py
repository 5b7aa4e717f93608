"""The order of "For you": by who says it, where, and when; and why a post stands where it does.

The newest posts are put into an order a slice at a time, so a post is never hidden and never far from its time. What is
left of a slice goes along in the cursor, by its keys: whatever happens meanwhile, no post comes twice and none is lost.
Each page is asked of `visible_to` anew; a key in a cursor opens nothing.
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
from feed.cards import COLUMNS, Row
from feed.models import Post, PostTopic, TopicFollow
from groups.models import Membership
from inbox.models import Watch
from people.models import Follow

#: Posts that are put into an order together.
SLICE = 45
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
    newest: list[Row] = field(default_factory=list)


def page(*, person: Any, cursor: str | None = None, size: int) -> Ranked:
    """A page of what concerns someone, the weightiest of each slice first.

    Raises:
        BadRequest: the cursor was not made by us.
    """
    at, key, rest = paging.decode(cursor, 3) if cursor else ("", 0, "")
    newest: list[Row] = []
    if rest:
        order = [int(one) for one in rest.split(",")]
        keys, left = order[:size], order[size:]
        found = {row.pk: (row, because) for row, because in _read(_SAME.rows(user=person, keys=keys))}
        shown = [found[pk] for pk in keys if pk in found]
    else:
        rows = _AFTER.rows(user=person, at=at, key=key) if key else _FIRST.rows(user=person)
        slice_ = list(_read(rows[:SLICE]))
        # The last of the slice by time, behind which the next one begins.
        at, key = (slice_[-1][0].created_at, slice_[-1][0].pk) if len(rows) > SLICE else ("", 0)
        newest = [row for row, _because in slice_[:1]]
        now = timezone.now()
        slice_.sort(key=lambda one: -_weight(*one, now))
        shown, left = slice_[:size], [row.pk for row, _because in slice_[size:]]
    following = paging.encode([at, key, ",".join(map(str, left))]) if left or key else None
    because = {row.pk: why for row, why in shown if why is not None}
    return Ranked([row for row, _because in shown], following, because, newest)


def _read(rows: list[tuple]) -> Any:
    """Rows with the reason for each."""
    width = len(COLUMNS)
    for values in rows:
        row = Row._make(values[:width])
        author, by_followed, followed, topic, theirs = values[width:]
        why: Because | None = None
        if by_followed:
            why = Because("person", author)
        elif topic:
            why = Because("topic", topic)
        elif followed:
            why = Because("thread")
        elif theirs:
            why = Because("group")
        yield row, why


def _weight(row: Row, why: Because | None, now: datetime) -> float:
    """Hours: the larger, the higher it stands."""
    old = (now - row.created_at).total_seconds() / 3600
    return (WEIGHTS[why.kind] if why else 0.0) + LIVELY * min(row.reply_count, LIVELIEST) - old


def _with_reasons(posts: QuerySet, user: Any) -> QuerySet:
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
    ).values_list(*COLUMNS, "called", "by_followed", "followed", "topic_said", "theirs")


def _slice(user: Any) -> QuerySet:
    return Post.objects.visible_to(user).for_you(user).order_by("-created_at", "-pk")


_FIRST = Prepared(lambda user: _with_reasons(_slice(user), user)[: SLICE + 1])
_AFTER = Prepared(
    lambda user, at, key: _with_reasons(
        _slice(user).filter(Q(created_at__lte=at) & (Q(created_at__lt=at) | Q(created_at=at, pk__lt=key))), user
    )[: SLICE + 1]
)
_SAME = Prepared(
    lambda user, keys: _with_reasons(Post.objects.visible_to(user).unmuted(user).filter(pk__in=keys), user)
)
