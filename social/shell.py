"""What every page's frame shows: the network, my groups with what is new in them, my bell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import F
from django.http import HttpRequest

from core import site
from groups.models import Membership
from inbox.actions import unread_count


@dataclass(frozen=True)
class GroupLine:
    """One of my groups in the rail."""

    name: str
    url: str
    initial: str
    hue: int
    is_private: bool
    unread: int


class Shell:
    """Asked lazily: a fragment that draws no frame costs nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @property
    def network_name(self) -> str:
        """What the company calls its network."""
        return site.current().network_name

    @property
    def hue(self) -> int:
        """The accent's hue."""
        return site.current().hue

    @property
    def logo_url(self) -> str:
        """The logo, or empty."""
        return site.current().logo_url

    @property
    def user(self) -> Any:
        """The person who looks."""
        return self.request.user

    @property
    def nav(self) -> str:
        """Which entry of the navigation is current: the first part of the path."""
        return self.request.path.strip("/").split("/", 1)[0] or "home"

    @cached_property
    def groups(self) -> list[GroupLine]:
        """My groups by name, each with the number of posts since I last looked: one query."""
        if not self.user.is_authenticated:
            return []
        rows = (
            Membership.objects.filter(person=self.user, group__archived_at=None)
            .filter(group__audience__access__person=self.user)
            .order_by("group__name", "group_id")
            .values_list(
                "group_id",
                "group__name",
                "group__public_id",
                "group__privacy",
                F("group__audience__seq") - F("group__audience__access__read_seq"),
            )[:30]
        )
        return [
            GroupLine(name, f"/groups/{public_id}/", name[:1].upper(), pk * 47 % 360, privacy != "public", max(0, unread))
            for pk, name, public_id, privacy, unread in rows
        ]

    @cached_property
    def unread_notices(self) -> int:
        """How many lines of the bell are new."""
        return unread_count(self.user) if self.user.is_authenticated else 0


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor."""
    return {"shell": Shell(request)}


