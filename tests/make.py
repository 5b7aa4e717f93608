"""Plain builders for tests. They call the actions, so that events, notices and index entries exist as in life.

The cast is the same everywhere: alice (author), bob (same group), carol (outsider), dave (deactivated), mona
(moderator), ada (administrator), gil (guest).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from core import worker
from feed import actions as feed
from feed.models import Post
from groups import actions as groups
from groups.models import Group
from people import actions as people
from people.models import User

PASSWORD = "correct horse battery"


def person(name: str = "Pat Doe", **fields: Any) -> User:
    """A person with a verified address made of the name."""
    email = fields.pop("email", f"{name.split()[0].lower()}@example.org")
    return people.create_person(email=email, name=name, password=fields.pop("password", PASSWORD), **fields)


def group(by: User, name: str = "Reorg 2027", *, members: tuple[User, ...] = (), **fields: Any) -> Group:
    """A group made by `by` (its owner) with some members."""
    made = groups.create_group(by=by, name=name, **fields)
    for member in members:
        groups.add_member(group=made, person=member, by=by)
    return made


def post(author: User, body: str = "Hello everyone", *, group: Group | None = None, **fields: Any) -> Post:
    """A published post."""
    return feed.publish(author=author, body=body, group=group, **fields)


def reply(author: User, to: Post, body: str = "An answer", **fields: Any) -> Post:
    """An answer in a thread."""
    return feed.reply(author=author, to=to, body=body, **fields)


def client(who: User | None = None) -> Client:
    """A browser, signed in as someone or as nobody."""
    browser = Client()
    if who is not None:
        browser.force_login(who, backend="people.backend.Backend")
    return browser


def settle() -> int:
    """Run everything the worker would run until nothing is left: notices, tasks, the index."""
    return worker.work(once=True)


@dataclass
class Cast:
    """Everyone, and the places they are in."""

    alice: User
    bob: User
    carol: User
    dave: User
    mona: User
    ada: User
    gil: User
    #: Private: alice (owner), bob, gil (guest).
    private: Group
    #: Secret: alice (owner), bob.
    secret: Group
    #: Public: alice (owner), bob.
    public: Group

    def everyone(self) -> dict[str, User]:
        """The people by name."""
        return {name: getattr(self, name) for name in ("alice", "bob", "carol", "dave", "mona", "ada", "gil")}

    def browser(self, name: str) -> Client:
        """A browser signed in as one of them ("nobody" for an anonymous one); dave was signed in before he left."""
        return client(None if name == "nobody" else getattr(self, name))


def cast() -> Cast:
    """The whole cast with a private, a secret and a public group.

    The actions are called once a process; in a database that stands where it stood then, what they wrote is written
    again as it was, because hundreds of tests begin with the same cast. Keys start anew with each test on SQLite alone;
    elsewhere, and in a test that has written before or lives at another time, the actions are called again.
    """
    if connection.vendor != "sqlite":
        return _act()
    with connection.cursor() as cursor:
        stands = dict(cursor.execute("SELECT name, seq FROM sqlite_sequence WHERE seq > 0").fetchall())
    if _played and _played["stands"] == stands and timedelta() <= timezone.now() - _played["at"] < timedelta(hours=1):
        with connection.cursor() as cursor:
            for sql, values in _played["written"]:
                cursor.execute(sql, values)
        return copy.deepcopy(_played["cast"])
    written: list[tuple[str, Any]] = []

    def write_down(execute: Any, sql: str, values: Any, many: bool, context: dict) -> Any:
        if not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE")):
            # The number of a row that was written is asked for, and not needed a second time.
            written.extend((sql, one) for one in (values if many else [values]))
        return execute(sql, values, many, context)

    at = timezone.now()
    with connection.execute_wrapper(write_down):
        made = _act()
    if not _played:
        _played.update(stands=stands, at=at, written=written, cast=copy.deepcopy(made))
    return made


#: What the first cast of this process wrote, and where the database stood before.
_played: dict[str, Any] = {}


def _act() -> Cast:
    alice = person("Alice Archer", job_title="Author")
    bob = person("Bob Baker")
    carol = person("Carol Cook")
    dave = person("Dave Dyer")
    mona = person("Mona Mason", is_moderator=True)
    ada = person("Ada Abbott", is_admin=True)
    gil = person("Gil Guest", is_guest=True, email="gil@partner.example")
    private = group(alice, "Private reorg", privacy="private", join="request", members=(bob,))
    groups.add_member(group=private, person=gil, by=alice)
    secret = group(alice, "Secret merger", privacy="secret", join="invite", members=(bob,))
    public = group(alice, "Public lunch", members=(bob,))
    people.deactivate(person=dave, by=ada)
    return Cast(alice, bob, carol, dave, mona, ada, gil, private, secret, public)
