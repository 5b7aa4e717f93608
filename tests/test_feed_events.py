"""Events (O7's first half): when and where, who comes, who is told, and what other calendars read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feed.actions import calendar, drafts
from feed.models import CalendarEvent, CalendarFeed, Draft, Post, Rsvp
from groups import actions as groups
from inbox.models import Notice
from people import actions as people
from tests import make
from tests.test_api import Caller
from tests.test_feed_posts import FRAGMENT

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SENT = {
    "body": "",
    "kind": "event",
    "title": "Town <b>hall</b>",
    "from_day": "2026-11-24",
    "from_time": "10:00",
    "to_time": "11:30",
    "zone": "Europe/Brussels",
    "where": "Canteen, floor 2",
    "link": "meet.example/hall",
}


@pytest.fixture(autouse=True)
def clock():
    cache.clear()
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def told(person, verb: str) -> int:
    """How many lines of a kind stand in someone's bell."""
    return Notice.objects.filter(recipient=person, verb=verb).count()


def test_an_event_is_made_answered_moved_and_cancelled_and_those_who_answered_are_told(clock):
    cast = make.cast()
    alice, bob, gil, carol = (cast.browser(name) for name in ("alice", "bob", "gil", "carol"))
    group = {"group": cast.private.public_id}
    for wrong, words in (
        ({"title": " "}, "Give the event a name"),
        ({"from_day": ""}, "Say when it begins"),
        ({"from_time": ""}, "at what time it begins"),
        ({"to_time": "09:00"}, "ends before it begins"),
        ({"from_day": "2026-11-19"}, "still to come"),
        ({"from_day": "9999-12-31"}, "days ahead"),
        ({"zone": "Mars/Olympus"}, "time zone"),
        ({"link": "javascript:alert(1)"}, "https://"),
    ):
        refused = alice.post("/posts/", SENT | group | wrong)
        assert refused.status_code == 422 and words in refused.content.decode(), wrong
        assert "Canteen, floor 2" in refused.content.decode()
    assert not Post.objects.exists()
    card = alice.post("/posts/", SENT | group, headers=FRAGMENT).content.decode()
    assert "Town &lt;b&gt;hall&lt;/b&gt;" in card and "Tue 24 Nov 2026, 10:00–11:30" in card
    assert 'href="https://meet.example/hall"' in card
    post, event = Post.objects.get(), CalendarEvent.objects.get()
    assert event.starts_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC) and post.line == "Town <b>hall</b>"
    address = f"/posts/{post.public_id}/event"
    # Answers change and are taken back; nobody counts twice.
    bob.post(f"{address}/answer/", {"answer": "maybe"})
    assert (
        'aria-pressed="true"' in bob.post(f"{address}/answer/", {"answer": "going"}, headers=FRAGMENT).content.decode()
    )
    gil.post(f"{address}/answer/", {"answer": "no"})
    alice.post(f"{address}/answer/", {"answer": "going"})
    assert (
        'aria-pressed="true"'
        not in alice.post(f"{address}/answer/", {"answer": "going"}, headers=FRAGMENT).content.decode()
    )
    event.refresh_from_db()
    assert (event.going, event.maybe, event.declined) == (1, 0, 1)
    assert bob.post(f"{address}/answer/", {"answer": "perhaps"}, headers=FRAGMENT).status_code == 422
    # Only readers know of it, and who comes; who may not write there does not answer.
    for path in ("/", "/answer/", "/people/", ".ics", "/change/", "/cancel/"):
        assert carol.get(f"{address}{path}").status_code in (404, 405), path
    assert carol.post(f"{address}/answer/", {"answer": "going"}).status_code == 404
    assert "Bob Baker" in alice.get(f"{address}/people/").content.decode()
    # Its author and who looks after the place change it; those who answered are told of time and place, once.
    assert bob.get(f"{address}/change/").status_code == bob.post(f"{address}/cancel/", {"why": "x"}).status_code == 403
    form = alice.get(f"{address}/change/").content.decode()
    assert 'value="2026-11-24"' in form and 'value="10:00"' in form
    alice.post(f"{address}/change/", SENT | {"title": "Town hall"})
    make.settle()
    assert not told(cast.bob, "feed.rescheduled") and Post.objects.get().line == "Town hall"
    refused = alice.post(f"{address}/change/", SENT | {"title": ""})
    assert refused.status_code == 422 and "meet.example" in refused.content.decode()
    # By the clock of another place, and each reads it by their own.
    moved = SENT | {"title": "Town hall", "zone": "America/New_York", "where": "Garden"}
    assert alice.post(f"{address}/change/", moved).status_code == 302
    make.settle()
    assert told(cast.bob, "feed.rescheduled") == told(cast.gil, "feed.rescheduled") == 1
    assert not told(cast.alice, "feed.rescheduled") and not told(cast.mona, "feed.rescheduled")
    bell = bob.get("/notifications/").content.decode()
    assert "it is now Tue 24 Nov 2026, 16:00–17:30, Garden" in bell
    page = bob.get(f"/posts/{post.public_id}/").content.decode()
    assert "16:00–17:30" in page and "10:00–11:30 in New York" in page
    # Found by its name and its place.
    for word in ("Town hall", "Garden"):
        assert f"/posts/{post.public_id}/" in bob.get(f"/search/?q={word}&kind=event").content.decode(), word
        assert f"/posts/{post.public_id}/" not in carol.get(f"/search/?q={word}").content.decode()
    # Cancelling says why, and ends answers and changes.
    assert alice.post(f"{address}/cancel/", {"why": " "}).status_code == 422
    alice.post(f"{address}/cancel/", {"why": "The roof leaks"})
    make.settle()
    assert told(cast.bob, "feed.cancelled") == told(cast.gil, "feed.cancelled") == 1
    assert "The roof leaks" in bob.get("/notifications/").content.decode()
    assert "The roof leaks" in bob.get("/").content.decode()
    assert bob.post(f"{address}/answer/", {"answer": "no"}).status_code == 409
    assert (
        alice.get(f"{address}/change/").status_code == alice.post(f"{address}/cancel/", {"why": "x"}).status_code == 409
    )
    # It may take place after all: again they are told, answer, and their calendars hear of it.
    assert "It takes place after all" in alice.get(f"/posts/{post.public_id}/menu/").content.decode()
    assert bob.post(f"{address}/cancel/", {"act": "restore"}).status_code == 403
    assert alice.get(f"{address}/cancel/").status_code == 200
    before = CalendarEvent.objects.get().revision
    alice.post(f"{address}/cancel/", {"act": "restore"})
    make.settle()
    assert told(cast.bob, "feed.restored") == told(cast.gil, "feed.restored") == 1 and not told(
        cast.mona, "feed.restored"
    )
    assert CalendarEvent.objects.get().revision == before + 1 and CalendarEvent.objects.get().remind_at
    assert "The roof leaks" not in bob.get("/").content.decode()
    assert "STATUS:CANCELLED" not in bob.get(f"{address}.ics").content.decode()
    assert bob.post(f"{address}/answer/", {"answer": "going"}).status_code == 302
    # The words of its post are edited apart from it; with its post it goes.
    alice.post(f"/posts/{post.public_id}/edit/", {"body": "Bring cake"})
    assert Post.objects.get().line == "Town hall" and "Bring cake" in bob.get("/").content.decode()
    make.feed.delete(post=post, by=cast.alice)
    assert not CalendarEvent.objects.exists() and not Rsvp.objects.exists()


def test_those_who_come_are_reminded_once_also_when_no_worker_ran(clock):
    cast = make.cast()
    event = calendar.planned(title="Standup", starts_at=NOW + timedelta(hours=3))
    post = make.post(cast.alice, "", group=cast.private, kind="event", event=event)
    hidden = make.post(
        cast.alice,
        "",
        group=cast.private,
        kind="event",
        event=calendar.planned(title="Hidden", starts_at=event.starts_at),
    )
    for one in (post, hidden):
        for person, said in ((cast.bob, "going"), (cast.gil, "maybe"), (cast.alice, "no")):
            calendar.answer(post=one, person=person, answer=said)
    make.feed.withhold(post=hidden, by=cast.mona)
    assert calendar.remind() == 0
    # It begins in ten minutes, and no worker ran for hours.
    clock.move_to(NOW + timedelta(hours=2, minutes=50))
    assert calendar.remind() == 1 and calendar.remind() == 0
    make.settle()
    assert told(cast.bob, "feed.reminded") == told(cast.gil, "feed.reminded") == 1
    assert not told(cast.alice, "feed.reminded") and not told(cast.carol, "feed.reminded")
    assert "Reminder: “Standup”" in cast.browser("gil").get("/notifications/").content.decode()
    # What was hidden meanwhile is said when it is shown again; what is over is not.
    make.feed.release(post=hidden, by=cast.mona)
    assert calendar.remind() == 1
    CalendarEvent.objects.update(remind_at=NOW)
    clock.move_to(NOW + timedelta(hours=5))
    assert calendar.remind() == 0 and not CalendarEvent.objects.exclude(remind_at=None).exists()
    # Too late to answer, or to move it back.
    bob = cast.browser("bob")
    assert bob.post(f"/posts/{post.public_id}/event/answer/", {"answer": "no"}).status_code == 409
    assert "Standup" in bob.get("/events/?view=past").content.decode()
    assert "Standup" not in bob.get("/events/").content.decode()


def test_lists_hold_what_concerns_one_and_losing_a_place_takes_the_answer_with_it(clock):
    cast = make.cast()
    rows = {}
    for number, (name, group) in enumerate((("Private", cast.private), ("Public", cast.public), ("All", None))):
        event = calendar.planned(title=f"{name} day", starts_at=NOW + timedelta(days=number + 1), all_day=True)
        rows[name] = make.post(cast.alice, "", group=group, kind="event", event=event)
    titles = {"alice": {"Private", "Public", "All"}, "gil": {"Private"}, "carol": {"All"}}
    for who, seen in titles.items():
        page = cast.browser(who).get("/events/").content.decode()
        assert {name for name in rows if f"{name} day" in page} == seen, who
    assert "Sat 21 Nov 2026" in cast.browser("gil").get("/events/").content.decode()
    bob, gil = cast.browser("bob"), cast.browser("gil")
    # A page of a group costs nothing more for its events; a feed one question for all of them.
    for person in (cast.bob, cast.gil):
        calendar.answer(post=rows["Private"], person=person, answer="going")
    assert "Private day" in bob.get("/events/?view=mine").content.decode()
    beside = bob.get(f"/groups/{cast.private.public_id}/events/?beside=1", headers=FRAGMENT).content.decode()
    assert "Private day" in beside and "Public day" not in beside
    assert "/events/?beside=1" in bob.get(f"/groups/{cast.private.public_id}/").content.decode()
    bob.get("/")
    with CaptureQueriesContext(connection) as asked:
        bob.get("/")
    assert sum("feed_rsvp" in query["sql"] for query in asked) == 1
    assert not sum("feed_calendarevent" in query["sql"] for query in asked)
    # gil loses the place: nothing of it is left to him, and the others see one fewer.
    groups.remove_member(group=cast.private, person=cast.gil, by=cast.alice)
    assert (
        CalendarEvent.objects.get(title="Private day").going == 1 and not Rsvp.objects.filter(person=cast.gil).exists()
    )
    assert "Private day" not in gil.get("/events/").content.decode()
    CalendarEvent.objects.update(going=7)
    call_command("recount")
    assert sorted(CalendarEvent.objects.values_list("going", flat=True)) == [0, 0, 1]


def test_a_calendar_reads_what_its_person_may_see_now_and_an_address_can_be_taken_back(clock, settings):
    cast = make.cast()
    start = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Brussels"))
    said = {"time_zone": "Europe/Brussels", "place": "Room 1; left,\nthen right"}
    event = calendar.planned(title="Plan,\r\nEND:VEVENT", starts_at=start, **said)
    post = make.post(cast.alice, "Bring **cake**", group=cast.private, kind="event", event=event)
    days = calendar.planned(title="Fair", starts_at=start, ends_at=start + timedelta(days=1), all_day=True)
    make.post(cast.alice, "", kind="event", event=days)
    calendar.answer(post=post, person=cast.bob, answer="going")
    [one] = icalendar.Calendar.from_ical(cast.browser("bob").get(f"/posts/{post.public_id}/event.ics").content).events
    assert one["summary"] == "Plan, END:VEVENT" and one["location"] == "Room 1; left, then right"
    assert one.start == start and one["dtstart"].params["TZID"] == "Europe/Brussels"
    assert "Bring cake" in one["description"] and one["status"] == "CONFIRMED" and one["transp"] == "OPAQUE"
    bob, nobody = cast.browser("bob"), make.client()
    assert nobody.get("/settings/calendar/").status_code == 302
    assert "/calendar/" not in bob.get("/settings/calendar/").content.decode().replace("/settings/calendar/", "")
    bob.post("/settings/calendar/", {"act": "open"})
    first = f"/calendar/{calendar.feed_token(CalendarFeed.objects.get())}.ics"
    assert first in bob.get("/settings/calendar/").content.decode()
    answer = nobody.get(first)
    assert answer.status_code == 200 and not answer.cookies and answer["Content-Type"].startswith("text/calendar")
    assert "no-store" in answer["Cache-Control"]
    held = icalendar.Calendar.from_ical(answer.content)
    assert [one["summary"] for one in held.events] == ["Fair", "Plan, END:VEVENT"]
    fair = held.events[0]
    assert (fair.start.isoformat(), fair.end.isoformat()) == ("2026-11-24", "2026-11-26")
    assert [zone["tzid"] for zone in held.timezones] == ["Europe/Brussels"]
    # Declined it is gone, cancelled it says so, and out of the group it was never there.
    calendar.answer(post=post, person=cast.bob, answer="no")
    assert b"Plan" not in nobody.get(first).content
    calendar.answer(post=post, person=cast.bob, answer="maybe")
    assert b"STATUS:TENTATIVE" in nobody.get(first).content
    calendar.cancel(post=post, by=cast.alice, why="Rain")
    cancelled = nobody.get(first).content
    assert b"STATUS:CANCELLED" in cancelled and b"SEQUENCE:1" in cancelled and b"Cancelled: Plan" in cancelled
    groups.remove_member(group=cast.private, person=cast.bob, by=cast.alice)
    assert b"Plan" not in nobody.get(first).content and b"Fair" in nobody.get(first).content
    # A guest's holds their groups alone; a new address ends the earlier one; both can be taken back.
    guests = f"/calendar/{calendar.feed_token(calendar.open_feed(person=cast.gil))}.ics"
    assert b"Fair" not in nobody.get(guests).content
    bob.post("/settings/calendar/", {"act": "open"})
    second = f"/calendar/{calendar.feed_token(CalendarFeed.objects.get(person=cast.bob))}.ics"
    never = nobody.get("/calendar/abcdefghijklmnop.ics")
    assert never.status_code == 404 and nobody.get(second).status_code == 200
    bob.post("/settings/calendar/", {"act": "close"})
    people.deactivate(person=cast.gil, by=cast.ada)
    for gone in (first, second, guests, first.replace(".ics", "x.ics")):
        refused = nobody.get(gone)
        assert (refused.status_code, refused.content, refused.cookies) == (404, never.content, never.cookies), gone
    # A calendar that asks too often is told to wait.
    settings.KRING_LIMITS = {"CALENDAR_READS": 3}
    carols = f"/calendar/{calendar.feed_token(calendar.open_feed(person=cast.carol))}.ics"
    assert {nobody.get(carols).status_code for _time in range(3)} == {200}
    assert nobody.get(carols).status_code == 429 and nobody.get(carols)["Retry-After"]


def test_days_and_hours_are_those_of_the_clock_that_was_named(clock):
    brussels = ZoneInfo("Europe/Brussels")
    # The night in which the clock is set forward, and the one in which it is set back.
    event = calendar.planned(
        title="Night",
        starts_at=datetime(2027, 3, 28, 1, 0),
        ends_at=datetime(2027, 3, 28, 3, 0),
        time_zone="Europe/Brussels",
    )
    assert event.ends_at - event.starts_at == timedelta(hours=2)  # by the wall
    assert (event.ends_at.astimezone(UTC) - event.starts_at.astimezone(UTC)) == timedelta(hours=1)
    day = calendar.planned(
        title="Day", starts_at=datetime(2027, 10, 31, 12, 0), all_day=True, time_zone="Europe/Brussels"
    )
    assert day.ends_at.astimezone(UTC) - day.starts_at.astimezone(UTC) == timedelta(hours=25)
    assert day.starts_at.astimezone(brussels).hour == 0
    for wrong in (
        {"ends_at": NOW + timedelta(days=100)},
        {"starts_at": NOW + timedelta(days=4000)},
        {"starts_at": None},
    ):
        with pytest.raises(ValidationError):
            calendar.planned(**{"title": "x", "starts_at": NOW + timedelta(days=1)} | wrong)
    # As a draft it keeps what was typed, and becomes an event at its hour.
    cast = make.cast()
    alice = cast.browser("alice")
    alice.post("/posts/", SENT | {"act": "later", "at": "2026-11-21T08:00"})
    draft = Draft.objects.get()
    page = alice.get(f"/drafts/{draft.public_id}/").content.decode()
    assert 'value="2026-11-24"' in page and 'value="10:00' in page and draft.line == "Town <b>hall</b>"
    Draft.objects.update(due_at=NOW)
    assert drafts.send_due() == 1
    assert CalendarEvent.objects.get().starts_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def test_the_api_makes_answers_moves_and_cancels_events(clock):
    cast = make.cast()
    alice, bob, carol, gil = (Caller(one) for one in (cast.alice, cast.bob, cast.carol, cast.gil))
    event = {"title": "Plan", "starts_at": "2026-11-24T10:00:00", "time_zone": "Europe/Brussels", "place": "Room 1"}
    sent = {"body": "", "kind": "event", "event": event, "group": cast.private.public_id}
    made = alice.call("POST", "posts", sent)
    assert made.status_code == 201 and made.json()["event"]["starts_at"] == "2026-11-24T09:00:00Z"
    assert alice.call("POST", "posts", sent | {"event": None}).status_code == 422
    draft = alice.call("POST", "drafts", {"kind": "event", "event": event}).json()
    assert draft["event"]["starts_at"] == "2026-11-24T10:00" and draft["event"]["place"] == "Room 1"
    assert alice.call("POST", f"drafts/{draft['id']}/send").json()["event"]["starts_at"] == "2026-11-24T09:00:00Z"
    assert alice.call("POST", "posts", sent | {"event": event | {"title": ""}}).status_code == 422
    address = f"posts/{made.json()['id']}/event"
    assert bob.call("PUT", f"{address}/answer", {"answer": "going"}).json()["my_answer"] == "going"
    assert bob.call("PUT", f"{address}/answer", {"answer": "yes"}).status_code == 422
    gil.call("PUT", f"{address}/answer", {"answer": "maybe"})
    names = [row["person"]["name"] for row in alice.call("GET", f"{address}/answers").json()["items"]]
    assert names == ["Bob Baker", "Gil Guest"]
    assert gil.call("DELETE", f"{address}/answer").json()["maybe"] == 0
    assert bob.call("PATCH", address, {"place": "Room 2"}).status_code == 403
    moved = alice.call("PATCH", address, {"starts_at": "2026-11-25T10:00:00+01:00"}).json()
    assert moved["ends_at"] == "2026-11-25T10:00:00Z" and moved["place"] == "Room 1"
    [listed] = [one for one in bob.call("GET", "events").json()["items"] if one["group"]]
    assert listed["event"]["title"] == "Plan"
    [listed] = bob.call("GET", "events?view=mine").json()["items"]
    assert listed["event"]["my_answer"] == "going" and listed["event"]["title"] == "Plan"
    assert [one["group"] for one in carol.call("GET", "events").json()["items"]] == [None]
    for method, path in (("GET", address), ("GET", f"{address}/answers"), ("PUT", f"{address}/answer")):
        assert carol.call(method, path, {"answer": "going"} if method == "PUT" else None).status_code == 404
    assert alice.call("POST", f"{address}/cancel", {"why": "Rain"}).json()["cancelled"] == "Rain"
    assert bob.call("PUT", f"{address}/answer", {"answer": "no"}).status_code == 409
