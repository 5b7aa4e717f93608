"""Links to our own pages: a card for who may see what is behind them, a plain link for everyone else; and sharing."""

from __future__ import annotations

import json

import pytest
from django.conf import settings

from feed import actions
from knowledge import actions as knowledge
from tests import make

pytestmark = pytest.mark.django_db


def test_a_link_to_our_own_page_is_a_card_for_those_alone_who_may_see_the_page() -> None:
    cast = make.cast()
    inner = make.post(cast.alice, "merger on friday", group=cast.secret)
    answer = make.reply(cast.bob, inner, "monday is better")
    eva = make.person("Eva Editor", is_editor=True)
    make.groups.add_member(group=cast.secret, person=eva, by=cast.alice)
    shelf = knowledge.write_section(by=eva, title="Handbook of mergers", group=cast.secret)
    base = settings.BASE_URL
    body = "\n\n".join(
        f"{base}{path}"
        for path in (
            f"/posts/{inner.public_id}/",
            f"/groups/{cast.secret.public_id}/",
            f"/people/{cast.carol.public_id}/",
        )
    )
    post = make.post(cast.alice, body)
    other = make.post(cast.alice, f"see {base}/posts/{answer.public_id}/#post-x and {base}{shelf.get_absolute_url()}")
    pages = ("/", f"/posts/{post.public_id}/", "/?view=company", f"/people/{cast.alice.public_id}/posts/")
    for path in pages:
        # First who may see it all: what was drawn for them stays with them.
        page = cast.browser("bob").get(path).content.decode()
        assert "merger on friday" in page and "Post in Secret merger" in page and ">Carol Cook<" in page, path
        page = cast.browser("carol").get(path).content.decode()
        assert "merger on friday" not in page and "Secret merger" not in page and ">Carol Cook<" in page, path
        assert f"/posts/{inner.public_id}/" in page, "the link that was typed stays"
    bob, carol = cast.browser("bob"), cast.browser("carol")
    page = bob.get(f"/posts/{other.public_id}/").content.decode()
    assert "monday is better" in page and "Handbook of mergers" in page and "Answer in Secret merger" in page
    assert "monday" not in carol.get(f"/posts/{other.public_id}/").content.decode()
    said = bob.get(f"/api/v1/posts/{post.public_id}").json()["inside"]
    assert [one["kind"] for one in said] == ["feed.post", "groups.group", "people.person"]
    said = carol.get(f"/api/v1/posts/{post.public_id}").json()["inside"]
    assert [one["title"] for one in said] == ["Carol Cook"] and "erger" not in json.dumps(said)
    # Whoever leaves, and what is deleted, is gone with the next answer.
    make.groups.leave(group=cast.secret, person=cast.bob)
    assert "merger on friday" not in bob.get("/").content.decode()
    assert "merger on friday" in cast.browser("alice").get("/").content.decode()
    actions.delete(post=inner, by=cast.alice)
    assert "Post in Secret merger" not in cast.browser("alice").get("/").content.decode()


def test_a_post_is_shared_with_its_address_by_those_who_see_it() -> None:
    cast = make.cast()
    inner = make.post(cast.alice, "lunch at noon", group=cast.private)
    bob = cast.browser("bob")
    assert f"/posts/new/?share={inner.public_id}" in bob.get(f"/posts/{inner.public_id}/menu/").content.decode()
    page = bob.get(f"/posts/new/?share={inner.public_id}").content.decode()
    assert f"{settings.BASE_URL}/posts/{inner.public_id}/</textarea>" in page
    assert f'data-place="share-{inner.public_id}"' in page
    assert cast.browser("carol").get(f"/posts/new/?share={inner.public_id}").status_code == 404
    answer = bob.post("/posts/", {"body": f"Do come\n\n{settings.BASE_URL}/posts/{inner.public_id}/"}, follow=True)
    assert "lunch at noon" in answer.content.decode()
    page = cast.browser("carol").get("/").content.decode()
    assert "Do come" in page and "lunch at noon" not in page
