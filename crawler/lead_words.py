"""Words that tell one event from another one in the first sentences of reports: when, with what, how many, how it
ended. As folded, in the languages in question. Pure."""

import re
from collections.abc import Iterable

from crawler.match.normalize import fold_text

WORD = re.compile(r"\w+")
DIGIT = "[0-9٠-٩۰-۹]"
"""Of the languages in question. `re` seeks one of a set many times faster than a `\\d`."""
NUMBER = re.compile(rf"{DIGIT}\d*")
YEAR = re.compile(r"(?:19|20)\d\d|1[34]\d\d")
"""Of the calendars of the press in question."""
_MOST_DIGITS = 11
_THOUSANDS = re.compile(r"(?<=\d)[,٬](?=\d{3}(?!\d))")
_DAYS = (
    ("Monday", "الاثنين", "دوشنبه"),
    ("Tuesday", "الثلاثاء", "سه‌شنبه"),
    ("Wednesday", "الأربعاء", "چهارشنبه"),
    ("Thursday", "الخميس", "پنجشنبه"),
    ("Friday", "الجمعة", "جمعه"),
    ("Saturday", "السبت", "شنبه"),
    ("Sunday", "الأحد", "یکشنبه"),
)
_DAY_OF = {fold_text(name).replace(" ", ""): number for number, names in enumerate(_DAYS) for name in names}
_DAY = re.compile(rf"\b(?:(يك|دو|سه|چهار|پنج) )?({'|'.join(sorted(_DAY_OF, key=len, reverse=True))})s?\b")
"""As folded; `Monday's` is one word there, and a joiner a space."""
_NUMBERS = (
    (2, "two", "اثنين اثنان اثنتين", "دو"),
    (3, "three", "ثلاثة ثلاث", "سه"),
    (4, "four", "أربعة أربع", "چهار"),
    (5, "five", "خمسة خمس", "پنج"),
    (6, "six", "ستة ست", "شش"),
    (7, "seven", "سبعة سبع", "هفت"),
    (8, "eight", "ثمانية ثماني ثمان", "هشت"),
    (9, "nine", "تسعة تسع", ""),  # in Persian it is the word for no
    (10, "ten", "عشرة عشر", "ده"),
    (11, "eleven", "", "یازده"),
    (12, "twelve", "", "دوازده"),
)
"""Of soldiers, drones and rockets; one is in each second sentence, and more than twelve are written in digits."""
_NUMBER_OF = {fold_text(word): number for number, *names in _NUMBERS for name in names for word in name.split()}
_COUNTED = re.compile(rf"\b({DIGIT}{{1,{_MOST_DIGITS}}}|{'|'.join(_NUMBER_OF)}) ([^\W\d_]{{3,}})")
"""How many of what. Not `at 02:30`, nor the day in `Nov 28 (Reuters)`, which says when it was written."""


def _sort(kinds: dict[str, str]) -> dict[str, str]:
    """Word → kind."""
    return {fold_text(word): kind for kind, words in kinds.items() for word in words.split()}


_HOUR_OF = _sort(
    {
        "early": "early dawn morning فجر فجرا الفجر صباح صباحا الصباح بامداد صبح",
        "late": "afternoon evening مساء المساء عصر عصرا شامگاه",
    }
)
"""Half of the day. Nights are of both, and so is `late`: at night, it is early for whoever writes by another clock."""
_WEAPON_OF = _sort(
    {
        "drone": "drone drones uav uavs unmanned مسيرة المسيرة مسيرات المسيرات مسيرتان مسيرتين درون پهپاد پهپادی",
        "rocket": (
            "rocket rockets missile missiles katyusha صاروخ صاروخا صاروخان صاروخين صواريخ الصواريخ بصواريخ بالصواريخ "
            "صاروخي صاروخية كاتيوشا موشک موشکی راکت راکتی"
        ),
    }
)
_TURN_OF = _sort(
    {
        "again": (
            "second third another again renewed fresh ثان ثانية الثاني الثانية ثالث الثالث الثالثة مجددا جديد جديدة "
            "دومین دوم سومین سوم دوباره مجدد مجددا جدید دیگری"
        ),
        "denied": (
            "no not never deny denies denied denying لا لم ليس ليست نفى نفت ينفي تنفي "
            "نیست نبود نکرد نکرده نداشت نداشته تکذیب"
        ),
        "killed": (
            "kill kills killed killing dead die died dies death deaths succumbed مقتل قتل قتلى قتيل قتيلا قتيلان "
            "استشهد استشهاد شهيد شهداء مصرع وفاة توفي توفيت کشته شهید باخت باختند باخته درگذشت"
        ),
        "stopped": (
            "shot downed intercept intercepted intercepts foiled thwarted repelled أسقطت أسقط إسقاط اعترضت اعتراض تصدت "
            "إحباط أحبطت سرنگون رهگیری خنثی"
        ),
    }
)
"""What makes another event, or none, of a sentence that says all else as before."""
_FRAME = _sort(
    {
        "said": (
            "said says told tells reported reports according source sources official officials security spokesman "
            "statement that were have been قال قالت أفاد أفادت أعلن أعلنت ذكر ذكرت مصدر مصادر المصدر أمني أمنية بأن "
            "بحسب بيان گفت گفتند اعلام کرد کردند منبع منابع امنیتی گزارش خبر"
        ),
        "where": "base airbase bases camp airport near قاعدة القاعدة مطار معسكر الجوية پایگاه هوایی فرودگاه نزدیکی",
    }
)
"""Stands in the reports of all events."""
_HARMLESS = re.compile(
    r"\b(?:no|not|without|never|nobody) (?:\w+ ){0,3}?"
    r"(?:casualt|injur|damage|loss|death|fatalit|victim|hurt|harm|wounded|killed|claim|detail|comment)\w*"
    r"|\b(?:kill|wound|hurt|injur|harm)\w* (?:no one|nobody|none)\b"
    r"|\b(?:another|second|third) (?:\w+ ){0,2}?(?:official|source|spokes|statement)\w*"
    rf"|\b[وف]?(?:{'|'.join(map(fold_text, ('لا', 'لم', 'ليس', 'ليست')))}) (?:\w+ ){{0,3}}?(?:و|ال|ب)*"
    rf"(?:{'|'.join(map(fold_text, ('إصاب', 'يصب', 'تصب', 'خسائر', 'أضرار', 'ضحايا', 'قتلى', 'جرحى', 'مسؤولي')))})\w*"
    rf"|\b(?:{'|'.join(map(fold_text, ('تلفات', 'زخمی', 'کشته', 'خسارت', 'آسیب', 'مسئولیت')))})\w* (?:\w+ ){{0,4}}?"
    rf"(?:{'|'.join(map(fold_text, ('نیست', 'نبود', 'نکرد', 'نکرده', 'نداشت', 'نداشته', 'ندید', 'نگرفت')))})"
)
"""That nobody was hurt and nobody claims it denies no event, and another official makes no other one."""
_SHORTEST = 4
"""Letters of a word that says something, as far as that can be told without lists."""
_STEM = 5
"""Letters that the forms of a word share, as far as that can be told without a grammar of each language."""
_NOTE = re.compile(
    rf"\b(?:paragraphs?|paras?|update|version|{fold_text('الفقرة')}|{fold_text('پاراگراف')}) {DIGIT}+(?: {DIGIT}+)?"
)
"""`UPDATE 2`, `corrects paragraph 4`: what an editor says of the report and not of the event."""


def take_days(text: str) -> tuple[str, frozenset[int]]:
    """The text without its days of the week, its numbers without marks of thousands; and these days."""
    text = _THOUSANDS.sub("", text)
    days = frozenset(_DAY_OF[before + name] for before, name in _DAY.findall(text) if before + name in _DAY_OF)
    return _DAY.sub(" ", text), days


def find_numbers(text: str) -> frozenset[int]:
    plain = _NOTE.sub(" ", text)
    digits = (int(each) for each in NUMBER.findall(plain) if len(each) <= _MOST_DIGITS and not YEAR.fullmatch(each))
    return frozenset([*digits, *(_NUMBER_OF[word] for word in WORD.findall(plain) if word in _NUMBER_OF)])


def count_things(text: str) -> dict[str, frozenset[int]]:
    """What is counted → how many of it."""
    counted: dict[str, frozenset[int]] = {}
    for number, thing in _COUNTED.findall(text):
        value = _NUMBER_OF[number] if number in _NUMBER_OF else int(number)
        counted[thing] = counted.get(thing, frozenset()) | {value}
    return counted


def find_hours(words: Iterable[str]) -> frozenset[str]:
    return frozenset(_HOUR_OF[word] for word in words if word in _HOUR_OF)


def find_weapons(words: Iterable[str]) -> frozenset[str]:
    return frozenset(_WEAPON_OF[word] for word in words if word in _WEAPON_OF)


def find_turns(text: str) -> frozenset[str]:
    return frozenset(_TURN_OF[word] for word in WORD.findall(_HARMLESS.sub(" ", text)) if word in _TURN_OF)


def find_telling(text: str) -> frozenset[str]:
    """Words that are of this event: who did what, of a text without its days. Numbers by their value, as `two` says as
    much as `2`."""
    words = (word for word in WORD.findall(text) if len(word) >= _SHORTEST and not word.isdigit())
    said = (word[:_STEM] for word in words if word not in _FRAME and word not in _HOUR_OF and word not in _NUMBER_OF)
    return frozenset([*said, *map(str, find_numbers(text))])
