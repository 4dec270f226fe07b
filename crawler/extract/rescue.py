"""A second opinion on where the page's text is, cheap enough for every page, and what it is worth beside trafilatura's."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.blocks import make_key

_SHORTEST_PARAGRAPH = 40
_MOST_LINKS = 0.5
_LEVELS = 4
"""How far up a paragraph counts for the containers around it, half as much at each level."""
_GROWTH = 1.5
"""A wider container must hold this many times the text to win."""
_LONGER = 0.9
_COVERED = 0.5
_SCOPE = 400
"""Code points of running text that an `article` element around the heading needs to be taken at its word."""


@dataclass(frozen=True, slots=True)
class MainText:
    """The container that holds the page's running text."""

    container: HtmlElement | None
    paragraphs: tuple[str, ...]

    @property
    def size(self) -> int:
        return sum(map(len, self.paragraphs))

    def measure_coverage(self, lines: Sequence[str]) -> float:
        """Part of the running text that the lines hold, 0 to 1; 1 where there is none to speak of."""
        found = "".join(map(make_key, lines))
        held = sum(len(text) for text in self.paragraphs if make_key(text) in found)
        return held / self.size if self.size else 1.0

    def find_surroundings(self, tree: HtmlElement) -> HtmlElement:
        """The part of the page to look for the article's lines in."""
        if self.container is None:
            return tree
        return next(islice(self.container.iterancestors(), _LEVELS - 1, None), tree)

    def contradicts(self, lines: Sequence[str]) -> bool:
        """Is it longer than the lines, and do they hold next to nothing of it?"""
        return self.size >= _LONGER * sum(map(len, lines)) and self.measure_coverage(lines) < _COVERED


def find_main_text(tree: HtmlElement) -> MainText:
    """Paragraphs vote for the containers around them; the winner grows to a container that holds much more."""
    scope = _find_scope(tree)
    texts = {element: text for element in scope.iter("p") if (text := _read_paragraph(element))}
    votes: dict[HtmlElement, float] = defaultdict(float)
    for element, text in texts.items():
        for level, ancestor in zip(range(_LEVELS), element.iterancestors(), strict=False):
            votes[ancestor] += len(text) / 2**level
    if not votes:
        return MainText(None, ())
    main = max(votes, key=votes.__getitem__)
    if scope.tag == "article":
        main = _grow_container(main, scope, texts)
    return MainText(main, tuple(_texts_within(main, texts)))


def _grow_container(main: HtmlElement, scope: HtmlElement, texts: dict[HtmlElement, str]) -> HtmlElement:
    """Within the article element, the text may be spread over several containers: live blogs, pages cut by pictures."""
    size = sum(map(len, _texts_within(main, texts)))
    for ancestor in main.iterancestors():
        if main is scope:
            break
        grown = sum(map(len, _texts_within(ancestor, texts)))
        if grown >= _GROWTH * size:
            main, size = ancestor, grown
        if ancestor is scope:
            break
    return main


def _texts_within(container: HtmlElement, texts: dict[HtmlElement, str]) -> list[str]:
    return [texts[element] for element in container.iter("p") if element in texts]


def _find_scope(tree: HtmlElement) -> HtmlElement:
    """The article element around the page's first heading, if it has text; else the page."""
    heading = next(tree.iter("h1"), None)
    for article in heading.iterancestors("article") if heading is not None else ():
        if sum(len(_read_paragraph(element)) for element in article.iter("p")) >= _SCOPE:
            return article
    return tree


def _read_paragraph(element: HtmlElement) -> str:
    """Its text, if it is running text: long enough and not mostly links."""
    text = " ".join(element.text_content().split())
    links = sum(len(link.text_content()) for link in element.iter("a"))
    return text if len(text) >= _SHORTEST_PARAGRAPH and links < _MOST_LINKS * len(text) else ""
