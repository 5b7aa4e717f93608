"""What stands in a document, so that search finds it, and how its first page looks; read by a child process."""

from __future__ import annotations

import shutil
from pathlib import Path

from core import limits
from core.text import clean
from files import images, kinds, sandbox

#: Content type → task of `inside.py`.
READERS = {
    kinds.PDF.content_type: "pdf",
    kinds.DOCX.content_type: "word",
    kinds.XLSX.content_type: "sheet",
    kinds.PPTX.content_type: "slides",
    kinds.ODT.content_type: "opendocument",
    kinds.ODS.content_type: "opendocument",
    kinds.ODP.content_type: "opendocument",
    kinds.PLAIN.content_type: "plain",
}
#: Content type → tool of the machine (Debian: `catdoc`) that says the words of documents of older office programs.
TOOLS = {
    kinds.DOC.content_type: "catdoc",
    kinds.RTF.content_type: "catdoc",
    kinds.XLS.content_type: "xls2csv",
    kinds.PPT.content_type: "catppt",
}
#: What may bring a picture of its first page along. No program is asked to draw one: office programs that draw also
#: fetch what a document names, from this machine and from the network.
_GLIMPSED = {
    kinds.DOCX.content_type, kinds.XLSX.content_type, kinds.PPTX.content_type,
    kinds.ODT.content_type, kinds.ODS.content_type, kinds.ODP.content_type,
}  # fmt: skip
#: Seconds of processor time for one document.
SECONDS = 15


def is_readable(content_type: str) -> bool:
    """Whether we know how to read it, or the machine has a tool that does."""
    return content_type in readable()


def readable() -> set[str]:
    """The content types that can be read here."""
    return {*READERS, *(one for one, tool in TOOLS.items() if shutil.which(tool))}


def read(source: Path, content_type: str, folder: Path) -> str:
    """The words of a document, as many as the limit allows; empty where it is locked, damaged or only pictures.

    Raises:
        Failed: the child died of it, and might not another time.
    """
    target = folder / "words"
    most, tool = limits.FILE_TEXT_CHARS.value, shutil.which(TOOLS.get(content_type, ""))
    if content_type not in READERS and tool is None:
        return ""
    try:
        sandbox.run(READERS.get(content_type, "older"), source, target, most, seconds=SECONDS, program=tool or "")
    except sandbox.Failed as error:
        if str(error):
            return ""
        raise
    with target.open(encoding="utf-8", errors="replace") as said:
        text = said.read(most)
    return clean(text.replace("\x00", " "), multiline=True)


def first_page(source: Path, content_type: str, folder: Path) -> images.Picture | None:
    """How its first page looks: of a PDF where the machine has the tool for it (pdftoppm), of an office document where
    it brings a picture along; else None.
    """
    tool = shutil.which("pdftoppm") if content_type == kinds.PDF.content_type else None
    if tool is None and content_type not in _GLIMPSED:
        return None
    task, drawn = ("page", "page.png") if tool else ("glimpse", "page")
    try:
        sandbox.run(task, source, folder / "page", images.RENDITIONS["960"], seconds=SECONDS, program=tool or "")
        with (folder / drawn).open("rb") as content:
            return images.rewrite(content, folder / "page-again")
    except (sandbox.Failed, OSError, images.Refused):
        return None
