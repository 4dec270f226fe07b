"""Which links of a page are articles, learned from the page itself: addresses of one form, with headlines for texts.

An outlet gives all its articles addresses of one form, `/news/4312` or `/politics/some-words`, and a page that lists
articles shows many of them, with texts as long as headlines, outside of its menus. That is what tells them; no form of
any site is known here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from crawler.models import Link

_DATE: Final = re.compile(r"/(?:19|20)\d\d/\d{1,2}(?:/|$)|(?:19|20)\d\d-\d\d-\d\d", re.ASCII)
_NUMBER: Final = re.compile(r"\d{5,}", re.ASCII)
_WORD: Final = re.compile(r"[^\W\d_]+")
_DIGITS: Final = re.compile(r"\d+", re.ASCII)
_SUFFIX: Final = re.compile(r"\.(?:html?|php|aspx?|jsp|shtml)$", re.IGNORECASE)
_OPAQUE: Final = re.compile(r"(?=[^\W_]*\d)(?=[^\W_]*[^\W\d_])[^\W_]{5,}")
_HEADLINE_WORDS: Final = 4
"""So many words in the last part of a path are a headline."""
_TITLE_WORDS: Final = 4
"""So many words, at the median, do the links of articles have for a text."""
_TITLE_LENGTH: Final = 24
"""Or so many code points: some languages join words."""
_MOSTLY: Final = 10
"""Where menus hold all but a tenth of the links, they are no menus."""
_FEWEST: Final = 3
"""Links of one form that make it a form of articles."""
_NEVER: Final = re.compile(
    r"^/(?:[a-z]{2}/)?(?:tags?|topics?|authors?|writers?|search|categor(?:y|ies)|archives?|pages?|login|register"
    r"|subscribe|privacy|terms|contact|about|advertis\w*|careers|jobs|newsletters?|rss|feeds?)(?:/|$|-|\.)"
    r"|/page/\d+/?$|\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|zip|css|js|xml|rss)$",
    re.IGNORECASE,
)

Shape = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Anchor:
    """One address that a page links to, with the longest of its texts."""

    link: Link
    in_menu: bool
    """All its links stand in the page's head, foot or menus."""

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.link.url).path)


def choose_articles(anchors: Sequence[Anchor]) -> list[Link]:
    """The links that lead to articles, in the order of the page."""
    possible = [anchor for anchor in anchors if not _NEVER.search(anchor.path)]
    outside = [anchor for anchor in possible if not anchor.in_menu]
    if len(outside) * _MOSTLY < len(possible):
        # what calls itself a menu holds the whole page
        outside = possible
    shapes = set(_learn_shapes(outside))
    chosen = {anchor for anchor in outside if _shape_of(anchor) in shapes or looks_like_article(anchor.path)}
    return [anchor.link for anchor in possible if anchor in chosen or _DATE.search(anchor.path)]


def _learn_shapes(anchors: Iterable[Anchor]) -> Iterator[Shape]:
    groups: dict[Shape, list[Anchor]] = {}
    for anchor in anchors:
        groups.setdefault(_shape_of(anchor), []).append(anchor)
    for shape, members in groups.items():
        if shape[-1] != "word" and len(members) >= _FEWEST and _have_headlines(members):
            yield shape


def _have_headlines(anchors: Sequence[Anchor]) -> bool:
    titles = [anchor.link.title for anchor in anchors]
    words = median(len(_WORD.findall(title)) for title in titles)
    return words >= _TITLE_WORDS or median(map(len, titles)) >= _TITLE_LENGTH


def _shape_of(anchor: Anchor) -> Shape:
    """The kinds of a path's parts and the names of its query; what kind the last is decides what can be an article."""
    parts = [part for part in _SUFFIX.sub("", anchor.path).split("/") if part]
    query = [name for name, value in parse_qsl(urlsplit(anchor.link.url).query) if _DIGITS.search(value)]
    kinds = tuple(map(_kind_of, parts)) or ("word",)
    return (*kinds, *sorted(query), "query") if query and kinds[-1] == "word" else kinds


def _kind_of(part: str) -> str:
    words = len(_WORD.findall(part))
    if _DIGITS.fullmatch(part):
        return "number"
    if words > 1 and re.search(r"[-_ +]", part):
        return "words"
    return "code" if _OPAQUE.fullmatch(part) or _DIGITS.search(part) else "word"


def looks_like_article(path: str) -> bool:
    """Does a path, percent-decoded, look like one article's rather than a section's?"""
    is_dated = _DATE.search(path) or _NUMBER.search(path)
    return not _NEVER.search(path) and (bool(is_dated) or _count_words(path) >= _HEADLINE_WORDS)


def _count_words(path: str) -> int:
    return len(_WORD.findall(_SUFFIX.sub("", path).rstrip("/").rpartition("/")[2]))
