"""Nobody is told what is not theirs to know: every surface, everyone of the cast, every kind of place.

`tests/surfaces.py` lists how each route is asked, `tests/world.py` furnishes the places and states the policy. Success
and denial share one house, so that a denial cannot pass for the wrong reason.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.header import decode_header, make_header
from typing import Any
from unittest import mock

import pytest
import time_machine
from channels.consumer import AsyncConsumer
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, get_resolver

from core import outgoing, worker
from core.content import kinds
from core.live import Live
from core.models import Event
from feed import actions as feed
from feed.actions import calendar
from feed.models import Post
from groups import actions as groups
from moderation import actions as moderation
from moderation.models import Case
from people import actions as people
from people.models import User
from tests import make, surfaces
from tests.surfaces import Ask, Place, asks, bytes_of, plain
from tests.test_inbox_sending import Browser, Maker
from tests.world import INSIDERS, NAMES, World, furnish, world

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db: None) -> World:
    return world()


# --- The registry ---


def test_every_route_is_asked_or_says_why_not() -> None:
    known = {route for route, _name, _view in surfaces.routes()}
    for route in known:
        listed = route in surfaces.PROBES or route in surfaces.EXEMPT
        assert listed or route.startswith(tuple(surfaces.FAMILIES)), f"{route} is in no list of tests/surfaces.py"
    assert not {*surfaces.PROBES, *surfaces.EXEMPT} - known, "a list of tests/surfaces.py names a route that is gone"
    assert not set(surfaces.PROBES) & set(surfaces.EXEMPT)


def test_every_address_leads_to_one_view() -> None:
    """Of two routes for one address the second is never reached. (Of the API one view answers all methods.)"""

    def walk(patterns: Any, before: str) -> Iterator[tuple[str, Any]]:
        for one in patterns:
            if isinstance(one, URLPattern):
                yield before + str(one.pattern), one.callback
            else:
                yield from walk(one.url_patterns, before + str(one.pattern))

    seen: set[str] = set()
    for route, _view in walk(get_resolver().url_patterns, ""):
        if not route.startswith(("api/", "admin/")):
            assert route not in seen, route
            seen.add(route)


def test_every_command_and_every_work_of_the_worker_is_listed() -> None:
    assert set(surfaces.commands()) <= set(surfaces.COMMANDS)
    assert set(worker._drains) == set(surfaces.WORK)


def test_there_is_one_socket() -> None:
    assert {one for one in descendants(AsyncConsumer) if one.__module__.partition(".")[0] != "channels"} == {Live}


def descendants(kind: type) -> set[type]:
    """Everything that is made from a class."""
    return {one for child in kind.__subclasses__() for one in (child, *descendants(child))}


# --- The matrix ---


def askers(ask: Ask, place: str) -> list[str]:
    """Who asks about a place: of several who stand alike, one. Who is told the most comes first, for caches."""
    if ask.address.startswith("/admin/"):
        return ["eva", "wim", "ada", "mona", "bob", "nobody"]
    left_out = {"private": {"eva", "wim", "ada"}, "secret": {"bob", "wim", "ada"}}
    if place in left_out:
        return [name for name in NAMES if name not in left_out[place]]
    return ["bob", "gil", "dave", "nobody"]


def matrix(made: World, *, acts: bool) -> list[str]:
    """Ask everything as everyone; what is wrong with the answers, in sentences."""
    faults: set[str] = set()
    for route, ask in asks():
        if (ask.method != "GET") != acts:
            continue
        for place in made.places.values() if ask.hides else [made.places["private"]]:
            if place.name == "everyone" and "{group}" in ask.address + str(ask.data):
                continue
            for who in askers(ask, place.name):
                hidden = made.hidden(who, place.name, ask.names)
                if hidden or not acts:
                    faults.update(wrongs(made, who, place, route, ask, hidden))
    return sorted(faults)


def wrongs(made: World, who: str, place: Place, route: str, ask: Ask, hidden: frozenset[str]) -> Iterator[str]:
    """Ask one thing as one person, and the same of ids that never were: what is wrong with the answers."""
    answer = send(made, who, ask, place.ids)
    seen = bytes_of(answer)
    if answer.status_code >= 500:
        yield f"{answer.status_code} for {who} at {ask.address}"
    sent = ask.address.format_map(place.ids)
    for other in made.places.values():
        for name, token in other.tokens.items():
            if token.encode() in seen and token not in sent and not made.may_know(who, other.name, name, route):
                yield f"{who} is told the {name} of {other.name} by {ask.method} {ask.address}"
    for other in [place] if ask.hides else made.places.values():
        for name in missing(who, other, ask, seen):
            yield f"{who} does not find the {name} of {other.name} at {ask.address}"
    if hidden:
        never = place.without(hidden)
        ours = plain(seen, {name: place.ids[name] for name in hidden})
        theirs = plain(bytes_of(send(made, who, ask, never)), {name: never[name] for name in hidden})
        if ours != theirs:
            at = next(i for i, (a, b) in enumerate(zip(ours + b"?", theirs + b"!", strict=False)) if a != b)
            at = max(at, 60)
            yield (
                f"{ask.method} {ask.address} tells {who} that there is something in {place.name}: "
                f"{ours[at - 60 : at + 60]!r} is {theirs[at - 60 : at + 60]!r} for ids that never were"
            )


def send(made: World, who: str, ask: Ask, ids: dict[str, str]) -> Any:
    """Ask, without the message that the request before left for the next page."""
    made.browsers[who].cookies.pop("messages", None)
    return ask.send(made.browsers[who], ids)


def missing(who: str, place: Place, ask: Ask, seen: bytes) -> list[str]:
    """The strings that an insider must find on a surface and does not."""
    if who not in INSIDERS[place.name]:
        return []
    # One's own lists hold of a public group only what is followed: that of its members.
    own = "view=mine" in ask.address or ask.address.startswith(("/?", "/api/v1/feed")) or ask.address == "/"
    own = own or ask.address in ("/events/", "/api/v1/events")
    if own and place.name == "public" and who not in ("alice", "bob", "eva"):
        return []
    if who == "gil" and ask.address.startswith(("/people/skills/", "/api/v1/skills/")):
        # A part of the directory, which guests do not have.
        return []
    names = [name for name in ask.shows if place.name != "everyone" or name not in ("name", "description")]
    return [name for name in names if place.tokens[name].encode() not in seen]


def test_nobody_is_told_what_is_not_theirs_and_everyone_finds_what_is(house: World) -> None:
    faults = [*matrix(house, acts=False), *calendars(house), *mailed(house)]
    assert not faults, "\n" + "\n".join(faults)


def calendars(made: World) -> Iterator[str]:
    """Ask each person's own calendar address, without a cookie, for what that person may know."""
    for who, person in made.people.items():
        if not person.is_active:
            continue
        seen = bytes_of(Client().get(f"/calendar/{calendar.feed_token(calendar.open_feed(person=person))}.ics"))
        # Long lines of such a file are folded.
        seen = seen.replace(b"\r\n ", b"")
        for place in made.places.values():
            for name, token in place.tokens.items():
                if token.encode() in seen and not made.may_know(who, place.name, name):
                    yield f"the calendar of {who} is told the {name} of {place.name}"
            theirs = who in INSIDERS[place.name] and (place.name != "public" or who in ("alice", "bob", "eva"))
            for name in ("gathering", "venue") if theirs else ():
                if place.tokens[name].encode() not in seen:
                    yield f"the calendar of {who} does not hold the {name} of {place.name}"


def mailed(made: World) -> Iterator[str]:
    """Announce something in each place: read each letter as its mailbox has it, and each message as its device has."""
    cast, opened = made.cast, {}
    for who, person in made.people.items():
        if person.is_active:
            opened[who] = Browser(who)
            made.browsers[who].post("/notifications/devices/", opened[who].answer)
    mail.outbox.clear()
    for place in made.places.values():
        body = f"{place.tokens['body']} #t{place.tokens['topic']} for @carol.cook @rita.reed"
        author = cast.ada if place.name == "everyone" else cast.alice
        make.post(author, body, group=made.groups.get(place.name), kind="announcement")
    maker = Maker()
    with mock.patch.multiple(outgoing, look_up=maker.look_up, connect=maker.connect):
        make.settle()
    got: dict[str, list[bytes]] = {}
    for letter in mail.outbox:
        message = letter.message()
        parts = [part.get_payload(decode=True) or b"" for part in message.walk() if not part.is_multipart()]
        heads = "\n".join(f"{name}: {make_header(decode_header(value))}" for name, value in message.items()).encode()
        got.setdefault(letter.to[0].partition("@")[0], []).append(b"\n".join([message.as_bytes(), heads, *parts]))
    for path, sealed, heads in maker.brought:
        who = path.rpartition("/")[2]
        text = json.dumps(opened[who].reads(sealed)).encode()
        # On a device stands no word that anyone wrote.
        for place in made.places.values():
            if any(token.encode() in text + sealed + str(heads).encode() for token in place.tokens.values()):
                yield f"the device of {who} is told something of {place.name}"
    for place in made.places.values():
        author = "ada" if place.name == "everyone" else "alice"
        for who in made.people:
            seen = b"".join(got.get(who, []))
            for name, token in place.tokens.items():
                if token.encode() in seen and (place.name == "secret" or not made.may_know(who, place.name, name)):
                    yield f"a letter to {who} tells the {name} of {place.name}"
            theirs = who in INSIDERS[place.name] - {author} and place.name != "secret"
            if theirs != (place.tokens["body"].encode() in seen):
                yield f"a letter to {who} {'lacks' if theirs else 'has'} the announcement of {place.name}"
    for who in made.people:
        count = sum(who in INSIDERS[one] and who != ("ada" if one == "everyone" else "alice") for one in made.places)
        letters, messages = len(got.get(who, [])), sum(path == f"/to/{who}" for path, *_rest in maker.brought)
        if (letters, messages) != (count, count):
            yield f"{who} has {letters} letters and {messages} messages, not {count}"


def test_no_act_on_what_is_hidden_does_anything_or_tells_that_it_is_there(house: World) -> None:
    before, posts = as_kept(house), Post.objects.count()
    faults = matrix(house, acts=True)
    assert not faults, "\n" + "\n".join(faults)
    assert as_kept(house) == before
    assert Post.objects.count() == posts


def as_kept(made: World) -> list[dict[str, Any]]:
    """The rows of all places as the database has them now."""
    found = []
    for row in (row for rows in made.rows.values() for row in rows):
        now = type(row)._base_manager.get(pk=row.pk).__dict__
        found.append({name: value for name, value in now.items() if not name.startswith("_")})
    return found


def test_who_may_see_a_row_and_its_readers_agree(house: World) -> None:
    newcomer = make.person("Nell New")
    groups.edit_group(group=house.groups["private"], by=house.cast.alice, history="joining")
    # With the group as it was before: its rules are read anew.
    groups.add_member(group=house.groups["private"], person=newcomer, by=house.cast.alice)
    assert not house.posts["private"].is_visible_to(newcomer)
    # Signed up, and has not confirmed the address.
    User.objects.create(email="pia@example.org", name="Pia Pending", handle="pia", is_active=False)
    make.post(house.cast.alice, "After that", group=house.groups["private"])
    feed.withhold(post=house.posts["public"], by=house.cast.mona)
    house.files["private"].withhold(by=house.cast.mona)
    everyone = list(User.objects.all())
    found = 0
    for model in kinds():
        rows = list(model._base_manager.all())
        assert rows, f"the house holds no {model.kind}"
        visible = {one.pk: set(model._default_manager.visible_to(one).values_list("pk", flat=True)) for one in everyone}
        for row in rows:
            readers = set(row.readers().values_list("pk", flat=True))
            seers = {pk for pk, seen in visible.items() if row.pk in seen}
            assert readers == seers, (model.kind, row.pk, readers - seers, seers - readers)
            assert row.readers_among([one.pk for one in everyone]) == readers, (model.kind, row.pk)
            found += len(readers)
        assert any(row.pk not in visible[house.cast.gil.pk] for row in rows), f"gil sees every {model.kind}"
    assert found > 200


# --- Access ends ---


#: What stands in the same place, and not in that post.
BESIDE = {"question", "solved", "folder", "shelved", "praise", "gathering", "venue", "stead", "spoken", "outdated"}


def ends(made: World, how: str) -> set[str]:
    """Something ends bob's sight of the public or private place, or everyone's of its post; what he may still know."""
    cast, group = made.cast, made.groups["private"]
    if how == "removed":
        groups.remove_member(group=group, person=cast.bob, by=cast.alice)
    elif how == "left":
        groups.leave(group=group, person=cast.bob)
    elif how == "deactivated":
        people.deactivate(person=cast.bob, by=cast.ada)
        return set()
    elif how == "withheld":
        feed.withhold(post=made.posts["private"], by=cast.mona)
        return {"name", "description", "title", "text", "paper"} | BESIDE
    elif how == "edited":
        feed.edit(post=made.posts["private"], by=cast.alice, body="Never mind")
        return set(made.places["private"].tokens) - {"body", "topic"}
    elif how == "file hidden":
        made.files["private"].withhold(by=cast.mona)
        return set(made.places["private"].tokens) - {"filename", "bytes"}
    elif how == "deleted":
        feed.delete(post=made.posts["private"], by=cast.alice)
        return {"name", "description", "title", "text", "paper", "reply"} | BESIDE
    elif how == "secret":
        groups.edit_group(group=group, by=cast.alice, privacy="secret", join="invite")
        groups.remove_member(group=group, person=cast.bob, by=cast.alice)
        return set()
    return {"name", "description"}


ENDINGS = [
    "removed",
    *(
        pytest.param(how, marks=pytest.mark.slow)
        for how in ("deactivated", "withheld", "deleted", "left", "secret", "edited", "file hidden")
    ),
]


@pytest.mark.parametrize("how", ENDINGS)
def test_what_ends_is_gone_in_the_next_answer_though_worker_and_indexer_stand_still(how: str) -> None:
    made = world(("private",))
    place = made.places["private"]
    before = b"".join(bytes_of(send(made, "bob", ask, place.ids)) for _route, ask in asks("GET"))
    told = {name for name, token in place.tokens.items() if token.encode() in before}
    assert {"name", "body", "topic", "reply", "earlier", "filename", "alt", "bytes", "title", "text", "paper"} <= told
    still = ends(made, how)
    faults = []
    for _route, ask in asks("GET"):
        if how == "edited" and "history" in ask.address:
            continue
        seen = bytes_of(send(made, "bob", ask, place.ids))
        sent = ask.address.format_map(place.ids)
        faults += [
            f"bob is still told the {name} by {ask.address}"
            for name, token in place.tokens.items()
            if token.encode() in seen and token not in sent and name not in still
        ]
    assert not faults, "\n" + "\n".join(faults)
    make.settle()
    after = b"".join(bytes_of(send(made, "bob", ask, place.ids)) for _route, ask in asks("GET") if not ask.hides)
    assert not {name for name, token in place.tokens.items() if token.encode() in after} - still - {"topic"}


@pytest.mark.slow
def test_narrowing_a_public_group_closes_it_in_the_next_answer() -> None:
    made = world(("public",))
    place = made.places["public"]
    for _route, ask in asks("GET"):
        send(made, "carol", ask, place.ids)
    groups.edit_group(group=made.groups["public"], by=made.cast.alice, privacy="private", join="request")
    for _route, ask in asks("GET"):
        seen, sent = bytes_of(send(made, "carol", ask, place.ids)), ask.address.format_map(place.ids)
        for name, token in place.tokens.items():
            if name not in ("name", "description") and token not in sent:
                assert token.encode() not in seen, (name, ask.address)


def test_a_moderator_outside_sees_a_decided_case_as_it_was_reported_and_each_look_is_recorded() -> None:
    made = world(("private",))
    place, case = made.places["private"], Case.objects.get(source=Case.Source.REPORT)
    moderation.decide(case=case, by=made.cast.mona, act="keep", rule=None)
    feed.edit(post=made.posts["private"], by=made.cast.alice, body="Said after it was decided")
    looks = Event.objects.filter(verb="moderation.case.viewed", actor=made.cast.mona)
    before = looks.count()
    text = made.browsers["mona"].get(f"/moderation/cases/{place.ids['case']}/").content.decode()
    assert place.tokens["body"] in text and "after it was decided" not in text
    assert looks.count() == before + 1


# --- What is there and may not be known changes nothing ---


# In both companies every page is read: more than half a minute, so beside the suite and not in it.
@pytest.mark.slow
def test_everything_an_outsider_sees_is_the_same_with_and_without_a_secret_place() -> None:
    with time_machine.travel(datetime(2026, 11, 20, 10, 0, tzinfo=UTC), tick=False):
        made = world(("public",))
        place = made.places["public"]
        outsiders = ("carol", "rita", "gil", "wim", "nobody")
        views = [(route, ask) for route, ask in asks("GET")]

        def look() -> dict[tuple[str, str], bytes]:
            return {
                (who, ask.address): plain(bytes_of(send(made, who, ask, place.ids)), {})
                for who in outsiders
                for _route, ask in views
            }

        look()
        before = look()
        made.places["secret"] = furnish(made, "secret")
        after = look()
    changed = [key for key in before if before[key] != after[key]]
    assert not changed, [(key, first_difference(before[key], after[key])) for key in changed]


def first_difference(one: bytes, other: bytes) -> tuple[bytes, bytes]:
    """Where two answers part."""
    at = next(i for i, (a, b) in enumerate(zip(one + b"?", other + b"!", strict=False)) if a != b)
    return one[max(at - 60, 0) : at + 60], other[max(at - 60, 0) : at + 60]


# --- Beside the pages ---


@pytest.mark.slow
def test_no_record_log_or_command_holds_what_people_wrote(caplog: Any, capsys: Any) -> None:
    caplog.set_level("DEBUG")
    made = world(("secret",))
    for _route, ask in asks("GET"):
        for who in ("alice", "carol"):
            send(made, who, ask, made.places["secret"].ids)
    call_command("search_audit")
    with contextlib.suppress(SystemExit):
        call_command("doctor")
    printed = capsys.readouterr()
    events = json.dumps(list(Event.objects.values_list("verb", "target_kind", "data", "failure")))
    logged = "\n".join(
        record.getMessage() for record in caplog.records if record.name.partition(".")[0] in settings.ROOMS
    )
    for name, token in made.places["secret"].tokens.items():
        for where, text in (("events", events), ("output", printed.out + printed.err), ("log", logged)):
            assert token not in text, (name, where)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["alice", "carol"])
def test_an_error_inside_tells_nothing(who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = world(("secret",))
    place = made.places["secret"]

    def broken(*_args: Any, **_more: Any) -> Any:
        raise ValueError(f"{place.tokens['body']} in /srv/kring/feed.py SELECT")

    monkeypatch.setattr("feed.cards.Reader.__init__", broken)
    browser = made.browsers[who]
    browser.raise_request_exception = False
    failed = set()
    for _route, ask in asks("GET"):
        answer = send(made, who, ask, place.ids)
        if answer.status_code == 500:
            failed.add(ask.address)
            seen = bytes_of(answer)
            assert not [name for name, token in place.tokens.items() if token.encode() in seen], ask.address
            assert b"/srv/" not in seen and b"SELECT" not in seen and b"Traceback" not in seen
    assert "/" in failed
