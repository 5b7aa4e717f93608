"""Threads: two visible levels, deep links, long threads, what is new; answers and their marks."""

from __future__ import annotations

import pytest

from core.refusal import Refused
from feed import actions
from feed.models import Post, ThreadMark
from feed.views import threads
from tests import make
from tests.test_feed_posts import FRAGMENT, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> make.Cast:
    return make.cast()


def order(page: str, *posts: Post) -> list[Post]:
    """The posts in the order they stand in a page."""
    at = {post: page.find(f'id="post-{post.public_id}"') for post in posts}
    return sorted((post for post in posts if at[post] >= 0), key=lambda post: at[post])


def test_two_levels_are_shown_and_deeper_answers_say_whom_they_answer(cast):
    root = make.post(cast.alice, "Root", group=cast.private)
    first = make.reply(cast.bob, root, "First level")
    later = make.reply(cast.gil, root, "Later first level")
    second = make.reply(cast.alice, first, "Second level words")
    third = make.reply(cast.gil, second, "Third level")
    assert (first.branch_id, second.branch_id, third.branch_id) == (None, first.pk, first.pk)
    assert third.parent_id == second.pk
    page = cast.browser("bob").get(f"/posts/{root.public_id}/").content.decode()
    assert order(page, root, first, later, second, third) == [root, first, second, third, later]
    assert page.count(" nest") == 2 and page.count('class="answers"') == 1
    assert "Alice Archer</bdi>: Second level words" in page


def test_a_quoted_answer_that_is_deleted_or_hidden_is_quoted_no_more(cast):
    root = make.post(cast.alice, "Root", group=cast.private)
    first = make.reply(cast.bob, root, "First")
    second = make.reply(cast.alice, first, "Secret quote")
    make.reply(cast.gil, second, "Third")
    bob = cast.browser("bob")
    assert bob.get(f"/posts/{root.public_id}/").content.decode().count("Secret quote") == 2
    actions.withhold(post=second, by=cast.mona)
    assert "Secret quote" not in bob.get(f"/posts/{root.public_id}/").content.decode()
    actions.release(post=second, by=cast.mona)
    assert bob.get(f"/posts/{root.public_id}/").content.decode().count("Secret quote") == 2
    actions.delete(post=second, by=cast.alice)
    assert "Secret quote" not in bob.get(f"/posts/{root.public_id}/").content.decode()


def test_an_answers_own_address_opens_its_thread_at_it(cast):
    root = make.post(cast.alice, "Root words", group=cast.private)
    first = make.reply(cast.bob, root, "First")
    assert first.get_absolute_url() == f"/posts/{first.public_id}/#post-{first.public_id}"
    page = cast.browser("gil").get(f"/posts/{first.public_id}/").content.decode()
    assert "Root words" in page and f'class="cm here" id="post-{first.public_id}"' in page
    assert cast.browser("carol").get(f"/posts/{first.public_id}/").status_code == 404


def test_a_long_thread_is_read_in_pieces_and_every_answer_is_found(cast, monkeypatch):
    monkeypatch.setattr(threads, "SIZE", 10)
    root = make.post(cast.alice, "Root", group=cast.private)
    answers = [make.reply(cast.bob, root, f"Answer {number}") for number in range(24)]
    nested = make.reply(cast.alice, answers[0], "Nested under the first")
    expected = [answers[0], nested, *answers[1:]]
    bob = cast.browser("bob")
    page = bob.get(f"/posts/{root.public_id}/").content.decode()
    seen = order(page, *expected)
    assert seen == expected[:10] and "Show earlier" not in page
    while "Show later answers" in page:
        page = bob.get(f"/posts/{root.public_id}/?after={seen[-1].public_id}", headers=FRAGMENT).content.decode()
        seen += order(page, *expected)
    assert seen == expected
    deep = answers[15]
    page = bob.get(f"/posts/{deep.public_id}/").content.decode()
    around = order(page, *expected)
    assert deep in around and "Show earlier" in page and "Show later" in page
    earlier = bob.get(f"/posts/{root.public_id}/?before={around[0].public_id}", headers=FRAGMENT).content.decode()
    before = order(earlier, *expected)
    assert before == expected[expected.index(around[0]) - len(before) : expected.index(around[0])] and before
    assert (
        cast.browser("carol").get(f"/posts/{root.public_id}/?after={deep.public_id}", headers=FRAGMENT).status_code
        == 404
    )


def test_what_is_new_since_the_last_look_is_marked_once_the_page_says_it_was_read(cast):
    root = make.post(cast.alice, "Root", group=cast.private)
    old = make.reply(cast.bob, root, "Old answer")
    alice = cast.browser("alice")
    alice.get(f"/posts/{root.public_id}/")
    assert not ThreadMark.objects.exists()
    assert alice.post(f"/posts/{root.public_id}/read/", {"upto": old.public_id}).status_code == 204
    new = make.reply(cast.bob, root, "New answer")
    mine = make.reply(cast.alice, root, "My own")
    page = alice.get(f"/posts/{root.public_id}/").content.decode()
    assert f'class="cm new" id="post-{new.public_id}"' in page
    assert f'class="cm" id="post-{old.public_id}"' in page and f'class="cm" id="post-{mine.public_id}"' in page
    assert "Go to the first new answer" in page
    unread = alice.get(f"/posts/{root.public_id}/?unread=1").content.decode()
    assert order(unread, new)
    since = alice.get(f"/posts/{root.public_id}/?since={old.public_id}", headers=FRAGMENT).content.decode()
    assert order(since, old, new, mine) == [new, mine]


def test_answering_through_the_form_works_with_and_without_scripts(cast):
    root = make.post(cast.alice, "Root", group=cast.private)
    bob = cast.browser("bob")
    answer = bob.post(f"/posts/{root.public_id}/reply/", {"body": "Plain form"})
    made = Post.objects.get(body="Plain form")
    assert answer.status_code == 302 and answer["Location"] == made.get_absolute_url()
    aimed = bob.post(f"/posts/{root.public_id}/reply/", {"body": "Aimed", "parent": made.public_id}, headers=FRAGMENT)
    assert aimed.status_code == 200 and aimed["HX-Retarget"] == f"#post-{made.public_id}"
    assert Post.objects.get(body="Aimed").parent == made
    assert bob.get(f"/posts/{made.public_id}/reply/").status_code == 200
    empty = bob.post(f"/posts/{root.public_id}/reply/", {"body": " "}, headers=FRAGMENT)
    assert empty.status_code == 422 and b"Write something" in empty.content
    elsewhere = make.post(cast.alice, "Other", group=cast.secret)
    stray = bob.post(f"/posts/{root.public_id}/reply/", {"body": "Stray", "parent": elsewhere.public_id})
    assert stray.status_code == 404 and not Post.objects.filter(body="Stray").exists()


def test_an_answer_tells_who_began_whom_it_answers_and_who_follows_and_nobody_else(cast):
    root = make.post(cast.alice, "Root", group=cast.private)
    first = make.reply(cast.bob, root, "First")
    make.settle()
    make.reply(cast.gil, first, "To bob")
    assert told("feed.replied") == {"alice", "bob"}
    cast.browser("gil").post(f"/posts/{root.public_id}/watch/", {"level": "follow"})
    cast.browser("alice").post(f"/posts/{root.public_id}/watch/", {"level": "mute"})
    from inbox.models import Notice

    Notice.objects.all().delete()
    make.reply(cast.bob, root, "Once more")
    assert told("feed.replied") == {"gil"}


def test_counts_of_a_thread_follow_its_answers(cast):
    root = make.post(cast.alice, "Root")
    first = make.reply(cast.bob, root)
    second = make.reply(cast.carol, root)
    root.refresh_from_db()
    assert (root.reply_count, root.last_reply_id) == (2, second.pk)
    actions.delete(post=second, by=cast.carol)
    root.refresh_from_db()
    assert (root.reply_count, root.last_reply_id) == (1, first.pk)
    actions.withhold(post=first, by=cast.mona)
    root.refresh_from_db()
    assert (root.reply_count, root.last_reply_id) == (0, None)


def test_the_asker_marks_the_answer_and_can_take_it_back(cast):
    root = make.post(cast.bob, "How?", group=cast.private, kind="question")
    answer = make.reply(cast.gil, root, "Like this")
    assert cast.browser("gil").post(f"/posts/{answer.public_id}/accept/").status_code == 403
    assert cast.browser("bob").post(f"/posts/{answer.public_id}/accept/").status_code == 302
    page = cast.browser("alice").get(f"/posts/{root.public_id}/").content.decode()
    assert "Best answer" in page and told("feed.accepted") == {"gil"}
    assert "Like this" in cast.browser("alice").get("/").content.decode()
    # Another one later: it is the best, the first stays marked; without it, and when it is deleted, the first is again.
    for _time in range(2):
        later = make.reply(cast.alice, root, "Better so")
        cast.browser("bob").post(f"/posts/{later.public_id}/accept/")
        page = cast.browser("alice").get(f"/posts/{root.public_id}/").content.decode()
        assert page.count("Best answer") == page.count("Accepted answer") == 1
        root.refresh_from_db()
        assert root.best_answer == later
        actions.delete(post=later, by=cast.alice)
        root.refresh_from_db()
        assert root.best_answer == answer
    cast.browser("bob").post(f"/posts/{answer.public_id}/accept/")
    root.refresh_from_db()
    assert root.best_answer is None
    # Who is known for knowing about it may mark as well, but not what they answered themselves.
    asked = make.post(cast.bob, "Which forklift? #forklifts", kind="question")
    given, own = make.reply(cast.alice, asked, "The red one"), make.reply(cast.carol, asked, "The blue one")
    claim = make.people.add_skill(person=cast.carol, by=cast.carol, name="Forklifts")
    carol = cast.browser("carol")
    assert carol.post(f"/posts/{given.public_id}/accept/").status_code == 403
    make.people.endorse(claim=claim, by=cast.mona)
    assert "This is the best answer" in carol.get(f"/posts/{given.public_id}/menu/").content.decode()
    assert carol.post(f"/posts/{given.public_id}/accept/").status_code == 302
    assert carol.post(f"/posts/{own.public_id}/accept/").status_code == 403
    plain = make.post(cast.bob, "No question", group=cast.private)
    reply = make.reply(cast.alice, plain)
    with pytest.raises(Refused):
        actions.accept_answer(answer=reply, by=cast.bob)


def test_a_hidden_post_takes_its_thread_along_and_gives_it_back(cast):
    root = make.post(cast.alice, "Root canaryone", group=cast.private)
    answer = make.reply(cast.bob, root, "Answer canarytwo")
    actions.withhold(post=root, by=cast.mona)
    for name in ("alice", "bob", "gil"):
        browser = cast.browser(name)
        assert browser.get(f"/posts/{root.public_id}/").status_code == 404
        assert browser.get(f"/posts/{answer.public_id}/").status_code == 404
        for page in ("/", f"/people/{cast.bob.public_id}/posts/", f"/groups/{cast.private.public_id}/"):
            assert "canary" not in browser.get(page).content.decode()
    actions.release(post=root, by=cast.mona)
    assert "canarytwo" in cast.browser("gil").get(f"/posts/{answer.public_id}/").content.decode()


def test_newcomers_of_a_group_that_begins_at_joining_see_no_earlier_thread(cast):
    group = make.group(cast.alice, "From now on", privacy="private", history="joining", members=(cast.bob,))
    old = make.post(cast.alice, "Before canary", group=group)
    make.groups.add_member(group=group, person=cast.carol, by=cast.alice)
    late_answer = make.reply(cast.bob, old, "Late answer canary")
    new = make.post(cast.bob, "After you", group=group)
    carol = cast.browser("carol")
    assert carol.get(f"/posts/{old.public_id}/").status_code == 404
    assert carol.get(f"/posts/{late_answer.public_id}/").status_code == 404
    assert carol.get(f"/posts/{new.public_id}/").status_code == 200
    assert "canary" not in carol.get("/").content.decode()
