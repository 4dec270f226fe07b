"""Pages that are no article though they answered 200: challenges for robots, walls for payment or consent, galleries,
shells, errors.

`read_signs` looks at the page, `name_problem` decides once it is known how much text is left. Reasons begin with a
fixed word, so that health can count them.
"""

import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.extract.hygiene import count_words
from crawler.extract.structured import PageFacts

_CHALLENGE_MARKUP = re.compile(
    r"_cf_chl_opt|cf-browser-verification|cf_captcha_kind|_Incapsula_Resource|sucuri_cloudproxy|px-captcha|captcha-delivery\.com"
    r"|geo\.captcha|ddos-guard|awsWafCookie|gokuProps|__ddg\d|h-captcha|g-recaptcha|cf-turnstile|kpsdk|ak_bmsc",
)
_CHALLENGE_WORDS = re.compile(
    r"just a moment|checking (?:if the site connection is secure|your browser)|verif(?:y|ying)(?: that)? you are"
    r"|are you a (?:robot|human)|not a robot|enable javascript(?: and cookies)? to (?:continue|proceed)|enable js"
    r"|attention required|access (?:to this page has been )?denied|unusual (?:traffic|activity)|request unsuccessful"
    r"|security check|bot protection|you have been blocked|تحقق من أنك|لست روبوت|ربات نیستید|در حال انتقال به سایت"
    r"|بررسی مرورگر|التحقق من (?:المتصفح|أنك)|провер(?:ка|яем) (?:вашего |ваш )?браузер\w*|tarayıcınız kontrol ediliyor"
    r"|überprüfung ihres browsers|vérification de votre navigateur|nous vérifions",
    re.IGNORECASE,
)
_MISSING_WORDS = re.compile(
    r"^\W*(?:(?:error )?404\b.{0,40}|page (?:not found|cannot be found|does not exist).{0,40}|not found"
    r"|.{0,40}the page you (?:are looking for|requested).{0,60}|.{0,40}article (?:not found|is no longer available)"
    r"|.{0,20}الصفحة (?:التي تبحث عنها )?غير موجودة.{0,40}|.{0,20}صفحه (?:مورد نظر )?(?:شما )?(?:یافت|پیدا) نشد.{0,40}"
    r"|.{0,20}(?:sayfa bulunamadı|страница не найдена|seite (?:wurde )?nicht gefunden|page (?:est )?introuvable"
    r"|página no encontrada|pagina non trovata|הדף לא נמצא).{0,40})\W*$",
    re.IGNORECASE,
)
_REFUSAL_WORDS = re.compile(
    r"unavailable (?:due to|for) legal reasons|(?:not|isn[’']t) available in your (?:country|region|location)"
    r"|access cannot be granted at this time",
    re.IGNORECASE,
)
_CONSENT_WORDS = re.compile(
    r"\b(?:our|and) \d* ?partners?\b.{0,200}\bcookies|\bcookies?\b.{0,400}\b(?:accept|agree|consent|reject|manage)"
    r"|(?:accept|consent|agree)\b.{0,200}\bcookies?\b|\bcookies\b.{0,400}(?:akzeptieren|zustimmen|accepter|aceptar|принять)",
    re.IGNORECASE | re.DOTALL,
)
_GALLERY_ADDRESS = re.compile(
    r"(?:photo|foto|image|picture|resim)-?(?:galler|galeri|essay|album)|/galler(?:y|ies)/|/galeri/|/photos/"
)
_COUNTER = re.compile(r"^\s*1\s*(?:/|of|von|de)\s*\d{1,3}\s*$", re.IGNORECASE)
_FEW_WORDS = 25
"""Nothing that short beside a paywall or a gallery tells what happened."""
_SHELL_WORDS = 4
"""`Loading ...` and the like stand where a script puts the text."""
_LONG_WORDS = 300
"""A page with that much text is an article, whatever stands beside it."""
_SHORT_WORDS = 120
"""A page that says it is not free and gives fewer words gives the beginning only."""
_CHALLENGE_LENGTH = 3_000
"""Code points of visible text; challenges say little."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks against a page being an article."""

    challenge: bool = False
    missing: bool = False
    gallery: bool = False
    refused: bool = False
    listing: bool = False
    scripted: bool = False
    consent: bool = False
    paid: bool = False


NO_SIGNS = Signs()


def read_signs(
    tree: HtmlElement, text: str, source: str, title: str, facts: PageFacts, url: str, *, listing: bool
) -> Signs:
    """Look the page over, unless its text is long. `source` is its markup; `listing`: its lines are links elsewhere."""
    if is_long(text):
        return NO_SIGNS
    body = tree.find("body")
    visible = _read_visible(body if body is not None else tree)
    lines = visible.split("\n")
    brief = len(visible) < _CHALLENGE_LENGTH
    return Signs(
        challenge=brief and bool(_CHALLENGE_WORDS.search(f"{title}\n{visible}") or _CHALLENGE_MARKUP.search(source)),
        missing=bool(_MISSING_WORDS.match(title)) or (brief and any(map(_MISSING_WORDS.match, lines))),
        gallery=bool(_GALLERY_ADDRESS.search(url)) or any(map(_COUNTER.match, lines)),
        refused=brief and bool(_REFUSAL_WORDS.search(visible)),
        listing=listing,
        consent=brief and bool(_CONSENT_WORDS.search(visible)),
        scripted=next(tree.iter("script"), None) is not None,
        paid=not facts.free,
    )


def _read_visible(body: HtmlElement) -> str:
    silent = {"script", "style", "noscript", "template"}
    pieces = (element.text or "" for element in body.iter() if element.tag not in silent)
    tails = (element.tail or "" for element in body.iter())
    return "\n".join(piece.strip() for piece in (*pieces, *tails) if piece.strip())


def name_problem(signs: Signs, body: str, *, stub: bool) -> str:
    """Why this is no article; empty when it may be one. `stub`: the page said that the rest is for subscribers."""
    words = count_words(body)
    cases = (
        (signs.missing and words < _SHORT_WORDS, "not-found: the page says that there is no such page"),
        (signs.challenge and words < _SHORT_WORDS, "bot-challenge: the page asks whether we are human"),
        (signs.refused and words < _SHORT_WORDS, "no-access: the page says that it is not for readers from here"),
        (signs.consent and words < _FEW_WORDS, "consent-wall: the page asks for consent before it shows its text"),
        (signs.gallery and words < _FEW_WORDS, "gallery: pictures, and no text beside them"),
        ((stub or signs.paid) and words < _FEW_WORDS, "paywall: nothing but an invitation to subscribe"),
        (signs.scripted and words < _SHELL_WORDS, "empty-shell: the text is put in by a script"),
        (signs.listing, "listing: links to other pages, and no text of its own"),
        (not words, "no-text: no text was found"),
    )
    return next((reason for holds, reason in cases if holds), "")


def is_cut_short(signs: Signs, body: str) -> bool:
    """Does the page say that it is not free, and give little?"""
    return signs.paid and count_words(body) < _SHORT_WORDS


def is_long(text: str) -> bool:
    """Is it so much that the page is an article, whatever stands beside it?"""
    return count_words(text) > _LONG_WORDS
