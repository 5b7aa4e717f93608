"""Writing in someone else's name (A8): the author is the person whose name it stands under, the writer who typed it.

Both are asked each time something is said or changed: the delegation holds, and each of them may write in that place.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.refusal import Refused
from feed.models import Post
from feed.permissions import Roles
from people.delegating import speaks_for, spoken_for
from people.models import User


def author_of(*, writer: User, named: str | None) -> User:
    """The person in whose name `writer` wants to post.

    Args:
        writer: who types.
        named: the public id that was chosen; empty, or their own, for themselves.

    Raises:
        Refused: they may not post for that person; the same for an id that was never used.
    """
    if not named or named == writer.public_id:
        return writer
    author = next((one for one in spoken_for(writer) if one.public_id == named), None)
    if author is None:
        raise Refused(_("You may not post for this person now."))
    return author


def holds(*, writer: User, author: User) -> None:
    """Ask once more that the delegation holds.

    Raises:
        Refused: it does not.
    """
    if not speaks_for(writer, author):
        raise Refused(_("You may not post for this person now."))


def not_there(author: User) -> Refused:
    """The author could not say it there themselves."""
    return Refused(_("%(name)s cannot write there now, so you cannot for them.") % {"name": author.name})


def stands(post: Post) -> bool:
    """Whether what was written in someone's name and not yet shown may still be said: both may write there now."""
    writer, author = post.written_by, post.author
    archived = post.group is not None and post.group.archived_at is not None
    return writer is None or (
        speaks_for(writer, author)
        and all(Roles.of(one, [post.group_id]).writes_in(post.group_id, archived) for one in (writer, author))
    )


def hand(post: Post, *, by: Any = None) -> dict[str, Any]:
    """What an event says of who wrote for whom; nothing of what people write themselves.

    Args:
        post: what was written.
        by: who acts in the event, where that is not the post's author.
    """
    if post.written_by is None:
        return {}
    if by is None:
        return {"writer": post.written_by.public_id}
    return {"on_behalf_of": post.author.public_id} if by.pk == post.written_by_id else {}
