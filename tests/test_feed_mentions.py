"""Mentions (B6) and topics: who is told, who is not, and that nothing tells of what one may not see."""

from __future__ import annotations

import json

import pytest

from core.models import Event
from feed import actions
from feed.models import Mention, Post, Topic, TopicFollow
from inbox.models import Notice, Watch
from tests import make
from tests.test_feed_posts import FRAGMENT, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> make.Cast:
    return make.cast()


def test_a_mention_inside_the_audience_is_a_link_and_a_notice(cast):
    post = make.post(cast.alice, f"Look @{cast.bob.handle}", group=cast.private)
    assert f'<a class="mention" href="/people/{cast.bob.public_id}/"' in post.html
    assert told("feed.mentioned") == {"bob"}


def test_a_mention_outside_the_audience_tells_nobody_but_the_author(cast):
    answer = cast.browser("alice").post(
        "/posts/",
        {"body": f"Look @{cast.carol.handle} canaryword", "group": cast.private.public_id},
        headers=FRAGMENT,
    )
    assert "Carol Cook will not be notified" in answer.content.decode()
    post = Post.objects.get()
    assert "mention" not in post.html and f"@{cast.carol.handle}" in post.html
    make.settle()
    assert not Notice.objects.filter(recipient=cast.carol).exists()
    assert not Watch.objects.filter(person=cast.carol).exists()
    carol = cast.browser("carol")
    for page in ("/", "/notifications/", f"/people/{cast.alice.public_id}/posts/"):
        assert "canaryword" not in carol.get(page).content.decode()
    page = cast.browser("alice").post(
        "/posts/", {"body": f"@{cast.carol.handle}", "group": cast.private.public_id}, follow=True
    )
    assert "Carol Cook will not be notified" in page.content.decode()
    # Who may ask her in is led there, with her name in the form; who may not, to those who may.
    invite = f"{cast.private.get_absolute_url()}invite/?people=@{cast.carol.handle}"
    assert f'<a href="{invite}">Invite them</a>' in page.content.decode()
    assert f"@{cast.carol.handle}" in cast.browser("alice").get(invite).content.decode()
    sent = {"body": "@mona.mason", "group": cast.private.public_id}
    assert "Ask a group owner</a>" not in cast.browser("gil").post("/posts/", sent, headers=FRAGMENT).content.decode()
    asks = cast.browser("bob").post("/posts/", sent, headers=FRAGMENT).content.decode()
    assert "Invite them</a>" in asks or "Ask a group owner</a>" in asks


def test_who_joins_later_is_told_once_of_what_named_them(cast):
    for number in range(3):
        make.post(cast.alice, f"{number} @{cast.carol.handle}", group=cast.private)
    make.settle()
    make.groups.add_member(group=cast.private, person=cast.carol, by=cast.alice)
    make.settle()
    assert Notice.objects.filter(recipient=cast.carol, verb="feed.mentioned").count() == 1
    assert not Mention.objects.filter(told_at=None).exists()
    make.groups.remove_member(group=cast.private, person=cast.carol, by=cast.alice)
    make.groups.add_member(group=cast.private, person=cast.carol, by=cast.alice)
    make.settle()
    assert Notice.objects.filter(recipient=cast.carol, verb="feed.mentioned").count() == 0


def test_an_edit_tells_whom_it_names_anew_once_and_nobody_again(cast):
    post = make.post(cast.alice, f"Hello @{cast.bob.handle}", group=cast.private)
    make.settle()
    Notice.objects.all().delete()
    actions.edit(post=post, by=cast.alice, body=f"Hello @{cast.bob.handle} and @{cast.gil.handle}")
    actions.edit(post=post, by=cast.alice, body=f"Hello @{cast.bob.handle} and @{cast.gil.handle}!")
    assert told("feed.mentioned") == {"gil"}
    assert Notice.objects.count() == 1


def test_a_guest_cannot_find_out_who_exists_by_naming_them(cast):
    post = make.post(cast.gil, f"Is @{cast.carol.handle} here? @{cast.bob.handle}", group=cast.private)
    assert post.untold == []
    assert "Carol" not in post.html and "Bob Baker" in post.html


def test_events_carry_ids_and_never_words(cast):
    make.post(cast.alice, "canaryword #canarytopic", group=cast.secret)
    assert "canary" not in json.dumps(list(Event.objects.values_list("data", flat=True)))


def test_a_topic_shows_to_each_what_they_may_see_and_no_more(cast):
    make.post(cast.alice, "open canaryone #Büro")
    make.post(cast.alice, "closed canarytwo #büro #geheim", group=cast.secret)
    carol, bob = cast.browser("carol"), cast.browser("bob")
    seen = carol.get("/topics/b%C3%BCro/").content.decode()
    assert "canaryone" in seen and "canarytwo" not in seen
    assert "canarytwo" in bob.get("/topics/b%C3%BCro/").content.decode()
    hidden, nowhere = carol.get("/topics/geheim/"), carol.get("/topics/nowhere/")
    assert hidden.status_code == nowhere.status_code == 404 and hidden.content == nowhere.content
    assert carol.post("/topics/geheim/follow/").status_code == 404 and not TopicFollow.objects.exists()
    assert bob.get("/topics/geheim/").status_code == 200
    assert "geheim" not in carol.get("/topics/").content.decode()
    trending = carol.get("/topics/trending/", headers=FRAGMENT).content.decode()
    assert "geheim" not in trending and "1 post" in trending
    assert carol.get("/topics/complete/?q=geh").json() == []
    assert bob.get("/topics/complete/?q=%23GEH").json() == [{"value": "#geheim", "name": "#geheim", "note": "1 post"}]
    assert carol.get("/topics/complete/?q=B%C3%9C").json()[0]["note"] == "1 post"


def test_a_topic_called_like_a_page_of_ours_is_still_a_topic(cast):
    make.post(cast.alice, "about #complete and #trending")
    for name in ("complete", "trending"):
        assert "about" in cast.browser("bob").get(f"/topics/{name}/").content.decode()


def test_topics_follow_the_text_of_an_edit_and_leave_with_a_deletion(cast):
    post = make.post(cast.alice, "#one #two")
    actions.edit(post=post, by=cast.alice, body="#two #three")
    assert set(post.topics.values_list("name", flat=True)) == {"two", "three"}
    assert Topic.objects.get(name="three").label == "three"
    actions.delete(post=post, by=cast.alice)
    assert post.topics.count() == 0


def test_the_following_feed_holds_people_topics_and_threads_one_follows(cast):
    by_person = make.post(cast.alice, "by a person")
    by_topic = make.post(cast.mona, "about #things")
    by_thread = make.post(cast.ada, "a thread")
    make.post(cast.ada, "unrelated words")
    hidden = make.post(cast.alice, "secret words", group=cast.secret)
    make.people.follow(follower=cast.carol, followed=cast.alice)
    carol = cast.browser("carol")
    carol.post("/topics/things/follow/")
    carol.post(f"/posts/{by_thread.public_id}/watch/", {"level": "follow"})
    page = carol.get("/?view=following").content.decode()
    for post in (by_person, by_topic, by_thread):
        assert post.public_id in page
    assert "unrelated words" not in page and hidden.public_id not in page


def test_a_mention_of_a_group_is_one_of_each_member_with_counts_and_catches_up_once(cast):
    def notices(name: str) -> int:
        return Notice.objects.filter(recipient=getattr(cast, name), verb="feed.mentioned").count()

    # Alice, bob and gil are in it; gil, a guest, cannot read what is said to the company.
    alice = cast.browser("alice")
    answer = alice.post("/posts/", {"body": "Hello @private-reorg"}, follow=True).content.decode()
    assert "1 of the 2 others in Private reorg are notified; the rest cannot see this." in answer
    make.settle()
    assert notices("bob") == 1 and notices("gil") == notices("carol") == notices("alice") == 0
    page = cast.browser("carol").get("/").content.decode()
    assert "@private-reorg" in page and "Private reorg" not in page, "it stays the word that was typed"
    # Who is not in it calls nobody by it, and learns nothing.
    answer = cast.browser("carol").post("/posts/", {"body": "Me too @private-reorg @secret-merger"}, follow=True)
    assert "notified" not in answer.content.decode()
    make.settle()
    assert notices("bob") == 1
    # An edit tells nobody again; who can read it later is told once.
    closed = make.group(cast.alice, "Board", privacy="private", join="request")
    post = make.post(cast.alice, "Numbers", group=closed)
    alice.post(f"/posts/{post.public_id}/edit/", {"body": "Numbers @private-reorg"})
    alice.post(f"/posts/{post.public_id}/edit/", {"body": "Numbers, again @private-reorg"})
    make.settle()
    assert notices("bob") == 1
    for _time in range(2):
        make.groups.add_member(group=closed, person=cast.bob, by=cast.alice)
        make.settle()
        make.groups.remove_member(group=closed, person=cast.bob, by=cast.alice)
    assert Mention.objects.filter(person=cast.bob, told_at__isnull=False).count() == 2
    names = [one["value"] for one in cast.browser("bob").get("/people/complete/?q=reo").json()]
    assert names == ["@private-reorg"] and cast.browser("carol").get("/people/complete/?q=reo").json() == []


def test_groups_of_names_in_any_script_are_called_by_a_handle_that_their_owner_may_choose(cast):
    alice, bob = cast.browser("alice"), cast.browser("bob")
    team = make.group(cast.alice, "Команда доставки", members=(cast.bob,))
    make.group(cast.alice, "日本語チーム", members=(cast.bob,), privacy="secret")
    for typed, value in (("ком", "@komanda-dostavki"), ("дост", "@komanda-dostavki"), ("日本", "@ribenyuchimu")):
        assert [one["value"] for one in bob.get("/people/complete/", {"q": typed}).json()] == [value]
    assert cast.browser("carol").get("/people/complete/?q=日本").json() == []
    answer = alice.post("/posts/", {"body": "Hello @komanda-dostavki"}, follow=True).content.decode()
    assert "1 other in Команда доставки is notified." in answer
    # Its owner writes another one; one of a person or of a group that they know is taken, of others nothing is told.
    settings = f"/groups/{team.public_id}/settings/"
    fields = {"name": team.name, "privacy": "public", "join": "open", "history": "all"}
    for handle in ("public-lunch", "bob.baker", "не так"):
        assert alice.post(settings, {**fields, "handle": handle}).status_code == 422
    hidden = make.group(cast.carol, "Hidden", privacy="secret")
    assert alice.post(settings, {**fields, "handle": "@Hidden"}).status_code == 302
    assert cast.browser("alice").get(f"/api/v1/groups/{team.public_id}").json()["handle"] == hidden.handle == "hidden"
    # Without one of its own, it follows the name.
    alice.post(settings, {**fields, "handle": ""})
    alice.post(settings, {**fields, "handle": "", "name": "Drivers"})
    team.refresh_from_db()
    assert team.handle == "drivers"
