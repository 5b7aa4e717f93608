"""Saying, changing, deleting, reacting, keeping, pinning: who may, who sees it, what is written."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.audience import everyone
from core.models import Access, Event
from core.refusal import Refused
from core.site import Site, register
from core.text import clean
from feed import actions
from feed.models import Bookmark, Post, PostVersion, Reaction
from inbox.models import Notice
from social import settings_row
from tests import make

pytestmark = pytest.mark.django_db

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def cast() -> make.Cast:
    return make.cast()


def told(verb: str) -> set[str]:
    """First names of those who have a notice of this kind."""
    make.settle()
    return {
        name.split()[0].lower() for name in Notice.objects.filter(verb=verb).values_list("recipient__name", flat=True)
    }


def seen_by(cast: make.Cast, post: Post) -> set[str]:
    """Who gets the page of a post, and finds its words there."""
    seen = set()
    for name in cast.everyone():
        answer = cast.browser(name).get(f"/posts/{post.public_id}/")
        if answer.status_code == 200 and post.body in answer.content.decode():
            seen.add(name)
    return seen


def rows_written(action) -> list[str]:
    """The statements that wrote rows."""
    with CaptureQueriesContext(connection) as queries:
        action()
    return [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_a_post_to_everyone_reaches_employees_and_nobody_else(cast):
    post = make.post(cast.alice, "Depot canarywordone")
    assert seen_by(cast, post) == {"alice", "bob", "carol", "mona", "ada"}
    assert cast.browser("nobody").get(f"/posts/{post.public_id}/").status_code == 302


def test_a_post_to_a_private_group_reaches_its_members_alone(cast):
    post = make.post(cast.alice, "Reorg canarywordtwo", group=cast.private)
    assert seen_by(cast, post) == {"alice", "bob", "gil"}


def test_a_post_to_a_secret_group_reaches_its_members_alone(cast):
    post = make.post(cast.alice, "Merger canarywordthree", group=cast.secret)
    assert seen_by(cast, post) == {"alice", "bob"}


def test_a_foreign_post_answers_like_an_id_that_was_never_used(cast):
    post = make.post(cast.alice, "Merger canarywordfour", group=cast.secret)
    carol = cast.browser("carol")
    for page in ("", "menu/", "history/", "reactions/", "counts/", "edit/", "reply/", "delete/", "picker/"):
        there = carol.get(f"/posts/{post.public_id}/{page}")
        nowhere = carol.get(f"/posts/{'x' * 16}/{page}")
        assert there.status_code == nowhere.status_code == 404, page
        assert there.content.replace(post.public_id.encode(), b"") == nowhere.content.replace(b"x" * 16, b""), page
    for page in ("reactions/", "bookmark/", "reply/", "accept/", "pin/", "watch/", "read/", "edit/", "delete/"):
        assert carol.post(f"/posts/{post.public_id}/{page}", {"body": "x", "emoji": "👍"}).status_code == 404, page
    assert not Reaction.objects.exists() and not Bookmark.objects.exists()


def test_posting_through_the_form_shows_the_post_and_its_form_works_without_scripts(cast):
    alice = cast.browser("alice")
    answer = alice.post("/posts/", {"body": "Hello from the form", "group": cast.private.public_id})
    post = Post.objects.get(body="Hello from the form")
    assert answer.status_code == 302 and answer["Location"] == post.get_absolute_url()
    assert post.group == cast.private and post.audience == cast.private.audience
    fragment = alice.post("/posts/", {"body": "And a fragment"}, headers=FRAGMENT)
    assert fragment.status_code == 200 and b"And a fragment" in fragment.content and b"<html" not in fragment.content


def test_a_text_that_cannot_be_sent_comes_back_as_it_was_typed(cast):
    alice = cast.browser("alice")
    long = "<b>words</b> " * 2_000
    answer = alice.post("/posts/", {"body": long, "group": cast.private.public_id})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "20,000" in page and "&lt;b&gt;words&lt;/b&gt; " * 2_000 in page
    assert f'<option value="{cast.private.public_id}"' in page
    fragment = alice.post("/posts/", {"body": "  \n"}, headers=FRAGMENT)
    assert fragment.status_code == 422 and fragment["HX-Retarget"] == "#composer"
    assert Post.objects.count() == 0


def test_nul_is_refused_with_words_and_the_draft(cast):
    answer = cast.browser("alice").post("/posts/", {"body": "visible\0hidden"})
    assert answer.status_code == 422 and b"visible" in answer.content
    assert Post.objects.count() == 0


def test_an_outsider_cannot_post_into_a_group(cast):
    assert cast.browser("carol").post("/posts/", {"body": "x", "group": cast.secret.public_id}).status_code == 404
    assert cast.browser("carol").post("/posts/", {"body": "x", "group": cast.private.public_id}).status_code == 403
    assert cast.browser("carol").post("/posts/", {"body": "x", "group": cast.public.public_id}).status_code == 403
    assert cast.browser("gil").post("/posts/", {"body": "x"}).status_code == 403
    assert cast.browser("dave").post("/posts/", {"body": "x"}).status_code == 302
    assert Post.objects.count() == 0


def test_only_those_who_look_after_a_place_announce_there(cast):
    for who, group, allowed in (
        (cast.ada, None, True),
        (cast.alice, None, False),
        (cast.alice, cast.private, True),
        (cast.bob, cast.private, False),
    ):
        if allowed:
            assert make.post(who, "News", group=group, kind="announcement").post_kind == "announcement"
        else:
            with pytest.raises(Refused):
                make.post(who, "News", group=group, kind="announcement")
    assert told("feed.announced") == {"alice", "bob", "carol", "mona", "gil"}


def test_a_post_writes_at_most_eight_rows_to_everyone_no_more(cast):
    for group in (None, cast.private):
        written = rows_written(lambda group=group: make.post(cast.alice, "A short update", group=group))
        assert len(written) <= 8, written
    root = make.post(cast.alice, "A thread", group=cast.private)
    assert len(rows_written(lambda: make.reply(cast.bob, root))) <= 8


def test_posting_moves_the_number_of_the_place_and_the_authors_own_mark(cast):
    before = Access.objects.get(audience=cast.private.audience, person=cast.bob).read_seq
    post = make.post(cast.alice, "One", group=cast.private)
    cast.private.audience.refresh_from_db()
    assert post.seq == cast.private.audience.seq == 1
    assert cast.private.audience.last_at == post.created_at
    assert Access.objects.get(audience=cast.private.audience, person=cast.alice).read_seq == 1
    assert Access.objects.get(audience=cast.private.audience, person=cast.bob).read_seq == before
    assert make.post(cast.alice, "Two").seq == everyone().seq


def test_reading_a_group_is_said_by_the_page_and_a_get_writes_nothing(cast):
    make.post(cast.alice, "One", group=cast.private)
    bob = cast.browser("bob")
    mark = Access.objects.filter(audience=cast.private.audience, person=cast.bob)
    bob.get(f"/groups/{cast.private.public_id}/")
    assert mark.get().read_seq == 0
    assert bob.post(f"/groups/{cast.private.public_id}/read/").status_code == 204
    assert mark.get().read_seq == 1
    assert cast.browser("carol").post(f"/groups/{cast.secret.public_id}/read/").status_code == 404


def test_editing_keeps_the_earlier_text_and_shows_what_changed(cast):
    post = make.post(cast.alice, "The depot opens on Monday", group=cast.private)
    alice = cast.browser("alice")
    assert "The depot opens on Monday" in alice.get(f"/posts/{post.public_id}/edit/").content.decode()
    alice.post(f"/posts/{post.public_id}/edit/", {"body": "The depot opens on Tuesday"})
    post.refresh_from_db()
    assert post.body == "The depot opens on Tuesday" and post.edited_at
    assert PostVersion.objects.get(post=post).body == "The depot opens on Monday"
    page = cast.browser("bob").get(f"/posts/{post.public_id}/history/").content.decode()
    assert "<del>Monday</del>" in page and "<ins>Tuesday</ins>" in page
    assert cast.browser("carol").get(f"/posts/{post.public_id}/history/").status_code == 404


def test_only_the_author_edits_and_only_while_a_member(cast):
    post = make.post(cast.bob, "Mine", group=cast.private)
    for name in ("alice", "gil"):
        assert cast.browser(name).post(f"/posts/{post.public_id}/edit/", {"body": "Yours"}).status_code == 403
    make.groups.remove_member(group=cast.private, person=cast.bob, by=cast.alice)
    assert cast.browser("bob").post(f"/posts/{post.public_id}/edit/", {"body": "Still mine"}).status_code == 404
    with pytest.raises(Refused):
        actions.edit(post=post, by=cast.bob, body="Still mine")
    with pytest.raises(Refused):
        actions.delete(post=post, by=cast.bob)
    post.refresh_from_db()
    assert post.body == "Mine"


def test_the_edit_window_closes(cast):
    post = make.post(cast.alice, "Early")
    Post.objects.filter(pk=post.pk).update(created_at=post.created_at - timedelta(minutes=30))
    register(lambda: Site(edit_window_minutes=15))
    try:
        answer = cast.browser("alice").post(f"/posts/{post.public_id}/edit/", {"body": "Late"})
        assert answer.status_code == 403 and b"time to edit" in answer.content
        register(lambda: Site(edit_window_minutes=60))
        assert cast.browser("alice").post(f"/posts/{post.public_id}/edit/", {"body": "In time"}).status_code == 302
    finally:
        register(settings_row.read)


def test_deleting_leaves_a_tombstone_where_others_answered_and_nothing_elsewhere(cast):
    post = make.post(cast.alice, "Gone canarywordfive", group=cast.private)
    answer = make.reply(cast.bob, post, "Standing answer")
    lonely = make.post(cast.alice, "Lonely canarywordsix", group=cast.private)
    alice = cast.browser("alice")
    assert alice.post(f"/posts/{lonely.public_id}/delete/").status_code == 302
    alice.post(f"/posts/{post.public_id}/delete/")
    post.refresh_from_db()
    assert (post.body, post.html, post.line, post.state) == ("", "", "", "deleted")
    assert PostVersion.objects.get(post=post).body == "Gone canarywordfive"
    page = cast.browser("bob").get(f"/posts/{answer.public_id}/").content.decode()
    assert "canarywordfive" not in page and "Standing answer" in page and "This post was deleted" in page
    assert cast.browser("bob").get(f"/posts/{lonely.public_id}/").status_code == 404
    assert "canaryword" not in cast.browser("bob").get("/").content.decode()


def test_those_who_look_after_a_group_remove_what_others_wrote_there(cast):
    post = make.post(cast.bob, "Unkind", group=cast.private)
    assert cast.browser("gil").post(f"/posts/{post.public_id}/delete/").status_code == 403
    assert cast.browser("alice").post(f"/posts/{post.public_id}/delete/").status_code == 302
    assert Event.objects.filter(verb="feed.post.removed", actor=cast.alice).exists()


def test_reacting_counts_once_per_person_and_emoji_and_again_takes_it_back(cast):
    post = make.post(cast.alice, "Nice", group=cast.private)
    bob = cast.browser("bob")
    for name in ("bob", "gil"):
        cast.browser(name).post(f"/posts/{post.public_id}/reactions/", {"emoji": "👍"})
    post.refresh_from_db()
    assert post.reaction_counts == {"👍": 2}
    page = bob.get(f"/posts/{post.public_id}/").content.decode()
    assert 'aria-pressed="true"' in page
    assert "<span data-count>2</span>" in page
    bob.post(f"/posts/{post.public_id}/reactions/", {"emoji": "👍"})
    post.refresh_from_db()
    assert post.reaction_counts == {"👍": 1}
    assert told("feed.reacted") == {"alice"}
    names = cast.browser("alice").get(f"/posts/{post.public_id}/reactions/").content.decode()
    assert "Gil Guest" in names and "Bob Baker" not in names.split("<main")[1]


def test_any_emoji_reacts_and_nothing_else_does(cast):
    post = make.post(cast.alice, "Nice")
    bob = cast.browser("bob")
    for emoji in ("🎉", "👩🏽‍🚀", "🏴‍☠️", "🇧🇪", "❤️"):
        assert bob.post(f"/posts/{post.public_id}/reactions/", {"emoji": emoji}, headers=FRAGMENT).status_code == 200
    for wrong in ("", "x", "👍👍", "<script>", "👍x", "a" * 10_000):
        answer = bob.post(f"/posts/{post.public_id}/reactions/", {"emoji": wrong}, headers=FRAGMENT)
        assert answer.status_code == 422, wrong
    post.refresh_from_db()
    assert len(post.reaction_counts) == 5
    # By name on a page of its own; what one uses most is offered first.
    other = make.post(cast.alice, "Very nice")
    page = bob.get(f"/posts/{other.public_id}/picker/").content.decode()
    assert 'name="emoji" maxlength' in page and page.index("🏴‍☠️") < page.index("👍")
    assert bob.post(f"/posts/{other.public_id}/reactions/", {"emoji": ":rocket: "}).status_code == 302
    other.refresh_from_db()
    assert other.reaction_counts == {"🚀": 1}


def test_too_many_different_reactions_are_refused(cast, settings):
    settings.KRING_LIMITS = {"REACTIONS_PER_POST": 2}
    post = make.post(cast.alice, "Nice")
    actions.react(post=post, person=cast.bob, emoji="🎉")
    actions.react(post=post, person=cast.bob, emoji="👍")
    with pytest.raises(ValidationError):
        actions.react(post=post, person=cast.bob, emoji="👀")
    actions.react(post=post, person=cast.carol, emoji="👍")
    assert Reaction.objects.count() == 3


def test_a_reader_who_is_no_member_neither_reacts_nor_answers(cast):
    post = make.post(cast.alice, "Lunch canary", group=cast.public)
    carol = cast.browser("carol")
    page = carol.get(f"/posts/{post.public_id}/").content.decode()
    assert "Lunch canary" in page and 'id="reply"' not in page and "disabled" in page
    assert carol.post(f"/posts/{post.public_id}/reactions/", {"emoji": "👍"}).status_code == 403
    assert carol.post(f"/posts/{post.public_id}/reply/", {"body": "x"}).status_code == 403
    assert carol.post(f"/posts/{post.public_id}/bookmark/").status_code == 302


def test_a_bookmark_is_ones_own_and_goes_with_the_place(cast):
    post = make.post(cast.alice, "Keep canarywordseven", group=cast.private)
    bob = cast.browser("bob")
    bob.post(f"/posts/{post.public_id}/bookmark/", headers=FRAGMENT)
    assert "canarywordseven" in bob.get("/bookmarks/").content.decode()
    assert "canarywordseven" not in cast.browser("alice").get("/bookmarks/").content.decode()
    make.groups.remove_member(group=cast.private, person=cast.bob, by=cast.alice)
    assert not Bookmark.objects.filter(person=cast.bob).exists()
    assert "canarywordseven" not in bob.get("/bookmarks/").content.decode()


def test_a_bookmark_in_a_public_group_stays_until_the_group_closes(cast):
    post = make.post(cast.alice, "Lunch", group=cast.public)
    for person in (cast.bob, cast.carol):
        actions.bookmark(post=post, person=person)
    make.groups.leave(group=cast.public, person=cast.bob)
    assert Bookmark.objects.count() == 2
    make.groups.edit_group(group=cast.public, by=cast.alice, privacy="private")
    assert Bookmark.objects.count() == 0


def test_who_leaves_the_company_keeps_no_bookmarks_and_their_words_stay(cast):
    post = make.post(cast.carol, "Carol was here")
    actions.bookmark(post=post, person=cast.carol)
    make.people.deactivate(person=cast.carol, by=cast.ada)
    make.settle()
    assert not Bookmark.objects.exists()
    page = cast.browser("bob").get(f"/posts/{post.public_id}/").content.decode()
    assert "Carol was here" in page and "Former colleague" in page


def test_pinning_is_for_those_who_look_after_the_place(cast):
    post = make.post(cast.bob, "Pin me", group=cast.private)
    later = make.post(cast.bob, "Later one", group=cast.private)
    assert cast.browser("gil").post(f"/posts/{post.public_id}/pin/").status_code == 403
    assert cast.browser("alice").post(f"/posts/{post.public_id}/pin/").status_code == 302
    page = cast.browser("bob").get(f"/groups/{cast.private.public_id}/").content.decode()
    assert page.index(post.public_id) < page.index(later.public_id) and page.count(f'id="post-{post.public_id}"') == 1
    cast.browser("alice").post(f"/posts/{post.public_id}/pin/")
    post.refresh_from_db()
    assert post.pinned_at is None


def test_an_archived_group_is_read_and_not_written_in(cast):
    post = make.post(cast.alice, "Old words", group=cast.private)
    make.groups.archive(group=cast.private, by=cast.alice)
    bob = cast.browser("bob")
    assert bob.get(f"/posts/{post.public_id}/").status_code == 200
    assert bob.post(f"/posts/{post.public_id}/reply/", {"body": "x"}).status_code == 403
    assert bob.post(f"/posts/{post.public_id}/reactions/", {"emoji": "👍"}).status_code == 403
    assert cast.browser("alice").post(f"/posts/{post.public_id}/edit/", {"body": "x"}).status_code == 403
    assert cast.browser("alice").post("/posts/", {"body": "x", "group": cast.private.public_id}).status_code == 403


def test_a_suspended_person_reads_and_does_not_write(cast):
    post = make.post(cast.alice, "Words")
    make.people.suspend(person=cast.bob, by=cast.mona, until=timezone.now() + timedelta(days=1))
    bob = cast.browser("bob")
    assert bob.get("/").status_code == 200
    assert bob.post("/posts/", {"body": "x"}).status_code == 403
    assert bob.post(f"/posts/{post.public_id}/reactions/", {"emoji": "👍"}).status_code == 403


def test_a_flood_of_posts_is_stopped_and_the_text_kept(cast, settings):
    settings.KRING_LIMITS = {"POSTS_PER_MINUTE": 2}
    alice = cast.browser("alice")
    for _ in range(2):
        assert alice.post("/posts/", {"body": "again"}).status_code == 302
    answer = alice.post("/posts/", {"body": "one too many"})
    assert answer.status_code == 429 and b"one too many" in answer.content
    assert Post.objects.count() == 2


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "[x](javascript:alert(1))",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "{{ 7*7 }} {% load kring %}",
    "\x02mine:👍\x02",
    "\u202egnp.exe",
    "#<b>x @bob.baker'\"",
    "\u200b‌‍ zero width",
    "```\n</textarea><script>alert(1)</script>\n```",
    "\n\n    indented code",
    "' OR 1=1 --",
    "%s %(name)s {0} $HOME",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_it_was_typed_and_runs_nowhere(cast, text):
    alice = cast.browser("alice")
    assert alice.post("/posts/", {"body": text}).status_code == 302
    post = Post.objects.get()
    form = alice.get(f"/posts/{post.public_id}/edit/").content.decode()
    typed = form.split('<textarea name="body"')[1].split(">\n", 1)[1].split("</textarea>")[0]
    assert unescape(typed) == post.body == clean(text, multiline=True)
    for page in ("/", f"/posts/{post.public_id}/", f"/posts/{post.public_id}/menu/", "/posts/new/"):
        html = alice.get(page).content.decode()
        assert "<script>alert" not in html and "<img src=x" not in html and 'javascript:alert(1)"' not in html
        assert "onerror=alert(1)>" not in html.replace("&gt;", "")
