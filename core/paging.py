"""Keyset paging: a cursor is the sort key of the last row, signed, so that nobody can craft one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core import signing
from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

_signer = signing.Signer(salt="core.paging")


@dataclass(frozen=True)
class Page:
    """Some rows and the cursor of what follows (None at the end)."""

    items: list[Any]
    next: str | None


def page(rows: QuerySet, *, by: tuple[str, ...] = ("-pk",), cursor: str | None = None, size: int = 20) -> Page:
    """One page of `rows` ordered by the fields `by` (all of one direction, the last one unique).

    Args:
        rows: the queryset, unordered.
        by: sort fields, e.g. `("-last_at", "-pk")`.
        cursor: the `next` of the page before.
        size: rows a page.

    Raises:
        BadRequest: the cursor was not made by us.
    """
    values = decode(cursor, len(by)) if cursor else None
    return paged(list(cut(rows, by=by, values=values, size=size)), by=by, size=size)


def cut(rows: QuerySet, *, by: tuple[str, ...], values: list[Any] | None, size: int) -> QuerySet:
    """The rows of a page and one more, in order: from the first, or after the sort values of a cursor."""
    if values is not None:
        fields = [field.lstrip("-") for field in by]
        rows = rows.filter(_after(fields, values, "lt" if by[0].startswith("-") else "gt"))
    return rows.order_by(*by)[: size + 1]


def paged(found: list[Any], *, by: tuple[str, ...], size: int) -> Page:
    """The page of what `cut` found: the rows, and the cursor when there was one more."""
    more = len(found) > size
    found = found[:size]
    return Page(found, encode([getattr(found[-1], field.lstrip("-")) for field in by]) if more else None)


def newer(rows: QuerySet, *, by: tuple[str, ...], mark: str, size: int = 50) -> list[Any]:
    """The rows that stand before a mark in the order `by` (a cursor of the list's first row), first row first.

    Raises:
        BadRequest: the mark was not made by us.
    """
    fields = [field.lstrip("-") for field in by]
    step = "gt" if by[0].startswith("-") else "lt"
    return list(rows.filter(_after(fields, decode(mark, len(fields)), step)).order_by(*by)[:size])


def encode(values: list[Any]) -> str:
    """A signed cursor of sort values (numbers, texts, moments)."""
    return _encoded(tuple(values))


@lru_cache(maxsize=2048)
def _encoded(values: tuple[Any, ...]) -> str:
    # Kept, because the ends of a list are the same for all who read it, and a signature costs as much as a small query.
    return _signer.sign_object([["t", value.isoformat()] if hasattr(value, "isoformat") else value for value in values])


def decode(cursor: str, count: int) -> list[Any]:
    """The `count` sort values of a cursor.

    Raises:
        BadRequest: it was not made by us.
    """
    try:
        values = _signer.unsign_object(cursor)
    except (signing.BadSignature, ValueError) as error:
        raise BadRequest(_("This list has moved on. Start again from its first page.")) from error
    if not isinstance(values, list) or len(values) != count:
        raise BadRequest(_("This list has moved on. Start again from its first page."))
    return [parse_datetime(value[1]) if isinstance(value, list) else value for value in values]


def _after(fields: list[str], values: list[Any], step: str) -> Q:
    # The bound on the first field is said once more by itself: a database walks its index from there.
    clause = Q()
    for index, field in enumerate(fields):
        equal = Q(**dict(zip(fields[:index], values[:index], strict=True)))
        clause |= equal & Q(**{f"{field}__{step}": values[index]})
    return Q(**{f"{fields[0]}__{step}e": values[0]}) & clause
