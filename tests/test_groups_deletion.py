"""A deleted group is gone for everyone at once, comes back as it was, and ends for good after thirty days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from core.models import Access, Event
from feed import actions as feed
from feed.actions import purging
from feed.models import Post
from files import actions as files
from files.models import File
from files.storage import store
from groups import actions as groups
from groups import library
from groups.actions import deletion
from groups.models import Group, Membership, PutBy
from inbox.actions import unread_count
from inbox.models import Notice
from knowledge import actions as knowledge
from knowledge.models import Page
from moderation import actions as moderation
from moderation.models import Case
from people import actions as people
from search.models import Pending
from tests import make
from tests.surfaces import asks, bytes_of, plain
from tests.test_visibility import send
from tests.world import paper, world

pytestmark = pytest.mark.django_db


def delete(browser: Any, group: Group, name: str | None = None) -> Any:
    """The form that deletes a group, filled in."""
    return browser.post(f"/groups/{group.public_id}/delete/", {"name": group.name if name is None else name})


def test_a_deleted_group_is_gone_for_all_in_the_next_answer_and_comes_back_as_it_was() -> None:
    made = world(("private",))
    place, group = made.places["private"], made.groups["private"]
    views = [ask for _route, ask in asks("GET") if ask.shows or (not ask.hides and ask.address.count("{"))]
    views = [
        ask for ask in views if not ask.address.startswith(("/groups/deleted/", "/api/v1/groups/deleted", "/admin/"))
    ]
    shown = [ask for ask in views if {"body", "name"} & set(ask.shows)]
    lists = [ask for ask in views if not ask.hides and "{word}" in ask.address]

    def look(who: str) -> dict[str, bytes]:
        return {ask.address: plain(bytes_of(send(made, who, ask, place.ids)), {}) for ask in shown}

    before, new = look("bob"), unread_count(made.people["bob"])
    accesses = sorted(Access.objects.filter(audience=group.audience).values_list("person", "since", "read_seq"))
    assert delete(made.browsers["bob"], group).status_code == 403
    assert delete(made.browsers["alice"], group, "Something else").status_code == 422
    assert delete(made.browsers["alice"], group).status_code == 302

    # Worker and indexer stand still.
    for who, asked in (("alice", views), ("bob", lists), ("ada", lists)):
        for ask in asked:
            seen, sent = bytes_of(send(made, who, ask, place.ids)), ask.address.format_map(place.ids)
            told = [name for name, token in place.tokens.items() if token.encode() in seen and token not in sent]
            assert not told, (who, ask.address, told)
    never = made.browsers["alice"].get("/groups/neverneverneverx/").content
    gone = made.browsers["alice"].get(f"/groups/{group.public_id}/")
    assert gone.status_code == 404
    assert plain(gone.content, {"group": group.public_id}) == plain(never, {"group": "neverneverneverx"})
    bell = Notice.objects.filter(recipient=made.people["bob"], unread=True)
    assert 0 < unread_count(made.people["bob"]) == bell.exclude(audience=group.audience).count() < new
    assert not group.is_visible_to(made.people["alice"])
    for who, there in (("alice", True), ("ada", True), ("bob", False), ("carol", False), ("gil", False)):
        assert (place.tokens["name"].encode() in made.browsers[who].get("/groups/deleted/").content) is there, who
        api = made.browsers[who].get("/api/v1/groups/deleted").json()["items"]
        assert [one["id"] for one in api] == ([group.public_id] if there else []), who
    assert made.browsers["bob"].post(f"/groups/deleted/{group.public_id}/restore/").status_code == 404

    make.settle()
    assert made.browsers["alice"].post(f"/groups/deleted/{group.public_id}/restore/").status_code == 302
    make.settle()
    after = look("bob")
    assert unread_count(made.people["bob"]) == new
    assert [address for address in before if before[address] != after[address]] == []
    assert sorted(Access.objects.filter(audience=group.audience).values_list("person", "since", "read_seq")) == accesses
    assert not PutBy.objects.exists()


def test_a_secret_group_is_its_owners_to_bring_back_and_changes_meanwhile_count(settings: Any) -> None:
    cast = make.cast()
    ada, alice = make.client(cast.ada), make.client(cast.alice)
    assert delete(ada, cast.secret).status_code == 404
    assert delete(ada, cast.public).status_code == 302
    for group in (cast.secret, cast.private):
        assert delete(alice, group).status_code == 302
    listed = ada.get("/groups/deleted/").content.decode()
    assert "Public lunch" in listed and "Private reorg" in listed and "Secret merger" not in listed
    assert ada.post(f"/groups/deleted/{cast.secret.public_id}/restore/").status_code == 404
    # Nobody comes in by a link or a letter, and whoever goes meanwhile does not come back.
    groups.remove_member(group=cast.private, person=cast.bob, by=None)
    groups.add_member(group=cast.private, person=cast.carol, by=None)
    assert not Access.objects.filter(audience=cast.private.audience).exists()
    people.deactivate(person=cast.alice, by=cast.ada)
    assert ada.post(f"/groups/deleted/{cast.private.public_id}/restore/").status_code == 302
    inside = set(Access.objects.filter(audience=cast.private.audience).values_list("person", flat=True))
    assert inside == {cast.alice.pk, cast.gil.pk, cast.carol.pk}
    assert Membership.objects.get(group=cast.private, role="owner").person == cast.carol
    # Thirty days later there is no way back.
    with time_machine.travel(timezone.now() + timedelta(days=30, minutes=1), tick=False):
        assert ada.post(f"/groups/deleted/{cast.public.public_id}/restore/").status_code in (302, 404)
        cast.public.refresh_from_db()
        assert cast.public.is_gone


def test_after_thirty_days_it_goes_piece_by_piece_and_a_worker_that_is_killed_goes_on(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    cast = make.cast()
    group = cast.private
    people.reactivate(person=cast.dave, by=cast.ada)
    upload = files.upload(by=cast.alice, stream=paper("k.txt", "Bytes"), name="k.txt")
    shelved = files.upload(by=cast.alice, stream=paper("s.txt", "More"), name="s.txt")
    library.add_folder(group=group, by=cast.alice, name="Plans")
    library.add_files(group=group, by=cast.alice, ids=[shelved.public_id])
    post = make.post(cast.alice, "In the group #plan for @bob.baker", group=group, files=[upload.public_id])
    answer = make.reply(cast.bob, post, "An answer")
    make.reply(cast.alice, answer, "One below it")
    asked = make.post(cast.alice, "Who knows?", group=group, kind="question")
    feed.accept_answer(answer=make.reply(cast.bob, asked, "I do"), by=cast.alice)
    feed.react(post=post, person=cast.bob, emoji="👍")
    eva = make.person("Eva Editor", is_editor=True)
    groups.add_member(group=group, person=eva, by=cast.alice)
    shelf = knowledge.write_section(by=eva, title="Shelf", group=group)
    knowledge.write_article(by=eva, title="How", parent=shelf, body="<p>So</p>")
    moderation.report(obj=post, by=cast.bob, reason="No")
    elsewhere = make.post(cast.bob, "Elsewhere", group=cast.public)
    make.settle()
    keys = list(File.objects.filter(pk__in=[upload.pk, shelved.pk]).values_list("key", flat=True))
    audience = group.audience_id
    assert all(store().exists(key) for key in keys) and Notice.objects.filter(audience=audience).exists()
    deletion.delete_group(group=group, by=cast.alice, name=group.name)
    make.settle()
    with time_machine.travel(timezone.now() + timedelta(days=29), tick=False):
        assert deletion.purge() == 0
    assert Post.objects.filter(group=group).count() == 5

    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        monkeypatch.setattr(deletion, "PIECE", 2)
        assert deletion.purge() == 2
        # It dies in the middle of a piece: nothing of that piece is gone, and nobody else waits for it.
        with monkeypatch.context() as broken:
            broken.setitem(deletion._takers, "feed", lambda **asked: purging.take_away(**asked) / 0)
            left = Post.objects.filter(group=group).count()
            assert deletion.purge() == 0 and deletion.purge() == 0
            assert Post.objects.filter(group=group).count() == left == 3
        deletion._resting.clear()
        with django_capture_on_commit_callbacks(execute=True):
            make.settle()
    assert not Group.objects.filter(pk=group.pk).exists()
    assert not Post.objects.filter(audience=audience).exists() and not Page.objects.filter(audience=audience).exists()
    assert not Notice.objects.filter(audience=audience).exists() and not PutBy.objects.exists()
    assert not Membership.objects.filter(group_id=group.pk).exists()
    assert not Access.objects.filter(audience__kind="group").exclude(
        audience__in=[cast.public.audience_id, cast.secret.audience_id]
    )
    assert not any(store().exists(key) for key in keys)
    assert not File.objects.filter(audience=audience).exclude(state="removed").exists()
    assert not Pending.objects.exists()
    # What was elsewhere stays, and the record of what happened, and what moderators have to decide.
    assert elsewhere.is_visible_to(cast.carol)
    assert Case.objects.filter(object_pk=post.pk, kind="feed.post").exists()
    verbs = list(Event.objects.filter(target_kind="groups.group", target_pk=group.pk).values_list("verb", flat=True))
    assert {"groups.group.created", "groups.group.deleted", "groups.group.purged"} <= set(verbs)
    assert "groups.member.removed" not in verbs
    assert make.client(cast.mona).get("/moderation/").status_code == 200


def test_the_api_deletes_and_brings_back_with_the_same_actions() -> None:
    cast = make.cast()
    alice, bob = make.client(cast.alice), make.client(cast.bob)
    address, json = f"/api/v1/groups/{cast.private.public_id}", "application/json"
    assert bob.delete(address, {"name": cast.private.name}, content_type=json).status_code == 403
    assert alice.delete(address, {"name": "Another"}, content_type=json).status_code == 422
    assert alice.delete(address, {"name": cast.private.name}, content_type=json).status_code == 204
    assert bob.get(address).status_code == alice.get(address).status_code == 404
    again = f"/api/v1/groups/deleted/{cast.private.public_id}/restore"
    assert bob.post(again, content_type=json).status_code == 404
    assert alice.post(again, content_type=json).json()["counts"] == {"members": 3}
    assert bob.get(address).status_code == 200
