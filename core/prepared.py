"""Queries that are asked on every page: built once by the ORM, then asked again with other values.

Building the SQL of a `visible_to` costs more than running it. A `Prepared` keeps what was built, per connection and
shape, and puts the values of this call in the places of stand-ins:

    page = Prepared(lambda user, before: Post.objects.visible_to(user).filter(pk__lt=before).values_list("pk")[:20])
    page.rows(user=request.user, before=12)

The builder is the one place where the question stands, and it begins at `visible_to` like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet

#: Lists of keys are filled up to one of these lengths, so that few shapes exist.
LENGTHS = (1, 4, 10, 25, 50, 110, 250, 500)
_FIRST = 4_000_000_000_000_000_000
_EPOCH = datetime(1, 1, 2, tzinfo=UTC)


class StandIn:
    """Stands for a person while a query is built: everything that `visibility` may ask without a query."""

    is_authenticated = True
    is_active = True

    def __init__(self, key: int, *, is_guest: bool) -> None:
        self.pk = self.id = key
        self.is_guest = is_guest


class Prepared:
    """A query with named values: the person who asks, whole numbers, texts, moments, lists of whole numbers."""

    def __init__(self, build: Callable[..., QuerySet]) -> None:
        self.build = build

    def rows(self, **values: Any) -> list[tuple]:
        """The rows of the query's `values_list`, with these values.

        Args:
            values: what the builder takes. A person (`user`) must be active; they are asked for their key and whether
                they are a guest, nothing else.

        Security door: somebody who is not signed in or no longer active gets nothing, as in `visible_to`.
        """
        shape: list[Any] = []
        for name, value in values.items():
            if hasattr(value, "is_authenticated"):
                if not (value.is_authenticated and value.is_active):
                    return []
                shape.append((name, value.is_guest))
            elif isinstance(value, (list, tuple)):
                if not value:
                    return []
                length = next((one for one in LENGTHS if one >= len(value)), len(value))
                values[name] = [*value, *([value[0]] * (length - len(value)))]
                shape.append((name, length))
            else:
                shape.append((name, type(value)))
        connection = connections[DEFAULT_DB_ALIAS]
        kept = connection.__dict__.setdefault("_prepared", {})
        key = (id(self), tuple(shape))
        statement = kept.get(key)
        if statement is None:
            statement = kept[key] = self._prepare(values, connection)
        if statement is _NOTHING:
            return []
        sql, params, places, compiler, converters = statement
        flat = list(params)
        for at, name, index in places:
            value = values[name]
            if index is not None:
                value = value[index]
            elif hasattr(value, "is_authenticated"):
                value = value.pk
            elif isinstance(value, datetime):
                value = connection.ops.adapt_datetimefield_value(value)
            flat[at] = value
        with connection.cursor() as cursor:
            cursor.execute(sql, flat)
            found: Iterable = cursor.fetchall()
        if converters:
            found = map(tuple, compiler.apply_converters(found, converters))
        return list(found)

    def _prepare(self, values: dict[str, Any], connection: Any) -> Any:
        fresh = count(_FIRST)
        marks: dict[Any, tuple[str, int | None]] = {}
        given: dict[str, Any] = {}
        for name, value in values.items():
            if hasattr(value, "is_authenticated"):
                key = next(fresh)
                marks[key] = (name, None)
                given[name] = StandIn(key, is_guest=value.is_guest)
            elif isinstance(value, (list, tuple)):
                keys = [next(fresh) for _ in value]
                marks.update((key, (name, index)) for index, key in enumerate(keys))
                given[name] = keys
            elif isinstance(value, str):
                given[name] = f"\x02{next(fresh)}"
                marks[given[name]] = (name, None)
            elif isinstance(value, datetime):
                moment = _EPOCH + timedelta(microseconds=next(fresh) - _FIRST + 1)
                marks[connection.ops.adapt_datetimefield_value(moment)] = (name, None)
                given[name] = moment
            else:
                key = next(fresh)
                marks[key] = (name, None)
                given[name] = key
        compiler = self.build(**given).query.get_compiler(connection=connection)
        try:
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return _NOTHING
        places = [(at, *marks[value]) for at, value in enumerate(params) if _key(value) in marks]
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        return sql, params, places, compiler, converters


def _key(value: Any) -> Any:
    return value if isinstance(value, (int, str, datetime)) else None


_NOTHING: Any = object()
