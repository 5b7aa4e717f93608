"""From what somebody sent to what we keep: counted while it comes in, recognised, checked, cleaned, written anew.

It works in a folder of its own, before any row is written and outside any transaction. Nothing of it can be reached
from outside until the row says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core import limits
from core.text import clean
from files import films, images, kinds, sandbox, storage
from files.errors import Refused, TooLarge, Unreadable, within

CHUNK = 256 * 1024
#: What is written anew while its sender waits: a picture of one frame and so many points (a screenshot), a film of so
#: many bytes. The rest is the worker's: a photo of twelve megapixels takes half a second of a processor.
QUICK_PIXELS, QUICK_BYTES = 2_000_000, 2 * 2**20
_FILMS = (kinds.MP4, kinds.M4A)


@dataclass
class Ready:
    """A file that may be kept.

    Attributes:
        path, size, sha256: of the bytes to keep.
        kind, name: what it is, and its name with an ending that agrees.
        width, height, animated, blur: of a picture.
        renditions: name → (width, height, path).
    """

    path: Path
    size: int
    sha256: str
    kind: kinds.Kind
    name: str
    width: int | None = None
    height: int | None = None
    animated: bool = False
    blur: str = ""
    renditions: dict[str, tuple[int, int, Path]] = field(default_factory=dict)

    def sizes(self) -> dict[str, tuple[int, int, int]]:
        """The renditions as a row keeps them: width, height, bytes."""
        return {name: (width, height, path.stat().st_size) for name, (width, height, path) in self.renditions.items()}


@dataclass
class Looked:
    """What somebody sent, as far as it was looked at: counted, recognised, and of a picture the header read.

    Attributes:
        path, size: of the bytes as they were sent.
        kind, name: what it is, and what it was called.
        width, height: of a picture, as far as its header says.
        quick: the rest takes so little that it can be done at once.
    """

    path: Path
    size: int
    kind: kinds.Kind
    name: str
    width: int | None = None
    height: int | None = None
    quick: bool = True

    @property
    def shown_name(self) -> str:
        """Its name until it is written anew: with an ending that agrees with what it is now."""
        return self.name if self.kind.foreign else _named(self.name, self.kind)


def look(
    stream: Any, name: str, folder: Path, *, limit: limits.Limit = limits.FILE_BYTES, pictures_only: bool = False
) -> Looked:
    """Count what `stream` gives, say what it is, and refuse what its header says is too large.

    Args:
        stream: an uploaded file, or any binary file that is open for reading.
        name: as the person typed it.
        folder: where to work; the caller removes it.
        limit: how many bytes it may have.
        pictures_only: refuse everything else.

    Raises:
        Refused: one of the reasons in `files.errors`.
    """
    name = file_name(name)
    sent = folder / "sent"
    _copy(stream, sent, limit)
    with sent.open("rb") as content:
        kind = kinds.recognise(content, name, foreign=True)
        if pictures_only and kind.kind != kinds.IMAGE:
            raise kinds.not_a_picture()
        seen = Looked(sent, sent.stat().st_size, kind, name)
        if kind.foreign:
            seen.quick = False
        elif kind.kind == kinds.IMAGE:
            seen.width, seen.height, frames = images.measure(content)
            seen.quick = frames == 1 and seen.width * seen.height <= QUICK_PIXELS
        elif kind in _FILMS:
            seen.quick = seen.size <= QUICK_BYTES
    return seen


def make(seen: Looked, folder: Path, *, portrait: bool = False) -> Ready:
    """Write what was looked at anew, as we keep it, in `folder`.

    Args:
        seen: from `look`, in the same folder.
        folder: where to work; the caller removes it.
        portrait: a face: cut square, with small renditions.

    Raises:
        Refused: one of the reasons in `files.errors`.
    """
    sent, name, kind = seen.path, seen.name, seen.kind
    if kind.foreign:
        name = kinds.without_ending(name, kind)
        sent = foreign(sent, folder)
    with sent.open("rb+") as content:
        if portrait:
            return _portrait(content, folder)
        if kind.kind == kinds.IMAGE:
            return _picture(content, folder, name)
        if kind in _FILMS:
            films.forget_place(content)
    return Ready(sent, *_weigh(sent), kind, _named(name, kind))


def take(
    stream: Any,
    name: str,
    folder: Path,
    *,
    limit: limits.Limit = limits.FILE_BYTES,
    portrait: bool = False,
    pictures_only: bool = False,
) -> Ready:
    """Both at once: look at what `stream` gives, and make it ready in `folder`.

    Args:
        stream, name, folder, limit, pictures_only: as `look`.
        portrait: as `make`.

    Raises:
        Refused: one of the reasons in `files.errors`.
    """
    seen = look(stream, name, folder, limit=limit, pictures_only=portrait or pictures_only)
    return make(seen, folder, portrait=portrait)


def foreign(source: Path, folder: Path) -> Path:
    """A picture in a format that browsers do not show, as one that they do; it is then checked like any other.

    Its decoder runs in a child: only four formats are decoded in our own process.

    Raises:
        TooLarge: it has more points than we take.
        Unreadable: it cannot be decoded.
    """
    target = folder / "shown"
    most = limits.IMAGE_SIDE.value, limits.PHOTO_PIXELS.value, limits.IMAGE_PIXELS.value // 2
    try:
        sandbox.run("picture", source, target, *most)
    except sandbox.Failed as error:
        if str(error) == "large":
            raise TooLarge(_("This picture is too large. Make it smaller and try again.")) from error
        raise Unreadable(_("This picture is damaged or not a picture.")) from error
    return target


def file_name(name: str) -> str:
    """A file's name, cleaned.

    Raises:
        Refused: it cannot be stored, or it is too long.
    """
    try:
        name = clean(name, multiline=False).strip()
    except ValidationError as error:
        raise Refused(error.messages[0], code="name") from error
    within(limits.FILE_NAME_CHARS, len(name), Refused)
    return name


def alt_text(text: str) -> str:
    """The words for a picture, cleaned.

    Raises:
        Refused: they cannot be stored, or there are too many.
    """
    try:
        text = clean(text, multiline=False).strip()
    except ValidationError as error:
        raise Refused(error.messages[0], code="alt") from error
    within(limits.ALT_TEXT_CHARS, len(text), Refused)
    return text


def _picture(content: IO[bytes], folder: Path, name: str) -> Ready:
    path = folder / "picture"
    made = images.rewrite(content, path)
    kind = next(kind for kind in kinds.KINDS if kind.content_type == made.content_type)
    ready = Ready(path, *_weigh(path), kind, _named(name, kind), made.width, made.height, made.animated, made.blur)
    return _with_renditions(ready, made.renditions, folder)


def _portrait(content: IO[bytes], folder: Path) -> Ready:
    path = folder / "portrait"
    made = images.portrait(content)
    path.write_bytes(made.content)
    ready = Ready(path, *_weigh(path), kinds.WEBP, "portrait.webp", made.side, made.side)
    return _with_renditions(ready, made.renditions, folder)


def _with_renditions(ready: Ready, made: dict[str, tuple[int, int, bytes]], folder: Path) -> Ready:
    for name, (width, height, content) in made.items():
        path = folder / f"rendition-{name}"
        path.write_bytes(content)
        ready.renditions[name] = (width, height, path)
    return ready


def _named(name: str, kind: kinds.Kind) -> str:
    return kinds.named_for(name, kind, at_most=limits.FILE_NAME_CHARS.value)


def _copy(stream: Any, target: Path, limit: limits.Limit) -> None:
    """Write the stream to disk, and stop at the limit: what is beyond it is never read."""
    most, size = limit.value, 0
    if isinstance(stream, storage.Prepared):
        # All of it is on this disk already: another name for the same bytes, where the disk knows such.
        within(limit, stream.size)
        with suppress(OSError):
            target.hardlink_to(stream.temporary_file_path())
            return
    with target.open("xb") as out:
        target.chmod(0o600)
        for chunk in _chunks(stream):
            size += len(chunk)
            if size > most:
                announced = getattr(stream, "size", None)
                within(limit, max(size, announced if isinstance(announced, int) else 0))
                raise TooLarge(_("This file is too large."))
            out.write(chunk)


def _chunks(stream: Any) -> Iterator[bytes]:
    pieces: Iterable[bytes] = (
        stream.chunks(CHUNK) if hasattr(stream, "chunks") else iter(lambda: stream.read(CHUNK), b"")
    )
    yield from pieces


def _weigh(path: Path) -> tuple[int, str]:
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return path.stat().st_size, digest
