"""Posting in someone's name (A8): who may, that it is never hidden who wrote, and that either one's going ends it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Event
from feed import actions as feed
from feed.actions import drafts
from feed.models import Draft, Post
from groups import actions as groups
from inbox.models import Notice
from moderation import actions as moderation
from moderation.models import Word
from people import actions as people
from people.models import Delegation
from tests import make
from tests.test_feed_posts import FRAGMENT
from tests.test_groups_export import link

pytestmark = pytest.mark.django_db

#: What readers, administrators and copies are told.
BOTH = "Bob Baker for Alice Archer"


def cast() -> make.Cast:
    """The cast, in which bob may post for alice."""
    made = make.cast()
    people.delegate(person=made.alice, to=made.bob)
    return made


def said(made: make.Cast, body: str = "Said for her", **fields: Any) -> Post:
    """A post of alice, written by bob."""
    return feed.publish(author=made.alice, writer=made.bob, body=body, **fields)


def test_who_lets_whom_is_chosen_told_limited_and_taken_back(settings: Any) -> None:
    made = make.cast()
    alice, bob, gil = made.browser("alice"), made.browser("bob"), made.browser("gil")
    page = "/settings/delegates/"
    assert page in alice.get("/settings/").content.decode() and page not in gil.get("/settings/").content.decode()
    assert gil.get(page).status_code == 403 == gil.post(page, {"person": "bob.baker"}).status_code
    # Not oneself, no guest, nobody who left, not until yesterday; nothing of whom one may not know.
    yesterday = timezone.localdate() - timedelta(days=1)
    for sent in (
        {"person": "@alice.archer"},
        {"person": "gil.guest"},
        {"person": "dave.dyer"},
        {"person": "nobody.ever"},
        {"person": "bob.baker", "until": yesterday.isoformat()},
    ):
        assert alice.post(page, sent).status_code == 422, sent
    assert not Delegation.objects.exists()
    assert alice.post(page, {"person": "@bob.baker", "until": "2999-01-31"}).status_code == 302
    settings.KRING_LIMITS = {"DELEGATES": 1}
    assert "At most 1" in alice.post(page, {"person": "carol.cook"}).content.decode()
    make.settle()
    assert "lets you post for them" in bob.get("/notifications/").content.decode()
    assert "2999" in alice.get(page).content.decode() and "I may post for" in bob.get(page).content.decode()
    # An administrator sees it, and what was done; carol can end nothing of it.
    desk = made.browser("ada").get(f"/admin/people/{made.bob.public_id}/").content.decode()
    assert BOTH in desk
    end = f"/settings/delegates/{made.bob.public_id}/end/"
    assert made.browser("carol").post(end).status_code == 404 == made.browser("bob").post(end).status_code
    assert alice.post(end).status_code == 302 and not Delegation.objects.exists()
    made.bob.refresh_from_db()
    assert not made.bob.has_delegators
    make.settle()
    assert "You no longer post for" in bob.get("/notifications/").content.decode()
    # Given back, and ended by an administrator.
    for who, address, what in (
        ("bob", f"/settings/delegates/{made.alice.public_id}/end/", {"act": "return"}),
        ("ada", f"/admin/people/{made.alice.public_id}/", {"act": "withdraw"}),
    ):
        row = people.delegate(person=made.alice, to=made.bob)
        assert made.browser(who).post(address, what | {"delegation": str(row.pk)}).status_code == 302
        assert not Delegation.objects.exists(), who
    verbs = list(Event.objects.filter(verb__startswith="people.delegation").values_list("verb", "actor__name"))
    assert len(verbs) == 6 and ("people.delegation.withdrawn", "Ada Abbott") in verbs
    # No chains: who posts for alice gives that to nobody.
    people.delegate(person=made.alice, to=made.bob)
    people.delegate(person=made.bob, to=made.carol)
    refused = made.browser("carol").post("/posts/", {"body": "x", "on_behalf_of": made.alice.public_id})
    assert refused.status_code == 403 and not Post.objects.exists()


def test_what_one_writes_for_another_is_theirs_and_says_who_wrote_it() -> None:
    made = cast()
    bob, alice, ada = made.browser("bob"), made.browser("alice"), made.browser("ada")
    assert "For Alice Archer" in bob.get("/").content.decode() and "on_behalf_of" not in alice.get("/").content.decode()
    sent = {"body": "Our plan #plan", "on_behalf_of": made.alice.public_id, "group": made.private.public_id}
    card = bob.post("/posts/", sent, headers=FRAGMENT)
    assert card.status_code == 200 and b"written by" in card.content
    post = Post.objects.get()
    assert (post.author, post.written_by) == (made.alice, made.bob)
    # An answer in her name, and one of his own.
    answer = bob.post(f"/posts/{post.public_id}/reply/", {"body": "More of it", "on_behalf_of": made.alice.public_id})
    assert answer.status_code == 302
    own = make.reply(made.bob, post, "And I say")
    assert Post.objects.get(body="More of it").written_by == made.bob and own.written_by is None
    for who in ("alice", "gil"):
        page = made.browser(who).get(f"/posts/{post.public_id}/").content.decode()
        assert page.count("written by") == 2 and f"/people/{made.bob.public_id}/" in page
    assert made.browser("carol").get(f"/posts/{post.public_id}/").status_code == 404
    make.settle()
    told = alice.get("/notifications/").content.decode()
    assert "posted for you" in told and "answered for you" in told
    # Nobody is told of their own words.
    assert not Notice.objects.filter(recipient=made.bob, verb__startswith="feed.").exists()
    # Found as hers, not as his; in her feed of what she said.
    assert "Our plan" in alice.get("/search/?q=author:alice.archer plan").content.decode().replace(
        "<mark>", ""
    ).replace("</mark>", "")
    assert "Our plan" in alice.get(f"/people/{made.alice.public_id}/posts/").content.decode()
    # Either of them changes it, and the history says who.
    for who in ("bob", "alice"):
        assert made.browser(who).post(f"/posts/{post.public_id}/edit/", {"body": f"Better by {who}"}).status_code == 302
    history = alice.get(f"/posts/{post.public_id}/history/").content.decode()
    assert "Changed by Bob Baker" in history and "Changed by Alice Archer" in history
    # The audit log and its copy, the group's copy, and a moderator's case.
    log = ada.get("/admin/audit/?room=feed").content.decode()
    assert log.count(BOTH) >= 4
    table = b"".join(ada.post("/admin/audit/export/").streaming_content).decode()
    assert {row["actor"] for row in csv.DictReader(io.StringIO(table)) if row["verb"] == "feed.post.delegated"} == {
        BOTH
    }
    copy = b"".join(alice.get(link(alice, made.private)).streaming_content)
    pack = zipfile.ZipFile(io.BytesIO(copy))
    assert BOTH in pack.read("discussions-1.html").decode()
    rows = [json.loads(line) for line in pack.read("data/posts.jsonl").splitlines()]
    assert [row["written_by"] and row["written_by"]["name"] for row in rows] == ["Bob Baker", "Bob Baker", None]
    case = moderation.report(obj=post, by=made.gil, reason="Hm")
    assert BOTH in made.browser("mona").get(f"/moderation/cases/{case.public_id}/").content.decode()
    # His pace, not hers.
    assert bob.post(f"/posts/{post.public_id}/delete/").status_code == 302
    post.refresh_from_db()
    assert post.state == Post.State.DELETED


def test_the_right_to_announce_is_lent_and_nobody_praises_the_two_of_them(settings: Any) -> None:
    made = make.cast()
    people.delegate(person=made.ada, to=made.bob)
    bob = made.browser("bob")
    assert 'value="announcement"' in bob.get("/").content.decode()
    sent = {"body": "Hear", "kind": "announcement", "on_behalf_of": made.ada.public_id}
    assert bob.post("/posts/", {**sent, "on_behalf_of": ""}).status_code == 403
    assert bob.post("/posts/", sent).status_code == 302
    praise = {"body": "Well done", "kind": "praise", "badge": "help", "on_behalf_of": made.ada.public_id}
    for named in ("@bob.baker", "@ada.abbott"):
        assert bob.post("/posts/", praise | {"praised": named}).status_code == 422
    # Whoever silenced bob still sees what ada says through him; whoever silenced ada does not hear it.
    people.silence(person=made.carol, of=made.bob)
    people.silence(person=made.alice, of=made.ada)
    make.post(made.mona, "quiet")
    feed.publish(author=made.ada, writer=made.bob, body="Plain words")
    carol = made.browser("carol").get("/?view=company").content.decode()
    assert "Plain words" in carol and "folded" not in carol
    assert "Plain words" not in made.browser("alice").get("/?view=company").content.decode()
    # A post for someone is one at bob's pace, none at hers.
    settings.KRING_LIMITS = {"POSTS_PER_MINUTE": 2}
    assert bob.post("/posts/", {"body": "Too much"}).status_code == 429
    assert made.browser("ada").post("/posts/", {"body": "Not mine"}).status_code == 302


#: How it ends.
ENDS = [
    *("withdrawn", "her suspension", "she leaves"),
    *(
        pytest.param(how, marks=pytest.mark.slow)
        for how in ("over", "his suspension", "he leaves", "she is a guest", "gone")
    ),
]


def ends(made: make.Cast, how: str) -> None:
    """One of the ways in which bob may no longer write for alice in the private group."""
    groups.add_member(group=made.private, person=made.carol, by=made.alice)
    groups.set_role(group=made.private, person=made.carol, by=made.alice, role="owner")
    day = timezone.now() + timedelta(days=1)
    if how == "withdrawn":
        people.withdraw(delegation=Delegation.objects.get(), by=made.alice)
    elif how == "over":
        Delegation.objects.update(until=timezone.localdate() - timedelta(days=1))
    elif how.endswith("suspension"):
        people.suspend(person=made.alice if how[:3] == "her" else made.bob, by=made.ada, until=day)
    elif how == "she is a guest":
        people.set_guest(person=made.alice, by=made.ada, is_guest=True)
    elif how == "gone":
        people.deactivate(person=made.alice, by=made.ada)
    else:
        groups.leave(group=made.private, person=made.alice if how[:3] == "she" else made.bob)


@pytest.mark.parametrize("how", ENDS)
def test_either_ones_going_stops_it_at_once(how: str) -> None:
    made = cast()
    moderation.save_word(by=made.ada, text="forbiddenword", level=Word.Level.HOLD)
    post = said(made, group=made.private)
    root = make.post(made.alice, "Root", group=made.private)
    held = said(made, "forbiddenword", group=made.private)
    browser = made.browser("bob")
    assert held.state == Post.State.HELD and b"forbiddenword" in browser.get(f"/posts/{held.public_id}/").content
    named = {"on_behalf_of": made.alice.public_id}
    soon = timezone.now() + timedelta(hours=1)
    for sent in ({"group": made.private}, {"to": root}):
        drafts.schedule(draft=drafts.keep(person=made.bob, body="At nine", choices=named, **sent), at=soon)
    ends(made, how)
    before = Post.objects.count()
    group = made.private.public_id
    assert browser.post("/posts/", {"body": "x", "group": group, **named}).status_code in (403, 404)
    assert browser.post(f"/posts/{root.public_id}/reply/", {"body": "x", **named}).status_code in (403, 404)
    for act in ("edit", "delete"):
        assert browser.post(f"/posts/{post.public_id}/{act}/", {"body": "x"}).status_code in (403, 404), act
    # What waits stays a draft, in nobody's name, and its writer is told.
    Draft.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert drafts.send_due() == 0 and Post.objects.count() == before
    make.settle()
    assert Draft.objects.filter(due_at=None).exclude(failed="").count() == 2
    assert "waits among your drafts" in browser.get("/notifications/").content.decode()
    draft = Draft.objects.first()
    assert browser.post(f"/drafts/{draft.public_id}/send/").status_code in (403, 404)
    # What a moderator held before is not let out after it.
    with pytest.raises(feed.Refused):
        feed.release(post=held, by=made.mona)
    post.refresh_from_db()
    assert post.state == Post.State.PUBLISHED and post.body == "Said for her"


def test_a_scheduled_post_keeps_its_name_and_the_api_says_the_same() -> None:
    made = cast()
    bob = made.browser("bob")
    at = timezone.localtime(timezone.now() + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M")
    bob.post("/posts/", {"body": "Later", "act": "later", "at": at, "on_behalf_of": made.alice.public_id})
    draft = Draft.objects.get()
    assert "For Alice Archer" in bob.get("/drafts/").content.decode()
    assert f'value="{made.alice.public_id}" selected' in bob.get(f"/drafts/{draft.public_id}/").content.decode()
    Draft.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert drafts.send_due() == 1
    assert Post.objects.get().author == made.alice and Post.objects.get().written_by == made.bob

    def call(method: str, address: str, status: int, who: Any = bob, **sent: Any) -> Any:
        answer = who.generic(method, f"/api/v1/{address}", json.dumps(sent), content_type="application/json")
        assert answer.status_code == status, (method, address, answer.content)
        return answer.json() if answer.content else None

    author = {"id": made.alice.public_id, "name": "Alice Archer"}
    writer = {"id": made.bob.public_id, "name": "Bob Baker"}
    assert call("GET", "me/delegators", 200)["items"] == [{"person": author, "until": None, "holds": True}]
    post = call("POST", "posts", 201, body="By the API", on_behalf_of=author["id"])
    assert (post["author"], post["written_by"]) == (author, writer) and {"edit", "delete"} <= set(post["my"]["may"])
    reply = call("POST", f"posts/{post['id']}/replies", 201, body="More", on_behalf_of=author["id"])
    assert reply["written_by"] == writer
    kept = call("POST", "drafts", 201, body="A draft", on_behalf_of=author["id"])
    assert kept["on_behalf_of"] == author
    assert call("PATCH", f"drafts/{kept['id']}", 200, body="A draft still")["on_behalf_of"] == author
    assert call("POST", f"drafts/{kept['id']}/send", 201)["written_by"] == writer
    assert call("PATCH", f"posts/{post['id']}", 200, body="Changed")["written_by"] == writer
    assert call("POST", "posts", 201, body="Mine")["written_by"] is None
    # In the name of whoever does not let one, and of an id that was never used: the same answer.
    for path in ("posts", "drafts", f"posts/{post['id']}/replies"):
        wrong = (made.ada.public_id, "never-used-0000")
        refused = [call("POST", path, 403, body="x", on_behalf_of=one) for one in wrong]
        assert refused[0] == refused[1]
    # Her side.
    alice = made.browser("alice")
    assert call("GET", "me/delegates", 200, alice)["items"][0]["person"] == writer
    call("DELETE", f"me/delegates/{writer['id']}", 204, alice)
    call("POST", "posts", 403, body="x", on_behalf_of=author["id"])
    assert "edit" not in call("GET", f"posts/{post['id']}", 200)["my"]["may"]
    call("PATCH", f"posts/{post['id']}", 403, body="x")
    call("POST", "me/delegates", 404, alice, person="never-used-0000")
    call("POST", "me/delegates", 403, made.browser("gil"), person=writer["id"])
    made_so = call("POST", "me/delegates", 201, alice, person=writer["id"], until=date(2999, 1, 31).isoformat())
    assert made_so == {"person": writer, "until": "2999-01-31", "holds": True}
    call("DELETE", f"me/delegators/{author['id']}", 204)
    assert not Delegation.objects.exists()


def test_pages_without_it_ask_nothing_more_and_with_it_little() -> None:
    made = make.cast()
    make.post(made.alice, "Plain")
    carol, bob = made.browser("carol"), made.browser("bob")

    def asked(browser: Any, address: str = "/") -> int:
        browser.get(address)
        with CaptureQueriesContext(connection) as queries:
            browser.get(address)
        return len(queries)

    before, his = asked(carol), asked(bob)
    people.delegate(person=made.alice, to=made.bob)
    post = said(made)
    # The cards are kept drawn; who reads pays nothing, who writes for others one question.
    assert asked(carol) == before and asked(bob) == his + 1
    assert asked(carol, f"/posts/{post.public_id}/") > 0
