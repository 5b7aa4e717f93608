"""A server as a company runs it, on data of its own, and Chromium in front of it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = os.environ.get("CHROMIUM", shutil.which("chromium") or "/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Site:
    """The running network and what is in it."""

    def __init__(self, url: str, found: dict[str, Any]) -> None:
        self.url = url
        self.cookies: dict[str, str] = found["cookies"]
        self.places: dict[str, dict[str, str]] = found["places"]
        self.found = found

    def at(self, address: str, place: str = "private") -> str:
        """The whole address of a template over the ids of a place."""
        return self.url + address.format_map(self.places[place] | self.found)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a browser."""
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """`manage.py serve` on a free port over a house of its own."""
    place = tmp_path_factory.mktemp("kring")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("KRING_", "DJANGO_"))}
    environment |= {
        "KRING_DATA_DIR": str(place),
        "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
        "LOG_LEVEL": "WARNING",
    }
    told = subprocess.run(
        [sys.executable, "-m", "tests.browser.ground"], cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (place / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                # Ready and not only alive: the worker has begun, the index stands.
                urllib.request.urlopen(f"{url}/readyz", timeout=5)  # noqa: S310
                break
            except OSError:
                if server.poll() is not None:
                    raise RuntimeError((place / "log").read_text()) from None
                time.sleep(0.3)
        yield Site(url, json.loads(told.stdout))
    finally:
        workers = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        server.terminate()
        server.wait(timeout=20)
        assert workers and not [one for one in workers if Path(f"/proc/{one}").exists()], "the worker lives on"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


class Faults(list[str]):
    """What a page complained of: errors of scripts, of the policy of content, failed loads, dialogs."""

    def watch(self, page: Any) -> None:
        """Listen to a page."""
        page.on("console", lambda message: self.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.append(str(error)))
        page.on("dialog", lambda dialog: (self.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on(
            "request",
            lambda request: (
                self.append(f"asked {request.url}")
                if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:"))
                else None
            ),
        )


@pytest.fixture
def visit(site: Site, chromium: Any) -> Iterator[Callable[..., Any]]:
    """Open a page as someone: `visit("bob", width=390, dark=True, scripts=True)` gives a page and its faults."""
    contexts = []

    def opened(who: str = "", *, width: int = 1360, dark: bool = False, scripts: bool = True) -> tuple[Any, Faults]:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        contexts.append(context)
        if who:
            context.add_cookies([{"name": "sessionid", "value": site.cookies[who], "url": site.url}])
        page = context.new_page()
        page.set_default_timeout(20_000)
        faults = Faults()
        faults.watch(page)
        return page, faults

    yield opened
    for context in contexts:
        context.close()
