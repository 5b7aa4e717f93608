"""What a page costs does not grow with what there is: the same queries for few rows and for many, and few bytes.

The feed's own pages are in tests/test_feed_queries.py; here stand the other rooms, the API, and what a browser loads.
"""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.site import current
from feed import actions as feed
from files import actions as files
from groups import actions as groups
from knowledge import actions as knowledge
from moderation import actions as moderation
from people import actions as people
from people.models import User
from tests import make
from tests.world import paper

pytestmark = pytest.mark.django_db

#: Each page, who asks, and how many queries it may cost: what it did cost when this was written.
PAGES: dict[str, tuple[str, int]] = {
    "/groups/": ("bob", 7),
    "/groups/?view=mine": ("bob", 7),
    "/groups/{group}/": ("bob", 14),
    "/groups/{group}/members/": ("bob", 10),
    "/groups/{group}/requests/": ("alice", 10),
    "/people/": ("bob", 10),
    "/people/complete/?q=p": ("bob", 2),
    "/people/{author}/": ("bob", 15),
    "/people/invitations/": ("ada", 5),
    "/search/?q=word": ("bob", 13),
    "/search/suggest/?q=p": ("bob", 4),
    "/notifications/": ("bob", 8),
    "/knowledge/": ("bob", 5),
    "/knowledge/shelf/": ("bob", 7),
    "/moderation/": ("mona", 5),
    "/settings/": ("bob", 6),
    "/api/v1/feed": ("bob", 7),
    "/api/v1/posts/{post}/replies": ("bob", 6),
    "/api/v1/groups": ("bob", 8),
    "/api/v1/groups/{group}/posts": ("bob", 7),
    "/api/v1/groups/{group}/members": ("bob", 3),
    "/api/v1/people": ("bob", 6),
    "/api/v1/search?q=word": ("bob", 11),
    "/api/v1/notifications": ("bob", 7),
    "/admin/people/": ("ada", 10),
    "/admin/groups/": ("ada", 10),
}


class Company:
    """A company that can grow."""

    def __init__(self) -> None:
        self.cast = make.cast()
        self.editor = make.person("Eva Editor", is_editor=True)
        self.shelf = knowledge.write_section(by=self.editor, title="Shelf")
        self.root = make.post(self.cast.alice, "word to begin", group=self.cast.private)
        self.made = 0
        self.ids = {
            "group": self.cast.private.public_id,
            "author": self.cast.alice.public_id,
            "post": self.root.public_id,
        }

    def grow(self, count: int) -> None:
        """More people, groups, posts, files, articles, reports, notices, invitations and requests."""
        cast = self.cast
        for number in range(self.made, self.made + count):
            one = make.person(f"Person{number} Park", department=f"Team {number % 7}")
            groups.add_member(group=cast.private, person=one, by=cast.alice)
            make.group(cast.alice, f"Word group {number}", members=(cast.bob,))
            file = files.upload(by=one, stream=paper("w.txt", "word"), name=f"word{number}.txt")
            place = (None, cast.private)[number % 2]
            post = make.post(one, f"word {number} @bob.baker #topic{number % 5}", group=place)
            make.post(one, f"a file of word {number}", group=cast.private, files=[file.public_id])
            make.reply(one, self.root, f"word answer {number}")
            feed.react(post=post, person=cast.bob, emoji="👍")
            moderation.report(obj=post, by=cast.bob, reason="Not nice")
            knowledge.write_article(by=self.editor, title=f"Word {number}", body="<p>word</p>", parent=self.shelf)
            people.invite(by=cast.ada, email=f"new{number}@example.org")
            asks = make.person(f"Asker{number} Ames")
            groups.request_to_join(group=cast.private, person=asks, message="Please")
            people.follow(follower=one, followed=cast.bob)
        self.made += count
        make.settle()


def cost(browser: Client, address: str) -> tuple[int, list[str]]:
    """What a page asks the database once what it may keep is kept."""
    assert browser.get(address).status_code == 200, address
    # Kept for a minute, which may end between the two.
    current()
    with CaptureQueriesContext(connection) as asked:
        browser.get(address)
    return len(asked), [query["sql"][:160] for query in asked.captured_queries]


def test_every_page_asks_the_same_number_of_queries_with_few_rows_and_with_many(settings: Any) -> None:
    settings.KRING_LIMITS = dict.fromkeys(
        ("INVITATIONS_PER_DAY", "GROUPS_PER_DAY", "POSTS_PER_MINUTE", "REPORTS_PER_DAY", "UPLOADS_PER_DAY"), 100_000
    )
    company = Company()
    browsers = {name: company.cast.browser(name) for name in ("alice", "bob", "mona", "ada")}
    company.grow(3)
    few = {page: cost(browsers[who], page.format_map(company.ids)) for page, (who, _most) in PAGES.items()}
    company.grow(37)
    many = {page: cost(browsers[who], page.format_map(company.ids)) for page, (who, _most) in PAGES.items()}
    grown = {page: (few[page][0], many[page][0]) for page in PAGES if many[page][0] > few[page][0]}
    assert not grown, (grown, [sql for page in grown for sql in many[page][1] if sql not in few[page][1]])
    costly = {page: many[page][0] for page, (_who, most) in PAGES.items() if many[page][0] > most}
    assert not costly
    assert User.objects.count() > 80


# --- Bytes ---


def packed(data: bytes) -> int:
    """What goes over the wire."""
    return len(gzip.compress(data, 6))


def loaded(html: str) -> set[str]:
    """The static files that a browser loads for a page: what it links, and what those modules import."""
    tags = re.findall(r"<(?:link|script|img|use)\b[^>]*>", html)
    found = set()
    for tag in tags:
        if re.search(r'rel="(?:icon|manifest|apple-touch-icon|alternate|search)"', tag):
            # Asked for when the page stands.
            continue
        for address in re.findall(r'(?:href|src)="/static/([^"#?]+)', tag):
            found.add(address)
    return found


def test_a_first_visit_is_at_most_60_kilobytes_in_at_most_6_requests() -> None:
    company = Company()
    for number in range(20):
        make.post((company.cast.alice, company.cast.bob)[number % 2], f"Ordinary words, number {number}. " * 6)
    answer = company.cast.browser("bob").get("/")
    statics = loaded(answer.content.decode())
    sizes = {"/": packed(answer.content)}
    for name in statics:
        place = finders.find(name)
        assert place, name
        sizes[name] = packed(Path(str(place)).read_bytes())
    for address in re.findall(r'hx-get="([^"]+)" hx-trigger="load"', answer.content.decode()):
        sizes[address] = packed(company.cast.browser("bob").get(address, headers={"HX-Request": "true"}).content)
    assert len(sizes) <= 6, sizes
    assert sum(sizes.values()) <= 60 * 1024, sizes


def test_the_next_page_is_at_most_10_kilobytes() -> None:
    company = Company()
    for number in range(60):
        make.post((company.cast.alice, company.cast.bob)[number % 2], f"Ordinary words, number {number}. " * 6)
    browser = company.cast.browser("bob")
    more = re.search(r'hx-get="(/\?[^"]*cursor=[^"]*)"', browser.get("/").content.decode())
    assert more
    part = browser.get(more[1].replace("&amp;", "&"), headers={"HX-Request": "true"})
    assert part.content.count(b"<article") >= 10
    assert packed(part.content) <= 10 * 1024
    whole = browser.get(f"/posts/{company.root.public_id}/")
    assert packed(whole.content) <= 10 * 1024
