"""Cards: drawn once, never stale, the same for nobody where it must differ, and never a way around the rule."""

from __future__ import annotations

import pytest
from django.utils import translation

from core.prepared import Prepared
from feed import actions, cards
from feed.models import Post
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> make.Cast:
    return make.cast()


def card(browser, post: Post) -> str:
    """The page of a post."""
    return browser.get(f"/posts/{post.public_id}/").content.decode()


def test_a_card_is_drawn_once_for_all_readers_and_again_when_it_changes(cast, monkeypatch):
    post = make.post(cast.alice, "words", group=cast.private)
    drawn = []
    draw = cards._draw
    monkeypatch.setattr(cards, "_draw", lambda *given: drawn.append(given[0].version) or draw(*given))
    for name in ("alice", "bob", "gil", "bob"):
        card(cast.browser(name), post)
    assert len(drawn) == 1
    actions.edit(post=post, by=cast.alice, body="other words")
    assert "other words" in card(cast.browser("bob"), post)
    assert len(drawn) == 2
    cast.browser("bob").get("/", headers={"Accept-Language": "nl"})
    assert len(drawn) == 3


def test_everything_a_card_shows_is_new_in_the_next_answer(cast):
    post = make.post(cast.alice, "words", group=cast.private)
    bob = cast.browser("bob")
    card(bob, post)
    actions.react(post=post, person=cast.gil, emoji="🎉")
    assert "🎉" in card(bob, post)
    actions.pin(post=post, by=cast.alice)
    assert "pinned" in card(bob, post)
    make.groups.edit_group(group=cast.private, by=cast.alice, name="Another name")
    assert "Another name" in card(bob, post)
    make.people.edit_profile(person=cast.alice, by=cast.alice, name="Alicia Archer", job_title="Chief")
    make.settle()
    page = card(bob, post)
    assert "Alicia Archer" in page and "Chief" in page and "Alice Archer" not in page


def test_what_differs_by_reader_never_stays_in_a_card(cast):
    post = make.post(cast.alice, "words", group=cast.private)
    actions.react(post=post, person=cast.bob, emoji="👍")
    actions.bookmark(post=post, person=cast.bob)
    for _ in range(2):
        assert card(cast.browser("bob"), post).count('aria-pressed="true"') == 3
        assert card(cast.browser("gil"), post).count('aria-pressed="true"') == 0


def test_a_card_holds_no_mark_of_its_slots(cast):
    post = make.post(cast.alice, "words \x02mine:👍\x02 {% slot 'mine' %}")
    make.reply(cast.bob, post, "answer")
    for page in (
        "/",
        f"/posts/{post.public_id}/",
        f"/posts/{post.public_id}/counts/",
        f"/people/{cast.alice.public_id}/posts/",
    ):
        html = cast.browser("bob").get(page).content.decode()
        assert cards.MARK not in html and "\x02" not in html
        assert "{% slot &#x27;mine&#x27; %}" in html or "{% slot 'mine' %}" in html or "counts" in page


def test_the_shelf_forgets_the_least_used_when_it_is_full():
    shelf = cards.Shelf(1_000)
    for number in range(20):
        shelf.put((str(number), 1, "en", ""), (("x" * 100, "", ""),))
    assert shelf.used <= 1_000 and shelf.get(("0", 1, "en", "")) is None and shelf.get(("19", 1, "en", ""))


def test_times_are_relative_up_to_a_day_in_the_readers_language(cast):
    post = make.post(cast.alice, "words")
    from datetime import timedelta

    for back, said in ((timedelta(seconds=5), "now"), (timedelta(minutes=7), "7 min"), (timedelta(hours=3), "3 h")):
        Post.objects.filter(pk=post.pk).update(created_at=post.created_at - back)
        assert f"data-ago>{said}</time>" in card(cast.browser("bob"), post)
    Post.objects.filter(pk=post.pk).update(created_at=post.created_at - timedelta(days=400))
    moment = post.created_at - timedelta(days=400)
    with translation.override("en"):
        assert f" {moment.year}</time>" in card(cast.browser("bob"), post)


def test_a_prepared_question_gives_what_the_question_gives(cast):
    for number in range(7):
        make.post(cast.alice, f"post {number}", group=(None, cast.private, cast.secret)[number % 3])
    keys = list(Post.objects.values_list("pk", flat=True))

    def build(user, keys, since):
        return (
            Post.objects.visible_to(user)
            .filter(pk__in=keys, created_at__gt=since)
            .order_by("pk")
            .values_list("pk", "created_at")
        )

    prepared = Prepared(build)
    since = Post.objects.order_by("pk").first().created_at
    for person in cast.everyone().values():
        for some in (keys, keys[:3], keys[:1], []):
            plain = list(build(person, some, since)) if person.is_active else []
            assert prepared.rows(user=person, keys=some, since=since) == plain
    cast.bob.is_active = False
    assert prepared.rows(user=cast.bob, keys=keys, since=since) == []
