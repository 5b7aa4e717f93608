"""What people do in a browser: write, answer, react, come back to a draft; with the keyboard, and without scripts."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect


def test_a_post_appears_without_loading_the_page_and_is_still_there_after(site: Any, visit: Any) -> None:
    page, faults = visit("bob")
    page.goto(site.url)
    page.evaluate("window.stayed = true")
    page.fill("#composer textarea[name=body]", "A post with **weight** from the browser")
    page.click("#composer button.btn:not([value])")
    card = page.locator("#feed article", has_text="from the browser").first
    expect(card).to_be_visible()
    assert page.evaluate("window.stayed")
    assert card.locator(".prose strong").inner_text() == "weight"
    expect(page.locator("#composer textarea[name=body]")).to_have_value("")
    page.reload()
    expect(page.locator("#feed article", has_text="from the browser").first).to_be_visible()
    assert not faults


def test_who_is_quicker_than_the_network_posts_once(site: Any, visit: Any) -> None:
    page, faults = visit("bob")
    held: list[Any] = []
    sent: list[str] = []
    page.route("**/js/composer*.js", lambda route: held.append(route))
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(site.url)
    page.fill("#composer textarea[name=body]", "Sent before the scripts were here")
    page.click("#composer button.btn:not([value])")
    page.evaluate("fetch('/healthz').then((answer) => answer.text())")
    assert held and not sent
    for route in held:
        route.continue_()
    expect(page.locator("#feed article", has_text="before the scripts were here")).to_have_count(1)
    expect(page.locator("#composer textarea[name=body]")).to_have_value("")
    assert not faults


def test_an_answer_appears_under_its_post_and_a_reaction_is_counted(site: Any, visit: Any) -> None:
    page, faults = visit("alice")
    page.goto(site.at("/posts/{question}/"))
    page.fill("#reply textarea", "Behind the lift, says Alice")
    page.click("#reply button.btn")
    answer = page.locator(".cm", has_text="Behind the lift, says Alice").first
    expect(answer).to_be_visible()
    like = page.locator("#reply ~ *, [data-post]").first.locator("[data-react]").first
    before = like.get_attribute("aria-pressed")
    like.click()
    expect(like).to_have_attribute("aria-pressed", "false" if before == "true" else "true")
    page.reload()
    expect(page.locator(".cm", has_text="Behind the lift, says Alice").first).to_be_visible()
    assert not faults


def test_a_draft_survives_a_reload_and_goes_when_it_is_sent(site: Any, visit: Any) -> None:
    page, faults = visit("eva")
    page.goto(site.url)
    page.fill("#composer textarea[name=body]", "Half a thought")
    for _ in range(100):
        if page.evaluate("() => Object.keys(localStorage).some(key => key.startsWith('draft:'))"):
            break
        page.wait_for_timeout(100)
    page.reload()
    page.click("#composer textarea[name=body]")
    expect(page.locator("#composer textarea[name=body]")).to_have_value("Half a thought")
    page.click("#composer button.btn:not([value])")
    expect(page.locator("#feed article", has_text="Half a thought").first).to_be_visible()
    page.reload()
    page.click("#composer textarea[name=body]")
    expect(page.locator("#composer textarea[name=body]")).to_have_value("")
    assert not faults


def test_what_others_say_is_offered_while_the_page_is_open(site: Any, visit: Any) -> None:
    page, faults = visit("rita")
    page.goto(site.at("/?view=company&sort=new"))
    other, _ = visit("wim")
    page.wait_for_timeout(1500)
    other.goto(site.url)
    other.fill("#composer textarea[name=body]", "News for those who are here")
    other.click("#composer button.btn:not([value])")
    expect(other.locator("#feed article", has_text="News for those who are here").first).to_be_visible()
    expect(page.locator("body")).to_contain_text("1 new", timeout=15_000)
    assert not faults


def test_the_keyboard_leads_everywhere(site: Any, visit: Any) -> None:
    page, faults = visit("bob")
    page.goto(site.url)
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.press("Escape")
    page.locator("#q").blur()
    page.keyboard.press("j")
    expect(page.locator("[data-post]").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("[data-post]").nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("[data-post]").first).to_be_focused()
    page.keyboard.press("n")
    expect(page.locator("#composer textarea[name=body]")).to_be_focused()
    page.locator("#composer textarea[name=body]").blur()
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()
    page.goto(site.at("/groups/"))
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url(f"{site.url}/")
    assert not faults


def test_the_first_stop_of_the_keyboard_skips_to_the_content(site: Any, visit: Any) -> None:
    page, _faults = visit("bob")
    page.goto(site.url)
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def test_posting_and_answering_work_without_scripts(site: Any, visit: Any) -> None:
    page, _faults = visit("carol", scripts=False)
    page.goto(site.url)
    page.fill("#composer textarea[name=body]", "Written without a script")
    page.click("#composer button.btn:not([value])")
    expect(page.locator("body")).to_contain_text("Written without a script")
    page.goto(site.at("/posts/{question}/"))
    page.fill("#reply textarea", "Answered without a script")
    page.click("#reply button.btn")
    expect(page.locator("body")).to_contain_text("Answered without a script")
    page.locator("[data-react]").first.click()
    expect(page.locator("[data-react][aria-pressed=true]").first).to_be_visible()


def test_light_and_dark_are_kept(site: Any, visit: Any) -> None:
    page, faults = visit("mona", dark=False)
    page.goto(site.url)
    page.locator(".icons details.menu summary").click()
    page.click("[data-theme-choice=dark]")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(site.at("/groups/"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert not faults


def test_the_chart_is_walked_by_keyboard(site: Any, visit: Any) -> None:
    page, faults = visit("carol")
    page.goto(site.at("/people/chart/"))
    lines = page.locator("[role=treeitem]")
    expect(lines).to_have_count(3)
    lines.first.focus()
    here = page.locator("[role=treeitem]:focus")

    def on(name: str, *keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)
        expect(here).to_have_attribute("aria-label", re.compile(f"^{name}"))

    on("Alice Archer")
    on("Bob Baker", "ArrowRight")
    expect(here).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    expect(lines).to_have_count(4)
    on("Carol Cook", "ArrowRight")
    on("Mona Mason", "End")
    on("Bob Baker", "b")
    on("Alice Archer", "ArrowLeft", "ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(here).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")
    page.wait_for_url(site.at("/people/{author}/"))
    assert not faults
