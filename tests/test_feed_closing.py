"""Closed discussions (B5): a reason everyone reads; answers and reactions of those who look after the place alone."""

from __future__ import annotations

import pytest

from core.models import Event
from core.refusal import Refused
from feed.actions import threads
from feed.models import Post
from tests import make
from tests.test_feed_posts import FRAGMENT

pytestmark = pytest.mark.django_db


def test_a_closed_discussion_can_be_read_by_all_and_answered_by_those_who_look_after_the_place():
    cast = make.cast()
    post = make.post(cast.bob, "where to eat?", group=cast.private)
    answer = make.reply(cast.gil, post, "at home")
    bob, gil, alice, carol = (cast.browser(name) for name in ("bob", "gil", "alice", "carol"))
    address = f"/posts/{post.public_id}/"
    # Not those who neither began it nor look after the place, and with a reason.
    assert gil.get(f"{address}close/").status_code == 403 == gil.post(f"{address}close/", {"why": "x"}).status_code
    assert carol.post(f"{address}close/", {"why": "x"}).status_code == 404
    assert bob.post(f"{address}close/", {"why": " "}).status_code == 422
    assert "Close this discussion" in bob.get(f"{address}menu/").content.decode()
    assert bob.post(f"{address}close/", {"why": "Decided: <b>the canteen"}).status_code == 302
    page = gil.get(address).content.decode()
    assert "This discussion is closed: Decided: &lt;b&gt;the canteen" in page and "at home" in page
    assert 'id="reply"' not in page and 'value="👍" disabled' in page
    assert gil.post(f"{address}reply/", {"body": "but"}, headers=FRAGMENT).status_code == 403
    assert gil.post(f"/posts/{answer.public_id}/reply/", {"body": "but"}, headers=FRAGMENT).status_code == 403
    assert gil.post(f"/posts/{answer.public_id}/reactions/", {"emoji": "👍"}, headers=FRAGMENT).status_code == 403
    assert post.thread.count() == 1
    # Who looks after the place goes on, and opens it again; both are on record.
    assert 'id="reply"' in alice.get(address).content.decode()
    make.reply(cast.alice, Post.objects.get(pk=post.pk), "one word more")
    bob.post(f"{address}close/", {"act": "reopen"})
    assert gil.post(f"{address}reply/", {"body": "again"}, headers=FRAGMENT).status_code == 200
    # What others have closed its author does not open.
    threads.close(post=post, by=cast.alice, why="Enough")
    with pytest.raises(Refused):
        threads.reopen(post=post, by=cast.bob)
    make.settle()
    assert "closed the discussion" in bob.get("/notifications/").content.decode()
    assert "closed the discussion" not in gil.get("/notifications/").content.decode()
    threads.reopen(post=post, by=cast.alice)
    verbs = list(Event.objects.filter(verb__startswith="feed.thread.").order_by("pk").values_list("verb", "actor"))
    assert verbs == [
        ("feed.thread.closed", cast.bob.pk),
        ("feed.thread.reopened", cast.bob.pk),
        ("feed.thread.closed", cast.alice.pk),
        ("feed.thread.reopened", cast.alice.pk),
    ]
