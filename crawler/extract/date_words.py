# ruff: noqa: RUF001 -- letters of other scripts are the matter of this file
"""The words of printed dates, in the languages of our outlets: months, weekdays, labels, times of day, time zones.

Everything is matched against folded text: `fold_date`.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from types import MappingProxyType
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

_PLAIN = str.maketrans({
    **dict(zip("٠١٢٣٤٥٦٧٨٩", "0123456789", strict=True)), **dict(zip("۰۱۲۳۴۵۶۷۸۹", "0123456789", strict=True)),
    **dict.fromkeys("\u200c\u200d\ua9c1\ua9c2\u200e\u200f\u0640", ""), **dict.fromkeys("–—−־‒", "-"),
    **dict.fromkeys("’‘`׳", "'"),
    "ی": "ي", "ى": "ي", "ک": "ك", "ة": "ه", "ı": "i", "،": ",", "٬": ",", "٫": ":",
})  # fmt: skip
r"""\ua9c1 and \ua9c2 stand in for joiners while a page is read."""


def fold_date(text: str) -> str:
    """Lower case, ASCII digits, one form of each letter; accents, vowel signs and joiners dropped."""
    plain = text.translate(_PLAIN).casefold()
    if not plain.isascii():
        plain = "".join(sign for sign in normalize("NFKD", plain) if not combining(sign))
    return " ".join(plain.split())


def _number(*names: str) -> dict[str, int]:
    return {
        fold_date(name.replace("_", " ")): number for number, same in enumerate(names, start=1) for name in same.split()
    }


def _join(words: object) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload] # any iterable of texts


MONTHS = MappingProxyType(
    _number(
        "january jan janvier janv januar jänner enero gennaio "
        "janeiro ocak января يناير كانون_الثاني جانفي ژانویه جنوری ינואר",
        "february feb février févr februar febrero febbraio fevereiro "
        "şubat февраля فبراير شباط فيفري فوریه فروری פברואר",
        "march mar mars märz mrz marzo março mart марта مارس آذار مارچ מרץ מרס",
        "april apr avril avr abril aprile nisan апреля أبريل إبريل نيسان أفريل آوریل اپریل אפריל",
        "may mai mayo maggio maio mayıs мая مايو أيار ماي مه مئی מאי",
        "june jun juin juni junio giugno junho haziran июня يونيو حزيران جوان يونيه ژوئن جون יוני",
        "july jul juillet juil juli julio luglio julho temmuz "
        "июля يوليو تموز جويلية يوليه يوليوز ژوئیه جولای جولائی יולי",
        "august aug août agosto ağustos августа أغسطس آب أوت غشت اوت آگوست اگست אוגוסט",
        "september sept sep septembre septiembre settembre setembro "
        "eylül сентября سبتمبر أيلول شتنبر سپتامبر ستمبر ספטמבר",
        "october oct octobre oktober okt octubre ottobre outubro ekim октября أكتوبر تشرين_الأول اکتبر اکتوبر אוקטובר",
        "november nov novembre noviembre novembro kasım ноября نوفمبر تشرين_الثاني نونبر نوامبر نومبر נובמבר",
        "december dec décembre déc dezember dez diciembre dicembre "
        "dezembro aralık декабря ديسمبر كانون_الأول دجنبر دسامبر דצמבר",
    )
)
SOLAR_MONTHS = MappingProxyType(
    _number(
        "فروردین حمل", "اردیبهشت ثور", "خرداد جوزا", "تیر سرطان", "مرداد اسد", "شهریور سنبله",
        "مهر میزان", "آبان عقرب", "آذر قوس", "دی جدی", "بهمن دلو", "اسفند حوت",
    )
)  # fmt: skip
"""Of the Iranian calendar, with their Afghan names."""
MONTH, SOLAR_MONTH = _join(MONTHS), _join(SOLAR_MONTHS)
WEEKDAY = (
    r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?"
    r"|(?:يوم )?ال(?:سبت|احد|اثنين|ثلاثاء?|اربعاء?|خميس|جمعه)"
    r"|(?:(?:يك|دو|سه|چهار|پنج) ?)?شنبه|جمعه"
    r"|pazar(?:tesi)?|sali|carsamba|persembe|cuma(?:rtesi)?"
    r"|(?:le )?(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
    r"|(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)s?|mo|di|mi|do|fr|sa|so"
    r"|lunes|martes|miercoles|jueves|viernes|sabado|domingo|lunedi|martedi|mercoledi|giovedi|venerdi|sabato|domenica"
    r"|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|пн|вт|ср|чт|пт|сб|вс"
    r"|(?:ב?יום )?(?:ראשון|שני|שלישי|רביעי|חמישי|שישי|שבת|[א-ו]')"
)
CHANGED = (
    r"(?:last\s+)?(?:updated?|modified|edited)(?:\s+(?:on|at))?|last\s+(?:update|change|modification)"
    r"|(?:(?:اخر|تم|تاريخ) )?(?:ال)?(?:تحديث|تعديل)(?: (?:في|بتاريخ))?|(?:حدث|عدل)ت? في"
    r"|(?:(?:اخرين|تاريخ|زمان) )?(?:به ?)?ب?روز ?رساني(?: شده)?(?: در)?|ويرايش(?: شده)?"
    r"|(?:son )?guncelle(?:me|nme)(?: (?:tarihi|zamani))?|(?:последнее )?обновлени?[оея]"
    r"|(?:derniere )?mise a jour(?: le)?|mis a jour(?: le)?|modifiee?(?: le)?"
    r"|(?:zuletzt )?(?:aktualisiert|geandert|bearbeitet)(?: am)?|letzte (?:aktualisierung|anderung)|stand(?=\s*:?\s*\d)"
    r"|(?:ultima )?actualiza(?:do|cion)(?: el)?|(?:ultimo )?aggiorna(?:to|mento)(?: (?:il|alle))?"
    r"|(?:עודכן|עדכון)(?: (?:לאחרונה|אחרון))?(?: ב-?)?"
)
PUBLISHED = (
    r"(?:(?:first|originally) )?(?:published|posted|issued|created)(?:\s+(?:on|at))?"
    r"|(?:(?:publication|release|posted) )?date"
    r"|(?:تم )?(?:ال)?نشرت?(?: (?:في|بتاريخ))?|تاريخ(?: (?:النشر|الخبر))?"
    r"|(?:(?:تاريخ|زمان) )?انتشار|(?:منتشر|چاپ) شده(?: در)?"
    r"|publiee?(?: le)?|date de publication|(?:veroffentlicht|erstellt|erschienen|publiziert)(?: am)?|datum"
    r"|(?:yayin(?:lanma)?|olusturulma|giris|haber)(?: (?:tarihi|zamani))?|tarih"
    r"|опубликовано|дата публикации|publicado(?: el)?|pubblicato(?: il)?"
    r"|(?:פורסם(?: לראשונה)?|תאריך(?: פרסום)?)(?: ב-?)?"
)
HALF = (
    r"[ap]\.? ?m\b\.?|صباحا|مساء ?ا?|ظهرا|فجرا|عصرا|ص(?!\w)|م(?!\w)"
    r"|[قب]\. ?ظ\b\.?|قبل ?از ?ظهر|بعد ?از ?ظهر|o[os](?!\w)"
)
AFTER_NOON = ("p", "مس", "م", "ظ", "عص", "ب", "os")

_OFFSETS = MappingProxyType({
    "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7, "pdt": -7, "pst": -8, "akst": -9, "hst": -10,
    "wet": 0, "bst": 1, "cet": 1, "mez": 1, "wat": 1, "west": 1, "cest": 2, "mesz": 2, "eet": 2, "sast": 2, "cat": 2,
    "eest": 3, "msk": 3, "ast": 3, "trt": 3, "idt": 3, "eat": 3, "irst": 3.5, "gst": 4, "aft": 4.5, "irdt": 4.5,
    "pkt": 5, "ist": 5.5, "npt": 5.75, "wib": 7, "ict": 7, "hkt": 8, "sgt": 8, "awst": 8, "jst": 9, "kst": 9,
    "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
})  # fmt: skip
"""Hours from UTC, where the outlet's own zone has no such name: IST is India's, AST Arabia's."""
_PLACES = MappingProxyType({
    "et": "America/New_York", "eastern": "America/New_York", "ct": "America/Chicago", "central": "America/Chicago",
    "mt": "America/Denver", "pt": "America/Los_Angeles", "pacific": "America/Los_Angeles", "tsi": "Europe/Istanbul",
    "ksa": "Asia/Riyadh", "uae": "Asia/Dubai", "baghdad": "Asia/Baghdad", "iraq": "Asia/Baghdad",
    "بغداد": "Asia/Baghdad", "العراق": "Asia/Baghdad", "مكه": "Asia/Riyadh", "السعوديه": "Asia/Riyadh",
    "الرياض": "Asia/Riyadh", "makkah": "Asia/Riyadh", "mecca": "Asia/Riyadh", "saudi": "Asia/Riyadh",
    "غرينتش": "UTC", "جرينتش": "UTC", "غرينيتش": "UTC", "گرينويچ": "UTC", "greenwich": "UTC", "universal": "UTC",
    "القاهره": "Africa/Cairo", "مصر": "Africa/Cairo", "cairo": "Africa/Cairo", "دمشق": "Asia/Damascus",
    "سوريا": "Asia/Damascus", "damascus": "Asia/Damascus", "بيروت": "Asia/Beirut", "لبنان": "Asia/Beirut",
    "beirut": "Asia/Beirut", "القدس": "Asia/Jerusalem", "فلسطين": "Asia/Jerusalem", "غزه": "Asia/Gaza",
    "ישראל": "Asia/Jerusalem", "israel": "Asia/Jerusalem", "jerusalem": "Asia/Jerusalem", "عمان": "Asia/Amman",
    "الاردن": "Asia/Amman", "ابوظبي": "Asia/Dubai", "ابو": "Asia/Dubai", "الامارات": "Asia/Dubai", "دبي": "Asia/Dubai",
    "dubai": "Asia/Dubai", "gulf": "Asia/Dubai", "الدوحه": "Asia/Qatar", "قطر": "Asia/Qatar", "doha": "Asia/Qatar",
    "الكويت": "Asia/Kuwait", "kuwait": "Asia/Kuwait", "صنعاء": "Asia/Aden", "اليمن": "Asia/Aden", "aden": "Asia/Aden",
    "طهران": "Asia/Tehran", "تهران": "Asia/Tehran", "ايران": "Asia/Tehran", "tehran": "Asia/Tehran",
    "iran": "Asia/Tehran", "كابل": "Asia/Kabul", "kabul": "Asia/Kabul", "موسكو": "Europe/Moscow",
    "московское": "Europe/Moscow", "мск": "Europe/Moscow", "moscow": "Europe/Moscow", "london": "Europe/London",
    "لندن": "Europe/London", "paris": "Europe/Paris", "باريس": "Europe/Paris", "istanbul": "Europe/Istanbul",
    "turkey": "Europe/Istanbul", "واشنطن": "America/New_York", "نيويورك": "America/New_York", "india": "Asia/Kolkata",
})  # fmt: skip
_CITY = _join(name for name in _PLACES if name.isascii() and len(name) > len("tsi"))
ZONE = (
    r"(?:gmt|utc)(?:\s?[+-]\s?\d{1,2}(?::?\d{2})?)?|z(?!\w)|[+-]\d{2}:?\d{2}"
    rf"|(?:{_join(_OFFSETS)}|[ecmp]t|tsi|ksa|uae|мск)(?!\w)(?: time)?"
    rf"|(?:{_CITY}|local)(?: (?:standard|daylight|summer))? time"
    r"|ب?توقيت [^\W\d]{2,12}(?: [^\W\d]{2,12})?|(?:ال)?توقيت (?:ال)?محلي|به وقت [^\W\d]{2,12}(?: محلي)?"
    r"|(?:לפי )?שעון [^\W\d]{2,12}|(?:heure|ora|hora) (?:de |di |d')?[^\W\d]{2,12}|ortszeit|по москве"
)
_OFFSET = re.compile(r"(?:gmt|utc)?\s?([+-])\s?(\d{1,2}):?(\d{2})?")
_MONTH_FIRST = frozenset({
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix",
    "America/Detroit", "America/Boise", "America/Anchorage", "Pacific/Honolulu",
})  # fmt: skip
_SEASONS = (datetime(2024, 1, 1), datetime(2024, 7, 1))  # noqa: DTZ001 — asked for the zone's names in winter and summer


def read_zone(label: str | None, outlet: ZoneInfo | None) -> tzinfo:
    """The zone that a folded label names; the outlet's where it names none, or one that the outlet's zone goes by."""
    if not label:
        return outlet or UTC
    if offset := _OFFSET.fullmatch(label):
        hours, minutes = int(offset[2]), int(offset[3] or 0)
        span = timedelta(hours=hours, minutes=minutes)
        return timezone(-span if offset[1] == "-" else span)
    words = label.split()
    if words[0] in {"gmt", "utc", "z"}:
        return UTC
    if outlet and words[0].upper() in {outlet.tzname(moment) for moment in _SEASONS}:
        return outlet
    if words[0] in _OFFSETS:
        return timezone(timedelta(hours=_OFFSETS[words[0]]))
    place = next((_PLACES[word] for word in words if word in _PLACES), "")
    return ZoneInfo(place) if place else outlet or UTC


def puts_month_first(outlet: ZoneInfo | None) -> bool:
    """Does an outlet of that zone write 8/21/2024 for the 21st of August? Only in the United States."""
    return outlet is not None and (outlet.key in _MONTH_FIRST or outlet.key.startswith(("US/", "America/Indiana/")))
