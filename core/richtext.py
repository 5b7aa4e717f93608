"""Rich text: what people write in Markdown, read once and drawn as safe HTML, as plain text, or as a list of facts.

A text is read by `parse` (once, when it is written) into a `Document`: `mentions`, `topics`, `links`, `html(people)`,
`plain()`. `render`, `extract` and `plain` are short cuts for one of these.

Two promises:

- **Safe.** No HTML of the writer passes, no address but http, https and mailto becomes a link, no picture is loaded
  from elsewhere, and the last step over the finished HTML is the sanitiser; nothing is changed after it.
- **Quick, whatever comes in.** Length, cells, depth and the parser's work are counted against the table of limits;
  brackets, which the parser we build on reads again and again, are paired here in one pass over the text.

Markdown is CommonMark with tables, strike-through, task lists and bare addresses. A line end is a line end. Headings
are set below the page's own (h3 and deeper, never skipping a level), and a picture by address becomes a link to it.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape, unescape
from time import thread_time
from typing import Any, NamedTuple
from unicodedata import category, normalize
from urllib.parse import quote

import idna
import nh3
from django.core.exceptions import ValidationError
from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import fence as fence_rule
from markdown_it.rules_block import table as table_rule
from markdown_it.rules_inline import StateInline, backtick, emphasis, entity, strikethrough
from markdown_it.rules_inline import escape as escape_rule
from markdown_it.token import Token
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES

from core import limits, text

#: Goes up whenever the same source would give other HTML: stored HTML of a lower number is drawn anew.
RENDERER_VERSION = 1


class Person(NamedTuple):
    """Who a handle is, as far as a mention shows it."""

    public_id: str
    name: str


class Extract(NamedTuple):
    """The facts of a text: handles in small letters, topics as their address has them, links in order of appearance."""

    mentions: frozenset[str]
    topics: tuple[str, ...]
    links: tuple[str, ...]


def render(source: str, *, people: Mapping[str, Person], strict: bool = True) -> str:
    """The HTML of a text, safe to put into a page as it is.

    Args:
        source: Markdown that went through `text.clean`.
        people: who the mentioned handles are; a handle that is not in it stays plain text.
        strict: see `parse`.

    Raises:
        LimitExceeded: as `parse`.
    """
    return parse(source, strict=strict).html(people)


def extract(source: str, *, strict: bool = True) -> Extract:
    """Mentions, topics and links of a text. What stands in code is none of them.

    Raises:
        LimitExceeded: as `parse`.
    """
    document = parse(source, strict=strict)
    return Extract(document.mentions, document.topics, document.links)


def plain(source: str) -> str:
    """The text without its markup, for search and summaries. Never raises for what is stored already."""
    return parse(source, strict=False).plain()


def text_of(html: str) -> str:
    """The text of stored HTML of ours, a line for each block, people by their names: far less work than `plain`.

    Args:
        html: what `Document.html` gave. Other HTML may hold tags that are not recognised, never text that is lost.
    """
    if "link-host" in html:
        html = _HOST.sub("", html)
    text = _TAG.sub("", _BLOCK.sub("\n", html))
    if "&" in text:
        text = unescape(text)
    return "\n".join(line for line in map(str.strip, text.split("\n")) if line)


# The sanitiser closes what it opens, and writes values in double quotes, in which an angle may stand.
_HOST = re.compile(r' <span class="link-host">[^<]*</span>')
_VALUES = r'(?:[^>"]|"[^"]*")*>'
_BLOCK = re.compile(rf"</?(?:p|li|h[1-6]|blockquote|pre|div|ul|ol|table|thead|tbody|tr|th|td|br|hr)\b{_VALUES}")
_TAG = re.compile(f"<{_VALUES}")


def parse(source: str, *, strict: bool = True, limit: limits.Limit = limits.POST_CHARS) -> "Document":
    """Read a text once.

    Args:
        source: Markdown that went through `text.clean`.
        strict: for what a person sends now: a text past the limits is refused. Without it (imports, and stored text
            that is drawn anew) such a text is read without its markup, as paragraphs with links, mentions and topics,
            so that nothing is lost and nothing fails.
        limit: how long the text may be.

    Raises:
        LimitExceeded: when `strict`, for a text past the limits of length, table cells, depth, work, mentions, topics
            or links.
        ValidationError: when `strict`, for NUL or half of a surrogate pair.
    """
    if _BROKEN.search(source):
        if strict:
            text.clean(source, multiline=True)
        source = _BROKEN.sub("\ufffd", source)
    try:
        # A company that lowers the limit later still sees its older, longer texts as they were.
        if strict or len(source) > limit.default:
            limits.check(limit, source)
        document = Document(tuple(_tokens(source)))
    except ValidationError:
        if strict:
            raise
        return Document(tuple(_plain_tokens(source)))
    if strict:
        limits.check(limits.LINKS_PER_POST, document.marks)
        limits.check(limits.MENTIONS_PER_POST, document.mentions)
        limits.check(limits.TOPICS_PER_POST, document.topics)
    return document


_BROKEN = re.compile("[\0\ud800-\udfff]")


def topic_key(name: str) -> str:
    """A topic as its address and its row have it: without case, NFC. `#Büro` and `#BÜRO` are one topic."""
    return normalize("NFC", normalize("NFC", name).casefold())


# ---------------------------------------------------------------------------------------------------- the document


_MARKS = frozenset(("mention", "topic", "link_open"))


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was read: ask it for HTML, for plain text, or for what it names."""

    tokens: tuple[Token, ...]
    mentions: frozenset[str] = field(init=False)
    topics: tuple[str, ...] = field(init=False)
    links: tuple[str, ...] = field(init=False)
    # How many places of the text are a link, a mention or a topic.
    marks: int = field(init=False)

    def __post_init__(self) -> None:
        mentions: set[str] = set()
        topics: dict[str, None] = {}
        links: dict[str, None] = {}
        marks = 0
        for block in self.tokens:
            for token in block.children or ():
                if token.type in _MARKS:
                    marks += 1
                if token.type == "mention":
                    mentions.add(token.meta["handle"])
                elif token.type == "topic":
                    topics[token.meta["topic"]] = None
                elif token.type == "link_open":
                    links[str(token.attrs["href"])] = None
        object.__setattr__(self, "mentions", frozenset(mentions))
        object.__setattr__(self, "topics", tuple(topics))
        object.__setattr__(self, "links", tuple(links))
        object.__setattr__(self, "marks", marks)

    def html(self, people: Mapping[str, Person]) -> str:
        """The HTML, through the sanitiser as its last step. `people` as in `render`."""
        return _CLEANER.clean("".join(_blocks(self.tokens, people)))

    def plain(self) -> str:
        """The text without markup: a line for each block, names of mentions as typed, emoji as emoji."""
        lines: list[str] = []
        for block in self.tokens:
            if block.type == "inline":
                line = "".join(
                    "\n" if token.type in ("softbreak", "hardbreak") else token.content
                    for token in block.children or ()
                )
            elif block.type in ("fence", "code_block"):
                line = block.content
            else:
                continue
            if line := line.strip():
                lines.append(line)
        return "\n".join(lines)


# ------------------------------------------------------------------------------------------------------ safe HTML

_CODE_CLASSES = {name for name in STANDARD_TYPES.values() if name}

# Which languages are coloured. A lexer can be stopped only between two of its steps, so one that needs long for a
# single step on some text must not be here.
LANGUAGES: Mapping[str, str] = {
    alias: lexer
    for lexer, aliases in {
        "bash": "bash sh shell zsh",
        "c": "c h",
        "cpp": "cpp c++ hpp",
        "csharp": "csharp c# cs",
        "css": "css",
        "diff": "diff patch udiff",
        "go": "go golang",
        "html": "html",
        "java": "java",
        "javascript": "javascript js",
        "json": "json",
        "kotlin": "kotlin kt",
        "lua": "lua",
        "php": "php",
        "powershell": "powershell ps1 pwsh",
        "python": "python py python3",
        "rust": "rust rs",
        "sql": "sql",
        "swift": "swift",
        "toml": "toml",
        "typescript": "typescript ts",
        "xml": "xml svg",
        "yaml": "yaml yml",
    }.items()
    for alias in aliases.split()
}

_TAGS = frozenset(
    (
        *("h3", "h4", "h5", "h6", "p", "blockquote", "pre", "hr", "br", "div", "ul", "ol", "li"),
        *("table", "thead", "tbody", "tr", "th", "td"),
        *("a", "em", "strong", "del", "code", "span", "bdi"),
    )
)

_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style"},
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    allowed_classes={
        "a": {"mention", "topic", "link-differs"},
        "span": {"link-host"} | _CODE_CLASSES,
        "code": {f"language-{name}" for name in LANGUAGES.values()},
        "pre": {"code"},
        "div": {"table"},
        "li": {"task"},
        "td": {"center", "right"},
        "th": {"center", "right"},
    },
    # What scrolls sideways can be reached by keyboard.
    tag_attribute_values={"pre": {"tabindex": {"0"}}, "div": {"tabindex": {"0"}}},
    link_rel="noopener nofollow noreferrer",
    url_schemes={"http", "https", "mailto"},
)


def _blocks(tokens: tuple[Token, ...], people: Mapping[str, Person]) -> Iterator[str]:
    """The HTML of block tokens. The order of headings is kept, their levels are made to fit below the page's."""
    headings: list[int] = []
    colours = _Colours(limits.CODE_COLOURED_CHARS.value)
    task = False
    for at, token in enumerate(tokens):
        kind = token.type
        if kind == "inline":
            yield from _inline(token.children or [], people)
        elif kind == "paragraph_open":
            if not token.hidden:
                yield "<p>"
        elif kind == "paragraph_close":
            if not token.hidden:
                yield "</p>"
            elif tokens[at + 1].type != "list_item_close":
                # A tight item goes on with a list or a quote.
                yield "\n"
        elif kind == "fence" or kind == "code_block":
            language = LANGUAGES.get(token.info.split(maxsplit=1)[0].lower()) if token.info.strip() else None
            if language and colours.seconds > 0 and len(token.content) <= colours.chars:
                colours.chars -= len(token.content)
                yield f'<pre class="code" tabindex="0"><code class="language-{language}">'
                yield from _coloured(token.content, language, colours)
            else:
                yield '<pre class="code" tabindex="0"><code>'
                yield escape(token.content, quote=False)
            yield "</code></pre>"
        elif kind == "heading_open":
            level = int(token.tag[1])
            while headings and headings[-1] >= level:
                headings.pop()
            headings.append(level)
            yield f"<h{min(2 + len(headings), 6)}>"
        elif kind == "heading_close":
            yield f"</h{min(2 + len(headings), 6)}>"
        elif kind == "table_open":
            yield '<div class="table" tabindex="0"><table>'
        elif kind == "table_close":
            yield "</table></div>"
        elif kind in ("td_open", "th_open"):
            style = token.attrs.get("style", "")
            side = "center" if style == "text-align:center" else "right" if style == "text-align:right" else ""
            yield f'<{token.tag} class="{side}">' if side else f"<{token.tag}>"
        elif kind == "list_item_open":
            task = bool(token.meta and token.meta.get("task"))
            yield '<li class="task">' if task else "<li>"
        elif kind == "ordered_list_open":
            start = token.attrs.get("start")
            yield f'<ol start="{start}">' if start is not None else "<ol>"
        elif kind == "hr":
            yield "<hr>"
        elif token.tag:
            yield f"</{token.tag}>" if token.nesting < 0 else f"<{token.tag}>"


def _inline(tokens: list[Token], people: Mapping[str, Person]) -> Iterator[str]:
    """The HTML inside one block."""
    in_link: Token | None = None
    for token in tokens:
        kind = token.type
        if kind == "text":
            yield _isolated(token.content, in_link is not None)
        elif kind == "softbreak" or kind == "hardbreak":
            yield "<br>"
        elif kind == "mention":
            person = people.get(token.meta["handle"])
            if person is None:
                yield escape(token.content, quote=False)
            else:
                name = escape(_OVERRIDES.sub("", person.name), quote=False)
                yield f'<a class="mention" href="/people/{quote(person.public_id, safe="")}/"><bdi>@{name}</bdi></a>'
        elif kind == "topic":
            shown = escape(token.content, quote=False)
            yield f'<a class="topic" href="/topics/{quote(token.meta["topic"], safe="")}/">{shown}</a>'
        elif kind == "code_inline":
            yield f"<code>{_isolated(token.content, False)}</code>"
        elif kind == "link_open":
            in_link = token
            href = escape(str(token.attrs["href"]))
            if host := token.meta["host"]:
                yield f'<a class="link-differs" title="{escape(host)}" href="{href}">'
            elif title := token.attrs.get("title"):
                yield f'<a title="{escape(_OVERRIDES.sub("", str(title)))}" href="{href}">'
            else:
                yield f'<a href="{href}">'
        elif kind == "link_close":
            host = in_link.meta["host"] if in_link is not None else ""
            in_link = None
            yield f'</a> <span class="link-host">({escape(host)})</span>' if host else "</a>"
        elif kind == "s_open":
            yield "<del>"
        elif kind == "s_close":
            yield "</del>"
        elif token.tag:
            yield f"</{token.tag}>" if token.nesting < 0 else f"<{token.tag}>"


# Characters that turn the direction of all that follows: embeddings, overrides and isolates.
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")


def _isolated(content: str, in_link: bool) -> str:
    """Escaped text whose direction marks end where it ends; in a link's text they are left out."""
    shown = escape(content, quote=False)
    if not shown.isascii() and _OVERRIDES.search(shown):
        return _OVERRIDES.sub("", shown) if in_link else f"<bdi>{shown}</bdi>"
    return shown


def _coloured(code: str, language: str, colours: "_Colours") -> Iterator[str]:
    """Code with a `span` around each part that has a colour; the classes are Pygments' own short ones.

    The lexers are not ours and some grow slow on odd text, so colours end when their time is used up; the rest of the
    code follows without.
    """
    lexer = _lexer(language)
    began = thread_time()
    done = 0
    for at, kind, value in lexer.get_tokens_unprocessed(code):
        if at != done:
            break
        name = STANDARD_TYPES.get(kind)
        while name is None:
            kind = kind.parent
            name = STANDARD_TYPES.get(kind)
        shown = escape(value, quote=False)
        yield f'<span class="{name}">{shown}</span>' if name and not value.isspace() else shown
        done = at + len(value)
        if thread_time() - began > colours.seconds:
            break
    colours.seconds -= thread_time() - began
    if done < len(code):
        yield escape(code[done:], quote=False)


@dataclass(slots=True)
class _Colours:
    """What is left, for one document, of the characters and of the seconds that colours may take."""

    chars: int
    seconds: float = 0.05


@lru_cache(maxsize=64)
def _lexer(language: str) -> Any:
    return get_lexer_by_name(language, stripnl=False, ensurenl=False)


# -------------------------------------------------------------------------------------------------------- reading


def _tokens(source: str) -> list[Token]:
    """Markdown → tokens, with mentions, topics, emoji and bare addresses found, and depth and work counted."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    return _prose(source) or _markdown(source)


def _markdown(source: str) -> list[Token]:
    """The tokens of any text."""
    env: dict[str, Any] = {"steps": 0, "most": limits.MARKUP_STEPS.value, "cells": 0}
    tokens: list[Token] = []
    _MARKDOWN.block.parse(source, _MARKDOWN, env, tokens)
    depth = 0
    deepest = limits.NESTING_DEPTH.value
    for at, token in enumerate(tokens):
        kind = token.type
        if kind == "inline":
            token.children = _INLINE.parse(token.content, _MARKDOWN, env, [])
            _check_depth(token.children, deepest)
            token.children = _found(token.children)
            if at > 1 and tokens[at - 2].type == "list_item_open":
                _mark_task(tokens[at - 2], token.children)
        elif kind in _DEEPER:
            depth += token.nesting
            if depth > deepest:
                raise limits.LimitExceeded(limits.NESTING_DEPTH, depth)
    return tokens


def _prose(source: str) -> list[Token] | None:
    """The same for what most people write: nothing but paragraphs, perhaps with markup inside. None for other texts.

    A test holds both against each other over all the text we have.
    """
    if _BEGINS_BLOCK.search(source) or not _in_few_steps(source):
        return None
    env: dict[str, Any] = {"steps": 0, "most": limits.MARKUP_STEPS.value, "cells": 0}
    tokens: list[Token] = []
    for paragraph in source.split("\n\n"):
        if not (paragraph := paragraph.strip("\n")):
            continue
        content = paragraph.strip()
        inline = Token("inline", "", 0, content=content)
        if _MARKS_UP.search(content):
            children = _INLINE.parse(content, _MARKDOWN, env, [])
            _check_depth(children, limits.NESTING_DEPTH.value)
            inline.children = _found(children)
        else:
            children = _lines(content)
            inline.children = _found(children) if _SIGNS.search(content) else children
        tokens += (_PARAGRAPH, inline, _PARAGRAPH_END)
    return tokens


def _in_few_steps(source: str) -> bool:
    """Whether a text of paragraphs is sure to stay within the limit of work: six steps for each and each sign."""
    most = limits.MARKUP_STEPS.value
    return 8 * len(source) < most or 6 * (source.count("\n\n") + 1 + len(_COUNTED.findall(source))) < most


_COUNTED = re.compile(r"[\n\\`~*_\[!<&:]")
# A line that is more than a part of a paragraph, or may be; blanks before it count as such.
_BEGINS_BLOCK = re.compile(r"^[ \t`~>*\-_+#0-9=|:\[]", re.MULTILINE)
# What can mean something inside a line, besides mentions and the like.
_MARKS_UP = re.compile(r"[\\`~*_\[<&]|!\[|://")
# Nothing changes these once they are made, so all texts share them.
_PARAGRAPH, _PARAGRAPH_END = Token("paragraph_open", "p", 1), Token("paragraph_close", "p", -1)
_BREAK = Token("softbreak", "br", 0)


def _lines(content: str) -> list[Token]:
    """Text without markup as tokens: its lines, and breaks between them."""
    tokens: list[Token] = []
    for line in content.split("\n"):
        if tokens:
            tokens[-1].content = tokens[-1].content.rstrip(" ")
            tokens.append(_BREAK)
        tokens.append(Token("text", "", 0, content=line))
    return tokens


_DEEPER = frozenset(
    f"{name}_{end}" for name in ("blockquote", "bullet_list", "ordered_list") for end in ("open", "close")
)


def _plain_tokens(source: str) -> list[Token]:
    """The same without markup: paragraphs and line ends, with addresses, mentions, topics and emoji found."""
    tokens: list[Token] = []
    for paragraph in re.split(r"\n[ \t]*(?:\n[ \t]*)+", source.replace("\r\n", "\n").replace("\r", "\n").strip()):
        if not paragraph:
            continue
        tokens.append(Token("paragraph_open", "p", 1))
        inline = Token("inline", "", 0, content=paragraph)
        inline.children = _found(_PLAIN_INLINE.parse(paragraph, _MARKDOWN, {}, []))
        tokens += [inline, Token("paragraph_close", "p", -1)]
    return tokens


def _check_depth(tokens: list[Token], deepest: int) -> None:
    depth = 0
    for token in tokens:
        if token.nesting:
            depth += token.nesting
            if depth > deepest:
                raise limits.LimitExceeded(limits.NESTING_DEPTH, depth)


def _mark_task(item: Token, children: list[Token]) -> None:
    """`[ ]` and `[x]` at the start of a list item become a box: a sign that screen readers speak."""
    if children and children[0].type == "text" and (box := _BOX.match(children[0].content)):
        item.meta = {"task": True}
        children[0].content = ("☐ " if box[1] == " " else "☑ ") + children[0].content[box.end() :]


_BOX = re.compile(r"\[([ xX])\][ \t]")


class _State(StateInline):
    """The inline parser's state, and the links that begin at each `[`."""

    links: "dict[int, _Link]"


class _Link(NamedTuple):
    # Where the label ends (at its `]`), where the whole link ends, and what it leads to.
    close: int
    end: int
    href: str
    title: str


Rule = Callable[[_State], bool]


class _Inline(ParserInline):
    """The inline parser with a table of what each character can begin, and links found in one pass.

    The parser we build on tries every rule at every special character and looks for the end of each `[` anew, which
    20,000 brackets turn into seconds. Here each character has its one rule.
    """

    def __init__(self, rules: Mapping[str, Rule]) -> None:
        super().__init__()
        self._rules = dict(rules)
        self._special = re.compile("[" + re.escape("".join(rules)) + "]")
        self._plain = "*" not in rules

    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        """Tokens of one block's text."""
        state = _State(src, md, env, tokens)
        state.links = _pair_brackets(src, env) if not self._plain and "[" in src else {}
        if self._special.search(src) is None:
            # Nothing but text: most table cells, list items and short replies.
            state.push("text", "", 0).content = src
            return state.tokens
        self.tokenize(state)
        if not self._plain and ("*" in src or "_" in src or "~" in src):
            for rule in self.ruler2.getRules(""):
                rule(state)
        return state.tokens

    def tokenize(self, state: StateInline) -> None:
        """Tokens of the range that `state` stands at."""
        rules = self._rules
        search = self._special.search
        src = state.src
        end = state.posMax
        env = state.env
        while state.pos < end:
            pos = state.pos
            if not self._plain:
                _count(env, 1)
            found = search(src, pos, end)
            if found is None:
                state.append_pending(src[pos:end])
                state.pos = end
                break
            at = found.start()
            if at > pos:
                state.append_pending(src[pos:at])
                state.pos = at
            if not rules[src[at]](state):  # type: ignore[arg-type]
                state.append_pending(src[at])
                state.pos = at + 1
        if state.pending:
            state.pushPending()


_BRACKETS = re.compile(r"[\[\]\\`<]")
_TICKS = re.compile("`+")


def _pair_brackets(src: str, env: MutableMapping[str, Any]) -> dict[int, _Link]:
    """The links and pictures of a block's text by the place of their `[`, found in one pass.

    Code, escapes and `<…>` addresses bind tighter than brackets. A link cannot hold another link: the inner one wins.
    A label that holds brackets, or is longer than 999 characters, cannot name a reference, which keeps this linear.
    """
    references = env.get("references")
    ticks: dict[int, list[int]] | None = None
    links: dict[int, _Link] = {}
    # For each open bracket: its place, whether a link was found inside, whether any bracket was.
    stack: list[list[int]] = []
    at = 0
    while found := _BRACKETS.search(src, at):
        at = found.start()
        sign = src[at]
        if sign == "\\":
            at += 2
        elif sign == "`":
            if ticks is None:
                ticks = {}
                for run in _TICKS.finditer(src):
                    ticks.setdefault(run.end() - run.start(), []).append(run.start())
            after = at + 1
            while src.startswith("`", after):
                after += 1
            places = ticks.get(after - at, [])
            closing = bisect_left(places, after)
            at = places[closing] + after - at if closing < len(places) else after
        elif sign == "<":
            address = _ANGLE.match(src, at)
            at = address.end() if address else at + 1
        elif sign == "[":
            if stack:
                stack[-1][2] = 1
            stack.append([at, 0, 0])
            at += 1
        else:
            at += 1
            if not stack:
                continue
            start, holds_link, holds_bracket = stack.pop()
            picture = start > 0 and src[start - 1] == "!" and (start < 2 or src[start - 2] != "\\")
            link = None
            if picture or not holds_link:
                if src.startswith("(", at):
                    _count(env, 4)
                    link = _target(src, at)
                if link is None and references:
                    link = _reference(src, start, at, bool(holds_bracket), references)
            if link is not None:
                links[start] = link
                at = link.end
            if stack and (holds_link or (link is not None and not picture)):
                stack[-1][1] = 1
    return links


def _target(src: str, at: int) -> _Link | None:
    """`(address "title")` at `at`, or None."""
    end = len(src)
    if simple := _SIMPLE_TARGET.match(src, at):
        href = address(simple[1])
        return _Link(at - 1, simple.end(), href, "") if href else None
    pos = _space(src, at + 1)
    found = parseLinkDestination(src, pos, end)
    href = ""
    if found.ok:
        href = address(found.str) or ""
        pos = found.pos
    if not href:
        return None
    title = ""
    after = _space(src, pos)
    if after > pos and after < end and src[after] in "\"'(":
        given = parseLinkTitle(src, after, min(end, after + 1_000))
        if given.ok:
            title = given.str
            after = _space(src, given.pos)
    return _Link(at - 1, after + 1, href, title) if src.startswith(")", after) else None


# `(address)` without brackets, escapes, entities or a title in it: nearly all there are.
_SIMPLE_TARGET = re.compile(r"\(([^\s()<>\\&\x00-\x20\x7f]{1,2000})\)")


def _space(src: str, at: int) -> int:
    found = _BLANKS.match(src, at)
    return found.end() if found else at


_BLANKS = re.compile(r"[ \t\n]+")


def _reference(src: str, start: int, at: int, holds_bracket: bool, references: Mapping[str, Any]) -> _Link | None:
    """`[label][name]`, `[label][]` or `[label]`, where the name is defined somewhere in the text."""
    label, end = src[start + 1 : at - 1] if not holds_bracket and at - start <= 1_001 else "", at
    if src.startswith("[", at):
        stop = src.find("]", at, at + 1_001)
        name = src[at + 1 : stop] if stop > 0 else ""
        if stop > 0 and "[" not in name:
            label, end = name or label, stop + 1
    found = references.get(normalizeReference(label)) if label.strip() else None
    return _Link(at - 1, end, found["href"], found["title"]) if found else None


# ------------------------------------------------------------------------------------------------- the inline rules


def _newline(state: _State) -> bool:
    """A line end is a line end, with or without the two blanks that Markdown asks for; blanks around it are dropped."""
    pending = state.pending
    if pending[-1:] == " ":
        state.pending = pending.rstrip(" ")
    state.push("softbreak", "br", 0)
    state.pos = _space(state.src, state.pos)
    return True


def _link(state: _State) -> bool:
    """`[text](address)`: the text is read on, the address is checked already."""
    link = state.links.get(state.pos)
    if link is None or state.linkLevel or link.end > state.posMax:
        return False
    start, end = state.pos + 1, state.posMax
    opened = state.push("link_open", "a", 1)
    first = len(state.tokens)
    opened.attrs = {"href": link.href, "title": link.title} if link.title else {"href": link.href}
    state.linkLevel += 1
    state.pos, state.posMax = start, link.close
    state.md.inline.tokenize(state)
    state.linkLevel -= 1
    state.posMax = end
    shown = "".join(token.content for token in state.tokens[first:])
    opened.meta["host"] = differing_host(shown, link.href)
    state.push("link_close", "a", -1)
    state.pos = link.end
    return True


def _picture(state: _State) -> bool:
    """`![text](address)` becomes a link: a page that loaded the picture would tell its owner who reads what."""
    link = state.links.get(state.pos + 1)
    if link is None or link.end > state.posMax:
        return False
    shown = state.src[state.pos + 2 : link.close].strip() or link.href
    if state.linkLevel:
        state.append_pending(shown)
    else:
        _push_link(state, link.href, shown)
    state.pos = link.end
    return True


def _push_link(state: _State, href: str, shown: str) -> None:
    opened = state.push("link_open", "a", 1)
    opened.attrs = {"href": href}
    opened.meta = {"host": differing_host(shown, href)}
    state.push("text", "", 0).content = shown
    state.push("link_close", "a", -1)


_ANGLE = re.compile(
    r"<([a-zA-Z][a-zA-Z0-9+.-]{1,31}:[^\s<>]*|[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-zA-Z0-9.-]{1,255})>"
)


def _angle(state: _State) -> bool:
    """`<https://…>` and `<name@company.example>`."""
    found = _ANGLE.match(state.src, state.pos, state.posMax)
    if found is None or state.linkLevel:
        return False
    href = address(found[1]) or address(f"mailto:{found[1]}")
    if href is None:
        return False
    _push_link(state, href, found[1])
    state.pos = found.end()
    return True


# What ends a bare address: blanks, quotes, angle brackets, direction marks, and the punctuation of East Asian text.
_ADDRESS_END = (
    r"\s<>\"`\\\x00-\x20\x7f-\x9f"
    r"\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069"
    r"\u3000-\u3002\uff0c\uff1a\uff1b\uff01\uff1f\uff08\uff09\u300c-\u3011\u201c\u201d\u2026\u00ab\u00bb"
)
_MOST_ADDRESS = 2_000
_AUTHORITY = re.compile(
    rf"(?:\[[0-9A-Fa-f:.]{{2,45}}\](?::\d{{1,5}})?|[^/?#\[\](){_ADDRESS_END}]{{1,260}})(?=[/?#\[\](){_ADDRESS_END}]|\Z)"
)
_ADDRESS_REST = re.compile(rf"[^{_ADDRESS_END}]{{0,{_MOST_ADDRESS}}}")


def _bare(state: _State) -> bool:
    """`https://…` without any sign around it. Stands at the colon, with the scheme behind it."""
    src, pos = state.src, state.pos
    if not src.startswith("://", pos) or state.linkLevel:
        return False
    scheme = next((name for name in ("https", "http") if src[max(pos - len(name), 0) : pos].lower() == name), "")
    start = pos - len(scheme)
    if not scheme or (start and src[start - 1].isalnum()) or len(state.pending) < len(scheme):
        return False
    shown = _bare_address(src, start, pos + 3, state.posMax)
    href = address(shown) if shown else None
    if href is None:
        return False
    state.pending = state.pending[: -len(scheme)]
    _push_link(state, href, shown)
    state.pos = start + len(shown)
    return True


def _bare_address(src: str, start: int, authority: int, end: int) -> str:
    """The address that begins at `start`, without the punctuation around it; `""` where there is none."""
    host = _AUTHORITY.match(src, authority, end)
    if host is None:
        return ""
    rest = _ADDRESS_REST.match(src, host.end(), end)
    stop = rest.end() if rest else host.end()
    if stop - host.end() >= _MOST_ADDRESS:
        return ""
    found = src[start:stop]
    # A closing bracket belongs to the address only when it was opened there.
    depth = {")": 0, "]": 0}
    for sign in _PARENS.finditer(found, host.end() - start):
        closing = {"(": ")", "[": "]"}.get(sign[0])
        if closing:
            depth[closing] += 1
        elif depth[sign[0]]:
            depth[sign[0]] -= 1
        else:
            found = found[: sign.start()]
            break
    return found.rstrip("?!.,:;*_~'|([{}")


_PARENS = re.compile(r"[()\[\]]")


def _wrapped(rule: Callable[[StateInline, bool], bool]) -> Rule:
    return lambda state: rule(state, False)


# ------------------------------------------------------------------------------------------------------- addresses

_WEB = re.compile(r"(https?)://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_MAIL = re.compile(r"mailto:([a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([^@?\s/]{1,255})(\?[^\s]*)?", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?")
_SIX = re.compile(r"\[[0-9a-f:.]{2,45}\]")
_SAFE = "/?#[]@!$&'()*+,;=:~%-._"


@lru_cache(maxsize=1024)
def address(given: str) -> str | None:
    """The address a link may lead to, or None: http, https and mailto alone, with a host in its ASCII form.

    An address with a name or password before the host (`https://bank.example@evil.example`) is refused, because it
    reads as another; so is everything a browser might read differently than we do.
    """
    if len(given) > _MOST_ADDRESS:
        return None
    if web := _WEB.fullmatch(given):
        host, colon, port = web[2].rpartition(":")
        if not colon or web[2].endswith("]"):
            host, port = web[2], ""
        elif not (port.isascii() and port.isdigit() and int(port[:6]) < 65_536):
            return None
        host = ascii_host(host)
        if not host:
            return None
        return f"{web[1].lower()}://{host}{':' + port if port else ''}{quote(web[3], safe=_SAFE)}"
    if mail := _MAIL.fullmatch(given):
        host = ascii_host(mail[2])
        if host and not host.startswith("["):
            return f"mailto:{quote(mail[1], safe=_SAFE)}@{host}{quote(mail[3] or '', safe=_SAFE)}"
    return None


def ascii_host(host: str) -> str:
    """The host as browsers ask for it: small letters, other scripts in their `xn--` form; `""` for what is no host."""
    if len(host) > 253:
        return ""
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            return ""
    host = host.lower()
    return host if (_HOST.fullmatch(host) and ".." not in host) or _SIX.fullmatch(host) else ""


def differing_host(shown: str, href: str) -> str:
    """The host of `href` when the text of its link reads as another host's address, else `""`.

    The text is compared as a browser would read it, so that a look-alike in another script counts as another host.
    """
    target = _WEB.fullmatch(href)
    host = target[2].rpartition("@")[2] if target else href.partition("@")[2].partition("?")[0]
    if shown == href or not ("." in shown or "://" in shown or not shown.isascii()):
        return ""
    seen = shown if shown.isascii() else _HIDDEN.sub("", normalize("NFKC", shown)).replace("\u3002", ".")
    last = (target[3] if target else "").rstrip("/").rpartition("/")[2]
    name = host.rpartition(":")[0] if target and re.search(r":\d+\Z", host) else host
    for word in _WORDS.split(seen[:2_000]):
        _scheme, slashes, rest = word.rpartition("://")
        rest = re.split(r"[/?#\\]", rest if slashes else word, maxsplit=1)[0].rpartition("@")[2].strip(".,;:!?-*_~'")
        rest = re.sub(r":\d{1,5}\Z", "", rest)
        reads_as_host = bool(slashes) or ("." in rest and ".." not in rest and _TOP.fullmatch(rest.rpartition(".")[2]))
        if not reads_as_host or not rest or (not slashes and rest == last):
            continue
        if rest.isascii() and rest.lower().removeprefix("www.") == name.removeprefix("www."):
            continue
        return host
    # More text than was looked at cannot be vouched for.
    return host if len(seen) > 2_000 else ""


# The last part of a host's name: two letters at least.
_TOP = re.compile(r"[^\W\d_]{2,}|xn--[a-z0-9-]+", re.IGNORECASE)
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_WORDS = re.compile(r"[\s()\[\]<>\"“”„«»|]+")


# --------------------------------------------------------------------------------- mentions, topics, emoji, addresses

_SIGNS = re.compile(r"[@#＠＃:]|www\.", re.IGNORECASE)
_HANDLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_WORD = re.compile(r"[\w-]+")
_EMOJI = re.compile(r":([\w+-]{1,60}):")
_TONE = re.compile(r":skin-tone-([2-6]):")
_LOCAL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-"
_MAIL_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}(?![\w@])")


def _found(tokens: list[Token]) -> list[Token]:
    """The inline tokens with mentions, topics, emoji and bare mail addresses cut out of the text between the markup.

    Escaped characters, which were kept apart so that `\\@anna` is no mention, are joined with the text around them.
    """
    out: list[Token] = []
    in_link = False
    # What the text of the token before ends with, where nothing stands between.
    before = ""
    for token in tokens:
        kind = token.type
        if kind == "text":
            if _SIGNS.search(token.content):
                for piece in _pieces(token.content, before, in_link):
                    _join(out, piece)
            else:
                _join(out, token)
            before = token.content[-1:]
        elif kind == "text_special":
            token.type = "text"
            _join(out, token)
            before = token.content[-1:]
        else:
            if kind == "link_open":
                in_link = True
            elif kind == "link_close":
                in_link = False
            out.append(token)
            before = ""
    return out


def _join(out: list[Token], token: Token) -> None:
    if token.type == "text" and out and out[-1].type == "text":
        out[-1].content += token.content
    else:
        out.append(token)


def _pieces(content: str, before: str, in_link: bool) -> Iterator[Token]:
    """One text cut at its mentions, topics, emoji and addresses, in time that grows with its length alone."""
    done = 0
    for sign in _SIGNS.finditer(content):
        at = sign.start()
        if at < done:
            continue
        previous = content[at - 1] if at else before
        found: tuple[int, int, list[Token]] | None = None
        if sign[0] == ":":
            found = _emoji_at(content, at, previous)
        elif in_link:
            continue
        elif sign[0] in "@＠":
            found = _mention_at(content, at, previous) or _mail_at(content, at, done)
        elif sign[0] in "#＃":
            found = _topic_at(content, at, previous)
        else:
            found = _www_at(content, at, previous)
        if found is None:
            continue
        start, end, tokens = found
        if start > done:
            yield Token("text", "", 0, content=content[done:start])
        yield from tokens
        done = end
    if done < len(content):
        yield Token("text", "", 0, content=content[done:])


def _begins(previous: str) -> bool:
    """Whether a mention or topic may begin after this character."""
    return not previous or not (previous.isalnum() or previous in "_/&@#＠＃")


def _mention_at(content: str, at: int, previous: str) -> tuple[int, int, list[Token]] | None:
    word = _HANDLE.match(content, at + 1) if _begins(previous) else None
    if word is None:
        return None
    following = content[word.end() : word.end() + 1]
    shown = word[0].rstrip("._-")
    if following.isalnum() or following in ("@", "＠") or len(shown) > limits.HANDLE_CHARS.default:
        return None
    token = Token("mention", "", 0, content=content[at] + shown, meta={"handle": shown.lower()})
    return at, at + 1 + len(shown), [token]


def _topic_at(content: str, at: int, previous: str) -> tuple[int, int, list[Token]] | None:
    if not _begins(previous):
        return None
    end = at + 1
    while word := _WORD.match(content, end):
        end = word.end()
        # Marks belong to the letter before them, which Python's \w does not know; Persian words hold non-joiners.
        while end < len(content) and (content[end] == "\u200c" or category(content[end]) in ("Mn", "Mc")):
            end += 1
    shown = content[at + 1 : end].rstrip("-_\u200c")
    if not shown or not shown[0].isalnum() or len(shown) > limits.TOPIC_CHARS.default:
        return None
    if not any(character.isalpha() for character in shown):
        return None
    token = Token("topic", "", 0, content=content[at] + shown, meta={"topic": topic_key(shown)})
    return at, at + 1 + len(shown), [token]


def _emoji_at(content: str, at: int, previous: str) -> tuple[int, int, list[Token]] | None:
    name = _EMOJI.match(content, at) if not previous.isalnum() else None
    if name is None:
        return None
    tone = _TONE.match(content, name.end())
    shown = text.emoji(f"{name[1]}::skin-tone-{tone[1]}" if tone else name[1])
    if shown is None or name[1] == shown:
        return None
    return at, (tone or name).end(), [Token("text", "", 0, content=shown)]


def _mail_at(content: str, at: int, done: int) -> tuple[int, int, list[Token]] | None:
    domain = _MAIL_DOMAIN.match(content, at + 1)
    if domain is None:
        return None
    near = content[max(done, at - 64) : at]
    local = near[len(near.rstrip(_LOCAL)) :].lstrip(".")
    if not local:
        return None
    start = at - len(local)
    before = content[start - 1 : start] if start else ""
    if before.isalnum() or before in ("/", "@", ":"):
        return None
    shown = content[start : domain.end()]
    href = address(f"mailto:{shown}")
    return (start, domain.end(), _link_tokens(shown, href)) if href else None


def _www_at(content: str, at: int, previous: str) -> tuple[int, int, list[Token]] | None:
    if previous.isalnum() or previous in ("/", ".", "@", "-", "_"):
        return None
    shown = _bare_address(content, at, at, len(content))
    href = address(f"https://{shown}") if shown.count(".") > 1 else None
    return (at, at + len(shown), _link_tokens(shown, href)) if href else None


def _link_tokens(shown: str, href: str) -> list[Token]:
    return [
        Token("link_open", "a", 1, attrs={"href": href}, meta={"host": differing_host(shown, href)}),
        Token("text", "", 0, content=shown),
        Token("link_close", "a", -1),
    ]


# --------------------------------------------------------------------------------------------------- the block rules


def _count(env: MutableMapping[str, Any], steps: int) -> None:
    """Work done: a line looked at is one step, a block four, a sign in a line one."""
    env["steps"] = done = env["steps"] + steps
    if done > env["most"]:
        raise limits.LimitExceeded(limits.MARKUP_STEPS, done)


def _fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Blocks of code; and, since each block and line is asked early whether it is one, where their work is counted."""
    _count(state.env, 1 if silent else 4)
    return fence_rule(state, start, end, silent)


def _table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Tables, whose cells are counted before they are made: a row of one sign is filled up to the width of the head."""
    if not table_rule(state, start, end, True):
        return False
    if silent:
        return True
    columns = state.src[state.bMarks[start + 1] : state.eMarks[start + 1]].strip("| \t").count("|") + 1
    rows = 1
    while start + 1 + rows < end and not state.isEmpty(start + 1 + rows):
        rows += 1
        if columns * rows + state.env["cells"] > limits.TABLE_CELLS.value:
            raise limits.LimitExceeded(limits.TABLE_CELLS, columns * rows + state.env["cells"])
    state.env["cells"] += columns * rows
    return table_rule(state, start, end, False)


# With what a line can end the paragraph above it, and with what it makes the line above it a table's head.
_ENDS_PARAGRAPH = frozenset("`~>*-_+#0123456789=|:")
_UNDERLINES = frozenset("|-:")


def _paragraph(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Paragraphs, and headings underlined with `===` or `---`, in one pass over the lines.

    The parser we build on reads each line twice, once for either, and asks all other rules about each. A line that
    begins with a letter ends nothing, unless the line below it makes it a table's head.
    """
    ends = state.md.block.ruler.getRules("paragraph")
    before, state.parentType = state.parentType, "paragraph"
    src, level = state.src, 0
    line = start + 1
    while line < end and not state.isEmpty(line):
        at = state.bMarks[line] + state.tShift[line]
        # More than three blanks would be code, but code does not end a paragraph; a quote's loose line has -1.
        if 0 <= state.sCount[line] - state.blkIndent <= 3 or 0 <= state.sCount[line] < state.blkIndent:
            sign = src[at]
            if sign in "=-" and state.sCount[line] >= state.blkIndent:
                rule = src[at : state.eMarks[line]].rstrip(" \t")
                if rule == sign * len(rule):
                    level = 1 if sign == "=" else 2
                    break
            below = line + 1
            if (sign in _ENDS_PARAGRAPH or (below < end and _first(state, below) in _UNDERLINES)) and any(
                rule(state, line, end, True) for rule in ends
            ):
                break
        line += 1
    content = state.getLines(start, line, state.blkIndent, False).strip()
    state.line = line + 1 if level else line
    tag = f"h{level}" if level else "p"
    kind = "heading" if level else "paragraph"
    state.push(f"{kind}_open", tag, 1).map = [start, state.line]
    token = state.push("inline", "", 0)
    token.content = content
    token.children = []
    state.push(f"{kind}_close", tag, -1)
    state.parentType = before
    return True


def _first(state: StateBlock, line: int) -> str:
    at = state.bMarks[line] + state.tShift[line]
    return state.src[at : at + 1]


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 100})
    parser.disable(["html_block", "lheading"])
    parser.enable("table")
    parser.block.ruler.at("fence", _fence, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.block.ruler.at("table", _table, {"alt": ["paragraph", "reference"]})
    parser.block.ruler.at("paragraph", _paragraph)
    parser.validateLink = lambda url: address(url) is not None  # type: ignore[method-assign]
    parser.normalizeLink = lambda url: address(url) or ""  # type: ignore[method-assign]
    parser.inline = _INLINE
    return parser


_INLINE = _Inline(
    {
        "\n": _newline,
        "\\": _wrapped(escape_rule),
        "`": _wrapped(backtick),
        "~": _wrapped(strikethrough.tokenize),
        "*": _wrapped(emphasis.tokenize),
        "_": _wrapped(emphasis.tokenize),
        "[": _link,
        "!": _picture,
        "<": _angle,
        "&": _wrapped(entity),
        ":": _bare,
    }
)
_PLAIN_INLINE = _Inline({"\n": _newline, ":": _bare})
_MARKDOWN = _parser()


# ----------------------------------------------------------------------------------------------------------- history

_PARTS = re.compile(r"\w+|\s+|[^\w\s]")
# How many words may differ before the difference is told as "this whole part went, that came".
_MOST_CHANGES = 250


def diff(old: str, new: str) -> list[tuple[str, str]]:
    """What changed between two versions of a text, word by word.

    Returns:
        Pairs of `"same"`, `"gone"` or `"new"` and a piece of the source, in reading order; neighbours differ in kind.
        The pieces are plain source: whoever shows them escapes them. Texts that share little are told as one piece
        gone and one new, so that the work is bounded.
    """
    one, other = _PARTS.findall(old), _PARTS.findall(new)
    head = 0
    while head < min(len(one), len(other)) and one[head] == other[head]:
        head += 1
    tail = 0
    while tail < min(len(one), len(other)) - head and one[-1 - tail] == other[-1 - tail]:
        tail += 1
    middle_one, middle_other = one[head : len(one) - tail], other[head : len(other) - tail]
    steps: list[tuple[str, list[str]]] = [
        ("same", one[:head]),
        *_changes(middle_one, middle_other),
        ("same", one[len(one) - tail :]),
    ]
    joined: list[tuple[str, str]] = []
    gone: list[str] = []
    came: list[str] = []
    for op, parts in [*steps, ("same", ["", ""])]:
        if op == "gone":
            gone += parts
        elif op == "new":
            came += parts
        elif parts:
            # Between two unchanged parts: first what went, then what came.
            joined += [(kind, "".join(words)) for kind, words in (("gone", gone), ("new", came)) if words]
            gone, came = [], []
            same = "".join(parts)
            if joined and joined[-1][0] == "same":
                joined[-1] = ("same", joined[-1][1] + same)
            elif same:
                joined.append(("same", same))
    return joined


def _changes(one: list[str], other: list[str]) -> list[tuple[str, list[str]]]:
    """Myers' shortest list of changes, given up past `_MOST_CHANGES`: the work grows with their square."""
    if not one or not other:
        return [("gone", one), ("new", other)]
    reach = {1: 0}
    trail: list[dict[int, int]] = []
    for changes in range(min(_MOST_CHANGES, len(one) + len(other)) + 1):
        trail.append(dict(reach))
        for diagonal in range(-changes, changes + 1, 2):
            down = diagonal == -changes or (diagonal != changes and reach[diagonal - 1] < reach[diagonal + 1])
            x = reach[diagonal + 1] if down else reach[diagonal - 1] + 1
            y = x - diagonal
            while x < len(one) and y < len(other) and one[x] == other[y]:
                x += 1
                y += 1
            reach[diagonal] = x
            if x >= len(one) and y >= len(other):
                return _walked_back(one, other, trail)
    return [("gone", one), ("new", other)]


def _walked_back(one: list[str], other: list[str], trail: list[dict[int, int]]) -> list[tuple[str, list[str]]]:
    steps: list[tuple[str, list[str]]] = []
    x, y = len(one), len(other)
    for changes in range(len(trail) - 1, -1, -1):
        reach = trail[changes]
        diagonal = x - y
        down = diagonal == -changes or (diagonal != changes and reach[diagonal - 1] < reach[diagonal + 1])
        before = diagonal + 1 if down else diagonal - 1
        from_x = reach[before]
        from_y = from_x - before
        while x > from_x and y > from_y and x > 0 and y > 0:
            x, y = x - 1, y - 1
            steps.append(("same", [one[x]]))
        if changes:
            steps.append(("new", [other[from_y]]) if down else ("gone", [one[from_x]]))
            x, y = from_x, from_y
    return steps[::-1]
