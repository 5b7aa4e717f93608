"""The API writes drafts, gives them an hour, closes discussions and keeps shelves, by the same actions as the pages."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from feed.actions import drafts
from feed.models import Draft, Poll, Post
from tests import make

pytestmark = pytest.mark.django_db


class Api:
    """A person who calls."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser

    def __call__(self, method: str, path: str, **data: Any) -> Any:
        answer = self.browser.generic(method, f"/api/v1/{path}", json.dumps(data), content_type="application/json")
        return answer.status_code, answer.json() if answer.content else None


def test_drafts_and_scheduled_posts() -> None:
    cast = make.cast()
    alice, bob = Api(cast.browser("alice")), Api(cast.browser("bob"))
    assert alice("POST", "drafts", body=" ")[0] == 422
    assert Api(cast.browser("carol"))("POST", "drafts", body="x", group=cast.secret.public_id)[0] == 404
    status, draft = alice("POST", "drafts", body="Not yet", group=cast.private.public_id)
    assert (status, draft["group"]["name"], draft["everyone"]) == (201, "Private reorg", False)
    one = f"drafts/{draft['id']}"
    assert alice("PATCH", one, body="Soon")[1]["body"] == "Soon"
    for method, path in (("GET", one), ("PATCH", one), ("DELETE", one), ("POST", f"{one}/send")):
        assert bob(method, path, **({"body": "Mine"} if method == "PATCH" else {}))[0] == 404
    past, soon = timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1)
    assert alice("PUT", f"{one}/schedule", due_at=past.isoformat())[0] == 422
    assert alice("PUT", f"{one}/schedule", due_at=soon.isoformat())[1]["due_at"]
    assert [row["id"] for row in alice("GET", "drafts?scheduled=true")[1]["items"]] == [draft["id"]]
    assert alice("DELETE", f"{one}/schedule")[1]["due_at"] is None
    assert alice("POST", f"{one}/send")[1]["body"] == "Soon" and not Draft.objects.exists()
    # A poll waits for its hour with all it asks.
    poll = {"options": ["Soup", "Salad"], "many": True, "closes_at": (soon + timedelta(days=1)).isoformat()}
    status, asked = alice("POST", "drafts", body="Lunch?", kind="poll", poll=poll, due_at=soon.isoformat())
    assert status == 201 and asked["poll"]["options"] == ["Soup", "Salad"] and asked["poll"]["many"]
    with time_machine.travel(soon + timedelta(minutes=1), tick=False):
        assert drafts.send_due() == 1
    made = Poll.objects.get(post__body="Lunch?")
    assert made.many and abs(made.closes_at - soon - timedelta(days=1)) < timedelta(minutes=1)
    assert alice("GET", f"posts/{made.post.public_id}/poll")[1]["options"] == ["Soup", "Salad"]


def test_discussions_groups_and_shelves() -> None:
    cast = make.cast()
    alice, bob, ada = (Api(cast.browser(name)) for name in ("alice", "bob", "ada"))
    post = make.post(cast.bob, "Which?", group=cast.private, kind="question")
    answer = make.reply(cast.alice, post, "This")
    one = f"posts/{post.public_id}"
    assert bob("PUT", f"posts/{answer.public_id}/best")[0] == 200
    assert alice("GET", one)[1]["best_answer"] == answer.public_id
    assert bob("DELETE", f"posts/{answer.public_id}/best")[0] == 200
    assert bob("PUT", f"{one}/pin")[0] == 403 and alice("PUT", f"{one}/pin")[0] == 200
    assert alice("DELETE", f"{one}/pin")[0] == 200
    assert alice("PUT", f"{one}/closed", why=" ")[0] == 422
    assert alice("PUT", f"{one}/closed", why="Settled")[0] == 200
    assert bob("POST", f"{one}/replies", body="But")[0] == 403
    # What others have closed, its author does not open.
    assert bob("DELETE", f"{one}/closed")[0] == 403 and alice("DELETE", f"{one}/closed")[0] == 200
    assert Post.objects.get(pk=post.pk).closed_at is None

    assert alice("POST", "group-categories", name="Teams")[0] == 403
    shelf = ada("POST", "group-categories", name="Teams", place=5)[1]
    assert ada("PUT", f"group-categories/{shelf['id']}", name="All teams")[1]["name"] == "All teams"
    status, group = alice("POST", "groups", name="Dock", category=shelf["id"], history="joining", rules="Be brief")
    assert (status, group["category"]["name"], group["history"]) == (201, "All teams", "joining")
    there = f"groups/{group['id']}"
    assert alice("PATCH", there, history="all", successor=cast.bob.public_id)[1]["history"] == "all"
    assert bob("PATCH", there, history="joining")[0] == 403
    assert ada("DELETE", f"group-categories/{shelf['id']}")[0] == 204
    assert alice("GET", there)[1]["category"] is None
