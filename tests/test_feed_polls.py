"""Polls (A5): one vote each, changeable until closed; anonymous ones keep no voter; results wait where they shall."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.models import Event, IdempotentReply
from core.refusal import Refused
from feed.actions import drafts, polls
from feed.models import Ballot, Draft, Poll, Post
from tests import make
from tests.test_api import Caller
from tests.test_feed_posts import FRAGMENT

pytestmark = pytest.mark.django_db

ASKED = {"body": "When do we meet?", "kind": "poll", "options": "Tuesday <b>\nThursday\n\nThursday\nMonday"}


def shares(page: str) -> list[str]:
    """The results that a page shows."""
    return [piece.partition("<")[0] for piece in page.split('class="num">')[1:] if "%" in piece.partition("<")[0]]


def test_a_poll_is_asked_voted_in_and_changed_until_it_is_closed():
    cast = make.cast()
    alice, bob, gil = (cast.browser(name) for name in ("alice", "bob", "gil"))
    group = {"group": cast.private.public_id}
    refused = alice.post("/posts/", ASKED | group | {"options": "Only one"})
    assert refused.status_code == 422 and "at least two answers" in refused.content.decode()
    assert "Only one" in refused.content.decode() and not Post.objects.exists()
    card = alice.post("/posts/", ASKED | group, headers=FRAGMENT).content.decode()
    assert card.count('class="opt"') == 3 and "Tuesday &lt;b&gt;" in card and shares(card) == ["0%", "0%", "0%"]
    post = Post.objects.get()
    address = f"/posts/{post.public_id}/vote/"
    assert shares(bob.post(address, {"option": "1"}, headers=FRAGMENT).content.decode()) == ["0%", "100%", "0%"]
    gil.post(address, {"option": "0"})
    home = bob.get("/").content.decode()
    assert shares(home) == ["50%", "50%", "0%"] and home.count('class="opt" aria-pressed="true"') == 1
    # Another answer takes the place of the first; the same again takes it back. Nobody counts twice.
    assert shares(bob.post(address, {"option": "0"}, headers=FRAGMENT).content.decode()) == ["100%", "0%", "0%"]
    assert Poll.objects.get().voters == 2 and Ballot.objects.count() == 2
    bob.post(address, {"option": "0"})
    assert Poll.objects.get().counts == [1, 0, 0]
    # Only who reads it knows of it; who may not write there does not vote.
    assert cast.browser("carol").post(address, {"option": "0"}).status_code == 404
    for wrong in ("3", "-1", "x", ""):
        assert bob.post(address, {"option": wrong}, headers=FRAGMENT).status_code == 422
    # Who voted what is known to those who read it, as far as they know the people.
    voters = f"/posts/{post.public_id}/voters/"
    seen = bob.get(voters).content.decode()
    assert "Gil Guest" in seen and "Tuesday &lt;b&gt;" in seen and "Who voted" in home
    assert cast.browser("carol").get(voters).status_code == 404
    Poll.objects.update(hidden=True)
    assert bob.get(voters).status_code == 403 and gil.get(voters).status_code == 200
    assert Caller(cast.gil).call("GET", f"posts/{post.public_id}/voters").json()["items"][0]["chosen"] == [0]
    Poll.objects.update(closes_at=timezone.now() - timedelta(seconds=1))
    assert bob.get(voters).status_code == 200
    assert bob.post(address, {"option": "0"}, headers=FRAGMENT).status_code == 409
    page = bob.get(f"/posts/{post.public_id}/").content.decode()
    assert "closed" in page and page.count('hx-swap="outerHTML" disabled') == 3
    # Found by its answers; gone with its post.
    make.settle()
    assert "When do we meet" in bob.get("/search/?q=Thursday").content.decode()
    make.feed.delete(post=post, by=cast.alice)
    assert not Poll.objects.exists() and not Ballot.objects.exists()


def test_an_anonymous_poll_keeps_no_voter_and_after_closing_nothing_to_tell_one_by():
    cast = make.cast()
    asked = polls.asked(options=["yes", "no"], anonymous=True, many=True, closes_at=timezone.now() + timedelta(days=1))
    post = make.post(cast.alice, "Honestly?", group=cast.private, kind="poll", poll=asked)
    for person in (cast.alice, cast.bob, cast.gil):
        polls.vote(post=post, person=person, option=0)
    polls.vote(post=post, person=cast.bob, option=1)
    polls.vote(post=post, person=cast.bob, option=0)
    assert Poll.objects.get().counts == [2, 1] and Poll.objects.get().voters == 3
    assert not Ballot.objects.exclude(person=None).exists()
    voted = Event.objects.filter(verb="feed.poll.voted")
    assert voted.count() == 5 and not voted.exclude(actor=None).exists()
    assert all(set(event.data) == {"id"} for event in voted)
    # Through the API with a key, too: counted once, and neither the answer nor the poll is kept with the person.
    sent = {"data": {"option": 0}, "content_type": "application/json", "headers": {"Idempotency-Key": "k1"}}
    address = f"/api/v1/posts/{post.public_id}/vote"
    assert [cast.browser("gil").post(address, **sent).status_code for _time in range(2)] == [200, 204]
    kept = IdempotentReply.objects.get()
    assert (kept.fingerprint, kept.body) == ("", "") and Poll.objects.get().counts == [1, 1]
    polls.vote(post=post, person=cast.gil, option=0)
    assert "anonymous" in cast.browser("bob").get("/").content.decode()
    assert cast.browser("bob").get(f"/posts/{post.public_id}/voters/").status_code == 403
    Poll.objects.update(closes_at=timezone.now() - timedelta(seconds=1))
    assert polls.forget_voters() == 1 and polls.forget_voters() == 0
    assert not Ballot.objects.exists() and not Poll.objects.get().salt and Poll.objects.get().counts == [2, 1]
    with pytest.raises(Refused):
        polls.vote(post=post, person=cast.bob, option=0)


def test_the_result_waits_for_the_vote_where_it_shall():
    cast = make.cast()
    asked = polls.asked(options=["yes", "no"], hidden=True)
    post = make.post(cast.alice, "Well?", kind="poll", poll=asked)
    polls.vote(post=post, person=cast.alice, option=0)
    bob, carol = cast.browser("bob"), cast.browser("carol")
    assert shares(bob.get("/").content.decode()) == [] and 'value="100"' not in bob.get("/").content.decode()
    assert shares(bob.get(f"/posts/{post.public_id}/poll/").content.decode()) == []
    bob.post(f"/posts/{post.public_id}/vote/", {"option": "1"})
    assert shares(bob.get("/").content.decode()) == ["50%", "50%"]
    assert shares(carol.get("/").content.decode()) == []
    for wrong in (
        {"options": ["a"]},
        {"options": ["a", "a", " "]},
        {"options": ["a", "b"], "closes_at": timezone.now()},
    ):
        with pytest.raises(ValidationError):
            polls.asked(**wrong)


def test_a_poll_may_be_a_draft_and_wait_for_its_hour():
    cast = make.cast()
    closes = timezone.localtime(timezone.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    hour = timezone.localtime(timezone.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    alice = cast.browser("alice")
    alice.post("/posts/", ASKED | {"many": "1", "closes_at": closes, "act": "later", "at": hour})
    draft = Draft.objects.get()
    page = alice.get(f"/drafts/{draft.public_id}/").content.decode()
    assert "Thursday" in page and closes in page
    Draft.objects.update(due_at=timezone.now())
    assert drafts.send_due() == 1
    poll = Poll.objects.get()
    assert poll.options == ["Tuesday <b>", "Thursday", "Monday"] and poll.many
    assert abs(poll.closes_at - timezone.now() - timedelta(days=2)) < timedelta(minutes=2)


def test_the_api_asks_votes_and_hides_the_result_as_the_page_does():
    cast = make.cast()
    asks = {"options": ["yes", "no"], "hidden": True}
    alice, bob, carol = (Caller(one) for one in (cast.alice, cast.bob, cast.carol))
    sent = {"body": "Well?", "kind": "poll", "poll": asks, "group": cast.private.public_id}
    made = alice.call("POST", "posts", sent)
    assert made.status_code == 201 and alice.call("POST", "posts", sent | {"poll": None}).status_code == 422
    address = f"posts/{made.json()['id']}"
    assert alice.call("POST", f"{address}/vote", {"option": 0}).json()["votes"] == [1, 0]
    seen = bob.call("GET", f"{address}/poll").json()
    assert seen["votes"] is None and seen["options"] == ["yes", "no"] and seen["mine"] == []
    assert bob.call("POST", f"{address}/vote", {"option": 1}).json()["votes"] == [1, 1]
    assert bob.call("POST", f"{address}/vote", {"option": 7}).status_code == 422
    assert carol.call("GET", f"{address}/poll").status_code == 404
    assert carol.call("POST", f"{address}/vote", {"option": 0}).status_code == 404
