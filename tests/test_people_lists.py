"""Lists of people that one keeps for oneself: nobody else sees them, nobody in them is told."""

from __future__ import annotations

import pytest

from core.models import Event
from groups import actions as groups
from inbox.models import Notice
from people.models import ContactList
from tests import make

pytestmark = pytest.mark.django_db


def test_someone_keeps_favourites_and_lists_that_nobody_else_sees(settings) -> None:
    settings.KRING_LIMITS = {"CONTACT_LISTS": 3, "CONTACTS_PER_LIST": 2}
    cast = make.cast()
    alice, bob = cast.browser("alice"), cast.browser("bob")
    assert b"No contacts yet" in alice.get("/people/lists/").content
    for person in (cast.gil, cast.bob):
        assert alice.post(f"/people/{person.public_id}/keep/", {"on": "1"}).status_code == 302
    assert alice.post(f"/people/{cast.carol.public_id}/keep/", {"on": "1"}).status_code == 422
    assert alice.post(f"/people/{cast.alice.public_id}/keep/", {"on": "1"}).status_code == 422
    favourites = ContactList.objects.get()
    page = alice.get(favourites.get_absolute_url())
    assert (page.context["colleagues"], page.context["outside"]) == ([cast.bob], [cast.gil])

    alice.post("/people/lists/", {"name": "Fridays"})
    fridays = ContactList.objects.get(name="Fridays")
    assert [alice.post("/people/lists/", {"name": name}).status_code for name in ("fridays", "", "x" * 61)] == [422] * 3
    alice.post(f"/people/{cast.carol.public_id}/keep/", {"list": fridays.public_id})
    assert b"Take out of Fridays" in alice.get(f"/people/{cast.carol.public_id}/keep/").content
    shown = alice.get("/api/v1/me/lists").json()["items"]
    assert [(one["name"], [p["name"] for p in one["people"]]) for one in shown] == [
        (None, ["Bob Baker", "Gil Guest"]),
        ("Fridays", ["Carol Cook"]),
    ]
    # Of someone else's list there is nothing to know; and nobody in one is told.
    for method, path in (("get", fridays.get_absolute_url()), ("delete", f"/api/v1/me/lists/{fridays.public_id}")):
        assert getattr(bob, method)(path).status_code == 404
    assert bob.post(f"/people/{cast.carol.public_id}/keep/", {"list": fridays.public_id}).status_code == 404
    make.settle()
    assert not Notice.objects.filter(verb__startswith="people.").exists()
    assert not Event.objects.filter(verb="people.list.changed").exclude(target_pk=cast.alice.pk).exists()

    alice.post(fridays.get_absolute_url(), {"name": "Mondays"})
    assert b"Mondays" in alice.get("/people/lists/").content
    assert alice.post(favourites.get_absolute_url(), {"name": "Best"}).status_code == 422
    alice.post(fridays.get_absolute_url(), {"delete": "1"})
    made = alice.post("/api/v1/me/lists", {"name": "Teams"}, content_type="application/json").json()
    path = f"/api/v1/me/lists/{made['id']}"
    assert alice.patch(path, {"name": "Crews"}, content_type="application/json").json()["name"] == "Crews"
    assert bob.patch(path, {"name": "Mine"}, content_type="application/json").status_code == 404
    assert alice.delete(path).status_code == 204
    assert alice.put(f"/api/v1/me/lists/favourites/people/{cast.bob.public_id}").status_code == 204
    assert alice.delete(f"/api/v1/me/lists/favourites/people/{cast.bob.public_id}").status_code == 204
    assert alice.get("/api/v1/me/lists").json()["items"][0]["people"] == [
        {"id": cast.gil.public_id, "name": "Gil Guest"}
    ]


def test_a_guests_list_forgets_whom_they_may_no_longer_see() -> None:
    cast = make.cast()
    gil = cast.browser("gil")
    gil.post(f"/people/{cast.bob.public_id}/keep/", {"on": "1"})
    assert gil.post(f"/people/{cast.carol.public_id}/keep/", {"on": "1"}).status_code == 404
    path = ContactList.objects.get().get_absolute_url()
    assert b"Bob Baker" in gil.get(path).content
    groups.remove_member(group=cast.private, person=cast.bob, by=cast.alice)
    assert b"Bob Baker" not in gil.get(path).content
    assert gil.get("/api/v1/me/lists").json()["items"][0]["people"] == []
