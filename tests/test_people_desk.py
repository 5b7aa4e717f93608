"""The administrators' desk of people and groups: who gets in, what is shown, and that acts are the rooms' own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from groups.models import Membership
from people.models import User
from tests import make
from tests.surfaces import plain

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> make.Cast:
    return make.cast()


def test_the_desk_of_people_and_groups_is_for_administrators(cast: make.Cast) -> None:
    pages = [
        "/admin/people/",
        "/admin/people/new/",
        f"/admin/people/{cast.alice.public_id}/",
        "/admin/groups/",
        f"/admin/groups/{cast.private.public_id}/",
    ]
    for path in pages:
        assert cast.browser("ada").get(path).status_code == 200, path
        for name in ("alice", "carol", "gil", "mona"):
            answer = cast.browser(name).get(path)
            assert answer.status_code in (302, 403), (name, path, answer.status_code)
            assert b"alice@example.org" not in answer.content
        assert cast.browser("dave").get(path).status_code == 302


def test_the_list_finds_and_narrows(cast: make.Cast) -> None:
    browser = cast.browser("ada")
    assert b"carol@example.org" in browser.get("/admin/people/").content
    found = browser.get("/admin/people/results/?q=carol").content
    assert b"carol@example.org" in found and b"bob@example.org" not in found
    left = browser.get("/admin/people/results/?standing=left").content
    assert b"dave@example.org" in left and b"carol@example.org" not in left
    roles = browser.get("/admin/people/results/?role=is_moderator").content
    assert b"mona@example.org" in roles and b"ada@example.org" not in roles


def test_an_administrator_makes_deactivates_and_reactivates_people(cast: make.Cast) -> None:
    browser = cast.browser("ada")
    answer = browser.post("/admin/people/new/", {"name": "Nina New", "email": "nina@example.org"})
    nina = User.objects.get(email="nina@example.org")
    assert answer.status_code == 302 and nina.is_active and not nina.is_admin
    again = browser.post("/admin/people/new/", {"name": "Nina Again", "email": "nina@example.org"})
    assert again.status_code == 200 and b"Someone already has this" in again.content
    hers = make.client(nina)
    path = f"/admin/people/{nina.public_id}/"
    assert hers.get("/settings/").status_code == 200
    browser.post(path, {"act": "deactivate"})
    assert hers.get("/settings/").status_code == 302
    browser.post(path, {"act": "reactivate"})
    assert User.objects.get(pk=nina.pk).is_active
    browser.post(path, {"act": "roles", "is_moderator": "on"})
    assert User.objects.get(pk=nina.pk).is_moderator
    day = (timezone.localdate() + timedelta(days=5)).isoformat()
    browser.post(path, {"act": "suspend", "until": day})
    assert User.objects.get(pk=nina.pk).is_suspended


def test_an_administrator_corrects_a_profile(cast: make.Cast) -> None:
    browser, path = cast.browser("ada"), f"/admin/people/{cast.bob.public_id}/"
    fields = {"act": "profile", "name": "Bob B.", "department": "Logistics", "manager": "@alice.archer"}
    assert browser.post(path, fields).status_code == 302
    bob = User.objects.get(pk=cast.bob.pk)
    assert (bob.name, bob.department, bob.manager) == ("Bob B.", "Logistics", cast.alice)
    wrong = browser.post(path, {**fields, "manager": "@bob.baker"})
    assert wrong.status_code == 200 and b"reports to this person already" in wrong.content
    cast.browser("mona").post(path, {**fields, "name": "Mine"})
    assert User.objects.get(pk=cast.bob.pk).name == "Bob B."


def test_nobody_else_acts_at_the_desk(cast: make.Cast) -> None:
    for name in ("mona", "carol", "gil"):
        browser = cast.browser(name)
        for act in ("deactivate", "roles", "sessions", "guest"):
            browser.post(f"/admin/people/{cast.bob.public_id}/", {"act": act, "is_admin": "on"})
        browser.post(f"/admin/groups/{cast.private.public_id}/", {"act": "archive"})
        browser.post("/admin/people/new/", {"name": "X", "email": "x@example.org"})
    bob = User.objects.get(pk=cast.bob.pk)
    assert bob.is_active and not bob.is_admin and not bob.is_guest
    assert not type(cast.private).objects.get(pk=cast.private.pk).is_archived
    assert not User.objects.filter(email="x@example.org").exists()


def test_the_last_administrator_stays(cast: make.Cast) -> None:
    path = f"/admin/people/{cast.ada.public_id}/"
    cast.browser("ada").post(path, {"act": "roles"})
    cast.browser("ada").post(path, {"act": "deactivate"})
    ada = User.objects.get(pk=cast.ada.pk)
    assert ada.is_admin and ada.is_active


def test_a_secret_group_does_not_exist_for_an_administrator(cast: make.Cast) -> None:
    browser = cast.browser("ada")
    assert b"Secret merger" not in browser.get("/admin/groups/").content
    assert b"Secret merger" not in browser.get("/admin/groups/results/?q=secret").content
    secret = browser.get(f"/admin/groups/{cast.secret.public_id}/")
    unknown = browser.get("/admin/groups/AAAABBBBCCCCDDDD/")
    assert secret.status_code == unknown.status_code == 404
    assert plain(secret.content, {}) == plain(unknown.content, {})
    browser.post(f"/admin/groups/{cast.secret.public_id}/", {"act": "archive"})
    assert not type(cast.secret).objects.get(pk=cast.secret.pk).is_archived


def test_an_administrator_looks_after_a_group_without_reading_it(cast: make.Cast) -> None:
    make.post(cast.alice, "Between us qwertzuiop", group=cast.private)
    browser = cast.browser("ada")
    path = f"/admin/groups/{cast.private.public_id}/"
    page = browser.get(path).content
    assert b"Alice Archer" in page and b"qwertzuiop" not in page
    browser.post(path, {"act": "owner", "person": cast.bob.public_id})
    assert Membership.objects.get(group=cast.private, person=cast.bob).role == "owner"
    browser.post(path, {"act": "owner", "person": cast.ada.public_id})
    assert not Membership.objects.filter(group=cast.private, person=cast.ada).exists()
    # What nobody owns is found, to be given to someone.
    assert b"Private reorg" not in browser.get("/admin/groups/?archived=alone").content
    Membership.objects.filter(group=cast.private).update(role="member")
    assert b"Private reorg" in browser.get("/admin/groups/?archived=alone").content
    browser.post(path, {"act": "archive"})
    assert type(cast.private).objects.get(pk=cast.private.pk).is_archived
    assert b"qwertzuiop" not in browser.get(cast.private.get_absolute_url()).content


def test_menus_show_the_desks_to_administrators_alone(cast: make.Cast) -> None:
    assert b"/admin/people/" in cast.browser("ada").get("/admin/").content
    assert b"/admin/people/" not in cast.browser("mona").get("/admin/").content
