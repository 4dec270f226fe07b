"""Paragraphs whose words of war are no news, by what kind of text they are: a truce that goes on as it was, a tally of
attacks of past years, a verdict or a burial long after the deed, a parade.

`frames` looks at one sentence; here the first word that tells of which kind a paragraph is counts for all that follows.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from crawler.match.document import Document, Place, ZoneText
from crawler.match.gated import Gated, Passage, fold_case
from crawler.match.plain import compile_plain
from crawler.match.sentences import number_at
from crawler.models import Zone

WordsOf = Callable[[str], Iterable[Place]]
_Paragraph = tuple[Zone, int]
_Sentence = tuple[Zone, int]

_DEEDS = frozenset(
    {"attack", "drone", "rocket", "us-strike", "interception", "deployment", "arms", "war", "blame", "withdrawal"}
)
_PROPS = frozenset({"drone", "rocket", "arms", "war", "deployment"})
"""What is driven past a stand; that the stand was hit is another event."""


class _Genre(NamedTuple):
    events: frozenset[str]
    """Which events are no news there."""
    dated: bool
    """Only in a paragraph that tells of a time gone by?"""
    at_once: bool = False
    """Must the first sentence that is of this kind tell that time?"""
    whole: bool = False
    """Also of what stands in the paragraph before the first word that tells it?"""


_GENRES = {
    "tally": _Genre(_DEEDS | {"claim", "denial", "threat", "truce"}, dated=True),
    "verdict": _Genre(_DEEDS | {"claim", "denial"}, dated=True),
    "burial": _Genre(_DEEDS, dated=True, at_once=True),
    "parade": _Genre(_PROPS, dated=False),
    "review": _Genre(_DEEDS | {"claim", "threat", "truce", "truce-end", "truce-hold"}, dated=False, whole=True),
}
_KEPT = _DEEDS | {"threat", "truce-end", "truce-hold", "truce", "denial", "departure"}

PAST = Gated(
    r"(?i)\b(?:19|20)\d\d(?!\w)|\b(?:years?|decades?) (?:ago|earlier|later|after|before|on)\b|\bquarters?\b|"
    r"\b(?:past|previous|last) (?:\w+ )?(?:years?|months|winter|summer)\b|\bin (?:\w+ )?(?:months|years)\b|"
    r"(?<!\d)(?:13|14|١٣|١٤|۱۳|۱۴|19|20|١٩|٢٠|۱۹|۲۰)\d\d(?!\d)|(?<!\w)(?:ال)?ربع(?!\w)|"
    r"(?<!\w)(?:قبل|منذ) (?:\w+ )?(?:سنوات|أعوام|سنة|عاما|عامين|سنتين)|(?<!\w)(?:العام|السنة) الماضي\w?|"
    r"(?<!\w)(?:ماه|سال|زمستان|تابستان)(?:[\u200c ]?های?)? (?:گذشته|پیش|قبل|منتهی)(?!\w)|(?<!\w)پارسال(?!\w)",
    "19 20 13 14 ١٣ ١٤ ۱۳ ۱۴ ١٩ ٢٠ ۱۹ ۲۰ year decade quarter month winter summer ربع سنوات أعوام سنة سنت عام السنة "
    "ماه سال زمستان تابستان",
)
"""Words for a time gone by."""
_FRESH = compile_plain(
    r"(?i)\b(?:today|tonight|yesterday|overnight|(?:mon|tues|wednes|thurs|fri|satur|sun)day|hours (?:ago|later)|"
    r"this (?:morning|afternoon|evening)|meanwhile)\b|"
    r"اليوم|أمس|فجر|مساء|صباح|الليلة|(?<!\w)(?:الأحد|الاثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت)(?!\w)|"
    r"امروز|دیروز|دیشب|بامداد|امشب|شامگاه|شنبه"
)
_ADDS = compile_plain(
    r"(?i)\b(?:rais(?:es|ed|ing)|bring(?:s|ing)|brought|tak(?:es|ing)|took) "
    r"(?:\w+ ){0,6}(?:number|total|tally|toll|count|to \d)|"
    r"\b(?:second|third|fourth|fifth|latest|first|most recent|new|another) "
    r"(?:\w+ ){0,3}(?:attack|strike|raid|incident)s? "
    r"(?:\w+ ){0,3}(?:this|in (?:as many|two|three)|since|in (?:days|hours|weeks|months))\b|"
    r"\b(?:this|the) (?:latest|new|newest) (?:\w+ )?(?:attack|strike|raid)\b|"
    r"\bthe first (?:since|in (?:\w+ )?(?:weeks|months|years))\b|\bfor the first time (?:since|in)\b|"
    r"(?<!\w)(?:الأولى?|الثاني[ةه]?|الثالث[ةه]?) منذ(?!\w)|"
    r"(?<!\w)(?:ليرتفع|ليصل|ليبلغ|وبذلك يرتفع|وبهذا يرتفع)|(?:ثاني|ثالث|رابع|خامس|أحدث|آخر|أول) (?:هجوم|استهداف|قصف)|"
    r"(?:دومین|سومین|چهارمین|پنجمین|تازه[\u200c ]?ترین|نخستین|اولین) (?:حمله|مورد)|شمار[^.؛]{3,60}(?:رساند|برسد|رسید)"
)
"""A new attack is told beside the old ones that it is added to."""
_AMID = compile_plain(
    r"(?i)\b(?:while|after|following|during|before|as|when|since|hours|minutes)\b"
    r"(?! (?:\w+ ){1,2}(?:years|decades)\b)[^,;.]{0,60}$|"
    r"(?<!\w)و?(?:بعد|عقب|خلال|أثناء|قبيل|قبل|بينما|بالتزامن|عندما|حين)(?!\w)"
    r"(?! (?:\w+ )?(?:سنوات|أعوام|عاما|سنة|عامين|سنتين))[^،؛.]{0,60}$|"
    r"(?<!\w)(?:پس از|بعد از|در جریان|همزمان با|در حالی که|هنگام|پیش از|وقتی)(?!\w)"
    r"(?! \w+ سال)[^،؛.]{0,60}$"
)
"""Something else happened while the judge read, or after."""


_HEADS = compile_plain(
    r"(?i)\W*(?:(?:the )?(?:background|timeline|chronology|explainer|recap|key (?:dates|events)|main events|"
    r"by the numbers|in (?:numbers|figures))|"
    r"how we got here|how it began|كيف وصلنا إلى هنا|كيف بدأت القصة|چگونه به اینجا رسیدیم|ماجرا چگونه آغاز شد|"
    r"خلفية|خلفيات|للتذكير|تذكير|بالأرقام|تسلسل زمني|محطات|أبرز الأحداث|أهم الأحداث|أبرز المحطات|"
    r"پیشینه|پس[\u200c ]?زمینه|گاه[\u200c ]?شمار|یادآوری|مهم[\u200c ]?ترین رویدادها|به روایت آمار)\W{0,2}[:؟?–—-]"
)
"""What stands over a box beside the news."""


class _Times(NamedTuple):
    """What a sentence says of when."""

    adds: bool
    fresh: list[int]
    """Offsets of words for today."""
    past: list[int]


class Genres:
    """Which paragraphs of a document are of a kind that tells no news."""

    def __init__(self, document: Document, words_of: WordsOf) -> None:
        self._document = document
        self._holds: dict[tuple[str, Zone, int], Place] = {}
        self._kinds: dict[_Paragraph, dict[str, int]] = defaultdict(dict)
        """What each paragraph is, and from which sentence on."""
        for zone, paragraph, sentence in _find_headed(document):
            self._kinds[zone, paragraph]["tally"] = sentence
        for name in _GENRES:
            for place in words_of(name):
                self._holds.setdefault((name, place.zone, place.sentence), place)
                self._kinds[place.zone, place.paragraph].setdefault(name, place.sentence)
        self._dated: dict[tuple[Zone, int, int | None], bool] = {}
        self._fresh: dict[_Sentence, _Times] = {}
        attacks = words_of("attack") if any("parade" in kinds for kinds in self._kinds.values()) else ()
        self._attacked = {(place.zone, place.sentence) for place in attacks}
        self._kept = set(_find_kept(document, words_of))

    def hides(self, event: str, place: Place) -> bool:
        """Is an event no news at this place, for what its paragraph is? A title is of the first paragraph's kind."""
        if place.zone is Zone.TITLE and Zone.BODY in self._document.zones:
            place = place._replace(zone=Zone.BODY, sentence=0, paragraph=0, start=0)
        if event in _KEPT and (place.zone, place.paragraph) in self._kept:
            return True
        kinds = self._kinds.get((place.zone, place.paragraph))
        return kinds is not None and any(
            event in _GENRES[name].events and self._is_told(name, first, place) for name, first in kinds.items()
        )

    def _is_told(self, name: str, first: int, place: Place) -> bool:
        """Is it told in the paragraph at this place or before, and is the sentence of that kind?"""
        genre = _GENRES[name]
        if place.sentence < first and not genre.whole:
            return False
        if genre.dated and not self._is_dated(place, first if genre.at_once else None):
            return False
        if named := self._holds.get((name, place.zone, place.sentence)):
            text = self._document.zones[place.zone]
            start, _ = text.sentence_span(place.sentence)
            if _AMID.search(text.text, start, named.start):
                return False
        if genre.events is _PROPS:
            return (place.zone, place.sentence) not in self._attacked
        return not self._is_fresh(place)

    def _is_dated(self, place: Place, sentence: int | None) -> bool:
        """Does its paragraph, or this sentence, tell of a time gone by?"""
        key = place.zone, place.paragraph, sentence
        if key not in self._dated:
            text = self._document.zones[place.zone]
            start, end = text.paragraph_span(place.paragraph) if sentence is None else text.sentence_span(sentence)
            self._dated[key] = PAST.search(text.text[start:end]) is not None
        return self._dated[key]

    def _is_fresh(self, place: Place) -> bool:
        """Is news told there: what is added to a tally, or is dated of today more nearly than of the past?"""
        key = place.zone, place.sentence
        text = self._document.zones[place.zone]
        start, end = text.sentence_span(place.sentence)
        if key not in self._fresh:
            told = Passage(text.text, start, end)
            self._fresh[key] = _Times(
                _ADDS.search(text.text, start, end) is not None,
                [found.start() for found in _FRESH.finditer(text.text, start, end)],
                [found.start() for found in told.find_all(PAST)],
            )
        times = self._fresh[key]
        return times.adds or _distance(times.fresh, place.start) < _distance(times.past, place.start)


def _distance(offsets: list[int], start: int) -> float:
    return min((abs(offset - start) for offset in offsets), default=math.inf)


RUMOUR = Gated(
    r"(?i)\b(?:den(?:y|ies|ied|ying)|dismiss(?:es|ed|ing)?|reject(?:s|ed|ing)?|rubbish(?:es|ed|ing)?|"
    r"(?:brush|laugh|play)(?:es|ed|ing)? (?:aside|off|down)|pour(?:s|ed|ing)? cold water on|"
    r"rul(?:es|ed|ing) out)\W+(?:\w+\W+){0,4}"
    r"(?:reports?|rumou?rs?|talk|claims?|suggestions?|speculation)\b[^.;,]{0,90}|"
    r"\bden(?:y|ies|ied|ying)\W+(?:\w+\W+){0,4}(?:intentions?|intend\w*|plann?\w*)\b[^.;,]{0,90}|"
    r"\b(?:reports?|rumou?rs?|talk|claims?|suggestions?|speculation|news|stories)\b[^.;]{0,90}?"
    r"\b(?:baseless|unfounded|untrue|false|fabricat\w+|invent\w+|wishful|no truth|no basis|lies)\b|"
    r"(?<!\w)[وف]?(?:نفى|نفت|ينفي|تنفي|نافي\w*|فند\w*|كذب\w*|دحض\w*|الماء البارد)(?!\w)[^.؛،]{0,40}?"
    r"(?:ني[ةه]|أنباء|أخبار|شائعات|أشيع|يشاع|تردد|يتردد|تداول\w*|تقارير|صح[ةه]|قرار)[^.؛،]{0,80}|"
    r"(?:أنباء|أخبار|شائعات|يشاع|أشيع|يتردد|الحديث عن|تقارير)[^.؛]{0,80}?"
    r"(?:عار\w* عن الصحة|أساس|غير صحيح\w*|كاذب\w*|أمنيات|مفبرك\w*|لا صحة|من نسج|مختلق\w*)|"
    r"(?:خبر|اخبار|شایعه|شایعات|ادعا|گزارش|قصد|تصمیم)[^.؛]{0,80}?"
    r"(?:تکذیب|رد کرد|بی[\u200c ]?اساس|ساخته|دروغ|نادرست|کذب|ساختگی|جعلی|صحت ندار|بی[\u200c ]?پایه)",
    "deny denie dismiss reject rubbish brush laugh play pour rul "
    "report rumour rumor talk claim suggestion speculation news stories "
    "نفى نفت ينفي تنفي نافي فند كذب دحض البارد أنباء أخبار شائعات يشاع أشيع يتردد الحديث تقارير "
    "خبر شایع ادعا گزارش قصد تصمیم",
)
"""What is told to be planned, by somebody who says that it is not."""
_BROKEN = compile_plain(
    r"(?i)\b(?:but|however|although|though|unless|if|as long as|so long as|until further|provided|conditional|"
    r"threat\w*|warn(?:s|ed|ing)?|vow\w*|no longer|dead|revenge|the right to|fingers?|trigger|surrender\w*|broke|"
    r"shatter\w*|refus\w+|expir\w+|violat\w+|hit|struck|slammed|landed|"
    r"claimed responsibility|for its part|by contrast)\b|"
    r"(?<!\w)و?(?:لكن\w*|غير أن\w*|إلا أن\w*|بيد أن\w*|أما|إذا|ما لم|ما دام\w*|طالما|شرط|بشرط|شريطة|مشروط\w*|هدد\w*|"
    r"تهديد\w*|حذر\w*|توعد\w*|يحذر|لم [تن]عد|الزناد|الحق في|ترفض|رفض\w*|لن [تن]سلم|غير معني\w*|غير ملزم\w*|"
    r"استهدفت|استهدف|خرق\w*|كسر\w*)(?!\w)|"
    r"(?<!\w)(?:اما|ولی|لیکن|اگر|مگر|مشروط|شرط|تهدید\w*|هشدار\w*|ماشه|تا زمانی|تا وقتی|دیگر (?:پایبند|متعهد)|نقض\w*|"
    r"شکست\w*|اصابت کرد\w*|حمله کرد\w*)(?!\w)"
)
"""Not all keep the truce, or not for nothing."""
_PEACE = ("quiet", "truce", "truce-hold", "truce-end", "unchanged")
_HARM = ("attack", "rocket", "drone", "us-strike", "interception")


def _find_kept(document: Document, words_of: WordsOf) -> Iterator[_Paragraph]:
    """The paragraphs that say no more than that a truce goes on: for months nothing was fired, nothing has changed."""
    same = {(place.zone, place.paragraph): place for name in ("quiet", "unchanged") for place in words_of(name)}
    if not same:
        return
    truces = {
        (place.zone, place.paragraph) for name in ("truce", "truce-hold", "truce-end") for place in words_of(name)
    }
    peace = {(place.zone, place.sentence) for name in _PEACE for place in words_of(name)}
    broken = {
        (place.zone, place.paragraph)
        for name in _HARM
        for place in words_of(name)
        if (place.zone, place.sentence) not in peace
    }
    broken.update((place.zone, place.paragraph) for place in words_of("claim"))
    broken.update(
        (place.zone, place.paragraph)
        for name in ("threat", "truce-end")
        for place in words_of(name)
        if not is_rumour(document.zones[place.zone], place)
    )
    for key in (same.keys() & truces) - broken:
        text = document.zones[key[0]]
        if _BROKEN.search(_paragraph_text(text, same[key])) is None:
            yield key


def _find_headed(document: Document) -> Iterator[tuple[Zone, int, int]]:
    """The paragraphs that say that they are background, each with its first sentence."""
    for zone, text in document.zones.items():
        for paragraph, start in enumerate(text.paragraphs):
            if _HEADS.match(text.text, start):
                yield zone, paragraph, number_at(text.sentences, start)


def is_rumour(text: ZoneText, place: Place) -> bool:
    """Is something told as a rumour that somebody denies?"""
    start, end = text.sentence_span(place.sentence)
    if not RUMOUR.may_match(fold_case(text.text[start:end])):
        return False
    return any(found.start() <= place.start < found.end() for found in RUMOUR.regex.finditer(text.text, start, end))


def _paragraph_text(text: ZoneText, place: Place) -> str:
    start, end = text.paragraph_span(place.paragraph)
    return text.text[start:end]
