"""Changing whom a post praises, and with which badge."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core.events import record
from feed.actions import _open_to_edit
from feed.actions import praise as praising
from feed.models import Post, Praise
from inbox import actions as inbox
from people.models import User


@transaction.atomic
def change(*, post: Post, by: User, given: praising.Meant) -> Post:
    """Praise others, or with another badge. Those who are praised for the first time are told; to the others it was
    not for in the end, the notice is taken back.

    Args:
        post: found through `visible_to(by)`.
        by: its author, or who wrote it for them while they may.
        given: whom it praises from now on, as `feed.actions.praise.meant` gives it.

    Raises:
        Refused: not theirs, too late, or gone meanwhile.
        ValidationError: it praises nobody, its author is among them, or someone who could not read it.
    """
    post = _open_to_edit(post, by)
    if post.post_kind != Post.Kind.PRAISE or post.audience is None:
        raise ValidationError({"praised": _("This is no praise.")}, code="kind")
    rows = praising.rows(given, author=post.author, by=by, audience=post.audience, history_at=post.history_at)
    before = dict(Praise.objects.filter(post=post).values_list("person_id", "badge"))
    wanted = {one.person_id: one for one in rows}
    if before == {key: one.badge for key, one in wanted.items()}:
        return post
    Praise.objects.filter(post=post).exclude(person__in=wanted).delete()
    inbox.take_back(kind="feed.praised", bundle=f"feed.praised:{post.pk}", people=set(before) - set(wanted))
    Praise.objects.filter(post=post).update(badge=given.badge)
    fresh = [one for key, one in wanted.items() if key not in before]
    for one in fresh:
        one.post = post
    Praise.objects.bulk_create(fresh)
    Post.objects.filter(pk=post.pk).update(version=F("version") + 1)
    post.version += 1
    praised = [one.person_id for one in fresh]
    record("feed.praise.changed", actor=by, target=post, heard=post.is_shown, id=post.public_id, praised=praised)
    return post


__all__ = ["change"]
