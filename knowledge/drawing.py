"""An article's body as HTML, as plain text, and as a list of its headings."""

from __future__ import annotations

import csv
import html
import re
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import slugify
from wagtail.rich_text import expand_db_html

from core import richtext
from core.markup import cleaned

#: The sizes in which the site shows pictures, and the one beside it for sharp screens.
SPECS = ("max-1360x1360|format-webp", "max-680x680|format-webp")
_SIDE = 680

_HEADING = re.compile(r"<(h[23])\b[^>]*>(.*?)</\1>", re.DOTALL)


@dataclass
class Heading:
    """A line of the contents list."""

    id: str
    title: str
    level: int


@dataclass
class Drawn:
    """A body ready for its template: parts of `kind`, and the headings among them."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)


def draw(body: Any) -> Drawn:
    """The parts of a body. Links in a text lead only where the person may go whom `desk.reading` names."""
    drawn = Drawn()
    for block in body:
        drawn.parts.append({"kind": block.block_type, **_DRAW[block.block_type](block.value, drawn)})
    return drawn


def plain(body: Any) -> str:
    """What stands in a body, without its markup: for search."""
    return "\n".join(str(part) for part in body.stream_block.get_searchable_content(body) if part)


def _text(value: Any, drawn: Drawn) -> dict[str, Any]:
    def number(match: re.Match[str]) -> str:
        tag, inner = match.groups()
        title = html.unescape(strip_tags(inner)).strip()
        if not title:
            return ""
        taken = {heading.id for heading in drawn.headings}
        name = base = f"s-{slugify(title, allow_unicode=True) or len(taken) + 1}"
        while name in taken:
            name = f"{base}-{len(taken) + 1}"
        drawn.headings.append(Heading(name, title, int(tag[1])))
        return f'<{tag} id="{html.escape(name)}">{inner}</{tag}>'

    return {"html": _expanded(value, lambda source: _HEADING.sub(number, source))}


def _expanded(value: Any, change: Any = None) -> SafeString:
    source = expand_db_html(value.source)
    return cleaned(change(source) if change else source)


def _picture(value: Any, drawn: Drawn) -> dict[str, Any]:
    image = value["image"]
    if image is None:
        return {"image": None}
    scale = min(1, _SIDE / max(image.width, image.height))
    large, small = SPECS
    return {
        "image": image,
        "alt": "" if image.decorative else image.contextual_alt_text or image.default_alt_text,
        "src": image.src(small),
        "large": image.src(large),
        "width": max(1, round(image.width * scale)),
        "height": max(1, round(image.height * scale)),
        "caption": value["caption"],
    }


def _document(value: Any, drawn: Drawn) -> dict[str, Any]:
    return {"document": value, "ending": value.file_extension.upper()[:4] if value else ""}


def _callout(value: Any, drawn: Drawn) -> dict[str, Any]:
    return {"tone": value["tone"], "html": _expanded(value["text"])}


def _table(value: Any, drawn: Drawn) -> dict[str, Any]:
    lines = [line for line in value["rows"].splitlines() if line.strip()]
    rows = [_cells(line) for line in lines]
    width = max((len(row) for row in rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    head = rows.pop(0) if rows and value["has_head"] else None
    return {"head": head, "rows": rows, "caption": value["caption"]}


def _cells(line: str) -> list[str]:
    if "\t" in line:
        return [cell.strip() for cell in next(csv.reader([line], delimiter="\t"))]
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _quote(value: Any, drawn: Drawn) -> dict[str, Any]:
    return {"text": value["text"], "by": value["by"]}


def _code(value: Any, drawn: Drawn) -> dict[str, Any]:
    """Coloured by the one program that colours code: as a fenced block that is longer than any fence inside it."""
    longest = max((len(run) for run in re.findall("`+", value["code"])), default=0)
    fence = "`" * max(3, longest + 1)
    source = f"{fence}{value['language']}\n{value['code'].rstrip()}\n{fence}"
    return {"html": SafeString(richtext.render(source, people={}, strict=False))}


_DRAW = {
    "text": _text,
    "picture": _picture,
    "document": _document,
    "callout": _callout,
    "table": _table,
    "quote": _quote,
    "code": _code,
}
