"""The home feed: what it holds, its order, its pages, what is new; nothing twice, nothing lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from feed.models import Post
from people import actions as people
from tests import make
from tests.test_feed_posts import FRAGMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> make.Cast:
    return make.cast()


def ids(page: str) -> list[str]:
    """The posts of a page, in order."""
    return re.findall(r'<article class="card post[^"]*"(?: id="post-(\w+)")', page)


def bodies(browser, address: str = "/") -> list[str]:
    """What the posts of a feed say, in order."""
    texts = dict(Post.objects.values_list("public_id", "body"))
    return [texts[one] for one in ids(browser.get(address).content.decode())]


def test_each_view_holds_what_it_says(cast):
    make.post(cast.mona, "to everyone")
    make.post(cast.alice, "public lunch", group=cast.public)
    make.post(cast.alice, "private reorg", group=cast.private)
    make.post(cast.alice, "secret merger", group=cast.secret)
    assert bodies(cast.browser("bob")) == ["secret merger", "private reorg", "public lunch", "to everyone"]
    assert bodies(cast.browser("bob"), "/?view=company") == ["public lunch", "to everyone"]
    assert bodies(cast.browser("bob"), "/?view=following") == []
    # An outsider: nothing of the closed groups; a public group only among all the company's.
    assert bodies(cast.browser("carol")) == ["to everyone"]
    assert bodies(cast.browser("carol"), "/?view=company") == ["public lunch", "to everyone"]
    # A guest: their group alone, and no company view.
    assert bodies(cast.browser("gil")) == ["private reorg"]
    assert bodies(cast.browser("gil"), "/?view=company") == ["private reorg"]
    assert "All company" not in cast.browser("gil").get("/").content.decode()
    # Administrators and moderators read what they are members of.
    assert bodies(cast.browser("ada")) == bodies(cast.browser("mona")) == ["to everyone"]


def test_the_chosen_view_and_order_are_remembered_by_the_browser(cast):
    first, second = make.post(cast.alice, "first"), make.post(cast.alice, "second")
    make.reply(cast.bob, first)
    bob = cast.browser("bob")
    # What is talked about stands above what nobody has answered; the newest is one tap away.
    assert bodies(bob) == ["first", "second"]
    assert '<a class="order sp" href="/?view=for_you&amp;sort=new">' in bob.get("/").content.decode()
    assert bodies(bob, "/?view=for_you&sort=new") == bodies(bob) == ["second", "first"]
    assert bodies(bob, "/?view=company&sort=active") == ["first", "second"]
    assert bodies(bob) == ["first", "second"]
    assert 'href="/?view=company&amp;sort=active" aria-current="page"' in bob.get("/").content.decode()
    assert second.public_id in bob.get("/?view=nonsense&sort=nonsense").content.decode()


def test_pages_together_are_the_list_without_gap_or_repeat_while_others_post(cast):
    posts = [make.post(cast.alice, f"post {number}") for number in range(40)]
    expected = [post.public_id for post in reversed(posts)]
    bob = cast.browser("bob")
    page = bob.get("/").content.decode()
    seen = ids(page)
    rounds = 0
    while match := re.search(r'hx-get="(/\?[^"]+cursor=[^"]+)"', page):
        make.post(cast.carol, "in between")
        address = match[1].replace("&amp;", "&")
        plain = bob.get(address).content.decode()
        page = bob.get(address, headers=FRAGMENT).content.decode()
        assert ids(plain) == ids(page) and "<html" in plain and "<html" not in page
        seen += ids(page)
        rounds += 1
    assert seen == expected and rounds == 2


def test_a_cursor_that_was_not_made_by_us_is_refused(cast):
    for wrong in ("x", "eyJ9:forged:cursor", "\0"):
        assert cast.browser("bob").get("/", {"cursor": wrong}).status_code == 400
        assert cast.browser("bob").get("/", {"since": wrong}, headers=FRAGMENT).status_code == 400


def test_what_is_new_waits_and_comes_once(cast):
    make.post(cast.alice, "old")
    bob = cast.browser("bob")
    page = bob.get("/").content.decode()
    address = re.search(r'data-url="(/\?[^"]+since=[^"]+)"', page)[1].replace("&amp;", "&")
    assert ids(bob.get(address, headers=FRAGMENT).content.decode()) == []
    new = [make.post(cast.alice, "new one"), make.post(cast.alice, "hers", group=cast.private)]
    make.post(cast.ada, "x", group=make.group(cast.ada, "Elsewhere", privacy="secret", join="invite"))
    news = bob.get(address, headers=FRAGMENT).content.decode()
    assert ids(news) == [new[1].public_id, new[0].public_id]
    address = re.search(r'data-url="(/\?[^"]+since=[^"]+)"', news)[1].replace("&amp;", "&")
    assert ids(bob.get(address, headers=FRAGMENT).content.decode()) == []


def test_left_and_muted_places_vanish_at_once(cast):
    muted = make.post(cast.alice, "muted thread")
    make.post(cast.alice, "in the group", group=cast.private)
    bob = cast.browser("bob")
    assert len(bodies(bob)) == 2
    still = f"/posts/still/?ids={','.join(post.public_id for post in Post.objects.all())},unknown"
    assert len(bob.get(still).json()["ids"]) == 2 and len(cast.browser("carol").get(still).json()["ids"]) == 1
    bob.post(f"/posts/{muted.public_id}/watch/", {"level": "mute"})
    assert bodies(bob) == ["in the group"]
    # An open page asks what it may go on showing, and lets the rest go.
    assert len(bob.get(f"{still}&feed=1").json()["ids"]) == 1
    bob.post("/notifications/watch/", {"kind": "groups.group", "id": cast.private.public_id, "level": "mute"})
    assert bodies(bob) == []
    bob.post("/notifications/watch/", {"kind": "groups.group", "id": cast.private.public_id, "level": ""})
    assert bodies(bob) == ["in the group"]
    make.groups.leave(group=cast.private, person=cast.bob)
    assert bodies(bob) == [] and bob.get(f"{still}&feed=1").json()["ids"] == []
    assert bodies(cast.browser("gil")) == ["in the group"]


def test_a_removed_member_sees_nothing_of_a_feed_that_others_keep_warm(cast):
    post = make.post(cast.alice, "canaryword", group=cast.private)
    make.reply(cast.gil, post, "canaryanswer")
    bob = cast.browser("bob")
    for page in ("/", f"/posts/{post.public_id}/", f"/groups/{cast.private.public_id}/"):
        assert "canary" in bob.get(page).content.decode()
    make.groups.remove_member(group=cast.private, person=cast.bob, by=cast.alice)
    for page in (
        "/",
        f"/posts/{post.public_id}/",
        f"/groups/{cast.private.public_id}/",
        f"/people/{cast.gil.public_id}/posts/",
    ):
        assert "canary" not in bob.get(page).content.decode()
    assert "canary" in cast.browser("gil").get("/").content.decode()


def test_what_someone_said_shows_to_each_reader_what_they_may_read(cast):
    make.post(cast.alice, "open words")
    root = make.post(cast.bob, "root", group=cast.secret)
    make.reply(cast.alice, root, "secret answer")
    address = f"/people/{cast.alice.public_id}/posts/"
    assert "secret answer" in cast.browser("bob").get(address).content.decode()
    carol = cast.browser("carol").get(address).content.decode()
    assert "open words" in carol and "secret answer" not in carol
    gil = cast.browser("gil").get(address)
    assert gil.status_code == 200 and "open words" not in gil.content.decode()
    assert cast.browser("gil").get(f"/people/{cast.carol.public_id}/posts/").status_code == 404


def test_an_empty_feed_says_what_to_do_next(cast):
    assert "Write the first post" in cast.browser("carol").get("/?view=company").content.decode()
    assert "Find people" in cast.browser("carol").get("/?view=following").content.decode()
    assert "Nothing saved yet" in cast.browser("carol").get("/bookmarks/").content.decode()


def test_the_composer_says_who_will_see_it(cast):
    page = cast.browser("bob").get("/").content.decode()
    assert "Every colleague can see this, guests cannot." in page
    assert "Only the 3 members of Private reorg can see this." in page
    guest = cast.browser("gil").get("/").content.decode()
    assert "Every colleague" not in guest and "Only the 3 members of Private reorg can see this." in guest


def test_reading_changes_nothing(cast):
    post = make.post(cast.alice, "words #topic", group=cast.private)
    reply = make.reply(cast.bob, post)
    make.settle()
    bob = cast.browser("bob")
    bob.get("/")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    pages = ["/", "/?view=company&sort=active", "/bookmarks/", "/topics/", "/topics/topic/", "/posts/new/"]
    for one in (post, reply):
        pages += [
            f"/posts/{one.public_id}/{page}"
            for page in ("", "menu/", "picker/", "reactions/", "counts/", "history/", "reply/")
        ]
    pages.append(f"/groups/{cast.private.public_id}/")
    with CaptureQueriesContext(connection) as queries:
        for page in pages:
            assert bob.get(page).status_code == 200, page
    assert not [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]


def test_for_you_ranks_by_whom_and_what_one_follows_says_why_and_never_shows_a_post_twice(cast):
    people.follow(follower=cast.bob, followed=cast.carol)
    make.post(cast.carol, "by one I follow")
    make.post(cast.alice, "about #warehouse")
    bob = cast.browser("bob")
    bob.post("/topics/warehouse/follow/", {"on": "1"})
    make.post(cast.alice, "in my group", group=cast.private)
    hidden = make.post(cast.alice, "in a group of hers", group=make.group(cast.alice, "Hers", privacy="secret"))
    for number in range(48):
        make.post(cast.mona, f"company {number}")
    page = bob.get("/").content.decode()
    assert bodies(bob)[0] == "company 47", "what is older than the slice stays below"
    Post.objects.filter(body__startswith="company").update(created_at=timezone.now() - timedelta(hours=1))
    page = bob.get("/").content.decode()
    assert bodies(bob)[:4] == ["about #warehouse", "by one I follow", "in my group", "company 47"]
    assert "because you follow Carol Cook" in page and "because you follow #warehouse" in page
    assert "because you follow" not in cast.browser("gil").get("/").content.decode()
    seen, rounds = ids(page), 0
    while match := re.search(r'hx-get="(/\?[^"]+cursor=[^"]+)"', page):
        make.post(cast.carol, f"meanwhile {rounds}")
        if rounds == 0:
            gone = Post.objects.get(body="company 20")
            bob.post(f"/posts/{gone.public_id}/watch/", {"level": "mute"})
        page = bob.get(match[1].replace("&amp;", "&"), headers=FRAGMENT).content.decode()
        seen += ids(page)
        rounds += 1
    assert len(seen) == len(set(seen)) == 50 and rounds == 3
    assert hidden.public_id not in seen and gone.public_id not in seen
    found = bob.get("/api/v1/feed?sort=best").json()["items"]
    whys = {one["body"]: one["because"] for one in found}
    assert whys["in my group"] == {"kind": "group", "name": ""}
    assert [why["kind"] for why in whys.values() if why] == ["person"] * 3 + ["topic", "person", "group"]
