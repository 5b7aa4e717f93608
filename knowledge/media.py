"""Uploads of the desk, taken as strictly as the site's: type by content, pictures written anew, names ours."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import IO, Any

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from core import limits
from core.text import clean
from files import images, kinds
from files.actions import scans
from files.errors import NotAllowed, within

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


class Picture(ContentFile):
    """A picture as it is kept."""

    #: What the virus scanner said of it as it was sent.
    word: scans.Word


def rewritten(file: Any, *, by: Any) -> Picture:
    """The picture in `file`, written anew: without location, camera, comments or anything hidden behind its end.

    Args:
        file: an upload.
        by: who sends it.

    Raises:
        files.errors.Refused: no picture we take, or larger than the table of limits allows; or the virus scanner
            stands in the way.
    """
    within(limits.FILE_BYTES, file.size)
    stream = _stream(file)
    word = scans.at_once(content=stream, name=_called(file), by=by)
    kind = kinds.recognise(stream, file.name)
    if kind.kind != kinds.IMAGE:
        raise NotAllowed(_("This is not a picture. Take a PNG, JPEG, GIF or WebP."))
    stream.seek(0)
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / "picture"
        picture = images.rewrite(stream, target, sizes={})
        made = Picture(target.read_bytes(), name=f"picture.{_ENDINGS[picture.content_type]}")
    made.word = word
    return made


def recognised(file: Any, *, by: Any) -> tuple[kinds.Kind, str, scans.Word]:
    """What the document in `file` is, the name it is offered under, and what the virus scanner says of it.

    Args:
        file: an upload.
        by: who sends it.

    Raises:
        files.errors.Refused: a kind of file we do not take, or too large; or the virus scanner stands in the way.
    """
    within(limits.FILE_BYTES, file.size)
    stream = _stream(file)
    kind = kinds.recognise(stream, file.name)
    stream.seek(0)
    name = _called(file)
    stem, ending = Path(name).stem, Path(name).suffix.lstrip(".").lower()
    if ending not in kind.endings:
        stem, ending = name, kind.endings[0]
    name = f"{stem[: 190 - len(ending)]}.{ending}"
    return kind, name, scans.at_once(content=stream, name=name, by=by)


def _called(file: Any) -> str:
    return clean(Path(file.name).name, multiline=False).strip().replace("/", "").replace("\\", "")[:190] or "document"


def _stream(file: Any) -> IO[bytes]:
    file.seek(0)
    return file.file if hasattr(file, "file") and hasattr(file.file, "seek") else io.BytesIO(file.read())
