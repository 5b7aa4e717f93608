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
from files.errors import NotAllowed, within

_ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


def rewritten(file: Any) -> ContentFile:
    """The picture in `file`, written anew: without location, camera, comments or anything hidden behind its end.

    Raises:
        files.errors.Refused: no picture we take, or larger than the table of limits allows.
    """
    within(limits.FILE_BYTES, file.size)
    stream = _stream(file)
    kind = kinds.recognise(stream, file.name)
    if kind.kind != kinds.IMAGE:
        raise NotAllowed(_("This is not a picture. Take a PNG, JPEG, GIF or WebP."))
    stream.seek(0)
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / "picture"
        picture = images.rewrite(stream, target, sizes={})
        return ContentFile(target.read_bytes(), name=f"picture.{_ENDINGS[picture.content_type]}")


def recognised(file: Any) -> tuple[kinds.Kind, str]:
    """What the document in `file` is, and the name it is offered under.

    Raises:
        files.errors.Refused: a kind of file we do not take, or too large.
    """
    within(limits.FILE_BYTES, file.size)
    stream = _stream(file)
    kind = kinds.recognise(stream, file.name)
    stream.seek(0)
    name = clean(Path(file.name).name, multiline=False).strip().replace("/", "").replace("\\", "") or "document"
    stem, ending = Path(name).stem, Path(name).suffix.lstrip(".").lower()
    if ending not in kind.endings:
        stem, ending = name, kind.endings[0]
    return kind, f"{stem[: 190 - len(ending)]}.{ending}"


def _stream(file: Any) -> IO[bytes]:
    file.seek(0)
    return file.file if hasattr(file, "file") and hasattr(file.file, "seek") else io.BytesIO(file.read())
