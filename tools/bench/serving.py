"""`manage.py serve` as a company runs it: its CPU a request, the memory of all its processes, its sockets."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from tools.bench import ground
from tools.bench.figures import Figures
from tools.bench.pages import TOKEN, session_of

ROOT = Path(__file__).resolve().parent.parent.parent
TICK = os.sysconf("SC_CLK_TCK")
SOCKETS = 50


class Served:
    """A running Kring."""

    def __init__(self, pid: int, port: int, cookies: dict[str, str]) -> None:
        self.pid = pid
        self.port = port
        self.cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
        self.line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, path: str, data: dict[str, str] | None = None, **headers: str) -> tuple[int, bytes]:
        """One request on a connection that stays open, as a browser's does."""
        sent = {"Cookie": self.cookie, "Accept-Language": "en"} | {k.replace("_", "-"): v for k, v in headers.items()}
        body = None
        if data is not None:
            body = urlencode(data)
            sent |= {"X-CSRFToken": TOKEN, "Content-Type": "application/x-www-form-urlencoded"}
            sent["Origin"] = f"http://127.0.0.1:{self.port}"
        self.line.request("POST" if data is not None else "GET", path, body, sent)
        answer = self.line.getresponse()
        return answer.status, answer.read()

    def processes(self) -> list[int]:
        """The server and everything it has started."""
        found, waiting = [], [self.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                waiting += [int(child) for child in children.read_text().split()]
        return found

    def memory(self) -> float:
        """MB of all processes; what they share is counted once (PSS)."""
        total = 0
        for pid in self.processes():
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1])  # type: ignore[index]
        return total / 1024

    def cpu(self) -> float:
        """Seconds of CPU that the server (not its worker) has used."""
        parts = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / TICK


@contextlib.contextmanager
def running(data: Path, cookies: dict[str, str], environment: dict[str, str]) -> Iterator[Served]:
    """Start `manage.py serve` over a directory and stop it again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (data / "serve.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--port", str(port)],
        cwd=ROOT,
        env=os.environ | environment | {"KRING_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "social.settings"},
        stdout=log,
        stderr=log,
    )
    try:
        served = Served(process.pid, port, cookies)
        for _ in range(600):
            if process.poll() is not None:
                raise RuntimeError(f"serve ended: {(data / 'serve.log').read_text()[-2000:]}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if served.ask("/healthz")[0] == 200:
                    break
                continue
            served.line.close()
            time.sleep(0.2)
        yield served
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()


def measure(size: str, data: Path, environment: dict[str, str], *, repeat: int = 100) -> list[Figures]:
    """The home page through the server, how soon a new post is found, and the memory of it all."""
    from people.models import User

    reader = User.objects.get(email=ground.READER)
    cookies = {"csrftoken": TOKEN} | session_of(reader)
    with running(data, cookies, environment) as served:
        found = [_asked(served, "home feed, through the server", "/", size, repeat)]
        questions = ["the", "and", "planning", "news+tools"]
        for question in questions:
            served.ask(f"/search/?q={question}")
        for path in ("/groups/", "/people/", "/notifications/", "/knowledge/"):
            served.ask(path)
        found.append(_found_within(served, size))
        with contextlib.closing(asyncio.new_event_loop()) as loop:
            loop.run_until_complete(_with_sockets(served, size, found))
    return found


def _asked(served: Served, name: str, path: str, size: str, repeat: int) -> Figures:
    for _ in range(10):
        status, body = served.ask(path)
        if status != 200:
            raise RuntimeError(f"{path}: {status} {body[:300]!r}")
    wall, before = [], served.cpu()
    for _ in range(repeat):
        began = time.perf_counter()
        served.ask(path)
        wall.append((time.perf_counter() - began) * 1000)
    used = (served.cpu() - before) * 1000 / repeat
    values = {"cpu": used, "p50": statistics.median(wall), "p95": sorted(wall)[int(len(wall) * 0.95)]}
    return Figures(name, size, values)


def _found_within(served: Served, size: str) -> Figures:
    """Say something with a word that was never said, and search for it until it is found."""
    waits = []
    for turn in range(5):
        word = f"zyxw{turn}quux{int(time.time())}"
        began = time.perf_counter()
        status, body = served.ask("/posts/", {"body": f"Now we say {word} once."}, HX_Request="true")
        if status != 200:
            raise RuntimeError(f"posting: {status} {body[:300]!r}")
        while time.perf_counter() - began < 30:
            _status, body = served.ask(f"/search/?q={word}")
            if b'id="post-' in body or b"we say" in body:
                break
            time.sleep(0.05)
        waits.append(time.perf_counter() - began)
    return Figures("a new post is found within (worst of 5)", size, {"seconds": max(waits)}, {"seconds": 2})


async def _with_sockets(served: Served, size: str, found: list[Figures]) -> None:
    """Memory of all processes, with a room full of open tabs."""
    from websockets.asyncio.client import connect

    before = served.memory()
    open_sockets = []
    for _ in range(SOCKETS):
        line = await connect(
            f"ws://127.0.0.1:{served.port}/live/",
            additional_headers={"Cookie": served.cookie},
            origin=f"http://127.0.0.1:{served.port}",  # type: ignore[arg-type]
        )
        await line.recv()
        open_sockets.append(line)
    memory = served.memory()
    found.append(
        Figures(
            f"memory of all {len(served.processes())} processes, {SOCKETS} sockets open",
            size,
            {"memory": memory, "MB without sockets": before},
            {"memory": 200},
        )
    )
    for line in open_sockets:
        await line.close()
