"""Which topics there are for a reader: by name, by how they begin, and those that are talked about.

Security door: a topic that stands in nothing the reader may see does not exist for them, nor does an earlier name of
one that they see nowhere written.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import ngettext

from core.richtext import topic_key
from feed.models import Post, PostTopic, Topic, TopicAlias, seen_by

#: Days that count for what is talked about.
LATELY = 14
#: Newest posts that are looked through for it.
NEWEST = 500


def called(user: Any, name: str) -> Topic | None:
    """The topic that a name leads this reader to; an earlier name does where they see it written."""
    key = topic_key(name)
    if "\0" in key:
        return None
    visible = Post.objects.visible_to(user)
    found = Topic.objects.filter(name=key).first()
    if found is not None:
        return found if visible.about(found).exists() else None
    earlier = TopicAlias.objects.filter(name=key).select_related("topic").first()
    if earlier is None:
        return None
    written = PostTopic.objects.filter(topic=earlier.topic, written=key)
    return earlier.topic if visible.filter(pk__in=written.values("post")).exists() else None


def lately(user: Any, most: int) -> list[Topic]:
    """The topics of the newest posts, most used first."""
    since = timezone.now() - timedelta(days=LATELY)
    newest = Post.objects.visible_to(user).roots().filter(created_at__gt=since).order_by("-created_at", "-pk")
    return _counted(PostTopic.objects.filter(post__in=newest.values("pk")[:NEWEST]), most)


def beginning(user: Any, typed: str, most: int) -> list[Topic]:
    """The topics whose name, or an earlier one that the reader sees written, begins as typed."""
    begins = Q(topic__name__startswith=typed) | Q(written__startswith=typed)
    return _counted(PostTopic.objects.filter(begins, seen_by(user)), most)


def _counted(uses: QuerySet, most: int) -> list[Topic]:
    """Topics with in how many posts the reader sees them, most used first.

    Security door: `uses` began at `visible_to`, so neither a topic nor its number tells of a closed place.
    """
    rows = list(uses.values("topic").annotate(count=Count("pk")).order_by("-count", "topic")[:most])
    named = Topic.objects.in_bulk([row["topic"] for row in rows])
    found = []
    for row in rows:
        topic = named[row["topic"]]
        topic.count = row["count"]  # type: ignore[attr-defined]
        topic.note = ngettext("%(count)s post", "%(count)s posts", row["count"]) % {"count": row["count"]}  # type: ignore[attr-defined]
        found.append(topic)
    return found
