"""Which lines of a page are its running text: trafilatura's answer, checked against a second opinion."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import takewhile

from lxml.html import HtmlElement

from crawler.extract.blocks import make_key
from crawler.extract.draft import trim_line
from crawler.extract.fragment import part_line, read_blocks
from crawler.extract.hygiene import clean_text, count_words
from crawler.extract.links import find_link_lines, find_teasers, measure_links
from crawler.extract.quick import extract_text
from crawler.extract.rescue import NO_MAIN_TEXT, MainText, find_main_text
from crawler.extract.siblings import add_siblings

# what it complains of is our Unreadable; its own lines would only repeat it without an address
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("htmldate").setLevel(logging.CRITICAL)

_MOST_LINKS = 0.4
"""Part of the lines that may be links; beyond it, what is left must be the page's main text."""
_COVERED = 0.9
_MOSTLY_GLUED = 0.5
"""Part of the text in which paragraphs are run together."""
_SHORTEST_PARAGRAPH = 40
"""Before the first, even short links are no part of an article: menus, the author, the section."""
_LONG_LIST = 6
_FEW_WORDS = 25
"""Beside links, such as a section's name and a label or two."""
_FEW_LINES = 3
_SHORTEST = 200
"""Code points that the thorough way must find to be preferred for finding less."""


@dataclass(frozen=True, slots=True)
class RunningText:
    """Lines in reading order, and which of them lead elsewhere or stand below the article."""

    lines: tuple[str, ...]
    links: frozenset[str] = frozenset()
    teasers: frozenset[str] = frozenset()
    tail: frozenset[str] = frozenset()
    main: MainText = NO_MAIN_TEXT
    listing: bool = False
    """Hardly anything but links to other pages."""

    @property
    def size(self) -> int:
        """Code points of its lines."""
        return sum(map(len, self.lines))

    @property
    def own(self) -> list[str]:
        """The lines that are the article's own."""
        foreign = self.links | self.teasers | self.tail
        return [line for line in self.lines if line not in foreign]


def read_running_text(tree: HtmlElement, url: str, others: frozenset[str] = frozenset(), *, live: bool) -> RunningText:
    """trafilatura's fast way. Where the second opinion finds the text elsewhere, its thorough way or that text itself;
    where it has no opinion, the way that finds less.

    `others`: keys of lines that are known to belong to other stories. A live blog's entries look like a row of teasers,
    and are not.
    """
    if live:
        return RunningText(tuple(_run_trafilatura(tree, url, fast=False)))
    teasers = find_teasers(tree) | others
    text = _choose_text(tree, url, teasers)
    return replace(text, lines=add_siblings(text.main, text.lines, teasers)) if not text.listing else text


def _choose_text(tree: HtmlElement, url: str, teasers: frozenset[str]) -> RunningText:
    elsewhere, main = measure_links(tree), find_main_text(tree, teasers)
    sort = partial(_sort_lines, elsewhere=elsewhere, teasers=teasers, main=main)
    found = list(_run_trafilatura(tree, url, fast=True))
    glued = main.find_glued(found)
    if sum(map(len, glued)) >= _MOSTLY_GLUED * sum(map(len, found)) > 0:
        return sort(main.read_whole())  # a table lays out the page, or trafilatura gave up and took all its text
    quick = sort([part for line in _part_lines(tree, found) for part in glued.get(line, [line])])
    if main.confirms(quick.own):
        return quick
    thorough = sort(_part_lines(tree, list(_run_trafilatura(tree, url, fast=False))))
    if main.contradicts(thorough.own):
        return sort(main.read_lines())
    if main.contradicts(quick.own) or _SHORTEST <= thorough.size < quick.size:
        return thorough
    return quick


def _sort_lines(
    lines: Sequence[str], elsewhere: Mapping[str, int], teasers: frozenset[str], main: MainText
) -> RunningText:
    cards = frozenset(line for line in lines if make_key(line) in teasers)
    tail = main.find_tail(lines)
    head = list(takewhile(lambda line: len(line) < _SHORTEST_PARAGRAPH, lines))
    links = find_link_lines(lines, elsewhere) | find_link_lines(head, elsewhere, shortest=1)
    text = RunningText(tuple(lines), links, cards, tail, main)
    if len(text.links) <= _MOST_LINKS * len(lines) or (main.size and main.measure_coverage(text.own) >= _COVERED):
        return text
    said = " ".join(line for line in lines if not elsewhere.get(make_key(line), 0))
    listing = len(lines) >= _LONG_LIST and count_words(said) < _FEW_WORDS
    return replace(text, links=frozenset(), listing=listing)  # linking is how this page writes


def _part_lines(tree: HtmlElement, lines: list[str]) -> list[str]:
    """Where trafilatura finds little, it takes all that an element says, in one line."""
    if len(lines) > _FEW_LINES:
        return lines
    blocks = list(read_blocks(tree))
    return [part for line in lines for part in part_line(line, blocks)]


def _run_trafilatura(tree: HtmlElement, url: str, *, fast: bool) -> Iterator[str]:
    for line in clean_text(extract_text(tree, url, fast=fast)).split("\n"):
        if flat := trim_line(" ".join(line.split())):
            yield flat
