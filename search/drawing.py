"""Draws results: the template is drawn once for a language and shape, cut at its slots, and filled for each result."""

from __future__ import annotations

import secrets
from functools import lru_cache
from html import escape

from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from core.templatetags.kring import Clock
from search.actions import Result, Results

#: Cuts the drawn template at its slots. Random, so that nothing that people write can hold it.
_MARK = f"\x02{secrets.token_hex(8)}\x02"
_SLOTS = ("public_id", "tag", "url", "title_html", "snippet", "byline", "about", "when")


def drawn(found: Results) -> SafeString:
    """The results of a page as list items; what stands above them as the answer is not said twice."""
    clock = Clock()
    answer = found.answer.url if found.answer and not found.answer.listed else None
    return mark_safe("".join(_filled(result, clock) for result in found.items if result.url != answer))


def byline_of(found: Results) -> SafeString:
    """Who gave the answer above the results, and where."""
    answer = found.answer
    return _byline(answer.author, answer.group, get_language() or "") if answer else mark_safe("")


def _filled(result: Result, clock: Clock) -> str:
    """Security door: every slot is escaped here, or was when it was made (title, snippet, byline, time)."""
    slots = (
        result.public_id,
        escape(result.tag),
        escape(result.url),
        result.title_html,
        "" if result.snippet == result.title_html else result.snippet,
        _byline(result.author.name if result.author else "", result.place, clock.language),
        escape(result.about),
        clock.ago(result.created_at),
    )
    return "".join(
        [slots[part] if isinstance(part, int) else part for part in _shape(clock.language, *map(bool, slots))]
    )


@lru_cache(maxsize=256)
def _shape(_language: str, *shown: bool) -> list[str | int]:
    """The template as text and the numbers of slots, in turn."""
    marks = {name: mark_safe(f"{_MARK}{number}{_MARK}") if shown[number] else "" for number, name in enumerate(_SLOTS)}
    parts = get_template("search/_result.html").render({"result": marks}).split(_MARK)
    return [int(part) if at % 2 else part for at, part in enumerate(parts)]


@lru_cache(maxsize=2048)
def _byline(name: str, place: str, _language: str) -> SafeString:
    """Who, and where, in one line of a language; each name isolated, whatever direction it is written in."""
    names = [format_html("<bdi>{}</bdi>", one) for one in (name, place) if one]
    if len(names) < 2:
        return names[0] if names else format_html("{}", "")
    return format_html(gettext("{name} in {place}"), name=names[0], place=names[1])
