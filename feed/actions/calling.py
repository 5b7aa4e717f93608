"""Mentions of groups: the same as one of each member, and their number for who wrote it (B6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import limits
from core.audience import readers_of
from core.models import Audience
from groups.models import Group, Membership
from people.models import User


class Called(NamedTuple):
    """A group that a text mentions: whom it tells of it."""

    name: str
    #: Keys of its other members who may read the text, and of those who may not.
    told: tuple[int, ...]
    untold: tuple[int, ...]

    @property
    def number(self) -> int:
        """How many others are in it."""
        return len(self.told) + len(self.untold)

    @property
    def sentence(self) -> str:
        """How many are told, for who wrote it."""
        values = {"told": len(self.told), "count": self.number, "group": self.name}
        if self.untold:
            return _("%(told)s of the %(count)s others in %(group)s are notified; the rest cannot see this.") % values
        text = ngettext(
            "%(count)s other in %(group)s is notified.", "All %(count)s others in %(group)s are notified.", self.number
        )
        return text % values


def called(words: Iterable[str], *, author: User, audience: Audience | None, history_at: Any) -> list[Called]:
    """The groups behind the words of a text that name no person.

    Security door: a word names only a group that its author is in or, for colleagues, a public one; of any other
    nothing comes to light, and it stays a word. In the text it is one for every reader.

    Raises:
        LimitExceeded: such a group is too large to be mentioned.
    """
    words = set(words)
    if not words:
        return []
    groups = Group.objects.visible_to(author).named_by(author).filter(handle__in=words).order_by("pk")
    signs: dict[str, tuple[int, str]] = {}
    for key, handle, name in groups.values_list("pk", "handle", "name"):
        signs.setdefault(handle, (key, name))
    found = []
    for word in sorted(signs):
        key, name = signs[word]
        members = User.objects.active().filter(pk__in=Membership.objects.filter(group=key).values("person"))
        keys = set(members.exclude(pk=author.pk).values_list("pk", flat=True))
        limits.check(limits.CALLED_MEMBERS, len(keys))
        readers = set(readers_of(audience, history_at).filter(pk__in=keys).values_list("pk", flat=True))
        found.append(Called(name, tuple(sorted(readers)), tuple(sorted(keys - readers))))
    return found


__all__ = ["Called", "called"]
