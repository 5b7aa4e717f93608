"""Discussions that are taken elsewhere (B4): moved, split, merged. Who gains is asked, who loses keeps nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from core import live
from core.models import Event
from core.refusal import Refused
from feed import actions as feed
from feed.actions import moving, threads
from feed.models import Bookmark, Post, ThreadMark
from files import actions as files
from groups import actions as groups
from inbox import actions as inbox
from inbox.models import Notice, Watch
from moderation import actions as moderation
from moderation.models import Case
from search import actions as search
from search.indexer import drain
from tests import make
from tests.world import paper

pytestmark = pytest.mark.django_db


def text(browser: Client, address: str) -> str:
    """What a page says."""
    return browser.get(address).content.decode()


def sound(*roots: Post) -> None:
    """What is counted is what is there, and every answer is for those its post is for."""
    for root in roots:
        kept = Post.objects.get(pk=root.pk)
        shown = kept.thread.filter(state="published")
        assert (kept.reply_count, kept.last_reply) == (shown.count(), shown.order_by("-pk").first())
        for answer in kept.thread.all():
            assert (answer.audience_id, answer.group_id, answer.history_at) == (
                kept.audience_id,
                kept.group_id,
                kept.history_at,
            )
            assert answer.parent in (kept, *kept.thread.all()) and answer.branch in (None, *kept.thread.all())
            assert answer.branch is None or answer.branch.branch is None


def test_a_moved_discussion_is_for_the_people_of_its_new_place_and_for_nobody_else(capsys: Any) -> None:
    cast = make.cast()
    alice, bob, gil, carol, ada = (cast.browser(name) for name in ("alice", "bob", "gil", "carol", "ada"))
    held = files.upload(by=cast.bob, stream=paper("plan.txt", "walrus"), name="plan.txt")
    post = make.post(cast.bob, "walrus plans @carol.cook", group=cast.private, files=[held.public_id])
    answer = make.reply(cast.gil, post, "walrus yes")
    feed.pin(post=post, by=cast.alice)
    feed.bookmark(post=post, person=cast.gil)
    inbox.watch(person=cast.gil, obj=post)
    feed.mark_thread(root=post, person=cast.gil)
    moderation.report(obj=answer, by=cast.bob, reason="Hm")
    make.reply(cast.alice, answer, "walrus indeed")
    hidden = make.reply(cast.alice, post, "walrus hidden")
    feed.withhold(post=hidden, by=cast.mona)
    make.settle()
    at = f"/posts/{post.public_id}/"
    assert "plan.txt" in text(gil, at) and Notice.objects.filter(recipient=cast.gil).exists()

    # Who may: not who neither began it nor looks after the place, not a guest, and nobody to where they may not post.
    assert gil.get(f"{at}move/").status_code == 403
    assert carol.get(f"{at}move/").status_code == 404
    assert bob.get(f"{at}move/?to={cast.secret.public_id}").status_code == 200
    elsewhere = make.group(cast.carol, "Carols", privacy="private", join="request")
    assert bob.get(f"{at}move/?to={elsewhere.public_id}").status_code == 403
    hidden = make.group(cast.carol, "Carols secret", privacy="secret", join="invite")
    assert bob.get(f"{at}move/?to={hidden.public_id}").status_code == 404
    # What others said in a closed group is opened by those who look after it alone.
    refused = bob.get(f"{at}move/?to={cast.public.public_id}")
    assert refused.status_code == 403 and b"Others have answered" in refused.content
    assert "Move to another place" in text(bob, f"{at}menu/") and "Move to another" not in text(gil, f"{at}menu/")

    # Into the secret group: gil loses it, and everything that he kept of it.
    heard, _none = live._events(None)
    sure = text(bob, f"{at}move/?to={cast.secret.public_id}")
    assert "1 person can no longer read it" in sure and "Gil Guest" in sure and 'name="sure"' not in sure
    assert bob.post(f"{at}move/", {"to": cast.secret.public_id}).status_code == 302
    sound(post)
    frames = live._events(heard)[1]
    for topic, kind in ((cast.private.audience.topic, "departed"), (cast.secret.audience.topic, "moved")):
        assert (topic, f"feed.thread.{kind}", post.public_id, "") in frames
    assert gil.get(at).status_code == gil.get(f"/posts/{answer.public_id}/").status_code == 404
    assert gil.get(held.get_absolute_url()).status_code == 404 and bob.get(held.get_absolute_url()).status_code == 200
    assert not Notice.objects.filter(recipient=cast.gil, verb__startswith="feed.").exists()
    assert "walrus" not in text(gil, "/notifications/") + text(gil, "/bookmarks/") + text(gil, "/")
    assert not search.find(cast.gil, "walrus").items
    for kept in (Bookmark, Watch, ThreadMark):
        assert not kept.objects.filter(person=cast.gil).exists(), kept
    moved = Post.objects.get(pk=post.pk)
    assert (moved.group, moved.pinned_at, moved.seq) == (cast.secret, None, 1)
    assert "walrus" in text(bob, f"/groups/{cast.secret.public_id}/")
    assert "walrus" not in text(bob, f"/groups/{cast.private.public_id}/")
    assert Case.objects.get().audience_id == cast.secret.audience_id
    # The same again changes nothing.
    events = Event.objects.count()
    assert bob.post(f"{at}move/", {"to": cast.secret.public_id}).status_code == 302
    assert Event.objects.count() == events
    # An answer to what was moved meanwhile goes nowhere.
    with pytest.raises(Refused, match="moved while"):
        make.reply(cast.bob, post, "too late")

    # Out to everyone: it is said who gains, and they must be confirmed, all of them.
    sure = text(alice, f"{at}move/?to=everyone")
    assert "3 people more can read it then" in sure and "Carol Cook" in sure and "Dave" not in sure
    assert alice.post(f"{at}move/", {"to": "everyone", "gaining": "3"}).status_code == 422
    make.person("Nell New")
    late = alice.post(f"{at}move/", {"to": "everyone", "gaining": "3", "sure": "on"})
    assert late.status_code == 422 and b"4 people more" in late.content
    assert not Post.objects.get(pk=post.pk).is_visible_to(cast.carol)
    assert alice.post(f"{at}move/", {"to": "everyone", "gaining": "4", "sure": "on"}).status_code == 302
    sound(post)
    # Where it was is told to those who may know that place, and no more.
    assert "Moved here from" in text(bob, at) and "Secret merger" in text(bob, at)
    page = text(carol, at)
    assert "Moved here by" in page and "Alice Archer" in page and "walrus yes" in page and "Secret merger" not in page
    # What was hidden in it went along, and is hidden there.
    assert "walrus hidden" not in page and carol.get(f"/posts/{hidden.public_id}/").status_code == 404
    assert cast.secret.public_id not in page + text(ada, "/admin/audit/")
    # Carol was named in it: now she is told, once; bob that it was moved.
    make.settle()
    make.settle()
    assert text(carol, "/notifications/").count("mentioned you") == 1
    assert "moved your discussion" in text(bob, "/notifications/")
    assert [line.url for line in search.find(cast.carol, "walrus").items]
    call_command("recount")
    assert capsys.readouterr().out.startswith("0 counters")
    told = Event.objects.filter(verb__in=["feed.thread.moved", "feed.thread.departed"]).order_by("pk")
    everyone = Post.objects.get(pk=post.pk).audience_id
    assert list(told.values_list("verb", "audience", "actor")) == [
        ("feed.thread.departed", cast.private.audience_id, cast.bob.pk),
        ("feed.thread.moved", cast.secret.audience_id, cast.bob.pk),
        ("feed.thread.departed", cast.secret.audience_id, cast.alice.pk),
        ("feed.thread.moved", everyone, cast.alice.pk),
    ]


def test_a_move_follows_the_rules_of_both_places() -> None:
    cast = make.cast()
    post = make.post(cast.bob, "begun early", group=cast.public)
    # Whoever reads a group from their joining does not get in what began before, by way of another.
    groups.edit_group(group=cast.private, by=cast.alice, history="joining")
    groups.add_member(group=cast.private, person=cast.carol, by=cast.alice)
    moving.move(post=post, by=cast.bob, to=cast.private, gaining=1)
    assert Post.objects.get(pk=post.pk).is_visible_to(cast.bob)
    assert not Post.objects.get(pk=post.pk).is_visible_to(cast.carol)
    mine = make.post(cast.carol, "mine", group=cast.private)
    other = make.group(cast.alice, "Other", history="joining", privacy="private", join="request")
    groups.add_member(group=other, person=cast.carol, by=cast.alice)
    with pytest.raises(Refused, match="after this discussion began"):
        moving.move(post=mine, by=cast.carol, to=other)
    # What others have closed its author does not take away; who looks after the place does, and it stays closed.
    threads.close(post=post, by=cast.alice, why="Enough")
    with pytest.raises(Refused):
        moving.move(post=post, by=cast.bob, to=cast.secret)
    assert moving.move(post=post, by=cast.alice, to=cast.secret).closed_why == "Enough"
    # Announcements go where one may announce; archived groups give and take nothing.
    loud = make.post(cast.alice, "hear", group=cast.private, kind="announcement")
    with pytest.raises(Refused):
        moving.move(post=loud, by=cast.alice, to=None, gaining=99)
    groups.archive(group=cast.secret, by=cast.alice)
    for thing, to in ((post, cast.private), (loud, cast.secret)):
        with pytest.raises(Refused):
            moving.move(post=thing, by=cast.alice, to=to, gaining=99)
    # Bob, removed from the group, is told no more of what he began there than that it went.
    said = make.post(cast.bob, "his own", group=cast.private)
    groups.remove_member(group=cast.private, person=cast.bob, by=cast.alice)
    moving.move(post=said, by=cast.alice, to=other, gaining=0)
    make.settle()
    bell = text(cast.browser("bob"), "/notifications/")
    assert "to a place that you cannot read" in bell and "his own" not in bell and "Other" not in bell


def test_answers_become_a_discussion_and_a_discussion_an_answer(capsys: Any) -> None:
    cast = make.cast()
    alice, bob, gil = (cast.browser(name) for name in ("alice", "bob", "gil"))
    post = make.post(cast.bob, "where to eat", group=cast.private, kind="question")
    first = make.reply(cast.gil, post, "at home")
    aside = make.reply(cast.bob, post, "by the way, otters")
    under = make.reply(cast.gil, aside, "otters are fine")
    deep = make.reply(cast.alice, under, "very fine")
    last = make.reply(cast.alice, post, "in the hall")
    feed.accept_answer(answer=last, by=cast.alice)
    inbox.watch(person=cast.gil, obj=post)
    feed.mark_thread(root=post, person=cast.gil, upto=under)
    make.settle()
    at = f"/posts/{post.public_id}/"
    assert bob.get(f"{at}split/").status_code == bob.post(f"{at}split/", {"answer": aside.public_id}).status_code == 403
    assert alice.post(f"{at}split/").status_code == 422
    assert "checked" in text(alice, f"/posts/{aside.public_id}/split/")
    assert alice.post(f"{at}split/", {"answer": [aside.public_id]}).status_code == 302
    new = Post.objects.get(pk=aside.pk)
    sound(post, new)
    assert (new.root, new.parent, new.author, new.line) == (None, None, cast.bob, "by the way, otters")
    assert [row.pk for row in new.thread.order_by("pk")] == [under.pk, deep.pk]
    kept = Post.objects.get(pk=post.pk)
    assert [row.pk for row in kept.thread.order_by("pk")] == [first.pk, last.pk] and kept.best_answer == last
    # Old addresses lead to the answer's new place, and each says where the rest went.
    page = text(gil, f"/posts/{deep.public_id}/")
    assert "very fine" in page and "at home" not in page and "Split off from" in page and "where to eat" in page
    assert "made some answers a discussion of their own" in text(gil, at) and "very fine" not in text(gil, at)
    # Followed and read as before: what is new there is new.
    assert inbox.level_of(person=cast.gil, obj=new) == "follow"
    assert ThreadMark.objects.get(root=new, person=cast.gil).read_pk == under.pk
    assert text(gil, f"/posts/{new.public_id}/").count(" new") >= 1
    while drain():
        pass
    assert len(search.find(cast.bob, "otters", kind="post").items) == 1
    # An announcement, another place and others' rights do not merge.
    outside = make.post(cast.alice, "elsewhere", group=cast.secret)
    assert bob.post(f"/posts/{new.public_id}/merge/", {"into": post.public_id}).status_code == 403
    for into in (outside, new):
        assert alice.post(f"/posts/{new.public_id}/merge/", {"into": into.public_id}).status_code == 422
    assert alice.post(f"/posts/{new.public_id}/merge/").status_code == 422
    assert "where to eat" in text(alice, f"/posts/{new.public_id}/merge/?q=eat")
    make.reply(cast.bob, new, "more otters")
    make.settle()
    assert alice.post(f"/posts/{new.public_id}/merge/", {"into": post.public_id}).status_code == 302
    sound(post)
    assert Post.objects.get(pk=post.pk).reply_count == 6
    page = text(gil, f"/posts/{new.public_id}/")
    assert "at home" in page and "more otters" in page and "into this discussion" in page
    # One line in the bell for one discussion, and it leads there.
    unread = Notice.objects.filter(recipient=cast.gil, unread=True, bundle__startswith="feed.thread:")
    assert [line.bundle for line in unread] == [f"feed.thread:{post.pk}"] and {n.target_object_id for n in unread} == {
        str(post.pk)
    }
    assert not Watch.objects.filter(object_pk=new.pk).exists() and inbox.level_of(person=cast.gil, obj=post) == "follow"
    # Twice is once, and what was merged can be split off again.
    assert moving.merge(post=new, by=cast.alice, into=post).pk == post.pk
    again = moving.split(post=post, by=cast.alice, answers=[Post.objects.get(pk=new.pk)])
    sound(post, again)
    assert again.reply_count == 3
    # Someone who came between two beginnings reads only the later: they stay two.
    groups.edit_group(group=cast.private, by=cast.alice, history="joining")
    groups.add_member(group=cast.private, person=cast.carol, by=cast.alice)
    later = make.post(cast.alice, "begun later", group=cast.private)
    with pytest.raises(Refused, match="Not the same people"):
        moving.merge(post=post, by=cast.alice, into=later)
    call_command("recount")
    assert capsys.readouterr().out.startswith("0 counters")
    verbs = Event.objects.filter(verb__in=["feed.thread.split", "feed.thread.merged"]).values_list("verb", flat=True)
    assert sorted(verbs) == ["feed.thread.merged", "feed.thread.split", "feed.thread.split"]


def test_the_api_moves_splits_and_merges() -> None:
    cast = make.cast()
    post = make.post(cast.alice, "one", group=cast.private)
    answer = make.reply(cast.bob, post, "two")
    alice, bob = cast.browser("alice"), cast.browser("bob")
    at = f"/api/v1/posts/{post.public_id}"

    def send(browser: Client, address: str, **data: Any) -> Any:
        return browser.post(address, data, content_type="application/json")

    assert send(bob, f"{at}/split", answers=[answer.public_id]).status_code == 403
    new = send(alice, f"{at}/split", answers=[answer.public_id]).json()
    assert new["id"] == answer.public_id and new["thread"] is None and "merge" in new["my"]["may"]
    merged = send(alice, f"/api/v1/posts/{new['id']}/merge", into=post.public_id).json()
    assert merged["id"] == post.public_id and merged["counts"]["replies"] == 1
    change = alice.get(f"{at}/move?group={cast.public.public_id}").json()
    assert (change["gained"], change["lost"]) == (3, 1) and change["lose"][0]["name"] == "Gil Guest"
    assert send(alice, f"{at}/move", group=cast.public.public_id).status_code == 409
    moved = send(alice, f"{at}/move", group=cast.public.public_id, gaining=3).json()
    assert moved["group"]["id"] == cast.public.public_id
    assert cast.browser("carol").get(f"/api/v1/posts/{answer.public_id}").status_code == 200
    assert cast.browser("gil").get(at).status_code == 404
