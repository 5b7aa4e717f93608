"""The child of `files.sandbox`: `inside.py TASK SOURCE TARGET MEMORY SECONDS [NUMBER …] [PROGRAM]`.

It takes its limits upon itself before it imports a parser. It ends with 0 and a line of what it did, or with 3 and a
word of why not; with anything else it has died. It imports nothing of the project.
"""

import contextlib
import os
import resource
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import cast

#: Bytes that it may write, and pages, sheets or slides that it reads.
LARGEST, PAGES = 256 * 2**20, 2000
#: Bytes of a picture that a document brings along.
LARGEST_GLIMPSE = 8 * 2**20


class Refused(Exception):
    """It cannot be read; the text is one word."""


def picture(source: str, target: str, side: int, pixels: int, decoded: int) -> str:
    """Write a picture in a format that browsers do not show as JPEG, or as PNG where it has holes.

    Args:
        source, target: files.
        side, pixels: how long and how large it may be.
        decoded: how many of its points are kept.
    """
    import warnings

    import pillow_heif
    from PIL import Image, ImageFile, ImageOps

    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = pixels
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    pillow_heif.register_heif_opener(thumbnails=False)
    try:
        with Image.open(source, formats=("HEIF", "AVIF", "TIFF")) as image:
            width, height = image.size
            if width < 1 or height < 1:
                raise Refused("damaged")
            if max(width, height) > side or width * height > pixels:
                raise Refused("large")
            image.load()
            upright = ImageOps.exif_transpose(image) or image
            if upright.mode.startswith("I") or upright.mode == "F":
                low, high = cast(tuple[float, float], upright.getextrema())
                span = max(high - low, 1)
                upright = upright.convert("F").point(lambda value: (value - low) * (255 / span)).convert("L")
            holes = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
            plain = upright.convert("RGBA" if holes else "L" if upright.mode in ("1", "L") else "RGB")
            factor = 1
            while plain.width * plain.height > decoded * factor * factor:
                factor += 1
            if factor > 1:
                plain = plain.reduce(factor)
            plain.info = {}
            if holes:
                plain.save(target, "PNG", compress_level=3)
            else:
                plain.save(target, "JPEG", quality=93)
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise Refused("large") from error
    except Exception as error:
        raise Refused("damaged") from error
    return "png" if holes else "jpeg"


def plain(source: str, target: str, most: int) -> str:
    """The words of a text in UTF-8, UTF-16 or the code of older desktops."""
    with open(source, "rb") as stream:
        content = stream.read(most * 4 + 4)
    for code in ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            return _write(target, [content.decode(code)], most)
        except UnicodeDecodeError as error:
            if code == "utf-8-sig" and error.start > len(content) - 4:
                # Cut in the middle of a letter.
                return _write(target, [content[: error.start].decode(code)], most)
    return _write(target, [content.decode("latin-1")], most)


def pdf(source: str, target: str, most: int) -> str:
    """The words of a PDF, page by page."""
    import logging

    import pypdf

    logging.disable(logging.CRITICAL)

    def pages() -> Iterator[str]:
        reader = pypdf.PdfReader(source)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("locked")
        for number in range(min(len(reader.pages), PAGES)):
            with contextlib.suppress(ValueError, KeyError, TypeError, IndexError, AttributeError):
                yield reader.pages[number].extract_text()

    try:
        return _write(target, pages(), most)
    except (pypdf.errors.PyPdfError, RecursionError, ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise Refused("damaged") from error


def word(source: str, target: str, most: int) -> str:
    """The words of a Word document."""
    parts = ("word/document.xml", "word/footnotes.xml", "word/comments.xml", "word/header1.xml", "word/footer1.xml")
    return _write(target, _xml(source, parts, {"t"}, {"p", "br", "tab"}), most)


def sheet(source: str, target: str, most: int) -> str:
    """The words of a workbook: its texts; numbers by themselves find nothing."""
    parts = ("xl/sharedStrings.xml", "xl/workbook.xml", "xl/comments1.xml", "xl/worksheets/sheet*.xml")
    return _write(target, _xml(source, parts, {"t"}, {"si", "c"}), most)


def slides(source: str, target: str, most: int) -> str:
    """The words of slides and of the notes under them."""
    return _write(target, _xml(source, ("ppt/slides/slide*.xml", "ppt/notesSlides/*.xml"), {"t"}, {"p"}), most)


def opendocument(source: str, target: str, most: int) -> str:
    """The words of a text, sheet or slides of OpenDocument."""
    return _write(target, _xml(source, ("content.xml",), set(), {"p", "h", "tab", "line-break", "s"}), most)


def older(source: str, target: str, _most: int, program: str) -> str:
    """The words of a document of an older office program: this process becomes a tool that says them."""
    out = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(out, 1)
    os.execv(program, [program, "-dutf-8", source])  # noqa: S606 - a tool that our own process found


def glimpse(source: str, target: str, _side: int) -> str:
    """The small picture of its first page that an office document brings along, as its author's program drew it."""
    import zipfile

    names = ("Thumbnails/thumbnail.png", "docProps/thumbnail.jpeg", "docProps/thumbnail.jpg", "docProps/thumbnail.png")
    try:
        with zipfile.ZipFile(source) as archive:
            there = set(archive.namelist())
            name = next((one for one in names if one in there), None)
            if name is None:
                raise Refused("none")
            with archive.open(name) as stream, open(target, "wb") as out:
                content = stream.read(LARGEST_GLIMPSE + 1)
                if len(content) > LARGEST_GLIMPSE:
                    raise Refused("large")
                out.write(content)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError, EOFError) as error:
        raise Refused("damaged") from error
    return name


def page(source: str, target: str, side: int, program: str) -> str:
    """Draw the first page of a PDF as `target`.png: this process becomes pdftoppm, with the limits it has."""
    words = [program, "-png", "-singlefile", "-f", "1", "-l", "1", "-scale-to", str(side), source, target]
    os.execv(program, words)  # noqa: S606 - a tool that our own process found


def _xml(source: str, parts: Iterable[str], texts: set[str], breaks: set[str]) -> Iterator[str]:
    """The text in parts of a ZIP of XML, as a stream: no tree is built, and no entity or document type is read.

    Args:
        source: the ZIP.
        parts: patterns of names in it.
        texts: names of the elements whose text counts; all, where it is empty.
        breaks: names of the elements after which a new line begins.
    """
    import fnmatch
    import zipfile
    from xml.parsers import expat

    found: list[str] = []
    depth = 0

    def begin(name: str, _attributes: object) -> None:
        nonlocal depth
        depth += name.rpartition(":")[2] in texts

    def end(name: str) -> None:
        nonlocal depth
        plain_name = name.rpartition(":")[2]
        depth -= plain_name in texts
        if plain_name in breaks:
            found.append("\n")

    def said(text: str) -> None:
        if depth or not texts:
            found.append(text)

    def refuse(*_: object) -> None:
        raise Refused("damaged")

    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
            for part in parts:
                for name in sorted(fnmatch.filter(names, part), key=lambda one: (len(one), one))[:PAGES]:
                    parser = expat.ParserCreate()
                    parser.StartElementHandler, parser.EndElementHandler = begin, end
                    parser.CharacterDataHandler = said
                    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
                    with archive.open(name) as stream:
                        while chunk := stream.read(64 * 1024):
                            parser.Parse(chunk)
                            yield "".join(found)
                            found.clear()
                    depth = 0
    except (zipfile.BadZipFile, expat.ExpatError, zlib.error, RuntimeError, OSError, EOFError) as error:
        raise Refused("damaged") from error


def _write(target: str, pieces: Iterable[str], most: int) -> str:
    """Write pieces of text one after another, until there is enough."""
    size = 0
    with open(target, "w", encoding="utf-8", errors="replace") as out:
        for piece in pieces:
            out.write(piece[: most - size] + ("" if piece.endswith("\n") else "\n" if len(piece) > 200 else ""))
            size += len(piece)
            if size >= most:
                break
    return str(size)


TASKS: dict[str, Callable[..., str]] = {
    one.__name__: one for one in (picture, plain, pdf, word, sheet, slides, opendocument, older, glimpse, page)
}


def main(task: str, source: str, target: str, memory: str, seconds: str, *rest: str) -> int:
    """Do one task within its limits."""
    os.nice(5)
    os.umask(0o077)
    for limit, value in (
        (resource.RLIMIT_AS, int(memory)),
        (resource.RLIMIT_CPU, int(seconds)),
        (resource.RLIMIT_FSIZE, LARGEST),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        resource.setrlimit(limit, (value if hard < 0 else min(value, hard), hard))
    try:
        sys.stdout.write(TASKS[task](source, target, *(int(one) if one.isdigit() else one for one in rest)))
    except Refused as error:
        sys.stdout.write(str(error))
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
