"""Players of videos that lie elsewhere: which links have one, and where it is.

Where a player is follows from the link by a pattern that stands here or that administrators wrote: nobody is asked for
it, so that nobody learns of a link before a person has said that they want to play it. Only what administrators allow
has a player, and only those hosts stand in the policy of content of a page (`social.middleware.Policy`).

    https://video.company.com/w/{id}  https://video.company.com/videos/embed/{id}      one line of an administrator's
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from django.utils.translation import gettext as _

from core import limits, site
from core.outgoing import is_ours

#: What stands for the name of a video in a pattern, and what such a name looks like where the pattern does not say.
_PART = re.compile(r"\{(id|key)\}")
NAME = r"[\w-]{1,128}"
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")


class Player(NamedTuple):
    """A player that a link has."""

    #: Whom the browser asks for it.
    host: str
    address: str
    #: The address with which it begins to play by itself, after a person has pressed a button for it.
    begins: str
    #: What it is told of the page it stands in, as browsers call it.
    referrer: str

    @property
    def tells(self) -> bool:
        """Whether its host hears from which network it is asked."""
        return self.referrer != "no-referrer"


@dataclass(frozen=True)
class Service:
    """A place where videos lie."""

    label: str
    #: Patterns of its pages, each with that of the player.
    ways: tuple[tuple[str, str], ...]
    #: What the names of its videos look like.
    names: Mapping[str, str] = field(default_factory=dict)
    #: What makes a player begin.
    begins: str = ""
    #: "no-referrer", unless it plays for nobody then.
    referrer: str = "no-referrer"

    @property
    def host(self) -> str:
        """Whom the browser asks."""
        return urlsplit(self.ways[0][1]).netloc


_YOUTUBE = "https://www.youtube-nocookie.com/embed/{id}"
#: Those that everyone knows. The kinds of player chosen are those that keep the least about who watches.
SERVICES: dict[str, Service] = {
    "youtube": Service(
        "YouTube",
        tuple(
            (f"https://{page}", _YOUTUBE)
            for page in (
                *("youtube.com/watch?v={id}", "m.youtube.com/watch?v={id}", "music.youtube.com/watch?v={id}"),
                *("youtube.com/live/{id}", "youtube.com/shorts/{id}", "youtu.be/{id}"),
            )
        ),
        names={"id": r"[\w-]{11}"},
        begins="autoplay=1",
        # Without it there is no video, only its error 153.
        referrer="strict-origin",
    ),
    "vimeo": Service(
        "Vimeo",
        (
            ("https://vimeo.com/{id}", "https://player.vimeo.com/video/{id}?dnt=1"),
            ("https://vimeo.com/{id}/{key}", "https://player.vimeo.com/video/{id}?h={key}&dnt=1"),
        ),
        names={"id": r"[0-9]{1,12}", "key": r"[0-9a-f]{6,20}"},
        begins="autoplay=1",
    ),
    "dailymotion": Service(
        "Dailymotion",
        tuple(
            (page, "https://geo.dailymotion.com/player.html?video={id}")
            for page in ("https://dailymotion.com/video/{id}", "https://dai.ly/{id}")
        ),
        names={"id": r"[a-zA-Z0-9]{5,20}"},
    ),
    "loom": Service(
        "Loom",
        (("https://loom.com/share/{id}", "https://www.loom.com/embed/{id}"),),
        names={"id": r"[0-9a-f]{32}"},
        begins="autoplay=1",
    ),
}


def of(address: str) -> Player | None:
    """The player of a link, if it has one that is allowed now.

    Security door: a link is taken for a service's only if its host is that host, letter by letter, without a user or a
    port; and what is put into the address of the player is letters, digits, `-` and `_`.
    """
    ways = _allowed().ways
    if not ways or len(address) > limits.LINK_CHARS.value:
        return None
    try:
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query, max_num_fields=50))
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    for way in ways.get(_bare(parts.netloc.lower()), ()):
        if (found := way.names(parts.path, asked)) is not None:
            address = _PART.sub(lambda part: found[part[1]], way.player)
            joint = "&" if "?" in address else "?"
            begins = f"{address}{joint}{way.begins}" if way.begins else address
            return Player(urlsplit(address).netloc, address, begins, way.referrer)
    return None


def hosts() -> tuple[str, ...]:
    """The hosts of all players that are allowed now."""
    return _allowed().hosts


def read(line: str) -> tuple[str, str]:
    """The two patterns of a line that an administrator wrote: of a video's page, and of its player.

    Raises:
        ValueError: with a sentence that says what is wrong.
    """
    pair = line.split()
    if len(pair) != 2:
        raise ValueError(_("“%(line)s” is not two addresses.") % {"line": line})
    for address in pair:
        try:
            parts = urlsplit(address)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme != "https" or not _HOST.fullmatch(parts.netloc) or not address.isascii():
            raise ValueError(_("“%(address)s” is not an address with https:// and a name.") % {"address": address})
        named = _PART.findall(f"{parts.path}?{parts.query}")
        if sorted(named) not in (["id"], ["id", "key"]) or parts.fragment:
            raise ValueError(_("“%(address)s” must hold {id} once.") % {"address": address})
    if is_ours(urlsplit(pair[1]).netloc):
        # It would stand in our pages with our own rights.
        raise ValueError(_("“%(address)s” is an address of this network.") % {"address": pair[1]})
    if _keys(pair[1]) - _keys(pair[0]):
        raise ValueError(_("“%(address)s” holds a {key} that the first address does not.") % {"address": pair[1]})
    return pair[0], pair[1]


class _Way:
    """One pattern of pages, taken apart."""

    def __init__(self, page: str, player: str, service: Service | None) -> None:
        parts = urlsplit(page)
        shapes = service.names if service else {}
        self.host = _bare(parts.netloc)
        self.player = player
        self.begins = service.begins if service else ""
        self.referrer = service.referrer if service else "no-referrer"
        self.path = _expression(parts.path.rstrip("/") or "/", shapes)
        self.asked = {name: _expression(value, shapes) for name, value in parse_qsl(parts.query)}

    def names(self, path: str, asked: Mapping[str, str]) -> dict[str, str] | None:
        """What names the video in an address, or None where it is not such an address."""
        found = self.path.fullmatch(path.rstrip("/") or "/")
        if found is None:
            return None
        names = found.groupdict()
        for name, pattern in self.asked.items():
            found = pattern.fullmatch(asked.get(name, ""))
            if found is None:
                return None
            names |= found.groupdict()
        return names


class _Table(NamedTuple):
    ways: dict[str, list[_Way]]
    hosts: tuple[str, ...]


def _allowed() -> _Table:
    chosen = site.current()
    return _table(chosen.players, chosen.own_players)


@lru_cache(maxsize=8)
def _table(services: tuple[str, ...], lines: tuple[str, ...]) -> _Table:
    ways = [_Way(*pair, SERVICES[name]) for name in services if name in SERVICES for pair in SERVICES[name].ways]
    for line in lines:
        try:
            ways.append(_Way(*read(line), None))
        except ValueError:
            # It was right when it was written; a name may have become our own since.
            continue
    by_host: dict[str, list[_Way]] = {}
    for way in ways:
        by_host.setdefault(way.host, []).append(way)
    return _Table(by_host, tuple(sorted({urlsplit(way.player).netloc for way in ways})))


def _expression(text: str, shapes: Mapping[str, str]) -> re.Pattern[str]:
    pieces = _PART.split(text)
    pattern = "".join(
        f"(?P<{piece}>{shapes.get(piece, NAME)})" if odd % 2 else re.escape(piece) for odd, piece in enumerate(pieces)
    )
    return re.compile(pattern, re.ASCII)


def _bare(host: str) -> str:
    return host.removeprefix("www.")


def _keys(address: str) -> set[str]:
    return set(_PART.findall(address))


#: For forms: a name and what is said of it.
CHOICES = [(name, f"{one.label} ({one.host})") for name, one in SERVICES.items()]
