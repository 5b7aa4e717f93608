"""The word filter: whole words and phrases, whatever case and accents."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.core.cache import cache

from core.text import fold
from moderation.models import Word

CACHE_KEY = "moderation.words"
_SPACE = re.compile(r"\W+")


@dataclass(frozen=True)
class Verdict:
    """What the filter found in a text."""

    #: "" (nothing), "note" or "hold".
    level: str = ""
    #: The words of the filter that were found.
    words: tuple[str, ...] = ()


def screen(*texts: str) -> Verdict:
    """Look for the filter's words in texts (post, file names); one hold outweighs any notes.

    Linear in the text: it is folded, cut into words once, and each phrase is looked up as a run of whole words.
    """
    words = cache.get(CACHE_KEY)
    if words is None:
        words = [(_flat(text), text, level) for text, level in Word.objects.values_list("text", "level")]
        cache.set(CACHE_KEY, words, 60)
    if not words:
        return Verdict()
    flat = f" {' '.join(_flat(text) for text in texts)} "
    found = [(text, level) for phrase, text, level in words if phrase and f" {phrase} " in flat]
    if not found:
        return Verdict()
    level = Word.Level.HOLD if any(level == Word.Level.HOLD for _text, level in found) else Word.Level.NOTE
    return Verdict(str(level), tuple(text for text, _level in found))


def forget() -> None:
    """The list has changed."""
    cache.delete(CACHE_KEY)


def _flat(text: str) -> str:
    return _SPACE.sub(" ", fold(text)).strip()
