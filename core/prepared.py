"""Queries that are asked on every page: built once by the ORM, then asked again with other values.

Building the SQL of a `visible_to` costs more than running it. A `Prepared` keeps what was built, per connection and
shape, and puts the values of this call in the places of stand-ins:

    page = Prepared(lambda user, before: Post.objects.visible_to(user).filter(pk__lt=before).values_list("pk")[:20])
    page.rows(user=request.user, before=12)

What is written over and over is kept in the same way: `Insert` for new rows, `Change` for an update of some columns.

The builder is the one place where the question stands, and it begins at `visible_to` like any other. What it asks of
the clock it asks of `now()` here; another moment would be kept for good, and is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from itertools import count
from typing import Any, Generic, TypeVar, cast, overload

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.sqlite3.base import FORMAT_QMARK_REGEX
from django.db.models import QuerySet
from django.db.models.constants import OnConflict
from django.db.models.query import get_related_populators
from django.db.models.signals import post_save, pre_save
from django.db.models.sql import InsertQuery, UpdateQuery
from django.utils import timezone
from django.utils.dateparse import parse_datetime

Kind = TypeVar("Kind", bound=tuple)
Row = TypeVar("Row", bound=models.Model)

#: Lists of keys are filled up to one of these lengths, so that few shapes exist.
LENGTHS = (1, 4, 10, 25, 50, 110, 250, 500)
#: Where the stand-ins for whole numbers begin: PostgreSQL's lookups refuse what their column cannot hold.
_RANGES = (4_000_000_000_000_000_000, 2_147_000_000, 32_000)
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


def columns(model: type[models.Model], wanted: str) -> list[str]:
    """Names of columns in the order of the model, for a `values_list` of which `row_of` makes rows again."""
    names = set(wanted.split())
    return [field.attname for field in model._meta.concrete_fields if field.attname in names]


def row_of(model: type[Row], names: list[str], values: Iterable[Any]) -> Row:
    """A row of which some columns are known; it must be asked for no others."""
    return model.from_db(DEFAULT_DB_ALIAS, names, list(values))


class Prepared(Generic[Kind]):
    """A query with named values: the person who asks, whole numbers, texts, moments, lists of whole numbers, JSON."""

    @overload
    def __init__(self: Prepared[tuple], build: Callable[..., QuerySet]) -> None: ...

    @overload
    def __init__(self, build: Callable[..., QuerySet], kind: type[Kind]) -> None: ...

    def __init__(self, build: Callable[..., QuerySet], kind: Any = tuple) -> None:
        self.build = build
        #: What a row of the `values_list` is given as: a tuple, or a named one.
        self.kind = kind

    def rows(self, **values: Any) -> list[Kind]:
        """The rows of the query's `values_list`, with these values.

        Args:
            values: what the builder takes. A person (`user`) must be active; they are asked for their key and whether
                they are a guest, nothing else.

        Security door: somebody who is not signed in or no longer active gets nothing, as in `visible_to`.
        """
        found = self._run(values)[0]
        if self.kind is tuple:
            return cast(Any, found)
        new, kind = tuple.__new__, self.kind
        return [new(kind, row) for row in found]

    def instances(self, **values: Any) -> list[Any]:
        """The rows themselves, with what `select_related` and annotations bring, of a builder without `values_list`."""
        found, statement = self._run(values)
        if not found:
            return []
        populators, annotations, model, columns, start, end = statement[4]
        rows = []
        for values_ in found:
            row = model.from_db(DEFAULT_DB_ALIAS, columns, values_[start:end])
            for populator in populators:
                populator.populate(values_, row)
            for name, at in annotations:
                setattr(row, name, values_[at])
            rows.append(row)
        return rows

    def instance(self, **values: Any) -> Any | None:
        """The first of `instances`, or None."""
        found = self.instances(**values)
        return found[0] if found else None

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
        sql, params, places, converters, _maker = statement
        found = _asked(connection, sql, self._filled(params, places, values, connection), self._found)
        return [_converted(row, converters) for row in found] if converters else found, statement

    def _found(self, cursor: Any) -> Any:
        return cursor.fetchall()

    @staticmethod
    def _filled(params: Any, places: Any, values: dict[str, Any], connection: Any) -> list[Any]:
        """The values of this call in the places of the stand-ins."""
        flat = list(params)
        for at, name, index in places:
            value = cast(Any, timezone.now()) if name is _NOW else values[name]
            if index is not None:
                value = value[index]
            elif hasattr(value, "is_authenticated"):
                value = value.pk
            elif isinstance(value, datetime):
                value = connection.ops.adapt_datetimefield_value(value)
            elif isinstance(value, dict):
                value = connection.ops.adapt_json_value(value, None)
            flat[at] = value
        return flat

    def _prepare(self, values: dict[str, Any], connection: Any) -> Any:
        for first in _RANGES:
            with suppress(EmptyResultSet):
                return self._prepare_from(first, values, connection)
        return _NOTHING

    def _prepare_from(self, first: int, values: dict[str, Any], connection: Any) -> Any:
        fresh = count(first)
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
                moment = _EPOCH + timedelta(microseconds=next(fresh) - first + 1)
                marks[connection.ops.adapt_datetimefield_value(moment)] = (name, None)
                given[name] = moment
            elif isinstance(value, dict):
                given[name] = {"\x02": next(fresh)}
                marks[json.dumps(given[name])] = (name, None)
            else:
                key = next(fresh)
                marks[key] = (name, None)
                given[name] = key
        moment = _EPOCH - timedelta(hours=1)
        marks[connection.ops.adapt_datetimefield_value(moment)] = (_NOW, None)
        token = _present.set(moment)
        try:
            # Compiled in here too: what a queryset computes late asks the clock then.
            rows, sql, params, compiler = self._compiled(given, connection)
        finally:
            _present.reset(token)
        places = [(at, *marks[_key(value)]) for at, value in enumerate(params) if _key(value) in marks]
        filled = {at for at, _name, _index in places}
        for at, value in enumerate(params):
            if at not in filled and _is_moment(value):
                raise TypeError("A kept query must ask `core.prepared.now()` for the time, or take it as a value")
        converters = _converters(compiler.get_converters(self._columns(compiler)), connection)
        maker = _maker(compiler, connection) if rows is not None and rows._fields is None else None
        return sql, params, places, converters, maker

    def _compiled(self, given: dict[str, Any], connection: Any) -> tuple[Any, str, Any, Any]:
        rows = self.build(**given)
        compiler = rows.query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        return rows, sql, params, compiler

    def _columns(self, compiler: Any) -> list[Any]:
        return [column[0] for column in compiler.select[: compiler.col_count]]


class Change(Prepared[tuple]):
    """An `update()` with named values, kept: which rows, and the new values of their columns.

        said = Change(lambda audience: (Audience.objects.filter(pk=audience), {"seq": F("seq") + 1}), "seq")
        ((number,),) = said.rows(audience=3)

    Args:
        build: gives the queryset (of columns of one table) and `{column: value or expression}`.
        returning: columns whose new values `rows` gives for each changed row.
    """

    def __init__(self, build: Callable[..., tuple[QuerySet, dict[str, Any]]], *returning: str) -> None:
        super().__init__(build)  # type: ignore[arg-type] # both are built of stand-ins; `_compiled` knows what it got
        self.returning = returning

    def run(self, **values: Any) -> int:
        """Write; returns how many rows were changed."""
        return len(self._run(values)[0])

    def _found(self, cursor: Any) -> Any:
        return cursor.fetchall() if self.returning else range(cursor.rowcount)

    def _compiled(self, given: dict[str, Any], connection: Any) -> tuple[Any, str, Any, Any]:
        chosen, changes = cast(Any, self.build(**given))
        query = chosen.query.chain(UpdateQuery)
        query.add_update_values(changes)
        query.clear_ordering(force=True)
        query.annotations = {}
        compiler = query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        if self.returning:
            suffix, _params = connection.ops.return_insert_columns(self._fields(chosen.model))
            sql = f"{sql} {suffix}"
        return None, sql, params, compiler

    def _columns(self, compiler: Any) -> list[Any]:
        model = compiler.query.model
        return [field.get_col(model._meta.db_table) for field in self._fields(model)]

    def _fields(self, model: type[models.Model]) -> list[Any]:
        return [model._meta.get_field(name) for name in self.returning]


class Insert:
    """New rows of one table by SQL that is kept: what `save(force_insert=True)` and `bulk_create` do, for less.

    Args:
        model: a model with a table of its own (no parents).
        replacing: columns that are overwritten where a row with the same `unique` columns is there already.
        unique: those columns.
    """

    def __init__(self, model: type[models.Model], *, replacing: Iterable[str] = (), unique: Iterable[str] = ()) -> None:
        self.model = model
        self.replacing, self.unique = tuple(replacing), tuple(unique)

    def save(self, row: models.Model) -> None:
        """Write one new row with its signals; it gets its key.

        Whatever it points to has been saved before the row was made.
        """
        alias = DEFAULT_DB_ALIAS
        connection = connections[alias]
        sql, columns, returned = self._statement(connection, row)
        pre_save.send(sender=self.model, instance=row, raw=False, using=alias, update_fields=None)
        try:
            keys = _asked(connection, sql, _values(row, columns, connection), _first if returned else _none)
        except Exception as error:
            # As `save` does: after a failure nothing more is asked in this transaction.
            if connection.in_atomic_block:
                connection.needs_rollback = True
                cast(Any, connection).rollback_exc = error
            raise
        for field, key in zip(returned, keys, strict=True):
            setattr(row, field.attname, key)
        row._state.adding, row._state.db = False, alias
        post_save.send(sender=self.model, instance=row, created=True, update_fields=None, raw=False, using=alias)

    def all(self, rows: Iterable[models.Model]) -> None:
        """Write many new rows, without signals and without their keys."""
        rows = list(rows)
        if not rows:
            return
        connection = connections[DEFAULT_DB_ALIAS]
        sql, columns, _returned = self._statement(connection, rows[0], many=True)
        self._write(connection, sql, [_values(row, columns, connection) for row in rows])

    def each(self, row: models.Model, changes: Iterable[dict[str, Any]]) -> None:
        """Write a row many times over, as `all`: making a row for each costs more than writing it.

        Args:
            row: what all of them say.
            changes: for each what it says else, by the columns' attributes ({"person_id": 3}), the same in all.
        """
        connection = connections[DEFAULT_DB_ALIAS]
        sql, columns, _returned = self._statement(connection, row, many=True)
        common = _values(row, columns, connection)
        at = {name: (place, as_is, prepare) for place, (name, _own, as_is, prepare) in enumerate(columns)}
        found = []
        for change in changes:
            values = common.copy()
            for name, value in change.items():
                place, as_is, prepare = at[name]
                values[place] = value if as_is is not None and type(value) is as_is else prepare(value, connection)
            found.append(values)
        if found:
            self._write(connection, sql, found)

    @staticmethod
    def _write(connection: Any, sql: str, values: list[list[Any]]) -> None:
        with connection.cursor() as cursor:
            if len(values) == 1:
                cursor.execute(sql, values[0])
            else:
                cursor.executemany(sql, values)

    def _statement(self, connection: Any, row: models.Model, *, many: bool = False) -> Any:
        kept = connection.__dict__.setdefault("_prepared", {})
        key = (id(self), many)
        if key not in kept:
            kept[key] = self._prepare(connection, row, many=many)
        return kept[key]

    def _prepare(self, connection: Any, row: models.Model, *, many: bool) -> Any:
        meta = self.model._meta
        assert not meta.parents  # noqa: S101 - says how it may be used
        fields = [field for field in meta.local_concrete_fields if not isinstance(field, models.AutoField)]
        columns_of = {field.name: field for field in fields}
        query = InsertQuery(
            self.model,
            on_conflict=OnConflict.UPDATE if self.replacing else None,
            update_fields=[columns_of[name] for name in self.replacing],
            unique_fields=[columns_of[name] for name in self.unique],
        )
        query.insert_values(fields, [row])
        compiler = query.get_compiler(connection=connection)
        returned = [] if many or self.replacing else list(meta.db_returning_fields)
        compiler.returning_fields = returned
        ((sql, params),) = compiler.as_sql()
        assert len(params) == len(fields)  # noqa: S101 - one place for each column
        columns = []
        for field in fields:
            own = type(field).pre_save not in _PLAIN_SAVES or getattr(
                field, "auto_now", getattr(field, "auto_now_add", False)
            )
            as_is = _AS_IS.get(field.get_internal_type()) if connection.vendor == "sqlite" else None
            columns.append((field.attname, field if own else None, as_is, field.get_db_prep_save))
        return sql, columns, returned


def _asked(connection: Any, sql: str, params: list[Any], fetch: Callable[[Any], Any]) -> Any:
    """Run one statement; what `fetch` takes of its cursor.

    On SQLite, where nobody counts or logs, past the layers of Django's cursor, which cost as much as a small question.
    """
    if connection.vendor != "sqlite" or connection.execute_wrappers or connection.queries_logged:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return fetch(cursor)
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        cursor = connection.connection.execute(_with_question_marks(sql), params)
        try:
            return fetch(cursor)
        finally:
            cursor.close()


def _first(cursor: Any) -> tuple:
    row: tuple = cursor.fetchone()
    return row


def _none(_cursor: Any) -> tuple:
    return ()


@lru_cache(maxsize=2048)
def _with_question_marks(sql: str) -> str:
    """As `django.db.backends.sqlite3` writes it."""
    return FORMAT_QMARK_REGEX.sub("?", sql).replace("%%", "%")


def _values(row: models.Model, columns: Any, connection: Any) -> list[Any]:
    """What `row` holds, as the database takes it: what it takes as it is costs no more than the look."""
    held = row.__dict__
    values = []
    for name, field, as_is, prepare in columns:
        value = held[name] if field is None else field.pre_save(row, True)
        if as_is is None or not (value is None or type(value) is as_is):
            value = prepare(value, connection)
        values.append(value)
    return values


def _maker(compiler: Any, connection: Any) -> Any:
    """How rows are made of what is found: as Django's own `ModelIterable` does."""
    info = compiler.klass_info
    chosen = info["select_fields"]
    start, end = chosen[0], chosen[-1] + 1
    columns = [column[0].target.attname for column in compiler.select[start:end]]
    populators = get_related_populators(info, compiler.select, connection.alias)  # type: ignore[call-arg] # stubs of Django 6.1
    return populators, list(compiler.annotation_col_map.items()), info["model"], columns, start, end


def _converters(wanted: dict[int, tuple[list, Any]], connection: Any) -> list[tuple[int, Callable[[Any], Any]]]:
    """What has to be done to which column of a row, as `SQLCompiler.apply_converters` does it to all rows."""
    out: list[tuple[int, Callable[[Any], Any]]] = []
    moments = getattr(connection.ops, "convert_datetimefield_value", None)
    for at, (steps, expression) in wanted.items():
        for step in steps:
            if moments is not None and step == moments and connection.timezone is UTC:
                out.append((at, _aware))
            else:
                out.append((at, partial(_convert, step, expression, connection)))
    return out


def _convert(step: Callable, expression: Any, connection: Any, value: Any) -> Any:
    return step(value, expression, connection)


def _aware(value: datetime | str | None) -> datetime | None:
    """A moment as SQLite gives it: in UTC, without saying so; what it computed comes as a text."""
    if value is None:
        return None
    if isinstance(value, str):
        value = cast(datetime, parse_datetime(value))
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _converted(row: tuple, converters: list[tuple[int, Callable[[Any], Any]]]) -> tuple:
    values = list(row)
    for at, convert in converters:
        values[at] = convert(values[at])
    return tuple(values)


def _is_moment(value: Any) -> bool:
    return isinstance(value, datetime) or (isinstance(value, str) and bool(_MOMENT.match(value)))


def _key(value: Any) -> Any:
    if isinstance(value, (int, str, datetime)):
        return value
    # JSON as PostgreSQL's driver takes it.
    held = getattr(value, "obj", None)
    return json.dumps(held) if isinstance(held, dict) else None


_NOTHING: Any = object()
#: What `pre_save` of most fields is: the value itself.
_PLAIN_SAVES = {models.Field.pre_save, models.DateTimeField.pre_save}
#: What SQLite takes as it is, by the kind of field.
_AS_IS: dict[str, type] = {
    "CharField": str,
    "TextField": str,
    "BooleanField": bool,
    "ForeignKey": int,
    "BigIntegerField": int,
    "IntegerField": int,
    "PositiveBigIntegerField": int,
    "PositiveIntegerField": int,
    "PositiveSmallIntegerField": int,
    "SmallIntegerField": int,
}
