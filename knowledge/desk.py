"""Whose desk this is: inside Wagtail's admin, pages, pictures and documents exist only as far as that person may read.

Wagtail has dozens of views that list, count, choose, compare and search pages, and may grow another. Instead
of guarding each, the managers of our page and media models ask this module who sits at the desk, and narrow *every*
queryset to what that person may read. An id that is not theirs is then an id that does not exist, in every view, also
in those that nobody thought of.

Outside the admin nobody sits at the desk and the managers are plain: the site asks `visible_to`, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import QuerySet

_seat: ContextVar[Any] = ContextVar("knowledge_seat", default=None)
_reader: ContextVar[Any] = ContextVar("knowledge_reader", default=None)


def edits(person: Any) -> bool:
    """Whether `person` writes knowledge pages at all. Guests never do."""
    return bool(
        person.is_authenticated and person.is_active and not person.is_guest and (person.is_editor or person.is_admin)
    )


@contextmanager
def sitting(person: Any) -> Iterator[None]:
    """While it lasts, `person` sits at the desk (an anonymous person sees an empty one)."""
    token = _seat.set(person)
    try:
        yield
    finally:
        _seat.reset(token)


@contextmanager
def whole_tree() -> Iterator[None]:
    """While it lasts, nobody sits at the desk.

    Only for acts on the tree itself: a new node's place, for example, must follow the last sibling, seen or not.
    Nothing read inside is shown to anyone.
    """
    token = _seat.set(None)
    try:
        yield
    finally:
        _seat.reset(token)


def seated() -> Any:
    """The person at the desk, or None."""
    return _seat.get()


def narrowed(rows: QuerySet) -> QuerySet:
    """`rows` as far as the person at the desk may read them.

    Security door: every manager of a page or media model goes through here.
    """
    person = _seat.get()
    return rows if person is None else rows.filter(rows.model.on_desk_of(person))


@contextmanager
def reading(person: Any) -> Iterator[None]:
    """While it lasts, links inside a text are drawn for `person`."""
    token = _reader.set(person)
    try:
        yield
    finally:
        _reader.reset(token)


def reader() -> Any:
    """For whom a text is drawn, or None."""
    return _reader.get()
