"""Times as pages print them beside what happened then: `14:05 GMT`, `14h05`, `14.05 Uhr`, `2:05 مساء`,
`21 Nov 2026 14:05`, `5 minutes ago`. What they tell is not worked out: they are kept as they are printed."""

import re

from crawler.extract.hygiene import flatten_text

LONGEST = 60
"""Code points, white space around it included."""
_JOIN = r"[\s\u200c\ua9c1]?"
"""Between the parts of a Persian word; \ua9c1 stands in for the joiner while a page is read."""
_HALF = (
    r"(?:[ap]\.?\s?m\b\.?|uhr|hrs?\b|(?:(?:من )?(?:صباح|مساء|ظهر|عصر|ليل|فجر)[اًء]{0,3}|(?:بعد|قبل) الظهر|[صم]\b)"
    rf"|صبح|ظهر|عصر|شب|بامداد|غروب|(?:قبل|بعد){_JOIN}از{_JOIN}ظهر|[قب]\.?\s?ظ\.?)"
)
_ZONE = (
    r"(?:\(?(?-i:[A-Z]{2,4})(?:\s?[+-]\s?\d{1,2}(?::?\d{2})?)?\)?|local time|بتوقيت \w+(?: \w+)?|به وقت \w+(?: \w+)?"
    r"|ora locale|heure locale|yerel saatle)"
)
_MINUTE = r"(?:[:.٫h]|\s[:h]\s)[0-5\u0660-\u0665\u06f0-\u06f5]\d(?::\d{2})?"
_TIME = (
    rf"(?:\d{{1,2}}{_MINUTE}(?:\s*{_HALF})?|\d{{1,2}}\s?(?:{_HALF}|h\b)|(?:الساعة|ساعت)\s\d{{1,2}})"
    rf"(?:\s*{_ZONE})?"
)
_SAID_BEFORE = r"(?:\D{0,12}?|\D{0,6}(?:updated?|published|posted|الساعة|تحديث|ساعت|saat|heure|um|alle|ore)\D{0,4})"
_DATE = (
    r"(?:\d{1,4}[./-]\d{1,2}(?:[./-]\d{1,4})?\.?|\d{1,2}(?:st|nd|rd|th|\.)?\s[^\W\d]{3,10}\.?(?:,?\s\d{4})?"
    r"|[^\W\d]{3,10}\.?\s\d{1,2}(?:st|nd|rd|th)?(?:[,،]?\s\d{4})?)"
)
_BETWEEN = r"[\s,،|·•–—-]{1,4}(?:(?:at|um|à|alle|saat|الساعة|ساعت)\s)?"
_RELATIVE = (
    r"(?:(?:about |over |almost )?(?:an?|\d{1,3})\s?(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)\.? ago"
    r"|(?:just|right) now|moments? ago"
    r"|(?:منذ|قبل) (?:\d{1,3} )?(?:لحظات|ثوان[يٍ]?|ثانية|دقيقة|دقيقتين|دقائق|ساعة|ساعتين|ساعات|يوم|يومين|أيام)"
    r"|(?:\d{1,3}|یک|چند) (?:ثانیه|دقیقه|ساعت|روز) (?:پیش|قبل)|(?:لحظاتی|دقایقی|ساعتی|ساعاتی) (?:پیش|قبل)"
    r"|לפני (?:\d{1,3} )?(?:דקה|דקות|שעה|שעתיים|שעות|יום|יומיים|ימים)|(?:\d{1,3} (?:saniye|dakika|dk|saat|gün)|az) önce"
    r"|(?:\d{1,3} )?(?:секунд|минут|мин|час|дн|день)\w{0,2}\.? назад|только что"
    r"|vor (?:\d{1,3}|einer|einem|wenigen) (?:sek|min|std|stunde|tag)\w*\.?"
    r"|il y a (?:\d{1,3}|une?|quelques) (?:s|sec|min|h|heure|jour)\w*\.?|hace (?:\d{1,3}|una?) (?:min|h|hora|día)\w*\.?"
    r"|(?:\d{1,3}|un[ao]?)[’' ]?(?:min|or|giorn)\w* fa)"
)
_AT_A_TIME = rf"{_SAID_BEFORE}(?:{_DATE}{_BETWEEN})?{_TIME}(?:{_BETWEEN}{_DATE})?"
_CLOCK = re.compile(rf"(?!.*[$€£%])(?:{_AT_A_TIME}|\W{{0,3}}{_RELATIVE})\W{{0,3}}", re.IGNORECASE)
_AHEAD = re.compile(rf"\s*({_TIME}|{_RELATIVE})\W{{1,4}}\w", re.IGNORECASE)
"""With the first letter of what it is the time of."""
_DIGIT = re.compile(r"\d")
_BEGINNINGS = ("منذ", "قبل", "לפני", "il y a", "hace", "vor ", "an ", "a ")
_ENDINGS = ("ago", "now", "پیش", "قبل", "önce", "назад", "что", " fa")


def is_clock(text: str) -> bool:
    """Is a time all that the text says?"""
    if not 0 < len(text) <= LONGEST or text.isspace():
        return False  # nearly all, as is what has neither a digit nor such a word
    if not _DIGIT.search(text):
        words = text.strip().lower()
        if not words.endswith(_ENDINGS) and not words.startswith(_BEGINNINGS):
            return False
    return _CLOCK.fullmatch(flatten_text(text)) is not None


def find_clock(text: str) -> str:
    """The time with which a text begins that goes on to say what happened; empty where it begins otherwise."""
    found = _AHEAD.match(text)
    return found[1] if found else ""
