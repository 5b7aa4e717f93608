"""Who has seen a post: read off the marks that people move anyway, never off a row for each look.

Someone has seen a post who looked at its group after it was said (the mark of how far they have read there), opened its
discussion (the mark of how far they have read that), or closed the announcement.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from core import site
from core.models import Access
from core.refusal import Refused
from feed.models import Post, Seen, ThreadMark
from feed.permissions import may
from people.models import User


def shown_to(person: User, post: Post) -> tuple[QuerySet, QuerySet]:
    """Those of `people` whom this person may know.

    Security door: of the page and of the API alike.

    Raises:
        Refused: the administrators want nobody to see it, or it is neither theirs nor in a place they look after.
    """
    if not site.current().shows_reach:
        raise Refused(_("The administrators have chosen that nobody sees who has seen a post."))
    if not may(person, post).reach:
        raise Refused(_("Only who wrote it, and those who look after the place, see who has seen it."))
    known = User.objects.visible_to(person).values("pk")
    seen, missing = people(post)
    return seen.filter(pk__in=known), missing.filter(pk__in=known)


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
