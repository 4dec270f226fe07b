"""Dates that a text prints, and which of several dates of a page to believe. All results are aware and UTC."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = {
    name.replace("_", " "): number
    for number, names in enumerate(
        (
            "january jan يناير كانون_الثاني ocak января", "february feb فبراير شباط şubat февраля",
            "march mar مارس آذار mart марта", "april apr أبريل إبريل نيسان nisan апреля",
            "may مايو أيار mayıs мая", "june jun يونيو حزيران haziran июня",
            "july jul يوليو تموز temmuz июля", "august aug أغسطس آب ağustos августа",
            "september sept sep سبتمبر أيلول eylül сентября", "october oct أكتوبر تشرين_الأول ekim октября",
            "november nov نوفمبر تشرين_الثاني kasım ноября", "december dec ديسمبر كانون_الأول aralık декабря",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_SOLAR_MONTHS = ("فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند")
_SOLAR_LEAPS = frozenset({1, 5, 9, 13, 17, 22, 26, 30})
"""Remainders by 33 of the leap years."""
_SOLAR_START, _SOLAR_NEW_YEAR = 1375, datetime(1996, 3, 20, tzinfo=UTC)
_FIRST_GREGORIAN = 1900
_WEEKDAYS = (
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|(?:يوم )?ال\w{3,8}"
    r"|(?:(?:یک|دو|سه|چهار|پنج)[\u200c ]?)?شنبه|جمعه"
)
_DAY = rf"(?:(?:{_WEEKDAYS})[.,،]?\s+)?"
_HALF = r"(?P<half>[ap]\.?m\.?|صباحا|صباحًا|مساء|مساءً|ص|م)"
_CLOCK = rf"(?:[\s,،|@–-]+(?:at\s+)?(?P<hour>\d{{1,2}})[:.](?P<minute>\d{{2}})(?::\d{{2}})?\s*{_HALF}?)?"
_ZONE = r"(?:\s*\(?(?P<zone>gmt|utc|z|[+-]\d{2}:?\d{2})\)?)?"
_CHANGED = (
    r"(?:last\s+)?(?:updated?|modified)(?:\s+(?:on|at))?|last\s+(?:change|edit)(?:ed)?"
    r"|(?:آخر )?(?:تحديث|تعديل)|حُ?دّ?ث في"
    r"|(?:(?:آخرین|تاریخ) )?به[\u200c\ua9c1 ]?روز[\u200c\ua9c1 ]?رسانی|(?:son )?güncelle(?:me|nme)(?: tarihi)?"
    r"|обновлено|mis à jour(?: le)?|(?:zuletzt )?aktualisiert(?: am)?|actualizado(?: el)?|aggiornato(?: il)?|עודכן"
)
"""Labels of the time of an update. \ua9c1 stands in for the joiner while a page is read."""
_WORDS = (
    rf"{_CHANGED}|(?:last\s+)?(?:published|posted|date)(?:\s+(?:on|at))?"
    r"|نشر(?: في)?|تاريخ النشر|تاریخ انتشار|منتشر شده در"
)
_LABEL = rf"(?:(?:{_WORDS})\s*[:\-–]?\s*)?"
_FORMS = (
    rf"(?P<month>{_MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d\d)",
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?P<month>{_MONTH})\.?,?[\s-]+(?P<year>(?:19|20)\d\d)",
    r"(?P<year>(?:19|20)\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})t?",
    r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})[-/.](?P<year>(?:19|20)\d\d)",
)
_SOLAR = "|".join(_SOLAR_MONTHS)
_SOLAR_FORMS = (
    rf"(?P<day>\d{{1,2}})\s+(?P<month>{_SOLAR})(?:\s+ماه)?\s+(?P<year>1[34]\d\d)",
    r"(?P<year>1[34]\d\d)[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
)
_DATE_LINES = tuple(
    re.compile(rf"{_LABEL}{_DAY}{form}{_CLOCK}{_ZONE}\s*\.?", re.IGNORECASE) for form in (*_FORMS, *_SOLAR_FORMS)
)
_DIGIT = re.compile(r"\d")
_LONGEST_DATE_LINE = 90
_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_IS_UPDATE = re.compile(_CHANGED, re.IGNORECASE)
STATED = frozenset({"json-ld", "meta"})
"""Evidence that a page gives for machines."""
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Dated:
    """A time and what vouches for it."""

    at: datetime
    evidence: str
    """json-ld, meta, text, feed, htmldate or update."""


def parse_date_line(line: str, zone: ZoneInfo | None = None) -> datetime | None:
    """The time that a line tells which is a date and nothing else, e.g. `Updated: August 21, 2024, 4:01 PM`."""
    if len(line) > _LONGEST_DATE_LINE or not _DIGIT.search(line):
        return None
    line = line.translate(_DIGITS)
    if at := _read_iso(line.strip(), zone):
        return at
    found = next((match for form in _DATE_LINES if (match := form.fullmatch(line.strip()))), None)
    if found is None:
        return None
    try:
        return _read_match(found, zone)
    except (ValueError, OverflowError):  # the 31st of June, 25:00
        return None


def _read_match(found: re.Match[str], zone: ZoneInfo | None) -> datetime:
    """A date without a time of day is the day's first moment in UTC; it must not slip into the day before."""
    day = _read_day(int(found["year"]), found["month"].lower(), int(found["day"]))
    if not found["hour"]:
        return day
    hour = int(found["hour"])
    if half := (found["half"] or "").lower():
        hour = hour % 12 + (12 if half.startswith(("p", "م")) else 0)
    return day.replace(hour=hour, minute=int(found["minute"]), tzinfo=_read_zone(found["zone"], zone)).astimezone(UTC)


def _read_day(year: int, month: str, day: int) -> datetime:
    if year < _FIRST_GREGORIAN:
        return _read_solar(year, int(month) if month.isdigit() else 1 + _SOLAR_MONTHS.index(month), day)
    return datetime(year, int(month) if month.isdigit() else _MONTHS[month], day, tzinfo=UTC)


def _read_solar(year: int, month: int, day: int) -> datetime:
    """A day of the Iranian calendar, whose year begins about the 21st of March. Raises ValueError.

    Leap years follow each other in cycles of 33 years, which is right until 1472 (2093).
    """
    if not (year >= _SOLAR_START and 1 <= month <= len(_SOLAR_MONTHS) and 1 <= day <= 31):  # noqa: PLR2004 — of a month
        raise ValueError(month, day)
    leaps = sum(each % 33 in _SOLAR_LEAPS for each in range(_SOLAR_START, year))
    days = 365 * (year - _SOLAR_START) + leaps + 31 * min(month - 1, 6) + 30 * max(month - 7, 0) + day - 1
    return _SOLAR_NEW_YEAR + timedelta(days=days)


def _read_zone(label: str | None, zone: ZoneInfo | None) -> tzinfo:
    if not label:
        return zone or UTC
    return datetime.strptime(label, "%z").tzinfo or UTC if label[0] in "+-" else UTC


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
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone or UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def weigh_dates(printed: Mapping[str, datetime]) -> tuple[Dated | None, Dated | None]:
    """Date lines of a page, in its order → when it was published and when last changed, each only if a line tells it:
    an old article that was edited today is no news of today."""
    updates = [at for line, at in printed.items() if is_update(line)]
    first = next((at for line, at in printed.items() if not is_update(line)), None)
    return Dated(first, "text") if first else None, Dated(max(updates), "text") if updates else None


def is_update(text: str) -> bool:
    """Does a label of an update stand before this date?"""
    return _IS_UPDATE.match(text) is not None


def is_plausible(at: datetime, fetched_at: datetime | None) -> bool:
    """An article is not older than the web's press, and not from the future but for a clock set wrong."""
    return at >= _EARLIEST and (fetched_at is None or at <= fetched_at + timedelta(days=1))
