"""What a page of the web says of itself: title, description, picture. It is read, and never drawn as HTML."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from urllib.parse import urljoin

from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError

from core.text import clean, one_line

TITLE, DESCRIPTION = 200, 300
#: The pieces that say something, each of bounded length: the rest of a page, however deep or broken, is not parsed.
_PIECES = re.compile(r"<meta\s[^<>]{1,4000}>|<title[^<>]{0,200}>[^<]{0,2000}", re.IGNORECASE)
_MOST = 100
#: Where a page says in which character set it is, and those that we read: browsers know no others.
_DECLARED = re.compile(rb"""<meta[^<>]{1,200}?charset\s{0,5}=\s{0,5}["']?\s{0,5}([\w.:-]{1,40})""", re.IGNORECASE)
_HEAD = 4096
_CHARSETS = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|(?:us-)?ascii|(?:windows|cp)-?12\d\d|iso-?8859-?\d{1,2}|latin-?1|koi8-[ru]|gbk|gb2312|"
    r"gb18030|big5|shift[_-]jis|iso-2022-jp|euc-(?:jp|kr)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """What a page says of itself; plain text."""

    title: str
    description: str = ""
    #: The whole address of its picture, or empty.
    picture: str = ""


def read(body: bytes, *, charset: str, address: str) -> Said | None:
    """Read a page.

    Args:
        body: its beginning.
        charset: as its header says, or empty.
        address: where it was, for addresses that are said shortly.

    Returns:
        What it says of itself; None where it has no title.
    """
    text = _decoded(body, charset)
    pieces = [found[0] for _count, found in zip(range(_MOST), _PIECES.finditer(text), strict=False)]
    soup = BeautifulSoup("".join(f"{one}</title>" if one[1:2] in "tT" else one for one in pieces), "html.parser")
    named: dict[str, str] = {}
    for tag in soup.find_all("meta"):
        name = str(tag.get("property") or tag.get("name") or "").strip().lower()
        named.setdefault(name, str(tag.get("content") or ""))
    title = next((one.get_text() for one in soup.find_all("title")), "")
    title = _plain(named.get("og:title") or named.get("twitter:title") or title, TITLE)
    if not title:
        return None
    about = named.get("og:description") or named.get("twitter:description") or named.get("description") or ""
    picture = named.get("og:image:secure_url") or named.get("og:image") or named.get("twitter:image") or ""
    try:
        picture = urljoin(address, picture.strip()) if picture.strip() else ""
    except ValueError:
        picture = ""
    return Said(title, _plain(about, DESCRIPTION), picture)


def _decoded(body: bytes, charset: str) -> str:
    """The text of a page: as its header says, or its first bytes, or itself; else UTF-8, else as most old pages are."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", "replace")
    declared = _DECLARED.search(body[:_HEAD])
    for name in (charset, declared[1].decode() if declared else ""):
        if _CHARSETS.fullmatch(name):
            try:
                return body.decode(name, "replace")
            except LookupError:
                continue
    try:
        # The last character may have been cut.
        return codecs.getincrementaldecoder("utf-8-sig")().decode(body)
    except UnicodeDecodeError:
        return body.decode("windows-1252", "replace")


def _plain(text: str, length: int) -> str:
    """One line of what may be stored; nothing of what may not."""
    try:
        return one_line(clean(text[: length * 20], multiline=False), length)
    except ValidationError:
        return ""
