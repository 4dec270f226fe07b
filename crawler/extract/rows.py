"""Rows of elements of one make, each with a time of its own, and which of them are the entries of a live blog.

Cards that advertise other stories and readers' comments stand in such rows too. They are told by what they are made
as, by where they lead, and by where they stand: outside of what holds the page's heading and text.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from statistics import median
from typing import TypeAlias

from lxml.html import HtmlElement

from crawler.extract.blocks import make_key
from crawler.extract.clocks import find_clock, is_clock
from crawler.extract.fragment import read_blocks
from crawler.extract.hygiene import count_words, flatten_text
from crawler.extract.links import find_story, is_own

Row: TypeAlias = Mapping[HtmlElement, HtmlElement]
"""Element → its first time."""

APART = frozenset({"aside", "nav", "footer"})
_MUTE = frozenset({"script", "style", "noscript", "img", "br", "hr", "input", "link", "meta", "path", "source", "svg"})
_MOST_CLOCKS = 4_000
_LEVELS = 5
"""How far above its time an entry may begin."""
_ROW = 3
_FEWEST_WORDS = 12
"""Of the middle one of the entries; a row of shorter ones is a ticker of headlines."""
_OTHERS = re.compile(
    r"comment|coment|kommentar|dis[ck]ussion|yorum|repl(?:y|ies)|respon[sd]|disqus|review|related|recommend|most-|popular"
    r"|trending|teaser|promo|sidebar|footer|nav|card(?:$|[\s_-])",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    r"\W*(?:\d+ )?(?:(?:reader|user|your|all|latest|post a|leave a) )?(?:comments?|discussion|kommentare?|diskussion"
    r"|commentaires|comentarios|commenti|yorumlar|комментарии|تعليقات|التعليقات|آراء القراء|نظرات|دیدگاه\w*|نظر کاربران"
    r"|תגובות)\b.{0,20}",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"(?!.*dis[ck]ussion)(?:\W*\d+\W+[^\W\d]+\W*|\W*[^\W\d]+\W*\d+\W*)", re.IGNORECASE)
"""`6 Comments`, `Comments (6)`: a section of a report may be headed `Comments`, and one of a study `4. Discussion`."""
_NAMES_LIVE = re.compile(
    r"\blive ?-?(?:blog|ticker|updates?|coverage|news|feed|report|text)|^\W*live\b\s*[:|–—-]|[:|–—(-]\s*live\b"
    r"|time-?line|chronolog|minute by minute|as it happened|\bticker\b|en direct|en vivo|in diretta|minuto a minuto"
    r"|مباشر|لحظة ب?لحظة|أولا ب?أول|تغطية (?:حية|مستمرة)|تسلسل زمني|زنده|لحظه به لحظه|روزشمار|گاه\W?شمار|canlı"
    r"|dakika dakika|онлайн|трансляц|хроник|בשידור חי|דיווח\w* שוטף|עדכונים שוטפים",
    re.IGNORECASE,
)
_LIVE_ADDRESS = re.compile(
    r"/live(?:-?blogs?|-?ticker)?/|[/-]live-?(?:blog|ticker|updates?|coverage|news)|time-?line|/mubasher/",
    re.IGNORECASE,
)
_MADE_LIVE = re.compile(
    r"(?<![a-z])live(?:-?_?(?:blog|post|entr|update|feed|event|text|ticker)|\b)|time-?_?line", re.IGNORECASE
)
_ENTRY_ADDRESS = re.compile(r"live[-_]?(?:blog|ticker|text)?[-_]?(?:entr|post|update|event|item)", re.IGNORECASE)
HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_SHORTEST_TITLE = 15
_LONGEST_MORE = 40
"""Code points of a link such as `Read more`."""
_SHARES = re.compile(
    r"share|intent/|facebook|twitter|//x\.com|whatsapp|//wa\.me|//t\.me|telegram|linkedin", re.IGNORECASE
)
_FEWEST_ABOVE = 2
_MOST = 0.5
_LEAST_PROSE = 40
_LEAST_TEXT = 80
"""Code points of paragraphs that the article element needs to be taken at its word; of one that is no label."""


@dataclass(frozen=True)
class _Page:
    tree: HtmlElement
    addresses: Sequence[str]
    names: Sequence[str]

    @cached_property
    def is_live(self) -> bool:
        """Does it call itself a live blog or a timeline?"""
        return any(map(_NAMES_LIVE.search, self.names)) or any(map(_LIVE_ADDRESS.search, self.addresses))


@dataclass(frozen=True, slots=True)
class Rows:
    """The entries of a live blog; empty where the page is none. And what stands in rows outside of the article."""

    entries: Row
    others: frozenset[str]
    """Keys of its lines: other stories, comments."""


def read_rows(tree: HtmlElement, addresses: Sequence[str], names: Sequence[str]) -> Rows:
    """`addresses`, `names`: what the page gives as its own address and title. Of several rows the largest counts."""
    page = _Page(tree, addresses, names)
    rows = [row for row in _find_rows(tree) if len(row) >= _ROW]
    live = [row for row in rows if _is_live(row, page)]
    best = max(live, key=lambda row: sum(len(entry.text_content()) for entry in row), default={})
    if best and (all(map(_is_made_for_time, best.values())) or _are_most(best, tree)):
        return Rows(best, frozenset())
    return Rows({}, frozenset(chain(_read_others(rows, page), _read_comments(tree))))


def _read_others(rows: Sequence[Row], page: _Page) -> Iterator[str]:
    """Of the rows outside of the article element that holds the page's heading and text."""
    heading = next(page.tree.iter("h1"), None) if rows and not page.is_live else None
    article = next(heading.iterancestors("article"), None) if heading is not None else None
    if article is None or sum(len(each.text_content()) for each in article.iter("p")) < _LEAST_TEXT:
        return
    around = {article, *article.iterancestors()}
    for entry in (entry for row in rows for entry in row if entry not in around):
        holders = _list_holders(entry)
        if article not in holders and not any(map(_MADE_LIVE.search, map(_name_make, holders))):
            yield from map(make_key, read_blocks(entry))


def _read_comments(tree: HtmlElement) -> Iterator[str]:
    """Keys of what stands below a heading such as `6 Comments`, which stands below paragraphs, and not above it too: a
    reader may quote the report."""
    for heading in tree.iter(*HEADINGS):
        if next(heading.iter("a"), None) is not None:
            continue  # leads down to them
        if not _COUNTED.fullmatch(flatten_text(heading.text_content())) or not _is_headed(heading):
            continue
        if sum(map(_tells, heading.itersiblings("p", preceding=True))) >= _FEWEST_ABOVE:
            above = {make_key(line) for each in heading.itersiblings(preceding=True) for line in read_blocks(each)}
            yield make_key(heading.text_content())
            yield from {make_key(line) for below in heading.itersiblings() for line in read_blocks(below)} - above


def _tells(paragraph: HtmlElement) -> bool:
    return len(paragraph.text_content()) >= _LEAST_TEXT


def _list_holders(first: HtmlElement) -> tuple[HtmlElement, ...]:
    return (first, *first.iterancestors())


def _name_make(element: HtmlElement) -> str:
    return f"{element.get('class', '')} {element.get('id', '')}"


def _are_most(row: Row, tree: HtmlElement) -> bool:
    """Are these most of what the page's paragraphs say? Lists beside an article give bare times too."""
    said = sum(count_words(paragraph.text_content()) for paragraph in tree.iter("p"))
    return 2 * sum(count_words(entry.text_content()) for entry in row) > said


def _find_rows(tree: HtmlElement) -> list[dict[HtmlElement, HtmlElement]]:
    """All elements of one make that have a time."""
    body = tree.find("body")
    rows: dict[tuple[str, ...], dict[HtmlElement, HtmlElement]] = defaultdict(dict)
    elements = (each for each in (body if body is not None else tree).iter() if each.tag not in _MUTE)
    for clock in islice(filter(_is_clock, elements), _MOST_CLOCKS):
        if not _tells_time(clock):
            continue
        for entry, _ in zip(clock.iterancestors(), range(_LEVELS), strict=False):
            if entry.tag in {"body", "main", "html"}:
                break
            rows[_describe(entry)].setdefault(entry, clock)
    return list(rows.values())


def _is_clock(element: HtmlElement) -> bool:
    """Is it made for a time, is a time all that it says, or is it a heading that begins with one? Asked of every
    element, so what most have decides first."""
    tag, text = element.tag, element.text
    if tag == "time" or (text and tag in HEADINGS and find_clock(text)):
        return True
    parts = len(element)
    if not parts:
        return (text is not None and is_clock(text)) or _is_named_for_time(element)
    if parts > 1 or (text and not text.isspace()):
        return False
    tail = element[0].tail
    return tail is not None and not element[0].text and not len(element[0]) and is_clock(tail)  # behind an icon


def _is_made_for_time(element: HtmlElement) -> bool:
    return element.tag == "time" or (not len(element) and _is_named_for_time(element))


def _is_named_for_time(element: HtmlElement) -> bool:
    made_as = element.get("class")
    return made_as is not None and ("time" in made_as or "date" in made_as or "clock" in made_as)


def _tells_time(clock: HtmlElement) -> bool:
    text = flatten_text(clock.text_content())
    return bool(clock.get("datetime") or is_clock(text) or find_clock(text))


def _describe(entry: HtmlElement) -> tuple[str, ...]:
    """Tags and first classes of an element and its parent: entries may have further classes of their own."""
    parent = entry.getparent()
    pair = (entry, parent) if parent is not None else (entry,)
    return tuple(".".join([str(each.tag), *(each.get("class") or "").split()[:1]]) for each in pair)


def _is_live(row: Row, page: _Page) -> bool:
    """Are these entries of this page, and neither comments nor cards of other stories?"""
    first = next(iter(row))
    around = _list_holders(first)
    made_as = list(map(_name_make, around))
    if any(each.tag in APART for each in around) or any(map(_OTHERS.search, made_as)):
        return False
    if median(count_words(entry.text_content()) for entry in row) < _FEWEST_WORDS:
        return False
    if any(other in row for entry in row for other in entry.iterancestors()):
        return False
    if len({clock.get("datetime") or clock.text_content() for clock in row.values()}) <= 1 or _are_comments(first):
        return False
    named = page.is_live or any(map(_MADE_LIVE.search, made_as))
    within = {each for entry in row for each in entry.iter("p", "div")}
    story = None if named else find_story(page.tree, within)
    if story is not None and story not in around:
        return False
    addresses = page.addresses or _find_common(row, named=named)
    elsewhere = sum(_leads_elsewhere(entry, clock, addresses, named=named) for entry, clock in row.items())
    return elsewhere < _MOST * len(row) or (named and _are_permalinks(row, page.tree))


def _are_permalinks(row: Row, tree: HtmlElement) -> bool:
    """Entries of a live blog may have pages of their own, to which their headings lead, as those of cards do. But the
    time leads there too, or the address says that it is an entry's, or there is more to read than a card has; and
    none stands beside another story."""
    kept = sum(_is_kept_apart(entry, clock) for entry, clock in row.items())
    if kept < _MOST * len(row):
        return False
    story = find_story(tree, {each for entry in row for each in entry.iter("p", "div")})
    return story is None or story in next(iter(row)).iterancestors()


def _is_kept_apart(entry: HtmlElement, clock: HtmlElement) -> bool:
    around = {each.get("href", "") for heading in entry.iter(*HEADINGS) for each in _list_links(heading)} - {""}
    if any(map(_ENTRY_ADDRESS.search, around)) or around.intersection(
        each.get("href", "") for each in _list_links(clock)
    ):
        return True
    said = [each for each in entry.iter("p") if len(each.text_content()) >= _LEAST_PROSE]
    return len(said) > 1


def _list_links(element: HtmlElement) -> Iterator[HtmlElement]:
    yield from element.iterancestors("a")
    yield from element.iter("a")


def _are_comments(first: HtmlElement) -> bool:
    """Does a heading above the row call it comments, or does what holds it ask for one?"""
    for each, container in zip((first, *first.iterancestors()), first.iterancestors(), strict=False):
        if container.tag in {"body", "main", "article"} or next(container.iter("h1"), None) is not None:
            above = next(each.itersiblings(preceding=True), None)
            return above is not None and _is_headed(above)
        if next(container.iter("textarea"), None) is not None:
            return True
        if any(map(_is_headed, islice(each.itersiblings(preceding=True), _ROW))):
            return True
    return False


def _is_headed(element: HtmlElement) -> bool:
    return _COMMENTS.fullmatch(flatten_text(element.text_content())) is not None


def _find_common(row: Row, *, named: bool) -> Sequence[str]:
    """The page's address, where it does not tell it: what all links to parts of a page in the row have in common."""
    links = [link.get("href", "") for entry in row for link in entry.iter("a")]
    targets = {link.partition("#")[0] for link in links if "#" in link}
    if named and not targets:
        targets = {link.partition("?")[0] for link in links if "?" in link}
    return tuple(targets) if len(targets) == 1 and "" not in targets else ()


def _leads_elsewhere(entry: HtmlElement, clock: HtmlElement, addresses: Sequence[str], *, named: bool) -> bool:
    """Is the entry a link to another page, or its heading, as those of cards are?"""
    headings = list(entry.iter(*HEADINGS))
    links = [link for link in _list_links(entry) if not is_own(link.get("href", "#"), addresses)]
    if not links:
        return False
    around = {link for heading in headings or [entry] for link in _list_links(heading)}
    text = sum(len(heading.text_content()) for heading in headings or [entry])
    if 2 * sum(len(link.text_content()) for link in links if link in around) > text:
        return True
    lines = list(read_blocks(entry, {clock: ()}))
    titles = {flatten_text(link.text_content()): link for link in links}
    if any(len(line) >= _SHORTEST_TITLE and line in titles for line in lines[:2]):
        return True
    return not named and bool(lines) and _is_more(lines[-1], titles.get(lines[-1]))


def _is_more(line: str, link: HtmlElement | None) -> bool:
    """Is it a link such as `Read more`, as cards end with? Those that share an entry lead to other sites."""
    return link is not None and len(line) <= _LONGEST_MORE and not _SHARES.search(link.get("href", ""))


def list_shares(entry: HtmlElement) -> Iterator[str]:
    """What the buttons and the links that share an entry are called."""
    for each in entry.iter("a", "button"):
        if each.tag == "button" or _SHARES.search(f"{each.get('href', '')} {_name_make(each)}"):
            yield flatten_text(each.text_content())
