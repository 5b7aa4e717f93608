"""The worker killed again and again while it writes pictures anew: nothing is half-done, and nothing is lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

_SET_UP = "import django; django.setup()\n"

#: Photos that say where they were taken, and one that is torn.
_SENDER = (
    _SET_UP
    + """
import io
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from PIL import Image
from files.actions import upload
from people.actions import create_person
by = create_person(email="crash@example.org", name="Crash Test")
exif = Image.Exif()
exif[0x010E] = "qvzkwjxpmhtrbfgd"
written = io.BytesIO()
Image.effect_noise((4000, 3000), 30).convert("RGB").save(written, "JPEG", quality=70, exif=exif)
content = written.getvalue()
for number in range(6):
    upload(by=by, stream=io.BytesIO(content if number else content[:-9000]), name=f"{number}.jpg")
"""
)

_WORKER = (
    _SET_UP
    + """
import time
from files.actions import making
print("ready", flush=True)
while True:
    if not making.drain():
        time.sleep(0.02)
"""
)

_AUDIT = (
    _SET_UP
    + """
import time
from pathlib import Path
from django.conf import settings
from files import storage
from files.actions import making, parts
from files.models import File
end = time.monotonic() + 200
while File.objects.filter(raw__gt="").exists():
    assert time.monotonic() < end, list(File.objects.values("raw_tries", "raw_due_at"))
    making.drain()
    time.sleep(0.1)
assert File.objects.filter(refused="unreadable").count() == 1
known = set()
for file in File.objects.filter(refused=""):
    assert file.is_given and file.width == 4000 and set(file.renditions) == {"320", "960"}
    known |= {file.key, *(f"{file.key}.{name}" for name in file.renditions)}
# A worker that was killed between the commit and the end leaves what was sent; it goes by the clock, as do workplaces.
parts.HOURS = 0
parts.sweep()
storage.clear_workplaces(older_than=0)
root = Path(settings.KRING_DATA_DIR)
there = {str(path.relative_to(root / "files")) for path in (root / "files").rglob("*") if path.is_file()}
assert there == known, there ^ known
for path in root.rglob("*"):
    if path.is_file() and "sqlite" not in path.name:
        assert b"qvzkwjxpmhtrbfgd" not in path.read_bytes(), path
"""
)


def _python(script: str, *, data: Path) -> subprocess.Popen:
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.browser.settings", "KRING_DATA_DIR": str(data)}
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.crash
def test_pictures_are_whole_and_forget_their_place_after_eight_kills(tmp_path: Path) -> None:
    assert _python(_SENDER, data=tmp_path).wait(300) == 0
    chance = random.Random(7)
    for _ in range(8):
        worker = _python(_WORKER, data=tmp_path)
        assert worker.stdout and worker.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.1, 1.2))
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    last = _python(_AUDIT, data=tmp_path)
    out, _err = last.communicate(timeout=300)
    assert last.returncode == 0, out
