"""Closing a discussion with a reason, and opening it again."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from core.refusal import Refused
from core.text import clean
from feed.models import Post
from feed.permissions import may
from people.models import User


@transaction.atomic
def close(*, post: Post, by: User, why: str) -> Post:
    """Let nobody answer or react any more but those who look after the place. What was said stays readable.

    Args:
        post: the post that began the discussion, found through `visible_to(by)`.
        by: its author, or one who looks after the place.
        why: the reason, which everyone reads.

    Raises:
        Refused: neither of them, or it is closed already.
        ValidationError: no reason, or a long one.
    """
    post = _locked(post)
    if post.closed_at is not None:
        raise Refused(_("This discussion is closed already."), status=409)
    if not may(by, post).close:
        raise Refused(_("Only who began a discussion, or who looks after the place, can close it."))
    why = clean(why, multiline=False).strip()
    if not why:
        raise ValidationError({"why": _("Say in a few words why it is closed.")}, code="empty")
    limits.check(limits.REASON_CHARS, why)
    _write(post, closed_at=timezone.now(), closed_by=by, closed_why=why)
    record("feed.thread.closed", actor=by, target=post, id=post.public_id)
    return post


@transaction.atomic
def reopen(*, post: Post, by: User) -> Post:
    """Let everyone answer again.

    Raises:
        Refused: it is open, or others have closed it.
    """
    post = _locked(post)
    if not may(by, post).reopen:
        raise Refused(_("Only those who look after the place can open this discussion again."))
    _write(post, closed_at=None, closed_by=None, closed_why="")
    record("feed.thread.reopened", actor=by, target=post, id=post.public_id)
    return post


def _locked(post: Post) -> Post:
    return Post.objects.select_for_update(of=("self",)).select_related("group", "author", "audience").get(pk=post.pk)


def _write(post: Post, **columns: object) -> None:
    for name, value in columns.items():
        setattr(post, name, value)
    Post.objects.filter(pk=post.pk).update(**columns, version=F("version") + 1)


__all__ = ["close", "reopen"]
