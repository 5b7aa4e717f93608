"""People of another network who move in: placeholders, many at a time, that their address can claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.events import record_all
from core.text import handle_for
from people.actions.accounts import _hashed, _write_profile, clean_address, create_person
from people.models import User
from search.actions import changed


@dataclass(frozen=True)
class Newcomer:
    """What another network says of a person."""

    #: "yammer:person:123": where they were found.
    origin: str
    name: str
    email: str
    #: The address they get where theirs is none, or belongs to somebody here already.
    other_email: str
    #: Fields of `PROFILE`; one that cannot be kept is left out.
    profile: dict[str, Any] = field(default_factory=dict)
    joined_at: datetime | None = None
    #: When they left; None for those who are awaited.
    left_at: datetime | None = None
    #: Somebody from outside.
    is_guest: bool = False


def take_in(*, newcomers: Sequence[Newcomer]) -> list[User]:
    """Make a placeholder of each, in one transaction; nobody is told. In the order of what was given.

    Raises:
        ValidationError: neither address of somebody is one.
    """
    try:
        return _together(newcomers)
    except IntegrityError:
        # Somebody signed up meanwhile with a handle or an address of these: one by one then, each with its own retry.
        return [_alone(newcomer) for newcomer in newcomers]


@transaction.atomic
def _together(newcomers: Sequence[Newcomer]) -> list[User]:
    handles = set(User.objects.values_list("handle", flat=True))
    wanted = {newcomer.email.strip().lower() for newcomer in newcomers}
    addresses = set(User.objects.filter(email__in=wanted).values_list("email", flat=True))
    rows = []
    for newcomer in newcomers:
        address = _address(newcomer, addresses)
        addresses.add(address)
        person = User(email=address)
        _fill(person, newcomer)
        person.handle = handle_for(person.name or person.email, handles.__contains__)
        handles.add(person.handle)
        person.password = _hashed(None)
        person.fold()
        rows.append(person)
    User.objects.bulk_create(rows)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=person, email=person.email, primary=True, verified=False) for person in rows]
    )
    record_all(
        "people.member.joined",
        actor=None,
        targets=[(person, {"id": person.public_id, "guest": person.is_guest}) for person in rows],
        quiet=True,
    )
    changed(rows)
    return rows


def _alone(newcomer: Newcomer) -> User:
    address = _address(newcomer, set(User.objects.filter(email=newcomer.email).values_list("email", flat=True)))
    filled = User()
    _fill(filled, newcomer)
    return create_person(
        email=address,
        name=filled.name,
        verified=False,
        quiet=True,
        is_guest=newcomer.is_guest,
        **{name: getattr(filled, name) for name in _SAID},
        **{name: getattr(filled, name) for name in newcomer.profile},
    )


_SAID = ("origin", "is_placeholder", "is_active", "deactivated_at", "date_joined")


def _address(newcomer: Newcomer, taken: set[str]) -> str:
    try:
        address = clean_address(newcomer.email)
    except ValidationError:
        address = ""
    return address if address and address not in taken else clean_address(newcomer.other_email)


def _fill(person: User, newcomer: Newcomer) -> None:
    person.origin = newcomer.origin
    person.is_placeholder, person.is_active, person.is_guest = True, False, newcomer.is_guest
    person.deactivated_at = newcomer.left_at
    if newcomer.joined_at:
        person.date_joined = newcomer.joined_at
    for name, value in {"name": newcomer.name, **newcomer.profile}.items():
        try:
            _write_profile(person, {name: value})
        except ValidationError:
            if name == "name":
                person.name = "?"
