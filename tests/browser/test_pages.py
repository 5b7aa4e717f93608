"""Every page in a browser: the rules of accessibility, no complaint in the console, no sideways scrolling."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

#: Pages by who looks at them.
PAGES = {
    "bob": [
        "/",
        "/?view=following",
        "/?view=company&sort=active",
        "/bookmarks/",
        "/posts/new/",
        "/posts/{post}/",
        "/posts/{question}/",
        "/posts/{long}/",
        "/posts/{post}/reply/",
        "/posts/{post}/history/",
        "/posts/{post}/reactions/",
        "/posts/{post}/menu/",
        "/posts/{post}/picker/",
        "/topics/",
        "/topics/{topic}/",
        "/groups/",
        "/groups/?view=mine",
        "/groups/new/",
        "/groups/{group}/",
        "/groups/{group}/members/",
        "/people/",
        "/people/{author}/",
        "/people/{member}/",
        "/people/{left}/",
        "/settings/",
        "/search/",
        "/search/?q=kangaroo",
        "/search/?q=nothingatall",
        "/notifications/",
        "/notifications/preferences/",
        "/knowledge/",
        "/knowledge/{shelf}/",
        "/knowledge/{shelf}/{article}/",
        "/moderation/report/feed.post/{post}/",
        "/nowhere/",
        "/moderation/",
    ],
    "alice": [
        "/posts/{post}/edit/",
        "/posts/{post}/delete/",
        "/groups/{group}/settings/",
        "/groups/{group}/requests/",
        "/groups/{group}/invite/",
    ],
    "carol": ["/groups/{group}/", "/groups/{group}/members/"],
    "gil": ["/", "/groups/", "/people/"],
    "mona": ["/moderation/", "/moderation/?state=decided", "/moderation/cases/{case}/", "/moderation/words/"],
    "ada": ["/people/invitations/", "/moderation/rules/", "/settings/"],
    "": [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/login/code/",
        "/posts/{post}/",
    ],
}
#: Lists of our own on the desk; the desk itself is Wagtail's.
DESK = ["/admin/people/", "/admin/groups/"]
LOOKS = [
    pytest.param(1360, False, id="wide-light"),
    pytest.param(390, True, id="phone-dark"),
    pytest.param(1360, True, id="wide-dark", marks=pytest.mark.slow),
    pytest.param(390, False, id="phone-light", marks=pytest.mark.slow),
]
#: What leads to the next posts of a list.
NEXT = "document.querySelector(\"[hx-get*='cursor=']\")"
#: Pages whose answer is an error on purpose: the browser writes that down as a failed load.
REFUSED = ("/nowhere/", "/moderation/", "/people/", "/members/", "/delete/")


@pytest.mark.parametrize("who", list(PAGES))
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_axe_finds_nothing_and_the_console_is_silent(site: Any, visit: Any, who: str, width: int, dark: bool) -> None:
    page, faults = visit(who, width=width, dark=dark)
    axe, wrong = Axe(), []
    for address in PAGES[who]:
        faults.clear()
        page.goto(site.at(address), wait_until="load")
        wrong += [f"{address}: {one['id']}: {node['target']} {node['html'][:160]}" for one, node in found_by(axe, page)]
        status = "Failed to load resource: the server responded with a status of 40"
        wrong += [
            f"{address}: {fault}" for fault in faults if not (fault.startswith(status) and address.endswith(REFUSED))
        ]
        page.set_viewport_size({"width": 320, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > 320:
            wrong.append(f"{address}: scrolls sideways at 320 pixels: {wide}")
        page.set_viewport_size({"width": width, "height": 900})
    assert not wrong, "\n" + "\n".join(wrong)


def found_by(axe: Axe, page: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """What axe says, element by element."""
    options = {
        "resultTypes": ["violations"],
        "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
    violations = axe.run(page, options=options).response["violations"]
    return [(one, node) for one in violations for node in one["nodes"]]


def test_the_lists_of_the_desk_stand_in_a_browser(site: Any, visit: Any) -> None:
    page, faults = visit("ada")
    for address in DESK:
        assert page.goto(site.at(address)).status == 200
        assert page.locator("table").count() >= 1
    assert not faults


def test_hostile_texts_are_shown_and_run_nowhere(site: Any, visit: Any) -> None:
    page, faults = visit("bob")
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation', e => console.error('policy ' + e.violatedDirective))"
    )
    page.goto(site.at("/?view=company&sort=new"))
    for _ in range(40):
        shown = page.locator("[data-post]").count()
        if not page.evaluate(f"() => {{ const more = {NEXT}; more?.click(); return Boolean(more); }}"):
            break
        expect(page.locator("[data-post]").nth(shown)).to_be_attached()
    assert page.locator("[data-post]").count() > min(100, len(site.found["hostile"]) - 1)
    seen = page.evaluate(
        """() => [...document.querySelectorAll('.prose *, .prose')].filter(e =>
            [...e.attributes].some(a => /^on|^hx-|^data-hx|^style$|^srcdoc$|^formaction$/i.test(a.name)
              || /^\\s*(javascript|vbscript|data):/i.test(a.value))
            || /^(script|style|iframe|object|embed|form|base|meta|link|svg|math|template)$/i.test(e.tagName)
        ).map(e => e.outerHTML.slice(0, 200))"""
    )
    assert not seen
    assert not faults
