"""Out of the office, with who stands in, wherever one is named; and days that people chose to tell."""

from __future__ import annotations

import zoneinfo
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from inbox.models import Notice
from people import actions
from tests import make

pytestmark = pytest.mark.django_db


def test_whoever_names_someone_away_sees_who_stands_in_and_no_longer_when_they_are_back() -> None:
    cast = make.cast()
    alice, bob = cast.browser("alice"), cast.browser("bob")
    post = make.post(cast.bob, "A question for @alice.archer", group=cast.private)
    assert b"away until" not in bob.get(f"/posts/{post.public_id}/").content
    today = timezone.localdate()
    form = {"since": today, "until": today + timedelta(3), "note": "Skiing", "deputy": "@carol.cook"}
    assert alice.post("/settings/away/", form).status_code == 302
    make.settle()
    assert list(Notice.objects.filter(verb="people.deputised").values_list("recipient__name", flat=True)) == [
        "Carol Cook"
    ]
    assert b"you stand in" in cast.browser("carol").get("/notifications/").content

    seen = bob.get(f"/posts/{post.public_id}/").content.decode()
    assert "away until" in seen
    assert "Carol Cook" in seen
    profile = bob.get(cast.alice.get_absolute_url()).content.decode()
    assert "Skiing" in profile
    assert "Carol Cook" in profile
    assert (
        "away until" in (note := bob.get("/people/complete/?q=ali").json()[0]["note"]) and "Carol Cook stands" in note
    )
    shown = bob.get(f"/api/v1/people/{cast.alice.public_id}").json()
    assert (shown["away_until"], shown["deputy"]["name"]) == (str(today + timedelta(3)), "Carol Cook")
    # A guest is told that she is away, and not of a colleague whom the guest may not know.
    guest = cast.browser("gil").get(f"/posts/{post.public_id}/").content.decode()
    assert "away until" in guest
    assert "Carol Cook" not in guest + cast.browser("gil").get(cast.alice.get_absolute_url()).content.decode()
    assert cast.browser("gil").get(f"/api/v1/people/{cast.alice.public_id}").json()["deputy"] is None
    assert "Carol" not in cast.browser("gil").get("/people/complete/?q=ali").json()[0]["note"]

    alice.post("/settings/away/", {"back": "1"})
    assert b"away until" not in bob.get(f"/posts/{post.public_id}/").content


def test_an_absence_that_cannot_be_is_refused_at_its_field() -> None:
    cast = make.cast()
    alice, today = cast.browser("alice"), timezone.localdate()
    good = {"since": today, "until": today, "note": "", "deputy": ""}
    for field, value in (
        ("until", today - timedelta(1)),
        ("deputy", "@alice.archer"),
        ("deputy", "@dave.dyer"),
        ("deputy", "@gil.guest"),
        ("note", "x" * 201),
        ("since", "soon"),
    ):
        refused = alice.post("/settings/away/", {**good, field: value})
        assert refused.status_code == 422, field
        assert refused.context["away_form"].errors.keys() == {field}
    body = {"since": str(today), "until": str(today), "deputy": cast.bob.public_id}
    assert alice.put("/api/v1/me/away", body, content_type="application/json").status_code == 204
    actions.deactivate(person=cast.bob, by=cast.ada)
    assert b"Bob Baker" not in cast.browser("carol").get(cast.alice.get_absolute_url()).content
    assert alice.delete("/api/v1/me/away").status_code == 204


def test_the_clock_of_someone_elsewhere_says_their_time_and_not_the_readers() -> None:
    cast = make.cast()
    actions.edit_profile(person=cast.bob, by=cast.bob, time_zone="Asia/Tokyo")
    with time_machine.travel(timezone.make_aware(timezone.datetime(2027, 1, 11, 12, 30)), tick=False):
        alice, bob = make.client(cast.alice), make.client(cast.bob)
        there = timezone.now().astimezone(zoneinfo.ZoneInfo("Asia/Tokyo"))
        page = alice.get(cast.bob.get_absolute_url()).content.decode()
        assert f'<time datetime="{there.isoformat(timespec="minutes")}">' in page and "Asia/Tokyo" in page
        assert there.strftime("%-I:%M") in page.partition("Asia/Tokyo")[0].rpartition("<time")[2]
        # Who has chosen no zone has the network's: someone elsewhere is told that clock too, and nobody one's own.
        assert "Local time" in bob.get(cast.alice.get_absolute_url()).content.decode()
        assert "Local time" not in alice.get(cast.carol.get_absolute_url()).content.decode()


def test_birthdays_and_first_days_are_told_by_those_who_want_to() -> None:
    cast = make.cast()
    alice = cast.browser("alice")
    form = {"name": "Alice Archer", "birth_day": "29", "birth_month": "02", "started_on": "2016-02-29"}
    assert alice.post("/settings/profile/", form).status_code == 302
    for wrong in ({"birth_day": "31"}, {"birth_month": ""}, {"started_on": "2999-01-01"}):
        assert alice.post("/settings/profile/", {**form, **wrong}).status_code == 422
    carol = cast.browser("carol")
    assert (
        b"29 Feb" in carol.get(cast.alice.get_absolute_url()).content
        or b"February 29" in carol.get(cast.alice.get_absolute_url()).content
    )
    gil = cast.browser("gil").get(cast.alice.get_absolute_url()).content
    assert b"Birthday" not in gil
    assert b"company since" not in gil
    for day, marked in ((date(2027, 2, 28), [0, 11]), (date(2028, 2, 28), []), (date(2028, 2, 29), [0, 12])):
        with time_machine.travel(timezone.make_aware(timezone.datetime(day.year, day.month, day.day, 12)), tick=False):
            page = make.client(cast.carol).get("/people/")
            assert [years for _person, years in page.context["marked"]] == marked, day
