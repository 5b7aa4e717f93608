"""Plain builders for tests. They call the actions, so that events, notices and index entries exist as in life.

The cast is the same everywhere: alice (author), bob (same group), carol (outsider), dave (deactivated), mona
(moderator), ada (administrator), gil (guest).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client

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
    """The whole cast with a private, a secret and a public group."""
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
