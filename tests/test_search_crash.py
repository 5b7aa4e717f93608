"""The indexer killed again and again while people write: nothing is lost (trust.md, R6)."""

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

_WRITER = (
    _SET_UP
    + """
import sys
from feed.actions import edit, publish
from people.models import User
author = User.objects.get(email="crash@example.org")
posts = []
for number in range(int(sys.argv[1])):
    posts.append(publish(author=author, body=f"note number {number}"))
    if number % 5 == 0:
        edit(post=posts[number // 2], by=author, body=f"changed {number}")
print("written", len(posts))
"""
)

_INDEXER = (
    _SET_UP
    + """
import time
from search import indexer
print("ready", flush=True)
while True:
    if not indexer.drain(50):
        time.sleep(0.02)
"""
)


def _python(script: str, *arguments: str, data: Path) -> subprocess.Popen:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "social.settings",
        "KRING_DATA_DIR": str(data),
        "KRING_LIMITS": '{"POSTS_PER_MINUTE": 1000000}',
    }
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.crash
def test_the_index_agrees_with_the_database_after_thirty_kills(tmp_path: Path) -> None:
    set_up = (
        "import django; django.setup(); from django.core.management import call_command\n"
        "call_command('migrate', verbosity=0)\n"
        "from people.actions import create_person\n"
        "create_person(email='crash@example.org', name='Crash Test')\n"
        "from search import indexer; indexer.rebuild()\n"
    )
    assert _python(set_up, data=tmp_path).wait(300) == 0
    writer = _python(_WRITER, "2000", data=tmp_path)
    chance = random.Random(11)
    kills = 0
    while writer.poll() is None or kills < 30:
        indexer = _python(_INDEXER, data=tmp_path)
        assert indexer.stdout and indexer.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0.05, 1.5))
        indexer.send_signal(signal.SIGKILL)
        indexer.wait()
        kills += 1
    assert writer.wait() == 0
    audit = (
        "import django; django.setup(); from search import indexer; from search.audit import audit\n"
        "while indexer.drain(): pass\n"
        "drift = audit(); print(drift); assert not drift and not drift.waiting and drift.equal > 2000"
    )
    last = _python(audit, data=tmp_path)
    out, _err = last.communicate(timeout=300)
    assert last.returncode == 0, out
