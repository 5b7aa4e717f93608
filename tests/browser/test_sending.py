"""Files on their way in a browser: a broken line, a page loaded again, a pause, and pictures that come later."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any

from PIL import Image
from playwright.sync_api import expect

#: More than goes at once, in two parts: the first of four megabytes.
TEXT = b"".join(b"line %07d of a long log\n" % number for number in range(270_000))
FIRST = 4 << 20


def text(name: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "text/plain", "buffer": TEXT}


def test_a_large_file_is_whole_after_a_broken_line_and_a_page_loaded_again(site: Any, visit: Any) -> None:
    page, faults = visit("bob")
    offsets: list[int] = []
    down = True

    def line(route: Any) -> None:
        offsets.append(int(route.request.headers["upload-offset"]))
        if down and offsets[-1]:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/files/parts/*/", lambda route: line(route) if route.request.method == "PATCH" else route.continue_())
    page.goto(site.url)
    page.click("#composer textarea[name=body]")
    page.fill("#composer textarea[name=body]", "The whole log")
    page.set_input_files("#composer input[type=file]", text("crane.log"))
    waits = page.locator("#composer [data-attached] [role=status]")
    expect(waits).to_have_text("No connection. It goes on by itself.")
    assert offsets[:2] == [0, FIRST]
    # The bar says how much has arrived.
    assert 0.5 < page.locator("#composer [data-attached] progress").evaluate("bar => bar.value") < 1
    page.reload()
    expect(page.locator("#composer [data-attached] progress")).to_be_visible()
    down = False
    expect(page.locator("#composer [data-attached] [name=file]")).to_have_count(1)
    # What had arrived was not sent again.
    assert offsets.count(0) == 1
    page.click("#composer button.btn:not([value])")
    card = page.locator("#feed article", has_text="The whole log").first
    address = card.locator(".file a.name").get_attribute("href")
    given = page.request.get(site.url + address).body()
    assert hashlib.sha256(given).digest() == hashlib.sha256(TEXT).digest()
    assert not [fault for fault in faults if "ERR_CONNECTION_RESET" not in fault]


def test_a_library_takes_several_files_by_themselves_and_one_that_pauses(site: Any, visit: Any) -> None:
    page, faults = visit("bob")
    held: list[Any] = []

    def line(route: Any) -> None:
        if route.request.headers["upload-offset"] == "0" or held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/files/parts/*/", lambda route: line(route) if route.request.method == "PATCH" else route.continue_())
    page.goto(site.at("/groups/{group}/files/"))
    page.evaluate("window.stayed = true")
    small = {"name": "small.txt", "mimeType": "text/plain", "buffer": b"a few words"}
    page.set_input_files("#library-files", [text("large.log"), small])
    form = page.locator("[data-sends=file]")
    expect(form.locator("li")).to_have_count(1)
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(50)
    pause = form.get_by_role("button", name="Pause")
    pause.focus()
    page.keyboard.press("Enter")
    expect(form.locator("[role=status]")).to_have_text("Held back until you let it go on.")
    held[0].abort()
    form.get_by_role("button", name="Go on").click()
    for name in ("small.txt", "large.log"):
        expect(page.locator("#library a.name", has_text=name)).to_be_visible()
    expect(form.locator("li")).to_have_count(0)
    assert page.evaluate("window.stayed")
    assert not [fault for fault in faults if "ERR_FAILED" not in fault]


def test_a_large_picture_comes_into_its_post_by_itself(site: Any, visit: Any) -> None:
    written = io.BytesIO()
    Image.effect_noise((2400, 1600), 40).convert("RGB").save(written, "JPEG", quality=60)
    page, faults = visit("alice")
    page.goto(site.url)
    page.evaluate("window.stayed = true")
    page.click("#composer textarea[name=body]")
    page.fill("#composer textarea[name=body]", "From the crane")
    photo = {"name": "crane.jpg", "mimeType": "image/jpeg", "buffer": written.getvalue()}
    page.set_input_files("#composer input[type=file]", photo)
    expect(page.locator("#composer [data-attached] [name=file]")).to_have_count(1)
    page.click("#composer button.btn:not([value])")
    card = page.locator("#feed article", has_text="From the crane").first
    expect(card.locator(".pics a img").last).to_have_attribute("src", re.compile("/960/$"))
    expect(card.locator(".coming")).to_have_count(0)
    assert page.evaluate("window.stayed")
    assert not faults
