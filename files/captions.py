"""Captions of films and sounds: WebVTT as browsers read it, or SubRip as most programs write it.

What is kept is written anew from the cues alone: no styles, no regions, no notes.
"""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import limits
from core.text import clean
from files.errors import Refused, Unreadable, within

_TIME = r"(?:(\d{1,3}):)?([0-5]\d):([0-5]\d)[.,](\d{3})"
_LINE = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}((?:[ \t]+(?:vertical|line|position|size|align):[\w.,%-]+)*)[ \t]*")
_TAG = re.compile(r"<[^>]*>|\{\\[^}]*\}")


def read(content: bytes) -> str:
    """The captions in a file, as WebVTT.

    Raises:
        TooLarge: more bytes or cues than the limits allow.
        Unreadable: it is no text, or has no cue with a time.
    """
    within(limits.CAPTION_BYTES, len(content))
    try:
        text = clean(content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n"), multiline=True)
    except (UnicodeDecodeError, ValidationError) as error:
        raise _unreadable() from error
    cues: list[str] = []
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.strip("\n").split("\n")
        at = next((number for number, line in enumerate(lines[:2]) if "-->" in line), None)
        if at is None:
            continue
        found = _LINE.fullmatch(lines[at].strip())
        said = [line.replace("-->", "→") for line in lines[at + 1 :] if line.strip()]
        if found is None:
            raise _unreadable()
        if said:
            begin, end = _moment(found, 1), _moment(found, 5)
            cues.append(f"{begin} --> {end}{found[9]}\n" + "\n".join(said))
    if not cues:
        raise _unreadable()
    within(limits.CAPTION_CUES, len(cues))
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"


def words(vtt: str) -> str:
    """What is said in captions as `read` gives them, without times and marks."""
    lines = (line for line in vtt.splitlines()[1:] if line and "-->" not in line)
    return "\n".join(_TAG.sub("", line) for line in lines)


def language(code: str) -> str:
    """The code of a language: `en`, `nl`, `pt-BR`.

    Raises:
        Refused: it is none.
    """
    code = code.strip()
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?", code):
        raise Refused(_("Write the language as a code, such as en, nl, de or fr."), code="language")
    first, dash, rest = code.partition("-")
    return first.lower() + dash + rest.upper()


def _moment(found: re.Match[str], group: int) -> str:
    hours, minutes, seconds, thousandths = found.group(group, group + 1, group + 2, group + 3)
    return f"{int(hours or 0):02d}:{minutes}:{seconds}.{thousandths}"


def _unreadable() -> Unreadable:
    return Unreadable(_("These are no captions. Send a WebVTT or SubRip file (.vtt or .srt)."), code="captions")
