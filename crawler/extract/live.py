"""Live blogs: one entry is one section, headed by its time. From structured data, or from how the page is made.

Most live blogs have no data on their entries, but a row of elements of one make, each with a time of its own and text.
Rows of cards that advertise other stories, and comments, look alike; what tells them apart is in `rows.py`.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from crawler.extract.blocks import make_key
from crawler.extract.clocks import find_clock, is_clock
from crawler.extract.dates import Dated, parse_timestamp
from crawler.extract.fragment import read_blocks, read_html, read_lines
from crawler.extract.hygiene import STATEMENT_ENDS, count_words, flatten_text
from crawler.extract.links import measure_links
from crawler.extract.rows import APART, HEADINGS, Row, list_shares
from crawler.models import Removed

_ENOUGH = 0.8
"""Part of the page's words that the entries must have, to stand for it."""
_SOME, _COVERED = 0.3, 0.9
"""Part of them that is enough where what is read around the entries holds nearly all lines of the text."""
_MUCH = 0.2
"""Part of a row's words that structured data must lack for the row to be preferred: captions and names are less."""
_MOST_ENTRIES = 2_000
_ROW = 3
_SHORTEST_PARAGRAPH = 40
_SHORTEST_KEY = 15
_FEW_WORDS = 3
_AFTER_TIME = " UTC: "
_CHROME = ("button", "form", "figcaption", "select")
_RULE, _REASON = "beside-entries", "a link, a label or a name beside the entries of a live blog, no text of it"
_STAMP = re.compile(r"\A\d{4}-\d\d-\d\d \d\d:\d\d UTC: |…\Z")


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


@dataclass(frozen=True, slots=True)
class Told:
    """What a live blog says, a paragraph a line."""

    entries: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    """The same in reading order with what stands around and between the entries."""
    removed: tuple[Removed, ...] = ()


def read_row(tree: HtmlElement, row: Row, zone: ZoneInfo | None, known: Sequence[str]) -> Told:
    """The row's entries, and the page's text beside them: introduction, key points, background.

    `known`: the lines that are the page's running text to an extractor, which tend to be the row and little else.
    """
    shares = {entry: _find_shares(entry) for entry in row}
    entries = {entry: tuple(_read_element(entry, clock, zone, shares[entry])) for entry, clock in row.items()}
    cut = tuple(Removed(line, _RULE, _REASON) for lines in shares.values() for line in lines)
    told = tuple(line for lines in entries.values() for line in lines)
    heading = next(tree.iter("h1"), None)
    area = _find_area(next(iter(row)), heading)
    if area is None:
        return Told(told, told, cut)
    instead = {**dict.fromkeys(area.iter(*APART, *_CHROME), ()), **entries}
    title = flatten_text(heading.text_content()) if heading is not None else ""
    lines = list(read_blocks(area, {**instead, heading: (title,)} if heading is not None else instead))
    lines = lines[lines.index(title) + 1 :] if title in lines else lines
    beside = _Beside(tree, area, frozenset(told), tuple(map(make_key, known)))
    kept = [index for index, line in enumerate(lines) if beside.keeps(lines, index)]
    left = [line for index, line in enumerate(lines) if index not in set(kept) and not is_clock(line)]
    cut = (*cut, *(Removed(line, _RULE, _REASON) for line in left))
    return Told(told, tuple(lines[index] for index in kept), cut)


def choose_row(row: Row, entries: Sequence[str], zone: ZoneInfo | None) -> Row:
    """The row; none where structured data tell as much: they may have headlines only, the newest, or beginnings."""
    if not row or not entries:
        return row
    shown = [line for entry, clock in row.items() for line in _read_element(entry, clock, zone, _find_shares(entry))]
    more = _count_missing(shown, entries) - _count_missing(entries, shown)
    return row if more >= _MUCH * count_words(" ".join(shown)) > 0 else {}


def add_entries(told: Told, entries: Sequence[str]) -> Told:
    """With the entries that only structured data tell, behind what the page shows: mostly older ones, which a click
    brings."""
    keys = _Keys(told.lines)
    more = tuple(line for line in entries if not any(map(keys.hold, (line.removesuffix("…"), _STAMP.sub("", line)))))
    return replace(told, entries=(*told.entries, *more), lines=(*told.lines, *more))


def _count_missing(lines: Sequence[str], told: Sequence[str]) -> int:
    """Words of the lines that are not told."""
    keys = _Keys(told)
    return sum(count_words(line) for line in lines if not keys.hold(line.removesuffix("…")))


def date_row(row: Row, zone: ZoneInfo | None) -> tuple[Dated, Dated] | None:
    """When the oldest entry was written and when the newest; None where they do not tell their day."""
    told = (clock.get("datetime") or flatten_text(clock.text_content()) for clock in row.values())
    times = [at for each in told if (at := parse_timestamp(each, zone))]
    return (Dated(min(times), "text"), Dated(max(times), "text")) if times else None


def _find_area(first: HtmlElement, heading: HtmlElement | None) -> HtmlElement | None:
    """What holds the page's heading and the row; without a heading what holds the row."""
    within = set(heading.iterancestors()) if heading is not None else set()
    return next((each for each in first.iterancestors() if not within or each in within), None)


class _Beside:
    """Judges the lines around the entries: text, or a link, a label, a name."""

    def __init__(self, tree: HtmlElement, area: HtmlElement, told: AbstractSet[str], known: Sequence[str]) -> None:
        self._told, self._known, self._wide = told, known, area.tag in {"body", "html"}
        self._links = measure_links(tree)
        self._items = {make_key(each.text_content()) for each in area.iter("li", "dd", "blockquote")}
        self._headings = {make_key(each.text_content()) for each in area.iter(*HEADINGS)}

    def keeps(self, lines: Sequence[str], index: int) -> bool:
        """Is the line text of the page? A heading is where the line below it is."""
        line = lines[index]
        if line in self._told:
            return True
        key = make_key(line)
        if key in self._headings and index + 1 < len(lines) and lines[index + 1] not in self._told:
            return make_key(lines[index + 1]) not in self._headings and self.keeps(lines, index + 1)
        if any(key in each for each in self._known):
            return True
        if self._wide or key in self._links:
            return False
        is_item = key in self._items or line.endswith(STATEMENT_ENDS)
        return len(line) >= _SHORTEST_PARAGRAPH or (is_item and count_words(line) >= _FEW_WORDS)


def _find_shares(entry: HtmlElement) -> tuple[str, ...]:
    """The lines that are nothing but buttons and links to share the entry."""
    names = set(map(make_key, list_shares(entry)))
    return tuple(line for line in read_blocks(entry) if _consists_of(make_key(line), names)) if names else ()


def _consists_of(key: str, names: AbstractSet[str]) -> bool:
    """Is it these names and no more, one after the other?"""
    while key:
        name = max((name for name in names if name and key.startswith(name)), key=len, default="")
        if not name:
            return False
        key = key.removeprefix(name)
    return True


def _read_element(
    entry: HtmlElement, clock: HtmlElement, zone: ZoneInfo | None, shares: Container[str]
) -> Iterator[str]:
    told = flatten_text(clock.text_content())
    ahead = "" if is_clock(told) else find_clock(told)
    printed = ahead or told
    times = {printed, *(flatten_text(other.text_content()) for other in entry.iter("time"))}
    instead = {clock: ()} if not ahead and clock is not entry and not _is_within_text(clock) else {}
    lines = [line for line in read_blocks(entry, instead) if line not in times and line not in shares]
    lines = [line.removeprefix(printed).lstrip(" :–-|") for line in lines[:1]] + lines[1:] if printed else lines
    return _head_entry(_tell_time(clock.get("datetime", ""), zone, printed), lines)


def _is_within_text(clock: HtmlElement) -> bool:
    """Does a word stand right before it, as in `at 14:05 the sirens sounded`?"""
    before, parent = clock.getprevious(), clock.getparent()
    text = before.tail if before is not None else parent.text if parent is not None else ""
    return text is not None and text.rstrip()[-1:].isalpha()


# ── in the page's text ───────────────────────────────────────────────────────────────────────────


def arrange_entries(lines: Sequence[str], told: Told) -> tuple[str, ...] | None:
    """What is told of the live blog, with each line of the page's text that it lacks in its place; None where the
    entries are only some of what the page shows."""
    if not told.entries:
        return None
    told = _complete(told, lines)
    keys = _Keys(told.lines)
    cut = {make_key(each.text) for each in told.removed}
    missing = [line for line in lines if not keys.hold(line) and not is_clock(line) and make_key(line) not in cut]
    all_words = count_words(" ".join(lines))
    words = count_words(" ".join(told.entries))
    covers = count_words(" ".join(missing)) <= (1 - _COVERED) * all_words
    if words < (_SOME if covers and len(told.lines) > len(told.entries) else _ENOUGH) * all_words:
        return None
    return tuple(_put_back(lines, told.lines, missing, keys))


def _complete(told: Told, lines: Sequence[str]) -> Told:
    """Where structured data give only how a paragraph begins, what the page's text says."""
    if not any(line.endswith("…") for line in told.lines):
        return told
    keys = {make_key(line): line for line in lines}
    whole = {line: _find_whole(line, keys) for line in told.lines if line.endswith("…")}
    entries, all_lines = (tuple(whole.get(line, line) for line in each) for each in (told.entries, told.lines))
    return Told(entries, all_lines, told.removed)


def _find_whole(line: str, keys: Mapping[str, str]) -> str:
    time, colon, text = line.partition(_AFTER_TIME)
    time, text = (f"{time}{colon}", text) if colon else ("", line)
    start = make_key(text)
    found = (each for key, each in keys.items() if len(start) >= _SHORTEST_KEY and key.startswith(start))
    return f"{time}{next(found, text)}"


def _put_back(lines: Sequence[str], told: Sequence[str], missing: Container[str], keys: "_Keys") -> Iterator[str]:
    """What stands in the text before all that is told stays before it, what stands behind stays behind, and the rest
    follows what it follows there."""
    after: dict[int, list[str]] = defaultdict(list)
    places = [keys.find(line) for line in lines]
    last = max((index for index, place in enumerate(places) if place >= 0), default=-1)
    place = -1
    for index, line in enumerate(lines):
        place = len(told) - 1 if index > last >= 0 else max(places[index], 0) if places[index] >= 0 else place
        if line in missing:
            after[place].append(line)
    yield from after[-1]
    for index, line in enumerate(told):
        yield line
        yield from after[index]


class _Keys:
    """The letters and digits of the lines that are told, to find others among them."""

    def __init__(self, told: Sequence[str]) -> None:
        self._each = [make_key(line) for line in told]
        self._exact = {key: index for index, key in reversed(list(enumerate(self._each)))}
        self._all = "".join(self._each)
        self._long = [key for key in self._each if len(key) >= _SHORTEST_KEY]

    def find(self, line: str) -> int:
        """Which of them says what the line says; -1 if none does."""
        key = make_key(line)
        if not key or key in self._exact:
            return self._exact.get(key, -1)
        whole = len(key) >= _SHORTEST_KEY
        holders = (
            index
            for index, each in enumerate(self._each)
            if (key in each if whole else each.startswith(key) or each.endswith(key))
        )
        return next(holders, -1)

    def hold(self, line: str) -> bool:
        """Is all that the line says told, be it in several lines?"""
        key = make_key(line)
        if len(key) < _SHORTEST_KEY:
            return not key or self.find(line) >= 0
        if key in self._all:
            return True
        for each in self._long:
            key = key.replace(each, "")
        return len(key) < _SHORTEST_KEY


def join_clocks(lines: Sequence[str]) -> tuple[str, ...]:
    """A row of times, each in a line of its own: each heads the line below it."""
    clocks = {index for index, line in enumerate(lines[:-1]) if is_clock(line)}
    clocks = {index for index in clocks if index + 1 not in clocks}
    if len(clocks) < _ROW:
        return tuple(lines)
    return tuple(
        f"{lines[index - 1]}: {line}" if index - 1 in clocks else line
        for index, line in enumerate(lines)
        if index not in clocks
    )
