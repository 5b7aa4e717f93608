"""Praise (A6): for those who can read it and never for oneself, a badge, one tap to say thanks, kept on the profile."""

from __future__ import annotations

import pytest

from feed.models import Draft, Post, Praise, Reaction
from inbox.models import Notice
from people import actions as people
from tests import make
from tests.test_api import Caller
from tests.test_feed_posts import FRAGMENT

pytestmark = pytest.mark.django_db

WELL = {"body": "You **saved** the launch.", "kind": "praise", "badge": "goal", "praised": "@bob.baker, gil.guest"}


def told(person) -> list[str]:
    """What someone's bell says."""
    return list(Notice.objects.filter(recipient=person, verb__startswith="feed.").values_list("verb", flat=True))


def test_praise_is_for_those_who_can_read_it_and_they_thank_with_one_tap():
    cast = make.cast()
    alice, bob, gil, carol = (cast.browser(name) for name in ("alice", "bob", "gil", "carol"))
    group = {"group": cast.private.public_id}
    for praised, says in (
        ("@carol.cook", "Carol Cook cannot see"),
        ("@bob.baker @alice.archer", "You cannot praise yourself"),
        ("@nobody.here", "There is nobody called “nobody.here”"),
        ("@dave.dyer", "There is nobody called “dave.dyer”"),
        ("", "Say whom you praise"),
        ("<b>", "There is nobody called “&lt;b&gt;”"),
    ):
        refused = alice.post("/posts/", WELL | group | {"praised": praised}, headers=FRAGMENT)
        page = refused.content.decode()
        assert refused.status_code == 422 and says in page and "**saved**" in page, praised
        assert 'value="goal" selected' in page and 'value="praise" checked' in page
    assert not Post.objects.exists()
    # A guest is no reader of what is said to everyone.
    assert "Gil Guest cannot see" in alice.post("/posts/", WELL, headers=FRAGMENT).content.decode()
    card = alice.post("/posts/", WELL | group, headers=FRAGMENT).content.decode()
    assert "🏆" in card and "Goal reached" in card and "Bob Baker" in card and "Say thanks" not in card
    post = Post.objects.get()
    make.settle()
    assert told(cast.bob) == told(cast.gil) == ["feed.praised"] and not told(cast.carol)
    assert "Alice Archer praised you" in bob.get("/notifications/").content.decode()
    # Only those who are praised find the button; pressed once it says so, pressed twice it is taken back.
    assert 'aria-pressed="false" form="act"' in (home := bob.get("/").content.decode()) and "Say thanks" in home
    bob.post(f"/posts/{post.public_id}/reactions/", {"emoji": "🙏"}, headers=FRAGMENT)
    assert Reaction.objects.get().person == cast.bob
    thread = bob.get(f"/posts/{post.public_id}/").content.decode()
    assert 'aria-pressed="true"' in thread.partition("Say thanks")[0].rpartition("<button")[2]
    # On the profile, for those alone who may read the post.
    for who, browser in (("alice", alice), ("gil", gil), ("carol", carol)):
        for address in (f"/people/{cast.bob.public_id}/", f"/people/{cast.bob.public_id}/praise/"):
            page = browser.get(address).content.decode()
            assert ("Goal reached" in page) == (who != "carol"), (who, address)
    assert "No praise here yet" in carol.get(f"/people/{cast.bob.public_id}/praise/").content.decode()
    assert "saved" in bob.get("/search/?q=launch&kind=praise").content.decode()
    assert "<strong>saved</strong>" not in carol.get("/search/?q=launch").content.decode()
    # A new name is on the card. Praise by one they blocked is not on their page, and the other never knows.
    people.edit_profile(person=cast.bob, by=cast.bob, name="Robert Baker")
    make.settle()
    assert "Robert Baker" in gil.get(f"/posts/{post.public_id}/").content.decode()
    people.silence(person=cast.bob, of=cast.alice, level="block")
    praise = f"/people/{cast.bob.public_id}/praise/"
    assert "saved" not in gil.get(praise).content.decode() and "saved" in alice.get(praise).content.decode()
    # Its author may praise others instead, with another badge; only who is praised anew is told.
    edit = f"/posts/{post.public_id}/edit/"
    assert 'value="@bob.baker @gil.guest"' in alice.get(edit).content.decode()
    assert bob.post(edit, {"body": "x", "praised": "@bob.baker"}).status_code == 403
    for praised in ("", "@alice.archer", "@carol.cook"):
        assert alice.post(edit, {"body": "**saved**", "praised": praised, "badge": "care"}).status_code == 422
    rita = make.person("Rita Reed")
    make.groups.add_member(group=cast.private, person=rita, by=cast.alice)
    alice.post(edit, {"body": "**saved**", "praised": "@gil.guest @rita.reed", "badge": "care"})
    make.settle()
    assert told(rita) == ["feed.praised"] and told(cast.gil).count("feed.praised") == 1
    assert not told(cast.bob), "it is no praise of him any more"
    page = gil.get(f"/posts/{post.public_id}/").content.decode()
    assert "A heart for customers" in page and "Rita Reed" in page and "Robert Baker" not in page
    assert "Goal reached" not in gil.get(f"/people/{cast.bob.public_id}/praise/").content.decode()
    make.feed.delete(post=post, by=cast.alice)
    assert not Praise.objects.exists() and not told(rita)


def test_praise_may_be_a_draft_and_goes_through_the_api():
    cast = make.cast()
    alice = cast.browser("alice")
    group = {"group": cast.private.public_id}
    alice.post("/posts/", WELL | group | {"act": "draft"})
    draft = Draft.objects.get()
    page = alice.get(f"/drafts/{draft.public_id}/").content.decode()
    assert 'value="@bob.baker, gil.guest"' in page and 'value="goal" selected' in page
    alice.post(f"/drafts/{draft.public_id}/send/")
    assert {one.person.handle for one in Praise.objects.all()} == {"bob.baker", "gil.guest"}
    api, carol = Caller(cast.alice), Caller(cast.carol)
    praise = {"badge": "idea", "people": [cast.bob.public_id]}
    sent = {"body": "Bright!", "kind": "praise", "praise": praise} | group
    made = api.call("POST", "posts", sent)
    assert made.status_code == 201 and made.json()["praise"]["people"][0]["name"] == "Bob Baker"
    for wrong in (
        {"praise": None},
        {"praise": praise | {"people": []}},
        {"praise": praise | {"people": [cast.alice.public_id]}},
        {"praise": praise | {"people": [cast.carol.public_id]}},
        {"praise": praise | {"badge": "oscar"}},
        {"kind": "status"},
    ):
        assert api.call("POST", "posts", sent | wrong).status_code == 422, wrong
    kept = api.call("POST", "drafts", sent | {"body": "Later"}).json()
    assert kept["praise"] == praise and api.call("POST", f"drafts/{kept['id']}/send").status_code == 201
    Post.objects.filter(line="Later").get()
    address = f"people/{cast.bob.public_id}/praise"
    assert [one["praise"]["badge"] for one in api.call("GET", address).json()["items"]] == ["idea", "idea", "goal"]
    assert carol.call("GET", address).json()["items"] == []
