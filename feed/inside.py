"""What stands behind a link to a post of ours, for who may see it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.inside import Shown
from feed.models import Post
from people.hearing import unheard_by


def shown(user: Any, names: list[str]) -> dict[str, Shown]:
    """Posts and answers: who says it, where, and the first words. None of people whom the reader has silenced."""
    posts = Post.objects.visible_to(user).filter(public_id__in=names, state=Post.State.PUBLISHED)
    found = posts.exclude(author__in=unheard_by(user)).values_list(
        "public_id", "author__name", "group__name", "root_id", "line"
    )
    out = {}
    for public_id, author, group, root, line in found:
        label = pgettext("kind of content", "Answer") if root else pgettext("kind of content", "Post")
        if group:
            label = _("%(what)s in %(group)s") % {"what": label, "group": group}
        out[public_id] = Shown(label, "comment", author, line)
    return out
