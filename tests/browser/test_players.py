"""Players of other sites in a browser: nothing is asked outside before a press of a button, and what follows then."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

FRAME = "https://play.paper.org/film"
INSIDE = "<!doctype html><html lang=en><title>Film</title><main><h1>Film</h1><button>Pause</button></main>"


def routed(page: Any) -> list[Any]:
    """Answer for the other site, which no test can reach; what it was asked."""
    asked: list[Any] = []

    def answer(route: Any) -> None:
        asked.append(route.request)
        route.fulfill(body=INSIDE, content_type="text/html")

    page.route(f"{FRAME}**", answer)
    return asked


def test_nothing_is_asked_elsewhere_before_the_button_and_the_keyboard_leads_in_and_out(site: Any, visit: Any) -> None:
    page, faults = visit("bob", width=390)
    asked = routed(page)
    page.goto(site.at("/posts/{post}/"))
    card = page.locator("[data-player]")
    expect(card).to_contain_text("Playing loads from play.paper.org, which then sees your address and what you watch.")
    cover = card.get_by_role("button", name="Play here")
    cover.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    assert not asked and not faults
    cover.focus()
    page.keyboard.press("Enter")
    expect(card.frame_locator("iframe").get_by_role("button", name="Pause")).to_be_visible()
    expect(card.locator("iframe")).to_be_focused()
    # Asked for the player and nothing else, and told nothing of where it stands. This one host is no fault, now.
    assert [request.url for request in asked] == [FRAME] and "referer" not in asked[0].headers
    assert faults == [f"asked {FRAME}"]
    found = Axe().run(page, options={"iframes": False})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card.get_by_role("link", name="Close the player").press("Escape")
    expect(card.locator("iframe")).to_have_count(0)
    expect(cover).to_be_focused()
    assert len(asked) == 1


def test_always_is_kept_and_taken_back_and_works_without_scripts(site: Any, visit: Any) -> None:
    page, faults = visit("alice")
    asked = routed(page)
    page.goto(site.at("/posts/{post}/"))
    page.get_by_role("button", name="Always from play.paper.org").click()
    expect(page.locator("[data-player] iframe")).to_be_visible()
    page.reload()
    expect(page.frame_locator("[data-player] iframe").get_by_role("button", name="Pause")).to_be_visible()
    assert len(asked) == 2
    page.get_by_role("link", name="Change this").click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    page.get_by_role("button", name="Ask me again before play.paper.org").click()
    expect(page.locator("main")).to_contain_text("You are asked each time")
    page.goto(site.at("/posts/{post}/"))
    expect(page.locator("[data-player] button").first).to_be_visible()
    assert page.locator("iframe").count() == 0 and len(asked) == 2
    assert set(faults) == {f"asked {FRAME}"}
    page, faults = visit("alice", scripts=False)
    asked = routed(page)
    page.goto(site.at("/posts/{post}/"))
    page.get_by_role("button", name="Play here").click()
    expect(page.frame_locator("[data-player] iframe").get_by_role("button", name="Pause")).to_be_visible()
    assert page.url == site.at("/posts/{post}/play/") and len(asked) == 1
    page.get_by_role("link", name="Close the player").click()
    expect(page.get_by_role("button", name="Play here")).to_be_visible()
    assert page.locator("iframe").count() == 0 and len(asked) == 1
