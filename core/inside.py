"""Links to our own pages in what people write: each reader sees what is behind them, where they may see it.

Rooms say in `AppConfig.ready()` which addresses are theirs and what stands there (`opens`). Nothing of it is kept with
the text that names it: it is asked with each reader, so a card never tells more than the page behind it would.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from html import unescape
from typing import Any, NamedTuple

from django.conf import settings


class Shown(NamedTuple):
    """What stands behind a link, for one reader."""

    #: What kind of thing it is, in the reader's language, and its drawing.
    label: str
    icon: str
    title: str
    about: str = ""


class Link(NamedTuple):
    """An address of ours in a text."""

    #: From the root: "/posts/…/".
    path: str
    #: Which room's it is, and the part of it that names the thing.
    room: str
    name: str


Find = Callable[[Any, list[str]], dict[str, Shown]]
_rooms: dict[str, tuple[re.Pattern[str], Find]] = {}


def opens(room: str, path: str, find: Find) -> None:
    """Say which addresses lead to a kind of page.

    Args:
        room: a name of its own, "feed.post".
        path: an expression for the path after the first stroke, with one group: what names the thing.
        find: gives what a person may see of things so named; those that they may not see are not in it.
    """
    _rooms[room] = (re.compile(rf"/{path}/?"), find)


def links_of(html: str, most: int) -> tuple[Link, ...]:
    """The first addresses of ours in HTML that our renderer made, each once."""
    found: dict[str, Link] = {}
    for address in _own(settings.BASE_URL).findall(html):
        path = unescape(address)
        bare = re.split(r"[?#]", path, maxsplit=1)[0]
        for room, (pattern, _find) in _rooms.items():
            if (match := pattern.fullmatch(bare)) and bare not in found:
                found[bare] = Link(path, room, match[1])
        if len(found) == most:
            break
    return tuple(found.values())


def shown(user: Any, links: Iterable[Link]) -> dict[Link, Shown]:
    """What `user` may see of what some links lead to: one question for each kind of page among them."""
    wanted: dict[str, list[Link]] = {}
    for link in links:
        wanted.setdefault(link.room, []).append(link)
    out: dict[Link, Shown] = {}
    for room, named in wanted.items():
        found = _rooms[room][1](user, [link.name for link in named])
        out.update((link, found[link.name]) for link in named if link.name in found)
    return out


@cache
def _own(base: str) -> re.Pattern[str]:
    return re.compile(rf'<a [^>]*?href="{re.escape(base)}(/[^"]+)"')
