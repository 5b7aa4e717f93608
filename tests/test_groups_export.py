"""An owner takes a copy of a group: all that they see of it, nothing of other groups, by a link that ends."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from core.models import Event
from feed import actions as feed
from feed.actions import calendar, polls
from feed.actions import praise as praising
from files import actions as files
from groups import actions as groups
from groups import library
from tests import make
from tests.surfaces import plain
from tests.world import paper

pytestmark = pytest.mark.django_db


def link(browser: Any, group: Any) -> str:
    """The address of a copy, made by the page."""
    page = browser.post(f"/groups/{group.public_id}/export/").content.decode()
    return "/groups/export/" + page.partition("/groups/export/")[2].partition('"')[0]


def test_an_owner_takes_a_copy_of_what_they_see() -> None:
    cast = make.cast()
    secret = make.post(cast.alice, "Hushwords", group=cast.secret)
    upload = files.upload(by=cast.alice, stream=paper("k.txt", "Bytes of it"), name="../plan.txt")
    shelved = files.upload(by=cast.alice, stream=paper("s.txt", "On the shelf"), name="s.txt")
    library.add_files(group=cast.private, by=cast.alice, ids=[shelved.public_id])
    text = f"Read **this** <b>x</b> http://testserver/posts/{secret.public_id}/ @bob.baker"
    post = make.post(cast.alice, text, group=cast.private, files=[upload.public_id])
    answer = make.reply(cast.bob, post, "An answer")
    make.reply(cast.gil, answer, "One below")
    feed.delete(post=make.post(cast.bob, "Withdrawn", group=cast.private), by=cast.bob)
    feed.publish(
        author=cast.bob, body="Lunch?", group=cast.private, kind="poll", poll=polls.asked(options=["Soup", "Salad"])
    )
    happens = calendar.planned(title="Summer feast", starts_at=timezone.now() + timedelta(days=9), place="Garden")
    feed.publish(author=cast.bob, body="", group=cast.private, kind="event", event=happens)
    praised = praising.meant(author=cast.bob, badge="help", handles="@alice.archer")
    feed.publish(author=cast.bob, body="Thanks", group=cast.private, kind="praise", praise=praised)
    asked = make.post(cast.alice, "Where?", group=cast.private, kind="question")
    feed.accept_answer(answer=make.reply(cast.bob, asked, "In the hall"), by=cast.alice)
    make.post(cast.bob, "In the open", group=cast.public)
    alice, ada = cast.browser("alice"), cast.browser("ada")
    for name, status in (("bob", 403), ("gil", 403), ("carol", 403), ("ada", 403)):
        assert cast.browser(name).post(f"/groups/{cast.private.public_id}/export/").status_code == status, name
    assert ada.post(f"/groups/{cast.secret.public_id}/export/").status_code == 404
    # An administrator copies what they may read: a public group.
    assert ada.get(link(ada, cast.public)).status_code == 200
    address = link(alice, cast.private)
    event = Event.objects.filter(verb="groups.group.exported", target_pk=cast.private.pk).get()
    assert event.actor == cast.alice
    response = alice.get(address)
    assert response["Content-Type"] == "application/zip" and response["Cache-Control"] == "private, no-store"
    packed = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))
    assert packed.testzip() is None
    names = packed.namelist()
    assert len(set(names)) == len(names) and not [name for name in names if name.startswith("/") or ".." in name]
    data = {name: [json.loads(line) for line in packed.read(name).splitlines()] for name in names if "jsonl" in name}
    bodies = [one["body"] for one in data["data/posts.jsonl"]]
    assert bodies == [text, "An answer", "One below", "Lunch?", "", "Thanks", "Where?", "In the hall"]
    assert data["data/posts.jsonl"][4]["event"]["title"] == "Summer feast"
    assert data["data/posts.jsonl"][3]["poll"] == {"options": ["Soup", "Salad"], "votes": [0, 0], "voters": 0}
    assert data["data/posts.jsonl"][2]["thread"] == post.public_id
    assert {one["name"] for one in data["data/members.jsonl"]} == {"Alice Archer", "Bob Baker", "Gil Guest"}
    held = {one["name"]: packed.read(one["path"]) for one in data["data/files.jsonl"]}
    assert sorted(held.values()) == [b"Bytes of it", b"On the shelf"]
    page = packed.read("discussions-1.html").decode()
    assert "Soup – 0" in page and "Great help" in page and "✓ Best answer" in page and "Summer feast" in page
    assert "<strong>this</strong>" in page and "<b>x</b>" not in page and "An answer" in page
    everything = b"".join(packed.read(name) for name in names)
    for hidden in (b"Hushwords", b"Secret merger", b"Withdrawn", b"In the open", b"@example.org"):
        assert hidden not in everything
    # The link is hers alone, for a day, and while she owns the group.
    never = plain(alice.get("/groups/export/never/").content, {})
    for who in ("bob", "ada", "carol"):
        answer = cast.browser(who).get(address)
        assert answer.status_code == 404 and len(answer.content) > 0, who
    groups.set_role(group=cast.private, person=cast.bob, by=cast.alice, role="owner")
    groups.set_role(group=cast.private, person=cast.alice, by=cast.bob, role="member")
    gone = alice.get(address)
    assert gone.status_code == 404 and plain(gone.content, {}) == never


def test_a_link_to_a_copy_ends_after_a_day() -> None:
    cast = make.cast()
    alice = cast.browser("alice")
    made = alice.post(f"/api/v1/groups/{cast.private.public_id}/export", content_type="application/json")
    assert made.status_code == 201
    address = "/groups/export/" + made.json()["url"].partition("/groups/export/")[2]
    assert alice.get(address).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=23, minutes=59), tick=False):
        alice.force_login(cast.alice, backend="people.backend.Backend")
        assert alice.get(address).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1), tick=False):
        alice.force_login(cast.alice, backend="people.backend.Backend")
        assert alice.get(address).status_code == 404
