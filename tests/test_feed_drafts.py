"""Drafts and scheduled posts (A2): kept for their author alone, said at their hour with the rights of that hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from feed.actions import drafts
from feed.models import Draft, Mention, Post
from files import actions as files
from files.models import File
from tests import make
from tests.test_feed_posts import FRAGMENT
from tests.world import paper

pytestmark = pytest.mark.django_db


def at(**later: int) -> str:
    """A moment as a browser's field sends it."""
    return timezone.localtime(timezone.now() + timedelta(**later)).strftime("%Y-%m-%dT%H:%M")


def due(draft: Draft) -> None:
    """Its hour comes."""
    Draft.objects.filter(pk=draft.pk).update(due_at=timezone.now() - timedelta(seconds=1))


def test_a_draft_is_kept_listed_opened_and_gone_when_it_is_said():
    cast = make.cast()
    bob = cast.browser("bob")
    kept = bob.post("/drafts/keep/", {"body": "half a th", "place": "everyone"}).json()["id"]
    sent = {"body": "half a thought", "place": "everyone", "group": cast.private.public_id, "kind": "question"}
    assert bob.post("/drafts/keep/", sent | {"draft": kept}).json()["id"] == kept and Draft.objects.count() == 1
    assert bob.get("/drafts/latest/?place=everyone").json()["body"] == "half a thought"
    assert "half a thought" in bob.get("/drafts/").content.decode()
    page = bob.get(f"/drafts/{kept}/").content.decode()
    assert "half a thought" in page and f'value="{cast.private.public_id}"' in page and " selected" in page
    # Nobody else's, and as unknown to them as an id that was never used.
    for who in ("alice", "ada", "gil"):
        browser = cast.browser(who)
        assert browser.get(f"/drafts/{kept}/").status_code == 404 == browser.post(f"/drafts/{kept}/send/").status_code
        assert "half a thought" not in browser.get("/drafts/").content.decode()
        assert browser.get("/drafts/latest/?place=everyone").json() == {}
    # An answer that is begun stays with its thread; one where one may not read is refused.
    root = make.post(cast.alice, "root", group=cast.secret)
    assert bob.post("/drafts/keep/", {"body": "I think", "place": f"post-{root.public_id}"}).json()["id"]
    refused = cast.browser("carol").post("/drafts/keep/", {"body": "x", "place": f"post-{root.public_id}"})
    assert refused.status_code == 404
    # Said: the draft goes, in the same moment. Emptied: it goes as well.
    said = {"body": "half a thought", "group": cast.private.public_id, "draft": kept}
    assert bob.post("/posts/", said, headers=FRAGMENT).status_code == 200
    assert not Draft.objects.filter(public_id=kept).exists()
    answer = Draft.objects.get()
    assert "I think" in bob.get(f"/drafts/{answer.public_id}/").content.decode()
    bob.post("/drafts/keep/", {"body": " ", "place": f"post-{root.public_id}"})
    assert not Draft.objects.exists()


def test_a_scheduled_post_is_said_at_its_hour_and_tells_those_it_names_only_then():
    cast = make.cast()
    alice = cast.browser("alice")
    paper_id = files.upload(by=cast.alice, stream=paper("plan.txt", "plan"), name="plan.txt").public_id
    sent = {"body": "Hello @bob.baker", "group": cast.private.public_id, "act": "later", "file": [paper_id]}
    assert "still to come" in alice.post("/posts/", sent | {"at": at(hours=-1)}).content.decode()
    assert not Draft.objects.exists()
    assert alice.post("/posts/", sent | {"at": at(hours=3)}, headers=FRAGMENT)["HX-Redirect"] == "/drafts/"
    assert "Will be published" in alice.get("/drafts/").content.decode()
    draft = Draft.objects.get()
    # Its files wait with it, however long that is.
    File.objects.update(created_at=timezone.now() - timedelta(days=3))
    files.sweep()
    assert File.objects.filter(public_id=paper_id).exists()
    assert drafts.send_due() == 0 and not Post.objects.exists() and not Mention.objects.exists()
    due(draft)
    assert drafts.send_due() == 1 and drafts.send_due() == 0
    make.settle()
    post = Post.objects.get()
    assert post.group == cast.private and post.has_files and not Draft.objects.exists()
    assert "mentioned you" in cast.browser("bob").get("/notifications/").content.decode()


def test_what_may_no_longer_be_said_at_its_hour_stays_a_draft_and_its_author_is_told():
    cast = make.cast()
    waiting = {}
    for name in ("bob", "gil"):
        who = getattr(cast, name)
        draft = drafts.keep(person=who, body=f"canary of {name}", group=cast.private)
        waiting[name] = drafts.schedule(draft=draft, at=timezone.now() + timedelta(hours=1))
        due(draft)
    make.groups.remove_member(group=cast.private, person=cast.bob, by=cast.alice)
    make.people.suspend(person=cast.gil, by=cast.ada, until=timezone.now() + timedelta(days=1))
    assert drafts.send_due() == 0 and not Post.objects.exists()
    make.settle()
    for name, draft in waiting.items():
        draft.refresh_from_db()
        assert draft.due_at is None and draft.failed, name
        assert "waits among your drafts" in cast.browser(name).get("/notifications/").content.decode()
    page = cast.browser("bob").get("/drafts/").content.decode()
    assert "canary of bob" in page and "Private reorg" in page  # its name may be known
    # A group that is gone does not turn into everyone.
    Draft.objects.filter(pk=waiting["bob"].pk).update(group=None)
    assert cast.browser("bob").post(f"/drafts/{waiting['bob'].public_id}/send/").status_code == 403
    assert not Post.objects.exists()
