"""Pages that are no article though they answered 200: challenges for robots, walls for payment or consent, galleries,
shells, errors.

`read_signs` looks at the page, `name_problem` decides once it is known how much text is left. Reasons begin with a
fixed word, so that health can count them. A flash may have as few words as such a page, and speak of checkpoints and
denied access: wording counts where no sentence of a report can stand.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.hygiene import count_words, ends_sentence, flatten_text
from crawler.extract.notices import (
    BROKEN_HEADING,
    BROKEN_LINE,
    CHALLENGE_HEADING,
    CHALLENGE_MARKUP,
    CHALLENGE_PAGE,
    CHALLENGE_WORDS,
    CONSENT_WORDS,
    COUNTER,
    ELSEWHERE_WORDS,
    GALLERY_ADDRESS,
    GALLERY_TITLE,
    INVITATION_WORDS,
    LOGIN_HEADING,
    MISSING_WORDS,
    PASSWORD_FIELD,
    PICTURE_ADDRESS,
    REFUSAL_WORDS,
    SERVICE_WORDS,
)
from crawler.extract.structured import PageFacts

SCRIPTED = "empty-shell: the text is put in by a script"
"""The one reason that a browser undoes."""
_FEW_WORDS = 25
"""Nothing that short beside a paywall or a gallery tells what happened."""
_SENTENCE_WORDS = 15
"""A sentence of that length that invites nobody is news, even alone: the lead before a paywall, a flash."""
_DENSE_WORDS, _SENTENCE_LENGTH = 10, 75
"""The same in languages that say with one word what others need two for: so many words, of so many code points."""
_REPORT_LINES = 1
"""Such sentences without a word of a site's notices make a report, though it be headed "Maintenance" or "Forbidden"."""
_SHELL_WORDS = 4
"""`Loading ...` and the like stand where a script puts the text."""
_LONG_WORDS = 300
"""A page with that much text is an article, whatever stands beside it."""
_SHORT_WORDS = 120
"""A page that says it is not free and gives fewer words gives the beginning only."""
_CHALLENGE_LENGTH = 3_000
"""Code points of visible text; challenges say little."""
_MARKED_WORDS = 12
"""Forms for comments carry captchas too, so a captcha without its wording counts where next to nothing is said."""
_MOUNTS = frozenset({"root", "app", "__next", "__nuxt", "__layout", "app-root", "react-root", "main-app", "svelte"})
_PARAGRAPHS = 2
"""Lines that tell something, from which a page is its own text, whatever else a script puts in; footers have one."""
_BARE_WORDS = 8
"""A page whose text has fewer may consist of a notice."""
_LONGEST_NOTICE = 160
"""Code points of a line that says that there is no such page, or sends its readers on."""
_OTHER_LETTER = re.compile(r"[^\W\x00-\x7f]")
_LEVELS, _LONGEST_CAPTION = 4, 450
_NUMBER = re.compile(r"(?<!\d)\d{1,3}\s?(?:/|of|von|de|من|از)\s?\d{1,3}\s*")
_PICTURES = 4
"""Figures of a page without text that make it a gallery."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks against a page being an article."""

    challenge: bool = False
    captcha: bool = False
    """Only its markup asks whether we are human."""
    broken: bool = False
    missing: bool = False
    gallery: bool = False
    pictured: bool = False
    """Called a gallery, and made of pictures with a text to each."""
    refused: bool = False
    listing: bool = False
    scripted: bool = False
    hollow: bool = False
    """An empty element waits for a script to put the page in."""
    login: bool = False
    consent: bool = False
    paid: bool = False
    elsewhere: bool = False
    """It sends its readers on to another page or to an app."""


NO_SIGNS = Signs()


def read_signs(
    tree: HtmlElement, text: str, source: str, title: str, facts: PageFacts, url: str, *, listing: bool, vouched: bool
) -> Signs:
    """Look the page over, unless its text is long. `source` is its markup; `listing`: its lines are links elsewhere;
    `vouched`: it states for machines when it was published, or holds its text as data, which pages that are none have
    no reason to."""
    if is_long(text):
        return NO_SIGNS
    body = tree.find("body")
    visible = _read_visible(body if body is not None else tree)
    lines = visible.split("\n")
    brief = len(visible) < _CHALLENGE_LENGTH
    short = [line for line in lines if len(line) <= _LONGEST_NOTICE]
    headings = (title, *map(_read_line, (*tree.iterfind(".//head/title"), *tree.iter("h1", "h2"))))
    sent_on = [line for line in (*headings, *short) if ELSEWHERE_WORDS.match(line)]
    left = count_words(text) - sum(count_words(line) for line in sent_on if line in text)
    bare = not vouched and left < _BARE_WORDS
    return Signs(
        challenge=brief
        and (
            (not vouched and CHALLENGE_PAGE.search(source) is not None)
            or _challenges(headings, lines, f"{title}\n{visible}", vouched=vouched)
        ),
        captcha=brief and bool(CHALLENGE_MARKUP.search(source)),
        broken=brief and not vouched and _says_broken(headings, lines),
        missing=any(map(MISSING_WORDS.match, headings)) or (brief and bare and any(map(MISSING_WORDS.match, short))),
        gallery=bool(GALLERY_ADDRESS.search(url)) or any(map(COUNTER.match, lines)) or _has_pictures(tree, title),
        pictured=_is_pictured(tree, title, text),
        refused=brief and any(map(REFUSAL_WORDS.match, (*headings, *lines))),
        listing=listing,
        consent=brief and not vouched and bool(CONSENT_WORDS.search(visible)),
        scripted=next(tree.iter("script"), None) is not None,
        hollow=not vouched and _is_hollow(tree),
        login=brief and not vouched and _asks_password(tree, source, title),
        paid=not facts.free,
        elsewhere=bare and bool(sent_on),
    )


def _read_line(element: HtmlElement) -> str:
    return flatten_text(element.text_content())


def _challenges(headings: Sequence[str], lines: Sequence[str], said: str, *, vouched: bool) -> bool:
    """Within a report that somebody vouches for, such words may be what it tells of."""
    if any(map(CHALLENGE_HEADING.match, (*headings, *lines))):
        return True
    return any(map(CHALLENGE_WORDS.match, lines)) if vouched else bool(CHALLENGE_WORDS.search(said))


def _says_broken(headings: Sequence[str], lines: Sequence[str]) -> bool:
    return any(map(BROKEN_HEADING.match, headings)) or any(map(BROKEN_LINE.match, lines))


def _has_pictures(tree: HtmlElement, title: str) -> bool:
    """Has it figures enough, or, where it is called a gallery, small pictures that link to large ones?"""
    if sum(1 for _ in tree.iter("figure")) >= _PICTURES:
        return True
    links = tree.iterfind(".//a[@href]") if GALLERY_TITLE.match(title) else ()
    return sum(1 for link in links if PICTURE_ADDRESS.search(link.get("href", ""))) >= _PICTURES


def _is_pictured(tree: HtmlElement, title: str, text: str) -> bool:
    """Is it called a gallery, and is next to nothing left without the texts that stand alone beside a picture?"""
    if not GALLERY_TITLE.match(title):
        return False
    texts = {told for image in tree.iter("img") if (told := _read_beside(image)) and told in text}
    left = count_words(_NUMBER.sub("", text)) - sum(map(count_words, texts))
    return len(texts) >= _PICTURES and left < _FEW_WORDS


def _read_beside(image: HtmlElement) -> str:
    """All that the smallest container with any text says, if this is its only picture."""
    for container in islice(image.iterancestors(), _LEVELS):
        if told := _read_line(container):
            alone = sum(1 for _ in container.iter("img")) == 1 and len(told) <= _LONGEST_CAPTION
            return _NUMBER.sub("", told).strip() if alone else ""
    return ""


def _is_hollow(tree: HtmlElement) -> bool:
    """Has it an empty element of a name that script frameworks give to the page's place, and no heading of its own?"""
    if any(_read_line(heading) for heading in tree.iter("h1")):
        return False
    places = (element for element in tree.iter("div", "main", "section") if element.get("id") in _MOUNTS)
    return any(not _read_line(place) for place in places)


def _asks_password(tree: HtmlElement, source: str, title: str) -> bool:
    """Many pages have a form to log in; here it is what the page is called. The form itself may be cut by now."""
    heading = next(tree.iter("h1"), None)
    names = (title, _read_line(heading) if heading is not None else "")
    return any(map(LOGIN_HEADING.match, names)) and PASSWORD_FIELD.search(source) is not None


def _read_visible(body: HtmlElement) -> str:
    silent = {"script", "style", "noscript", "template"}
    pieces = (element.text or "" for element in body.iter() if element.tag not in silent)
    tails = (element.tail or "" for element in body.iter())
    return "\n".join(piece.strip() for piece in (*pieces, *tails) if piece.strip())


def name_problem(signs: Signs, body: str, *, stub: bool, flash: bool = False) -> str:
    """Why this is no article; empty when it may be one. `stub`: the page said that the rest is for subscribers;
    `flash`: its text is its headline and no more."""
    words = count_words(body)
    news = sum(1 for _ in islice(filter(_tells_news, body.split("\n")), max(_REPORT_LINES, _PARAGRAPHS)))
    few = words < _FEW_WORDS and not news
    is_suspect = signs.missing or signs.broken or signs.challenge
    reports = is_suspect and news >= _REPORT_LINES and not SERVICE_WORDS.search(body)
    cases = (
        (signs.missing and words < _SHORT_WORDS and not reports, "not-found: the page says that there is no such page"),
        (signs.broken and words < _SHORT_WORDS and not reports, "site-error: the site says that it does not work now"),
        (signs.challenge and words < _SHORT_WORDS and not reports, "bot-challenge: the page asks whether we are human"),
        (signs.captcha and words < _MARKED_WORDS, "bot-challenge: the page asks whether we are human"),
        (signs.refused and words < _SHORT_WORDS, "no-access: the page says that it is not for readers from here"),
        (signs.consent and few, "consent-wall: the page asks for consent before it shows its text"),
        (signs.pictured or (signs.gallery and few), "gallery: pictures, and no text beside them"),
        ((stub or signs.paid) and few, "paywall: nothing but an invitation to subscribe"),
        (signs.elsewhere and few, "empty-shell: the page only sends its readers on"),
        (signs.login and words < _SHORT_WORDS, "paywall: the page asks readers to log in"),
        (
            signs.scripted
            and (signs.hollow or not flash)
            and words < (_SHORT_WORDS if signs.hollow and news < _PARAGRAPHS else _SHELL_WORDS),
            SCRIPTED,
        ),
        (signs.listing, "listing: links to other pages, and no text of its own"),
        (not words and not flash, "no-text: no text was found"),
    )
    return next((reason for holds, reason in cases if holds), "")


def _tells_news(line: str) -> bool:
    words = count_words(line)
    is_dense = words >= _DENSE_WORDS and len(line) >= _SENTENCE_LENGTH and _OTHER_LETTER.search(line) is not None
    is_long_enough = words >= _SENTENCE_WORDS or is_dense
    return is_long_enough and ends_sentence(line) and not INVITATION_WORDS.search(line)


def is_cut_short(signs: Signs, body: str) -> bool:
    """Does the page say that it is not free, and give little?"""
    return signs.paid and count_words(body) < _SHORT_WORDS


def is_long(text: str) -> bool:
    """Is it so much that the page is an article, whatever stands beside it?"""
    return count_words(text) > _LONG_WORDS
