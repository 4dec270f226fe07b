"""Places by what stands beside their names: "the base at Harir", القاعدة الأمريكية في حرير, پایگاه نظامی
حریر; Harir Street.

A gazetteer cannot list every way to say base. Whatever it lists as "X Air Base" is also found as X, where a word for a
military place stands beside it with nothing but its attributes between. A street, a province or a club of that name is
not the place.
"""

import re
from collections.abc import Iterator

from crawler.match.common import COMMON_WORDS
from crawler.match.gated import Gated, fold_case
from crawler.match.normalize import squeeze
from crawler.match.plain import compile_plain, level_letters
from settings.model import Alias, Entity

_REACH = 70
"""Characters before or after a name that are looked at."""

_EN_SITE = (
    r"(?:air (?:force )?bases?|airbases?|bases?|airfields?|airstrips?|runways?|garrisons?|outposts?|camps?|barracks|"
    r"landing zone)"
)
_EN_ARMY = (
    r"(?:US|U\.S\.|American|coalition|military|air|army|naval|navy|logistics|joint|sprawling|main|Iraqi|international|"
    r"anti-ISIS|US-led|U\.S\.-led|NATO|training|key|large|big|small|remote|desert|"
    r"Turkish|Russian|British|French|German|Italian|Dutch|Syrian|Jordanian|Kuwaiti|Iranian|Israeli)"
)
_EN_BEFORE = compile_plain(
    rf"(?i)\b(?:{_EN_ARMY}(?:\W+[\w.-]+)?\W+{_EN_SITE}|the base(?=\s\w)|air ?bases?|airfields?|garrisons?|outposts?)"
    r"(?:\W+(?:in|at|of|called|named|known as|on)\W+(?:the\W+)?(?:nearby\W+)?)[\"'“‘(]*(?:[ae]l[ -])?$|"
    r"\b(?:(?-i:Camp)|fire ?base|(?:operating|patrol|combat|support|logistics) base)\W+(?:[ae]l[ -])?$|"
    r"(?i:\b(?:a|the|one|another|second|third|its|their) (?:air ?base|base|airfield|garrison|outpost), (?:[ae]l[ -])?$)"
)
_EN_AFTER = compile_plain(
    rf"^['’s\"”)]*\W+(?:and\W+(?:[Aa]l[ -])?[A-Z][\w'’-]+\W+)?(?i:(?:{_EN_ARMY}\W+){{0,2}}{_EN_SITE})\b"
)
"""Of two as well: Balad and Taqaddum air bases."""
_AR_SITE = (
    r"(?:ال)?(?:قاعدة|قاعدتي|قاعدتا|قواعد|معسكر|معسكري|معسكرات|مطار|مطاري|مطارا|حامية|ثكنة|ثكنات|مهبط|مدرج|حقل|معمل)"
)
_AR_ARMY = (
    r"(?:ال)?(?:[أا]مري?كي\w*|عسكري\w*|جوي\w*|بحري\w*|غاز\w*|نفطي\w*|تحالف|دولي\w*|احتلال|لوجستي\w*|واقعة|موجودة|رئيسية|"
    r"تركية|روسية|بريطانية|فرنسية|ألمانية|إيطالية|سورية|أردنية|إيرانية|"
    r"إسرائيلية|كبرى|كبيرة|قوات|جيش|عراقي\w*|تابع\w*|للتحالف|للقوات|للجيش|لقوات|للاحتلال|"
    r"الأميركان|الأمريكان|مشترك\w*|سابقة|شهيد|أمير|ملك|شيخ|سلاح الجو)"
)
_AR_BEFORE = compile_plain(
    rf"(?<!\w)[وفبكل]{{0,2}}{_AR_SITE}(?:\s+{_AR_ARMY}){{0,4}}(?:\s+(?:في|باسم|المسماة)(?:\s+(?:حي|بلدة|قرية|ناحية|مدينة|منطقة))?)?\s+[«\"“(]?[بل]?(?:الـ?)?$".replace(
        "ة", "[ةه]"
    )  # which many write without its dots
)
_AR_AFTER = compile_plain(r"^[»\"”)]?\s+(?:الجوية|العسكرية|الجوي|العسكري|الأمريكية|الأميركية)(?!\w)")
_FA_SITE = r"(?:پایگاه|پادگان|اردوگاه|کمپ|فرودگاه|قرارگاه|میدان|مقر)(?:[\u200c ]?(?:ها|های|هایی|ی))?"
_FA_ARMY = (
    r"(?:نظامی|هوایی|دریایی|نفتی|گازی|آمریکا|امریکا|آمریکایی|امریکایی|آمریکایی[\u200c ]?ها|امریکایی[\u200c ]?ها|"
    r"ائتلاف|ترکیه|روسیه|روسی|سوریه|سوری|انگلیس|انگلیسی|بریتانیا|فرانسه|فرانسوی|آلمان|آلمانی|اردن|کویت|"
    r"بین[\u200c ]?المللی|نظامیان|نیروهای|ارتش|اشغالگران?|اشغالگر|مهم|راهبردی|اصلی|مشترک|لجستیکی|ایالات|متحده|"
    r"تروریست\w*|به نام|شهید|امیر|شاهزاده|شیخ|آموزشی|هوائی|زمینی|"
    r"راداری|اسرائیلی?|صهیونیستی|رژیم|غیر[\u200c ]?قانونی|نیروی|عراقی?|کویتی|اردنی)"
)
_FA_BEFORE = compile_plain(
    rf"(?<!\w){_FA_SITE}(?:\s+{_FA_ARMY}){{0,4}}(?:\s+(?:در|واقع در|موسوم به))?(?:\s+(?:شهر|منطقه|روستای|ناحیه))?"
    r"\s+[«\"“(]?(?:ال)?$"
)
_AND_BEFORE = compile_plain(
    r"(?i)(?:\bbases\W+(?:in|at|of)\W+(?:[\w'’]+[ -]){1,3}(?:base\W+)?and\W+(?:[ae]l[ -])?|"
    r"\b(?:base|airbase|gas field|oil field|field)\W+and\W+(?:[ae]l[ -])?|"
    r"(?<!\w)(?:قاعدتي|قاعدتا|قاعدتين|قواعد|القواعد|القاعدتين)(?:\s+\w+){1,4}\s+و(?:ال)?|"
    r"(?<!\w)پایگاه[\u200c ]?های?(?:\s+[\w\u200c]+){1,4}\s+و\s+)$"
)
_BEFORE = (_EN_BEFORE, _AR_BEFORE, _FA_BEFORE, _AND_BEFORE)
_AFTER = (_EN_AFTER, _AR_AFTER)

SITE_STEMS = (
    *("base", "airbase", "airfield", "airstrip", "runway", "garrison", "outpost", "camp", "barracks", "landing zone"),
    *(
        "قاعد",
        "قواعد",
        "معسكر",
        "مطار",
        "حامي",
        "ثكن",
        "مهبط",
        "مدرج",
        "حقل",
        "معمل",
        "الجوي",
        "العسكري",
        "الأمريكي",
        "الأميركي",
    ),
    *("پایگاه", "پادگان", "اردوگاه", "کمپ", "فرودگاه", "قرارگاه", "میدان", "مقر"),
)
"""How each word for a military place begins: where none is, no name stands beside one."""
_BESIDE_STEMS = (*map(level_letters, SITE_STEMS), "field")

_STREETS_AFTER = compile_plain(
    r"(?i)^\W{1,2}(?:street|road|avenue|boulevard|square|park|market|university|college|school|hospital|hotel|mall|"
    r"cafe|restaurant|bank|club|fc|textiles?|trading|festival|stadium|residences?|district council|cheese|start-?ups?|"
    r"museum|zoo|orchestra|theat(?:re|er)|(?-i:(?:[A-Z]\w+ )?(?:Company|Corporation|Holdings?|Ltd|Inc|PLC))|"
    r"caddesi|sokağı|mahallesi)\b"
)
_STREET_AFTER = compile_plain(
    r"(?i)^\W{1,2}(?:street|avenue|boulevard|caddesi|sokağı|"
    r"(?:secondary|primary|elementary|high|girls|boys)['’]?s? schools?)\b"
)
_STREET_BEFORE = Gated(
    r"(?:(?<!\w)[وفبل]?(?:ال)?(?:شارع|جادة|زقاق|خیابان|کوچه|بلوار|بزرگراه|ثانوية|إعدادية|ابتدائية|دبیرستان|دبستان|"
    r"خاندان)\s+|(?i:\brue (?:du )?))$",
    "شارع جادة زقاق خیابان کوچه بلوار بزرگراه ثانوية إعدادية ابتدائية دبیرستان دبستان خاندان rue",
)
_FAMILY_AFTER = compile_plain(r"^ (?:[AaEe]l[- ])[A-Z]")
_SCHOOL_AFTER = compile_plain(
    r"(?i)^\W{1,2}(?:(?:public|primary|secondary|private|high|girls|boys|international|model)['’]?s?\W{1,2})*"
    r"(?:schools?|academy|college|university|hospital|clinic|hotel|restaurant|cafe|bakery|pharmacy|textiles?|trading|"
    r"travel|airlines?|stadium|street|mosque|library|fc)\b"
)
_SCHOOL_BEFORE = compile_plain(
    r"(?i)(?:(?<!\w)[وفبكل]{0,2}(?:ال)?(?:مدرسة|مدارس|ثانوية|إعدادية|ابتدائية|جامعة|كلية|مستشفى|مستوصف|صيدلية|فندق|مطعم|مقهى|"
    r"مخبز|مكتبة|مسجد|جامع|نادي|فريق|حي|ساحة|شركة) (?:ال)?|"
    r"(?<!\w)(?:مدرسه|مدارس|دبیرستان|دبستان|دانشگاه|بیمارستان|درمانگاه|داروخانه|هتل|رستوران|مسجد|میدان|محله|روستای|باشگاه|تیم|"
    r"شرکت|ورزشگاه|پل|مترو|ایستگاه|شهرک)\s+)$"
)
"""What is only called so: a school, a square, a club. What a group runs has a name of its own, or its plain one."""
_GIVEN = (
    r"Mohamm[ae]d|Muhammad|Mohamed|Ahm[ae]d|Ali|Hass?an|Hussein|Husain|Abd(?:ul|el|al)?[- ]?\w*|Karim|Khalid|Saad|Omar|"
    r"Mustafa|Mahdi|Jassim|Haid[ae]r|Laith|Rahim|Nou?ri|Tari[qk]|Fadhil|Kadhim|Majid|Qas[ie]m|Samir|Walid|Yasser|Yous+[ei]f|"
    r"Ibrahim|Ismail|Zaid|Fatima|Zain[ae]b|Maryam|Layla|Bashar|Hafez|Maher|Asma|Queen|Princess|Sister|Khan|Shah|Iqbal|"
    r"Bibi|Begum"
)
_GIVEN_ARABIC = (
    r"محمد|أحمد|احمد|حسن|حسين|حسین|عبد \w+|عبدالله|كريم|کریم|خالد|سعد|عمر|مصطفى|مصطفی|مهدي|مهدی|جاسم|حيدر|حیدر|ليث|"
    r"رحيم|رحیم|نوري|طارق|فاضل|كاظم|کاظم|ماجد|قاسم|سمير|سمیر|وليد|ولید|ياسر|یاسر|يوسف|یوسف|إبراهيم|ابراهيم|ابراهیم|إسماعيل|اسماعیل|فاطمة|"
    r"فاطمه|زينب|زینب|مريم|مریم|ليلى|لیلا|رضا|سعید|بشار|ماهر|حافظ|أسماء"
)
_GIVEN_AFTER = compile_plain(rf"^ (?:{_GIVEN})\b(?!['’-])")
"""Asaib Muhammad, Nujaba Ali: in English a group's name is followed by a verb."""
_GIVEN_BEFORE = compile_plain(rf"(?:\b(?:{_GIVEN}) (?:[AaEe]l[- ])?|(?<!\w)[ولب]?(?:{_GIVEN_ARABIC}) (?:ال)?)$")
_AGED_AFTER = compile_plain(
    r"^ (?:[A-Z][\w'’-]+ ){0,2}[A-Z][\w'’-]+(?:, | \()(?:aged? )?\d\d(?=[,.)])|"
    r"^ \w+(?: \w+)? ?[،(-] ?\d\d ?(?:عام|سنة|سال)"
)
"""Nujaba Abbas, 24, نجباء عباس (24 عاما)."""
_DATELINE = compile_plain(
    r"^(?:,? [A-Z][\w.]+){0,2}\s*(?:\([^()\n]{2,40}\)\s*[-–—:/,]|[-–—/]\s?[^\n:–—/-]{2,30}[-–—/:]\s|[–—]\s|\s-\s)"
)
"""Hasakah (North Press) –, أربيل/ شفق نيوز/."""
_TITLE_BEFORE = compile_plain(
    r"(?:\b(?:Dr|Mr|Mrs|Ms|Prof|Professor|Doctor|Miss|Sir)\.? (?:[A-Z][\w'-]+ )?|"
    r"(?<!\w)(?:ال)?(?:دكتورة?|مهندسة?|أستاذة?|سيدة|آنسة|طالبة?|لاعبة?|فنانة?|مدربة?|مغنية?|مطربة?|كاتبة|شاعرة?|صحفية?|"
    r"رسامة?|عازفة?|سائحة?|طبيبة?) (?:\w+ )?|"
    r"(?<!\w)(?:دکتر|مهندس|آقای|خانم|استاد|خواننده|بازیگر|بازیکن|هنرمند) (?:\w+ )?|"
    r"(?<!\w)[وفبل]?(?:النائب|الشيخ|الحاج|العميد|العقيد|النقيب|القاضي|المحامي|السفير) )$"
)
_KIN_AFTER = compile_plain(r"(?i)^['’\"”]?s? (?:family|clan|tribe|tribesmen|dynasty)\b")
_KIN_BEFORE = compile_plain(
    r"(?:(?<!\w)[وفبل]?(?:ال)?(?:عائلة|قبيلة|عشيرة|أسرة|آل) (?:ال)?|(?<!\w)(?:خانواده|خاندان|قبیله|عشیره|ایل) (?:ال)?)$"
)
_SURNAME_AFTER = compile_plain(
    r"^ (?!(?:Air|Airbase|Airfield|Airport|Airstrip|Army|Base|Bases|Border|Camp|Coalition|Compound|Complex|Consulate|"
    r"Crossing|Embassy|Facility|Field|Forward|Garrison|Gas|Green|Ground|Heliport|International|Intl|Joint|Landing|Logistics|Main|"
    r"Military|Naval|Oil|Outpost|Port|Site|Station|American|Iraqi|Syrian|Jordanian|Kurdish|Israeli|Iran|Iranian|Islamic|Operating|"
    r"Mon|Tues|Wednes|Thurs|Fri|Satur|Sun|On|In|At|As|By|And|After|With|From|For|Over|Amid|Were|Was|Is|Are|Says)[a-z]*\b)"
    r"[A-Z][a-z]{3,}\b(?! [A-Z])"
)
"""Victoria Beckham, Tanf Tools; not Harir Air Base, nor a headline that capitalises every word."""
_THING_BEFORE = Gated(
    r"(?i)(?:\b(?:(?:rock|punk|indie|metal|folk|jazz|rap) (?:outfit|group|duo|trio)|"
    r"band|album|song|film|movie|novel|shoe|sneaker|perfume|fragrance|brand|restaurant|cafe|hotel|racehorse|"
    r"horse|yacht|rapper|singer|label|start-?up|app|video game|board game|striker|"
    r"goalkeeper)(?:,? (?:called|named|titled|dubbed))?|"
    r"(?<!\w)(?:فرقة|أغنية|أغنيته|ألبوم|فيلم|فيلمه|عطر|رواية|روايته|روايتها|لعبة|مسرحية|مسرحيته)"
    r"(?: باسم| اسمها| اسمه)?|"
    r"(?<!\w)(?:گروه موسیقی|ترانه|آلبوم|فیلم|عطر|رمان|برند|اسب)(?: به نام)?)\W{1,3}(?:the )?$",
    "outfit group duo trio band album song film movie novel shoe sneaker perfume fragrance brand restaurant cafe hotel "
    "horse yacht rapper singer label start app game striker goalkeeper "
    "فرقة أغني ألبوم فيلم عطر رواي لعبة مسرحي موسیقی ترانه آلبوم فیلم رمان برند اسب",
)
_EN_ART = (
    r"(?:brass|marching|pipe|jazz|rock|punk|indie|folk|metal|pop|steel|tribute|cover) (?:band|group|duo|trio|quartet)|"
    r"choirs?|orchestra|dance troupe|theatre company|theater company|football club|sports club|basketball club|"
    r"(?:communications?|weather|telecoms?|television|research) satellite|racehorse|restaurant|eatery|cafe|caf\u00e9|"
    r"bakery|brewery|perfume|fragrance|novel|album|musical|sitcom|(?:video|board|computer|mobile) game|cocktail|"
    r"roller ?coaster|(?:climbing )?gym|fitness studio|boutique|eco-resort|resort|guest ?house|nightclub|"
    r"charity run|cruise ship|fishing boat|yacht"
)
"""What bands, ships and restaurants are, and no armed group and no base is."""
_ART_AFTER = compile_plain(
    rf"(?i)^['’\"”]?(?:, (?:itself )?(?:an?|the|[\w-]+['’]s) "
    rf"(?:(?!(?:of|in|at|near|that|which|who|where|on|after|for|with|and|from|by|to|used|hit|attacked|struck|whose)\b)"
    rf"[\w'’-]+ ){{0,5}}?(?:{_EN_ART})\b|"
    r" (?:brass band|rock band|choir|orchestra|fan club|cookbook|board game|video game|donors?|tribute band)\b)|"
    r"^[»\"”]?(?:،? وهي|،? وهو|،) (?:فرقة (?:موسيق|غنائ|مسرح|فني|إنشاد)|جوقة|كورال|مطعم|مقهى|قمر صناعي|ناد |نادي )|"
    r"^[»\"”]?، (?:گروه موسیقی|گروه کر|ارکستر|ماهواره مخابراتی|رستوران|کافه)"
)
"""The Babylon Brigade, a 30-strong brass band: the text itself says that the name is another's."""
_MODEL_AFTER = compile_plain(r"^[-\u2010\u2011]\d")
_MODEL_AFTER_EASTERN = compile_plain(
    r"^\s\d{1,2}(?![\d.,٫٪%])(?!\s*(?:مقع|نائب|نواب|عضو|أعضاء|عنصر|عناصر|مقاتل|مسلح|قتيل|شهيد|کرسی|نماینده|نفر|رزمنده|نیرو))"
)
"""Badr-8, بدر 8: a satellite or a missile of that name."""
_REGION_AFTER = compile_plain(
    r"(?i)^['’]?s?\W{1,2}(?:province|governorate|city|countryside|region|district|municipality)\b"
)
_REGION_BEFORE = compile_plain(
    r"(?i)(?:\b(?:city|cities|town|province|governorate|countryside|governor|mayor|people|streets|"
    r"suburbs?) of\W+(?:the\W+)?|"
    r"(?<!\w)[وفبكل]{0,2}(?:ال)?(?:محافظة|محافظ|مدينة|ريف|قضاء|شارع|جامعة|سوق|نادي|مستشفى|أهالي|بلدية|حي)\s+(?:ال)?|"
    r"(?<!\w)(?:استان|شهر|شهرستان|خیابان|دانشگاه|بازار|حومه|بیمارستان|باشگاه|استاندار|شهردار|مردم)\s+)$"
)

_WHERE = compile_plain(
    r"(?i)(?:\b(?:in|near|of|outside|from|around)\W+(?:\w+(?:ern)?\W+)?|"
    r"\b(?:take|takes|took|taken|carry|carries|carried|move|moves|moved|fly|flies|flew|flown|drive|drives|drove|return|"
    r"returns|returned|travel\w*|sent|transferred|relocated)\b[^.\n]{0,40}?\bto (?:[A-Z][\w-]+(?:,| and) )?|"
    r"(?<!\w)(?:متجه|متوجه|توجه|انتقل|نقل|عاد|سافر|وصل)\w*\s+(?:إلى|نحو)\s+|"
    r"(?<!\w)(?:في|قرب|شمال\w*|جنوب\w*|شرق\w*|غرب\w*|من|ب|ريف)\s*(?:ال)?|"
    r"(?<!\w)(?:در|نزدیک\w*|شمال|جنوب|شرق|غرب|حومه|استان)\s+(?:شهر\s+)?)$"
)
_NO_STEMS = frozenset(
    map(
        squeeze,
        (
            *("Baghdad", "Imam Ali", "Balad", "Kuwait", "Green", "National"),
            *("بغداد", "بلد", "البلد", "الكويت", "کویت", "حيفا", "الناصرية", "ناصریه", "باشور"),
        ),
    )
)
_EN_LISTED = re.compile(
    r"(?i)(?:(?:Camp|Joint Base|FOB|COB) )?(?:al[ -])?(.{4,}?)(?: (?:military|naval|international|intl))?"
    r" (?:air ?base|base|airfield|garrison|airport|camp)"
)
_EN_AIRPORT = re.compile(r"(?i)(.{4,}?) ((?:military |international |intl )?)airport")
_AIRPORTS = ("airport", "international airport", "Intl airport")
_AR_LISTED = re.compile(r"(?:قاعدة|معسكر|مطار|حامية) (?:ال)?(.{3,}?)(?: (?:الجوية|العسكرية|البحرية|الدولي))*")
_FA_LISTED = re.compile(r"(?:پایگاه|پادگان|اردوگاه|کمپ|فرودگاه|قرارگاه)(?: (?:هوایی|نظامی|دریایی))* (?:ال)?(.{3,})")
_PREPOSITION = re.compile(r"(?i)\b(?:in|at|of|near|and|us|the)\b|(?<!\w)(?:في|در|قرب)(?!\w)|\d")


def derive_stems(entity: Entity) -> Iterator[Alias]:
    """The bare names of a military place, from what is listed with a word for base; they need that word beside them."""
    if entity.type != "base" or not entity.core:
        return
    known = {squeeze(alias.text) for alias in entity.aliases}
    for alias in entity.aliases:
        stem = _strip(alias)
        if stem and squeeze(stem) not in known:
            known.add(squeeze(stem))
            yield Alias(text=stem, language=alias.language, policy="site")


def derive_airports(entity: Entity) -> Iterator[Alias]:
    """Kirkuk airport is the airport in Kirkuk, Kirkuk's airport and Kirkuk International Airport."""
    if entity.type == "base":
        for alias in entity.aliases:
            if alias.policy == "plain" and alias.language == "en" and (found := _EN_AIRPORT.fullmatch(alias.text)):
                place, kind = found[1], found[2].lower()
                kinds = (f"{kind}airport",) if kind.startswith("mil") else _AIRPORTS
                for each in kinds:
                    for text in (f"{place} {each}", f"{place}'s {each}", f"{each} in {place}", f"{each} of {place}"):
                        yield Alias(text=text, language="en", policy="plain")


def _strip(alias: Alias) -> str:
    if alias.policy != "plain":
        return ""
    for listed in (_EN_LISTED, _AR_LISTED, _FA_LISTED):
        if found := listed.fullmatch(alias.text):
            stem = found[1].strip()
            common = squeeze(stem) in _NO_STEMS or stem.lower() in COMMON_WORDS or f"ال{stem}" in COMMON_WORDS
            return "" if common or _PREPOSITION.search(stem) else stem
    return ""


def stands_at_site(text: str, start: int, end: int) -> bool:
    """Is a word for a military place beside the name at these offsets?"""
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    folded = fold_case(before)
    may_stand = any(map(folded.__contains__, _BESIDE_STEMS))
    return (may_stand and any(each.search(before) for each in _BEFORE)) or any(each.match(after) for each in _AFTER)


def names_street(text: str, end: int) -> bool:
    """Does the name that ends here belong to a street, a club, a shop?"""
    return _STREETS_AFTER.match(text[end : end + _REACH]) is not None


def names_thing(text: str, start: int, end: int) -> bool:
    """Does the name of a place belong to a person, a firm, a band or a shoe?"""
    if names_title(text, start):
        return True
    lone = " " not in text[start:end] and text[start:end].isascii()
    return lone and _SURNAME_AFTER.match(text[end : end + _REACH]) is not None


def names_title(text: str, start: int) -> bool:
    """Is it what a band, a film or a novel is called?"""
    return _THING_BEFORE.search(text[max(0, start - _REACH) : start]) is not None


def names_other(text: str, end: int) -> bool:
    """Does the text go on to say that a band, a ship or a restaurant bears the name that ends here?"""
    return _ART_AFTER.match(text[end : end + _REACH]) is not None


def names_model(text: str, start: int, end: int) -> bool:
    """Does a number follow, as behind the names of satellites and missiles?"""
    after = text[end : end + _REACH]
    eastern = not text[start:end].isascii() and _MODEL_AFTER_EASTERN.match(after) is not None
    return eastern or _MODEL_AFTER.match(after) is not None


def names_lane(text: str, start: int, end: int) -> bool:
    """Is it the name of a street, or of a school for pupils? Unlike a base's, a group's name may well stand before what
    the group runs: a school, a hospital."""
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    return _STREET_BEFORE.search(before) is not None or _STREET_AFTER.match(after) is not None


def names_person(text: str, start: int, end: int) -> bool:
    """Does a family name follow, Nujaba Al-Hashimi, or a title or a given name stand before, Dr Badr, Omar al-Taji?"""
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    follows = _FAMILY_AFTER.match(after) or _AGED_AFTER.match(after) or _GIVEN_AFTER.match(after)
    return bool(follows or _TITLE_BEFORE.search(before) or _GIVEN_BEFORE.search(before))


def names_kin(text: str, start: int, end: int) -> bool:
    """Is a family or one of its members named so, whatever the name means elsewhere: Ahmed al-Shaddadi?"""
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    told = _KIN_AFTER.match(after) or _KIN_BEFORE.search(before)
    return bool(told or _TITLE_BEFORE.search(before) or _GIVEN_BEFORE.search(before))


def names_school(text: str, start: int, end: int) -> bool:
    """Is a school, a hospital, a square or a club called so?"""
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    return _SCHOOL_AFTER.match(after) is not None or _SCHOOL_BEFORE.search(before) is not None


def names_dateline(text: str, start: int, end: int) -> bool:
    """Does an article begin so, to say where it was written?"""
    begins = not text[:start].rsplit("\n", 1)[-1].strip(" ()")
    return begins and _DATELINE.match(text[end : end + _REACH]) is not None


def names_region(text: str, start: int, end: int) -> bool:
    """Is a province or a city named, and not what soldiers have there?"""
    before, after = text[max(0, start - _REACH) : start], text[end : end + _REACH]
    return _REGION_BEFORE.search(before) is not None or _REGION_AFTER.match(after) is not None


def names_whereabouts(text: str, start: int) -> bool:
    """Does the name that begins here tell where something else is?"""
    return _WHERE.search(text[max(0, start - _REACH) : start]) is not None
