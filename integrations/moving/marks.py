"""Texts of other networks in our Markdown: what was plain stays plain, what was marked up stays marked up."""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from integrations.moving.records import mention

# Signs that would mean something to our renderer, wherever they stand; an underscore inside a word means nothing.
_SIGNS = re.compile(r"([\\`*\[\]<>|~@&]|(?<![^\W_])_|_(?![^\W_]))")
# A colon that begins the name of an emoji or anything like it.
_COLON = re.compile(r":(?=[a-z0-9_+-]+:)")
# What would begin a heading, list, quote or rule at the start of a line.
_STARTS = re.compile(r"^([ \t]{0,3})(#{1,6}(?=\s)|[-+=](?=\s|[-+=]*$)|\d{1,9}(?=[.)]\s))", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]{4,}(?=\S)", re.MULTILINE)
# Without any of these a text is its own Markdown.
_ANY = re.compile(r"[\\`*_\[\]<>|~@&]|:(?=[a-z0-9_+-])|^[ \t]{0,3}[#+=0-9-]|^[ \t]{4}|\t", re.MULTILINE)


def escape(text: str, *, emoji: bool = False) -> str:
    """Plain text as Markdown that shows exactly it (a #topic stays a topic, an address stays a link).

    Args:
        emoji: let `:tada:` be the sign it names.
    """
    if _ANY.search(text) is None:
        return text
    text = _INDENT.sub(lambda found: found[0].replace("\t", "    ").replace(" ", "\u00a0"), text)
    parts = re.split(r"(https?://[^\s<>\"]+)", text)
    for index in range(0, len(parts), 2):
        plain = _SIGNS.sub(r"\\\1", parts[index])
        if not emoji:
            plain = _COLON.sub(r"\\:", plain)
        # Behind an address no line begins.
        parts[index] = _STARTS.sub(_defuse, f"x{plain}")[1:] if index else _STARTS.sub(_defuse, plain)
    return "".join(parts)


def _defuse(found: re.Match[str]) -> str:
    mark = found[2]
    return f"{found[1]}{mark}\\" if mark.isdigit() else f"{found[1]}\\{mark}"


def fenced(code: str) -> str:
    """A block of code."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"\n{fence}\n{code.strip(chr(10))}\n{fence}\n"


def inline_code(code: str) -> str:
    """A few words of code in a line."""
    longest = max((len(run) for run in re.findall(r"`+", code)), default=0)
    ticks = "`" * (longest + 1)
    pad = " " if code.startswith("`") or code.endswith("`") else ""
    return f"{ticks}{pad}{code}{pad}{ticks}"


# ---- Yammer: a plain body, and an HTML body that knows what was code.

_PRE = re.compile(r"<pre[^>]*>(.*?)</pre>", re.DOTALL)
_CODE = re.compile(r"<code[^>]*>(.*?)</code>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_YAMMER_MENTION = re.compile(r"\[\[user:(\d+)\]\]")
_YAMMER_TAG = re.compile(r"\[\[(?:tag|topic|group):([^\]]*)\]\]")


def from_yammer(body: str, html_body: str = "", *, topics: dict[str, str] | None = None) -> str:
    """A Yammer message: `body` is what was written, `html_body` tells which parts of it were code.

    Args:
        topics: names of topics by their id, for `[[tag:123]]`.
    """
    if "\\n" in body and "\n" not in body and "<code" not in html_body:
        body = body.replace("\\r\\n", "\n").replace("\\n", "\n")
    pieces: list[str] = []
    at = 0
    for code in _code_of(html_body):
        found = _place_of(code, body, at)
        if found < 0:
            continue
        pieces.append(_yammer_plain(body[at:found], topics))
        pieces.append(fenced(code.text) if code.block else inline_code(code.text))
        at = found + len(code.text)
    pieces.append(_yammer_plain(body[at:], topics))
    return "".join(pieces).strip()


def _place_of(code: _Code, body: str, at: int) -> int:
    """Where a piece of code stands in the plain text: joined to words as it was, best behind what was before it; or -1.

    A `q` in code is not the first q of the text.
    """
    text = code.text
    if not text.strip():
        return -1
    first, found = -1, body.find(text, at)
    for _try in range(50):
        if found < 0:
            break
        end = found + len(text)
        left = text[0].isalnum() and body[max(found - 1, 0) : found].isalnum()
        right = text[-1].isalnum() and body[end : end + 1].isalnum()
        if (not left or code.joins[0]) and (not right or code.joins[1]):
            if "".join(body[max(at, found - 12) : found].split())[-4:].endswith(code.before):
                return found
            first = found if first < 0 else first
        found = body.find(text, found + 1)
    return first


def _yammer_plain(text: str, topics: dict[str, str] | None = None) -> str:
    if "[[" not in text:
        return escape(text, emoji=True)
    known = topics or {}
    named = _YAMMER_TAG.sub(lambda found: topic_word(known.get(found[1], "")), text)
    parts = _YAMMER_MENTION.split(named)
    for index in range(0, len(parts), 2):
        parts[index] = escape(parts[index], emoji=True)
    for index in range(1, len(parts), 2):
        parts[index] = mention(parts[index])
    return "".join(parts)


def topic_word(name: str) -> str:
    """A topic as it is written here: one word behind a #."""
    word = re.sub(r"[^\w-]+", "-", name).strip("-_")
    return f"#{word}" if word else ""


class _Code(NamedTuple):
    """A piece of code in an HTML body."""

    text: str
    block: bool
    # The last signs before it, without blanks; and whether a word goes on right before or behind it.
    before: str = ""
    joins: tuple[bool, bool] = (False, False)


def _code_of(html_body: str) -> list[_Code]:
    """The code in an HTML body, in order."""
    if "<pre" not in html_body and "<code" not in html_body:
        return []
    found: list[tuple[int, _Code]] = []
    for match in _PRE.finditer(html_body):
        found.append((match.start(), _Code(_text(match[1]).strip("\n"), True)))
    rest = _PRE.sub(lambda match: " " * len(match[0]), html_body)
    for match in _CODE.finditer(rest):
        at, end = match.span()
        # From the start of a tag, so that none is cut in two.
        before = _text(rest[max(rest.rfind("<", 0, max(at - 60, 0)), 0) : at])
        joins = before[-1:].isalnum(), rest[end : end + 1].isalnum()
        found.append((at, _Code(_text(match[1]), False, "".join(before.split())[-3:], joins)))
    return [code for _at, code in sorted(found)]


def _text(markup: str) -> str:
    return html.unescape(_TAG.sub("", markup))


# ---- Slack: mrkdwn.

_SLACK = re.compile(
    r"```(?P<block>.*?)```|`(?P<code>[^`\n]+)`|<(?P<angle>[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<bold>[^*\n]+)\*(?![\w*])|(?<![\w_])_(?P<italic>[^_\n]+)_(?![\w_])|(?<![\w~])~(?P<strike>[^~\n]+)~(?![\w~])"
    r"|(?P<emoji>:[a-z0-9_+'-]+(?:::skin-tone-\d)?:)",
    re.DOTALL,
)
# Without any of these a text has no marks.
_SLACK_SIGNS = re.compile(r"[`<>*_~&]|:[a-z0-9_+'-]+:")
_QUOTE = re.compile(r"^(?:&gt;|>) ?", re.MULTILINE)


def from_slack(text: str, *, names: dict[str, str] | None = None) -> str:
    """A Slack message.

    Args:
        text: mrkdwn, as of Slack's reference "Formatting text".
        names: Slack ids of people by their user name, for mentions written as `<@name>`.
    """
    if _SLACK_SIGNS.search(text) is None:
        return escape(text).strip()
    quoted = _QUOTE.sub("\ue002", text)
    return _slack(quoted, names or {}).replace("\ue002", "> ").strip()


def _slack(text: str, names: dict[str, str]) -> str:
    out: list[str] = []
    at = 0
    for found in _SLACK.finditer(text):
        out.append(escape(html.unescape(text[at : found.start()])))
        out.append(_slack_part(found, names))
        at = found.end()
    out.append(escape(html.unescape(text[at:])))
    return "".join(out)


def _slack_part(found: re.Match[str], names: dict[str, str]) -> str:
    kind = found.lastgroup
    inside = found[kind] if kind else ""
    if kind == "block":
        return fenced(html.unescape(inside.replace("\ue002", "> ")))
    if kind == "code":
        return inline_code(html.unescape(inside))
    if kind == "bold":
        return f"**{_slack(inside, names)}**"
    if kind == "italic":
        return f"*{_slack(inside, names)}*"
    if kind == "strike":
        return f"~~{_slack(inside, names)}~~"
    if kind == "emoji":
        return inside.split("::")[0].rstrip(":") + ":"
    return _slack_angle(html.unescape(inside), names)


def _slack_angle(inside: str, names: dict[str, str]) -> str:
    target, _bar, label = inside.partition("|")
    if target.startswith("@"):
        key = target[1:]
        return (
            mention(names.get(key.lower(), key))
            if key in names.values() or key.lower() in names
            else escape(f"@{label or key}")
        )
    if target.startswith("#"):
        return f"\\#{escape(label or target[1:])}"
    if target.startswith("!"):
        word = label or target[1:].split("^")[0]
        return escape(word if word.startswith("@") else f"@{word}")
    if target.startswith(("http://", "https://", "mailto:")):
        plain = target.removeprefix("mailto:")
        address = target.replace(" ", "%20").replace(")", "%29").replace("(", "%28")
        return f"<{target}>" if label in ("", plain, target) and " " not in target else f"[{escape(label)}]({address})"
    return escape(label or target)
