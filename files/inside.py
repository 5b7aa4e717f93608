"""The child of `files.sandbox`: `inside.py TASK SOURCE TARGET MEMORY SECONDS [NUMBER …]`.

It takes its limits upon itself before it imports a parser. It ends with 0 and a line of what it did, or with 3 and a
word of why not; with anything else it has died. It imports nothing of the project.
"""

import os
import resource
import sys
from collections.abc import Callable

#: Bytes that it may write.
LARGEST = 256 * 2**20


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
                low, high = upright.getextrema()
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


TASKS: dict[str, Callable[..., str]] = {"picture": picture}


def main(task: str, source: str, target: str, memory: str, seconds: str, *numbers: str) -> int:
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
        sys.stdout.write(TASKS[task](source, target, *map(int, numbers)))
    except Refused as error:
        sys.stdout.write(str(error))
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
