"""Dates that a text prints, and which of several dates of a page to believe. All results are aware and UTC."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crawler.extract.date_words import (
    AFTER_NOON,
    CHANGED,
    HALF,
    MONTH,
    MONTHS,
    PUBLISHED,
    SOLAR_MONTH,
    SOLAR_MONTHS,
    WEEKDAY,
    ZONE,
    fold_date,
    puts_month_first,
    read_zone,
)

_SOLAR_LEAPS = frozenset({1, 5, 9, 13, 17, 22, 26, 30})
"""Remainders by 33 of the leap years."""
_SOLAR_START, _SOLAR_NEW_YEAR = 1375, datetime(1996, 3, 20, tzinfo=UTC)
_FIRST_GREGORIAN, _CENTURY, _MONTHS_A_YEAR = 1900, 2000, 12
_SEP = r"[\s,|@•·/-]"
_CLOCK = (
    r"(?:(?:at|as of|um|a|alle|ore|saat|ساعت|الساعه|בשעה|в|a las)\s+)?"
    r"(?P<hour#>\d{1,2})(?:\s?[:.h]\s?(?P<minute#>\d{2})(?::\d{2})?(?!\d)|(?=\s?(?:[ap]\.? ?m\b|uhr|h\b)))"
    rf"(?:\s?(?:uhr|h(?:rs|ours)?)\b\.?)?(?:\s?(?P<half#>{HALF}))?(?:\s?,?\s?\(?(?P<zone#>{ZONE})\)?)?"
)
"""A time of day, its groups numbered in place of `#`: it may stand before the date or behind."""
_LABEL = rf"(?:(?:(?P<changed>{CHANGED})|{PUBLISHED})\s*[:|-]?\s*)?(?:(?:le|am|el|il|on|در|في|ב-?)\s?)?"
_HIJRI = r"(?:\d{1,2}\s+[^\W\d]+(?:\s[^\W\d]+)?,?\s+1[34]\d\d\s?ه?\.?\s*(?:[-|/,(]|الموافق(?: ل)?)+\s*)?"
"""The day in the lunar calendar, which Saudi outlets print before the other."""
_NAMED = rf"(?:ב-?)?(?P<month>{MONTH})\.?(?:\s?[/(-]\s?(?:{MONTH})\)?)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)(?:\s?(?:م|г\.?|года)(?!\w))?"  # noqa: RUF001 — letters of other scripts
_FORMS = (
    rf"{_NAMED}\s+(?P<day>\d{{1,2}})(?:\s?(?:st|nd|rd|th))?,?\s+{_YEAR}",
    rf"(?:ב-?)?(?P<day>\d{{1,2}})(?:\s?(?:st|nd|rd|th|er|º|\.))?[\s,-]+(?:de |of )?{_NAMED},?[\s-]+(?:de )?{_YEAR}",
    r"(?P<year>(?:19|20)\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:t|(?!\d))",
    rf"(?P<day>\d{{1,2}})(?P<mark>[-/.])(?P<month>\d{{1,2}})[-/.]{_YEAR}",
    r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d\d)(?!\d)(?(hour1)|(?=[\s,|-]+(?:\w+\s)?\d{1,2}(?:[:.]\d\d|\suhr)))",
    rf"(?P<day>\d{{1,2}})\s+(?P<month>{SOLAR_MONTH})(?:\s?ماه)?,?\s+(?P<year>1[34]\d\d)(?!\d)",
    r"(?P<year>1[34]\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)",
)
_PLACE = r"(?(zone2)(?:\s?-\s?[a-z]+(?: [a-z]+)?$)?)"
"""Indian papers name where it was written behind the zone."""
_PRINTED = tuple(
    re.compile(
        rf"{_LABEL}(?:{_CLOCK.replace('#', '1')}{_SEP}+(?:on )?)?(?:(?:{WEEKDAY})[.,]?{_SEP}+)?{_HIJRI}{form}"
        rf"(?:{_SEP}+\(?(?:{WEEKDAY})(?!\w)\)?)?(?::?{_SEP}*{_CLOCK.replace('#', '2')}{_PLACE})?\.?"
    )
    for form in _FORMS
)
_BETWEEN = re.compile(r"[\s,;|•·/()\[\]-]*")
_TAIL = re.compile(
    r"[\s,/|•-]+(?:uk|[a-z]{2,8} news|updated (?:\d+|an?) (?:minutes?|hours?|days?) ago"
    r"|(?:(?:news|article|story) )?(?:id|code|no\.?)\s*[:#]?\s*\d+"
    r"|(?:كد|شناسه|شماره|رقم)(?: ال)?(?: ?(?:خبر|مطلب|مقال))?\s*:?\s*\d+)\s*\Z"
)
"""Whose news it is, where the clock stands, a time that goes on, a number: what some print behind their dates."""
_HAS_DATE = re.compile(r"\d{4}|\d\.\d\d?\.\d\d")
_LONGEST_DATE_LINE = 140
_MOST_DATES = 3
"""Of one line: `Published ... | Updated ...`."""
_IS_UPDATE = re.compile(CHANGED)
STATED = frozenset({"json-ld", "meta"})
"""Evidence that a page gives for machines."""
_EPOCH_DIGITS = (10, 13)
"""Of seconds and of milliseconds since 1970."""
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Dated:
    """A time and what vouches for it."""

    at: datetime
    evidence: str
    """json-ld, meta, text, feed, htmldate or update."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A date that a text prints, and whether its label says that it is an update's."""

    at: datetime
    changed: bool


def read_printed(line: str, zone: ZoneInfo | None = None) -> tuple[Printed, ...]:
    """The dates of a line that consists of dates and nothing else, e.g. `Published 25 October 2023 | Updated 26 October
    2023, 4:01 p.m. ET`; none of any other line."""
    if len(line) > _LONGEST_DATE_LINE or not _HAS_DATE.search(line):
        return ()
    if at := _read_iso(line.strip(), zone):
        return (Printed(at, changed=False),)
    folded, position = _TAIL.sub("", fold_date(line).strip("()[]|• ")), 0
    found: list[re.Match[str]] = []
    while position < len(folded):
        matches = [match for form in _PRINTED if (match := form.match(folded, position))]
        if not matches or len(found) == _MOST_DATES:
            return ()
        found.append(max(matches, key=re.Match.end))
        position = _BETWEEN.match(folded, found[-1].end()).end()  # type: ignore[union-attr] # it matches nothing, too
    try:
        return tuple(Printed(_read_match(match, zone), changed=match["changed"] is not None) for match in found)
    except (ValueError, OverflowError):  # the 31st of June, 25:00
        return ()


def parse_date_line(line: str, zone: ZoneInfo | None = None) -> datetime | None:
    """The time that a line tells which is a date and nothing else, e.g. `Updated: August 21, 2024, 4:01 PM`."""
    printed = read_printed(line, zone)
    return printed[0].at if printed else None


def _read_match(found: re.Match[str], zone: ZoneInfo | None) -> datetime:
    """A date without a time of day is the day's first moment in UTC; it must not slip into the day before."""
    day = _read_day(found, zone)
    clock = next((number for number in "12" if found[f"hour{number}"]), "")
    if not clock:
        return day
    hour = int(found[f"hour{clock}"])
    if half := found[f"half{clock}"]:
        hour = hour % 12 + (12 if half.startswith(AFTER_NOON) else 0)
    at = day.replace(hour=hour, minute=int(found[f"minute{clock}"] or 0), tzinfo=read_zone(found[f"zone{clock}"], zone))
    return at.astimezone(UTC)


def _read_day(found: re.Match[str], zone: ZoneInfo | None) -> datetime:
    """Of two numbers before the year, the first is the day, unless it cannot be or the outlet is American."""
    year, month, day = int(found["year"]), found["month"], int(found["day"])
    named = not month.isdigit()
    if _FIRST_GREGORIAN > year >= _SOLAR_START:
        return _read_solar(year, SOLAR_MONTHS[month] if named else int(month), day)
    number = MONTHS[month] if named else int(month)
    mark = found.groupdict().get("mark") or "."
    if mark != "." and day <= _MONTHS_A_YEAR and (number > _MONTHS_A_YEAR or puts_month_first(zone)):
        day, number = number, day
    return datetime(year if year >= _FIRST_GREGORIAN else year + _CENTURY, number, day, tzinfo=UTC)


def _read_solar(year: int, month: int, day: int) -> datetime:
    """A day of the Iranian calendar, whose year begins about the 21st of March. Raises ValueError.

    Leap years follow each other in cycles of 33 years, which is right until 1472 (2093).
    """
    if not (year >= _SOLAR_START and 1 <= month <= _MONTHS_A_YEAR and 1 <= day <= 31):  # noqa: PLR2004 — of a month
        raise ValueError(month, day)
    leaps = sum(each % 33 in _SOLAR_LEAPS for each in range(_SOLAR_START, year))
    days = 365 * (year - _SOLAR_START) + leaps + 31 * min(month - 1, 6) + 30 * max(month - 7, 0) + day - 1
    return _SOLAR_NEW_YEAR + timedelta(days=days)


def load_zone(name: str) -> ZoneInfo | None:
    """The outlet's time zone; None when nobody knows it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def parse_timestamp(text: str, zone: ZoneInfo | None = None) -> datetime | None:
    """The time of a machine-readable value: ISO 8601 and its common misspellings."""
    return _read_iso(text.strip(), zone) or parse_date_line(text, zone)


def _read_iso(text: str, zone: ZoneInfo | None) -> datetime | None:
    if len(text) < len("2024-01-01"):  # shorter forms are numbers as often as dates
        return None
    try:
        if text.isdecimal() and text.isascii() and len(text) in _EPOCH_DIGITS:
            return datetime.fromtimestamp(int(text) / (1 if len(text) == min(_EPOCH_DIGITS) else 1000), UTC)
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone or UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def weigh_dates(printed: Iterable[Printed]) -> tuple[Dated | None, Dated | None]:
    """What a page prints, in its order → when it was published and when last changed, each only if a line tells it:
    an old article that was edited today is no news of today."""
    dates = tuple(printed)
    updates = [each.at for each in dates if each.changed]
    first = next((each.at for each in dates if not each.changed), None)
    return Dated(first, "text") if first else None, Dated(max(updates), "text") if updates else None


def is_update(text: str) -> bool:
    """Does a label of an update stand before this date?"""
    return _IS_UPDATE.match(fold_date(text)) is not None


def is_plausible(at: datetime, fetched_at: datetime | None) -> bool:
    """An article is not older than the web's press, and not from the future but for a clock set wrong."""
    return at >= _EARLIEST and (fetched_at is None or at <= fetched_at + timedelta(days=1))
