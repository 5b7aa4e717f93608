"""The directory of groups: categories, orders, and what is suggested, for each as far as they may know."""

from __future__ import annotations

import pytest

from groups.models import Category, Group
from people import actions as people
from tests import make

pytestmark = pytest.mark.django_db


def named(page) -> list[str]:
    return [group.name for group in page.context["groups"]]


def test_groups_stand_on_shelves_and_are_listed_in_the_order_one_asks_for() -> None:
    cast = make.cast()
    ada, alice, carol = (cast.browser(name) for name in ("ada", "alice", "carol"))
    desk = "/admin/groups/categories/"
    for name in ("Teams", "teams", "", "x" * 61, "Fun"):
        ada.post(desk, {"name": name, "place": "5"})
    assert list(Category.objects.values_list("name", flat=True)) == ["Fun", "Teams"]
    assert alice.post(desk, {"name": "Mine"}).status_code in (302, 403)
    teams = Category.objects.get(name="Teams")
    form = {"name": "Public lunch", "privacy": "public", "join": "open", "history": "all"}
    settings = f"/groups/{cast.public.public_id}/settings/"
    assert alice.post(settings, {**form, "category": "nothing"}).status_code == 422
    assert alice.post(settings, {**form, "category": teams.public_id}).status_code == 302
    assert b">Teams</a>" in carol.get(f"/groups/{cast.public.public_id}/").content
    listed = carol.get(f"/groups/?view=discover&category={teams.public_id}")
    assert named(listed) == ["Public lunch"]
    assert [one["name"] for one in carol.get(f"/api/v1/groups?category={teams.public_id}").json()["items"]] == [
        "Public lunch"
    ]
    assert [one["name"] for one in carol.get("/api/v1/group-categories").json()["items"]] == ["Fun", "Teams"]
    assert named(carol.get("/groups/?view=discover&sort=members")) == ["Private reorg", "Public lunch"]
    assert named(carol.get("/groups/?view=discover&sort=new")) == ["Public lunch", "Private reorg"]
    assert named(carol.get("/groups/?view=discover&sort=activity")) == ["Private reorg", "Public lunch"]
    api = f"/api/v1/groups/{cast.public.public_id}"
    assert alice.patch(api, {"category": ""}, content_type="application/json").json()["category"] is None
    ada.post(desk, {"act": "delete", "category": teams.public_id})
    assert Group.objects.get(pk=cast.public.pk).category is None


def test_groups_of_people_whom_one_follows_or_works_with_are_suggested() -> None:
    cast = make.cast()
    carol = cast.browser("carol")
    assert carol.get("/groups/?view=discover").context["suggested"] == []
    people.follow(follower=cast.carol, followed=cast.alice)
    for person in (cast.carol, cast.bob):
        people.edit_profile(person=person, by=cast.ada, department="Kitchen")
    found = carol.get("/groups/?view=discover").context["suggested"]
    assert [(group.name, group.known) for group in found] == [("Private reorg", 2), ("Public lunch", 2)]
    assert "suggested" not in carol.get("/groups/?view=discover&q=lunch").context
    carol.post(f"/groups/{cast.public.public_id}/join/")
    assert [group.name for group in carol.get("/groups/?view=discover").context["suggested"]] == ["Private reorg"]
    people.follow(follower=cast.gil, followed=cast.alice)
    assert cast.browser("gil").get("/groups/?view=discover").context["suggested"] == []
