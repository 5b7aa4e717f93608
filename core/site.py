"""The company's own choices about the network, handed down by the composition root.

`social` registers the function that reads them (a row edited in the admin, cached); every room asks `current()`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Site:
    """What the administrators chose."""

    network_name: str = "Kring"
    #: Hue of the accent colour in degrees of OKLCH.
    hue: int = 258
    #: Address of the logo, or empty for the initial.
    logo_url: str = ""
    #: Domains whose addresses may sign up by themselves, lower case.
    allowed_domains: tuple[str, ...] = field(default=())
    #: "everyone" or "admins".
    who_may_create_groups: str = "everyone"
    #: Key of the administrator to whom groups fall that nobody in them can own; None for the first one.
    keeper: int | None = None
    #: Minutes in which an author may edit; 0 for no end.
    edit_window_minutes: int = 0
    #: Whether authors, and those who look after a place, see who has seen a post.
    shows_reach: bool = True
    #: Whether people see who else is here now.
    shows_presence: bool = True
    #: Whether the pages behind links are fetched for their previews.
    link_previews: bool = True
    #: Whose players of videos may stand in a page, and lines with those of the company's own: `core.players`.
    players: tuple[str, ...] = ()
    own_players: tuple[str, ...] = ()
    #: Whether people are told by mail of what happens.
    notice_mail: bool = True
    #: Where such a mail says only that there is something new: "none", "secret" groups, "private" ones too, or "all".
    bare_mail: str = "secret"
    #: Whether devices are sent messages, through the makers of browsers.
    notice_push: bool = True


_read: Callable[[], Site] = Site


def register(read: Callable[[], Site]) -> None:
    """Say where the choices come from; called once, when the process starts."""
    global _read
    _read = read


def current() -> Site:
    """The choices as they stand."""
    return _read()
