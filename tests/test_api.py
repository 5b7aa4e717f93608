"""The API does what the pages do, for the same people, and says no in the same places."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.ids import new_id
from core.models import IdempotentReply
from feed.models import Post
from integrations.actions import make_token, revoke_token
from people import actions as people
from tests import make

pytestmark = pytest.mark.django_db

V1 = "/api/v1"

#: What other systems build on.
OPERATIONS = [
    *("me", "feed", "posts", "posts/{public_id}", "posts/{public_id}/history", "posts/{public_id}/replies"),
    *("posts/{public_id}/reactions/{emoji}", "posts/{public_id}/bookmark", "posts/{public_id}/report"),
    *("groups", "groups/{public_id}", "groups/{public_id}/posts", "groups/{public_id}/members"),
    *("groups/{public_id}/members/{person_id}", "groups/{public_id}/join", "groups/{public_id}/leave"),
    *("people", "people/{public_id}", "search", "notifications", "notifications/read", "files", "files/{public_id}"),
]


class Caller:
    """A program with someone's bearer token."""

    def __init__(self, person: Any, *, read_only: bool = False) -> None:
        self.row, self.token = make_token(person=person, read_only=read_only)
        self.client = Client(headers={"Authorization": f"Bearer {self.token}"})

    def call(self, method: str, path: str, payload: Any = None, **headers: str) -> Any:
        data = json.dumps(payload) if payload is not None else ""
        return self.client.generic(method, f"{V1}/{path}", data, content_type="application/json", headers=headers)


@pytest.fixture
def cast() -> make.Cast:
    return make.cast()


def problem_of(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status and document["title"] and document["detail"]
    return document


def test_nobody_gets_a_problem_document_and_no_redirect(cast: make.Cast) -> None:
    for path in ("me", "feed", "groups", "people", "notifications", f"posts/{new_id()}"):
        response = Client().get(f"{V1}/{path}")
        problem_of(response, 401)
        assert response["WWW-Authenticate"] == "Bearer"


def test_a_token_says_who_i_am_and_dies_when_revoked_or_when_i_leave(cast: make.Cast) -> None:
    alice, bob = Caller(cast.alice), Caller(cast.bob)
    assert alice.call("GET", "me").json()["name"] == "Alice Archer"
    revoke_token(token=alice.row, by=cast.alice)
    problem_of(alice.call("GET", "me"), 401)
    assert bob.call("GET", "me").status_code == 200
    people.deactivate(person=cast.bob, by=cast.ada)
    problem_of(bob.call("GET", "me"), 401)


def test_a_read_only_token_reads_and_writes_nothing(cast: make.Cast) -> None:
    post = make.post(cast.alice)
    caller = Caller(cast.alice, read_only=True)
    assert caller.call("GET", f"posts/{post.public_id}").status_code == 200
    before = Post.objects.count()
    for method, path, payload in (
        ("POST", "posts", {"body": "x"}),
        ("PATCH", f"posts/{post.public_id}", {"body": "x"}),
        ("DELETE", f"posts/{post.public_id}", None),
        ("PUT", f"posts/{post.public_id}/reactions/👍", None),
        ("PUT", f"posts/{post.public_id}/bookmark", None),
        ("POST", "groups", {"name": "x"}),
        ("POST", "notifications/read", {}),
    ):
        problem_of(caller.call(method, path, payload), 403)
    assert Post.objects.count() == before
    post.refresh_from_db()
    assert post.body == "Hello everyone" and not post.reaction_counts


def test_a_session_writes_only_with_its_csrf_token(cast: make.Cast) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.alice, backend="people.backend.Backend")
    response = browser.post(f"{V1}/posts", json.dumps({"body": "hi"}), content_type="application/json")
    assert response.status_code == 403
    assert not Post.objects.filter(body="hi").exists()


def test_post_read_edit_history_and_delete(cast: make.Cast) -> None:
    alice, bob = Caller(cast.alice), Caller(cast.bob)
    made = alice.call("POST", "posts", {"body": "First **words** for @bob.baker #plans"})
    assert made.status_code == 201, made.content
    post = made.json()
    assert post["author"]["name"] == "Alice Archer" and post["group"] is None and post["kind"] == "status"
    assert post["body"] == "First **words** for @bob.baker #plans" and "<strong>words</strong>" in post["html"]
    assert post["created_at"].endswith("Z") and post["my"]["may"]
    path = f"posts/{post['id']}"
    problem_of(bob.call("PATCH", path, {"body": "mine now"}), 403)
    changed = alice.call("PATCH", path, {"body": "Second words"})
    assert changed.status_code == 200 and changed.json()["edited_at"]
    history = bob.call("GET", f"{path}/history").json()["items"]
    assert [version["body"] for version in history] == ["First **words** for @bob.baker #plans"]
    problem_of(bob.call("DELETE", path), 403)
    assert alice.call("DELETE", path).status_code == 204
    problem_of(bob.call("GET", path), 404)


def test_replies_reactions_and_bookmarks(cast: make.Cast) -> None:
    alice, bob = Caller(cast.alice), Caller(cast.bob)
    post = alice.call("POST", "posts", {"body": "A question", "kind": "question"}).json()
    first = bob.call("POST", f"posts/{post['id']}/replies", {"body": "An answer"}).json()
    assert first["thread"] == post["id"] and first["kind"] == "reply"
    second = alice.call("POST", f"posts/{post['id']}/replies", {"body": "Thanks", "parent": first["id"]}).json()
    assert second["parent"] == first["id"]
    listed = bob.call("GET", f"posts/{post['id']}/replies").json()
    assert [item["body"] for item in listed["items"]] == ["An answer", "Thanks"] and listed["next"] is None
    reacted = bob.call("PUT", f"posts/{post['id']}/reactions/👍")
    assert reacted.json()["counts"]["reactions"] == {"👍": 1} and reacted.json()["my"]["reactions"] == ["👍"]
    assert bob.call("PUT", f"posts/{post['id']}/reactions/👍").json()["counts"]["reactions"] == {"👍": 1}
    assert bob.call("DELETE", f"posts/{post['id']}/reactions/👍").json()["counts"]["reactions"] == {}
    problem_of(bob.call("PUT", f"posts/{post['id']}/reactions/notanemoji"), 422)
    assert bob.call("PUT", f"posts/{post['id']}/bookmark").status_code == 204
    assert bob.call("GET", f"posts/{post['id']}").json()["my"]["bookmarked"] is True
    assert alice.call("GET", f"posts/{post['id']}").json()["my"]["bookmarked"] is False
    assert bob.call("DELETE", f"posts/{post['id']}/bookmark").status_code == 204


def test_what_i_may_not_know_is_the_same_404_as_an_unknown_id(cast: make.Cast) -> None:
    secret = make.post(cast.alice, "canaryqwertyuiop", group=cast.secret)
    private = make.post(cast.alice, "canaryasdfghjkl", group=cast.private)
    for who in (cast.carol, cast.mona, cast.ada):
        caller = Caller(who)
        for post in (secret, private):
            for method, tail, payload in (
                ("GET", "", None),
                ("PATCH", "", {"body": "x"}),
                ("DELETE", "", None),
                ("GET", "/history", None),
                ("GET", "/replies", None),
                ("POST", "/replies", {"body": "x"}),
                ("PUT", "/reactions/👍", None),
                ("PUT", "/bookmark", None),
                ("POST", "/report", {"reason": "x"}),
            ):
                hidden = caller.call(method, f"posts/{post.public_id}{tail}", payload)
                unknown = caller.call(method, f"posts/{new_id()}{tail}", payload)
                assert hidden.status_code == unknown.status_code == 404
                assert hidden.content == unknown.content
                assert sorted(hidden.headers) == sorted(unknown.headers)
        hidden = caller.call("GET", f"groups/{cast.secret.public_id}")
        assert hidden.status_code == 404
        assert hidden.content == caller.call("GET", f"groups/{new_id()}").content
    assert Caller(cast.bob).call("GET", f"posts/{secret.public_id}").status_code == 200
    assert Caller(cast.gil).call("GET", f"posts/{private.public_id}").status_code == 200


def test_feeds_and_lists_hold_only_what_is_mine_to_see(cast: make.Cast) -> None:
    make.post(cast.alice, "canaryprivate", group=cast.private)
    make.post(cast.alice, "canarysecret", group=cast.secret)
    make.post(cast.alice, "canarycompany")
    paths = (
        "feed",
        "feed?view=following",
        "feed?view=company",
        "groups",
        "people",
        f"groups/{cast.private.public_id}/posts",
    )
    seen = {
        name: "".join(Caller(getattr(cast, name)).call("GET", path).content.decode() for path in paths)
        for name in ("alice", "bob", "carol", "gil", "ada")
    }
    for name in ("alice", "bob"):
        assert all(word in seen[name] for word in ("canaryprivate", "canarysecret", "canarycompany", "Secret merger"))
    for name in ("carol", "ada"):
        assert "canarycompany" in seen[name] and "Private reorg" in seen[name]
        assert not any(word in seen[name] for word in ("canaryprivate", "canarysecret", "Secret merger"))
    assert "canaryprivate" in seen["gil"] and "Private reorg" in seen["gil"]
    assert not any(word in seen["gil"] for word in ("canarycompany", "canarysecret", "Carol Cook", "Public lunch"))


def test_a_group_is_made_joined_asked_for_and_left(cast: make.Cast) -> None:
    alice, carol = Caller(cast.alice), Caller(cast.carol)
    made = alice.call("POST", "groups", {"name": "Route planning", "visibility": "private"})
    assert made.status_code == 201 and made.json()["join"] == "request" and made.json()["my"]["role"] == "owner"
    group = made.json()["id"]
    assert carol.call("POST", f"groups/{group}/join").status_code == 202
    problem_of(carol.call("POST", "posts", {"body": "in", "group": group}), 403)
    added = alice.call("POST", f"groups/{group}/members", {"person": cast.carol.public_id})
    assert added.status_code == 201, added.content
    assert carol.call("POST", "posts", {"body": "in", "group": group}).status_code == 201
    assert alice.call("DELETE", f"groups/{group}/members/{cast.carol.public_id}").status_code == 204
    assert carol.call("GET", f"groups/{group}/posts").json()["items"] == []
    problem_of(alice.call("POST", f"groups/{group}/leave"), 409)
    changed = alice.call("PATCH", f"groups/{group}", {"name": "Routes", "archived": True})
    assert changed.json()["name"] == "Routes" and changed.json()["archived"] is True
    problem_of(alice.call("POST", "posts", {"body": "late", "group": group}), 403)


def test_a_repeat_with_the_same_key_has_one_effect_and_the_same_answer(cast: make.Cast) -> None:
    alice, bob = Caller(cast.alice), Caller(cast.bob)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first = alice.call("POST", "posts", {"body": "once"}, **key)
    again = alice.call("POST", "posts", {"body": "once"}, **key)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content and again["Idempotent-Replayed"] == "true"
    assert Post.objects.filter(body="once").count() == 1
    problem_of(alice.call("POST", "posts", {"body": "other"}, **key), 422)
    assert bob.call("POST", "posts", {"body": "once"}, **key).status_code == 201
    refused = alice.call("POST", "posts", {"body": ""}, **{"Idempotency-Key": "second"})
    problem_of(refused, 422)
    assert not IdempotentReply.objects.filter(key="second").exists()


def test_bad_input_is_answered_with_what_is_wrong(cast: make.Cast) -> None:
    alice = Caller(cast.alice)
    problem_of(alice.call("POST", "posts", {"body": "x" * 20_001}), 422)
    problem_of(alice.call("POST", "posts", {"body": "a\0b"}), 422)
    problem_of(alice.call("POST", "posts", {"text": "x"}), 422)
    problem_of(alice.call("POST", "posts", {"body": "x", "author": cast.bob.public_id}), 422)
    problem_of(alice.call("POST", "posts", {"body": "x", "files": [new_id()]}), 422)
    broken = alice.client.post(f"{V1}/posts", '{"body": "\\ud800"}', content_type="application/json")
    assert broken.status_code in (400, 422)
    problem_of(alice.client.post(f"{V1}/posts", "{", content_type="application/json"), 400)
    problem_of(alice.call("GET", "feed?cursor=forged"), 400)
    problem_of(alice.call("GET", "feed?view=everything"), 422)


def test_files_are_uploaded_attached_and_read_by_the_posts_readers_alone(cast: make.Cast) -> None:
    alice, bob, carol = Caller(cast.alice), Caller(cast.bob), Caller(cast.carol)
    sent = alice.client.post(f"{V1}/files", {"file": SimpleUploadedFile("plan.txt", b"the plan"), "alt": ""})
    assert sent.status_code == 201, sent.content
    file = sent.json()["id"]
    problem_of(bob.call("GET", f"files/{file}"), 404)
    problem_of(bob.call("POST", "posts", {"body": "stolen", "files": [file]}), 422)
    post = alice.call("POST", "posts", {"body": "see", "group": cast.private.public_id, "files": [file]}).json()
    assert [item["name"] for item in post["files"]] == ["plan.txt"]
    assert bob.call("GET", f"files/{file}").json()["name"] == "plan.txt"
    problem_of(carol.call("GET", f"files/{file}"), 404)


def test_notifications_are_mine_and_can_be_read(cast: make.Cast) -> None:
    make.post(cast.alice, "Look @bob.baker and @carol.cook", group=cast.private)
    make.settle()
    bob, carol = Caller(cast.bob), Caller(cast.carol)
    mine = bob.call("GET", "notifications").json()
    assert any("Alice Archer" in item["text"] for item in mine["items"]) and mine["unread"] >= 1
    assert not any(item["kind"] == "feed.mentioned" for item in carol.call("GET", "notifications").json()["items"])
    one = next(item["id"] for item in mine["items"] if item["kind"] == "feed.mentioned")
    carol.call("POST", "notifications/read", {"ids": [one]})
    assert bob.call("GET", "notifications").json()["unread"] == mine["unread"]
    left = bob.call("POST", "notifications/read", {"ids": [one]}).json()
    assert left["unread"] == mine["unread"] - 1
    assert bob.call("POST", "notifications/read").json()["unread"] == 0


def test_search_finds_what_the_page_finds(cast: make.Cast) -> None:
    make.post(cast.alice, "The zanzibar plan", group=cast.private)
    make.settle()
    found = Caller(cast.bob).call("GET", "search?q=zanzibar").json()
    assert [item["kind"] for item in found["items"]] == ["feed.post"] and "zanzibar" in found["items"][0]["snippet"]
    assert Caller(cast.carol).call("GET", "search?q=zanzibar").json()["items"] == []


def test_every_operation_is_in_the_openapi_document(cast: make.Cast) -> None:
    browser = make.client(cast.alice)
    document = browser.get(f"{V1}/openapi.json").json()
    paths = set(document["paths"])
    for path in OPERATIONS:
        assert f"{V1}/{path}" in paths
    assert browser.get(f"{V1}/docs").status_code == 200


def test_paging_gives_every_post_once(cast: make.Cast) -> None:
    made = [make.post(cast.alice, f"post {number}").public_id for number in range(45)]
    bob, seen, cursor = Caller(cast.bob), [], ""
    while True:
        page = bob.call("GET", f"feed?view=company{cursor}").json()
        seen += [item["id"] for item in page["items"]]
        if not page["next"]:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(seen) == sorted(made) and len(seen) == len(set(seen))


def test_a_program_writes_no_faster_than_a_person_may(cast: make.Cast, settings: Any) -> None:
    settings.KRING_LIMITS = {"POSTS_PER_MINUTE": 3}
    alice = Caller(cast.alice)
    answers = [alice.call("POST", "posts", {"body": f"post {number}"}) for number in range(4)]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    problem_of(answers[3], 429)
