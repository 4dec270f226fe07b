# ruff: noqa: RUF001 -- digits of other scripts are the matter of this file, and nothing here is a secret
"""Pairs of texts that tell one story, and pairs that only look so, made from given articles by a seeded chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

KINDS = ("edited", "cut", "reordered", "rewritten", "reframed")
FAKES = ("follow-up", "template", "topic")


@dataclass(frozen=True)
class Pair:
    kind: str
    one: str
    other: str
    same: bool
    same_outlet: bool = False


def make_pairs(texts: Sequence[str], seed: int = 1) -> Iterator[Pair]:
    """For each text one pair of every kind; texts are paragraphs, one a line, in any language."""
    chance = Random(seed)
    vocabulary = [word for text in texts for word in text.split()]
    for index, text in enumerate(texts):
        others = [texts[(index + step) % len(texts)] for step in (1, 2)]
        for kind in KINDS:
            yield Pair(kind, text, change(text, kind, vocabulary, chance), same=True, same_outlet=False)
        yield Pair("follow-up", text, follow_up(text, others[0]), same=False, same_outlet=chance.random() < 0.5)
        yield Pair("topic", text, others[1], same=False)


def make_templates(seed: int = 2) -> Iterator[Pair]:
    """Reports of one outlet by one pattern: what differs is who, where, when and how many."""
    chance = Random(seed)
    for pattern, slots in TEMPLATES:
        for _ in range(40):
            one, other = (pattern.format(**{name: chance.choice(words) for name, words in slots.items()}) for _ in "12")
            if one != other and differs_enough(one, other):
                yield Pair("template", one, other, same=False, same_outlet=True)


def differs_enough(one: str, other: str) -> bool:
    return len(set(one.split()) ^ set(other.split())) >= 6


def change(text: str, kind: str, vocabulary: Sequence[str], chance: Random) -> str:
    lines = text.split("\n")
    match kind:
        case "edited":
            return "\n".join(edit_words(line, 0.05, vocabulary, chance) for line in lines)
        case "cut":
            words = text.split(" ")
            return " ".join(words[: int(len(words) * chance.uniform(0.55, 0.8))])
        case "reordered":
            shuffled = lines[1:]
            chance.shuffle(shuffled)
            return "\n".join([lines[0], *shuffled])
        case "rewritten":
            kept = lines if len(lines) < 4 else lines[: -1 if chance.random() < 0.5 else None]
            return "\n".join(edit_words(line, 0.1, vocabulary, chance) for line in kept)
        case _:
            before, after = chance.sample(FRAMES["fa" if "ی" in text else "ar" if "ا" in text else "en"], 2)
            return "\n".join([before, *lines, after])


def edit_words(line: str, share: float, vocabulary: Sequence[str], chance: Random) -> str:
    edited: list[str] = []
    for word in line.split(" "):
        if chance.random() >= share:
            edited.append(word)
        elif chance.random() < 0.7:
            edited.append(chance.choice(vocabulary))
    return " ".join(edited)


def follow_up(text: str, news: str) -> str:
    """Another event, with the last third of the old report as its background."""
    words = text.split(" ")
    return news + "\n" + " ".join(words[-len(words) // 3 :])


FRAMES = {
    "en": (
        "Here is what we know so far about the latest attack on troops of the coalition.",
        "This report has been updated with comments by officials and residents of the province.",
        "Our correspondents in Baghdad and Washington contributed to this report.",
        "Readers have asked us what happened, and this is what the agencies say.",
    ),
    "ar": (
        "إليكم ما نعرفه حتى الآن عن آخر التطورات الأمنية في البلاد وما أعلنته الجهات الرسمية.",
        "تم تحديث هذا الخبر بإضافة تصريحات لمسؤولين وشهود عيان من أبناء المحافظة.",
        "شارك في إعداد هذا التقرير مراسلونا في بغداد وواشنطن وبيروت.",
        "تابعوا أخبارنا العاجلة عبر قنواتنا على مواقع التواصل الاجتماعي كافة.",
    ),
    "fa": (
        "آنچه تاکنون درباره تازه‌ترین رویدادهای امنیتی کشور می‌دانیم در این گزارش آمده است.",
        "این خبر با اظهارات مقام‌ها و ساکنان محلی به‌روز شده و کامل‌تر خواهد شد.",
        "خبرنگاران ما در بغداد و واشنگتن در تهیه این گزارش همکاری کرده‌اند.",
        "برای دریافت خبرهای فوری ما را در شبکه‌های اجتماعی دنبال کنید.",
    ),
}
"""What editors put above and below a report. None names what is watched: one that does may be news."""
PLACES = ("Ramadi", "Mosul", "Kirkuk", "Tikrit", "Baquba", "Samarra", "Fallujah", "Sinjar", "Hatra", "Qaim")
TEMPLATES = (
    (
        (
            "Security forces in {place} said on {day} that they had seized {number} rockets in an orchard {far} km "
            "outside the town."
            "\nThe weapons were hidden under {cover} and had been there since {month}, {officer} told reporters."
            "\nNo one was arrested. The launchers were destroyed on the spot by an engineering unit, the officer said."
            "\nThe province has seen {count} such finds this year, according to the operations command."
        ),
        {
            "place": PLACES,
            "day": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
            "number": ("7", "11", "14", "23", "38", "52"),
            "far": ("3", "9", "12", "17", "26"),
            "cover": ("straw", "palm fronds", "a tarpaulin", "sandbags", "old doors"),
            "month": ("January", "March", "June", "August", "October"),
            "officer": ("Brigadier Karim Saleh", "Colonel Hadi Jasim", "Major Omar Fadhil", "General Ali Nasser"),
            "count": ("31", "44", "58", "67", "90"),
        },
    ),
    (
        (
            "أعلنت قيادة العمليات في {place} يوم {day} ضبط {number} صاروخا في بستان يبعد {far} كيلومترات عن المدينة."
            "\nوقال {officer} للصحفيين إن الأسلحة كانت مخبأة تحت {cover} منذ شهر {month}."
            "\nولم يعتقل أحد، فيما دمرت وحدة الهندسة منصات الإطلاق في مكانها، بحسب الضابط."
            "\nوشهدت المحافظة {count} عملية ضبط مماثلة هذا العام وفقا للقيادة."
        ),
        {
            "place": ("الرمادي", "الموصل", "كركوك", "تكريت", "بعقوبة", "سامراء", "الفلوجة"),
            "day": ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة"),
            "number": ("7", "11", "14", "23", "38", "52"),
            "far": ("3", "9", "12", "17", "26"),
            "cover": ("القش", "سعف النخيل", "أكياس الرمل", "أبواب قديمة"),
            "month": ("كانون الثاني", "آذار", "حزيران", "آب"),
            "officer": ("العميد كريم صالح", "العقيد هادي جاسم", "الرائد عمر فاضل"),
            "count": ("31", "44", "58", "67", "90"),
        },
    ),
    (
        (
            "فرماندهی عملیات {place} روز {day} از کشف {number} راکت در باغی در {far} کیلومتری شهر خبر داد."
            "\n{officer} به خبرنگاران گفت این سلاح‌ها از ماه {month} زیر {cover} پنهان شده بود."
            "\nکسی بازداشت نشد و سکوهای پرتاب به دست یگان مهندسی در همان محل منهدم شد."
            "\nبه گفته این فرماندهی، امسال {count} مورد مشابه در این استان کشف شده است."
        ),
        {
            "place": ("رمادی", "موصل", "کرکوک", "تکریت", "بعقوبه", "سامرا"),
            "day": ("دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه", "جمعه"),
            "number": ("۷", "۱۱", "۱۴", "۲۳", "۳۸", "۵۲"),
            "far": ("۳", "۹", "۱۲", "۱۷", "۲۶"),
            "cover": ("کاه", "برگ نخل", "کیسه‌های شن", "درهای کهنه"),
            "month": ("دی", "فروردین", "خرداد", "مرداد"),
            "officer": ("سرتیپ کریم صالح", "سرهنگ هادی جاسم", "سرگرد عمر فاضل"),
            "count": ("۳۱", "۴۴", "۵۸", "۶۷", "۹۰"),
        },
    ),
)
