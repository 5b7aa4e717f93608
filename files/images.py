"""Pictures: checked from their header, decoded once, and written anew.

What is stored is never what was sent. Encoding the pixels anew drops location, camera, comments, colour profiles,
hidden trailers and whatever else a second reader might take it for. Only four decoders of Pillow can be reached.

Decided: a GIF keeps its animation within limits; an animated WebP or PNG keeps its first frame. Colour profiles are
dropped, not applied: a second parser of hostile input is worth more than the last shade of a wide-gamut screen.
"""

from __future__ import annotations

import base64
import io
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import IO, Any, ParamSpec, TypeVar

from django.utils.translation import gettext as _
from PIL import Image, ImageFile, ImageOps

from core import limits, memory
from files.errors import Refused, TooLarge, Unreadable, within

FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
#: Renditions by name: the longest side. A feed asks for 960, a gallery of several for 320.
RENDITIONS = {"320": 320, "960": 960}
#: Renditions of faces and covers.
PORTRAITS = {"96": 96, "320": 320}
PORTRAIT_SIDE = 640
#: The longest side of what stands there until a picture has come.
BLUR_SIDE, BLUR_CHARS = 16, 600
_QUALITY = 80
_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}

_OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 88, "subsampling": "4:2:0"},
    "PNG": {"compress_level": 4},
    "WEBP": {"quality": 86, "method": 2},
    "GIF": {},
}

P = ParamSpec("P")
R = TypeVar("R")

# One picture is decoded at a time in a process: the memory of a large one is paid once, whoever uploads.
_decoder = threading.BoundedSemaphore(1)

# A truncated picture is an error, and so is what Pillow only warns of between one and two times its limit.
ImageFile.LOAD_TRUNCATED_IMAGES = False


@dataclass
class Picture:
    """A picture as it was written anew.

    Attributes:
        content_type, width, height, animated: of the main file.
        blur: a few points of it as a WebP in base64, to stand there until it has come; empty where it has holes.
        renditions: name → (width, height, bytes), each a WebP beside the main file.
    """

    content_type: str
    width: int
    height: int
    animated: bool = False
    blur: str = ""
    renditions: dict[str, tuple[int, int, bytes]] = field(default_factory=dict)


def _giving_back(function: Callable[P, R]) -> Callable[P, R]:
    """Afterwards, return the memory of the pixels to the system: a process may live for months.

    Without it the allocator keeps a hundred megabytes for the next picture, in each thread that met one.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        finally:
            memory.trim()

    return call


def measure(source: IO[bytes]) -> tuple[int, int, int]:
    """Width and height of a picture as it will be shown, and how many frames it has, from its header alone.

    Raises:
        TooLarge: more pixels, a longer side or more frames than the limits allow.
        Unreadable: its header cannot be read.
    """
    with _opened(source) as image:
        width, height = image.size
        frames = _checked(image, source)
        # Only of a photo is it read here: of the others that costs more than the header.
        turned = image.format == "JPEG" and _orientation(image) > 4
        return (height, width, frames) if turned else (width, height, frames)


@_giving_back
def rewrite(source: IO[bytes], target: Path, *, sizes: dict[str, int] = RENDITIONS) -> Picture:
    """Check `source`, write it anew to `target` and make its renditions.

    Raises:
        TooLarge: more pixels, a longer side or more frames than the limits allow.
        Unreadable: it cannot be decoded as the picture it claims to be.
    """
    with _opened(source) as image:
        form = image.format or ""
        frames = _checked(image, source)
        if form == "GIF" and frames > 1:
            first = _write_animation(image, target, frames)
        else:
            first = _upright(image)
            _write(first, target, form)
        picture = Picture(_TYPES[form], *first.size, animated=form == "GIF" and frames > 1)
        for name, side in sorted(sizes.items(), key=lambda one: -one[1]):
            first = _small(first, side)
            picture.renditions[name] = (*first.size, _webp(first))
        if sizes and first.mode in ("RGB", "L"):
            picture.blur = _blur(first)
        return picture


@dataclass
class Portrait:
    """A square picture as it was written anew, and its small renditions."""

    content: bytes
    side: int
    renditions: dict[str, tuple[int, int, bytes]] = field(default_factory=dict)


@_giving_back
def portrait(source: IO[bytes]) -> Portrait:
    """A square cut from the middle of a picture, as WebP.

    Raises:
        TooLarge, Unreadable: as for any picture.
    """
    with _opened(source) as image:
        _checked(image, source)
        square = _square(_upright(image))
        made = Portrait(_webp(square), square.width)
        for name, side in sorted(PORTRAITS.items(), key=lambda one: -one[1]):
            square = _small(square, side)
            made.renditions[name] = (*square.size, _webp(square))
        return made


@_giving_back
def avatar(stream: IO[bytes]) -> bytes:
    """The same square alone, as bytes.

    Raises:
        TooLarge, Unreadable: as for any picture.
    """
    with _opened(stream) as image:
        _checked(image, stream)
        return _webp(_square(_upright(image)))


@_giving_back
def small(stream: IO[bytes], side: int) -> bytes:
    """A picture as a WebP whose longest side is at most `side`, as bytes; of a moving one its first frame.

    Raises:
        TooLarge, Unreadable: as for any picture.
    """
    with _opened(stream) as image:
        _checked(image, stream)
        return _webp(_small(_upright(image), side))


def _square(image: Image.Image) -> Image.Image:
    side = min(PORTRAIT_SIDE, *image.size)
    return ImageOps.fit(image, (side, side), Image.Resampling.LANCZOS)


@contextmanager
def _opened(source: IO[bytes]) -> Iterator[Image.Image]:
    """Pillow behind its door: four formats, warnings as errors, one at a time, its failures in our words."""
    with _decoder, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        source.seek(0)
        try:
            with Image.open(source, formats=FORMATS) as image:
                yield image
        except Refused:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
            raise TooLarge(_("This picture is too large. Make it smaller and try again.")) from error
        except Exception as error:
            # Decoders raise many things on hostile input (SyntaxError, struct.error, EOFError, ValueError, OSError).
            raise Unreadable(_("This picture is damaged or not a picture.")) from error


def _checked(image: Image.Image, source: IO[bytes]) -> int:
    """Check the header before a pixel is decoded, and bound what decoding will cost; returns the number of frames."""
    width, height = image.size
    if width < 1 or height < 1:
        raise Unreadable(_("This picture is damaged or not a picture."))
    pixels = width * height
    within(limits.IMAGE_SIDE, max(width, height))
    if image.format == "JPEG":
        within(limits.PHOTO_PIXELS, pixels)
        # Turning a picture upright needs it twice, so a turned one gets half the room. Where there is more, the
        # decoder itself leaves pixels out, at no cost of memory.
        room = limits.IMAGE_PIXELS.value // (1 if _orientation(image) == 1 else 2)
        if pixels > room:
            scale = (room / pixels) ** 0.5 / 2
            image.draft(image.mode, (int(width * scale), int(height * scale)))
            within(limits.IMAGE_PIXELS, image.size[0] * image.size[1])
        return 1
    within(limits.IMAGE_PIXELS, pixels)
    if image.format != "GIF":
        return 1
    position = source.tell()
    frames, wide, high = _gif_frames(source, limits.IMAGE_FRAMES.value)
    source.seek(position)
    wide, high = max(width, wide), max(height, high)
    within(limits.IMAGE_FRAMES, frames)
    within(limits.IMAGE_SIDE, max(wide, high))
    within(limits.IMAGE_PIXELS, wide * high)
    if frames > 1:
        within(limits.ANIMATION_PIXELS, frames * wide * high)
    return frames


def _gif_frames(source: IO[bytes], at_most: int) -> tuple[int, int, int]:
    """Count the frames of a GIF from its blocks, without decoding one; it stops past `at_most`.

    Returns:
        The frames, and how far the widest and the highest reach: a frame may be larger than the screen it announces.
    """
    source.seek(10)
    flags = source.read(3)
    if len(flags) == 3 and flags[0] & 0x80:
        source.seek(3 << ((flags[0] & 7) + 1), 1)
    count = wide = high = 0
    while count <= at_most:
        mark = source.read(1)
        if mark == b"\x2c":
            count += 1
            place = source.read(9)
            if len(place) < 9:
                break
            left, top, width, height = struct.unpack("<4H", place[:8])
            wide, high = max(wide, left + width), max(high, top + height)
            if place[8] & 0x80:
                source.seek(3 << ((place[8] & 7) + 1), 1)
            source.seek(1, 1)
        elif mark == b"\x21":
            source.seek(1, 1)
        elif mark == b"\x00":
            continue
        else:
            break
        while (size := source.read(1)) and size != b"\x00":
            source.seek(size[0], 1)
    return max(count, 1), wide, high


def _orientation(image: Image.Image) -> int:
    """How the picture is to be turned, 1 where it does not say or says nonsense."""
    try:
        turn = image.getexif().get(0x0112, 1)
    except Exception:
        return 1
    return turn if turn in range(1, 9) else 1


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _upright(image: Image.Image) -> Image.Image:
    """The decoded first frame in a plain mode, turned upright, with nothing attached to it."""
    turn = _TURNS.get(_orientation(image))
    image.load()
    plain = _plain(image)
    if turn is not None:
        if plain.width * plain.height > limits.IMAGE_PIXELS.value // 2:
            plain = _reduced(plain, 2)
        plain = plain.transpose(turn)
    elif plain is image:
        plain = Image.Image()._new(image.im)
    plain.info = {}
    return plain


def _small(image: Image.Image, side: int) -> Image.Image:
    """`image` with a longest side of at most `side`; a new object."""
    factor = max(image.size) // (side * 2)
    small = _reduced(image, factor) if factor > 1 else image.copy()
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return small


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """A fraction of the size, made strip by strip: scaling with transparency copies what it is given."""
    width, height = image.size
    out = Image.new(image.mode, (-(-width // factor), -(-height // factor)))
    rows = 64 * factor
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height)))
        out.paste(strip.reduce(factor), (0, top // factor))
    return out


def _plain(image: Image.Image) -> Image.Image:
    """`image` in L, LA, RGB or RGBA."""
    if image.mode in ("RGB", "L", "P", "1") and "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("RGB", "L", "RGBA", "LA"):
        return image
    if image.mode in ("PA", "La", "RGBa"):
        return image.convert("RGBA")
    if image.mode.startswith("I"):
        return _grey_of_16_bits(image)
    return image.convert("L" if image.mode in ("1", "F") else "RGB")


def _grey_of_16_bits(image: Image.Image) -> Image.Image:
    """Eight bits of sixteen, strip by strip: the way leads over thirty-two."""
    out = Image.new("L", image.size)
    for top in range(0, image.height, 256):
        strip = image.crop((0, top, image.width, min(top + 256, image.height)))
        out.paste(strip.convert("I").point(lambda value: value / 256).convert("L"), (0, top))
    return out


def _write(image: Image.Image, target: Path, form: str) -> None:
    image.save(target, form, **_OPTIONS[form])


def _write_animation(image: Image.Image, target: Path, frames: int) -> Image.Image:
    """A GIF with its frames, times and loop, and nothing else; returns its first frame."""
    loop, times, pictures = image.info.get("loop"), [], []
    for number in range(frames):
        image.seek(number)
        image.load()
        times.append(max(20, min(int(image.info.get("duration") or 100), 60_000)))
        pictures.append(_plain(image).copy())
    options = {} if loop is None else {"loop": min(int(loop), 65_535)}
    for picture in pictures:
        picture.info = {}
    pictures[0].save(
        target, "GIF", save_all=True, append_images=pictures[1:], duration=times, disposal=2, optimize=False, **options
    )
    return pictures[0]


def _blur(image: Image.Image) -> str:
    written = io.BytesIO()
    tiny = _small(image, BLUR_SIDE)
    tiny.save(written, "WEBP", quality=20, method=4)
    text = base64.b64encode(written.getvalue()).decode()
    return text if len(text) <= BLUR_CHARS else ""


def _webp(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "WEBP", quality=_QUALITY, method=3)
    return written.getvalue()
