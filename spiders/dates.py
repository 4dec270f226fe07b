"""Dates as feeds write them."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

_FIRST_YEAR: Final = 1990
_AHEAD: Final = timedelta(days=366)
"""Farther in the future it is no date of publication."""
_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]+(\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?",
    re.ASCII | re.IGNORECASE,
)
_EPOCH: Final = re.compile(r"\d{9,10}", re.ASCII)
_MAX_LENGTH: Final = 100


def read_date(raw: str, parsed: Sequence[int] | None, now: datetime) -> datetime | None:
    """UTC; None when there is none, or one that no article of ours can have. A time without offset counts as UTC.

    `parsed` is feedparser's reading of it, used where ours fails: it knows Asian and other rare forms.
    """
    raw = " ".join(raw.split())[:_MAX_LENGTH]
    if not raw:
        return None
    try:
        date = _read_iso(raw) or _read_epoch(raw) or _read_mail(raw) or _read_parsed(parsed)
    except (ValueError, OverflowError):
        return None
    if date is None or date.year < _FIRST_YEAR or date > now + _AHEAD:
        return None
    return date


def _read_iso(raw: str) -> datetime | None:
    """With a blank where the standard wants none, as some outlets write it."""
    match = _ISO.fullmatch(raw)
    if match is None:
        return None
    offset = (match[3] or "Z").upper().replace("UTC", "Z").replace("GMT", "Z")
    return datetime.fromisoformat(f"{match[1]}T{match[2]}{offset}").astimezone(UTC)


def _read_epoch(raw: str) -> datetime | None:
    return datetime.fromtimestamp(int(raw), UTC) if _EPOCH.fullmatch(raw) else None


def _read_mail(raw: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(raw)
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)


def _read_parsed(parsed: Sequence[int] | None) -> datetime | None:
    if not parsed:
        return None
    year, month, day, hour, minute, second = parsed[:6]
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
