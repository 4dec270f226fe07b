"""Live blogs: one entry is one section, headed by its time. From structured data, or from how the page is made.

Most live blogs have no data on their entries, but a row of elements of one make, each with a time of its own and text.
Rows of cards that advertise other stories, and comments, look alike; what tells them apart is here too.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from statistics import median
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lxml import etree
from lxml.html import HtmlElement

from crawler.extract.blocks import make_key
from crawler.extract.dates import parse_timestamp
from crawler.extract.fragment import read_blocks, read_html, read_lines
from crawler.extract.hygiene import count_words, flatten_text

_ENOUGH = 0.8
"""Part of the page's words that the entries must have, to stand for it."""
_MOST_ENTRIES = 2_000
_MADE_FOR_CLOCKS = ("time", "clock", "date")
_CLOCK = re.compile(
    r"\D{0,12}\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?|صباحا|مساءً?|[صم]|ق\.ظ|ب\.ظ)?\s*(?:\(?[A-Z]{2,4}\)?)?",
    re.IGNORECASE,
)
_CLOCK_AHEAD = re.compile(r"\s*(\d{1,2}:\d{2}(?:\s*(?:[ap]\.?m\.?|GMT|UTC|[A-Z]{2,3}T))?)\W{1,4}\w", re.IGNORECASE)
"""Of a heading, with the first letter of what it says."""
_LONGEST_CLOCK = 60
"""Code points, white space around it included."""
_LEVELS = 5
"""How far above its time an entry may begin."""
_ROW = 3
_FEWEST_WORDS = 12
"""Of the middle one of the entries; a row of shorter ones is a ticker of headlines."""
_OTHERS = re.compile(
    r"comment|repl(?:y|ies)|respon[sd]|disqus|review|related|recommend|most-|popular|trending|teaser|promo|sidebar|footer|nav"
    r"|card(?:$|[\s_-])",
    re.IGNORECASE,
)
_FOLLOWING = etree.XPath("following::*[position() <= 200]")
_SHORTEST_PARAGRAPH = 40
_APART = frozenset({"aside", "nav", "footer"})
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")


# ── from structured data ─────────────────────────────────────────────────────────────────────────


def read_entries(updates: object, zone: ZoneInfo | None = None) -> tuple[str, ...]:
    """Lines of all entries of a `liveBlogUpdate`: time and headline, then the paragraphs."""
    entries = updates if isinstance(updates, list) else []
    return tuple(line for entry in entries[:_MOST_ENTRIES] if isinstance(entry, dict) for line in _read(entry, zone))


def _read(entry: dict[str, object], zone: ZoneInfo | None) -> Iterator[str]:
    stamp, headline, body = (
        value if isinstance(value := entry.get(key), str) else ""
        for key in ("datePublished", "headline", "articleBody")
    )
    return _head_entry(_tell_time(stamp, zone), [flatten_text(" ".join(read_html(headline))), *read_lines(body)])


def _tell_time(stamp: str, zone: ZoneInfo | None, printed: str = "") -> str:
    at = parse_timestamp(stamp, zone) if stamp else None
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else printed


def _head_entry(time: str, lines: Sequence[str]) -> Iterator[str]:
    """The time stands before the first line: alone it would be taken for a date that the page prints."""
    said = [line for line in lines if line]
    yield from [f"{time}: {said[0]}" if time else said[0], *said[1:]] if said else []


# ── from how the page is made ────────────────────────────────────────────────────────────────────


def find_entries(tree: HtmlElement, zone: ZoneInfo | None = None) -> tuple[str, ...]:
    """The page's introduction and the entries of its largest row of timed elements; empty where it has none."""
    address = next((link.get("href", "") for link in tree.iterfind(".//link[@rel='canonical']")), "")
    rows = [row for row in _find_rows(tree) if len(row) >= _ROW and _is_live(row, address)]
    best = max(rows, key=lambda row: sum(len(entry.text_content()) for entry in row), default={})
    lines = tuple(line for entry, clock in best.items() for line in _read_element(entry, clock, zone))
    if not all(map(_is_made_for_time, best.values())) and not _are_most(lines, tree):
        return ()
    return (*_read_introduction(tree, next(iter(best))), *lines) if lines else ()


def _are_most(lines: Sequence[str], tree: HtmlElement) -> bool:
    """Are these most of what the page's paragraphs say? Lists beside an article give bare times too."""
    said = sum(count_words(paragraph.text_content()) for paragraph in tree.iter("p"))
    return 2 * count_words(" ".join(lines)) > said


def _read_introduction(tree: HtmlElement, first: HtmlElement) -> Iterator[str]:
    """Paragraphs between the page's heading and its first entry. Extractors take the row, and lose them."""
    heading = next(tree.iter("h1"), None)
    if heading is None:
        return
    for element in _FOLLOWING(heading):
        if element is first:
            return
        text = flatten_text(element.text_content())
        linked = sum(len(link.text_content()) for link in element.iter("a"))
        if element.tag == "p" and len(text) >= _SHORTEST_PARAGRAPH and 2 * linked < len(text):
            yield text


def _find_rows(tree: HtmlElement) -> list[dict[HtmlElement, HtmlElement]]:
    """Element → its first time, for all elements of one make that have one."""
    rows: dict[tuple[str, ...], dict[HtmlElement, HtmlElement]] = defaultdict(dict)
    for clock in islice(filter(_is_clock, tree.iter()), 2 * _MOST_ENTRIES):
        if not _tells_time(clock):
            continue
        for entry, _ in zip(clock.iterancestors(), range(_LEVELS), strict=False):
            if entry.tag in {"body", "main", "html"}:
                break
            rows[_describe(entry)].setdefault(entry, clock)
    return list(rows.values())


def _is_clock(element: HtmlElement) -> bool:
    """Is it made for a time, is a time all that it says, or is it a heading that begins with one?"""
    if _is_made_for_time(element) or (element.tag in _HEADINGS and _CLOCK_AHEAD.match(element.text or "")):
        return True
    text = element.text or ""
    bare = not len(element) and ":" in text and len(text) <= _LONGEST_CLOCK
    return bare and _CLOCK.fullmatch(flatten_text(text)) is not None


def _is_made_for_time(element: HtmlElement) -> bool:
    if element.tag == "time":
        return True
    made_as = "" if len(element) else element.get("class", "")
    return made_as != "" and any(name in made_as for name in _MADE_FOR_CLOCKS)


def _tells_time(clock: HtmlElement) -> bool:
    text = flatten_text(clock.text_content())
    return bool(clock.get("datetime") or _CLOCK.fullmatch(text) or _CLOCK_AHEAD.match(text))


def _describe(entry: HtmlElement) -> tuple[str, ...]:
    """Tags and first classes of an element and its parent: entries may have further classes of their own."""
    parent = entry.getparent()
    pair = (entry, parent) if parent is not None else (entry,)
    return tuple(".".join([str(each.tag), *(each.get("class") or "").split()[:1]]) for each in pair)


def _is_live(row: dict[HtmlElement, HtmlElement], address: str) -> bool:
    """Are these entries of this page, and neither comments nor cards of other stories?"""
    first = next(iter(row))
    around = (first, *first.iterancestors())
    if any(each.tag in _APART or _OTHERS.search(f"{each.get('class', '')} {each.get('id', '')}") for each in around):
        return False
    if median(count_words(entry.text_content()) for entry in row) < _FEWEST_WORDS:
        return False
    if any(other in row for entry in row for other in entry.iterancestors()):
        return False
    elsewhere = sum(_leads_elsewhere(entry, address) for entry in row)
    return (
        elsewhere < len(row) / 2 and len({clock.get("datetime") or clock.text_content() for clock in row.values()}) > 1
    )


def _leads_elsewhere(entry: HtmlElement, address: str) -> bool:
    """Is the entry a link to another page, or its heading, as those of cards are?"""
    headings = list(entry.iter(*_HEADINGS)) or [entry]
    links = [link for heading in headings for link in (*heading.iterancestors("a"), *heading.iter("a"))]
    text = sum(len(heading.text_content()) for heading in headings)
    led = sum(len(link.text_content()) for link in links if not _is_same_page(link.get("href", "#"), address))
    return 2 * led > text


def _is_same_page(link: str, address: str) -> bool:
    try:
        return link.startswith(("#", "?")) or (bool(address) and urlsplit(link).path == urlsplit(address).path)
    except ValueError:
        return False


def _read_element(entry: HtmlElement, clock: HtmlElement, zone: ZoneInfo | None) -> Iterator[str]:
    told = flatten_text(clock.text_content())
    ahead = None if _CLOCK.fullmatch(told) else _CLOCK_AHEAD.match(told)
    printed = ahead[1] if ahead else told
    times = {printed, *(flatten_text(other.text_content()) for other in entry.iter("time"))}
    lines = [line for line in read_blocks(entry) if line not in times]
    lines = [line.removeprefix(printed).lstrip(" :–-|") for line in lines[:1]] + lines[1:] if printed else lines
    return _head_entry(_tell_time(clock.get("datetime", ""), zone, printed), lines)


# ── in the page's text ───────────────────────────────────────────────────────────────────────────


def arrange_entries(lines: Sequence[str], entries: Sequence[str]) -> tuple[str, ...] | None:
    """The page's introduction and the entries; None where the entries are only some of what the page shows."""
    if not entries or count_words(" ".join(entries)) < _ENOUGH * count_words(" ".join(lines)):
        return None
    keys = [make_key(entry) for entry in entries]
    told = "".join(keys)
    long = [key for key in keys if len(key) >= _SHORTEST_PARAGRAPH]

    def is_new(line: str) -> bool:
        key = make_key(line)
        return key not in told and not any(entry in key for entry in long)

    introduction = takewhile(is_new, lines)
    return (*introduction, *entries)


def join_clocks(lines: Sequence[str]) -> tuple[str, ...]:
    """A row of times, each in a line of its own: each heads the line below it."""
    clocks = {index for index, line in enumerate(lines[:-1]) if len(line) <= _LONGEST_CLOCK and _CLOCK.fullmatch(line)}
    clocks = {index for index in clocks if index + 1 not in clocks}
    if len(clocks) < _ROW:
        return tuple(lines)
    return tuple(
        f"{lines[index - 1]}: {line}" if index - 1 in clocks else line
        for index, line in enumerate(lines)
        if index not in clocks
    )
