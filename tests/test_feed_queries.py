"""What the feed costs: the same number of queries with 3 posts and with 300, few rows, few bytes."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feed import actions, cards
from feed.models import Post
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> make.Cast:
    return make.cast()


def queries(browser, address: str) -> int:
    """How many queries a page asks once its cards are drawn."""
    browser.get(address)
    with CaptureQueriesContext(connection) as asked:
        answer = browser.get(address)
    assert answer.status_code == 200, address
    return len(asked)


def fill(cast: make.Cast, count: int, root: Post) -> None:
    """More of everything: posts in several places by several people, answers, reactions, bookmarks."""
    for number in range(count):
        author = (cast.alice, cast.bob)[number % 2]
        group = (None, cast.private, cast.public)[number % 3]
        post = make.post(author, f"post {number} #topic", group=group)
        if number % 5 == 0:
            make.reply(cast.bob, post, "an answer #topic")
        if number % 7 == 0:
            actions.react(post=post, person=cast.bob, emoji="👍")
        actions.bookmark(post=post, person=cast.bob)
    for number in range(count // 3):
        make.reply((cast.alice, cast.gil)[number % 2], root, f"answer {number}")


def test_pages_ask_the_same_number_of_queries_with_3_posts_and_with_300(cast):
    root = make.post(cast.alice, "root", group=cast.private)
    pages = {
        "home": "/",
        "newest": "/?view=for_you&sort=new",
        "active": "/?view=for_you&sort=active",
        "company": "/?view=company",
        "following": "/?view=following",
        "thread": f"/posts/{root.public_id}/",
        "group": f"/groups/{cast.private.public_id}/",
        "topic": "/topics/topic/",
        "bookmarks": "/bookmarks/",
        "person": f"/people/{cast.alice.public_id}/posts/",
        "topics": "/topics/",
    }
    make.people.follow(follower=cast.bob, followed=cast.alice)
    fill(cast, 3, root)
    bob = cast.browser("bob")
    few = {name: queries(bob, address) for name, address in pages.items()}
    fill(cast, 297, root)
    many = {name: queries(bob, address) for name, address in pages.items()}
    # A page without answers under its posts saves the question for them.
    assert all(many[name] <= few[name] for name in pages), (few, many)
    assert many["home"] <= 8, many
    assert many["thread"] <= 10, many


def test_a_cold_page_asks_two_queries_more_and_none_per_card(cast):
    root = make.post(cast.alice, "root", group=cast.private)
    fill(cast, 40, root)
    bob = cast.browser("bob")
    warm = queries(bob, "/")
    cards.shelf.clear()
    with CaptureQueriesContext(connection) as asked:
        bob.get("/")
    assert len(asked) <= warm + 2


def test_a_thread_of_100_answers_is_at_most_150_kilobytes(cast):
    root = make.post(cast.alice, "root " * 40, group=cast.private)
    for number in range(100):
        make.reply((cast.alice, cast.bob, cast.gil)[number % 3], root, f"{number} " + "some ordinary words " * 10)
    answer = cast.browser("bob").get(f"/posts/{root.public_id}/")
    assert answer.content.count(b'<div class="cm') == 100
    assert len(answer.content) <= 150_000


def test_reacting_and_answering_ask_a_fixed_number_of_queries(cast):
    root = make.post(cast.alice, "root", group=cast.private)

    def cost(action) -> int:
        with CaptureQueriesContext(connection) as asked:
            action()
        return len(asked)

    first = cost(lambda: make.reply(cast.bob, root, "one"))
    fill(cast, 30, root)
    assert cost(lambda: make.reply(cast.bob, root, "two")) == first
