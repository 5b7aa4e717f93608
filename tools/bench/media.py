"""What a picture costs: the request that takes it, and the worker that writes it anew with its small renditions."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from io import BytesIO

from tools.bench.figures import Figures

SIDES = (4000, 3000)
TAKEN = 5


def measure() -> list[Figures]:
    """Pictures of twelve megapixels in the empty tables of this process's database."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    from files.actions import making
    from files.models import File
    from people.models import User

    person = User.objects.create(email="camera@bench.example", name="Cam Era", handle="camera")
    browser = Client(HTTP_HOST="localhost")
    # What the browser does before it sends is not the server's.
    body = encode_multipart(BOUNDARY, {"file": SimpleUploadedFile("holiday.jpg", photo(SIDES))})
    browser.force_login(person, backend="people.backend.Backend")

    def send() -> None:
        answer = browser.generic("POST", "/files/", body, MULTIPART_CONTENT, HTTP_ACCEPT="application/json")
        if answer.status_code != 201:
            raise RuntimeError(answer.content)

    # What the first request of a process takes is not the picture's.
    browser.get("/files/parts/")
    took, made = _Times(), _Times()
    for _ in range(TAKEN):
        took(send)
        made(making.drain)
    if File.objects.filter(owner=person, raw="", refused="").count() != TAKEN:
        raise RuntimeError("the worker has left some")
    what = f"{SIDES[0]} × {SIDES[1]}"
    return [
        Figures(f"take a picture of {what}: the request", "", took.values(), {"cpu": 40}),
        Figures(f"write a picture of {what} anew: the worker", "", made.values(), {"p50": 1000}),
    ]


class _Times:
    """What calls took, in milliseconds of the processor and of the clock."""

    def __init__(self) -> None:
        self.cpu: list[float] = []
        self.wall: list[float] = []

    def __call__(self, act: Callable[[], object]) -> None:
        used, began = time.process_time(), time.perf_counter()
        act()
        self.cpu.append((time.process_time() - used) * 1000)
        self.wall.append((time.perf_counter() - began) * 1000)

    def values(self) -> dict[str, float]:
        return {
            "cpu": statistics.median(self.cpu),
            "p50": statistics.median(self.wall),
            "p95": max(self.wall),
        }


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
