"""Who wrote it, as pages print it: `By Jane Doe and Karim Haddad`, «كتب: أحمد رشيد»، "Von Jana Beck"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from crawler.extract.dates import read_printed
from crawler.extract.draft import Draft, fold_line
from crawler.extract.hygiene import flatten_text
from crawler.extract.zones import remove_lines

_LABEL = re.compile(
    r"(?:(?:(?:story|words|text|analysis|reporting|written|reported) )?by\b:?"
    r"|(?:author|reporter|writer|correspondent)s?\s?:"
    r"|von\b:?|autor(?:in)?\s?:|par\b:?|auteur\s?:|por\b:?|(?:yazan|muhabir|haber|yazar)\s?:|автор\s?:|מאת:?|כתב\s?:"
    r"|(?:كتبه?|كتبت|بقلم|إعداد|اعداد|الكاتب|المراسل|تقرير)\s?:|بقلم\b|(?:نویسنده|خبرنگار|گزارشگر|مترجم|گزارش)\s?:)\s*",
    re.IGNORECASE,
)
_ENDS_PERSON = re.compile(r"\s+(?:and|und|et|ve|y|e|и)\s+|\s*&\s*|\s+\u05d5(?=\S)|\s+و\s+|\s+و(?=\S{3,}\s)")
_ENDS_PART = re.compile(r"\s+[|•·/–—-]\s+|\s*\|\s*|\s*[,،]\s*|\s+(?=(?:in|aus|à|à) (?-i:[A-ZÀ-Þ]))")
_PARTICLES = frozenset(
    {"al", "el", "bin", "ibn", "ben", "abu", "van", "von", "de", "del", "della", "di", "da", "der", "la", "le", "in"}
)
_NOBODY = re.compile(
    r"\b(?:staff|agenc(?:y|ies)|desk|correspondent|newsroom|editors?|reporters?|writer|agencias|redaktion|rédaction|our)\b|وكالات",
    re.IGNORECASE,
)
_AGENCY = re.compile(r"(?:afp|ap|reuters|dpa|efe|upi|tass|xinhua|anadolu|bloomberg)(?: news)?", re.IGNORECASE)
_CASELESS = re.compile(r"[\u0590-\u06ff]")
_MOST_WORDS, _LONGEST = 5, 140
_HEAD, _TAIL = 5, 2
"""Lines at the beginning and at the end of a text among which its byline may stand."""
_HEAD_SENTENCES = 1
"""One sentence, the standfirst, may stand above it."""
_SENTENCE = 60
_NEAR = etree.XPath(
    "(preceding::*[position() <= 12] | following::*[position() <= 40])"
    "[@rel='author' or @itemprop='author' or contains(@class, 'byline') or contains(@class, 'author')]"
    "[string-length() < 140 and not(ancestor::aside or ancestor::nav or ancestor::footer)]"
)
_MOST_AUTHORS = 8


def read_byline(line: str) -> tuple[str, ...] | None:
    """The names in a line that is a byline and nothing else, none of them where only an agency or a desk signs;
    None of any other line."""
    label = _LABEL.match(line)
    if label is None or len(line) > _LONGEST or not label[0].strip() or not line[label.end() :].strip(" .:"):
        return None
    names = read_names(line[label.end() :])
    is_sure = ":" in label[0] or not names or all(len(name.split()) > 1 for name in names)
    return names if is_sure else None


def read_names(text: str) -> tuple[str, ...] | None:
    """The persons of a byline without its label; None where it is none. Behind them may stand places, posts, agencies
    or a date."""
    text = text.strip(" .:|-–—")
    first, *others = filter(None, _ENDS_PART.split(text)) if text else ("",)
    if read_printed(text[len(first) :].strip(" |•·/–—-,،")):
        others = []
    is_list = bool(others) and _ENDS_PERSON.search(others[-1]) is not None
    people = [name.strip() for part in (first, *(others if is_list else ())) for name in _ENDS_PERSON.split(part)]
    if not all(map(_is_person, people)) or not (is_list or all(map(_may_follow, others))):
        return None
    return tuple(dict.fromkeys(name for name in people if not (_NOBODY.search(name) or _AGENCY.fullmatch(name))))


def _is_person(text: str) -> bool:
    """Is every word of it, and there are few, one that begins like a name? In scripts without capitals, two to four."""
    words = text.split()
    if (
        not words
        or len(words) > _MOST_WORDS
        or any(sign.isdigit() for sign in text)
        or set(text) & set('.!?:;؟«»"') - {"."}
    ):
        return False
    if _CASELESS.search(text):
        return 1 < len(words) < _MOST_WORDS
    return words[0].lower() not in _PARTICLES - {"al", "el", "abu", "von", "van", "de"} and all(
        word.lstrip("'’(").rstrip(")")[:1].isupper() or word.lower().split("-")[0] in _PARTICLES for word in words
    )


def _may_follow(part: str) -> bool:
    return _is_person(part.removeprefix("in ").removeprefix("aus ")) or _NOBODY.search(part) is not None


def cut_bylines(draft: Draft) -> Draft:
    """Bylines at the beginning and the end of the text leave it; they name the authors where nothing else does."""
    known = {fold_line(name) for name in draft.authors}
    found: dict[str, tuple[str, ...]] = {}
    for line in _read_ends(draft.lines):
        names = draft.authors if fold_line(line) in known else read_byline(line)
        if names is not None:
            found[line] = names
    if len(found) == len(draft.lines):
        return draft
    cut = remove_lines(draft, found.keys(), "byline", "who wrote it, no sentence")
    names = tuple(dict.fromkeys(name for each in found.values() for name in each))
    return replace(cut, authors=cut.authors or names[:_MOST_AUTHORS])


def _read_ends(lines: Sequence[str]) -> Iterator[str]:
    """The lines among which a byline may stand."""
    sentences = 0
    for line in lines[:_HEAD]:
        sentences += len(line) > _SENTENCE
        if sentences > _HEAD_SENTENCES:
            break
        yield line
    yield from lines[max(len(lines) - _TAIL, _HEAD_SENTENCES) :]


def find_authors(tree: HtmlElement) -> tuple[str, ...]:
    """Whom elements around the heading name that are made for it: `rel=author`, a byline."""
    heading = next(tree.iter("h1"), None)
    if heading is None:
        return ()
    made = list(islice(_NEAR(heading), 2 * _MOST_AUTHORS))
    exact = [each for each in made if each.get("rel") == "author"] or [each for each in made if not len(each)] or made
    for elements in (exact, made):
        texts = [flatten_text(" ".join(element.itertext())) for element in elements]
        names = [name for text in texts for name in read_byline(text) or _read_bare(text)]
        if names:
            return tuple(dict.fromkeys(names))[:_MOST_AUTHORS]
    return ()


def _read_bare(text: str) -> tuple[str, ...]:
    names = read_names(text) if text else None
    return tuple(name for name in names or () if len(name.split()) > 1)
