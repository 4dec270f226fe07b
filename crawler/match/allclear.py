"""Is a warning told only as lifted? "The embassy cancelled its security alert" holds the words of a threat, and is the
end of one. So are ordered departures, shelter notices and travel advice that are withdrawn or lowered, and the threat
that is said to have passed.

Only words of a notice are meant: who vows or retaliates does so beside it as well. A notice that is extended, renewed
or raised in the same clause is none that was lifted.
"""

from crawler.match.document import Document, Place, ZoneText
from crawler.match.gated import Gated, Passage
from crawler.match.hearsay import find_position, split_clauses
from crawler.match.plain import compile_plain
from crawler.models import TOLD, Zone

_REACH = 1
"""Paragraphs on either side of the one that tells of the lifting, in which its notice may be described."""

_EN_NOTICE = (
    r"(?:warnings?|alerts?|advisor(?:y|ies)|travel advice|advice|shelter[- ]in[- ]place|shelter(?:ing)? (?:order|"
    r"notice|instruction)s?|"
    r"ordered departures?|departure orders?|evacuation orders?|authori[sz]ed departure|lockdown|curfew|(?:threat|"
    r"alert|risk|warning|security) levels?|"
    r"threat conditions?|force protection|security measures|travel bans?|restrictions?|notices?|precautions?|"
    r"air[- ]raid|red zone|level (?:four|4))"
)
_EN_ENDS = (
    r"(?:lift(?:s|ed|ing)?|cancel(?:s|led|ed|ling|ing)?|end(?:s|ed|ing)?|withdr(?:ew|aws?|awn|awing)|rescind(?:s|"
    r"ed|ing)?|revok(?:es|ed|ing)|"
    r"remov(?:es|ed|ing)|drop(?:s|ped|ping)?|relax(?:es|ed|ing)?|eas(?:es|ed|ing)|lower(?:s|ed|ing)?|"
    r"downgrad(?:es|ed|ing)|"
    r"(?:scal(?:es|ed|ing)|roll(?:s|ed|ing)?|dial(?:s|led|ed)?) back|soften(?:s|ed|ing)?|reduc(?:es|ed|ing)|"
    r"terminat(?:es|ed|ing)|"
    r"call(?:s|ed|ing)? off|scrap(?:s|ped|ping)?|discontinu(?:es|ed|ing)|stand(?:s|ing)? down|stood down|"
    r"expir(?:es|ed|ing))"
)
_EN_BETWEEN = (
    r"(?:(?!\b(?:after|following|over|amid|because|due|flights?|since|despite|issu\w+|under|troops|visits?|"
    r"attacks?|with|in|by|"
    r"and|to|leaflets?|leave|class(?:es)?)\b)[^;,])"
)
_EN_OTHER = r"(?:(?!\b(?:truce|cease-?fire|talks|flights?|visits?|after|because|until|troops)\b)[^;])"
_AR_NOTICE = (
    r"(?:ال)?(?:تحذير\w*|[إا]نذار\w*|تنبيه\w*|[إا]رشادات|نصيح\w*|نصائح\w*|نصح\w*|حظر|تقييد\w*|قيود|[أا](?:مر|"
    r"وامر)(?:\s+(?:ال)?(?:مغادرة|[إا]خلاء|بقاء|احتماء))?|[إا]غلاق|احتماء|ملاجئ|"
    r"ت[أا]هب|استنفار|تدابير|[إا]جراءات|مستوى (?:ال)?(?:تحذير|ت[أا]هب|خطر|تهديد|[إا]نذار)|"
    r"درجة (?:ال)?(?:تحذير|ت[أا]هب|خطر|[إا]نذار)|حالة (?:ال)?(?:ت[أا]هب|استنفار|[إا]نذار|طوارئ))"
)
_AR_ENDS = (
    r"[وف]?(?:[أا]لغت|[أا]لغى|تلغي|يلغي|[إا]لغاء|[إا]لغائها|[أا]نهت|[أا]نهى|تنهي|ينهي|[إا]نهاء|سحبت|سحب|تسحب|يسحب|"
    r"خفضت|خفض|تخفض|يخفض|تخفيض|خففت|خفف|تخفف|يخفف|تخفيف|"
    r"انتهاء|انتهت|انتهى|زوال|[أا]زالت|[أا]سقطت|[أا]وقفت|تراجعت عن|رفعت|رفع|ترفع|يرفع|رفعها)"
)
_FA_NOTICE = (
    r"(?:هشدار\w*|اخطار\w*|توصیه\w*|آماده[\u200c ]?باش|دستور\w* (?:\S+ ){0,2}?(?:ترک|خروج|تخلیه|پناه\w*|ماندن)|"
    r"محدودیت\w*|ممنوعیت\w*|پناه[\u200c ]?گیری|"
    r"وضعیت (?:قرمز|هشدار|اضطراری|فوق[\u200c ]?العاده)|سطح (?:هشدار|خطر|تهدید|آماده[\u200c ]?باش)|تدابیر|"
    r"خروج اجباری|ترک اجباری|اطلاعیه)"
)
_FA_ENDS = (
    r"(?:لغو (?:کرد|شد|نمود|می|گردید)\w*|لغو کرده|لغو شده|برداشت\w*|برداشته|پایان (?:داد|یافت|گرفت|دادند)|"
    r"پایان داده|رفع (?:شد|کرد)\w*|کاهش (?:داد|یافت|پیدا)\w*|"
    r"پس (?:گرفت|گرفته)\w*|پایین (?:آورد|آمد)\w*|به پایان رسید\w*|تمام شد\w*|منتفی شد|خاتمه (?:یافت|داد)|ملغی)"
)
_FA_BETWEEN = r"(?:(?!(?:پرواز|مراسم|نشست|جلسه|دیدار|پس از|در پی|به دلیل|به خاطر|صادر)(?!\w))[^؛])"
_LIFTED = Gated(
    rf"(?i)\b{_EN_ENDS}\b{_EN_BETWEEN}{{0,70}}?\b{_EN_NOTICE}\b|"
    rf"\b{_EN_NOTICE}\b{_EN_OTHER}{{0,150}}?\b(?:(?:has|have|had|was|were|is|are|been|being|be) (?:now |since |also |"
    rf"fully |officially |formally )?{_EN_ENDS}\b|"
    r"no longer (?:in (?:effect|force|place)|appl\w+|valid|needed|necessary|in operation)|expired\b|all[- ]clear)|"
    r"\ball[- ]clear\b|"
    rf"(?<!\w){_AR_ENDS}(?:ا|ه|ها)?(?:\s+[^\s،؛.]+){{0,4}}?\s+[بل]?{_AR_NOTICE}(?!\w)|"
    rf"(?<!\w){_FA_NOTICE}(?!\w){_FA_BETWEEN}{{0,110}}?(?<!\w){_FA_ENDS}(?!\w)|"
    r"\bno longer (?:advis|warn|recommend|urg)\w+|(?<!\w)لم تعد (?:\w+ ){0,2}(?:تنصح|تحذر)|"
    r"(?<!\w)دیگر (?:\S+ ){1,6}(?:منع|توصیه|هشدار) ن(?:می|کن)|"
    rf"(?<!\w)(?:لغو|رفع|پایان|کاهش|برداشته شدن|خاتمه|لغو شدن)\s+(?:\S+ )?{_FA_NOTICE}(?!\w)",
    "warning alert advisor advice shelter departure evacuation lockdown curfew level condition protection "
    "measure ban "
    "restriction notice precaution raid zone clear longer تحذير نذار تنبيه رشادات نصيح نصائح نصح حظر تقييد قيود "
    "امر اوامر غلاق "
    "احتماء ملاجئ تاهب استنفار تدابير جراءات مستوى درجة حالة تنصح تحذر هشدار اخطار توصیه آماده دستور محدودیت "
    "ممنوعیت پناه وضعیت سطح تدابیر "
    "خروج اجباری ترک اطلاعیه منع",
)
"""A notice is over."""
_RAISES = compile_plain(
    r"(?<!\w)[وف]?(?:رفعت|رفع|ترفع|يرفع)\w*\s+(?:\S+ ){0,5}?(?:ال)?(?:مستوى|درجة|حالة|ت[أا]هب|استنفار|جاهزية)"
)
"""رفع lifts a ban and raises a level."""
_DENIED = compile_plain(
    r"(?i)(?:\b(?:not|never|no plans to|refus\w+ to|declin\w+ to|yet to|until|before|unless|if|calls? to|"
    r"urg\w+ \w+ to|asked \w+ to|demand\w+|without|would|could|may|might)\b|n['’]t\b)"
    r"\W*(?:\w+\W+){0,2}$|(?<!\w)(?:لم|لن|لا|لحين|حتى|قبل|دون|عدم|رفض|رفضت|قد|إذا|اذا)\s+(?:أن\s+)?$|"
    r"(?<!\w)(?:عدم|بدون|تا|پیش از|قبل از)\s+$"
)
_FA_DENIED = compile_plain(r"(?:نکرد|نشد|نشده|نیافت|نداد|نخواهد)")
_EASED = Gated(
    r"(?i)\b(?:threat|risk|danger|concerns?|period of concern|emergency)\b[^;]{0,90}\b(?:subsid|eas|reced|"
    r"pass(?:ed|es)|no longer|diminish|abat|fad|over\b|gone|lower|reduc|declin|fallen|ended)|"
    r"(?<!\w)(?:ال)?(?:تهديد\w*|خطر|مخاطر|مخاوف)(?!\w)[^؛]{0,90}(?:زال\w*|انحسر\w*|تراجع\w*|انتهى|انتهت|انخفض\w*|"
    r"لم يعد|لم تعد|تلاشى|خفت)|"
    r"(?:زوال|تراجع|انحسار|انخفاض|انتفاء|انتهاء)\s+(?:\S+ )?(?:ال)?(?:تهديد\w*|خطر|مخاطر|مخاوف)|"
    r"(?<!\w)(?:تهدید\w*|خطر|نگرانی\w*)(?!\w)[^؛]{0,90}(?:فروکش|برطرف|رفع شد|کاهش|دیگر وجود ندارد|از میان رفت|"
    r"پایان یافت|کم شده|کمتر شده|از بین رفت)"
    r"|\b(?:feared|fears? of)\b|(?<!\w)(?:خشي\w*|خشية|مخافة)(?!\w)|(?<!\w)بیم(?!\w)",
    "fear خشي مخافة بیم threat risk danger concern emergency تهديد خطر مخاطر مخاوف تهدید نگرانی",
)
"""The threat has passed: its sentence tells of no attack either."""
_NOTICES = compile_plain(
    r"(?i)warning|alert|advisor|advice|\bthreats?\b|shelter|departure|security|level|reconsider travel|"
    r"force protection|stay away|evacuat|imminent|told|"
    r"تحذير|[إا]نذار|تهديد|ت[أا]هب|استنفار|مغادرة|ملاجئ|[إا]خلاء|جهوزية|جاهزية|وشيك|محتمل|[إا]جراءات|هشدار|اخطار|"
    r"تهدید|آماده|پناه|ترک|خروج|تخلیه|احتمال|قریب|خطر|حضور|فعالیت"
)
"""Words of threat and of movement that belong to a notice."""
_RENEWED = compile_plain(
    r"(?i)\b(?:extend\w*|rais(?:es|ed|ing)|renew\w*|reissu\w*|reimpos\w*|reinstat\w*|(?:new|fresh|another|second|"
    r"separate) (?:security |travel )?(?:warning|alert|threat|notice)s?|"
    r"remains? (?:in (?:force|place|effect)|on|high|under|at (?:its )?(?:highest|level))|still|again|vow\w*|"
    r"swor\w+|retaliat\w*|revenge|warned (?:of|that)|warns (?:of|that)|issued (?:a|an)\b)|"
    r"(?<!\w)[وف]?(?:مدد\w*|تمديد\w*|جدد\w*|تجديد\w*|جديد\w*|لا يزال|لا تزال|ما زال\w*|ما تزال|ساري\w*|توعد\w*|"
    r"هدد\w*|حذرت|حذر|أصدرت|اصدرت)(?!\w)|"
    r"(?<!\w)(?:تمدید\w*|افزایش|همچنان|پابرجا\w*|هشدار (?:تازه|جدید|دیگر)\w*|هشدار داد\w*|تهدید کرد\w*|"
    r"صادر کرد)(?!\w)"
)
_LEAVING = compile_plain(r"(?i)departure|evacuat|leave|مغادر|[إا]خلاء|[إا]جلاء|خروج|ترک")
"""What an order to leave is called."""
_QUIETED = frozenset({"threat", "deployment"})
_WITHDRAWN = frozenset({"withdrawal", "departure", "deployment", "threat"})
"""Words that tell of a lifting itself: withdrew its warning, the order to leave."""
_EASED_TOO = frozenset({"attack", "drone", "rocket", "us-strike", "interception", "war", "arms"})


class AllClear:
    """Which words of threat tell of a notice that is over."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._kept_lifted: list[tuple[Zone, int, int, int]] | None = None
        self._eased: dict[tuple[Zone, int], bool] = {}

    def covers(self, event: str, place: Place) -> bool:
        """Is an event's word of such a notice?"""
        text = self._document.zones[place.zone]
        if event in _WITHDRAWN and any(
            zone is place.zone
            and (
                start <= place.start < end
                or (
                    _LEAVING.search(text.text, place.start, place.end)
                    and text.sentence_span(place.sentence)[0] <= start < text.sentence_span(place.sentence)[1]
                )
            )
            for zone, start, end, _ in self._lifted
        ):
            return True
        if event in _QUIETED:
            if event == "threat" and not _NOTICES.search(text.text, place.start, place.end):
                return False
        elif event not in _EASED_TOO or not self._is_eased(text, place):
            return False
        position = find_position(text, place.sentence)
        if not any(abs(position - lifted) <= _REACH for *_, lifted in self._lifted):
            return False
        clause = next(
            span
            for span in split_clauses(text, place.sentence)
            if place.start < span[1] or span[1] >= text.sentence_span(place.sentence)[1]
        )
        return _RENEWED.search(text.text, *clause) is None

    @property
    def _lifted(self) -> list[tuple[Zone, int, int, int]]:
        """Where a lifting is told, each with the number of its paragraph."""
        if self._kept_lifted is None:
            self._kept_lifted = [
                lifted
                for zone in TOLD
                if zone in self._document.zones
                for lifted in _find_lifted(self._document.zones[zone])
            ]
        return self._kept_lifted

    def _is_eased(self, text: ZoneText, place: Place) -> bool:
        key = place.zone, place.sentence
        if key not in self._eased:
            start, end = text.sentence_span(place.sentence)
            self._eased[key] = Passage(text.text, start, end).holds(_EASED) is not None
        return self._eased[key]


def _find_lifted(text: ZoneText) -> list[tuple[Zone, int, int, int]]:
    words = text.text
    positions: list[tuple[Zone, int, int, int]] = []
    for sentence in range(len(text.sentences)):
        start, end = text.sentence_span(sentence)
        for found in Passage(words, start, end).find_all(_LIFTED):
            denied = (
                _DENIED.search(words[max(start, found.start() - 40) : found.start()])
                or _RAISES.match(words, found.start(), found.end())
                or _FA_DENIED.match(words, found.end(), end)
                or _DENIED.search(found[0].rpartition(" ")[0][-20:] + " ")
            )
            if not denied:
                positions.append((text.zone, found.start(), found.end(), find_position(text, sentence)))
    return positions
