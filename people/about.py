"""What someone says about themselves, as each may read it."""

from __future__ import annotations

from typing import Any

from core import limits, richtext
from people.models import User


def drawn(words: str, *, reader: Any) -> str:
    """The HTML of the words, in which only people whom `reader` may know are more than what was typed.

    Security door: naming somebody in one's own words tells a guest neither who they are nor that they exist.
    """
    if not words:
        return ""
    document = richtext.parse(words, limit=limits.BIO_CHARS)
    named = User.objects.active().filter(User.visibility(reader), handle__in=document.mentions)
    return document.html({one.handle: richtext.Person(one.public_id, one.name) for one in named})


def shown_to(reader: Any, person: User) -> str:
    """The HTML for one reader; empty where a moderator has hidden it. Guests know fewer people than the writer."""
    if person.profile_hidden:
        return ""
    return drawn(person.bio, reader=reader) if reader.is_guest and person.bio else person.bio_html
