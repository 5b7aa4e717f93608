"""Posting with files in a browser: by dropping, pasting and ordering; pictures large; and what leaves an open page."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

from PIL import Image
from playwright.sync_api import expect

from tests.world import FILM

FIELD = "#composer textarea[name=body]"
POST = "#composer button.btn:not([value])"
LINES = "#composer [data-attached] > li"
#: Files as if from a desk or a clipboard, in an object that events carry.
CARRIED = """(files) => {
    const carried = new DataTransfer();
    for (const [name, type, content] of files)
        carried.items.add(new File([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], name, { type }));
    return carried;
}"""


def picture(colour: str) -> str:
    written = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


def carried(page: Any, *names: str) -> Any:
    return page.evaluate_handle(CARRIED, [[name, "image/png", picture(name.partition(".")[0])] for name in names])


def names(page: Any) -> Any:
    return page.locator(f"{LINES} .name")


def test_pictures_are_dropped_pasted_described_ordered_and_seen_large(site: Any, visit: Any) -> None:
    page, faults = visit("bob")
    page.goto(site.url)
    page.click(FIELD)
    page.fill(FIELD, "Three colours")
    held: list[Any] = []
    page.route("**/files/", lambda route: held.append(route) if len(held) < 2 else route.continue_())
    page.dispatch_event("#composer", "dragover", {"dataTransfer": carried(page, "red.png")})
    expect(page.locator("#composer")).to_have_class(re.compile(r"\bdrop\b"))
    page.dispatch_event("#composer", "drop", {"dataTransfer": carried(page, "red.png", "green.png")})
    expect(page.locator("#composer")).not_to_have_class(re.compile(r"\bdrop\b"))
    # On their way: each has a bar, and nothing is posted without them.
    expect(page.locator(f"{LINES} progress")).to_have_count(2)
    page.click(POST)
    expect(page.locator("#composer [data-state]")).to_have_text("Wait until the files are uploaded.")
    for route in held:
        route.continue_()
    expect(page.locator(f"{LINES} progress")).to_have_count(0)
    page.evaluate(
        """([selector, data]) => document.querySelector(selector).dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))""",
        [FIELD, carried(page, "blue.png")],
    )
    expect(page.locator(f"{LINES} [name=file]")).to_have_count(3)
    expect(page.locator(FIELD)).to_have_value("Three colours")
    # Each asks for words; those of the last are given.
    asked = page.locator(LINES, has_text="blue.png").get_by_label("Describe the picture for those who cannot see it")
    asked.fill("All of it is blue")
    asked.press("Tab")
    # Their order: with the keyboard one up, with the mouse the last before the first.
    first, last = sorted(["red.png", "green.png"], key=names(page).all_inner_texts().index)
    expect(names(page)).to_have_text([first, last, "blue.png"])
    page.get_by_role("button", name=f"Move up {last}").press("Enter")
    expect(names(page)).to_have_text([last, first, "blue.png"])
    expect(page.locator(LINES).first).to_be_focused()
    page.locator(LINES, has_text="blue.png").locator(".name").drag_to(
        page.locator(LINES).first, target_position={"x": 20, "y": 3}
    )
    expect(names(page)).to_have_text(["blue.png", last, first])
    page.reload()
    expect(names(page)).to_have_text(["blue.png", last, first])
    page.click(POST)
    card = page.locator("#feed article", has_text="Three colours").first
    shown = card.locator(".pics a[data-lightbox]")
    expect(shown).to_have_count(3)
    alts = ["All of it is blue", last, first]
    assert [one.get_attribute("alt") for one in card.locator(".pics a img:not(.blur)").all()] == alts
    # Large, by the keyboard alone, around and back.
    shown.first.focus()
    page.keyboard.press("Enter")
    large = page.locator("dialog#lightbox")
    expect(large).to_be_visible()
    for key, at in (("", 0), ("ArrowRight", 1), ("ArrowRight", 2), ("ArrowRight", 0), ("ArrowLeft", 2)):
        if key:
            page.keyboard.press(key)
        expect(large.locator("[data-picture]")).to_have_attribute("src", re.compile(r"/files/\w+/$"))
        assert large.locator("[data-picture]").get_attribute("src").endswith(shown.nth(at).get_attribute("href"))
        assert large.locator("[data-picture]").get_attribute("alt") == alts[at]
        expect(large.locator("[data-caption]")).to_have_text("" if at else alts[0])
    page.keyboard.press("Escape")
    expect(large).to_be_hidden()
    expect(shown.first).to_be_focused()
    assert not faults


def test_a_long_paste_becomes_a_file_where_one_likes(site: Any, visit: Any) -> None:
    page, faults = visit("bob")
    page.goto(site.url)
    page.click(FIELD)
    long = "\n".join(f"line {number} of a long log" for number in range(300))
    for text in ("short words", long):
        page.fill(FIELD, text)
        page.keyboard.press("Control+a")
        page.keyboard.press("Control+x")
        expect(page.locator(FIELD)).to_have_value("")
        page.fill(FIELD, "See here: ")
        page.keyboard.press("End")
        page.keyboard.press("Control+v")
        expect(page.locator(FIELD)).to_have_value(f"See here: {text}")
    expect(page.locator("#composer [data-pasted]")).to_have_count(1)
    page.get_by_role("button", name="Attach it as a file").press("Enter")
    expect(names(page)).to_have_text(["Pasted text.txt"])
    expect(page.locator(FIELD)).to_have_value("See here:")
    expect(page.locator(FIELD)).to_be_focused()
    expect(page.locator(f"{LINES} [name=file]")).to_have_count(1)
    page.click(POST)
    card = page.locator("#feed article", has_text="See here:").first
    address = card.locator(".file a.name").get_attribute("href")
    assert page.request.get(site.url + address).text() == long
    assert not faults


#: A request to the API as whoever looks at the page.
ASK = """async ([method, address, body]) => {
    const more = JSON.parse(document.body.getAttribute("hx-headers"));
    const headers = { ...more, "Content-Type": "application/json" };
    const answer = await fetch(`/api/v1/${address}`, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${address}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? null : await answer.json();
}"""


def listening(page: Any) -> list[Any]:
    """What the page's socket has heard; the first thing is that it is ready."""
    frames: list[Any] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(frame)))
    return frames


def test_what_is_no_longer_theirs_leaves_their_open_pages_at_once(site: Any, visit: Any) -> None:
    alice, faults = visit("alice")
    alice.goto(site.url)
    group = alice.evaluate(ASK, ["POST", "groups", {"name": "Night shift", "visibility": "private", "join": "invite"}])
    person = site.places["private"]["member"]
    alice.evaluate(ASK, ["POST", f"groups/{group['id']}/members", {"person": person, "role": "member"}])
    said = {"body": "The key lies under the stone", "group": group["id"]}
    post = alice.evaluate(ASK, ["POST", "posts", said])
    home, own = visit("bob")
    group_page, thread, library = (home.context.new_page() for _ in range(3))
    heard = {page: listening(page) for page in (home, group_page, thread, library)}
    home.goto(f"{site.url}/?view=for_you")
    group_page.goto(f"{site.url}/groups/{group['id']}/")
    thread.goto(f"{site.url}/posts/{post['id']}/")
    library.goto(f"{site.url}/groups/{group['id']}/files/")
    for page in (home, group_page, thread):
        page.set_default_timeout(20_000)
        expect(page.get_by_text(said["body"]).first).to_be_visible()
    for page, frames in heard.items():
        for _ in range(200):
            if frames:
                break
            page.wait_for_timeout(100)
        assert frames, page.url
    alice.evaluate(ASK, ["DELETE", f"groups/{group['id']}/members/{person}"])
    for page in (home, group_page, thread):
        expect(page.get_by_text(said["body"])).to_have_count(0)
    expect(library.locator("#library")).to_have_count(0)
    assert not faults
    assert not [fault for fault in own if "status of 40" not in fault]


def test_a_link_shows_what_is_behind_it_before_it_is_posted(site: Any, visit: Any) -> None:
    page, faults = visit("bob")
    page.goto(site.url)
    page.click(FIELD)
    page.keyboard.insert_text(f"Look at this: {FILM} and tell me")
    card = page.locator("#composer .links.ahead a")
    expect(card).to_have_attribute("href", FILM)
    expect(card.locator("img")).to_have_js_property("complete", True)
    assert card.locator("img").evaluate("(image) => image.naturalWidth") > 0
    page.fill(FIELD, "No link")
    expect(card).to_have_count(0)
    page.fill(FIELD, f"Look at this: {FILM}")
    expect(card).to_have_count(1)
    page.click(POST)
    expect(page.locator("#feed article", has_text="Look at this").first).to_be_visible()
    expect(card).to_have_count(0)
    assert not faults
