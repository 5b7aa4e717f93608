"""Mute and block: nothing of that person is told any more, and that person is never told."""

from __future__ import annotations

import pytest

from core.models import Event
from feed import actions as feed
from groups import actions as groups
from inbox.models import Notice
from people import actions, hearing
from people.models import Silence
from tests import make
from tests.surfaces import bytes_of, plain

pytestmark = pytest.mark.django_db


def lines(person) -> list[str]:
    make.settle()
    return sorted(Notice.objects.filter(recipient=person).values_list("verb", flat=True))


def test_nothing_is_told_of_someone_blocked_and_they_see_what_they_saw_before() -> None:
    cast = make.cast()
    mine = make.post(cast.alice, "My own words")
    alice, bob = cast.browser("alice"), cast.browser("bob")
    make.post(cast.bob, "An old greeting for @alice.archer", group=cast.public)
    assert lines(cast.alice) == ["feed.mentioned"]
    before = {path: plain(bytes_of(bob.get(path)), {}) for path in (cast.alice.get_absolute_url(), "/people/")}

    page = alice.post(f"/people/{cast.bob.public_id}/silence/", {"level": "block"}, follow=True)
    assert b"They are not told" in page.content
    assert lines(cast.alice) == []
    assert not Event.objects.filter(verb="people.silence.changed", target_pk=cast.bob.pk).exists()
    after = {path: plain(bytes_of(bob.get(path)), {}) for path in before}
    assert after == before

    post = make.post(cast.bob, "A word for @alice.archer", group=cast.public)
    make.reply(cast.bob, mine, "I answer you")
    feed.react(post=mine, person=cast.bob, emoji="👍")
    feed.react(post=mine, person=cast.carol, emoji="👍")
    actions.follow(follower=cast.bob, followed=cast.alice)
    groups.invite(group=make.group(cast.bob, "Others"), by=cast.bob, person=cast.alice)
    assert lines(cast.alice) == ["feed.reacted"]
    who = alice.get(f"/posts/{mine.public_id}/reactions/").content
    assert b"Carol Cook" in who
    assert b"Bob Baker" not in who
    assert b"Bob Baker" in cast.browser("carol").get(f"/posts/{mine.public_id}/reactions/").content
    assert "Bob Baker" not in [one["name"] for one in alice.get("/people/complete/?q=bob").json()]
    assert "Alice Archer" in [one["name"] for one in bob.get("/people/complete/?q=ali").json()]

    # At home it is left out, where it was said it is folded away; whoever has silenced nobody sees it whole.
    assert b"A word for" not in alice.get("/").content
    assert post.public_id not in [one["id"] for one in alice.get("/api/v1/feed").json()["items"]]
    assert b'<details class="folded' in alice.get(f"/posts/{post.public_id}/").content
    assert b'<details class="folded' not in cast.browser("carol").get(f"/posts/{post.public_id}/").content
    assert not hearing.may_reach(cast.bob, cast.alice)
    assert not hearing.may_reach(cast.alice, cast.bob)

    alice.post(f"/people/{cast.bob.public_id}/silence/", {"level": ""})
    cast.alice.refresh_from_db()
    assert not cast.alice.has_silenced
    assert b"A word for" in alice.get("/").content
    assert hearing.may_reach(cast.bob, cast.alice)


def test_what_one_must_know_arrives_from_whomever_it_comes() -> None:
    cast = make.cast()
    for level in ("block", "mute"):
        actions.silence(person=cast.alice, of=cast.ada, level=level)
    actions.silence(person=cast.alice, of=cast.carol, level="block")
    make.post(cast.ada, "The office is closed on Friday", kind="announcement")
    groups.request_to_join(group=cast.private, person=cast.carol, message="May I?")
    assert lines(cast.alice) == ["feed.announced", "groups.requested"]
    assert b"The office is closed" in cast.browser("alice").get("/").content


def test_silences_are_listed_for_oneself_alone_and_by_the_api() -> None:
    cast = make.cast()
    alice = cast.browser("alice")
    assert b"Mute or block someone" in alice.get("/settings/silences/").content
    path = f"/api/v1/people/{cast.bob.public_id}/silence"
    assert alice.put(path, {"level": "mute"}, content_type="application/json").status_code == 204
    assert alice.put(path, {"level": "loud"}, content_type="application/json").status_code == 422
    own = f"/api/v1/people/{cast.alice.public_id}/silence"
    assert alice.put(own, {"level": "mute"}, content_type="application/json").status_code == 422
    assert [one["person"]["name"] for one in alice.get("/api/v1/me/silences").json()["items"]] == ["Bob Baker"]
    assert b"Bob Baker" in alice.get("/settings/silences/").content
    assert cast.browser("bob").get("/api/v1/me/silences").json()["items"] == []
    assert alice.post(f"/people/{cast.bob.public_id}/silence/", {"level": "loud"}).status_code == 422
    assert alice.delete(path).status_code == 204
    assert not Silence.objects.exists()
    # A guest knows only who shares a place with them.
    gil = cast.browser("gil")
    assert gil.post(f"/people/{cast.carol.public_id}/silence/", {"level": "mute"}).status_code == 404
    assert gil.post(f"/people/{cast.bob.public_id}/silence/", {"level": "mute"}).status_code == 302


def test_someone_can_silence_only_so_many(settings) -> None:
    settings.KRING_LIMITS = {"SILENCES": 1}
    cast = make.cast()
    alice = cast.browser("alice")
    alice.post(f"/people/{cast.bob.public_id}/silence/", {"level": "mute"})
    refused = alice.post(f"/people/{cast.carol.public_id}/silence/", {"level": "mute"})
    assert refused.status_code == 422
    assert b"at most 1" in refused.content
    assert alice.post(f"/people/{cast.bob.public_id}/silence/", {"level": "block"}).status_code == 302
