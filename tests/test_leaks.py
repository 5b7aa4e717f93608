"""A model that knows the policy against the whole site: random lives, and every answer looked through for leaks.

The oracle below is written from the policy (design: trust, section 7) and knows nothing of Django. People come, groups
are made, opened, closed and archived, members come and go, things are written, changed and deleted; the worker and the
indexer run, or do not. At any moment anybody asks any surface, and what they get may hold no token they may not know;
what they must find is there.
"""

from __future__ import annotations

import contextlib
import os
import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from core import worker
from core.refusal import Refused
from feed import actions as feed
from feed.cards import shelf
from groups import actions as groups
from people import actions as people
from tests import make
from tests.surfaces import WORD, bytes_of
from tests.world import token

pytestmark = pytest.mark.django_db

#: What anybody may ask; {} is the id of a thing.
SURFACES = [
    "/",
    "/?view=company&sort=new",
    "/?view=following",
    "/bookmarks/",
    "/notifications/",
    "/groups/",
    "/groups/?view=mine",
    "/people/",
    "/topics/",
    "/topics/trending/",
    f"/search/?q={WORD}",
    f"/search/?q={WORD}&kind=reply",
    "/search/suggest/?q=k",
    "/api/v1/feed",
    "/api/v1/groups",
    f"/api/v1/search?q={WORD}",
    "/api/v1/notifications",
    "/moderation/",
]
OF_A_POST = ["/posts/{}/", "/posts/{}/history/", "/posts/{}/reactions/", "/posts/{}/menu/", "/api/v1/posts/{}"]
OF_A_GROUP = ["/groups/{}/", "/groups/{}/members/", "/api/v1/groups/{}", "/api/v1/groups/{}/posts"]
OF_A_PERSON = ["/people/{}/", "/people/{}/posts/", "/api/v1/people/{}"]


# --- The oracle ---


@dataclass
class Person:
    """Someone, as the policy sees them."""

    name: str
    guest: bool
    row: Any
    browser: Client
    active: bool = True

    def __repr__(self) -> str:
        return self.name


@dataclass
class Place:
    """A group: who is in it, who may know of it."""

    privacy: str
    words: str
    row: Any
    members: list[Person]
    archived: bool = False

    def __repr__(self) -> str:
        return f"{self.privacy} group"

    def known_to(self, person: Person) -> bool:
        """Whether its name may be known."""
        if not person.active:
            return False
        return person in self.members or (self.privacy != "secret" and not person.guest)


@dataclass
class Said:
    """A post or an answer. `open_then` keeps what was said in a closed group closed when the group opens."""

    author: Person
    place: Place | None
    words: str
    row: Any
    root: Said | None = None
    was_closed: bool = False
    earlier: list[str] = field(default_factory=list)
    deleted: bool = False
    withheld: bool = False

    def __repr__(self) -> str:
        return f"{self.author} in {self.place}"

    def reaches(self, person: Person) -> bool:
        """Whether `person` is of its audience."""
        if not person.active:
            return False
        if self.place is None:
            return not person.guest
        if person in self.place.members:
            return True
        return self.place.privacy == "public" and not self.was_closed and not person.guest

    def known_to(self, person: Person) -> bool:
        """Whether what it says now may be known."""
        above = self.root is None or not self.root.withheld
        return self.reaches(person) and above and not self.deleted and not self.withheld

    def tokens_for(self, person: Person) -> tuple[set[str], set[str]]:
        """What may be known of it, and what may not."""
        every = {self.words, *self.earlier}
        return (every, set()) if self.known_to(person) else (set(), every)


class Leak(RuleBasedStateMachine):
    """Lives of a company."""

    persons = Bundle("persons")
    places = Bundle("places")
    said = Bundle("said")

    def __init__(self) -> None:
        super().__init__()
        # What the life before has left: its rows are gone, and their keys come again.
        cache.clear()
        shelf.clear()
        self.held = transaction.atomic()
        self.held.__enter__()
        self.random = random.Random(7)
        self.everyone: list[Person] = []
        self.all_places: list[Place] = []
        self.all_said: list[Said] = []

    def teardown(self) -> None:
        try:
            self.sweep()
            with contextlib.suppress(Exception):
                worker.work(once=True)
            self.sweep()
        finally:
            transaction.set_rollback(True)
            self.held.__exit__(None, None, None)

    # --- People ---

    def someone(self, *, guest: bool = False, **fields: Any) -> Person:
        number = len(self.everyone)
        row = make.person(f"Person{number} Park", is_guest=guest, **fields)
        made = Person(f"person {number}", guest, row, make.client(row))
        self.everyone.append(made)
        return made

    @initialize(target=persons)
    def begin(self) -> Any:
        self.admin = self.someone(is_admin=True)
        return multiple(self.admin, self.someone(), self.someone(), self.someone(guest=True))

    @rule(target=persons, guest=st.booleans())
    def arrives(self, guest: bool) -> Any:
        return self.someone(guest=guest) if len(self.everyone) < 8 else multiple()

    @rule(person=persons)
    def is_deactivated(self, person: Person) -> None:
        if person is self.admin or not person.active:
            return
        people.deactivate(person=person.row, by=self.admin.row)
        person.active = False
        for place in self.all_places:
            place.members = [one for one in place.members if one is not person]
        self.take_stock()

    # --- Groups ---

    @rule(target=places, by=persons, privacy=st.sampled_from(["public", "private", "secret"]))
    def makes_a_group(self, by: Person, privacy: str) -> Any:
        if by.guest or not by.active or len(self.all_places) > 5:
            return multiple()
        words = token(self.random)
        join = {"public": "open", "private": "request", "secret": "invite"}[privacy]
        row = make.group(by.row, f"{WORD} {words}", privacy=privacy, join=join)
        made = Place(privacy, words, row, [by])
        self.all_places.append(made)
        return made

    @rule(place=places, person=persons)
    def is_added(self, place: Place, person: Person) -> None:
        if self.tried(lambda: groups.add_member(group=place.row, person=person.row, by=self.owner(place))):
            self.take_stock()

    @rule(place=places, person=persons)
    def is_removed(self, place: Place, person: Person) -> None:
        if self.tried(lambda: groups.remove_member(group=place.row, person=person.row, by=self.owner(place))):
            self.take_stock()

    @rule(place=places, person=persons)
    def leaves(self, place: Place, person: Person) -> None:
        if self.tried(lambda: groups.leave(group=place.row, person=person.row)):
            self.take_stock()

    @rule(place=places, privacy=st.sampled_from(["public", "private", "secret"]))
    def changes_privacy(self, place: Place, privacy: str) -> None:
        join = {"public": "open", "private": "request", "secret": "invite"}[privacy]
        if self.tried(lambda: groups.edit_group(group=place.row, by=self.owner(place), privacy=privacy, join=join)):
            if privacy == "public" and place.privacy != "public":
                for one in self.all_said:
                    one.was_closed = one.was_closed or one.place is place
            place.privacy = privacy

    @rule(place=places)
    def is_archived(self, place: Place) -> None:
        place.archived = self.tried(lambda: groups.archive(group=place.row, by=self.owner(place))) or place.archived

    # --- What is said ---

    @rule(target=said, author=persons, place=st.one_of(st.none(), places))
    def posts(self, author: Person, place: Place | None) -> Any:
        words = token(self.random)
        made: list[Any] = []
        body = f"{WORD} {words} #k{words} " + " ".join(f"@{one.row.handle}" for one in self.everyone[:4])
        if not self.tried(
            lambda: made.append(feed.publish(author=author.row, body=body, group=place.row if place else None))
        ):
            return multiple()
        one = Said(author, place, words, made[0])
        self.all_said.append(one)
        return one

    @rule(target=said, author=persons, to=said)
    def answers(self, author: Person, to: Said) -> Any:
        words = token(self.random)
        made: list[Any] = []
        if not to.known_to(author) or not self.tried(
            lambda: made.append(feed.reply(author=author.row, to=fresh(to.row), body=f"{WORD} {words}"))
        ):
            return multiple()
        root = to.root or to
        one = Said(author, to.place, words, made[0], root=root, was_closed=root.was_closed)
        self.all_said.append(one)
        return one

    @rule(one=said)
    def is_edited(self, one: Said) -> None:
        words = token(self.random)
        if self.tried(lambda: feed.edit(post=fresh(one.row), by=one.author.row, body=f"{WORD} {words}")):
            one.earlier.append(one.words)
            one.words = words

    @rule(one=consumes(said))
    def is_deleted(self, one: Said) -> None:
        one.deleted = self.tried(lambda: feed.delete(post=fresh(one.row), by=one.author.row)) or one.deleted

    @rule(one=said)
    def is_withheld(self, one: Said) -> None:
        if not one.deleted and self.tried(lambda: feed.withhold(post=fresh(one.row), by=self.admin.row)):
            one.withheld = True

    @rule(one=said)
    def is_released(self, one: Said) -> None:
        if one.withheld and self.tried(lambda: feed.release(post=fresh(one.row), by=self.admin.row)):
            one.withheld = False

    @rule(person=persons, one=said)
    def reacts_and_keeps(self, person: Person, one: Said) -> None:
        if one.known_to(person):
            self.tried(lambda: feed.react(post=fresh(one.row), person=person.row, emoji="👍"))
            self.tried(lambda: feed.bookmark(post=fresh(one.row), person=person.row))

    @rule()
    def the_worker_runs(self) -> None:
        worker.work(once=True)

    # --- Asking ---

    @rule(person=persons, surface=st.sampled_from(SURFACES))
    def looks(self, person: Person, surface: str) -> None:
        self.asks(person, surface)

    @rule(person=persons, one=said, surface=st.sampled_from(OF_A_POST))
    def looks_at_a_post(self, person: Person, one: Said, surface: str) -> None:
        seen = self.asks(person, surface.format(one.row.public_id))
        if one.known_to(person) and surface in ("/posts/{}/", "/api/v1/posts/{}"):
            assert one.words.encode() in seen, f"{person} does not find {one} at {surface}"

    @rule(person=persons, place=places, surface=st.sampled_from(OF_A_GROUP))
    def looks_at_a_group(self, person: Person, place: Place, surface: str) -> None:
        seen = self.asks(person, surface.format(place.row.public_id))
        if place.known_to(person) and surface in ("/groups/{}/", "/api/v1/groups/{}"):
            assert place.words.encode() in seen, f"{person} does not find {place} at {surface}"

    @rule(person=persons, other=persons, surface=st.sampled_from(OF_A_PERSON))
    def looks_at_someone(self, person: Person, other: Person, surface: str) -> None:
        self.asks(person, surface.format(other.row.public_id))

    @invariant()
    def home_is_clean(self) -> None:
        if self.all_said:
            self.asks(self.everyone[len(self.all_said) % len(self.everyone)], "/")

    # --- Parts of the above ---

    def asks(self, person: Person, address: str) -> bytes:
        """Ask, and look through the answer."""
        answer = person.browser.get(address)
        assert answer.status_code < 500, address
        seen = bytes_of(answer)
        for place in self.all_places:
            if place.words.encode() in seen:
                assert place.known_to(person), f"{person} is told the name of a {place} by {address}"
        for one in self.all_said:
            for words in one.tokens_for(person)[1]:
                assert words.encode() not in seen, f"{person} is told what {one} by {address}"
        return seen

    def sweep(self) -> None:
        """Everyone asks everything."""
        for person in self.everyone:
            for surface in SURFACES:
                self.asks(person, surface)
            for one in self.all_said[-6:]:
                self.looks_at_a_post(person, one, "/posts/{}/")
            for place in self.all_places:
                self.looks_at_a_group(person, place, "/groups/{}/")

    def tried(self, act: Any) -> bool:
        """Whether the site let it happen."""
        try:
            with transaction.atomic():
                act()
        except (Refused, ValidationError):
            return False
        return True

    def owner(self, place: Place) -> Any:
        """Someone who may change a group, or nobody in particular."""
        leading = place.row.memberships.filter(role="owner", person__is_active=True).select_related("person").first()
        return leading.person if leading else self.admin.row

    def take_stock(self) -> None:
        """Who is in a group is what its list of members says: the oracle is about what they may see."""
        by_pk = {one.row.pk: one for one in self.everyone}
        for place in self.all_places:
            place.row.refresh_from_db()
            place.members = [
                by_pk[pk]
                for pk in place.row.memberships.values_list("person", flat=True)
                if pk in by_pk and by_pk[pk].active
            ]


def fresh(row: Any) -> Any:
    """The row as it stands now."""
    return type(row)._base_manager.get(pk=row.pk)


def lives(examples: int, steps: int, **more: Any) -> Any:
    """How many lives, and how long."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )


def test_no_life_of_a_company_leaks() -> None:
    run_state_machine_as_test(Leak, settings=lives(3, 30, derandomize=True, database=None))


@pytest.mark.slow
def test_no_long_life_of_a_company_leaks() -> None:
    # The same twenty each time, so that a change is judged by itself; LIVES=500 takes others where there is time.
    many = int(os.environ.get("LIVES", "0"))
    more = {"print_blob": True} if many else {"derandomize": True, "database": None}
    run_state_machine_as_test(Leak, settings=lives(many or 20, 40, **more))
