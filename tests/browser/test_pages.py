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
        "/posts/{post}/play/?link={linked}",
        "/posts/{post}/snooze/",
        "/topics/",
        "/topics/{topic}/",
        "/groups/",
        "/groups/?view=mine",
        "/groups/new/",
        "/groups/{group}/",
        "/groups/{group}/members/",
        "/groups/{group}/files/",
        "/groups/{group}/files/{folder}/",
        "/groups/{group}/files/?view=posts",
        "/files/{picture}/about/",
        "/files/mine/",
        "/people/",
        "/people/{author}/",
        "/people/{member}/",
        "/people/{left}/",
        "/people/{member}/keep/",
        "/people/chart/",
        "/people/following/",
        "/people/lists/",
        "/people/skills/{skill}/",
        "/settings/",
        "/settings/silences/",
        "/settings/delegates/",
        "/settings/players/",
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
        "/posts/{post}/move/",
        "/posts/{post}/move/?to=everyone",
        "/posts/{post}/split/",
        "/posts/{post}/merge/",
        "/files/{file}/about/",
        "/groups/{group}/settings/",
        "/groups/{group}/requests/",
        "/groups/{group}/invite/",
        "/groups/{group}/invitations/",
    ],
    "carol": ["/groups/{group}/", "/groups/{group}/members/"],
    "gil": ["/", "/groups/", "/people/"],
    "mona": [
        "/topics/kangaroo-tail/edit/",
        "/moderation/",
        "/moderation/?state=decided",
        "/moderation/cases/{case}/",
        "/moderation/words/",
    ],
    "ada": ["/people/invitations/", "/moderation/rules/", "/settings/", "/files/quarantine/"],
    "": [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/login/code/",
        "/posts/{post}/",
    ],
}
#: Pages of the desk by who works there. Wagtail's own views (pages, pictures, documents) are in it too.
DESK = {
    "ada": [
        "/admin/",
        "/admin/people/",
        "/admin/people/new/",
        "/admin/people/{author}/",
        "/admin/people/skills/",
        "/admin/people/fields/",
        "/admin/groups/",
        "/admin/groups/{group}/",
        "/admin/moderation/",
        "/admin/network/",
        "/admin/audit/",
        "/admin/nowhere/",
    ],
    "eva": [
        "/admin/",
        "/admin/pages/",
        "/admin/pages/{section}/",
        "/admin/pages/{page}/edit/",
        "/admin/pages/{section}/edit/",
        "/admin/pages/{section}/add_subpage/",
        "/admin/pages/add/knowledge/article/{section}/",
        "/admin/pages/{page}/history/",
        "/admin/pages/{page}/delete/",
        "/admin/pages/{section}/readers/",
        "/admin/images/",
        "/admin/images/multiple/add/",
        "/admin/documents/",
    ],
    "mona": ["/admin/", "/admin/moderation/"],
}
#: What is Wagtail's own and cannot be mended from here: the rule, what it is found on, and why it stands.
WAGTAILS = [
    # The editor of rich text has no name of its own; the block around it has one.
    ("aria-input-field-name", "public-DraftEditor-content"),
    # Blocks of one kind are sections with one heading each: "Text", "Text".
    ("landmark-unique", "w-panel--nested"),
    # Hidden behind the button that drops files, which has a name.
    ("label", 'id="fileupload"'),
]
#: Its lists are wider than a phone, and scroll.
WIDE = (
    "/admin/people/",
    "/admin/groups/",
    "/admin/moderation/",
    "/admin/pages/",
    "/admin/images/",
    "/admin/documents/",
)
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


@pytest.mark.parametrize("who", list(DESK))
@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_axe_finds_nothing_on_the_desk(site: Any, visit: Any, who: str, width: int, dark: bool) -> None:
    page, faults = visit(who, width=width, dark=dark)
    axe, wrong = Axe(), []
    for address in DESK[who]:
        faults.clear()
        answer = page.goto(site.at(address), wait_until="load")
        assert answer.status == (404 if address == "/admin/nowhere/" else 200), address
        for one, node in found_by(axe, page):
            if not any(one["id"] == rule and mark in node["html"] for rule, mark in WAGTAILS):
                wrong.append(f"{address}: {one['id']}: {node['target']} {node['html'][:160]}")
        wrong += [f"{address}: {fault}" for fault in faults if address != "/admin/nowhere/"]
        page.set_viewport_size({"width": 320, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > 320 and not address.startswith(WIDE):
            wrong.append(f"{address}: scrolls sideways at 320 pixels: {wide}")
        page.set_viewport_size({"width": width, "height": 900})
    assert not wrong, "\n" + "\n".join(wrong)


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
