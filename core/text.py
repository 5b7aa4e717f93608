"""Text as people type it: cleaned once at the door, kept exactly, and shortened or compared where that is asked.

`clean` is the door. Form fields (`CleanCharField`, `CleanTextField`), the validators for model fields (`validate_line`,
`validate_text`), the API and the importers all go through it, so that what is stored is NFC, holds no NUL (which makes
databases blind to what follows) and no half of a surrogate pair (which cannot be written as UTF-8).
"""

import re
import secrets
import unicodedata
from collections.abc import Callable, Container, Mapping
from functools import cache
from typing import Any

from anyascii import anyascii
from django import forms
from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from core import limits

#: What a handle looks like: small letters and digits, with `.`, `_` and `-` between them.
HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")

_REFUSED = re.compile("[\0\ud800-\udfff]")
# C0 and C1 without tab and newline, and DEL.
_CONTROLS = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")
_LINE_ENDS = re.compile("\r\n?")
# Whatever would start a new line or a tab stop in a field of one line.
_BREAKS = re.compile("[\t\n\x0b\x0c\r\x1c-\x1f\x85\u2028\u2029]+")
# What must not be separated from the character before it: marks, joiners, variation and skin-tone selectors, tags.
_EXTENDERS = re.compile("[\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
# Latin, Greek, Cyrillic accents and the optional points of Hebrew and Arabic: what `fold` drops.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670]+"
)
# Letters whose stroke is no accent to Unicode, but is one to a person who searches.
_STROKES = str.maketrans("łøđħŧıæœ", "lodhtiao", "")


def clean(value: str, *, multiline: bool) -> str:
    """`value` as it may be stored: NFC, `\\n` as the only line end, without invisible control characters.

    Everything else is kept as typed: emoji with joiners, right-to-left marks, any number of combining marks.

    Args:
        value: what the person sent.
        multiline: keep newlines and tabs; else each run of them becomes one space.

    Raises:
        ValidationError: for NUL and for half of a surrogate pair, saying what to do.
    """
    if refused := _REFUSED.search(value):
        raise _refusal(refused.group())
    value = _LINE_ENDS.sub("\n", value) if multiline else _BREAKS.sub(" ", value)
    value = _CONTROLS.sub("", value)
    return value if unicodedata.is_normalized("NFC", value) else unicodedata.normalize("NFC", value)


def _refusal(character: str) -> ValidationError:
    if character == "\0":
        return ValidationError(
            _("This text holds an invisible NUL character, which cannot be stored. Paste the text as plain text."),
            code="nul",
        )
    return ValidationError(
        _("This text holds a broken character (half of an emoji, for example). Remove it and try again."),
        code="surrogate",
    )


@deconstructible
class Clean:
    """A validator for model fields: refuses what `clean` refuses or strips, whoever saves it (Wagtail's forms too)."""

    def __init__(self, *, multiline: bool) -> None:
        self.multiline = multiline

    def __call__(self, value: str) -> None:
        if refused := _REFUSED.search(value):
            raise _refusal(refused.group())
        if _CONTROLS.search(value) or (not self.multiline and _BREAKS.search(value)):
            raise ValidationError(
                _("This text holds invisible control characters. Type it anew, or paste it as plain text."),
                code="control",
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Clean) and other.multiline == self.multiline

    def __hash__(self) -> int:
        return hash((Clean, self.multiline))


#: For model fields of one line.
validate_line = Clean(multiline=False)
#: For model fields of many lines; `\r\n`, which browsers send, passes.
validate_text = Clean(multiline=True)


class CleanCharField(forms.CharField):
    """A form field of one line, cleaned, and held to a line of the table of limits.

    Args:
        limit: the line of the table, for example `limits.NAME_CHARS`.
    """

    multiline = False

    def __init__(self, *, limit: limits.Limit, **kwargs: Any) -> None:
        # Before the rest: Django asks for the widget's attributes while it sets up the field.
        self.limit = limit
        super().__init__(**kwargs)
        # Not `max_length`: its message would say neither what is limited nor what to do.
        self.validators.append(limits.AtMost(limit.name))

    def to_python(self, value: Any) -> str:
        """The cleaned text, its ends stripped.

        Raises:
            ValidationError: where the text cannot be stored.
        """
        text = "" if value in self.empty_values else clean(str(value), multiline=self.multiline)
        return super().to_python(text) or ""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """`maxlength`, so that a browser says early what the server would say late; never for texts with a draft."""
        attrs = super().widget_attrs(widget)
        if not self.multiline and not widget.is_hidden:
            attrs["maxlength"] = str(self.limit.value)
        return attrs


class CleanTextField(CleanCharField):
    """A form field of many lines, cleaned, and held to a line of the table of limits.

    It has no `maxlength`: browsers cut a paste at that length without a word, and words must not be lost.
    """

    widget = forms.Textarea
    multiline = True


def one_line(text: str, length: int = 140) -> str:
    """`text` on one line of at most `length` characters, cut at a word where there is one, with `…`.

    Emoji and accents are not cut apart.
    """
    text = " ".join(text[: length * 20].split()) if len(text) > length * 20 else " ".join(text.split())
    if len(text) <= length:
        return text
    end = max(length - 1, 0)
    space = text.rfind(" ", 0, end + 1)
    if space >= end // 2 and space > 0:
        end = space
    else:
        at = end
        while at > 0 and (_extends(text[at]) or text[at - 1] == "\u200d"):
            at -= 1
        # One sign with a thousand marks has no good place to cut.
        end = at or end
    return text[:end].rstrip() + "…"


def _extends(character: str) -> bool:
    return bool(_EXTENDERS.match(character)) or unicodedata.category(character) in ("Mn", "Mc", "Me")


def initials(name: str) -> str:
    """The one or two letters that stand for a person without a picture; works for any script.

    `Anna Müller` → `AM`, `cher` → `CH`, `王小明` → `王小`;
    a name of emoji alone gives its first emoji, an empty name `?`.
    """
    words = ["".join(c for c in word if c.isalnum()) for word in name.split()]
    words = [word for word in words if word]
    if not words:
        return _first_sign(name.strip()) or "?"
    letters = words[0][:2] if len(words) == 1 else words[0][0] + words[-1][0]
    # A single capital for each letter: ß would become two.
    return "".join(upper if len(upper := letter.upper()) == 1 else letter for letter in letters)


def _first_sign(text: str) -> str:
    """The first character with what belongs to it, so that a family stays a family; at most 16 code points."""
    end = 1
    flag = bool(text) and "\U0001f1e6" <= text[0] <= "\U0001f1ff"
    while end < min(len(text), 16):
        if (
            _extends(text[end])
            or text[end - 1] == "\u200d"
            or (flag and end == 1 and "\U0001f1e6" <= text[1] <= "\U0001f1ff")
        ):
            end += 1
        else:
            break
    return text[:end]


def fold(text: str) -> str:
    """`text` for comparing: without case, accents and compatibility forms, so that `Zoë`, `ZOE` and `ｚｏé` are equal.

    For comparing and finding alone: what is stored and shown stays as typed.
    """
    if text.isascii():
        return text.lower()
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", folded.translate(_STROKES))


def call_sign(name: str) -> str:
    """What stands behind an @ for a group: "Ärzte & Pflege" is `arzte-pflege`, and "Команда" is `komanda`.

    Names in other scripts are spelled in Latin letters, as those of people are; empty where nothing remains.
    """
    return re.sub(r"[^a-z0-9]+", "-", anyascii(fold(name)).lower()).strip("-")[: limits.HANDLE_CHARS.value].strip("-")


def handle_for(name_or_email: str, taken: Callable[[str], bool]) -> str:
    """A free handle made from a name or an e-mail address: `Zoë van Dam` → `zoe.van.dam`.

    Args:
        name_or_email: of an address only the part before the `@` is used.
        taken: says whether a handle was ever given out; it is asked at most some twenty times.

    Returns:
        A handle that `HANDLE` matches and `taken` does not know. Names in other scripts are spelled in Latin letters;
        where nothing remains, the handle is random.
    """
    source = name_or_email[:200]
    if "@" in source.strip("@ "):
        source = source.strip("@ ").partition("@")[0]
    most = limits.HANDLE_CHARS.value
    base = (
        re.sub(r"[^a-z0-9_-]+", ".", anyascii(unicodedata.normalize("NFC", source)).lower())
        .strip("._-")[: max(most - 8, 1)]
        .strip("._-")
    )
    if base:
        for candidate in (base, *(f"{base}{number}" for number in range(2, 12))):
            if not taken(candidate):
                return candidate
    while taken(candidate := f"{base or 'person'}-{secrets.token_hex(3)}"):
        pass
    return candidate


def emoji(value: str) -> str | None:
    """The emoji that `value` is or names, else None: `🎉`, `tada` and `:tada:` are all `🎉`.

    Names are the ones of GitHub and Slack and Unicode's own English ones. Skin tones as Slack names them
    (`wave::skin-tone-3`) work too. A text that merely holds an emoji is none.
    """
    if not value or len(value) > 100:
        return None
    names, signs = _emoji_table()
    if value in signs:
        return value
    base, _tone, tone = value.strip(":").partition("::skin-tone-")
    found = names.get(base) or names.get(base.lower())
    if found and tone in ("2", "3", "4", "5", "6"):
        toned = found.removesuffix("\ufe0f") + chr(0x1F3FB + int(tone) - 2)
        return toned if toned in signs else found
    return found


def emoji_like(typed: str, most: int) -> list[tuple[str, str]]:
    """Emoji with a name that begins as typed, then those whose name holds it: each once, with that name."""
    typed = typed.strip(":").lower()
    if not typed:
        return []
    names, _signs = _emoji_table()
    found: dict[str, str] = {}
    for fits in (lambda name: name.startswith(typed), lambda name: typed in name):
        for name in sorted((name for name in names if fits(name.lower())), key=lambda name: (len(name), name)):
            found.setdefault(names[name], name)
            if len(found) == most:
                return list(found.items())
    return list(found.items())


@cache
def _emoji_table() -> tuple[Mapping[str, str], Container[str]]:
    """Emoji by name, and all emoji there are.

    Asked for here and not at the top: the table is 8 MB, which a process that meets no emoji need not carry. Looked up
    here and not by the library's own function: that walks through the whole table for each name it does not know.
    """
    from emoji import EMOJI_DATA, STATUS

    names: dict[str, str] = {}
    for aliases in (False, True):
        for sign, facts in EMOJI_DATA.items():
            if facts["status"] <= STATUS["fully_qualified"]:
                for name in facts.get("alias", ()) if aliases else (facts["en"],):
                    names[name.strip(":")] = sign
    return names, EMOJI_DATA
