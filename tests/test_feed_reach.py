"""Who has seen a post (M2): for its author and those who look after the place, and off by the company's choice."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feed.models import Seen, ThreadMark
from groups import actions as groups
from people.models import User
from social import actions as social
from tests import make

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


def names(browser: Any, post: Any, who: str) -> set[str]:
    """The people on one side of the page, and of the API, which agree."""
    page = browser.get(f"/posts/{post.public_id}/reach/?who={'not' if who == 'not_seen' else 'seen'}")
    found = browser.get(f"/api/v1/posts/{post.public_id}/reach?who={who}")
    assert page.status_code == found.status_code == 200
    said = {one["name"] for one in found.json()["items"]}
    people = User.objects.exclude(pk=page.wsgi_request.user.pk)
    assert {one.name for one in people if f">{one.name}<" in page.content.decode()} == said
    return said


def test_an_author_and_owners_see_who_has_seen_a_post_and_nobody_else_does() -> None:
    cast = make.cast()
    groups.add_member(group=cast.private, person=cast.carol, by=cast.alice)
    post = make.post(cast.bob, "Read this", group=cast.private)
    alice, bob, carol, gil = (cast.browser(name) for name in ("alice", "bob", "carol", "gil"))
    assert names(bob, post, "seen") == set()
    assert names(bob, post, "not_seen") == {"Alice Archer", "Carol Cook", "Gil Guest"}
    rows = Seen.objects.count() + ThreadMark.objects.count()
    for _again in range(3):
        carol.post(f"/groups/{cast.private.public_id}/read/")
        carol.get(f"/posts/{post.public_id}/")
    # Looking moves the mark of how far one has read, and writes no row.
    assert Seen.objects.count() + ThreadMark.objects.count() == rows
    gil.post(f"/posts/{post.public_id}/read/")
    assert names(alice, post, "seen") == {"Carol Cook", "Gil Guest"}
    # Who came after it has not seen it, though it does not count as new to them.
    groups.add_member(group=cast.private, person=cast.mona, by=cast.alice)
    assert names(bob, post, "not_seen") == {"Alice Archer", "Mona Mason"}
    for name, status in (("carol", 403), ("gil", 403), ("ada", 404), ("nobody", 302)):
        assert cast.browser(name).get(f"/posts/{post.public_id}/reach/").status_code == status, name
    menu = f"/posts/{post.public_id}/menu/"
    assert "/reach/" in bob.get(menu).content.decode() and "/reach/" not in carol.get(menu).content.decode()
    # Whoever reads it is told that this can be seen.
    beside = f"/posts/{post.public_id}/beside/"
    assert "can see who has seen it" in carol.get(beside, headers=FRAGMENT).content.decode()


def test_to_the_company_it_counts_colleagues_and_costs_others_nothing() -> None:
    cast = make.cast()
    said = make.post(cast.ada, "To all", kind="announcement")
    cast.browser("bob").post(f"/posts/{said.public_id}/seen/")
    ada, bob, address = cast.browser("ada"), cast.browser("bob"), f"/posts/{said.public_id}/beside/"
    shown = ada.get(address, headers=FRAGMENT).content.decode()
    assert 'Seen<small class="num">1</small>' in shown and 'Not yet<small class="num">3</small>' in shown
    assert names(ada, said, "seen") == {"Bob Baker"}
    asked = {}
    for name, browser in (("ada", ada), ("bob", bob)):
        with CaptureQueriesContext(connection) as queries:
            browser.get(address, headers=FRAGMENT)
        asked[name] = len(queries)
    assert asked["ada"] == asked["bob"] + 1
    social.change_settings(by=cast.ada, shows_reach=False)
    assert "num" not in ada.get(address, headers=FRAGMENT).content.decode()
    assert "can see who has seen it" not in bob.get(address, headers=FRAGMENT).content.decode()
    refused = ada.get(f"/posts/{said.public_id}/reach/")
    assert refused.status_code == 403 and "The administrators have chosen" in refused.content.decode()
    assert ada.get(f"/api/v1/posts/{said.public_id}/reach").status_code == 403
