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
#: Seconds of processor time for one document.
SECONDS = 15


def is_readable(content_type: str) -> bool:
    """Whether we know how to read it."""
    return content_type in READERS


def read(source: Path, content_type: str, folder: Path) -> str:
    """The words of a document, as many as the limit allows; empty where it is locked, damaged or only pictures.

    Raises:
        Failed: the child died of it, and might not another time.
    """
    target = folder / "words"
    try:
        sandbox.run(READERS[content_type], source, target, limits.FILE_TEXT_CHARS.value, seconds=SECONDS)
    except sandbox.Failed as error:
        if str(error):
            return ""
        raise
    text = target.read_text(encoding="utf-8", errors="replace")[: limits.FILE_TEXT_CHARS.value]
    return clean(text.replace("\x00", " "), multiline=True)


def first_page(source: Path, content_type: str, folder: Path) -> images.Picture | None:
    """How the first page of a PDF looks, where the machine has the tool for it (pdftoppm); else None."""
    tool = shutil.which("pdftoppm")
    if content_type != kinds.PDF.content_type or tool is None:
        return None
    target = folder / "page"
    try:
        sandbox.run("page", source, target, images.RENDITIONS["960"], seconds=SECONDS, program=tool)
        with (folder / "page.png").open("rb") as drawn:
            return images.rewrite(drawn, folder / "page-again")
    except (sandbox.Failed, OSError, images.Refused):
        return None
