"""A text as it will be shown, before it is said."""

from __future__ import annotations

from typing import Any

from core.audience import everyone
from core.richtext import Person, parse
from core.text import clean
from feed.actions import named_by


def draw(*, author: Any, body: str, group: Any = None) -> str:
    """The HTML of a text, safe as the renderer gives it. A name is a mention for those alone who could read it (B6).

    Args:
        author: who writes it.
        body: Markdown.
        group: found through `visible_to(author)`; None for everyone.

    Raises:
        ValidationError: it is too long, or holds what cannot be stored.
    """
    document = parse(clean(body, multiline=True))
    audience = group.audience if group is not None else everyone()
    named = named_by(document, author=author, audience=audience)
    return document.html({one.handle: Person(one.public_id, one.name) for one in named})
