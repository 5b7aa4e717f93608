"""The word filter and the moderators: what is held is seen by its author alone, what is hidden by nobody."""

from __future__ import annotations

import pytest

from feed import actions
from feed.models import Post
from inbox.models import Notice
from moderation import actions as moderation
from moderation.models import Case, Word
from tests import make
from tests.test_feed_posts import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> make.Cast:
    made = make.cast()
    Word.objects.create(text="grumble", level="hold")
    Word.objects.create(text="tut", level="note")
    return made


def test_a_held_post_is_its_authors_alone_until_it_is_released(cast):
    answer = cast.browser("alice").post(
        "/posts/", {"body": f"grumble @{cast.bob.handle}", "group": cast.private.public_id}, follow=True
    )
    assert "A moderator looks at this before others see it." in answer.content.decode()
    post = Post.objects.get()
    assert post.state == "held" and post.seq is None and Case.objects.filter(source="hold").count() == 1
    assert "grumble" in cast.browser("alice").get("/").content.decode()
    for name in ("bob", "gil", "carol", "mona"):
        assert "grumble" not in cast.browser(name).get("/").content.decode()
        assert cast.browser(name).get(f"/posts/{post.public_id}/").status_code == 404
    make.settle()
    assert not Notice.objects.filter(recipient=cast.bob, verb__startswith="feed.").exists()
    cast.private.audience.refresh_from_db()
    assert cast.private.audience.seq == 0
    moderation.decide(case=Case.objects.get(), by=cast.mona, act="keep")
    post.refresh_from_db()
    assert post.state == "published" and post.seq == 1
    assert "grumble" in cast.browser("bob").get("/").content.decode()
    assert told("feed.mentioned") == {"bob"}


def test_a_held_answer_counts_and_tells_only_when_released(cast):
    root = make.post(cast.alice, "root", group=cast.private)
    answer = make.reply(cast.bob, root, "grumble")
    root.refresh_from_db()
    assert root.reply_count == 0 and told("feed.replied") == set()
    assert "grumble" not in cast.browser("alice").get(f"/posts/{root.public_id}/").content.decode()
    assert "grumble" in cast.browser("bob").get(f"/posts/{root.public_id}/").content.decode()
    actions.release(post=answer, by=cast.mona)
    root.refresh_from_db()
    assert root.reply_count == 1 and told("feed.replied") == {"alice"}


def test_releasing_what_was_hidden_tells_nobody_again(cast):
    post = make.post(cast.alice, f"Hello @{cast.bob.handle}", group=cast.private)
    make.settle()
    Notice.objects.all().delete()
    actions.withhold(post=post, by=cast.mona)
    actions.release(post=post, by=cast.mona)
    assert told("feed.mentioned") == set()
    cast.private.audience.refresh_from_db()
    assert cast.private.audience.seq == 1


def test_a_noted_post_is_published_and_the_moderators_look(cast):
    post = make.post(cast.alice, "tut tut")
    assert post.state == "published" and Case.objects.filter(source="note").count() == 1


def test_an_edit_does_not_slip_past_the_filter(cast):
    post = make.post(cast.alice, "nice words", group=cast.private)
    make.reply(cast.bob, post, "an answer")
    actions.edit(post=post, by=cast.alice, body="grumble now")
    for name in ("bob", "gil"):
        page = cast.browser(name).get("/").content.decode()
        assert "grumble" not in page and "nice words" not in page and "an answer" not in page
    held = Post.objects.get(pk=post.pk)
    actions.edit(post=held, by=cast.alice, body="nice words again")
    assert Post.objects.get(pk=post.pk).state == "held"
    actions.release(post=held, by=cast.mona)
    assert "an answer" in cast.browser("gil").get(f"/posts/{post.public_id}/").content.decode()


def test_a_hidden_post_is_gone_from_every_list_and_its_reactions_count_for_nobody(cast):
    post = make.post(cast.alice, "canaryword #tag", group=cast.public)
    actions.bookmark(post=post, person=cast.bob)
    actions.withhold(post=post, by=cast.mona)
    for name in cast.everyone():
        browser = cast.browser(name)
        for page in (
            "/",
            "/?view=company",
            "/bookmarks/",
            f"/people/{cast.alice.public_id}/posts/",
            f"/groups/{cast.public.public_id}/",
        ):
            assert "canaryword" not in browser.get(page).content.decode(), (name, page)
        assert b"canaryword" not in browser.get("/topics/tag/").content
        assert b"canaryword" not in browser.get(f"/posts/{post.public_id}/").content
    for page in ("reactions/", "bookmark/", "reply/"):
        assert (
            cast.browser("bob").post(f"/posts/{post.public_id}/{page}", {"emoji": "👍", "body": "x"}).status_code == 404
        )


def test_what_a_moderator_removes_leaves_no_words(cast):
    post = make.post(cast.alice, "canaryword", group=cast.public)
    make.reply(cast.bob, post, "answer")
    case = moderation.report(obj=post, by=cast.bob, reason="unkind")
    from moderation.models import Rule

    moderation.decide(
        case=case,
        by=cast.mona,
        act="remove",
        rule=Rule.objects.first() or Rule.objects.create(name="Kind", text="Be kind"),
    )
    post.refresh_from_db()
    assert post.state == "deleted" and post.body == ""
    page = cast.browser("bob").get(f"/posts/{post.public_id}/").content.decode()
    assert "canaryword" not in page and "answer" in page
