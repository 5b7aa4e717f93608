"""The links of a post as a card shows them: what their pages say of themselves, and a player where there is one.

A card keeps the links (`Linked`) and nothing about players: whether a link has one is asked with each page, of
`core.players`, so that a player that administrators switch off is on no page that is drawn after, and what a reader has
consented to is put in for that reader alone.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from typing import Any, NamedTuple

from django.conf import settings
from django.template.loader import get_template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core import limits, players
from core.prepared import Prepared
from feed.actions import previews
from feed.models import PlayerConsent, Post, Preview
from files import images


class Linked(NamedTuple):
    """A link in a post."""

    #: Public id of the post.
    post: str
    address: str
    #: What its page says of itself: empty where nothing is known. The picture is ours: address, width, height.
    host: str = ""
    title: str = ""
    description: str = ""
    picture: tuple[str, int, int] | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is a preview of it."""
        return bool(self.host)


def links_of(post: Post, rows: Iterable[Preview]) -> tuple[Linked, ...]:
    """The links of a post: those with a preview, and the first others, which may have a player all the same.

    Args:
        post: with its HTML.
        rows: what `previews.known` gave for it. A link whose preview its author has removed is left out.
    """
    rows = list(rows)
    by_address = {row.address: row for row in rows}
    bare = [
        Linked(post.public_id, address)
        for address in previews.links_of(post.html)
        if address not in by_address and not address.startswith(f"{settings.BASE_URL}/")
    ]
    known = [_known(post, row) for row in rows if row.state == Preview.State.READY]
    return (*known, *bare[: limits.PREVIEWS_PER_POST.value])


def draw(links: Iterable[Linked], always: Any) -> SafeString:
    """The cards of links.

    Args:
        links: of one post.
        always: gives the hosts whose players load by themselves for this reader; called only where there is a player.
    """
    out = []
    for link in links:
        player = players.of(link.address)
        if player is not None:
            out.append(card(link, player, state="always" if player.host in always() else "", language=get_language()))
        elif link.is_known:
            out.append(_plain(link))
    return format_html_join("", "{}", ((one,) for one in out))


def looked(rows: Iterable[Preview]) -> SafeString:
    """The cards of the links of a text that is being written: what is known so far, with the pictures in them."""
    shown = [row for row in rows if row.state == Preview.State.READY]
    # Not kept: their pictures are in them.
    return format_html_join("", "{}", ((_plain.__wrapped__(_looked(row)),) for row in shown))


@lru_cache(maxsize=512)
def card(link: Linked, player: players.Player, *, state: str, language: str | None) -> str:
    """A link that has a player. What it says depends on its arguments alone.

    Args:
        link, player: the link and its player.
        state: "" for a picture with a button, "plays" for the player that was asked for, "always" for one that loads
            by itself.
        language: the language in force.
    """
    src = player.begins if state == "plays" else player.address
    return get_template("feed/_player.html").render({"link": link, "player": player, "state": state, "src": src})


def of_author(post: Post, person: Any) -> list[tuple[str, str]]:
    """Links that `person` may have shown without a player, by host: those of their own post that have no preview."""
    if post.author_id != person.pk or not players.hosts():
        return []
    rows = previews.known([post], reader=person).get(post.pk, ())
    bare = [one.address for one in links_of(post, rows) if not one.is_known]
    return [(address, player.host) for address in bare if (player := players.of(address))]


def always_of(person: Any) -> frozenset[str]:
    """The hosts whose players load by themselves for a person: one query."""
    return frozenset(host for (host,) in _CONSENTS.rows(person=person.pk))


_CONSENTS = Prepared(lambda person: PlayerConsent.objects.filter(person=person).values_list("host"))


def _looked(row: Preview) -> Linked:
    picture = None
    if row.thumbnail:
        content = bytes(row.thumbnail)
        width, height, _frames = images.measure(BytesIO(content))
        picture = (f"data:image/webp;base64,{b64encode(content).decode()}", width, height)
    return Linked("", row.address, row.host, row.title, row.description, picture)


def _known(post: Post, row: Preview) -> Linked:
    file = row.picture  # type: ignore[attr-defined] # put there by `previews.known`
    picture = (file.picture_url, file.shown_width, file.shown_height) if file and file.picture_url else None
    return Linked(post.public_id, row.address, row.host, row.title, row.description, picture)


@lru_cache(maxsize=2048)
def _plain(link: Linked) -> str:
    return get_template("feed/_link.html").render({"link": link})
