"""Is an event told as having happened? Not where it is supposed ("if they attacked", لو, اگر), commented on as a
possibility, rehearsed or told as a story, remembered ("the anniversary of the strike"), or seen in an old film that
somebody checked.

`negation` tells what the text denies; this tells what it does not assert. Threats are conditional by nature and stay:
"if they attack, we will respond".
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, final

from crawler.match.allclear import ALL_CLEAR_LISTS, AllClear
from crawler.match.document import Document, Place, ZoneText
from crawler.match.gated import Gated, Passage
from crawler.match.genres import GENRE_LISTS, Genres
from crawler.match.hearsay import ARMED, HEARSAY_LISTS, REFUTABLE, Hearsay
from crawler.match.marks import Clause, Marks, WordsOf, whole_sentence
from crawler.match.negation import is_negated
from crawler.match.plain import compile_plain
from crawler.match.times import TODAY
from crawler.models import Zone

_FRAME_LISTS: Final = ("commentator", "in-earnest", "memorial", "own-word")
MARKS: Final = HEARSAY_LISTS | ALL_CLEAR_LISTS | GENRE_LISTS | frozenset(_FRAME_LISTS)
"""Lists that tell whether an event is asserted, and are none themselves."""
TOPICS: Final = frozenset({"civil", "sport", "staged", "mishap", "hostile", "tie", "truce", "foreign-troops"}) | MARKS
"""What is spoken of, asserted or not."""
_HARM: Final = frozenset({"attack", "interception", "deployment", "war", "arms"})
"""What a frost, a collision or a quarrel may do as well: kill, hit, shake. Rockets and drones they have none."""
_ENMITIES: Final = ("rocket", "drone", "us-strike", "hostile")
"""Lists of what harms on purpose."""
_DEEDS: Final = frozenset(
    {"attack", "drone", "rocket", "us-strike", "interception", "deployment", "arms", "war", "blame", "withdrawal"}
    | {"departure", "sanction"}
)
"""What the past holds; a stance is taken today, also on an anniversary."""

_IF: Final = Gated(
    r"(?i)\b(?:what if|if|unless|in case of|in the event|supposing|suppose that|imagin(?:e|es|ed|ing)|"
    r"envisag(?:es|ed|ing)|were to)\b"
    r"(?! (?:true|accurate|confirmed|verified|so|only|any|not)\b)|"
    r"(?<!\w)[وف]?(?:لو|[إا]ذا|(?:في|ب)\s?حال)(?!\w)|"
    r"(?<!\w)(?:اگر(?!\s?چه)|چنانچه|در صورتی? ?که|در صورت(?! لزوم))(?!\w)",
    "if unless case event suppos imagin envisag were لو ذا حال اگر چنانچه صورت",
)
_SUPPOSE: Final = Gated(
    r"\bSuppose\b|(?i:\blet(?:['’]s| us) (?:suppose|assume|imagine)\b)|"
    r"(?<!\w)[وف]?(?:ل?نفترض|لنفرض|ل?نتخيل|لو (?:صح|افترضنا|فرضنا)|على (?:فرض|افتراض))(?!\w)|"
    r"(?<!\w)(?:(?:فرض|تصور) کنی[مد]|به فرض|اگر (?:روزی|فردا))(?!\w)",
    "suppose assume imagine نفترض نفرض نتخيل صح افترض فرض افتراض تصور روزی فردا",
)
"""All that the sentence goes on to tell is supposed."""
_REMOTE: Final = compile_plain(r"[وف]?لو(?!\w)")
_INVERTED: Final = compile_plain(r"(?:Had|Were|Should)\b[^,.;]{3,90}(?=,)")
"""Had the drone hit the barracks, ..."""
_WOULD_HAVE: Final = Gated(r"(?i)\bwould (?:not |never )?have\b", "would")
_MODAL: Final = Gated(
    r"(?i)\b(?:would|could|might|may|can)\b|"
    r"(?<!\w)[ول]?(?:قد|ربما|(?:من )?(?:الممكن|المحتمل)|يمكن|يحتمل|س[يت]\w{3,})(?!\w)|"
    r"(?<!\w)(?:ممکن است|شاید|می[\u200c ]?توان\w*|احتمال\w*|خواه[دن]\w*)(?!\w)",
    "would could might may can قد ربما ممكن محتمل يمكن يحتمل سي ست ممکن شاید توان احتمال خواه",
)
_SAID: Final = compile_plain(
    r"(?i)\b(?:it|they|he|she|we|who|which|spokes\w+|commander|leader|statement|militia|group|faction)\W+(?:\w+\W+)?"
    r"(?:sa(?:id|ys|ying)|add(?:ed|s)|wr(?:o|i)te\w*|told|stress\w+|insist\w+|declar\w+|announc\w+)\b|\b(?:we|our|ours)\b|"
    r"(?<!\w)و?(?:قال|قالت|أضاف|أضافت|أكد|أكدت|شدد|شددت|سن[ا-ي]{3,})(?!\w)|(?<!\w)(?:گفت|گفته|افزود|خواهیم|ما)(?!\w)"
)
"""Somebody speaks, for whom a pronoun or an office stands."""
_BYGONE: Final = Gated(
    r"(?i)\b(?:anniversary of|anniversary commemorat\w+|in memory of|commemorat\w+|history of|veterans? (?:of|who)|"
    r"(?:years?|decades?|winters|summers) (?:this \w+ )?(?:after|since|on from))\b|"
    r"(?:remember|recall|recount|retell)(?:s|ed|ing)? (?:how|when|the (?:day|night|time|siege|battle))|"
    r"(?<!\w)[وبفل]?(?:ال)?(?:ذكرى|(?:سنوات|أعوام|سنة|عاما|عام|سنتان|سنتين|عامان|عامين) (?:على|من|بعد))(?!\w)|"
    r"(?<!\w)(?:سالگرد|سالروز|سال (?:پس|بعد) از|"
    r"(?:\d+|\w*(?:یک|دو|سه|چهار|پنج|شش|هفت|هشت|نه|ده|ست|سی|چند)) سال از)(?!\w)",
    "anniversary memory commemorat history veteran year decade winter summer remember recall recount retell "
    "ذكرى سنوات أعوام سنة سنت عام سالگرد سالروز سال",
)
_AGO: Final = Gated(
    r"(?i)\b(?:years?|decades?|century) (?:ago|earlier|on(?=,))\b|\blast year(?:['’]s)?\b|"
    r"\b(?:in|of|from|during) (?:past|previous|earlier|recent|those|the (?:war|past|American|occupation)) years\b|"
    r"\b(?:war|sanctions|occupation) years\b|\blong ago\b|"
    r"(?<!\w)قبل (?:\w+ )?(?:سنوات|أعوام|سنة|عاما|عامين|سنتين)|سال (?:پیش|قبل)(?!\w)|"
    r"(?<!\w)(?:العام|السنة) الماضي\w?|(?<!\w)(?:السنوات|الأعوام|السنين) (?:الماضية|السابقة|الأخيرة)|"
    r"(?<!\w)سال(?:[\u200c ]?های)? (?:گذشته|پیشین|قبل|دور)(?!\w)|(?<!\w)پارسال(?!\w)",
    "year decade century long قبل سال العام السنة السنوات الأعوام السنين",
)
_ASIDE: Final = Gated(
    r"(?i)(?:\b(?:which|that|whom)\s+(?:is |are |was |were )?(?:(?:the\s+)?"
    r"(?:Washington|United States|U\.?S\.?|State Department|Treasury|EU|Britain|Canada|Israel)\s+(?:\w+\s+)?)?"
    r"(?:lists?|listed|designat\w+|considers?|sanction\w+|brands?|branded|deems?|blacklist\w+)\b[^,.;]{0,60}?"
    r"\b(?:terror\w*|sanctions?|list|group|organi[sz]ations?|Washington|United States|U\.?S\.?)\b"
    r"(?: organi[sz]ations?| groups?)?|"
    r"\b(?:U\.?S\.?|American|Washington)[- ](?:designated|listed|sanctioned|blacklisted)\b(?:[- ]\w+){0,4}?"
    r"[- ](?:groups?|organi[sz]ations?|militias?|entity)\b|"
    r"(?<=, )(?:itself |also |long )?(?:designated|listed|sanctioned|blacklisted)\b[^,;.]{3,80}(?=,)|"
    r"\b(?:which|that|whom)\s+(?:the\s+)?\w+(?:\s+\w+)?\s+(?:has\s+|had\s+)?(?:sanctioned|designated|blacklisted|listed)\s+"
    r"(?:long\s+|\w+\s+years\s+|years\s+)?(?:ago|earlier|last year|in (?:19|20)\d\d)\b|"
    r"(?<=, )(?:an?|the|itself|also|long|already)\s+(?:\w+[ -]){0,4}?(?:under|subject to)\s+"
    r"(?:\w+\s+){0,2}sanctions\b[^,;.]{0,40})|"
    r"(?<!\w)(?:المصنف|المدرج|الخاضع|المشمول)\w*(?:\s+\w+){0,5}?\s+(?:ال|لل|بال)?(?:[إا]رهاب\w*|عقوبات)"
    r"(?:\s+(?:ال)?(?:[أا]مري?كي|عالمي|أجنبي)\w*)*|"
    r"(?<!\w)(?:التي|الذي) سبق (?:أن|ل)\w*[^،.؛]{0,80}|"
    r"(?<!\w)که (?:در (?:فهرست|لیست)|تحت تحریم|از سوی|آمریکا|واشنگتن)[^،.؛]{0,60}?"
    r"(?:قرار دار\w+|می[\u200c ]?دان\w+|شده(?: است)?|کرده(?: است)?|آمریکاست|است|هستند)(?!\w)|"
    r"(?<!\w)که (?:از \w+|پیش[\u200c ]?تر|قبلا|پارسال|سال گذشته)[^،.؛]{0,40}?(?:تحریم|فهرست)[^،.؛]{0,40}?"
    r"(?:قرار دار\w+|شده(?: بود| است)?|آمریکاست|است|بود)(?!\w)",
    "list designat consider sanction brand deem مصنف مدرج خاضع مشمول سبق فهرست لیست تحریم سوی آمریکا واشنگتن",
)
"""What a group is, beside what it does: which Washington lists as a terrorist organisation."""
_YEAR: Final = Gated(
    r"(?i)(?<!\d )\b(?:in|before|until|between|during|"
    r"(?:massacre|attack|strike|raid|bombing|war|battle|siege|invasion)s? of) (?:the )?(?P<en>(?:19|20)\d\d)\b|"
    r"(?<!\w)(?:(?:عام|سنة|سال|مطلع|أوائل|أواخر|بداية|نهاية|منتصف|ليلة|اوایل|اواخر|ابتدای|شب)|"
    r"(?:حمله|حملات|نبرد|جنگ|[وب]?(?:ال)?(?:هجوم|قصف))(?: \w+){0,2}) (?P<other>[\d]{4})(?!\w)|"
    r"(?<![^\n.:؛]) ?(?P<entry>(?:19|20|13|14|۱۳|۱۴|۱۹|۲۰|١٩|٢٠)\d\d) ?[-–—:](?= )",
    "19 20 13 14 ۱۳ ۱۴ ۱۹ ۲۰ ١٩ ٢٠ عام سنة سال مطلع أوائل أواخر بداية نهاية منتصف ليلة "
    "اوایل اواخر ابتدای شب حمله حملات نبرد جنگ هجوم قصف",
)
"""The bare year: of news the day or the month is told. Almanacs write it first: 2020 - Iran fires missiles."""
_DEED_OF: Final = compile_plain(
    r"(?i)massacre|attack|strike|raid|bombing|war|battle|siege|invasion|حمل|نبرد|جنگ|[وب]?(?:ال)?(?:هجوم|قصف)"
)
"""The attack of 2020: a deed of that year, whatever else its clause tells of today."""
_MONTHS: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|march|april|may|june|july|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|"
    r"dec(?:ember)?)"
)
_MONTH: Final = Gated(
    rf"(?i)(?:\b(?:in|on|of|the)\s+|['’]s\s+|(?<![^\n.:]) ?)(?:\d\d? )?{_MONTHS},? (?:\d\d?, )?(?P<en>(?:19|20)\d\d)\b|"
    r"(?<!\w)(?:كانون (?:الثاني|الأول)|يناير|شباط|فبراير|آذار|مارس|نيسان|أبريل|أيار|مايو|حزيران|يونيو|تموز|يوليو|آب|"
    r"أغسطس|أيلول|سبتمبر|تشرين (?:الأول|الثاني)|أكتوبر|نوفمبر|ديسمبر|ژانویه|فوریه|آوریل|ژوئن|ژوئیه|اوت|سپتامبر|اکتبر|"
    r"نوامبر|دسامبر|فروردین|اردیبهشت|خرداد|تیر|مرداد|شهریور|مهر|آبان|آذر|دی|بهمن|اسفند)"
    r"(?:[\u200c ]ماه)?(?:/\w+)? (?:(?:عام|سنة|سال) )?"
    r"(?P<other>(?:19|20|13|14|۱۳|۱۴|۱۹|۲۰|١٩|٢٠)\d\d)(?!\w)",
    "19 20 13 14 ۱۳ ۱۴ ۱۹ ۲۰ ١٩ ٢٠",
)
"""The month of a year: long ago when that year is two before the article's."""
_UNDATED: Final = 2024
"""The year that an article is taken to be of which nobody knows when it was written: when most attacks were."""
_HIJRI, _HIJRI_YEARS = 621, range(1300, 1500)
"""Persian years are so many behind."""
_COMMA: Final = compile_plain(r"[,;،؛]|\s[–—-]\s")
_LONG_CONDITION: Final = compile_plain(r"(?:\W*\w[\w\u200c]*){1,9}")
"""Arabic and Persian often end a condition without a comma."""
_VERB_ENDS: Final = compile_plain(
    r"(?:[^\w\u200c]+[\w\u200c]+){0,8}?[^\w\u200c]+[بن]?(?:کند|کنند|کنیم|کنید|شود|شوند|دهد|دهند|باشد|باشند|زند|زنند|گیرد|گیرند|یابد|"
    r"یابند|یاید|یایند|رود|روند|ماند)(?!\w)"
)
"""Persian ends it with its verb: اگر پارلمان رأی دهد."""
_NEAREST_COMMA: Final = 14
"""Characters after `if` within which a comma only opens an aside: if, as officials fear, ..."""
_ONLY_WHEN: Final = compile_plain(
    r"(?i)(?:\W*(?:\d+|on|the|night|of|in|this|that|week|month|day|evening|morning|early|late|back|some|about|nearly|almost|"
    r"more|than|over|exactly|just|to|an?|few|several|one|two|three|four|five|six|seven|eight|nine|ten|"
    r"في|ليلة|نحو|أكثر|من|مثل|هذا|الأسبوع|الشهر|اليوم|صباح|مساء|و?قبل|در|شب|حدود|همین|روز|هفته|بیش|از|چند|دو|سه|چهار|پنج|شش|"
    r"هفت|هشت|نه|ده|یک)(?!\w))*\W*"
)
"""What stands beside the date in a clause that tells only when."""
_THEN: Final = compile_plain(
    r"\W*(?:(?i:when|while)\b(?! asked\b)|و?(?:عندما|حينما|حين|لما)\s|(?:وقتی|هنگامی|زمانی)(?: که)?\s)"
)
"""When rockets fell on it in 2019, Washington bombed the group: one time for both clauses."""
_SO: Final = compile_plain(
    r"\W*(?:(?i:in (?:answer|response|retaliation|reprisal|revenge)|after|"
    r"(?:kill|wound|injur|leav|destroy|damag|caus|prompt)ing)\b|"
    r"(?:ردا على|انتقاما|ثأرا|ما أدى|مما|وأسفر|وأدى|وأوقع|وخلف|در پاسخ|به تلافی|در انتقام|به انتقام)(?!\w))"
)
"""What a deed was done for, or did, behind a comma: it is of the same day."""
_DAY_ONLY: Final = compile_plain(r"\W*\d{0,2}\W*")
_HEADS: Final = compile_plain(r" ?[:–—-](?= )")
"""Behind a date at the beginning of a sentence: a chronicle tells what happened on that day, and goes on."""
_HEADED: Final = compile_plain(r"[^:\n]{0,24}\d{4} ?[:–—-] ")
_CHRONICLE_REACH: Final = 3
"""Sentences behind its date that a chronicle goes on for."""
_BACK_THEN: Final = Gated(
    r"(?i)\b(?:at the time|back then|that (?:night|day|month|year))\b|"
    r"\b(?:they|it|the (?:attack|blast|strike|rockets|missiles|explosion)) "
    r"(?:killed|wounded|injured|destroyed|damaged)\b|"
    r"(?<!\w)و?(?:حينها|آنذاك|وقتها|يومها|حينذاك|ليلتها|بعدها)(?!\w)|"
    r"(?<!\w)(?:آن|همان) (?:زمان|شب|روز|سال|هنگام|دوران)(?!\w)",
    "time then that killed wounded injured destroyed damaged حينها آنذاك وقتها يومها حينذاك ليلتها بعدها آن همان",
)
"""The day that the sentence before told of."""
_BYGONE_WORDS: Final = compile_plain(r"(?:\W*\w[\w'’\u200c-]*){1,9}")
_FEW_WORDS: Final = compile_plain(r"(?:\W*\w[\w'’\u200c-]*){1,2}")
"""Six years after the Iranian strike the base was hit on Sunday."""
_BACKGROUND: Final = Gated(
    r"(?i)\bwhile\W+(?:\w+\W+){0,5}$|"
    r"\b(?:sp(?:oke|oken) of|talk(?:ed)? of|version of|account of|instead of|rather than|not) (?:an? )?$|"
    r"(?<!\w)رواية (?:\S+ ){1,4}عن $|(?<!\w)(?:وليس|ليس|بدل|عوضا عن) $|(?<!\w)روایت (?:\S+ ){1,4}از $|"
    r"\b(?:after|following|during|despite|amid|ahead of|before|since|ended|under cover of)\W+(?:\w+\W+){0,3}$|"
    r"(?<!\w)(?:بعد|عقب|خلال|أثناء|رغم|قبيل|قبل|بالتزامن مع)\s+(?:\w+\s+){0,2}$|"
    r"(?<!\w)(?:پس از|بعد از|در جریان|همزمان با|در خلال|پیش از)\s+(?:\S+\s+){0,2}$",
    "while spoke talk version account instead rather not رواية ليس بدل عوضا روایت after following during despite amid "
    "ahead before since ended under بعد عقب خلال اثناء رغم قبيل قبل بالتزامن پس از در جریان همزمان پیش",
)
"""A drill that something else happened after or during is not what the sentence tells of."""
_QUIET_ENDS: Final = compile_plain(
    r"(?i)\b(?:end(?:s|ed|ing)|br(?:oke|eaks?|eaking|oken)|shatter\w*|interrupt\w*|until|before|first|resum\w+|hit|struck|slammed|exploded|"
    r"claimed|killed|wounded|but|however)\b|"
    r"\bafter (?:\w+ ){0,3}(?:days|weeks|months|years?) (?:of|in which|without|when)\b|"
    r"(?<!\w)و?(?:[أا]نه[ىت]\w*|[يت]نهي|كسر\w*|[يت]كسر|قطع\w*|[أا]ول|الأولى?|قبل أن|إلى أن|حتى|لكن\w*|غير أن\w*|"
    r"بعد \w+ (?:من|لم))(?!\w)|"
    r"پایان (?:داد|یافت)|شکست|نخستین|اولین|تا این[\u200c ]?که|از سر گرفت|پس از [^،.]{2,20} که"
)
_INTERRUPTED: Final = compile_plain(
    r"(?i)\b(?:cut short|interrupted|cancell?ed|called off|abandoned|halted|stopped|suspended|paused|delayed|postponed|"
    r"evacuated|broken off|clos(?:ed|es) early|ended early)\b[^.;]{0,60}?\b(?:when|after|as|by|because)\b|"
    r"\b(?:was|were|had) (?:being|still|about|just|barely|hardly)\b[^.;]{0,80}?\bwhen\b|"
    r"(?<!\w)و?(?:توقف|أوقف|انقطع|قطع|ألغي|أجل|تأجل|أغلق|أخلي|تأخر)\w*\s[^.؛]{0,60}?"
    r"(?<!\w)(?:عندما|بعد|إثر|حين|عقب|جراء)(?!\w)|"
    r"(?:نیمه[\u200c ]?تمام|تعطیل|متوقف|قطع|لغو|تخلیه|به تعویق|به تأخیر) (?:شد|ماند|افتاد|انداخت|کرد)|"
    r"(?:بود|بودند|داشت|داشتند) که [^.؛]{0,60}?(?:خورد|اصابت|شلیک|فرود|سقوط)"
)
"""The play was cut short when a rocket hit: that is no part of the play."""


@final
class _Frame:
    """Offsets of one sentence's text in which nothing, or only some events, count as told."""

    __slots__ = ("end", "kind", "start")

    def __init__(self, start: int, end: int, kind: str) -> None:
        """`kind` is if, unreal, quiet, bygone, remembered (a little less certainly so), dated (of a day that is told),
        chronicle (which goes on in the next sentence) or aside."""
        self.start: Final = start
        self.end: Final = end
        self.kind: Final = kind


class Frames:
    """Which events of a document are asserted; sentences are looked at once, and only where an event stands."""

    def __init__(self, document: Document, names: Iterable[Place], words_of: WordsOf) -> None:
        """`words_of` a list of words, all that stand in the document."""
        self._document = document
        published = document.article.published
        self._this_year = published.year if published else None
        self._names: dict[tuple[Zone, int], list[Place]] = defaultdict(list)
        for name in names:
            self._names[name.zone, name.sentence].append(name)
        self._marks = Marks(words_of, _FRAME_LISTS)
        self._hearsay = Hearsay(document, words_of)
        self._all_clear = AllClear(document, words_of)
        self._debunked = {(place.zone, place.paragraph) for place in words_of("debunked")}
        self._plays: dict[tuple[Zone, int], list[Place]] = defaultdict(list)
        """Words for what is staged, denied or not, by paragraphs."""
        for place in words_of("staged"):
            self._plays[place.zone, place.paragraph].append(place)
        self._staged: dict[tuple[Zone, int], int | None] = {}
        self._performed: dict[tuple[Zone, int], bool] = {}
        """Sentences behind such a word that tell of nothing else."""
        self._genres = Genres(document, words_of, self._hearsay)
        self._quiet = {(place.zone, place.sentence) for place in words_of("quiet")}
        self._harmless = {
            (place.zone, place.sentence + step): place.paragraph for place in words_of("mishap") for step in (-1, 0, 1)
        }
        if self._harmless:
            for place in chain.from_iterable(map(words_of, _ENMITIES)):
                self._harmless.pop((place.zone, place.sentence), None)
        self._known: dict[tuple[Zone, int], tuple[_Frame, ...]] = {}

    def asserts(self, event: str, place: Place) -> bool:
        """Does the text tell an event as one that happened, or was said?"""
        if event in TOPICS:
            return event != "truce" or not self._genres.hides(event, place)
        if self._is_refuted(event, place) or self._is_no_news(event, place):
            return False
        frames = self._frames(place.zone, place.sentence)
        return not frames or not any(
            frame.start <= place.start < frame.end and _covers(frame, event) for frame in frames
        )

    def _is_refuted(self, event: str, place: Place) -> bool:
        """Is it told only to be denied, or told as over?"""
        if (place.zone, place.paragraph) in self._debunked and not self._hearsay.is_confirmed(place):
            return True
        if self._all_clear.covers(event, place) or (event in REFUTABLE and self._hearsay.covers(event, place)):
            return True
        names = self._names.get((place.zone, place.sentence), ())
        return event in ARMED and self._hearsay.is_supply(event, place, names)

    def _is_no_news(self, event: str, place: Place) -> bool:
        """Is it rehearsed, done by a mishap, or of a kind of text that tells no news?"""
        if (event != "denial" and self._is_staged(place)) or self._genres.hides(event, place):
            return True
        if event in _HARM and self._harmless.get((place.zone, place.sentence)) == place.paragraph:
            return True
        return event == "truce-end" and self._hearsay.is_rumour(place)

    def supposes(self, place: Place) -> bool:
        """Does the sentence at a place suppose or remember something?"""
        if self._hearsay.stretches(place.zone, place.sentence) or self._genres.hides("attack", place):
            return True
        return any(frame.kind != "aside" for frame in self._frames(place.zone, place.sentence))

    def hides(self, event: str, place: Place) -> bool:
        """Is an event no news there, for the kind of text that its paragraph is?"""
        return self._genres.hides(event, place)

    def _is_staged(self, place: Place) -> bool:
        first = self._find_stage(place)
        if first is None or place.sentence < first:
            return False
        key = place.zone, place.sentence
        if key not in self._performed:
            text = self._document.zones[place.zone]
            start, end = text.sentence_span(place.sentence)
            is_told = place.sentence != first or self._marks.has(whole_sentence(text, place.sentence), ("own-word",))
            self._performed[key] = not _INTERRUPTED.search(text.text, start, end) and not (
                is_told and TODAY.search(text.text, start, end)
            )
        return self._performed[key]

    def _find_stage(self, place: Place) -> int | None:
        """The first sentence of a paragraph that tells of a drill, a film, a memoir: "it was no drill" does not."""
        key = place.zone, place.paragraph
        if key not in self._plays:
            return None
        if key not in self._staged:
            text = self._document.zones[place.zone]
            told = (word.sentence for word in self._plays[key] if not is_negated(text, word, deed=True))
            self._staged[key] = min(told, default=None)
        return self._staged[key]

    def _frames(self, zone: Zone, sentence: int) -> tuple[_Frame, ...]:
        key = zone, sentence
        if key not in self._known:
            quiet = _find_quiet(self._document.zones[zone], sentence) if key in self._quiet else ()
            self._known[key] = (*self._find(zone, sentence), *quiet, *self._go_on(zone, sentence))
        return self._known[key]

    def _find(self, zone: Zone, sentence: int) -> Iterator[_Frame]:
        names = self._names.get((zone, sentence), ())
        clause = whole_sentence(self._document.zones[zone], sentence)
        return _find_frames(clause, names, self._marks, self._this_year)

    def _go_on(self, zone: Zone, sentence: int) -> Iterator[_Frame]:
        """The whole sentence, where those before it told of a day long ago and this one still does."""
        text = self._document.zones[zone]
        start, end = text.sentence_span(sentence)
        for back in range(1, min(_CHRONICLE_REACH, sentence) + 1):
            first, _ = text.sentence_span(sentence - back)
            if "\n" in text.text[first:start]:
                return
            heads = _HEADED.match(text.text, first)
            if heads or (back == 1 and Passage(text.text, start, end).holds(_BACK_THEN)):
                kinds = {"chronicle"} if heads else {"chronicle", "dated"}
                goes_on = any(frame.kind in kinds for frame in self._find(zone, sentence - back))
                if goes_on and not TODAY.search(text.text, start, end):
                    yield _Frame(start, end, "chronicle" if heads else "dated")
                    return


def is_background(text: ZoneText, place: Place) -> bool:
    """Is a drill or a film only what something happened after, or during?"""
    start, _ = text.sentence_span(place.sentence)
    return _BACKGROUND.search(text.text[max(start, place.start - 40) : place.start]) is not None


def _covers(frame: _Frame, event: str) -> bool:
    if frame.kind in {"remembered", "bygone"}:
        return event in _DEEDS and (event != "war" or frame.kind == "bygone")
    return frame.kind not in {"if", "dated", "quiet"} or event != "threat"


def _find_frames(sentence: Clause, names: Iterable[Place], marks: Marks, this_year: int | None) -> Iterator[_Frame]:
    words, start, end = sentence.text.text, sentence.start, sentence.end
    told = Passage(words, start, end)
    conditions = [*_find_conditions(told)]
    yield from conditions
    if not marks.has(sentence, ("in-earnest",)):
        yield from _find_speculation(told, conditions, names, is_comment=marks.has(sentence, ("commentator",)))
    for aside in told.find_all(_ASIDE):
        yield _Frame(aside.start(), aside.end(), "aside")
    for past in told.find_all(_BYGONE):
        stop = _next_comma(words, past.end(), end)
        reach = (_FEW_WORDS if TODAY.search(words, past.end(), stop) else _BYGONE_WORDS).match(words, past.end(), stop)
        yield _Frame(past.start(), reach.end() if reach else past.end(), "remembered")
    if marks.has(sentence, ("memorial",)):
        yield _Frame(start, end, "bygone")
    for ago in told.find_all(_AGO):
        yield from _frame_past(words, start, end, ago, "bygone")
    for day in _find_years(told, this_year):
        heads = _DAY_ONLY.fullmatch(words, start, day.start()) and (
            day.lastgroup == "entry" or _HEADS.match(words, day.end())
        )
        yield from (_Frame(start, end, "chronicle"),) if heads else _frame_past(words, start, end, day, "dated")


def _frame_past(words: str, start: int, end: int, ago: re.Match[str], kind: str) -> Iterator[_Frame]:
    """The clause that tells when, and the next one when it tells nothing else: Six years ago, a drone hit the base."""
    commas = [mark.end() for mark in _COMMA.finditer(words, start, ago.start())]
    first, stop = commas[-1] if commas else start, _next_comma(words, ago.end(), end)
    if TODAY.search(words, ago.end(), stop):
        yield _Frame(first, ago.end(), kind)
        return
    if _DEED_OF.match(words, ago.start(), ago.end()) and TODAY.search(words, first, ago.start()):
        yield _Frame(ago.start(), ago.end(), kind)
        return
    if _THEN.match(words, first, ago.start()) and not TODAY.search(words, stop, end):
        stop = end
    elif stop < end and _ONLY_WHEN.fullmatch(f"{words[first : ago.start()]} {words[ago.end() : stop]}"):
        stop = _next_comma(words, stop + 1, end)
    yield _Frame(first, stop, kind)
    if stop < end and _SO.match(words, stop) and not TODAY.search(words, stop, end):
        yield _Frame(stop, _next_comma(words, stop + 1, end), "unreal")


def _find_years(told: Passage, this_year: int | None) -> Iterator[re.Match[str]]:
    """Bare years before the article's own, any where that is not known; months of years long before it."""
    for year in told.find_all(_YEAR):
        if this_year is None or int(year["en"] or year["other"] or year["entry"]) < this_year:
            yield year
    for month in told.find_all(_MONTH):
        number = int(month["en"] or month["other"])
        if number + (_HIJRI if number in _HIJRI_YEARS else 0) < (this_year or _UNDATED) - 1:
            yield month


def _find_quiet(text: ZoneText, sentence: int) -> Iterator[_Frame]:
    """The whole sentence, unless it tells how the quiet ended."""
    start, end = text.sentence_span(sentence)
    if _QUIET_ENDS.search(text.text, start, end) is None:
        yield _Frame(start, end, "quiet")


def _find_conditions(told: Passage) -> Iterator[_Frame]:
    words, start, end = told.text, told.start, told.end
    for found in told.find_all(_IF):
        stop = _clause_end(words, found.end(), end)
        if not found[0].isascii() and (
            reach := _VERB_ENDS.match(words, found.end(), stop) or _LONG_CONDITION.match(words, found.end(), stop)
        ):
            stop = reach.end()
        yield _Frame(found.start(), stop, "if")
    for supposed in told.find_all(_SUPPOSE):
        yield _Frame(supposed.start(), end, "if")
    if inverted := _INVERTED.match(words, start, end):
        yield _Frame(start, inverted.end(), "if")
    for found in told.find_all(_WOULD_HAVE):
        yield _Frame(inverted.end() if inverted else found.start(), _clause_end(words, found.end(), end), "unreal")


def _find_speculation(
    told: Passage, conditions: list[_Frame], names: Iterable[Place], *, is_comment: bool
) -> Iterator[_Frame]:
    """What an analyst thinks possible; and what would follow from a condition, said by nobody who is named."""
    words, start, end = told.text, told.start, told.end
    modal = told.holds(_MODAL)
    if not modal:
        return
    if is_comment:
        yield _Frame(start if conditions else modal.start(), end, "unreal")
    elif _is_remote(words, conditions) and not _is_spoken(names, conditions) and not _SAID.search(words, start, end):
        yield _Frame(start, end, "unreal")


def _is_remote(words: str, conditions: list[_Frame]) -> bool:
    """Does a condition hold that is not meant to come true? إذا and اگر make promises too, لو hardly ever."""
    return any(words[frame.start].isascii() or _REMOTE.match(words, frame.start) for frame in conditions)


def _is_spoken(names: Iterable[Place], conditions: list[_Frame]) -> bool:
    """Is somebody named outside the condition, who may be the one who threatens?"""
    return any(not any(frame.start <= name.start < frame.end for frame in conditions) for name in names)


def _clause_end(words: str, start: int, end: int) -> int:
    return _next_comma(words, min(start + _NEAREST_COMMA, end), end)


def _next_comma(words: str, start: int, end: int) -> int:
    comma = _COMMA.search(words, start, end)
    return comma.start() if comma else end
