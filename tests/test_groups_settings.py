"""What owners and administrators say about a group: rules, who begins discussions, who comes after, who is in it."""

from __future__ import annotations

from typing import Any

import pytest

from feed.models import Post
from groups import actions as groups
from groups.models import Group, JoinRequest, Membership, recount_members
from inbox.models import Notice
from people import actions as people
from people.actions import fields
from people.models import User
from tests import make
from tests.world import picture

pytestmark = pytest.mark.django_db


def test_where_only_owners_and_moderators_begin_discussions_every_member_answers() -> None:
    cast = make.cast()
    alice, bob = cast.browser("alice"), cast.browser("bob")
    settings = f"/groups/{cast.private.public_id}/settings/"
    form = {"name": "Private reorg", "privacy": "private", "join": "request", "history": "all"}
    page = alice.post(settings, {**form, "posting": "leads", "rules": "Be <b>kind</b>."}, follow=True).content.decode()
    assert "Be &lt;b&gt;kind&lt;/b&gt;." in page
    assert alice.post(settings, {**form, "posting": "nobody"}).status_code == 422
    assert alice.post(settings, {**form, "rules": "x" * 5001}).status_code == 422
    place = cast.private.public_id
    assert b'value="' + place.encode() not in bob.get("/posts/new/").content
    assert b"Owners and moderators begin discussions here" in bob.get(f"/groups/{place}/").content
    refused = bob.post("/posts/", {"body": "May I?", "group": place})
    assert refused.status_code in (403, 422)
    assert (
        bob.post("/api/v1/posts", {"body": "May I?", "group": place}, content_type="application/json").status_code
        == 403
    )
    alice.post("/posts/", {"body": "Read this", "group": place})
    post = Post.objects.get(body="Read this")
    assert bob.post(f"/posts/{post.public_id}/reply/", {"body": "I did"}).status_code == 302
    shown = bob.get(f"/api/v1/groups/{place}").json()
    assert (shown["posting"], "post" in shown["my"]["may"]) == ("leads", False)
    groups.set_role(group=cast.private, person=cast.bob, by=cast.alice, role="moderator")
    assert bob.post("/posts/", {"body": "Now I may", "group": place}).status_code == 302


def test_whom_an_owner_named_owns_the_group_when_they_leave_the_company() -> None:
    cast = make.cast()
    alice = cast.browser("alice")
    form = {"name": "Secret merger", "privacy": "secret", "join": "invite", "history": "joining"}
    settings = f"/groups/{cast.secret.public_id}/settings/"
    for wrong in ("@gil.guest", "@dave.dyer", "@nobody"):
        assert alice.post(settings, {**form, "successor": wrong}).status_code == 422
    assert alice.post(settings, {**form, "successor": "@carol.cook"}).status_code == 302
    assert b"@carol.cook" in alice.get(settings).content
    assert cast.browser("carol").get(settings).status_code == 404, "being named tells nothing"
    make.post(cast.alice, "An old secret", group=cast.secret)
    people.deactivate(person=cast.alice, by=cast.ada)
    roles = dict(Membership.objects.filter(group=cast.secret).values_list("person__name", "role"))
    assert roles["Carol Cook"] == "owner"
    assert not any(role == "owner" for name, role in roles.items() if name != "Carol Cook")
    assert b"An old secret" not in cast.browser("carol").get(f"/groups/{cast.secret.public_id}/").content


def test_every_colleague_is_in_a_mandatory_group_from_the_first_day_and_no_guest() -> None:
    cast = make.cast()
    desk = f"/admin/groups/{cast.public.public_id}/"
    assert cast.browser("alice").post(desk, {"act": "enrol", "enrolment": "mandatory"}).status_code in (302, 403)
    api = f"/api/v1/groups/{cast.public.public_id}"
    body = {"enrolment": "mandatory"}
    assert cast.browser("alice").patch(api, body, content_type="application/json").status_code == 403
    cast.browser("ada").post(desk, {"act": "enrol", "enrolment": "mandatory"})
    make.settle()
    inside = set(Membership.objects.filter(group=cast.public).values_list("person__name", flat=True))
    assert inside == {"Alice Archer", "Bob Baker", "Carol Cook", "Mona Mason", "Ada Abbott"}
    cast.public.refresh_from_db()
    assert cast.public.member_count == 5
    # In without a notice; seen at home at once; nobody leaves or is taken out.
    assert not Notice.objects.filter(recipient=cast.carol).exists()
    make.post(cast.alice, "Soup on Tuesday", group=cast.public)
    carol = cast.browser("carol")
    assert b"Soup on Tuesday" in carol.get("/").content
    assert carol.post(f"/groups/{cast.public.public_id}/leave/").status_code == 409
    assert b"Leave group" not in carol.get(f"/groups/{cast.public.public_id}/").content
    remove = f"/groups/{cast.public.public_id}/members/{cast.carol.public_id}/remove/"
    assert cast.browser("alice").post(remove).status_code == 409
    newcomer = make.person("Nell New")
    guest = make.person("Gus Guest", is_guest=True, email="gus@partner.example")
    assert Membership.objects.filter(group=cast.public, person=newcomer).exists()
    assert not Membership.objects.filter(group=cast.public, person=guest).exists()
    people.set_guest(person=guest, by=cast.ada, is_guest=False)
    assert Membership.objects.filter(group=cast.public, person=guest).exists()
    form = {"name": "Public lunch", "privacy": "secret", "join": "invite", "history": "all"}
    assert cast.browser("alice").post(f"/groups/{cast.public.public_id}/settings/", form).status_code == 422

    # Of a default group one may go, and is not fetched back.
    cast.browser("ada").post(desk, {"act": "enrol", "enrolment": "default"})
    make.settle()
    assert carol.post(f"/groups/{cast.public.public_id}/leave/").status_code == 302
    make.settle()
    assert not Membership.objects.filter(group=cast.public, person=cast.carol).exists()
    assert cast.browser("ada").post(f"/admin/groups/{cast.secret.public_id}/", {"act": "enrol"}).status_code == 404
    assert Group.objects.get(pk=cast.secret.pk).enrolment == ""


def test_a_group_has_a_sign_of_its_own_that_falls_back_to_its_initial() -> None:
    cast = make.cast()
    alice, bob = cast.browser("alice"), cast.browser("bob")
    address, page = f"/groups/{cast.private.public_id}/picture/", f"/groups/{cast.private.public_id}/"
    alice.post(f"/groups/{cast.private.public_id}/cover/", {"cover": picture("c.png")})
    assert bob.post(address, {"picture": picture("p.png")}).status_code == 403
    assert alice.post(address, {"picture": picture("p.png")}).status_code == 302
    cast.private.refresh_from_db()
    sign = cast.private.picture_url
    # Beside the cover, in the head, the rail and the directory; for those who may know the group.
    assert bob.get(page).content.decode().count(sign) >= 2 and sign in bob.get("/groups/").content.decode()
    assert bob.get(sign).status_code == 200 and cast.browser("nobody").get(sign).status_code in (302, 404)
    assert cast.private.cover is not None
    assert alice.post(address, {"remove": "1"}).status_code == 302
    assert sign not in bob.get(page).content.decode() and bob.get(sign).status_code == 404
    cast.private.refresh_from_db()
    assert cast.private.cover is not None and bob.get(cast.private.cover.picture_url).status_code == 200


def test_administrators_decide_where_nobody_else_is_there_to_and_never_let_themselves_in() -> None:
    cast = make.cast()
    ada, mona = cast.browser("ada"), cast.browser("mona")
    requests = f"/groups/{cast.private.public_id}/requests/"
    for name in ("carol", "ada", "mona"):
        cast.browser(name).post(f"/groups/{cast.private.public_id}/ask/", {"message": "Please"})
    assert ada.get(requests).status_code == 403
    Membership.objects.filter(group=cast.private).update(role="member")
    assert ada.get(requests).status_code == 200 and mona.get(requests).status_code == 403
    asked = {one.person: f"{requests}{one.public_id}/" for one in JoinRequest.objects.filter(group=cast.private)}
    assert ada.post(asked[cast.carol], {"accept": "1"}).status_code == 302
    assert ada.post(asked[cast.ada], {"accept": "1"}).status_code == 403
    inside = set(Membership.objects.filter(group=cast.private).values_list("person", flat=True))
    assert cast.carol.pk in inside and cast.ada.pk not in inside
    assert "Ada Abbott" in cast.browser("mona").get(f"/groups/{cast.private.public_id}/").content.decode()


def test_people_whom_an_import_brought_count_as_members_until_they_come() -> None:
    cast = make.cast()
    User.objects.filter(pk=cast.bob.pk).update(is_active=False, is_placeholder=True)
    recount_members([cast.private.pk])
    page = cast.browser("alice").get(f"/groups/{cast.private.public_id}/members/").content.decode()
    assert "3 members" in page and "Bob Baker" in page and "Not here yet" in page
    gil = cast.browser("gil").get("/?view=following").content.decode()
    assert "Find people" not in gil and "Nothing here yet" in gil


def test_a_group_follows_departments_and_places_and_keeps_whom_people_let_in() -> None:
    cast = make.cast()
    ada, alice, carol = (cast.browser(name) for name in ("ada", "alice", "carol"))

    def belongs(person: Any, department: str, **more: Any) -> None:
        people.edit_profile(person=person, by=cast.ada, synced=True, department=department, **more)

    def inside() -> dict[str, bool]:
        rows = Membership.objects.filter(group=cast.private).values_list("person__name", "enrolled")
        return {name.split()[0].lower(): enrolled for name, enrolled in rows}

    belongs(cast.carol, "Sales", location="Ghent")
    belongs(cast.mona, "Sales", location="Lille")
    desk = f"/admin/groups/{cast.private.public_id}/"
    choice = {"act": "enrol", "enrolment": "mandatory", "departments": ["Sales", "Care"], "locations": ["Ghent"]}
    # What people write about themselves opens no closed group.
    assert b"fill in their department" in ada.post(desk, choice, follow=True).content
    fields.set_rule(by=cast.ada, column="department", edit="sync")
    assert b"fill in their department" in ada.post(desk, choice, follow=True).content
    fields.set_rule(by=cast.ada, column="location", edit="admins")
    alice.post(desk, choice)
    assert Group.objects.get(pk=cast.private.pk).enrolment == ""
    assert b"Care" in ada.post(desk, choice, follow=True).content
    make.settle()
    assert inside() == {"alice": False, "bob": False, "gil": False, "carol": True}
    secret = make.post(cast.alice, "For the team alone", group=cast.private)
    page = carol.get(cast.private.get_absolute_url()).content.decode()
    assert "For the team alone" in page and "Colleagues of Sales, Care, Ghent, who may not leave" in page
    assert carol.post(f"/groups/{cast.private.public_id}/leave/").status_code == 409
    mine = make.post(cast.carol, "Mine stays here", group=cast.private)

    # Belonging elsewhere takes everything away in the next answer; who was let in by someone stays.
    belongs(cast.bob, "Sales", location="Ghent")
    belongs(cast.carol, "Planning")
    assert carol.get(secret.get_absolute_url()).status_code == 404
    assert carol.get(mine.get_absolute_url()).status_code == 404
    assert "Mine stays here" in alice.get(cast.private.get_absolute_url()).content.decode()
    belongs(cast.bob, "Planning")
    assert inside() == {"alice": False, "bob": False, "gil": False}
    belongs(cast.mona, "Care", location="Ghent")
    assert inside()["mona"] is True
    groups.add_member(group=cast.private, person=cast.mona, by=cast.alice)
    belongs(cast.mona, "Planning")
    assert inside()["mona"] is False

    # The rule changes, by the API as well; who becomes a guest is no colleague any more.
    api = f"/api/v1/groups/{cast.private.public_id}"
    body = {"enrolled_departments": ["Planning"], "enrolled_locations": []}
    assert alice.patch(api, body, content_type="application/json").status_code == 403
    assert ada.patch(api, body, content_type="application/json").json()["enrolled_departments"] == ["Planning"]
    make.settle()
    assert inside()["carol"] is True
    members = {one["person"]["name"]: one["enrolled"] for one in alice.get(f"{api}/members").json()["items"]}
    assert members["Carol Cook"] and not members["Bob Baker"]
    people.set_guest(person=cast.carol, by=cast.ada, is_guest=True)
    assert carol.get(cast.private.get_absolute_url()).status_code == 404
    people.set_guest(person=cast.carol, by=cast.ada, is_guest=False)
    ada.patch(api, {"enrolment": ""}, content_type="application/json")
    belongs(cast.carol, "Sales")
    assert inside()["carol"] is False, "without a rule, whoever is in it stays"
