"""What a feed asks of those who poll it: RSS's ttl, skipHours and skipDays, and RSS 1.0's syndication module."""

import re
from datetime import timedelta
from typing import Final

from crawler.signs import NO_HINTS, FeedHints

_HEAD: Final = 20_000
"""Characters before the first item in which they are looked for."""
_ITEM: Final = re.compile(r"<(?:\w+:)?(?:item|entry)(?=[\s>/])", re.IGNORECASE)
_ELEMENT: Final = re.compile(
    r"<(?:\w+:)?(ttl|hour|day|updatePeriod|updateFrequency)>\s*(\w{1,20})\s*</", re.IGNORECASE | re.ASCII
)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS: Final = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_UNSAID: Final = timedelta(hours=1)
"""WordPress writes it in each of its feeds, for outlets that publish by the minute too."""
_LONGEST: Final = timedelta(days=7)


def read_hints(text: str) -> FeedHints:
    """From the text of a feed; what is no number or no day says nothing."""
    item = _ITEM.search(text, 0, _HEAD)
    said: dict[str, list[str]] = {}
    for name, value in _ELEMENT.findall(text, 0, item.start() if item else _HEAD):
        said.setdefault(name.lower(), []).append(value.lower())
    if not said:
        return NO_HINTS
    hours = {int(value) % 24 for value in said.get("hour", ()) if value.isdecimal() and len(value) <= len("24")}
    days = {_DAYS.index(value) for value in said.get("day", ()) if value in _DAYS}
    return FeedHints(_read_ttl(said), frozenset(hours), frozenset(days))


def _read_ttl(said: dict[str, list[str]]) -> timedelta | None:
    minutes = _read_number(said.get("ttl"))
    if minutes:
        return min(timedelta(minutes=minutes), _LONGEST)
    period = _PERIODS.get(said.get("updateperiod", [""])[0])
    if period is None:
        return None
    period /= _read_number(said.get("updatefrequency")) or 1
    return None if period == _UNSAID else min(period, _LONGEST)


def _read_number(values: list[str] | None) -> int | None:
    """At most six digits of ASCII; nobody means more."""
    text = values[0] if values else ""
    return int(text[:6]) if text.isdecimal() and text.isascii() else None
