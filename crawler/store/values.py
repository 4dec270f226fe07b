"""Column types that take whatever an outlet wrote and give the same value back from either database."""

import hashlib
import re
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# PostgreSQL refuses NUL in text; both drivers refuse lone surrogates, which UTF-8 cannot spell
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean_text(text: str, stand_in: str = "") -> str:
    """Replace what no database stores, NUL and lone surrogates, by `stand_in`."""
    if text.isascii() and "\0" not in text:  # most are: addresses, digests, GUIDs
        return text
    return _UNSTORABLE.sub(stand_in, text)


def make_digest(*parts: str) -> str:
    """One fixed length for texts of any length."""
    return hashlib.sha256("\0".join(map(clean_text, parts)).encode()).hexdigest()


def to_utc(moment: datetime) -> datetime | None:
    """The same moment in UTC; a naive one is taken for UTC, one that UTC's calendar cannot hold is no date."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def list_fields(record: "DataclassInstance") -> dict[str, Any]:
    """Of a dataclass, by name, as they are: asdict copies what is within them, which takes longer than to store it."""
    return {each.name: getattr(record, each.name) for each in fields(record)}


class Text(TypeDecorator[str]):
    """Text without what databases refuse."""

    impl = String
    cache_ok = True
    stand_in = ""

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's hook
        return None if value is None else clean_text(value, self.stand_in)


class ZoneText(Text):
    """Text that offsets count in: what cannot be stored is replaced one for one, so that they still hold."""

    cache_ok = True
    stand_in = "\ufffd"


class Moment(TypeDecorator[datetime]):
    """An aware datetime in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        utc = None if value is None else to_utc(value)
        # SQLite's text has no zone, and naive UTC sorts as text does
        return utc.replace(tzinfo=None) if utc and dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - hook
        return None if value is None else to_utc(value)


Number = BigInteger().with_variant(Integer, "sqlite")
"""64 bits on both; SQLite numbers rows only when the type is spelled INTEGER."""
