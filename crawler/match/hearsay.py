"""Is an attack or a threat told only to be refuted? A rumour that an authority denies and something explains, a film
that somebody checked, a statement that nobody made: its words tell nothing.

Only a sentence that itself says that it retells or denies is taken so, and only where one near it says that nothing
happened, or what it was instead. A flat denial is news (two sides say two things), as is one told in a single sentence,
and a group's denial that it was behind an attack, which leaves the attack. What stands beside without such a word is
told as ever.

A state's denial that it gave a group weapons or orders is none of the group's own, and no news where nothing was fired.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from crawler.match.document import Document, Place, ZoneText
from crawler.match.gated import Gated, Passage
from crawler.match.plain import compile_plain
from crawler.match.sentences import number_at
from crawler.models import TOLD, Zone

HEARSAY_LISTS = ("rumour", "refuted", "nothing-happened", "all-normal", "debunked")
"""Lists of words that make a sentence one of hearsay, or refute what others retell."""
REFUTABLE = frozenset(
    {
        "attack",
        "drone",
        "rocket",
        "us-strike",
        "interception",
        "claim",
        "denial",
        "doubt",
        "threat",
        "truce-end",
        "war",
        "arms",
        "deployment",
        "blame",
        "withdrawal",
    }
)
"""What was not done or said where it is hearsay. A truce and sanctions are not."""
ARMED = frozenset(
    {"drone", "rocket", "arms", "war", "claim", "denial", "doubt", "blame", "deployment", "withdrawal", "interception"}
)
"""What a state is no news for that denies having given it."""
_STRUCK = ("attack", "us-strike", "interception")
_REACH = 2
"""Paragraphs on either side within which a sentence refutes others; wires write one or two sentences in each."""

_LIKELY, _SURE = 1, 2
"""How surely something is refuted where somebody calls it a rumour or tells of a mishap; and where it is said that
nothing happened, or what it was."""
_CAUSE = compile_plain(
    r"(?i)\b(?:controlled|disposal|dispos(?:ed|ing)|demolition|quarry(?:ing)?|exercises?|drills?|training|"
    r"test(?:s|ed|ing)?|fireworks|thunder\w*|transformer|generator|sonic|celebrat\w+|wedding|remnants of|"
    r"gas (?:cylinder|canister|bottle|leak)|short circuit|electrical|balloons?|kites?|meteors?|satellites?|kitchen|"
    r"flares?|flaring|sound barrier|rubbish|"
    r"(?:old|expired|unexploded|war|leftover|seized) (?:munitions?|ordnance|ammunition|shells?|mines?|explosives|"
    r"remnants))\b|"
    r"(?<!\w)(?:[بل]?(?:ال)?(?:مسيطر|محكوم\w*|مخلفات|مقالع|مقلع|كسارات|كسارة|محجر|تمرين\w*|تدريب\w*|مناور\w*|فحص|"
    r"اختبار\w*|[أا]لعاب|محول\w*|[أا]سطوان\w*|قنينة|رعد\w*|جدار الصوت|شعلة|نفايات|معالجة|[إا]تلاف|ماس|تماس)|"
    r"کنترل[\u200c ]?شده|معدن|رزمایش\w*|تمرین\w*|آزمایش\w*|تست|خنثی[\u200c ]?سازی|آتش[\u200c ]?بازی|رعد|"
    r"ترانس\w*|کپسول|سیلندر|اتصال\w*|دیوار صوتی|مشعل|زباله|(?:انهدام|امحای?|معدوم\w*) (?:\w+ )?مهمات|"
    r"مهمات (?:قدیمی|فرسوده|عمل[\u200c ]?نکرده|باقی[\u200c ]?مانده|تاریخ))(?!\w)"
)
"""What made a noise or a light: no attack."""
_CAUSE_REACH = 140
_CAUSE_ENDS = compile_plain(
    r"(?i)[.;؛]|rocket|drone|missile|mortar|struck|\bhit\b|صاروخ|صواريخ|مسير|قذيف|قذائف|راکت|موشک|پهپاد|خمپاره"
)
"""Behind it the cause is of something else."""
_DESTROYED = Gated(
    r"(?i)\b(?:destroy|blow|blew|detonat|dispos)\w*\b[^.;]{0,40}\b(?:expired|obsolete|unexploded|leftover|remnants|"
    r"surplus|disused)\b|\bcontrolled (?:detonations?|explosions?|blasts?|demolitions?|disposal)\b",
    "destroy blow blew detonat dispos controlled",
)
"""Somebody's own explosives."""
_CONTRAST = compile_plain(
    r"(?i)\b(?:but|however|although|though|while|whereas|even as|yet (?!to\b)|except|"
    r"(?:confirm|acknowledg|admitt?|conced)(?:s|es|ed|ing)?\b(?! that (?:no|nothing)))|"
    r"(?<!\w)(?:و?لكن\w*|غير أن\w*|[إا]لا أن\w*|بيد أن\w*|بينما|في حين|و?أقر\w*|و?اعترف\w*|"
    r"و?[أا]كد\w* (?:وقوع|تعرض|سقوط|حدوث|مقتل|[إا]صابة))(?!\w)|"
    r"(?<!\w)(?:اما|ولی|لیکن|در حالی[\u200c ]?که|در عین حال|اذعان|(?:وقوع|اصابت|"
    r"سقوط) (?:\S+ ){1,6}(?:را )?تایید)(?!\w)"
)
"""Behind it the sentence may tell of what did happen."""
_INVOLVED = compile_plain(
    r"(?i)\b(?:involve[dm]?\w*|roles?|part in|hand in|behind|responsib\w+|links?|linked|connect\w+|nothing to do|"
    r"took part|"
    r"its doing|culprits?|perpetrators?)\b|"
    r"(?<!\w)[وبل]?(?:ال)?(?:صلة|صلته\w*|علاقة|علاقته\w*|مسؤولي\w+|ضلوع\w*|تورط\w*|وقوفه\w*|الوقوف|وراء|دور|"
    r"دوره\w*|طرف\w*|يد)(?!\w)|"
    r"(?<!\w)(?:دست داشتن|نقش|نقشی|ارتباط|ارتباطی|دخالت|دخالتی|مسئولیت\w*|پشت|دستی)(?!\w)"
)
"""One denies a part in a deed, and not the deed."""
_DEFINITE = compile_plain(
    r"(?i)\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|yesterday|last night|this week)['’]s\b|"
    r"\b(?:attacks?|strikes?|rockets?|drones?|missiles?|shelling|ambush|blast|explosion|launch) (?:that|which|"
    r"when|in which)\b|"
    r"(?<!\w)(?:الذي|التي) (?:وقع\w*|طال\w*|[أا]?ستهدف\w*|سقط\w*|تعرض\w*|[أا]صاب\w*|[أا]?نفجر\w*|[أا]وقع\w*|"
    r"[أا]ودى|ضرب\w*|هز\w*|قتل\w*)|"
    r"(?<!\w)(?:که (?:\S+ ){1,8}(?:کشت\w*|زخمی|مجروح)|(?:شب گذشته|دیشب|دیروز|روز \S+|شامگاه \S+) (?:به|در|"
    r"علیه))(?!\w)"
)
"""An attack of which one speaks as known."""
_DEED = compile_plain(
    r"(?i)\b(?:attack|strike|str(?:uck)|rocket|drone|missile|shell|fir(?:e|ed|ing)\b|ambush|blast|explosion|bomb|"
    r"kill|target|raid)|"
    r"هجوم|هجمات|قصف|صاروخ|صواريخ|مسير|استهداف|[أا]ستهدف|انفجار|تفجير|حمله|حملات|راکت|پهپاد|موشک|شلیک|خمپاره|بمب|"
    r"هدف قرار"
)
_SUPPLY = Gated(
    r"(?i)\b(?:suppl(?:y|ies|ied|ying)|provid\w+|giv(?:e|es|en|ing)|gave|send(?:s|ing)?|sent|ship(?:s|ped|ping|"
    r"ment|ments)|transfer\w*|deliver\w*|"
    r"smuggl\w+|mov(?:ed|ing)|hand(?:s|ed|ing)|arm(?:s|ed|ing)|train(?:s|ed|ing)|equip\w*|sold|sell(?:s|ing)?|"
    r"orders?|ordered|"
    r"ordering|"
    r"command\w*|instruct\w*|direct(?:s|ed|ing|ions)|proxies)\b|"
    r"(?<!\w)[بو]?(?:ال)?(?:زود\w*|تزود|يزود|تزويد\w*|سلم[تو]?\w*|تسليم\w*|تسليح\w*|سلح\w*|[أا]رسل\w*|[إا]رسال\w*|"
    r"نقل\w*|منح\w*|قدم\w*|تقديم\w*|تهريب\w*|شحن\w*|بيع|باع\w*|تدريب\w*|دعم\w*|[أا]وامر|تعليمات|توجيهات|[أا]مر\w*|"
    r"تتلقى|"
    r"تلقي)(?!\w)|"
    r"(?<!\w)(?:داده|داد|تحویل|ارسال\w*|فرستاده|تسلیح\w*|مسلح کرد\w*|تجهیز\w*|آموزش|قاچاق|انتقال|فروش|فروخته|"
    r"واگذار\w*|در اختیار|دستور\w*|فرمان\w*|حمایت تسلیحاتی)(?!\w)",
    "suppl provid mov hand giv gave send sent ship transfer deliver smuggl arm train equip sold sell order command "
    "instruct direct prox "
    "زود زويد تسليم سلم تسليح سلح رسل رسال نقل منح قدم تقديم تهريب شحن بيع باع تدريب دعم وامر تعليمات توجيهات مر "
    "تتلقى تلقي "
    "داد تحویل ارسال فرستاده تسلیح مسلح تجهیز آموزش قاچاق انتقال فروش فروخته واگذار اختیار دستور فرمان حمایت",
)
"""Weapons and orders that somebody is said to have given."""
_STATE = compile_plain(
    r"(?i)\b(?:iran(?:['’]s|ians?)?|tehran|foreign ministr\w+|foreign minister|governments?|moscow|russia|kremlin|"
    r"china|beijing|ankara|damascus|baghdad|"
    r"ministr(?:y|ies)|ministers?|embass(?:y|ies)|ambassadors?|envoys?|president|mission|diplomats?)\b|"
    r"(?<!\w)[ول]?(?:ال)?(?:[إا]يران\w*|طهران|خارجية|حكومة|وزار[ةه]|وزير|سفار[ةه]|سفير|بعثة|موسكو|الكرملين|بكين|"
    r"[أا]نقرة|دمشق|بغداد|بقائي|عراقجي|رئاسة)(?!\w)|"
    r"(?<!\w)(?:ایران|تهران|وزارت|وزیر|دولت|سفارت|سفیر|نمایندگی|مسکو|کرملین|پکن|آنکارا|دمشق|بغداد|بقایی|عراقچی|"
    r"ریاست)(?!\w)"
)
"""Who speaks for a state."""
_WEAPONS = compile_plain(
    r"(?i)\b(?:weapons?|arms|missiles?|rockets?|drones?|ammunition)\b|سلاح|[أا]سلحة|صواريخ|مسير|عتاد|ذخائر|"
    r"تسليحات|موشک|پهپاد|مهمات|جنگ[\u200c ]?افزار"
)
_DEFENCES = compile_plain(r"(?i)anti|defen[cs]e|دفاع|مضاد|پدافند")
_CONFIRMED = compile_plain(
    r"(?i)\bconfirm(?:s|ed|ing)?\b|\backnowledged\b|\bis real\b|\b(?:did happen|did take place)\b|"
    r"(?<!\w)و?(?:[أا]كد\w*|[أا]قر\w*)(?!\w)|تایید (?:کرد|شد)|"
    r"تأیید (?:کرد|شد)|اذعان"
)
_NO = compile_plain(r"(?i)\W*(?:no|nope|it did not|they did not|لا|كلا|نه|خیر)\s*(?:[.!,،;؛]|$)")
_SPEAKER = compile_plain(r"(?i)centcom|command|قيادة|سنتكوم|سنتکام")
"""Who strikes, and who denies."""
_CLAIMS = compile_plain(
    r"(?i)\bclaim(?:s|ed|ing) (?:responsib|credit|the )|\b(?:it|they|its \w+|group|fighters) (?:had )?(?:fired|"
    r"struck|hit|launched|targeted|attacked)\b|"
    r"(?<!\w)(?:تبن[تى]\w*|[أا]علن\w* (?:\S+ ){0,4}(?:مسؤولي\w*|استهداف|تنفيذ))|(?<!\w)(?:برعهده|به عهده|"
    r"بر عهده) گرفت|"
    r"(?i:\b(?:circulated|published|posted|released|shared|issued) by (?:the |an? )?(?!user|account|page|channel|"
    r"activist|blog|dozen)|"
    r"\bsaid (?:that )?(?:it|its)\b(?! was aware| is aware| had n| has n| did n))|"
    r"(?<!\w)(?:قالت|قال|[أا]كدت|[أا]علنت) (?:\S+ ){0,9}?[إا]نها?(?!\w)|(?<!\w)(?:نشرت|بثت|وزعت)(?!\w)|"
    r"(?<!\w)تداولت منصات|"
    r"(?<!\w)(?:نوشت|اعلام کرد|منتشر کرد|مدعی شد)(?![\w\u200c])"
)
_RETOLD = compile_plain(
    r"(?i)\b(?:reports?|claims?|news|stor(?:y|ies)|allegations?|suggestions?|talk|assertions?|accounts?|videos?|"
    r"clips?|footage|"
    r"recordings?|leaflets?|letters?|posts?|tweets?)\b|"
    r"(?<!\w)[وبل]?(?:ال)?(?:[أا]نباء|[أا]خبار|خبر|نب[أا]|رواية|تقارير|تقرير|ادعاء\w*|مزاعم|ما (?:قيل|ذكر|نسب|ورد|"
    r"جاء)|شريط|تسجيل\w*|مقطع|فيديو|منشور\w*|رسالة)(?!\w)|"
    r"(?<!\w)(?:خبر\w*|اخبار|گزارش\w*|ادعا\w*|داستان|روایت|وید[ئی]و\w*|فیلم\w*|صوت\w*|مطلب|مطالب|نامه\w*)(?!\w)"
)
"""What somebody else told, in the words of one who denies it."""
_LIMIT = compile_plain(
    r"(?i)\b(?:casualt\w+|deaths?|fatalit\w+|injur\w+|hurt|harmed|dead|died|die|damage|losses|wounded|killed|"
    r"victims|size|"
    r"scale|scope|number|extent)\b|"
    r"(?<!\w)(?:ال)?(?:[إا]صابات|خسائر|ضحايا|[أا]ضرار|قتلى|جرحى)(?!\w)|(?<!\w)(?:تلفات|خسارت\w*|کشته\w*|زخمی\w*|"
    r"مجروح\w*|آسیب\w*)(?!\w)"
)
"""What one may deny of an attack that happened."""

_LIMIT_REACH = 45
"""Characters between a denial and what it is limited to; Persian verbs stand behind."""
_COMMA = compile_plain(r"[,،]")
_TWO_WORDS = compile_plain(r"(?:[\w\u200c]+\s+){1,2}$")
_EASTERN_END = compile_plain(
    r"(?<!\w)(?:تکذیب|رد کرد|رد کردند|خواند|خواندند|دانست|ندارد|نداشت|است|ن(?:کرده|شده|بوده|داده|گرفته)\S*)(?!\w)"
)
"""A Persian clause: what it denies stands before the verb."""
_FALSE = compile_plain(
    r"(?i)(?:false|untrue|unfounded|baseless|groundless|without|not true|not correct|fabricat|fake|forg|invent|"
    r"made|wrong|incorrect|inaccurate|no truth|no basis|nonsense|disinformation|lies|lie\b|a lie|tired lie|"
    r"outright|fiction|pure)|"
    r"(?:عار|لا صحة|لا أساس|ليس|غير صحيح|غير دقيق|كاذب|مزيف|مفبرك|مزور|مختلق|اختلق|ملفق|تلفيق|فبرك|زائف|محض|خالي|"
    r"افتراء|نسج|كذب|بعيد|"
    r"لا تمت|لا يمت)|"
    r"(?:بی|پایه|اساس|صحت|واقعیت|حقیقت|نادرست|دروغ|کذب|جعل|ساخت|خبر را|از خود|خلاف|عاری|غلط|خیال|افسانه|"
    r"درست نیست)"
)
"""A word that calls something false."""
_AFTER = compile_plain(r"(?i)\b(?:after|following)\b|(?<!\w)(?:بعد|عقب|[إا]ثر|پس از|در پی)(?!\w)")
"""A rumour went round when something had happened."""


class Hearsay:
    """Which stretches of a document are hearsay that is refuted there."""

    def __init__(self, document: Document, words_of: Callable[[str], Iterable[Place]]) -> None:
        self._document = document
        self._marks: dict[tuple[Zone, int], list[tuple[int, str]]] = defaultdict(list)
        for name in HEARSAY_LISTS:
            for place in words_of(name):
                self._marks[place.zone, place.sentence].append((place.start, name))
        self._retold = {
            find_position(document.zones[zone], sentence)
            for (zone, sentence), marks in self._marks.items()
            if _is_hearsay(marks)
        }
        # not the function: it is the pool's, which holds this, and would stay until garbage is collected
        self._heard = list(words_of("heard")) if self._retold else []
        self._mishaps = {(place.zone, place.sentence) for place in words_of("mishap")} if self._marks else set()
        self._is_long = sum(len(document.zones[zone].sentences) for zone in TOLD if zone in document.zones) > 1
        self._explained: dict[Zone, dict[int, list[int]]] = {}
        self._strikes = [place for name in _STRUCK for place in words_of(name)] if self._marks else []
        self._supplies: dict[tuple[Zone, int], bool] = {}
        self._known: dict[tuple[Zone, int], tuple[tuple[int, int], ...]] = {}
        self._refuting: list[tuple[Zone, int, int, int]] | None = None

    def covers(self, event: str, place: Place) -> bool:
        """Does an event's word belong to what is refuted? Softer words of movement do, wherever in its sentence."""
        spans = self.spans(place.zone, place.sentence)
        if not spans:
            return False
        words = self._document.zones[place.zone].text
        soft = event == "deployment" or (event == "us-strike" and _SPEAKER.search(words, place.start, place.end))
        return any(soft or start <= place.start < end for start, end in spans)

    def is_supply(self, event: str, place: Place, names: Iterable[Place]) -> bool:
        """Does a state deny in a sentence that it gave a group weapons or orders, and is no attack told there?"""
        key = place.zone, place.sentence
        if not any(name == "refuted" for _, name in self._marks.get(key, ())) or self._tells_strike(key):
            return False
        if key not in self._supplies:
            text = self._document.zones[place.zone]
            start, end = text.sentence_span(place.sentence)
            state = _STATE.search(text.text, start, end)
            first = min((name.start for name in names), default=end)
            told = Passage(text.text, start, end)
            self._supplies[key] = state is not None and state.start() <= first and told.holds(_SUPPLY) is not None
        return self._supplies[key] and (event != "withdrawal" or self._names_weapons(place))

    def _tells_strike(self, sentence: tuple[Zone, int]) -> bool:
        """Does a sentence tell of an attack or a strike? Anti-aircraft missiles are none."""
        words = self._document.zones[sentence[0]].text
        struck = (place for place in self._strikes if (place.zone, place.sentence) == sentence)
        return any(not _DEFENCES.search(words, place.start, place.end) for place in struck)

    def _names_weapons(self, place: Place) -> bool:
        """Are weapons handed over, and no base?"""
        text = self._document.zones[place.zone]
        return _WEAPONS.search(text.text, *text.sentence_span(place.sentence)) is not None

    def is_confirmed(self, place: Place) -> bool:
        """Does a sentence beside a film that was checked tell of what somebody confirmed?"""
        text = self._document.zones[place.zone]
        marked = self._marks.get((place.zone, place.sentence))
        return not marked and _CONFIRMED.search(text.text, *text.sentence_span(place.sentence)) is not None

    def spans(self, zone: Zone, sentence: int) -> tuple[tuple[int, int], ...]:
        """The refuted stretches of a sentence."""
        if not self._marks:
            return ()
        key = zone, sentence
        if key not in self._known:
            self._known[key] = tuple(self._find_spans(zone, sentence))
        return self._known[key]

    def _find_spans(self, zone: Zone, sentence: int) -> Iterator[tuple[int, int]]:
        text = self._document.zones[zone]
        if _is_answered(text, sentence):
            yield text.sentence_span(sentence)
            return
        if not self._is_near(find_position(text, sentence)):
            return
        marks = self._marks.get((zone, sentence), [])
        clauses = [
            (start, end, _list_inside(text.text, start, end, marks)) for start, end in split_clauses(text, sentence)
        ]
        # what would begin nowhere if it were surely refuted need not be weighed, which takes longer
        if not any(_begin_hearsay(text.text, *clause, _SURE) is not None for clause in clauses) and not (
            self._may_explain(zone, sentence)
        ):
            return
        strength = self._weigh_refutation(zone, sentence)
        if not strength:
            return
        explained = self._list_explained(zone).get(sentence, [])
        for start, end, inside in clauses:
            begins = [at for at in explained if start <= at < end]
            if (begin := _begin_hearsay(text.text, start, end, inside, strength)) is not None:
                begins.append(begin)
            if begins:
                yield min(begins), end

    def _may_explain(self, zone: Zone, sentence: int) -> bool:
        """Is anything heard, or destroyed, in a sentence?"""
        if any(place.zone is zone and place.sentence == sentence for place in self._heard):
            return True
        text = self._document.zones[zone]
        return _DESTROYED.search(text.text[slice(*text.sentence_span(sentence))]) is not None

    def _is_near(self, position: int) -> bool:
        """Does a sentence retell or deny something within reach?"""
        return any(abs(retold - position) <= _REACH for retold in self._retold)

    def _weigh_refutation(self, zone: Zone, sentence: int) -> int:
        """How surely the sentences around one refute it; not at all in a flash."""
        place = self._find_position(zone, sentence)
        near = [mark for mark in self._list_refuting() if abs(mark[2] - place) <= _REACH]
        return max((weight for *_, weight in near), default=0) if self._is_long else 0

    def _list_refuting(self) -> list[tuple[Zone, int, int, int]]:
        """Sentences of hearsay, of what it was, and of mishaps: zone, sentence, position, and how much they refute."""
        if self._refuting is None:
            weights: dict[tuple[Zone, int], int] = {}
            for (zone, sentence), marks in self._marks.items():
                text = self._document.zones[zone]
                weights[zone, sentence] = _weigh_marks(text.text, *text.sentence_span(sentence), marks)
            for zone in TOLD:
                for sentence in self._list_explained(zone):
                    weights[zone, sentence] = _SURE
            for zone, sentence in self._marks:
                if self._is_called_false(zone, sentence):
                    weights[zone, sentence] = _SURE
            for key in self._mishaps:
                weights[key] = max(_LIKELY, weights.get(key, 0))
            self._refuting = [(*key, self._find_position(*key), weight) for key, weight in weights.items()]
        return self._refuting

    def _is_called_false(self, zone: Zone, sentence: int) -> bool:
        """Is what a sentence retells called untrue there or beside it?"""
        text = self._document.zones[zone]
        start, end = text.sentence_span(sentence)
        names = {name for _, name in _list_inside(text.text, start, end, self._marks[zone, sentence])}
        if "rumour" not in names and ("retold" not in names or _INVOLVED.search(text.text, start, end)):
            return False
        beside = [(zone, sentence + step) for step in (-1, 0, 1)]
        if zone is not Zone.BODY:
            beside += [(Zone.BODY, 0), (Zone.BODY, 1)]
        return any(self._calls_false(*each) for each in beside)

    def _calls_false(self, zone: Zone, sentence: int) -> bool:
        """Does a sentence call something untrue, forged or made up?"""
        marks = self._marks.get((zone, sentence), ())
        return any(name == "refuted" and _FALSE.match(self._document.zones[zone].text, at) for at, name in marks)

    def _list_explained(self, zone: Zone) -> dict[int, list[int]]:
        """Where it is told what people heard, by sentences."""
        if zone not in self._explained:
            found: dict[int, list[int]] = {}
            if text := self._document.zones.get(zone):
                heard = [
                    place
                    for place in self._heard
                    if place.zone is zone and self._is_near(find_position(text, place.sentence))
                ]
                for start in sorted(_find_explained(text.text, heard)):
                    found.setdefault(number_at(text.sentences, start), []).append(start)
            self._explained[zone] = found
        return self._explained[zone]

    def _find_position(self, zone: Zone, sentence: int) -> int:
        return find_position(self._document.zones[zone], sentence)


def _is_answered(text: ZoneText, sentence: int) -> bool:
    """Did rockets hit the base? No."""
    start, end = text.sentence_span(sentence)
    return (
        sentence + 1 < len(text.sentences)
        and text.text[start:end].rstrip()[-1:] in {"?", "؟"}
        and _NO.match(text.text, *text.sentence_span(sentence + 1)) is not None
    )


def _find_explained(words: str, heard: Iterable[Place]) -> Iterator[int]:
    """Where a text says what it was that people heard, or whose explosives."""
    for place in heard:
        cause = _CAUSE.search(words, place.end, place.end + _CAUSE_REACH)
        if cause and not _CAUSE_ENDS.search(words, place.end, cause.start()):
            yield place.start
    yield from (destroyed.start() for destroyed in Passage(words, 0, len(words)).find_all(_DESTROYED))


def _is_hearsay(marks: Iterable[tuple[int, str]]) -> bool:
    """Does a sentence retell, deny or check, and not only say that all is well?"""
    return any(name != "all-normal" for _, name in marks)


def _list_inside(words: str, start: int, end: int, marks: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    """The marks of a clause; what it calls a report is one where it denies something."""
    inside = [(at, name) for at, name in marks if start <= at < end]
    if any(name == "refuted" for _, name in inside) and (retold := _RETOLD.search(words, start, end)):
        inside.append((retold.start(), "retold"))
    return inside


def _weigh_marks(words: str, start: int, end: int, marks: Iterable[tuple[int, str]]) -> int:
    names = {name for _, name in _list_inside(words, start, end, marks)}
    if not names.isdisjoint({"nothing-happened", "debunked"}):
        return _SURE
    return _LIKELY if "all-normal" in names or ("refuted" in names and names & {"rumour", "retold"}) else 0


def find_position(text: ZoneText, sentence: int) -> int:
    """The number of a sentence's paragraph; headlines stand before the first."""
    if text.zone is not Zone.BODY:
        return -1
    return number_at(text.paragraphs, text.sentences[sentence])


def split_clauses(text: ZoneText, sentence: int) -> Iterator[tuple[int, int]]:
    """A sentence, cut where it may go on to something else: but, while, confirmed."""
    start, end = text.sentence_span(sentence)
    for mark in _CONTRAST.finditer(text.text, start, end):
        yield start, mark.start()
        start = mark.start()
    yield start, end


def _begin_hearsay(words: str, start: int, end: int, marks: list[tuple[int, str]], strength: int) -> int | None:
    """Where the refuted words of a clause begin, if it has any."""
    said = [at for at, name in marks if name not in {"all-normal", "debunked"}]
    if not said:
        return None
    names = {name for _, name in marks}
    if _INVOLVED.search(words, start, end) and (strength < _SURE or _is_denied_part(words, start, end, names)):
        return None
    if (strength < _SURE and _LIMIT.search(words, start, end)) or _is_limit(words, start, end, marks):
        return None
    if _is_claimed(words, start, end, names, strength):
        return None
    ends_clause = any(name == "refuted" and _FALSE.match(words, at) for at, name in marks)
    if _EASTERN_END.search(words, start, end):
        return max((mark.end() for mark in _COMMA.finditer(words, start, min(said))), default=start)
    begin = start if ends_clause and names.isdisjoint({"rumour", "retold"}) else min(said)
    before = _TWO_WORDS.search(words, start, begin)
    return before.start() if before else begin


def _is_claimed(words: str, start: int, end: int, names: set[str], strength: int) -> bool:
    """Is it a group's own claim, or what nobody denies, that the clause retells?"""
    is_flat = names.isdisjoint({"refuted", "nothing-happened"})
    return (is_flat and (strength < _SURE or _AFTER.search(words, start, end) is not None)) or (
        (is_flat or strength < _SURE) and _CLAIMS.search(words, start, end) is not None
    )


def _is_limit(words: str, start: int, end: int, marks: list[tuple[int, str]]) -> bool:
    """Is it deaths or damage that somebody denies?"""
    return any(
        name == "refuted"
        and _LIMIT.search(
            words, max(start, at - (_LIMIT_REACH if words[at] in "تربن" else 0)), min(end, at + _LIMIT_REACH)
        )
        for at, name in marks
    )


def _is_denied_part(words: str, start: int, end: int, names: set[str]) -> bool:
    """Does somebody deny a part in a deed that is known, or that nobody calls a rumour?"""
    return _DEFINITE.search(words, start, end) is not None or (
        "rumour" not in names and _DEED.search(words, start, end) is not None
    )
