"""Draws what a page of results repeats: a template is drawn once for a language and shape, cut at its slots, and filled
for each result, choice of a filter and chip."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import lru_cache
from html import escape

from django.template.loader import get_template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from core.templatetags.kring import Clock
from search.actions import Choice, Result, Results

#: Cuts the drawn template at its slots. Random, so that nothing that people write can hold it.
_MARK = f"\x02{secrets.token_hex(8)}\x02"
_RESULT = ("public_id", "tag", "url", "title_html", "snippet", "byline", "about", "when")
_CHOICE = ("name", "value", "chosen", "label", "count")
_CHIP = ("url", "chosen", "label")


def drawn(found: Results) -> SafeString:
    """The results of a page as list items; what stands above them as the answer is not said twice."""
    clock = Clock()
    answer = found.answer.url if found.answer and not found.answer.listed else None
    return mark_safe("".join(_result(result, clock) for result in found.items if result.url != answer))


def choices_of(name: str, choices: Iterable[Choice], *, one: bool = False) -> SafeString:
    """The lines of a filter: the field's name, and whether only one of them can be chosen."""
    template, language = f"search/_{'radio' if one else 'check'}.html", get_language() or ""
    lines = (
        (name, escape(choice.value), "1" if choice.chosen else "", escape(choice.label), _count(choice))
        for choice in choices
    )
    return mark_safe("".join(_filled(template, _CHOICE, language, line) for line in lines))


def _count(choice: Choice) -> str:
    return "" if choice.count is None else str(choice.count)


def chips_of(chips: Iterable[tuple[str, str, bool]]) -> SafeString:
    """The chips above the results: address, label, and whether it is the one that is chosen."""
    language = get_language() or ""
    return mark_safe(
        "".join(
            _filled("search/_chip.html", _CHIP, language, (escape(url), "1" if chosen else "", escape(label)))
            for url, label, chosen in chips
        )
    )


def byline_of(found: Results) -> SafeString:
    """Who gave the answer above the results, and where."""
    answer = found.answer
    return _byline(answer.author, answer.group, get_language() or "") if answer else mark_safe("")


def _result(result: Result, clock: Clock) -> str:
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
    return _filled("search/_result.html", _RESULT, clock.language, slots)


def _filled(template: str, names: tuple[str, ...], language: str, slots: tuple[str, ...]) -> str:
    """A template with its slots filled.

    Security door: every slot is escaped by who hands it over, or was when it was made (title, snippet, byline, time).
    """
    return "".join(
        [
            slots[part] if isinstance(part, int) else part
            for part in _shape(template, names, language, *map(bool, slots))
        ]
    )


@lru_cache(maxsize=512)
def _shape(template: str, names: tuple[str, ...], _language: str, *shown: bool) -> list[str | int]:
    """A template over `it`, as text and the numbers of slots, in turn."""
    marks = {name: mark_safe(f"{_MARK}{number}{_MARK}") if shown[number] else "" for number, name in enumerate(names)}
    parts = get_template(template).render({"it": marks}).split(_MARK)
    return [int(part) if at % 2 else part for at, part in enumerate(parts)]


@lru_cache(maxsize=2048)
def _byline(name: str, place: str, _language: str) -> SafeString:
    """Who, and where, in one line of a language; each name isolated, whatever direction it is written in."""
    names = [format_html("<bdi>{}</bdi>", one) for one in (name, place) if one]
    if len(names) < 2:
        return names[0] if names else format_html("{}", "")
    return format_html(gettext("{name} in {place}"), name=names[0], place=names[1])
