"""What changed between two versions of a text, in words."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_TOKENS = re.compile(r"\s+|\w+|[^\w\s]")
#: Past this many pieces lines are compared instead of words: the work stays small whatever was typed.
_MOST = 4_000


def words(before: str, after: str) -> list[tuple[str, str]]:
    """The pieces of both texts in order, each with what became of it: "same", "gone" or "new"."""
    start = 0
    shortest = min(len(before), len(after))
    while start < shortest and before[start] == after[start]:
        start += 1
    # Not in the middle of a word.
    while start and not before[start - 1 : start].isspace():
        start -= 1
    old, new = _pieces(before[start:]), _pieces(after[start:])
    out = [("same", before[:start])] if start else []
    matcher = SequenceMatcher(None, old, new, autojunk=True)
    for what, left, right, low, high in matcher.get_opcodes():
        if what == "equal":
            out.append(("same", "".join(old[left:right])))
            continue
        if right > left:
            out.append(("gone", "".join(old[left:right])))
        if high > low:
            out.append(("new", "".join(new[low:high])))
    return out


def _pieces(text: str) -> list[str]:
    pieces = _TOKENS.findall(text)
    return pieces if len(pieces) <= _MOST else text.splitlines(keepends=True)
