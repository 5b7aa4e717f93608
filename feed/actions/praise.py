"""Praise: a post for one or several who can read it, with a badge that stays on their profiles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import limits
from core.audience import readers_of
from core.models import Audience
from feed.models import Praise
from people.models import User

#: What a handle looks like; in the composer it stands with or without the sign, with commas or without.
_HANDLE = re.compile(r"[a-z0-9][a-z0-9._-]*")


class Meant(NamedTuple):
    """Whom a post is to praise, and with which badge; not yet asked of its place."""

    badge: str
    people: tuple[User, ...]


def meant(*, author: User, badge: str, handles: str = "", ids: Iterable[str] = ()) -> Meant:
    """Find the people that are to be praised, of those that the author can see.

    Args:
        author: who praises.
        badge: one of `Praise.Badge`.
        handles: their names as mentions are written ("@bob.baker @eva").
        ids: or their public ids.

    Raises:
        ValidationError: nobody is named, too many are, someone is not found, or there is no such badge.
    """
    if badge not in Praise.Badge.values:
        raise ValidationError({"badge": _("Choose a badge.")}, code="badge")
    field, names = "public_id", list(dict.fromkeys(ids))
    if handles:
        field, names = "handle", words(handles)
        for name in names:
            if not _HANDLE.fullmatch(name):
                raise _nobody(name)
    if not names:
        raise ValidationError({"praised": _("Say whom you praise: @ and their name.")}, code="praised")
    limits.check(limits.PRAISED_PEOPLE, names)
    visible = User.objects.visible_to(author).active()
    known = {getattr(person, field): person for person in visible.filter(**{f"{field}__in": names})}
    for name in names:
        if name not in known:
            raise _nobody(name)
    return Meant(badge, tuple(known[name] for name in names))


def words(text: str) -> list[str]:
    """The names in a list of handles as it was typed, each once; whether anybody is called so is another question."""
    found = (word.strip(".").removeprefix("@") for word in re.split(r"[\s,;]+", text.lower()))
    return [word for word in dict.fromkeys(found) if word]


def rows(given: Meant, *, author: User, by: User, audience: Audience, history_at: Any) -> list[Praise]:
    """The rows of a post that praises, without the post.

    Security door (A6): only those who may read the post are praised in it, so nobody hears of a place through praise.

    Raises:
        ValidationError: its author, or who writes it for them, is among them, or someone who could not read it.
    """
    keys = [person.pk for person in given.people]
    if author.pk in keys or by.pk in keys:
        raise ValidationError({"praised": _("You cannot praise yourself. Leave that to the others.")}, code="self")
    readers = set(readers_of(audience, history_at).filter(pk__in=keys).values_list("pk", flat=True))
    blind = [person.name for person in given.people if person.pk not in readers]
    if blind:
        text = _("%(names)s cannot see what is said there, and so cannot be praised there. Choose another place.")
        raise ValidationError({"praised": text % {"names": ", ".join(blind)}}, code="readers")
    return [Praise(person=person, badge=given.badge) for person in given.people]


def _nobody(name: str) -> ValidationError:
    text = _("There is nobody called “%(name)s” whom you could praise.")
    return ValidationError({"praised": text % {"name": name[:80]}}, code="nobody")


__all__ = ["Meant", "meant", "rows", "words"]
