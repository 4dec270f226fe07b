# ruff: noqa: RUF001 -- letters of other scripts are the matter of this file
"""Is an event told, or told not to have happened? "No group has claimed", لم تتبن, نکرد."""

import re
from typing import Final

from crawler.match.document import Place, ZoneText
from crawler.match.gated import Gated
from crawler.match.plain import compile_plain

_REACH: Final = 60
"""Characters before an event that may hold its negation."""
_FAR_REACH: Final = 120
"""The same where two names may stand between."""

_CLAUSES: Final = compile_plain(r"[,;:،؛]")
_LATIN, _EASTERN = re.compile("[A-Za-z]"), re.compile("[\u0600-\u06ff]")
"""Letters without which a text denies nothing in English, or in Arabic and Persian."""

_EN_WORDS: Final = (
    r"not|never|no|nor|neither|nobody|none|without|cannot|unlikely to|yet to|far from|instead of|rather than|"
    r"(?:refus|declin)(?:e|es|ed|ing) to|den(?:y|ies|ied|ying)|(?:rul(?:e|es|ed|ing)) out|stopp(?:ed|ing) short of|"
    r"(?:reject|dismiss)(?:s|es|ed|ing)?"
)
_EN_FILLERS: Final = (
    r"a|an|any|longer|feels?|felt|the|its|their|his|such|new|further|more|other|single|immediate|immediately|official|officially|public|"
    r"publicly|formal|formally|so|far|much|as|stray|lone|yet|ever|also|actually|been|be|being|to|of|for|in|that|this|these|those|it|they|"
    r"he|she|we|one|iraqi|armed|known|iran-backed|group|groups|militia|militias|faction|factions|party|side|has|have|had|having|is|are|was|were|will|would|"
    r"plan|plans|plot|intention|intends|intend|reports|report|claims|claim|calls|call|responsibility|carrying|carried|"
    r"carry|out|launch|launched|launching|make|made|issue|issued|it's|themselves|itself"
)
_EN_BEFORE: Final = compile_plain(
    rf"(?i)(?:\b(?:{_EN_WORDS})\b|n['’]t\b)(?=(?:[\s\"“']+(?:{_EN_FILLERS})\b)*[\s\"“']*$)"
)
_EN_NEITHER: Final = compile_plain(
    r"(?i:\bneither)\b.{1,80}?\bnor\b(?:[\s\"“]+(?:the|[A-Z'‘’][\w'’-]*|a[lns]-[\w'’-]+|of|in))+"
    rf"(?i:\s+(?:{_EN_FILLERS}))*[\s\"“]*$"
)
"""Neither Nujaba nor Kataib Hezbollah has: names stand between the negation and what is denied."""
_PUT_IN: Final = compile_plain(r",[^,;:.]{1,60},")
"""No group, not even Nujaba, has: what stands between two commas."""
_EN_WITHIN: Final = compile_plain(
    r"(?i)(?:\b(?:not|never|no longer|far from)|n['’]t)(?:\s+(?:yet|be|been|being|actually|really|formally|officially|"
    r"even|necessarily|going to|about to|at all|to|the|a|an))*[\s\"“]*$"
)
_AR_WITHIN: Final = compile_plain(r"(?<!\w)[وف]?(?:لم|لن|لا|ليست?)(?:\s+(?:[يت]كن|بعد))*\s*$")
_EN_NOT_MEANT: Final = compile_plain(r"(?i)\b(?:not only|not just|no doubt|no less than|no sooner|not merely)\W*$")

_AR_DENIES: Final = r"لم|لن|ليس|ليست|نفى|نفت|ينفي|تنفي|نافيا|نافية|رفض|رفضت|ترفض|يرفض|استبعد|استبعدت"
_AR_LACKS: Final = r"(?:لا|غير|دون|بدون|عدم|أي)(?:\s+(?:أي|أن|وقوع|حدوث|شن|تنفيذ|وجود|توجد|يوجد))*"
_AR_TOLD: Final = r"لم\s+[يت](?:علن|تبن|ؤكد|صدر|تحمل|عترف|قر)"
"""Verbs of whoever claims, behind which a long name may stand before what was not claimed."""
_AR_SAID: Final = compile_plain(
    rf"(?<!\w)[وف]?(?:(?:{_AR_DENIES})(?:\s+\w+){{0,3}}|{_AR_TOLD}(?:\s+\w+){{0,7}}|{_AR_LACKS})\s*[«\"]?$"
)
_AR_COMES: Final = r"(?:لم|لن)\s+[يت](?:قترب|حلق|سقط|طلق|رصد|سجل|ظهر|عبر|دخل|شاهد|صل)"
"""Verbs whose subject comes behind them: لم تقترب مسيرة, no drone came near."""
_AR_DONE: Final = compile_plain(rf"(?<!\w)[وف]?(?:{_AR_DENIES}|{_AR_LACKS}|{_AR_COMES})\s*[«\"]?$")
_FA_AFTER: Final = compile_plain(
    r"[\u200c\s]*(?:ای|ها|های|هایی|را|انجام|صورت|رخ|بر|عهده|به|خود|[\u200c\s])*"
    r"(?:نکرد|نشد|نداد|نگرفت|نیافت|نرسید|نیست|نبود|نخواهد|نخواهند|نمی|نکن|نپذیرف|ندهد|نشود)"
)
_FA_BEFORE: Final = compile_plain(r"(?:هیچ|بدون|عدم)\s*$")
_FA_DENIED: Final = compile_plain(r"[^،.؛\n]{0,40}?\sرا\s+(?:\w+\s+)?(?:رد|تکذیب|انکار)\s+(?:کرد|می|نمود)")
"""Behind what is denied: دست داشتن در حمله را رد کرد."""
_OTHERS_BEFORE: Final = Gated(
    r"(?i)(?:\b(?:pas|jamais)(?: encore| non plus| été)*|(?<!\w)ו?(?:לא|טרם)(?: \w+)?)\s*$", "pas jamais לא טרם"
)
"""French and Hebrew; Turkish and Kurdish deny within the verb, which is another word then."""


def is_negated(text: ZoneText, place: Place, *, deed: bool = False, answered: bool = False) -> bool:
    """Does the clause say that the event at this place did not, or will not, happen?

    Deeds (attacks, strikes) are harder to negate than what is said of them: "nobody claimed the attack" negates the
    claim and not the attack. What is `answered` may be denied by its verb, far behind it in Persian.
    """
    if not text.may_negate(place.sentence):
        return False
    start, end = text.sentence_span(place.sentence)
    before = _CLAUSES.split(text.text[max(start, place.start - _REACH) : place.start])[-1]
    if _FA_AFTER.match(text.text, place.end, min(end, place.end + _REACH)):
        return True
    if answered and _FA_DENIED.match(text.text, place.end, end):
        return True
    if _EASTERN.search(before) and (_FA_BEFORE.search(before) or (_AR_DONE if deed else _AR_SAID).search(before)):
        return True
    if _OTHERS_BEFORE.search(before):
        return True
    far = text.text[max(start, place.start - _FAR_REACH) : place.start]
    return _LATIN.search(far) is not None and (_is_negated_english(before) or _is_far_denied(far, deed=deed))


def _is_far_denied(before: str, *, deed: bool) -> bool:
    """Neither of two who are named did or said it; or it was not said, and something is put in between commas."""
    if _EN_NEITHER.search(_CLAUSES.split(before)[-1]):
        return True
    shorter = before if deed else _PUT_IN.sub(" ", before)
    return shorter != before and _is_negated_english(_CLAUSES.split(shorter)[-1])


def denies_within(gap: str) -> bool:
    """Does what stands between two parts of a phrase deny it? `truce … over` is found in "the truce is not over"."""
    return _EN_WITHIN.search(gap) is not None or _AR_WITHIN.search(gap) is not None


def _is_negated_english(before: str) -> bool:
    """Two negations cancel out: "did not deny that it attacked"."""
    negation = _EN_BEFORE.search(before)
    if negation is None or _EN_NOT_MEANT.search(before):
        return False
    return not _is_negated_english(before[: negation.start()])
