"""What taking a picture costs: read, written anew without what it carries, with its small renditions."""

from __future__ import annotations

import random
import statistics
import time
from io import BytesIO

from tools.bench.figures import Figures

SIDES = (4000, 3000)
TAKEN = 5


def measure() -> list[Figures]:
    """Pictures of twelve megapixels in the empty tables of this process's database."""
    from files import actions
    from people.models import User

    person = User.objects.create(email="camera@bench.example", name="Cam Era", handle="camera")
    content = photo(SIDES)
    cpu, wall = [], []
    for number in range(TAKEN):
        used, began = time.process_time(), time.perf_counter()
        actions.upload(by=person, stream=BytesIO(content), name=f"holiday {number}.jpg")
        cpu.append((time.process_time() - used) * 1000)
        wall.append((time.perf_counter() - began) * 1000)
    values = {"cpu": statistics.median(cpu), "least": min(cpu), "p50": statistics.median(wall), "p95": max(wall)}
    return [Figures(f"take a picture of {SIDES[0]} × {SIDES[1]}", "", values, {"p50": 1000})]


def photo(sides: tuple[int, int]) -> bytes:
    """A JPEG of light, shade and grain, which are as hard to write as those of a camera."""
    from PIL import Image

    chance = random.Random("kring photo")
    tiny = Image.frombytes("RGB", (40, 30), chance.randbytes(40 * 30 * 3))
    large = tiny.resize(sides, Image.Resampling.BICUBIC)
    grain = Image.effect_noise(sides, 24).convert("RGB")
    written = BytesIO()
    Image.blend(large, grain, 0.15).save(written, "JPEG", quality=90)
    return written.getvalue()
