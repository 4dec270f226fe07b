"""Statements for either driver as it is: SQLAlchemy takes longer to put a small one together, and to pass many numbers
one by one, than the database to answer it. For what every article asks; everything else goes through SQLAlchemy."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from crawler.errors import StoreError
from crawler.store.values import to_utc

Statement = Mapping[str, str]
"""By dialect."""


def for_both(statement: str) -> Statement:
    """Parameters are written `:name`, and `{keys}` stands for the numbers that `pass_numbers` made."""
    sqlite = statement.format(keys="SELECT value AS key FROM json_each(:keys)")
    postgresql = statement.format(keys="SELECT unnest(CAST(:keys AS bigint[])) AS key")
    return {"sqlite": sqlite, "postgresql": re.sub(r":(\w+)", r"%(\1)s", postgresql)}


def run_statement(connection: Connection, statement: Statement, values: Mapping[str, object]) -> list[Any]:
    """In the connection's transaction, which has begun; its rows as tuples. Raises StoreError."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement[connection.dialect.name], values)
        return list(cursor.fetchall()) if cursor.description else []
    except connection.dialect.loaded_dbapi.Error as error:
        raise StoreError(str(error).strip() or type(error).__name__) from error
    finally:
        cursor.close()


def pass_numbers(connection: Connection, numbers: Iterable[int]) -> str | list[int]:
    return list(numbers) if connection.dialect.name == "postgresql" else json.dumps(list(numbers))


def pass_moment(connection: Connection, moment: datetime) -> datetime | str | None:
    """As SQLAlchemy writes it."""
    utc = to_utc(moment)
    if utc is None or connection.dialect.name == "postgresql":
        return utc
    return utc.replace(tzinfo=None).isoformat(" ", "microseconds")


def read_moment(value: datetime | str) -> datetime:
    """As the driver gives it."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
