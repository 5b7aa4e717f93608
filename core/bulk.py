"""Rows by the thousand, written at the price that the database itself asks.

`bulk_create` makes an instance of each row and asks each field of it six questions, which for a post takes five times
as long as to store it. Here a table's statement is made once, its rows are tuples, and their keys are known before they
are written, so that rows may point at one another in whatever order they come.

Nothing follows: no signal, no event. Whoever writes content this way tells the index itself (`search.actions.changed`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import DateTimeField, Field, Model, QuerySet
from django.db.models.fields.json import JSONField


def reserve(model: type[Model], count: int) -> range | list[int]:
    """Keys for `count` new rows, rising, that nobody else gets. In the transaction that writes the rows."""
    connection = connections[DEFAULT_DB_ALIAS]
    connection.validate_no_broken_transaction()
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            column = model._meta.pk.column  # type: ignore[union-attr]
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
                [connection.ops.quote_name(table), column, count],
            )
            return [row[0] for row in cursor.fetchall()]
        # Security of keys: a transaction here holds the one write lock (IMMEDIATE), so the next key is still the next.
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()
        first = (last[0] if last else 0) + 1
        return range(first, first + count)


def insert(model: type[Model], names: Sequence[str], rows: Iterable[Sequence[Any]], *, or_ignore: bool = False) -> None:
    """Write rows, each a tuple of the values of `names` (`attname`s: "author_id"); other fields get their default.

    Args:
        or_ignore: leave out rows that are there already by one of the table's constraints.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in names]
    given = set(fields)
    others = [field for field in model._meta.concrete_fields if field not in given and not field.primary_key]
    statement = _statement(model, tuple(str(field.column) for field in [*fields, *others]), or_ignore, connection)
    makers = [(at, made) for at, field in enumerate(fields) if (made := _converter(field, connection))]
    defaults = [_default(field, connection) for field in others]
    params = []
    for row in rows:
        values = list(row)
        for at, made in makers:
            values[at] = made(values[at])
        values += [default() for default in defaults]
        params.append(values)
    if params:
        with connection.cursor() as cursor:
            cursor.executemany(statement, params)


def remove(rows: QuerySet) -> int:
    """Delete the rows that fit a condition in the moment they are deleted, in one statement; returns how many.

    `QuerySet.delete()` asks for them first and deletes by their keys, since somebody listens to its signals: a row that
    was changed between the two, and fits no more, goes all the same. For tables on which nothing hangs.
    """
    return rows._raw_delete(rows.db)


def _statement(model: type[Model], columns: tuple[str, ...], or_ignore: bool, connection: Any) -> str:
    quoted = connection.ops.quote_name
    names = ", ".join(quoted(column) for column in columns)
    places = ", ".join(["%s"] * len(columns))
    end = " ON CONFLICT DO NOTHING" if or_ignore else ""
    return f"INSERT INTO {quoted(model._meta.db_table)} ({names}) VALUES ({places}){end}"  # noqa: S608 - names of ours


def _converter(field: Field, connection: Any) -> Callable[[Any], Any] | None:
    """What makes a value fit for the database; None where it is fit already."""
    if isinstance(field, DateTimeField):
        return _moments(connection)
    if isinstance(field, JSONField):
        return lambda value: field.get_db_prep_save(value, connection)
    return None


def _moments(connection: Any) -> Callable[[Any], Any]:
    # Several columns of a row, and many rows, share a moment.
    @lru_cache(maxsize=1024)
    def adapted(value: datetime | None) -> Any:
        return None if value is None else connection.ops.adapt_datetimefield_value(value)

    return adapted


def _default(field: Field, connection: Any) -> Callable[[], Any]:
    """What gives a field its default; an empty list or dictionary is written the same for all."""
    if callable(field.default) and not isinstance(field, JSONField):
        return lambda: field.get_db_prep_save(field.get_default(), connection)
    value = field.get_db_prep_save(field.get_default(), connection)
    return lambda: value
