"""Statements for either driver as it is: SQLAlchemy takes longer to put a small one together, and to pass many numbers
one by one, than the database to answer it. For what every poll and article asks; everything else
goes through SQLAlchemy."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Dialect, Table

from crawler.errors import StoreError
from crawler.store.values import Moment, Text, clean_text, to_utc

T = TypeVar("T", int, str)

Statement = Mapping[str, str]
"""By dialect."""


def for_both(statement: str) -> Statement:
    """Parameters are written `:name`; `{keys}` stands for the numbers, `{texts}` for the texts that `pass_all` made."""
    sqlite = statement.format(
        keys="SELECT value AS key FROM json_each(:keys)", texts="SELECT value AS text FROM json_each(:texts)"
    )
    postgresql = statement.format(
        keys="SELECT unnest(CAST(:keys AS bigint[])) AS key", texts="SELECT unnest(CAST(:texts AS text[])) AS text"
    )
    return {"sqlite": sqlite, "postgresql": re.sub(r":(\w+)", r"%(\1)s", postgresql)}


def run_statement(connection: Connection, statement: Statement, values: Mapping[str, object]) -> list[Any]:
    """In the connection's transaction, which has begun; its rows as tuples. Raises StoreError."""
    with _open_cursor(connection) as cursor:
        cursor.execute(statement[connection.dialect.name], values)
        return list(cursor.fetchall()) if cursor.description else []


@contextmanager
def _open_cursor(connection: Connection) -> Iterator[Any]:
    cursor = connection.connection.cursor()
    try:
        yield cursor
    except connection.dialect.loaded_dbapi.Error as error:
        raise StoreError(str(error).strip() or type(error).__name__) from error
    finally:
        cursor.close()


def pass_all(connection: Connection, values: Iterable[T]) -> str | list[T]:
    return list(values) if connection.dialect.name == "postgresql" else json.dumps(list(values))


def pass_moment(connection: Connection, moment: datetime) -> datetime | str | None:
    """As SQLAlchemy writes it."""
    return _PASS_MOMENT[connection.dialect.name](moment)


def read_moment(value: datetime | str) -> datetime:
    """As the driver gives it."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class RowStatement:
    """A statement whose parameters are columns of a table, each named as its column: it takes rows of ours, and the
    columns' types make of each value what they make of it in SQLAlchemy's own statements."""

    def __init__(self, table: Table, statement: str) -> None:
        self._table = table
        self._statement = for_both(statement)
        self._converters: dict[str, _Converters] = {}

    def run(self, connection: Connection, row: Mapping[str, Any]) -> list[Any]:
        """As `run_statement`."""
        return run_statement(connection, self._statement, self._convert(connection, row))

    def run_many(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """For each of the rows. Raises StoreError."""
        values = [self._convert(connection, row) for row in rows]
        with _open_cursor(connection) as cursor:
            cursor.executemany(self._statement[connection.dialect.name], values)

    def _convert(self, connection: Connection, row: Mapping[str, Any]) -> dict[str, Any]:
        dialect = connection.dialect
        converters = self._converters.get(dialect.name)
        if converters is None:
            converters = self._converters[dialect.name] = _list_converters(self._table, dialect)
        return {name: convert(value) if (convert := converters[name]) else value for name, value in row.items()}


_Converters = Mapping[str, Callable[[Any], Any] | None]
"""Column → what its type makes of a value for the driver, if anything."""


def _list_converters(table: Table, dialect: Dialect) -> _Converters:
    return {column.name: _find_converter(column, dialect) for column in table.columns}


def _find_converter(column: Column[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Texts and moments are most of what is passed, and SQLAlchemy calls three functions for each."""
    if type(column.type) is Text:
        return _pass_text
    if type(column.type) is Moment:
        return _PASS_MOMENT[dialect.name]
    return column.type.dialect_impl(dialect).bind_processor(dialect)


def _pass_text(value: str | None) -> str | None:
    return None if value is None else clean_text(value)


def _pass_aware(value: datetime | None) -> datetime | None:
    return None if value is None else to_utc(value)


def _pass_naive(value: datetime | None) -> str | None:
    utc = None if value is None else to_utc(value)
    return None if utc is None else utc.replace(tzinfo=None).isoformat(" ", "microseconds")


_PASS_MOMENT: Mapping[str, Callable[[datetime | None], datetime | str | None]] = {
    "sqlite": _pass_naive,
    "postgresql": _pass_aware,
}
"""As SQLAlchemy writes them."""


def insert_row(connection: Connection, table: Table, row: Mapping[str, Any], number: Column[int]) -> int:
    """As SQLAlchemy's insert does, for half of it; columns with a default of SQLAlchemy's must be given. The
    new row's `number`."""
    [(given,)] = _prepare_insert(table, tuple(row), number).run(connection, row)
    return int(given)


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """The same for rows, or none, that give the same columns."""
    if rows:
        _prepare_insert(table, tuple(rows[0]), None).run_many(connection, rows)


@cache
def _prepare_insert(table: Table, names: tuple[str, ...], number: Column[int] | None) -> RowStatement:
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f":{name}" for name in names)
    returning = "" if number is None else f' RETURNING "{number.name}"'
    return RowStatement(table, f'INSERT INTO "{table.name}" ({columns}) VALUES ({values}){returning}')  # noqa: S608 - names of ours
