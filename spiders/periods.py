"""Addresses with {year}, {month}, {day} and {page} in them, and spans of time. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

FIRST_PAGE: Final = 1

_PLACES: Final = {"{year}": r"(?P<year>\d{4})", "{month}": r"(?P<month>\d{2})", "{day}": r"(?P<day>\d{2})"} | {
    "{page}": r"(?P<page>\d{1,6})"
}
_PLACE: Final = re.compile("|".join(map(re.escape, _PLACES)))
_DATE: Final = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<sign>[-_/.]?)(?P<month>0?[1-9]|1[0-2])(?:(?P=sign)(?P<day>0[1-9]|[12]\d|3[01]|[1-9]))?(?!\d)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Span:
    """From `since` on, before `until`."""

    since: datetime
    until: datetime

    def holds(self, moment: datetime | None) -> bool:
        """What has no date may lie in it."""
        return moment is None or self.since <= moment < self.until

    def meets(self, other: "Span | None") -> bool:
        return other is None or (self.since < other.until and other.since < self.until)


def fill_places(pattern: str, span: Span) -> Iterator[str]:
    """The address for each day, month or year of a span, whichever is the smallest that the pattern names; with the
    first page where pages are numbered."""
    last = None
    day = span.since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while day < span.until:
        numbers = {"{year}": f"{day:%Y}", "{month}": f"{day:%m}", "{day}": f"{day:%d}", "{page}": f"{FIRST_PAGE}"}
        address = _PLACE.sub(lambda place, numbers=numbers: numbers[place[0]], pattern)  # type: ignore[misc]  # mypy cannot type a default
        if address != last:
            yield address
        if "{year}" not in pattern:
            return
        last = address
        try:
            day += timedelta(days=1)
        except OverflowError:
            return


def read_places(pattern: str, address: str) -> tuple[Span | None, int | None]:
    """The period and the number of the page that an address made of the pattern stands for."""
    escaped = re.escape(pattern)
    seen: set[str] = set()
    for place, group in _PLACES.items():
        named = re.escape(place)
        if named in escaped:
            escaped = escaped.replace(named, group, 1).replace(named, r"\d+")
            seen.add(place)
    found = re.fullmatch(escaped, address, re.ASCII)
    if found is None:
        return None, None
    named_groups = found.groupdict()
    page = int(named_groups["page"]) if "{page}" in seen else None
    return _make_span(named_groups) if "{year}" in seen else None, page


def next_page(pattern: str, address: str, page: int) -> str:
    """The address of the page after one that was made of the pattern."""
    before, _, after = pattern.partition("{page}")
    head = len(_PLACE.sub(lambda place: "0" * (4 if place[0] == "{year}" else 2), before))
    tail = len(_PLACE.sub(lambda place: "0" * (4 if place[0] == "{year}" else 2), after))
    return f"{address[:head]}{page + 1}{address[len(address) - tail :]}"


def find_period(path: str) -> Span | None:
    """The day or month that stands in the path of an article."""
    found = _DATE.search(path)
    return _make_span(found.groupdict()) if found else None


def _make_span(numbers: dict[str, str | None]) -> Span | None:
    year, month, day = (int(numbers.get(name) or 0) for name in ("year", "month", "day"))
    try:
        begin = datetime(year, month or 1, day or 1, tzinfo=UTC)
        if day:
            return Span(begin, begin + timedelta(days=1))
        end = datetime(year + (month or 12) // 12, (month or 12) % 12 + 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return Span(begin, end)
