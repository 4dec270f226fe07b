"""Names that another country's town, militia or regiment bears: Balad in Somalia, Sudan's Popular Mobilization,
Ukraine's Badr battalion.

Only countries in which none of the gazetteer's bases lies and none of its groups has fighters of its own; and only what
stands at the name itself, for an article on Iraq may speak of Ukraine too.
"""

from crawler.match.plain import compile_plain

_REACH = 90
"""Characters before or after a name that are looked at."""

_EN_PLACES = (
    r"Sudan|South Sudan|Darfur|Khartoum|Omdurman|Gezira|Kordofan|Somalia|Somaliland|Puntland|Mogadishu|Ethiopia|"
    r"Eritrea|Tigray|Amhara|Addis Ababa|Kenya|Uganda|Libya|Tripoli|Benghazi|Misrata|Tunisia|Algeria|Morocco|"
    r"Mauritania|Mali|Niger|Chad|Nigeria|Burkina Faso|Mozambique|Congo|Ukraine|Kyiv|Kiev|Kharkiv|Crimea|Myanmar|"
    r"Burma|Kashmir|Bangladesh|Philippines|Mindanao|Indonesia|Malaysia|Thailand|Colombia|Venezuela|Mexico"
)
_EN_PEOPLES = (
    r"Sudanese|Somali|Ethiopian|Eritrean|Tigrayan|Kenyan|Ugandan|Libyan|Tunisian|Algerian|Moroccan|Mauritanian|Malian|"
    r"Nigerian?|Chadian|Mozambican|Congolese|Ukrainian|Burmese|Kashmiri|Pakistani|Bangladeshi|Philippine|Filipino|"
    r"Indonesian|Malaysian|Thai|Colombian|Venezuelan|Mexican"
)
_EN_UNIT = (
    r"(?: (?:forces?|movement|militias?|brigades?|battalions?|corps|units?|regiment|division|rebels|volunteers|town|"
    r"district|village|base|camp|air ?base|airport))?"
)
_EN_AFTER = compile_plain(
    rf"(?i)^['’\"”)]*{_EN_UNIT}(?:"
    r",? (?:in|of|outside|near)(?: the)?(?: (?:north|south|east|west|central|upper|lower)\w*)?"
    rf"(?: (?:city|town|region|state) of)? (?:(?:{_EN_PLACES})\b|(?:{_EN_PEOPLES}) )|"
    rf", (?:{_EN_PLACES})(?=[,.;)]|$)|"
    r",? (?:(?:about|some|around|roughly) )?\d+ ?(?:km|kilomet\w+|miles?)\b[^.,;]{0,24}"
    rf"(?:of|from) (?:{_EN_PLACES})\b|"
    rf"(?: (?-i:[A-Z])[\w'’-]+)?, an? (?:\w+ )?(?:{_EN_PEOPLES}) )"
)
"""Behind a name: in Sudan's Gezira state; , Somalia; , 30 km north of Mogadishu; , a Pakistani outfit."""
_EN_BEFORE = compile_plain(
    rf"(?i)\b(?:(?:{_EN_PLACES})['’]s|(?:{_EN_PEOPLES}))(?: (?:army|pro-government|rebel|volunteer|militia|town of))?"
    r" (?:the )?(?:[ae]l[ -])?[\"“'‘]?$"
)
"""Before it: Ukraine's Badr battalion, the Sudanese Popular Mobilization."""

_AR_PLACES = (
    r"(?:السودان|دارفور|الخرطوم|أم درمان|كردفان|ولاية الجزيرة|الصومال|مقديشو|إثيوبيا|أثيوبيا|إريتريا|تيغراي|كينيا|"
    r"ليبيا|طرابلس|بنغازي|مصراتة|تونس|الجزائر|موريتانيا|مالي|النيجر|تشاد|نيجيريا|أوكرانيا|كييف|خاركيف|القرم|"
    r"ميانمار|بورما|كشمير|بنغلاديش|الفلبين|إندونيسيا|ماليزيا|كولومبيا|فنزويلا)"
)
_AR_PEOPLES = (
    r"(?:ال)?(?:سوداني(?=[ةه]|ين|ون)|صومالي|إثيوبي|أثيوبي|إريتري|كيني|ليبي|تونسي|جزائري|موريتاني|نيجيري|أوكراني|ميانماري|بورمي|"
    r"كشميري|باكستاني|فلبيني|إندونيسي|ماليزي|كولومبي|فنزويلي)(?:[ةه]|ين|ون)?"
)
"""السوداني may be a prime minister of Iraq."""
_AR_AFTER = compile_plain(
    rf"^[»\"”)]?(?:\s+لل\w+)?\s+(?:(?:في|ب|قرب)\s*(?:(?:مدينة|بلدة|إقليم|ولاية|شرق|غرب|شمال|جنوب|جنوبي|شمالي|شرقي|غربي|"
    rf"وسط)\s+)*{_AR_PLACES}(?!\w)|(?:(?:جنوبي?|شمالي?|شرقي?|غربي?|وسط)\s+){{1,2}}{_AR_PLACES}(?!\w)|{_AR_PEOPLES}(?!\w))"
)
_FA_PLACES = (
    r"(?:سودان|دارفور|خارطوم|ام درمان|سومالی|موگادیشو|اتیوپی|اریتره|تیگرای|کنیا|لیبی|طرابلس|بنغازی|تونس|الجزایر|"
    r"مراکش|موریتانی|نیجر|چاد|نیجریه|اوکراین|کی[\u200c ]?یف|خارکف|میانمار|برمه|کشمیر|بنگلادش|فیلیپین|اندونزی|"
    r"مالزی|کلمبیا|ونزوئلا)"
)
_FA_AFTER = compile_plain(
    rf"^[»\"”)]?\s+(?:(?:در|واقع در)\s+)?(?:(?:شهر|ایالت|منطقه|شرق|غرب|شمال|جنوب|مرکز)\s+)*{_FA_PLACES}(?!\w)"
)
_AFTER = (_EN_AFTER, _AR_AFTER, _FA_AFTER)


def names_abroad(text: str, start: int, end: int) -> bool:
    """Does the text say at the name at these offsets that it is in, or of, another country?"""
    after = text[end : end + _REACH]
    if any(each.match(after) for each in _AFTER):
        return True
    return _EN_BEFORE.search(text[max(0, start - _REACH) : start]) is not None
