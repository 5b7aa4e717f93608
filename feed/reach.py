"""Who has seen a post: read off the marks that people move anyway, never off a row for each look.

Someone has seen a post who looked at its group after it was said (the mark of how far they have read there), opened its
discussion (the mark of how far they have read that), or closed the announcement.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core import site
from core.models import Access
from core.refusal import Refused
from feed.models import Post, Seen, ThreadMark
from feed.permissions import may
from inbox import sending
from people.models import User


def shown_to(person: User, post: Post) -> dict[str, QuerySet]:
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
    return {state: rows.filter(pk__in=known) for state, rows in people(post).items()}


#: How a post may stand with someone it is for.
STATES = ("seen", "not_seen", "not_delivered")


def people(post: Post) -> dict[str, QuerySet]:
    """Those who have seen a post, those it is for who have not (of a group, its members; else every colleague), and
    those of them to whom it could not be delivered: mail to them is refused for good, or their device is gone.
    """
    noticed, meant, missed = _seen(post), _meant(post), _missed(post)
    readers = post.readers().exclude(pk=post.author_id)
    waiting = readers.filter(meant).exclude(noticed)
    return {
        "seen": readers.filter(noticed),
        "not_seen": waiting.exclude(missed),
        "not_delivered": waiting.filter(missed),
    }


def counts(post: Post) -> dict[str, int]:
    """How many have seen it, how many have not, and to how many of these it could not be delivered, in one query."""
    noticed, meant, missed = _seen(post), _meant(post), _missed(post)
    readers = post.readers().exclude(pk=post.author_id)
    return readers.aggregate(
        seen=Count("pk", filter=noticed),
        not_seen=Count("pk", filter=meant & ~noticed & ~missed),
        not_delivered=Count("pk", filter=meant & ~noticed & missed),
    )


def news(post: Post, keys: set[int]) -> set[int]:
    """Of some people, those for whom an announcement is still news: it is not over, and they have not seen it."""
    if not post.is_shown or post.on_top_until is None or post.on_top_until <= timezone.now():
        return set()
    return keys - {post.author_id} - set(User.objects.filter(_seen(post), pk__in=keys).values_list("pk", flat=True))


def _seen(post: Post) -> Q:
    noticed = Q(pk__in=Seen.objects.filter(post=post).values("person"))
    noticed |= Q(pk__in=ThreadMark.objects.filter(root=post).values("person"))
    if post.seq is not None:
        # What was there before someone came counts as read, and nobody has seen it for that.
        said = post.published_at or post.created_at
        marks = Access.objects.filter(audience=post.audience_id, read_seq__gte=post.seq, read_at__gte=said)
        noticed |= Q(pk__in=marks.values("person"))
    return noticed


def _missed(post: Post) -> Q:
    return Q(pk__in=sending.undelivered(post))


def _meant(post: Post) -> Any:
    if post.group_id is None:
        return Q(pk__gt=0)
    return Q(pk__in=Access.objects.filter(audience=post.audience_id).values("person"))
