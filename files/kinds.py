"""What a file is, decided from its content against a list of what we take.

The type that the sender states is never looked at. A name whose ending disagrees with the content gets the right
ending added, so that nobody opens one thing believing it is another.
"""

from __future__ import annotations

import codecs
import re
import zipfile
from dataclasses import dataclass
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from files.archives import open_checked
from files.errors import ArchiveRefused, NotAllowed, Refused, Unreadable

IMAGE, VIDEO, AUDIO, DOCUMENT, TEXT, ARCHIVE = "image", "video", "audio", "document", "text", "archive"


@dataclass(frozen=True)
class Kind:
    """One type we take.

    Attributes:
        kind: the family it is drawn and searched as.
        content_type: what we serve it as.
        endings: the file name endings that agree with it; the first is added to a name that has none of them.
        inline: a browser may show it in place; all else is downloaded.
        foreign: taken, and kept as another: a picture in a format that browsers do not show.
    """

    kind: str
    content_type: str
    endings: tuple[str, ...]
    inline: bool = False
    foreign: bool = False


PNG = Kind(IMAGE, "image/png", ("png",), inline=True)
JPEG = Kind(IMAGE, "image/jpeg", ("jpg", "jpeg", "jpe", "jfif"), inline=True)
GIF = Kind(IMAGE, "image/gif", ("gif",), inline=True)
WEBP = Kind(IMAGE, "image/webp", ("webp",), inline=True)
HEIC = Kind(IMAGE, "image/heic", ("heic", "heif", "hif", "avif"), foreign=True)
TIFF = Kind(IMAGE, "image/tiff", ("tiff", "tif"), foreign=True)
MP4 = Kind(VIDEO, "video/mp4", ("mp4", "m4v", "mov"), inline=True)
WEBM = Kind(VIDEO, "video/webm", ("webm",), inline=True)
MP3 = Kind(AUDIO, "audio/mpeg", ("mp3",), inline=True)
M4A = Kind(AUDIO, "audio/mp4", ("m4a",), inline=True)
OGG = Kind(AUDIO, "audio/ogg", ("ogg", "oga", "opus"), inline=True)
WAV = Kind(AUDIO, "audio/wav", ("wav",), inline=True)
FLAC = Kind(AUDIO, "audio/flac", ("flac",), inline=True)
PDF = Kind(DOCUMENT, "application/pdf", ("pdf",))
_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = Kind(DOCUMENT, _OFFICE + "wordprocessingml.document", ("docx",))
XLSX = Kind(DOCUMENT, _OFFICE + "spreadsheetml.sheet", ("xlsx",))
PPTX = Kind(DOCUMENT, _OFFICE + "presentationml.presentation", ("pptx",))
ODT = Kind(DOCUMENT, "application/vnd.oasis.opendocument.text", ("odt",))
ODS = Kind(DOCUMENT, "application/vnd.oasis.opendocument.spreadsheet", ("ods",))
ODP = Kind(DOCUMENT, "application/vnd.oasis.opendocument.presentation", ("odp",))
DOC = Kind(DOCUMENT, "application/msword", ("doc",))
XLS = Kind(DOCUMENT, "application/vnd.ms-excel", ("xls",))
PPT = Kind(DOCUMENT, "application/vnd.ms-powerpoint", ("ppt",))
RTF = Kind(DOCUMENT, "application/rtf", ("rtf",))
ZIP = Kind(ARCHIVE, "application/zip", ("zip",))
_TEXTS = (
    "txt", "md", "markdown", "csv", "tsv", "log", "json", "yaml", "yml", "toml", "ini", "conf", "cfg", "ics", "vcf",
    "eml", "srt", "vtt", "tex", "bib", "diff", "patch", "sql", "py", "rb", "go", "rs", "java", "kt", "c", "h",
    "cpp", "cs", "php", "pl", "r", "ts", "css", "scss", "po",
)  # fmt: skip
PLAIN = Kind(TEXT, "text/plain", _TEXTS)

KINDS = (
    PNG, JPEG, GIF, WEBP, MP4, WEBM, MP3, M4A, OGG, WAV, FLAC, PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP, DOC, XLS, PPT,
    RTF, ZIP, PLAIN,
)  # fmt: skip
INLINE = {kind.content_type for kind in KINDS if kind.inline}

# Endings of things that run or that a browser draws. A text that is named so is refused, not renamed.
_ACTIVE = {
    "html", "htm", "xhtml", "xht", "shtml", "mht", "mhtml", "svg", "svgz", "xml", "xsl", "xslt", "hta", "js", "mjs",
    "cjs", "jse", "vbs", "vbe", "wsf", "wsh", "ps1", "psm1", "bat", "cmd", "com", "exe", "scr", "msi", "msp", "dll",
    "cpl", "pif", "lnk", "url", "desktop", "reg", "inf", "jar", "apk", "app", "command", "sh", "bash", "zsh", "swf",
    "chm", "gadget", "iso", "img", "dmg",
}  # fmt: skip
_EXECUTABLES = (
    b"\x7fELF", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe", b"dex\n", b"\x00asm",
)  # fmt: skip
_PAGE = re.compile(
    rb"<(?:[a-z][\w.-]*:)?(?:html|svg|head|body|script|iframe|style|meta|link|base|object|embed|form|title)[\s/>]"
)


# Control characters that no text has (a terminal log has escapes, bells and backspaces).
_BINARY = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f]")


def recognise(stream: IO[bytes], name: str, *, foreign: bool = False) -> Kind:
    """What the file at the start of `stream` is.

    Args:
        stream: seekable; it is left at its start.
        name: only its ending counts, and only among types of one content (a `.m4a` in an MP4, a `.doc` in an OLE
            container, a text that is named like a program).
        foreign: also take the pictures that the caller will make others of.

    Raises:
        NotAllowed: it is of no type we take.
        Unreadable, ArchiveRefused: it begins like one we take and is not.
    """
    stream.seek(0)
    head = stream.read(4096)
    stream.seek(0)
    found = _by_signature(head, ending(name))
    if found is ZIP:
        found = _inside_zip(stream)
    elif found is None:
        found = _text(stream, ending(name))
    stream.seek(0)
    if found.foreign and not foreign:
        raise NotAllowed(
            _("This picture is in a format we cannot show. Send it as JPEG, PNG, GIF or WebP."), code="picture_format"
        )
    return found


def _by_signature(head: bytes, suffix: str) -> Kind | None:
    if not head:
        raise Unreadable(_("This file is empty."), code="empty")
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return TIFF
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WAV
    if head[4:8] == b"ftyp":
        return _iso_media(head, suffix)
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return WEBM
    if head.startswith(b"OggS\x00"):
        return OGG
    if head.startswith(b"fLaC"):
        return FLAC
    if head.startswith(b"ID3") or _mpeg_audio(head):
        return MP3
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return ZIP
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        # One container for all three, and for installers: here alone the name decides.
        for kind in (DOC, XLS, PPT):
            if suffix in kind.endings:
                return kind
        raise NotAllowed(_("We do not take this type of file. Send it as a PDF or in a ZIP."))
    if head.startswith(b"{\\rtf"):
        return RTF
    if head.startswith(_EXECUTABLES) or (head.startswith(b"MZ") and b"\x00" in head[:64]):
        raise NotAllowed(_("Programs and scripts cannot be shared here."), code="program")
    return None


def _iso_media(head: bytes, suffix: str) -> Kind:
    brand = head[8:12]
    if brand in (b"M4A ", b"M4B ") or (suffix == "m4a" and brand in (b"isom", b"mp42", b"iso2", b"iso5", b"iso6")):
        return M4A
    if brand in (
        b"isom",
        b"iso2",
        b"iso4",
        b"iso5",
        b"iso6",
        b"mp41",
        b"mp42",
        b"avc1",
        b"M4V ",
        b"MSNV",
        b"qt  ",
        b"dash",
        b"3gp4",
        b"3gp5",
    ):
        return MP4
    if brand in (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc", b"avif", b"avis"):
        return HEIC
    raise NotAllowed(_("We do not take this type of film. Send it as MP4 or WebM."))


def _mpeg_audio(head: bytes) -> bool:
    """A frame header of MPEG layer III whose second frame is where the first says it is."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return False
    version, rate, sample = (head[1] >> 3) & 3, head[2] >> 4, (head[2] >> 2) & 3
    if version == 1 or rate in (0, 15) or sample == 3:
        return False
    rates = (
        (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
        if version == 3
        else (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    )
    hertz = (44100, 48000, 32000)[sample] // {3: 1, 2: 2, 0: 4}[version]
    length = (144 if version == 3 else 72) * rates[rate] * 1000 // hertz + ((head[2] >> 1) & 1)
    return len(head) <= length or (head[length : length + 1] == b"\xff" and head[length + 1] & 0xE6 == 0xE2)


def _inside_zip(stream: IO[bytes]) -> Kind:
    # What nobody can look into is taken only where it will be marked as such.
    locked = bool(settings.KRING_CLAMD) and settings.KRING_UNSCANNED == "mark"
    with open_checked(stream, locked=locked) as archive:
        names = set(archive.namelist())
        if "[Content_Types].xml" in names:
            for folder, kind in (("word/", DOCX), ("xl/", XLSX), ("ppt/", PPTX)):
                if any(name.startswith(folder) for name in names):
                    if any(name.lower().endswith("vbaproject.bin") for name in names):
                        raise NotAllowed(
                            _("Documents with macros cannot be shared here. Save it without them."), code="macros"
                        )
                    return kind
        if "mimetype" in names:
            info = archive.getinfo("mimetype")
            if info.file_size < 200:
                try:
                    mimetype = archive.read(info).decode("ascii", "replace").strip()
                except (zipfile.BadZipFile, OSError, RuntimeError) as error:
                    raise ArchiveRefused(_("This archive is damaged.")) from error
                for kind in (ODT, ODS, ODP):
                    if mimetype == kind.content_type:
                        return kind
        if any(name.startswith(("META-INF/MANIFEST.MF", "AndroidManifest.xml", "classes.dex")) for name in names):
            raise NotAllowed(_("Programs and scripts cannot be shared here."), code="program")
    return ZIP


def _text(stream: IO[bytes], suffix: str) -> Kind:
    """Text is what decodes as text, whole, and is not a page, a drawing or a program.

    Raises:
        NotAllowed: it is one of those, or no text.
    """
    if suffix in _ACTIVE:
        raise _active(suffix)
    head = stream.read(2)
    stream.seek(0)
    encodings = ["utf-16"] if head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else ["utf-8-sig"]
    if suffix in PLAIN.endings:
        # A sheet saved as CSV on an older desktop.
        encodings.append("cp1252")
    for encoding in encodings:
        start = _decoded(stream, encoding)
        stream.seek(0)
        if start is not None:
            break
    else:
        raise _unknown()
    plain = _without_preamble(start.encode().lower())
    if plain.startswith((b"<!doctype html", b"<!doctype svg")) or _PAGE.match(plain):
        raise _active("svg" if b"<svg" in plain else "html")
    return PLAIN


def _decoded(stream: IO[bytes], encoding: str) -> str | None:
    """The first 4,096 characters if the whole stream is text in `encoding`, else None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    start = ""
    try:
        while chunk := stream.read(256 * 1024):
            text = decoder.decode(chunk)
            if _BINARY.search(text):
                return None
            if len(start) < 4096:
                start = (start + text)[:4096]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return start


def _without_preamble(text: bytes) -> bytes:
    """What is left after blanks, comments, an XML declaration and a foreign document type."""
    while True:
        text = text.lstrip(b"\xef\xbb\xbf \t\r\n\f\x0b")
        for begin, end in ((b"<!--", b"-->"), (b"<?", b"?>")):
            if text.startswith(begin):
                _comment, found, text = text.partition(end)
                if not found:
                    return b""
                break
        else:
            if text.startswith(b"<!doctype") and not text.startswith((b"<!doctype html", b"<!doctype svg")):
                text = text.partition(b">")[2]
                continue
            return text


def _active(suffix: str) -> Refused:
    if suffix in ("svg", "svgz"):
        return NotAllowed(_("SVG drawings cannot be shared here. Send it as PNG or PDF."), code="svg")
    if suffix in ("html", "htm", "xhtml", "xht", "shtml", "mht", "mhtml", "xml", "xsl", "xslt"):
        return NotAllowed(_("Web pages cannot be shared as files. Send it as a PDF or in a ZIP."), code="web_page")
    return NotAllowed(_("Programs and scripts cannot be shared here."), code="program")


def not_a_picture() -> Refused:
    """The answer to a portrait that is something else."""
    return NotAllowed(_("This is not a picture. Choose a JPEG, PNG, GIF or WebP."), code="not_a_picture")


def _unknown() -> Refused:
    return NotAllowed(_("We do not take this type of file. Send it as a PDF or in a ZIP."))


# --- Names. ---

_SEPARATORS = str.maketrans({"/": "_", "\\": "_"})
_BIDI = {ord(char): None for char in "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


def ending(name: str) -> str:
    """The ending of a file name, folded, without the marks that turn text around."""
    _stem, dot, suffix = name.translate(_BIDI).rstrip(" .").rpartition(".")
    return suffix.strip().casefold() if dot else ""


def named_for(name: str, kind: Kind, *, at_most: int) -> str:
    """`name` with an ending that agrees with `kind`: what was typed stays, the right ending is added."""
    if ending(name) in kind.endings and not name.endswith((" ", ".")):
        return name
    suffix = "." + kind.endings[0]
    if not name.strip(" ."):
        name = _("file")
    return name[: at_most - len(suffix)].rstrip(" .") + suffix


def without_ending(name: str, kind: Kind) -> str:
    """`name` without the ending of a format that is not kept."""
    return name.rpartition(".")[0] if ending(name) in kind.endings else name


def download_name(name: str) -> str:
    """A name that is safe on any disk: no separators, no marks that turn text around, no leading dots."""
    plain = name.translate(_SEPARATORS).translate(_BIDI)
    plain = re.sub(r'[<>:"|?*\x00-\x1f\x7f-\x9f]', "_", plain).strip(" .")
    return plain or "file"
