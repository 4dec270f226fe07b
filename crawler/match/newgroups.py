"""Groups that no gazetteer knows yet: "a previously unknown group calling itself X", in three languages."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ahocorasick_rs import BytesAhoCorasick, Implementation

from crawler.match.document import Document, Place, ZoneText, overlaps
from crawler.match.gated import fold_case
from crawler.match.plain import compile_plain, level_letters
from crawler.models import TOLD

_QUOTED = r"[\"“«‘'](?P<quoted>[^\"“”«»\n]{3,70}?)[\"”»’']"
_CAPITAL = r"[A-ZÀ-ÞŞİ][\w'’‘ʿʾ`]*"
_LINK = r"(?:al|el|ul|as|ash|an|ad|at|ar|az|fi|wa|wal|bin|ibn|of|the|in|and|for)"
_PHRASE = (
    rf"(?P<phrase>(?:[Aa]l-|[Ee]l-|[Aa]sh?-)?{_CAPITAL}"
    rf"(?:[\s-]+(?:{_LINK}[\s-]+)*(?:[ae]l-|a[sdrtnz]h?-)?{_CAPITAL}){{0,7}})"
)
_NAME = rf"(?:the\s+|as\s+)?(?:{_QUOTED}|{_PHRASE})"
_GROUP = r"(?:group|faction|militia|brigade|brigades|organi[sz]ation|outfit|cell|movement|formation)"
_UNKNOWN = (
    r"(?:previously|hitherto)[\s-]unknown|little[\s-]known|obscure|shadowy|mysterious|anonymous|unknown|"
    r"unheard[\s-]of|new|newly \w+|self-styled|so-called"
)
_WARLIKE = (
    r"(?=(?:the\s+|as\s+)?(?:[\"“«‘']|(?:Saraya|Liwa|Kata|Ketae|Ja[iy]sh|Harakat|Usba|Ansar|Fursan|Rijal|Jund|Ashab|Sons|"
    r"Soldiers|Guardians|Martyrs|Knights|Lions|Wolves|Swords|Army|Brigades?)\b|"
    r"(?:[\w'’-]+\s){1,4}(?:Brigades?|Battalions?|Army|Front|Movement|Resistance|Companies|League|Regiment)\b))"
)
"""What sounds like a group's name, where nothing before it says that it is one."""
_BRIGADES = (
    r"(?=(?:[\"“«‘'])?(?:(?:Saraya|Liwa|Kata|Ketae|Ja[iy]sh|Usba|Ansar|Fursan|Rijal|Jund|Ashab)\b|"
    r"(?:[\w'’-]+\s){1,4}(?:Brigades?|Battalions?|Companies|Regiment)\b))"
)
"""The same after `so-called`, which is said of an army, a front and a resistance too."""

_UNHEARD = r"(?:no[\s-]?one|nobody|few(?:\s+people)?)\s+(?:had|has|have)\s+(?:ever\s+)?heard\s+of"
_NAME_BEGINS = rf"(?:the\s+|as\s+)?(?:[\"“«‘']|[AaEe](?:l|sh?)-|{_CAPITAL})"


class _Trigger(NamedTuple):
    """One way of naming a group."""

    words: tuple[str, ...]
    """Of which every use of it holds one, in small letters."""
    lead: str
    """What stands before the name, or else what it cannot do without."""
    whole: str


def _lead_english(words: str, lead: str) -> _Trigger:
    return _Trigger(tuple(words.split("|")), lead + _NAME_BEGINS, lead + _NAME)


def _after_name(words: str, about: str) -> _Trigger:
    """Jund al-Fajr, a group that nobody had heard of."""
    return _Trigger(tuple(words.split("|")), about, rf"(?:{_QUOTED}|{_PHRASE})[\"”»’']?,\s+" + about)


_ENGLISH = (
    _lead_english(
        "itself|themselves",
        r"(?i:\b(?:call|calls|called|calling|style|styles|styled|styling|identif\w+|named|naming|brand\w*|"
        r"introduc\w+|present\w*|describ\w+|sign\w*|refer\w*\s+to)\s+(?:itself|themselves)\s+(?:as\s+)?(?:the\s+)?)",
    ),
    _lead_english(
        "called|named|known|dubbed|the name|goes |going ",
        rf"(?i:\b{_GROUP}\s+(?:that\s+(?:is|was)\s+)?(?:called|named|known\s+as|dubbed|by\s+the\s+name\s+(?:of)?|"
        r"(?:that\s+|which\s+)?go(?:es|ing)\s+(?:by|under)(?:\s+the\s+name)?(?:\s+of)?|using\s+the\s+name)\s+(?:the\s+)?)",
    ),
    _lead_english(
        "the name|the moniker|the label|the nom de guerre",
        r"(?i:\b(?:in|under|using|with|by|adopt\w*)\s+the\s+(?:name|moniker|label|nom\s+de\s+guerre)\s+(?:of\s+)?"
        r"(?:the\s+|a\s+group\s+called\s+)?)",
    ),
    _lead_english(
        "known|obscure|shadowy|mysterious|anonymous|unheard|new |newly |self-styled|so-called",
        rf"(?i:\b(?:{_UNKNOWN})\s+(?:[\w-]+\s+){{0,3}}{_GROUP},?\s+(?:the\s+)?)",
    ),
    _lead_english("signed", r"(?i:\bstatement\s+(?:was\s+)?signed\s+(?:by\s+)?(?:the\s+)?)"),
    _lead_english("unknown", rf"(?i:\b(?:previously|hitherto|formerly)[\s-]unknown\s+){_WARLIKE}"),
    _lead_english("is known", r"(?i:\b(?:little|nothing)\s+is\s+known\s+(?:about|of)\s+(?:the\s+)?)"),
    _lead_english("self-", rf"(?i:\bself-(?:proclaimed|styled|described)\s+){_WARLIKE}"),
    _lead_english("so-called", rf"(?i:\bso-called\s+){_BRIGADES}"),
    _lead_english(
        "heard of",
        rf"(?i:\b(?:{_UNHEARD}|(?:not|never)\s+(?:\w+\s+)?been\s+heard\s+of)"
        r"(?:\s+(?:before|until\s+(?:now|this\s+\w+|\w+day)))?,?\s+(?:called\s+)?(?:the\s+)?)",
    ),
    _after_name(
        "heard of|unknown|heard from",
        rf"(?i:(?:itself\s+)?an?\s+(?:[\w-]+\s+){{0,3}}?{_GROUP}\s+(?:{_UNHEARD}|(?:that|which)\s+(?:had|has|was|is)\s+"
        r"(?:\w+\s+){0,2}?(?:unknown|heard\s+(?:of|from))))",
    ),
    _after_name(
        "unknown|obscure|shadowy|unheard",
        r"(?i:(?:itself\s+)?an?\s+(?:(?:previously|hitherto)[\s-]unknown|obscure|shadowy|unknown|unheard[\s-]of)\s+"
        rf"(?:[\w-]+\s+){{0,3}}?{_GROUP})\b",
    ),
)
_AR_STOP = (
    r"(?=\s+(?:ال)?(?:مسؤولي\w+|هجوم\w*|عن|في|على|أن|إن|التي|الذي|قد|تبن\w+|و?قال\w*|هذا|اليوم|أمس|بأنها|أنها|استهدا?ف\w*|"
    r"إطلاق|قصف|تفجير|ضرب|عملي\w+|من|[يت]علن\w*|[يت]تبنى|[يت]ؤكد|[يت]قول|توعد\w*|أكد\w*|[يت]?هدد\w*|إلى|بيان\w*|نفذ\w*|"
    r"أعلن\w*|مقره\w*|أطلق\w*|شن\w*|[يت]ستهدف\w*|[يت]توعد\w*|بعد|ضد|وراء|مجهول\w*|غير)\b|\s*[،,.؛:()\n]|\s*$)"
)
_AR_NAME = rf"(?:{_QUOTED}|(?P<phrase>\w+(?:\s+\w+){{0,4}}?){_AR_STOP})"
_AR_GROUP = r"(?:قناة|منصة|مجموعة|جماعة|فصيل|تنظيم|ميليشيا|مليشيا|جهة|حركة|تشكيل|خلية)".replace("ة", "[ةه]")
"""Many write ta marbuta without its dots."""
_AR_WARLIKE = (
    r"(?=[\"“«]?(?:سرايا|لواء|ألوية|كتائب|كتيبة|عصبة|جيش|جند|جنود|أنصار|فيلق|رجال|فتية|أحرار|أبناء|فرسان|أسود|سيوف)\s)"
)


def _lead_arabic(words: str, lead: str, gap: str = r"\s+(?:اسم\s+)?") -> _Trigger:
    return _Trigger(tuple(words.split("|")), lead, lead + gap + _AR_NAME)


_ARABIC = (
    _lead_arabic("نفس", r"(?:تطلق|يطلق|أطلقت|أطلق|يطلقون|أطلقوا)\s+على\s+(?:نفسها|نفسه|أنفسهم)(?:\s+(?:اسم|تسمية))?"),
    _lead_arabic("نفس", r"(?:تسمي|يسمي|سمت|سمى|تدعو|يدعو|يسمون)\s+(?:نفسها|نفسه|أنفسهم)"),
    _lead_arabic(
        "نفس",
        r"(?:تعرف|يعرف|عرفت|عرف|تقدم|يقدم|قدمت|قدم|تصف|يصف)\s+(?:عن\s+)?(?:نفسها|نفسه|أنفسهم)\s+"
        r"(?:بأنها|بأنه|باسم|على\s+أنها|على\s+أنه|ب)",
        r"\s*",
    ),
    _lead_arabic(
        "دعى|اسم|سمى",
        rf"{_AR_GROUP}(?:\s+\w+){{0,6}}?\s+(?:تعرف\s+باسم|يعرف\s+باسم|تدعى|يدعى|باسم|تحمل\s+اسم|يحمل\s+اسم|اسمها|اسمه|"
        r"(?:تسمى|يسمى)(?!\s+نفس)|تحت\s+(?:اسم|مسمى)|تنتحل\s+اسم|ينتحل\s+اسم|تتخذ\s+اسم|يتخذ\s+اسم)",
    ),
    _lead_arabic("سمى", rf"(?<!\w)(?:ما|من)\s+[يت]سمى\s+ب?{_AR_WARLIKE}", ""),
    _lead_arabic(
        "جديد|حديث|مجهول|معروف",
        rf"{_AR_GROUP}\s+(?:جديدة?|حديثة?\s+\w+|مجهولة?|غير\s+معروفة?)\s+(?:هو|هي)(?=\s+[\"“«])",
    ),
    _lead_arabic("باسم|توقيع", r"(?:بيان|بيانا)\s+(?:\w+\s+){0,2}?(?:باسم|يحمل\s+توقيع|موقع\s+باسم|بتوقيع)"),
    _Trigger(
        ("جديد", "حديث", "مجهول", "معروف", "مغمور"),
        r"\s+(?:ال)?(?:مجهول|مغمور|جديد|حديث|غير\s+(?:ال)?معروف)\w*",
        rf"{_AR_GROUP}\s+{_QUOTED}(?P<phrase>)\s+(?:ال)?(?:مجهول|مغمور|جديد|حديث|غير\s+(?:ال)?معروف)\w*",
    ),
)
_FA_STOP = (
    r"(?=\s+(?:حمل[هات]\S*|راکت\S*|موشک\S*|پهپاد\S*|انفجار\S*|تهدید|هدف|بر|برای|دست|"
    r"مسئولیت|مسؤولیت|را|در|که|از|به|با|بیانیه\S*|اعلام|خود|این|روز|طی|می\S*|پایگاه\S*|کاروان\S*|نیرو\S*|آمریکا\S*|سفارت|"
    r"شلیک|پرتاب|هشدار|گفت|شبانه|بامداد|"
    r"ساعتی|ساعاتی|دقایقی|دیروز|امروز|دیشب|شامگاه|نیز|هم|بعد)(?:\s|$)|\s*[،,.؛:()\n]|\s*$)"
)
_FA_NAME = rf"(?:{_QUOTED}|(?P<phrase>[\w\u200c]+(?:\s+[\w\u200c]+){{0,4}}?){_FA_STOP})"


def _lead_persian(words: str, lead: str, name: str = _FA_NAME) -> _Trigger:
    return _Trigger(tuple(words.split("|")), lead, lead + name)


_PERSIAN = (
    _lead_persian(
        "موسوم|نام|عنوان|اسم|ملقب",
        r"(?:کانال\S*|گروهی?|گروهکی?|فصیلی?|تشکلی?|جریانی?)(?:\s+[\w\u200c]+){0,4}?\s+"
        r"(?:موسوم\s+به|ملقب\s+به|به\s+نام|با\s+نام(?:\s+مستعار)?|تحت\s+نام|تحت\s+عنوان|به\s+اسم|با\s+اسم|با\s+عنوان)\s+",
    ),
    _lead_persian("گروه", r"(?:گروهی?|گروهکی?)\s+(?:تازه\S*|جدید\S*|ناشناس|ناشناخته|نوظهور)\s+(?=[\"“«])", _QUOTED),
    _lead_persian("بیانیه", r"بیانیه\S*\s+(?:به\s+نام|با\s+نام|با\s+امضای|به\s+امضای)\s+(?:گروه\s+)?"),
    _lead_persian(
        "خود",
        r"خود(?:ش|شان|[\s\u200c]شان)?\s+را\s+",
        rf"(?:{_QUOTED}|(?P<phrase>[\w\u200c]+(?:\s+[\w\u200c]+){{0,4}}?))\s+"
        r"(?:می\S*نامد|می\S*نامند|می\S*خواند|می\S*خوانند|نامیده|خوانده|معرفی|می\s?نامد)",
    ),
    _lead_persian("نام خود", r"نام\s+خود\s+را\s+", rf"{_QUOTED}\s+(?:اعلام|گذاشت|معرفی|عنوان|نهاد)"),
)


def _level_words(trigger: _Trigger) -> tuple[str, ...]:
    return tuple(map(level_letters, trigger.words))


LEADS = tuple((_level_words(trigger), compile_plain(trigger.lead)) for trigger in (*_ENGLISH, *_ARABIC, *_PERSIAN))
"""Words of which each trigger holds one, and how it begins: where none is, no name is given."""
_TRIGGERS = tuple((_level_words(trigger), compile_plain(trigger.whole)) for trigger in (*_ENGLISH, *_ARABIC, *_PERSIAN))
_SOMEBODY = compile_plain(
    rf"(?i)\b(?:{_GROUP}s?|fighters|militants|gunmen|resistance|statement|video|footage|telegram|channel)\b|{_AR_GROUP}|بيان|مقاتل|مسلح|سرايا|كتائب|لواء|ألوية|گروه|فصیل|تشکل|جریان|بیانیه|کانال|شبه.?نظامی"
)
_EVENT = compile_plain(
    r"(?i)\b(?:attack\w*|rocket\w*|drone\w*|missile\w*|bomb\w*|responsibility|claim\w*|fired|shell\w*|struck|strike\w*|"
    r"target\w*|threat\w*|base|bases|"
    r"blew up|blown up|explosi\w*|roadside|detonat\w*|ambush\w*|convoys?)\b|كمين|کمین|کاروان|"
    r"هجوم|هجمات|صاروخ|صواريخ|مسيرة|مسيرت|مسيرات|استهداف|استهدف|تبن|مسؤولي|قصف|قاعدة|قواعد|هدد|"
    r"حمله|حملات|موشک|راکت|پهپاد|مسئولیت|پایگاه|بمب|انفجار|تفجير|عبوة|گلوله|شلیک"
)
_CIVIL = compile_plain(
    r"(?i)\b(?:doctors?|friends|lawyers|mothers|students|council|association|union|committee|fridays|care|aid|club|"
    r"foundation|institute|trade|party)\b"
)
"""In the name of a group that takes up no arms."""
_NO_NAMES = frozenset({"god", "allah", "islam", "iraq", "iran", "syria", "jesus", "the people", "الله", "خدا", "الشعب"})
_MOST = 50
"""Names of one zone that are looked at."""
_OF_GROUPS = frozenset(number for number, (_, lead) in enumerate(LEADS) if _GROUP in lead.pattern)
GROUP_STEMS = ("group", "faction", "militia", "brigade", "organi", "outfit", "cell", "movement", "formation")
"""What those cannot do without, and what is sought faster."""
_LEAD_WORDS = tuple((word, number) for number, (words, _) in enumerate(LEADS) for word in words)
_LEAD_MACHINE = BytesAhoCorasick(
    [word.encode() for word in (*GROUP_STEMS, *(word for word, _ in _LEAD_WORDS))], implementation=Implementation.DFA
)
_CASELESS = tuple(
    (rare.encode(), usual) for rare, usual in (("İ", b"I"), ("ı", b"i"), ("\u017f", b"s"), ("\u212a", b"K"))
)
"""What a regular expression that ignores case takes for an ASCII letter."""
REACH = 150
"""Characters before and after a word that the beginning of a trigger takes at most."""
_MOST_BYTES = 4
"""Of a character in UTF-8."""
_AROUND = 400
"""Characters before and after a name that tell what it is."""


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A name that somebody gives to a group that no alias covers."""

    name: str
    place: Place
    start: int
    """Offsets in the article."""
    end: int


def find_new_groups(document: Document, known: Iterable[Place]) -> tuple[NewGroup, ...]:
    """Candidates in what the article tells, each name once, in reading order. `known` are the mentions' places."""
    known = list(known)
    first: dict[str, NewGroup] = {}
    for zone in TOLD:
        if zone in document.zones and document.zones[zone].stems >= {"naming", "deeds"}:
            for candidate in _search(document.zones[zone]):
                if not any(overlaps(candidate.place, place) for place in known):
                    first.setdefault(candidate.name.casefold(), candidate)
    return tuple(first.values())


def may_name_groups(text: bytes) -> bool:
    """May a plain text on one line, in UTF-8, give a name to a group? Asked of what is more than an article."""
    for rare, usual in _CASELESS:
        if rare[:1] in text:  # a single byte is sought much faster
            text = text.replace(rare, usual)
    found = _LEAD_MACHINE.find_matches_as_indexes(text.lower(), overlapping=True)
    groups = [at for number, at, _ in found if number < len(GROUP_STEMS)]
    return any(
        _begins_trigger(text, at, _LEAD_WORDS[number - len(GROUP_STEMS)][1], groups)
        for number, at, _ in found
        if number >= len(GROUP_STEMS)
    )


def _begins_trigger(text: bytes, at: int, number: int, groups: Sequence[int]) -> bool:
    """Does it begin around one of its words? `groups` tells where words for a group are, in order."""
    first, last = max(0, at - _MOST_BYTES * REACH), at + _MOST_BYTES * REACH
    if number in _OF_GROUPS and bisect_left(groups, first) == bisect_left(groups, last):
        return False
    before = text[first:at].decode("utf-8", "ignore")[-REACH:]
    after = text[at:last].decode("utf-8", "ignore")[:REACH]
    return LEADS[number][1].search(before + after) is not None


def _search(text: ZoneText) -> Iterator[NewGroup]:
    folded = " ".join(fold_case(text.text).split())
    tried = [whole for words, whole in _TRIGGERS if any(map(folded.__contains__, words))]
    if not tried or not may_name_groups(" ".join(text.text.split()).encode("utf-8", "replace")):
        return  # a look around those words takes a tenth of what the expressions do
    matches = sorted((match for whole in tried for match in whole.finditer(text.text)), key=lambda m: m.start())
    for match in matches[:_MOST]:
        start, end = match.span("quoted" if match["quoted"] else "phrase")
        place = text.place_between(start, end)
        name = text.text[start:end].strip()
        if name.casefold() not in _NO_NAMES and _speaks_of_arms(text, place):
            first, last, written = text.quote(start, end)
            yield NewGroup(written.strip(), place, first, last)


def _speaks_of_arms(text: ZoneText, place: Place) -> bool:
    """A company may call itself something too; around it there is no group, or no attack."""
    first = text.sentences[max(0, place.sentence - 1)]
    _, last = text.sentence_span(min(place.sentence + 1, len(text.sentences) - 1))
    before = text.text[max(first, place.start - _AROUND) : place.start]
    around = before + " " + text.text[place.end : min(last, place.end + _AROUND)]
    name = text.text[place.start : place.end]
    if _CIVIL.search(name):
        return False
    return bool(_EVENT.search(around) and (_SOMEBODY.search(around) or _SOMEBODY.search(name)))
