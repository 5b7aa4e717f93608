"""What every page's frame shows: the network, my groups with what is new in them, my bell."""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

from django.http import HttpRequest

from core import site
from groups import mine
from groups.models import Group
from groups.permissions import may_create
from inbox.actions import unread_count
from moderation.permissions import open_cases


class GroupLine(NamedTuple):
    """One of my groups in the rail."""

    name: str
    url: str
    public_id: str
    picture_url: str
    is_private: bool
    unread: int
    leads: bool


#: Groups in the rail at most.
RAIL = 30


class Shell:
    """Asked lazily: a fragment that draws no frame costs nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def site(self) -> site.Site:
        """The company's choices, read once a page."""
        return site.current()

    @property
    def network_name(self) -> str:
        """What the company calls its network."""
        return self.site.network_name

    @property
    def hue(self) -> int:
        """The accent's hue."""
        return self.site.hue

    @property
    def logo_url(self) -> str:
        """The logo, or empty."""
        return self.site.logo_url

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
        used = [one for one in mine.of_request(self.request) if one.archived_at is None]
        return [
            GroupLine(
                one.name,
                f"/groups/{one.public_id}/",
                one.public_id,
                f"/files/{one.picture}/96/" if one.picture else "",
                one.privacy != Group.Privacy.PUBLIC,
                max(0, one.seq - one.read_seq),
                one.role != "member",
            )
            for one in used[:RAIL]
        ]

    @cached_property
    def can_moderate(self) -> bool:
        """Whether the queue is in the navigation."""
        if not self.user.is_authenticated:
            return False
        if self.user.is_moderator or self.user.is_admin:
            return True
        return any(line.leads for line in self.groups)

    @cached_property
    def open_reports(self) -> int:
        """How many cases wait for this person."""
        return open_cases(self.user) if self.can_moderate else 0

    @property
    def can_see_directory(self) -> bool:
        """Whether the list of everyone is in the navigation: a guest knows the people of their groups, there."""
        return self.user.is_authenticated and not self.user.is_guest

    @property
    def can_admin(self) -> bool:
        """Whether the admin's desk opens."""
        return self.user.is_authenticated and self.user.is_staff

    @property
    def can_create_group(self) -> bool:
        """Whether to offer making a group."""
        return may_create(self.user)

    @cached_property
    def unread_notices(self) -> int:
        """How many lines of the bell are new."""
        return unread_count(self.user) if self.user.is_authenticated else 0


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor."""
    return {"shell": Shell(request)}
