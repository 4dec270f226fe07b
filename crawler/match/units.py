"""Armed groups by what stands beside their names: فصيل الوارثين, گروه «وارثین», the Sabiqoon faction.

Names of façades are phrases of the Quran or plain words, and each paper puts another word for brigade before them.
Where one stands there, with nothing between but what it is like and how it is called, the group is meant.
"""

import re

from crawler.match.plain import compile_plain

_REACH = 70
"""Characters before or after a name that are looked at."""

_EN_UNIT = r"(?:groups?|factions?|militias?|brigades?|battalions?|movement|formation|cell)"
_EN_BEFORE = compile_plain(
    rf"(?i)\b{_EN_UNIT}(?:,? (?:called|named|known as|calling (?:itself|themselves)))?\W{{1,3}}(?:the )?(?:[ae]l[ -])?$"
)
_EN_AFTER = compile_plain(rf"(?i)^['’\"”)]*\W{{1,2}}(?:armed )?{_EN_UNIT}\b")
_AR_UNIT = (
    r"(?:فصيل|فصائل|تشكيل|تنظيم|جماعة|حركة|خلية|مي?ليشيا|مي?ليشيات|كتيبة|كتائب|لواء|[أا]لوية|سرية|سرايا|فوج|قوات|"
    r"المقاومة ال[إا]سلامية)"
)
_AR_LIKE = r"(?:(?:ال)?(?:مسلحة?|عراقية?|سورية?|شيعية?|جديدة?|مغمورة?|مجهولة?))"
_AR_CALLED = (
    r"(?:[يت]سمى|[يت]دعى|المسمى|المسماة|المدعوة?|باسم|اسمه|اسمها|[يت]طلق على نفسه(?:ا)?(?: اسم)?|"
    r"[أا]طلقت? على نفسه(?:ا)?(?: اسم)?)"
)
_AR_BEFORE = compile_plain(
    rf"(?<!\w)[وفبكل]{{0,2}}(?:{_AR_UNIT}(?:\s+{_AR_LIKE}){{0,2}}\s*[\s–—:/-]\s*[«\"“'(]?|"
    rf"(?:ال)?{_AR_UNIT}(?:\s+{_AR_LIKE}){{0,2}}\s+(?:{_AR_CALLED}\s+[«\"“'(]?|[«\"“'(]))(?:ال)?$".replace(
        "ة", "[ةه]"
    )  # which many write without its dots
)
"""Not المقاتلون السابقون: what is a unit's by construct has no article of its own."""
_FA_UNIT = (
    r"(?:گروه|گروهک|گردان|تیپ|لشکر|جنبش|حرکت|سرایا|سرایای|فصیل|فصائل|کتائب|کتیبه|لواء?|[أا]لویه|تشکیل|تشکیلات|سازمان|نیرو|"
    r"رزمنده|رزمندگان|مجاهدین|مجاهدان|شبه[\u200c ]?نظامیان|مقاومت اسلامی)(?:[\u200c ]?(?:ها|های|ی))?"
)
_FA_LIKE = (
    r"(?:مقاومت|مسلح|عراقی?|سوریه?|شیعه|شیعی|ناشناس|ناشناخته|نوظهور|تازه[\u200c ]?تاسیس|شبه[\u200c ]?نظامی|اسلامی)"
)
_FA_CALLED = r"(?:موسوم به|به نام|با نام|معروف به|با عنوان|به اسم|که خود را)"
_FA_BEFORE = compile_plain(
    rf"(?<!\w){_FA_UNIT}(?:\s+{_FA_LIKE}){{0,2}}(?:\s+{_FA_CALLED})?\s*[\s–—:/-]\s*[«\"“'(]?(?:ال)?$"
)
_BEFORE: tuple[re.Pattern[str], ...] = (_EN_BEFORE, _AR_BEFORE, _FA_BEFORE)


def stands_as_unit(text: str, start: int, end: int) -> bool:
    """Is a word for an armed group beside the name at these offsets?"""
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    return any(each.search(before) for each in _BEFORE) or _EN_AFTER.match(after) is not None
