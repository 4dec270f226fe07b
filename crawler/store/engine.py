"""Connections and transactions of either database; the only place that knows which one it is."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Insert,
    Table,
    create_engine,
    event,
    make_url,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from crawler.errors import StoreError

LOCK_WAIT_S = 30
"""How long a transaction waits for another one's lock before it is refused."""

ALIVE = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 25_000,  # milliseconds
}
"""By which PostgreSQL's client notices a server that is gone without a word, in half a minute and not in two hours."""

_CACHE_KIB = 16 * 1024
"""At most, for each connection of SQLite. With its own 2 MB a commit of many articles, each of which adds to tens of
places in its trees, is written out in parts and read again."""
_WRITES = "basewatch_writes"
_PORTION = 500

T = TypeVar("T")


@contextmanager
def translate_errors(doing: str) -> Iterator[None]:
    """Turn what the database says into a StoreError that names what was being done. A statement that SQLAlchemy itself
    refuses is a defect of ours, and stays one."""
    try:
        yield
    except (DBAPIError, NoConnection, sqlite3.Error) as error:
        cause = getattr(error, "orig", None) or error
        raise StoreError(f"{doing}: {str(cause).strip() or type(cause).__name__}") from error


def read_url(url: str) -> URL:
    """Of a database. Raises StoreError, without what was given: what cannot be read as a port may be of a password."""
    try:
        return make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "the database URL is not one: sqlite:///path or postgresql://user:password@host:port/name; special "
            "characters of a password are written as %XX"
        ) from error


def make_engine(url: str) -> Engine:
    """An engine for sqlite:///file or postgresql://...; connects to nothing yet."""
    address = read_url(url)
    match address.drivername.partition("+")[0]:
        case "sqlite":
            return _make_sqlite(address)
        case "postgresql" | "postgres":
            return _make_postgresql(address.set(drivername="postgresql+psycopg"))
        case other:
            raise StoreError(f"a database is sqlite:///... or postgresql://..., not {other}://")


@contextmanager
def begin_write(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write: it has SQLite's write lock from its first moment (BEGIN IMMEDIATE), because a
    transaction that turns to writing after another one wrote is refused at once, whatever the timeout."""
    with engine.connect().execution_options(**{_WRITES: True}) as connection, connection.begin():
        yield connection


@contextmanager
def begin_read(engine: Engine) -> Iterator[Connection]:
    """One transaction in which all reads see the same moment."""
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def insert_unless_known(connection: Connection, table: Table, *columns: str) -> Insert:
    """An INSERT that leaves alone a row whose `columns` are taken."""
    return _insert_unless_known(connection.dialect.name, table, columns)


@cache
def _insert_unless_known(dialect: str, table: Table, columns: tuple[str, ...]) -> Insert:
    """Made once: making a statement costs more than running it."""
    if dialect == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing(index_elements=columns)
    return sqlite.insert(table).on_conflict_do_nothing(index_elements=columns)


def insert_where_free(connection: Connection, table: Table) -> Insert:
    """An INSERT that does nothing where any unique index of the table has the row's place taken."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def take_lock(connection: Connection, number: int) -> None:
    """Let one transaction at a time pass here; SQLite's writers are alone already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def unindexed(column: ColumnElement[str]) -> ColumnElement[str]:
    """The same text, for a condition beside one on article ids. Without statistics SQLite prefers an index of equal
    names to one of many ids, and would read a million rows of a frequent name for the five hundred that are meant."""
    return column.concat("")


def split_values(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """Portions that fit into one statement's parameters."""
    return (values[start : start + _PORTION] for start in range(0, len(values), _PORTION))


def _make_sqlite(address: URL) -> Engine:
    if not address.database or address.database == ":memory:":
        raise StoreError("the store needs a file: sqlite:///path")
    _create_private(Path(address.database))
    engine = create_engine(address, connect_args={"timeout": LOCK_WAIT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_private(path: Path) -> None:
    """Make the file before SQLite does, readable by its owner only; the write-ahead log inherits that.

    One that is there must not be opened: closing it again would end the locks that this process holds on it through
    another engine, the write-ahead log would be taken away under that one, and what it writes would be lost.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise StoreError(f"the database file cannot be opened: {error}") from error


def _prepare_sqlite(raw: sqlite3.Connection, _record: object) -> None:
    # without an isolation level the driver begins nothing on its own, so that _begin_sqlite decides
    raw.isolation_level = None
    _enter_wal(raw)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"cache_size=-{_CACHE_KIB}"):
        raw.execute(f"PRAGMA {pragma}")


def _enter_wal(raw: sqlite3.Connection) -> None:
    """The mode stays with the file. When two processes open a new one at once SQLite refuses one of them without
    waiting, so the waiting is done here."""
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make_postgresql(address: URL) -> Engine:
    engine = create_engine(address, pool_pre_ping=True, connect_args=ALIVE)
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(raw: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    # in UTC every moment that Python knows can be read back; elsewhere the first and the last year cannot
    raw.execute("SET TIME ZONE 'UTC'")
    raw.execute(f"SET lock_timeout = '{LOCK_WAIT_S}s'")
    raw.commit()
