"""Posts of a group that was deleted for good go with it, piece by piece."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from feed.models import Post
from groups.models import Group


def take_away(*, group: Group, audiences: list[int], limit: int) -> int:
    """Delete up to `limit` posts of a group with all that hangs on them: versions, reactions, ballots, files, words.

    Answers go before what they answer. Drafts for the group stay with their authors, for nowhere.

    Returns:
        How many went.
    """
    here = Q(group=group) | Q(audience__in=audiences)
    answers = Post.objects.filter(here | Q(root__group=group)).replies().order_by("-pk")
    found = _keys(answers, limit) or _keys(Post.objects.filter(here).order_by("-pk"), limit)
    if not found:
        return 0
    keys, roots = [key for key, _root in found], {root for _key, root in found if root is not None}
    # What stands elsewhere in these threads and names one of them names it no more.
    threads = Post.objects.filter(root__in=roots)
    threads.filter(parent__in=keys).exclude(pk__in=keys).update(parent=None)
    threads.filter(branch__in=keys).exclude(pk__in=keys).update(branch=None)
    Post.objects.filter(pk__in=keys).delete()
    return len(keys)


def _keys(rows: QuerySet[Post], limit: int) -> list[tuple[int, int | None]]:
    return list(rows.values_list("pk", "root_id")[:limit])


__all__ = ["take_away"]
