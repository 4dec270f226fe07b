"""Words for today, and for a time gone by."""

from typing import Final

from crawler.match.gated import Gated
from crawler.match.plain import compile_plain

TODAY: Final = compile_plain(
    r"(?i)\b(?:today|tonight|yesterday|overnight|(?:mon|tues|wednes|thurs|fri|satur|sun)day|hours (?:ago|later)|"
    r"this (?:morning|afternoon|evening)|meanwhile)\b|"
    r"اليوم|أمس|فجر|مساء|صباح|الليلة|امروز|دیروز|دیشب|بامداد|امشب|شامگاه|"
    r"(?<!\w)(?:الأحد|الاثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت)(?!\w)|شنبه"
)
"""News: what it dates happened now."""
PAST: Final = Gated(
    r"(?i)\b(?:19|20)\d\d(?!\w)|\b(?:years?|decades?) (?:ago|earlier|later|after|before|on)\b|\bquarters?\b|"
    r"\b(?:past|previous|last) (?:\w+ )?(?:years?|months|winter|summer)\b|\bin (?:\w+ )?(?:months|years)\b|"
    r"(?<!\d)(?:13|14|١٣|١٤|۱۳|۱۴|19|20|١٩|٢٠|۱۹|۲۰)\d\d(?!\d)|(?<!\w)(?:ال)?ربع(?!\w)|"
    r"(?<!\w)(?:قبل|منذ) (?:\w+ )?(?:سنوات|أعوام|سنة|عاما|عامين|سنتين)|(?<!\w)(?:العام|السنة) الماضي\w?|"
    r"(?<!\w)(?:ماه|سال|زمستان|تابستان)(?:[\u200c ]?های?)? (?:گذشته|پیش|قبل|منتهی)(?!\w)|(?<!\w)پارسال(?!\w)",
    "19 20 13 14 ١٣ ١٤ ۱۳ ۱۴ ١٩ ٢٠ ۱۹ ۲۰ year decade quarter month winter summer ربع سنوات أعوام سنة سنت عام السنة "
    "ماه سال زمستان تابستان",
)
"""Years, quarters, winters: what they date is told long after."""
