"""Queries that are asked on every page: built once by the ORM, then asked again with other values.

Building the SQL of a `visible_to` costs more than running it. A `Prepared` keeps what was built, per connection and
shape, and puts the values of this call in the places of stand-ins:

    page = Prepared(lambda user, before: Post.objects.visible_to(user).filter(pk__lt=before).values_list("pk")[:20])
    page.rows(user=request.user, before=12)

The builder is the one place where the question stands, and it begins at `visible_to` like any other. What it asks of
the clock it asks of `now()` here; another moment would be kept for good, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, cast

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import QuerySet
from django.db.models.query import get_related_populators
from django.utils import timezone

#: Lists of keys are filled up to one of these lengths, so that few shapes exist.
LENGTHS = (1, 4, 10, 25, 50, 110, 250, 500)
_FIRST = 4_000_000_000_000_000_000
_EPOCH = datetime(1, 1, 2, tzinfo=UTC)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d")


#: Stands for the present while a query is built.
_present: ContextVar[datetime | None] = ContextVar("present", default=None)
_NOW = "now()"


def now() -> datetime:
    """The present, for predicates that a `Prepared` may keep: asked anew each time it is run."""
    return _present.get() or timezone.now()


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
        return self._run(values)[0]

    def instances(self, **values: Any) -> list[Any]:
        """The rows themselves, with what `select_related` and annotations bring, of a builder without `values_list`."""
        found, statement = self._run(values)
        if not found:
            return []
        populators, annotations, model, columns, start, end = statement[5]
        rows = []
        for values_ in found:
            row = model.from_db(DEFAULT_DB_ALIAS, columns, values_[start:end])
            for populator in populators:
                populator.populate(values_, row)
            for name, at in annotations:
                setattr(row, name, values_[at])
            rows.append(row)
        return rows

    def _run(self, values: dict[str, Any]) -> tuple[list[tuple], Any]:
        shape: list[Any] = []
        for name, value in values.items():
            if hasattr(value, "is_authenticated"):
                if not (value.is_authenticated and value.is_active):
                    return [], None
                shape.append((name, value.is_guest))
            elif isinstance(value, (list, tuple)):
                if not value:
                    return [], None
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
            return [], None
        sql, params, places, compiler, converters, _maker = statement
        flat = list(params)
        for at, name, index in places:
            value = cast(Any, timezone.now()) if name is _NOW else values[name]
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
        return list(found), statement

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
        moment = _EPOCH - timedelta(hours=1)
        marks[connection.ops.adapt_datetimefield_value(moment)] = (_NOW, None)
        token = _present.set(moment)
        try:
            # Compiled in here too: what a queryset computes late asks the clock then.
            rows = self.build(**given)
            compiler = rows.query.get_compiler(connection=connection)
            sql, params = compiler.as_sql()
        except EmptyResultSet:
            return _NOTHING
        finally:
            _present.reset(token)
        places = [(at, *marks[value]) for at, value in enumerate(params) if _key(value) in marks]
        filled = {at for at, _name, _index in places}
        for at, value in enumerate(params):
            if at not in filled and _is_moment(value):
                raise TypeError("A kept query must ask `core.prepared.now()` for the time, or take it as a value")
        converters = compiler.get_converters([column[0] for column in compiler.select[: compiler.col_count]])
        maker = _maker(compiler, connection) if rows._fields is None else None  # type: ignore[attr-defined]
        return sql, params, places, compiler, converters, maker


def _maker(compiler: Any, connection: Any) -> Any:
    """How rows are made of what is found: as Django's own `ModelIterable` does."""
    info = compiler.klass_info
    chosen = info["select_fields"]
    start, end = chosen[0], chosen[-1] + 1
    columns = [column[0].target.attname for column in compiler.select[start:end]]
    populators = get_related_populators(info, compiler.select, connection.alias)  # type: ignore[call-arg] # stubs of Django 6.1
    return populators, list(compiler.annotation_col_map.items()), info["model"], columns, start, end


def _is_moment(value: Any) -> bool:
    return isinstance(value, datetime) or (isinstance(value, str) and bool(_MOMENT.match(value)))


def _key(value: Any) -> Any:
    return value if isinstance(value, (int, str, datetime)) else None


_NOTHING: Any = object()
