"""Who reports to whom: a tree that opens a branch at a time; no cycles, and nobody is led by someone who has left."""

from __future__ import annotations

import pytest

from inbox.models import Notice
from people import actions
from people.models import User
from tests import make

pytestmark = pytest.mark.django_db


def test_the_chart_opens_a_branch_at_a_time_for_those_who_work_here() -> None:
    cast = make.cast()
    actions.edit_profile(person=cast.bob, by=cast.ada, manager=cast.alice)
    actions.edit_profile(person=cast.carol, by=cast.ada, manager=cast.bob)
    carol = cast.browser("carol")
    top = carol.get("/people/chart/").content.decode()
    assert "Alice Archer" in top and "Bob Baker" in top and top.count("<details open>") == 1
    assert ">Carol Cook<" not in top, "only the one at the top is opened"
    from_top = carol.get(f"/people/chart/?at={cast.alice.public_id}").content.decode()
    assert from_top.count("<details open>") == 1 and ">Carol Cook<" not in from_top
    actions.edit_profile(person=cast.mona, by=cast.ada, manager=cast.ada)
    assert "Bob Baker" not in carol.get("/people/chart/").content.decode()
    assert (
        "Bob Baker"
        in carol.get(f"/people/chart/{cast.alice.public_id}/", headers={"HX-Request": "true"}).content.decode()
    )
    assert b"<h1" in carol.get(f"/people/chart/{cast.alice.public_id}/").content
    at = carol.get(f"/people/chart/?at={cast.bob.public_id}").content.decode()
    assert at.index("Alice Archer") < at.index("Bob Baker") < at.rindex("Carol Cook")
    line = carol.get(f"/api/v1/people/{cast.carol.public_id}/line").json()
    assert [one["name"] for one in line["managers"]] == ["Alice Archer", "Bob Baker"]
    gil = cast.browser("gil")
    for path in (
        "/people/chart/",
        f"/people/chart/{cast.alice.public_id}/",
        f"/api/v1/people/{cast.bob.public_id}/line",
    ):
        assert gil.get(path).status_code == 403
    assert carol.get("/people/chart/?at=nobody").status_code == 404


def test_a_circle_is_refused_and_a_manager_who_left_is_flagged_until_someone_comes_after() -> None:
    cast = make.cast()
    for person, manager in ((cast.bob, cast.alice), (cast.carol, cast.bob), (cast.mona, cast.bob)):
        actions.edit_profile(person=person, by=cast.ada, manager=manager)
    profile = {"name": "Alice Archer", "manager": "@carol.cook"}
    refused = cast.browser("alice").post("/settings/profile/", profile)
    assert refused.status_code == 422
    assert b"reports to this person already" in refused.content
    actions.deactivate(person=cast.bob, by=cast.ada)
    make.settle()
    assert list(Notice.objects.filter(verb="people.manager_left").values_list("recipient__name", flat=True)) == []
    second = make.person("Abe Adams", is_admin=True)
    actions.reactivate(person=cast.bob, by=None)
    actions.deactivate(person=cast.bob, by=cast.ada)
    make.settle()
    assert Notice.objects.get(verb="people.manager_left").recipient == second
    browser = make.client(second)
    assert b"Bob Baker" in browser.get("/notifications/").content
    assert b"Led by someone who has left" in cast.browser("carol").get("/people/chart/").content
    desk = "/admin/people/managers/"
    assert b"Carol Cook" in browser.get(desk).content
    browser.post(desk, {"person": cast.bob.public_id, "to": "@nobody.here"})
    browser.post(desk, {"person": cast.bob.public_id, "to": "@carol.cook"})
    assert User.objects.get(pk=cast.carol.pk).manager == cast.alice, "she takes the place of the one who left"
    assert User.objects.get(pk=cast.mona.pk).manager == cast.carol
    assert b"Everyone reports to someone who is here" in browser.get(desk).content
    # Whom an import keeps a place for has not left.
    boss = make.person("Boss Awaited", is_placeholder=True, is_active=False)
    actions.edit_profile(person=cast.alice, by=cast.ada, manager=boss)
    chart = cast.browser("carol").get("/people/chart/").content
    assert b"Led by someone who is not here yet" in chart and b"someone who has left" not in chart
    assert b"Boss Awaited" not in browser.get(desk).content
    actions.edit_profile(person=cast.alice, by=cast.ada, manager=None)
    assert cast.browser("carol").post(desk, {"person": cast.bob.public_id, "to": ""}).status_code in (302, 403)
    assert User.objects.filter(manager=None).exclude(pk=boss.pk).count() == 5
