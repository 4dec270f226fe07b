"""Groups that no gazetteer knows yet: "a previously unknown group calling itself X", in three languages."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ahocorasick_rs import BytesAhoCorasick, Implementation

from crawler.match.document import Document, Place, ZoneText, overlaps
from crawler.models import TOLD

_QUOTED = r"[\"“«‘'](?P<quoted>[^\"“”«»\n]{3,70}?)[\"”»’']"
_CAPITAL = r"[A-ZÀ-ÞŞİ][\w'’‘ʿʾ`]*"
_LINK = r"(?:al|el|ul|as|ash|an|ad|at|ar|az|fi|wa|wal|bin|ibn|of|the|in|and|for)"
_PHRASE = (
    rf"(?P<phrase>(?:[Aa]l-|[Ee]l-|[Aa]sh?-)?{_CAPITAL}(?:[\s-]+(?:{_LINK}[\s-]+)*(?:[ae]l-|a[sdrtnz]h?-)?{_CAPITAL})*)"
)
_NAME = rf"(?:the\s+|as\s+)?(?:{_QUOTED}|{_PHRASE})"
_GROUP = r"(?:group|faction|militia|brigade|brigades|organi[sz]ation|outfit|cell|movement|formation)"
_UNKNOWN = (
    r"(?:previously|hitherto)[\s-]unknown|little[\s-]known|obscure|shadowy|unknown|unheard[\s-]of|new|newly \w+|"
    r"self-styled|so-called"
)
_WARLIKE = (
    r"(?=(?:the\s+|as\s+)?(?:[\"“«‘']|(?:Saraya|Liwa|Kata|Ketae|Ja[iy]sh|Harakat|Usba|Ansar|Fursan|Rijal|Jund|Ashab|Sons|"
    r"Soldiers|Guardians|Martyrs|Knights|Lions|Wolves|Swords|Army|Brigades?)\b|"
    r"(?:[\w'’-]+\s){1,4}(?:Brigades?|Battalions?|Army|Front|Movement|Resistance|Companies|League|Regiment)\b))"
)
"""What sounds like a group's name, where nothing before it says that it is one."""

_ENGLISH_LEADS = (
    (
        r"(?i:\b(?:call|calls|called|calling|style|styles|styled|styling|identif\w+|named|naming|brand\w*)\s+"
        r"(?:itself|themselves)\s+(?:as\s+)?(?:the\s+)?)"
    ),
    (
        rf"(?i:\b{_GROUP}\s+(?:that\s+(?:is|was)\s+)?(?:called|named|known\s+as|dubbed|by\s+the\s+name\s+(?:of)?|"
        r"(?:that\s+|which\s+)?go(?:es|ing)\s+by(?:\s+the\s+name)?(?:\s+of)?|using\s+the\s+name)\s+(?:the\s+)?)"
    ),
    r"(?i:\b(?:in|under|using|with)\s+the\s+name\s+(?:of\s+)?(?:the\s+|a\s+group\s+called\s+)?)",
    rf"(?i:\b(?:{_UNKNOWN})\s+(?:[\w-]+\s+){{0,3}}{_GROUP},?\s+(?:the\s+)?)",
    r"(?i:\bstatement\s+(?:was\s+)?signed\s+(?:by\s+)?(?:the\s+)?)",
    rf"(?i:\b(?:previously|hitherto|formerly)[\s-]unknown\s+){_WARLIKE}",
    r"(?i:\b(?:little|nothing)\s+is\s+known\s+(?:about|of)\s+(?:the\s+)?)",
    rf"(?i:\bself-(?:proclaimed|styled|described)\s+){_WARLIKE}",
)
_ENGLISH = tuple(re.compile(lead + _NAME) for lead in _ENGLISH_LEADS)
_AR_STOP = (
    r"(?=\s+(?:ال)?(?:مسؤولي\w+|هجوم\w*|عن|في|على|أن|إن|التي|الذي|قد|تبن\w+|و?قال\w*|هذا|اليوم|أمس|بأنها|أنها|استهداف\w*|"
    r"إطلاق|قصف|تفجير|ضرب|عملي\w+|من|[يت]علن\w*|[يت]تبنى|[يت]ؤكد|[يت]قول|توعد\w*|أكد\w*|هدد\w*|إلى|بيان\w*|نفذ\w*|"
    r"أعلن\w*|مقره\w*)\b|\s*[،,.؛:()\n]|\s*$)"
)
_AR_NAME = rf"(?:{_QUOTED}|(?P<phrase>\w+(?:\s+\w+){{0,4}}?){_AR_STOP})"
_AR_GROUP = r"(?:قناة|منصة|مجموعة|جماعة|فصيل|تنظيم|ميليشيا|مليشيا|جهة|حركة|تشكيل|خلية)"
_ARABIC_LEADS = (
    r"(?:تطلق|يطلق|أطلقت|أطلق|يطلقون)\s+على\s+(?:نفسها|نفسه|أنفسهم)(?:\s+(?:اسم|تسمية))?",
    r"(?:تسمي|يسمي|سمت|سمى|تدعو|يدعو)\s+(?:نفسها|نفسه)",
    rf"{_AR_GROUP}(?:\s+\w+){{0,3}}?\s+(?:تعرف\s+باسم|يعرف\s+باسم|تدعى|يدعى|باسم|تحمل\s+اسم|يحمل\s+اسم|اسمها|اسمه|تسمى|يسمى|تحت\s+(?:اسم|مسمى))",
    rf"{_AR_GROUP}\s+(?:جديدة?|حديثة?\s+\w+|مجهولة?|غير\s+معروفة?)\s+(?:هو|هي)(?=\s+[\"“«])",
    r"(?:بيان|بيانا)\s+(?:\w+\s+){0,2}?(?:باسم|يحمل\s+توقيع|موقع\s+باسم)",
)
_ARABIC = tuple(re.compile(lead + r"\s+(?:اسم\s+)?" + _AR_NAME) for lead in _ARABIC_LEADS)
_FA_STOP = (
    r"(?=\s+(?:حمل[هات]\S*|راکت\S*|موشک\S*|پهپاد\S*|انفجار\S*|تهدید|هدف|بر|برای|دست|"
    r"مسئولیت|مسؤولیت|را|در|که|از|به|با|بیانیه\S*|اعلام|خود|این|روز|طی|می\S*)(?:\s|$)|\s*[،,.؛:()\n]|\s*$)"
)
_FA_NAME = rf"(?:{_QUOTED}|(?P<phrase>[\w\u200c]+(?:\s+[\w\u200c]+){{0,4}}?){_FA_STOP})"
_PERSIAN_LEADS = (
    (
        r"(?:کانال\S*|گروه|گروهی|گروهک|فصیل|فصیلی|تشکل|تشکلی|جریان|جریانی)(?:\s+[\w\u200c]+){0,3}?\s+"
        r"(?:موسوم\s+به|به\s+نام|با\s+نام|تحت\s+عنوان|به\s+اسم|با\s+عنوان)\s+"
    ),
    r"خود\s+را\s+",
    r"(?:گروه|گروهی|گروهک)\s+(?:تازه\S*|جدید\S*|ناشناس|ناشناخته|نوظهور)\s+(?=[\"“«])",
    r"بیانیه\S*\s+(?:به\s+نام|با\s+نام|با\s+امضای|به\s+امضای)\s+(?:گروه\s+)?",
)
_PERSIAN = (
    re.compile(_PERSIAN_LEADS[0] + _FA_NAME),
    re.compile(_PERSIAN_LEADS[2] + _QUOTED),
    re.compile(_PERSIAN_LEADS[3] + _FA_NAME),
    re.compile(
        _PERSIAN_LEADS[1]
        + r"(?:"
        + _QUOTED
        + r"|(?P<phrase>[\w\u200c]+(?:\s+[\w\u200c]+){0,4}?))\s+(?:می\S*نامد|می\S*خواند|نامیده|معرفی|می\s?نامد)"
    ),
)
_TRIGGERS = _ENGLISH + _ARABIC + _PERSIAN
_NAME_BEGINS = rf"(?:the\s+|as\s+)?(?:[\"“«‘']|[AaEe](?:l|sh?)-|{_CAPITAL})"
_LEADS = tuple(
    (words, re.compile(lead))
    for words, lead in zip(
        (
            ("itself", "themselves"),
            ("called", "named", "known", "dubbed", "the name", " by"),
            ("the name",),
            ("known", "obscure", "shadowy", "unheard", "new ", "newly ", "self-styled", "so-called"),
            ("signed",),
            ("unknown",),
            ("is known",),
            ("self-",),
            ("نفس",),
            ("نفس",),
            ("دعى", "اسم", "سمى"),
            ("جديد", "حديث", "مجهول", "معروف"),
            ("باسم", "توقيع"),
            ("موسوم", "نام", "عنوان", "اسم"),
            ("خود را",),
            ("گروه",),
            ("بیانیه",),
        ),
        (*(lead + _NAME_BEGINS for lead in _ENGLISH_LEADS), *_ARABIC_LEADS, *_PERSIAN_LEADS),
        strict=True,
    )
)
"""How each trigger begins, and words of which that beginning holds one: where none is, no name is given."""
_SOMEBODY = re.compile(
    rf"(?i)\b(?:{_GROUP}s?|fighters|militants|gunmen|resistance|statement|video|footage|telegram)\b|{_AR_GROUP}|بيان|مقاتل|گروه|فصیل|تشکل|جریان|بیانیه|کانال"
)
_EVENT = re.compile(
    r"(?i)\b(?:attack\w*|rocket\w*|drone\w*|missile\w*|bomb\w*|responsibility|claim\w*|fired|shell\w*|struck|strike\w*|"
    r"target\w*|threat\w*|base|bases)\b|هجوم|هجمات|صاروخ|صواريخ|مسيرة|مسيرات|استهداف|استهدف|تبن|مسؤولي|قصف|قاعدة|"
    r"حمله|حملات|موشک|راکت|پهپاد|مسئولیت|پایگاه|بمب|انفجار|تفجير|عبوة|گلوله|شلیک"
)
_NO_NAMES = frozenset({"god", "allah", "islam", "iraq", "iran", "syria", "jesus", "the people", "الله", "خدا", "الشعب"})
_MOST = 50
"""Names of one zone that are looked at."""
_OF_GROUPS = frozenset(lead for _, lead in _LEADS if _GROUP in lead.pattern)
_GROUPS = re.compile(_GROUP, re.IGNORECASE)
"""What those cannot do without, and what is sought faster."""
_LEAD_WORDS = tuple((word, number) for number, (words, _) in enumerate(_LEADS) for word in words)
_LEAD_MACHINE = BytesAhoCorasick([word.encode() for word, _ in _LEAD_WORDS], implementation=Implementation.DFA)
_CASELESS = tuple(
    (rare.encode(), usual) for rare, usual in (("İ", b"I"), ("ı", b"i"), ("\u017f", b"s"), ("\u212a", b"K"))
)
"""What a regular expression that ignores case takes for an ASCII letter."""
_REACH = 150
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
    """May a text on one line, in UTF-8, give a name to a group? Asked of what is more than an article."""
    for rare, usual in _CASELESS:
        text = text.replace(rare, usual)
    for number, at, _ in _LEAD_MACHINE.find_matches_as_indexes(text.lower(), overlapping=True):
        before = text[max(0, at - _MOST_BYTES * _REACH) : at].decode("utf-8", "ignore")[-_REACH:]
        after = text[at : at + _MOST_BYTES * _REACH].decode("utf-8", "ignore")[:_REACH]
        lead, around = _LEADS[_LEAD_WORDS[number][1]][1], before + after
        if (lead not in _OF_GROUPS or _GROUPS.search(around)) and lead.search(around):
            return True
    return False


def _search(text: ZoneText) -> Iterator[NewGroup]:
    matches = sorted((match for trigger in _TRIGGERS for match in trigger.finditer(text.text)), key=lambda m: m.start())
    for match in matches[:_MOST]:
        part = "quoted" if match["quoted"] else "phrase"
        place = text.place_between(*match.span(part))
        name = match[part].strip()
        if name.casefold() not in _NO_NAMES and _speaks_of_arms(text, place):
            yield NewGroup(name, place)


def _speaks_of_arms(text: ZoneText, place: Place) -> bool:
    """A company may call itself something too; around it there is no group, or no attack."""
    first = text.sentences[max(0, place.sentence - 1)]
    _, last = text.sentence_span(min(place.sentence + 1, len(text.sentences) - 1))
    before = text.text[max(first, place.start - _AROUND) : place.start]
    around = before + " " + text.text[place.end : min(last, place.end + _AROUND)]
    name = text.text[place.start : place.end]
    return bool(_EVENT.search(around) and (_SOMEBODY.search(around) or _SOMEBODY.search(name)))
