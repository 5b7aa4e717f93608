"""Who has seen a post: read off the marks that people move anyway, never off a row for each look.

Someone has seen a post who looked at its group after it was said (the mark of how far they have read there), opened its
discussion (the mark of how far they have read that), or closed the announcement.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet

from core.models import Access
from feed.models import Post, Seen, ThreadMark


def people(post: Post) -> tuple[QuerySet, QuerySet]:
    """Those who have seen a post, and those it is for who have not: of a group, its members; else every colleague."""
    noticed, meant = _seen(post), _meant(post)
    readers = post.readers().exclude(pk=post.author_id)
    return readers.filter(noticed), readers.filter(meant).exclude(noticed)


def counts(post: Post) -> dict[str, int]:
    """How many have seen it and how many have not, in one query."""
    noticed, meant = _seen(post), _meant(post)
    readers = post.readers().exclude(pk=post.author_id)
    return readers.aggregate(seen=Count("pk", filter=noticed), not_seen=Count("pk", filter=meant & ~noticed))


def _seen(post: Post) -> Q:
    noticed = Q(pk__in=Seen.objects.filter(post=post).values("person"))
    noticed |= Q(pk__in=ThreadMark.objects.filter(root=post).values("person"))
    if post.seq is not None:
        # What was there before someone came counts as read, and nobody has seen it for that.
        said = post.published_at or post.created_at
        marks = Access.objects.filter(audience=post.audience_id, read_seq__gte=post.seq, read_at__gte=said)
        noticed |= Q(pk__in=marks.values("person"))
    return noticed


def _meant(post: Post) -> Any:
    if post.group_id is None:
        return Q(pk__gt=0)
    return Q(pk__in=Access.objects.filter(audience=post.audience_id).values("person"))
