"""Text that pages leak around their articles: button labels, fact boxes, subscription notes, garbled markup.

Most rules are data (settings/extraction/residue.yaml). Here is what a regular expression on one line cannot say.
"""

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_plus

from crawler.extract.hygiene import ends_sentence
from crawler.extract.notices import OFFER_WORDS
from crawler.models import Removed
from settings.model import ResidueRule

_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2}|[\w.~!*'()/;:+-])*")
_ESCAPES = re.compile(r"%[0-9A-Fa-f]{2}")
_ENCODED_TAG = re.compile(
    r"%3C(?:/|%2F)?(?:p|div|section|ul|ol|li|h[1-6]|br|strong|em|b|a|span)(?:/|%2F|%20|\+|\s)*%3E", re.IGNORECASE
)
_ENCODED_SHARE = 0.5
"""Of a line; with that much of it escaped, it is in letters that ASCII has not."""
_FEWEST_ESCAPES = 6
_BLOCK_TAG = re.compile(
    r"(?:<|&lt;)/?(?:p|div|section|ul|ol|li|h[1-6]|figure|table|t[dr])\b[^<>]{0,300}?(?:>|&gt;)", re.IGNORECASE
)
_LEAST_TAGS = 2
"""One may be what a sentence is about."""
_SENTENCE_END = re.compile(r"[.!?…。؟۔:;][\"'”’»)\]]*$")
_PLAIN_FLAGS = re.IGNORECASE | re.UNICODE
LONGEST_LABEL = 70
"""Code points; a longer line is no label of the box below it."""
_PROSE = 300
"""Code points from which a paragraph below a box is taken for the article going on, on pages without garbled text."""
_SENTENCE = 100
"""The same for each of two in a row."""
_ENTRY = re.compile(r"(?:[^\s:.!?]+ ){0,5}(?:[^\s:.!?]+:\s|\(\D{0,12}\d{4})")
"""Boxes say of each name what it is: `Houthis: rebels who ...`, `Zayed (ruled 1966-2004) Moved ...`."""
_LONGEST_OFFER = 90
"""Code points; a longer line below a note on subscriptions is a paragraph."""
_FIELD = re.compile(r"[^:.!?؟]{2,30}\s?:\s.{1,120}(?<![.!?…؟])")
_FEWEST_FIELDS = 3
_MOST_HEADLINES, _SHORTEST_HEADLINE = 5, 15
"""How many stand below a heading, and how many code points the shortest has."""
_BOXES = frozenset({"story-widget", "promotion-heading"})
"""Rules of headings that nobody puts within a text, as `Read also` is put."""
_LONGEST_TERMS = 250
"""The same of a line that says what a subscription costs and brings."""
_ARTICLE_LINES = 3
"""Sentences that must stand above a box for everything below its heading to belong to boxes."""


@dataclass(frozen=True, slots=True)
class Stripped:
    """What is left of the lines, and what was cut."""

    lines: tuple[str, ...]
    removed: tuple[Removed, ...]
    truncated: bool


@dataclass(frozen=True, slots=True)
class _Cut:
    rule: str
    reason: str
    extent: str
    truncated: bool = False
    heads_box: bool = False


_GARBLED = _Cut("percent-encoded", "a fact box that the page printed as percent-encoded markup", "label")

_ESCAPED = _Cut("escaped-markup", "a box whose markup the page printed as text", "label")


def strip_residue(lines: Sequence[str], rules: Sequence[ResidueRule], *, dumped: bool = False) -> Stripped:
    """Cut every line that a rule or a structure condemns, with what belongs to it. In dumped text nothing else tells
    which lines are headlines of other stories, or a box."""
    cuts: dict[int, _Cut] = {}
    is_condemned = compile_lines(tuple(rule.line for rule in rules if rule.line and rule.extent != "end"))
    is_last = compile_lines(tuple(rule.line for rule in rules if rule.line and rule.extent == "end"))
    escaped, end = _find_escaped(lines), _find_offers(lines)
    for index, line in enumerate(lines):
        suspected = is_garbled(line) or index in escaped or is_condemned(line) or (index >= end and is_last(line))
        if index not in cuts and suspected and (cut := _ESCAPED if index in escaped else _judge_line(line, rules)):
            cuts |= {other: cut for other in _spread_cut(lines, index, cut, dumped=dumped) if other not in cuts}
    cuts |= {other: _GARBLED for other in _find_territory(lines, cuts) if other not in cuts}
    return Stripped(
        lines=tuple(line for index, line in enumerate(lines) if index not in cuts),
        removed=tuple(Removed(lines[index], cuts[index].rule, cuts[index].reason) for index in sorted(cuts)),
        truncated=any(cut.truncated and _ends_text(lines, index, cuts) for index, cut in cuts.items()),
    )


def _judge_line(line: str, rules: Sequence[ResidueRule]) -> _Cut | None:
    if is_garbled(line):
        return _GARBLED
    for rule in rules:
        if rule.line and compile_line(rule.line).fullmatch(line):
            return _Cut(rule.name, rule.reason, rule.extent, rule.truncated, rule.heads_box)
    return None


@lru_cache(maxsize=64)
def compile_lines(patterns: tuple[str, ...]) -> Callable[[str], object]:
    """A test whether any of them matches a whole line: one expression for all that can be joined without a change of
    meaning, which groups and leading flags would bring about."""
    forms = tuple(map(compile_line, patterns))
    apart = tuple(form for form in forms if form.groups or form.flags != _PLAIN_FLAGS)
    joined = compile_line("|".join(f"(?:{form.pattern})" for form in forms if form not in apart) or r"(?!)")
    if not apart:
        return joined.fullmatch
    return lambda line: joined.fullmatch(line) or any(form.fullmatch(line) for form in apart)


@lru_cache(maxsize=1024)
def compile_line(pattern: str) -> re.Pattern[str]:
    """Rules are compiled once for each process; case never matters in a label."""
    return re.compile(pattern, re.IGNORECASE)


def is_garbled(line: str) -> bool:
    """Is the line percent-encoded text, e.g. `COMPANY%20PROFILE` or `%3Cp%3EDirector%3A%20...`?"""
    if "%" not in line or not _ESCAPES.search(line) or "://" in line:
        return False
    if _ENCODED_TAG.search(line):
        return True
    if not _ENCODED.fullmatch(line.strip()):
        return False
    escapes, decoded = len(_ESCAPES.findall(line)), unquote_plus(line)
    is_mostly_escaped = escapes >= _FEWEST_ESCAPES and len("%20") * escapes >= _ENCODED_SHARE * len(line)
    return " " in decoded or "<" in decoded or is_mostly_escaped


def _find_escaped(lines: Sequence[str]) -> frozenset[int]:
    """Lines of visible markup; none where most of the text is like that, for then it is the article."""
    escaped = frozenset(index for index, line in enumerate(lines) if is_escaped(line))
    size = sum(len(lines[index]) for index in escaped)
    return escaped if 2 * size < sum(map(len, lines)) else frozenset()


def is_escaped(line: str) -> bool:
    """Does the line show the tags of blocks, e.g. `<p>Leader: ...</p>` or `&lt;p&gt;Leader: ...&lt;/p&gt;`?"""
    return ("<" in line or "&lt;" in line) and sum(1 for _ in _BLOCK_TAG.finditer(line)) >= _LEAST_TAGS


def _spread_cut(lines: Sequence[str], index: int, cut: _Cut, *, dumped: bool) -> range:
    """The lines that go with a condemned one; below what says that the rest is for subscribers stand only offers."""
    if cut.extent == "end":
        return range(index, len(lines) if _ends_text(lines, index, ()) else index)
    if cut.truncated and _ends_text(lines, index, ()):
        return range(index, len(lines))
    if cut.extent == "rest" and _closes_article(lines, index):
        return range(index, _find_end(lines, index))
    if cut.extent == "entries":
        return _find_entries(lines, index) if dumped else range(0)
    if cut.extent == "fields":
        return _find_fields(lines, index)
    start = index - (cut.extent == "label" and index > 0 and is_label(lines[index - 1]))
    is_box = lines[index].endswith(":") or (cut.rule in _BOXES and _ends_in_headlines(lines, index + 1))
    heads = dumped and cut.heads_box and is_box
    return range(start, _find_headlines(lines, index + 1) if heads else index + 1)


def _find_fields(lines: Sequence[str], index: int) -> range:
    """The box of fields around a line, with the title right above it; empty where it has too few, or no article above:
    one field alone may be what a report is about."""
    start = stop = index
    while start and _FIELD.fullmatch(lines[start - 1]):
        start -= 1
    while stop < len(lines) and _FIELD.fullmatch(lines[stop]):
        stop += 1
    if stop - start < _FEWEST_FIELDS or not _closes_article(lines, start):
        return range(0)
    return range(start - is_label(lines[start - 1]), stop)


def _find_entries(lines: Sequence[str], index: int) -> range:
    """A heading with the fields below it; empty where they are too few, or nothing is told above."""
    stop = index + 1
    while stop < len(lines) and _FIELD.fullmatch(lines[stop]):
        stop += 1
    is_box = stop - index > _FEWEST_FIELDS and any(map(_SENTENCE_END.search, lines[:index]))
    return range(index, stop) if is_box else range(0)


def _find_headlines(lines: Sequence[str], start: int) -> int:
    """Where the headlines end that stand below a heading. None do in a text whose own paragraphs end without a mark."""
    prose = [ends_sentence(line) for line in lines if len(line) >= _SENTENCE]
    if 2 * sum(prose) < len(prose):
        return start
    stop = start
    while stop < min(start + _MOST_HEADLINES, len(lines)) and _is_headline(lines[stop]):
        stop += 1
    return stop


def _ends_in_headlines(lines: Sequence[str], start: int) -> bool:
    """Do nothing but headlines and labels follow, below an article?"""
    return _closes_article(lines, start) and not any(map(_SENTENCE_END.search, lines[start:]))


def _is_headline(line: str) -> bool:
    return _SHORTEST_HEADLINE <= len(line) <= _SENTENCE and not _SENTENCE_END.search(line)


def is_label(line: str) -> bool:
    """Is it short and no sentence, as the title of a box or the name of a section is?"""
    return len(line) <= LONGEST_LABEL and not _SENTENCE_END.search(line)


def _ends_text(lines: Sequence[str], index: int, cuts: Container[int]) -> bool:
    """Does no paragraph follow, but for what is cut? Where one does, the text was not cut off there."""
    return all(other in cuts or _is_offer(lines[other]) for other in range(index + 1, len(lines)))


def _find_offers(lines: Sequence[str]) -> int:
    """The first line below which stand only offers and buttons."""
    start = len(lines) - 1
    while start > 0 and _is_offer(lines[start]):
        start -= 1
    return start


def _is_offer(line: str) -> bool:
    return len(line) <= _LONGEST_OFFER or (len(line) <= _LONGEST_TERMS and OFFER_WORDS.search(line) is not None)


def _closes_article(lines: Sequence[str], index: int) -> bool:
    return sum(bool(_SENTENCE_END.search(line)) for line in lines[:index]) >= _ARTICLE_LINES


def _find_end(lines: Sequence[str], index: int) -> int:
    """Boxes go on to the end of the page, unless the article itself does; what it goes on below is its own heading."""
    if any(is_garbled(line) for line in lines[index:]):
        return len(lines)
    end = next((other for other in range(index + 1, len(lines)) if _goes_on(lines[other:])), len(lines))
    return index if end == index + 1 < len(lines) else end


def _goes_on(lines: Sequence[str]) -> bool:
    return len(lines[0]) >= _PROSE or (len(lines) > 1 and all(map(_tells_on, lines[:2])))


def _tells_on(line: str) -> bool:
    return len(line) >= _SENTENCE and bool(_SENTENCE_END.search(line)) and not _ENTRY.match(line)


def _find_territory(lines: Sequence[str], cuts: dict[int, _Cut]) -> range:
    """Where one box is garbled, those around it were only decoded: from the article's last sentence to the end."""
    garbled = [index for index, cut in cuts.items() if cut is _GARBLED]
    if not garbled or not _closes_article(lines, start := min(garbled)):
        return range(0)
    while not _SENTENCE_END.search(lines[start - 1]):
        start -= 1
    return range(start, len(lines))
