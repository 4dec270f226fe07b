"""A second opinion on where a page's text is, cheap enough to be asked on every page."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from lxml.html import HtmlElement

from crawler.extract.blocks import make_key
from crawler.extract.fragment import INLINE, read_blocks

_PARAGRAPHS = ("p", "div", "td", "section", "article")
_SHORTEST_PARAGRAPH = 40
_FEWEST_GLUED = 2
_MOST_LINKS = 0.5
_LEVELS = 4
"""How far up a paragraph counts for the containers around it, half as much at each level."""
_GROWTH = 1.5
"""A wider container must hold this many times the text to win."""
_LONGER = 0.9
_UNCONFIRMED = 0.2
_COVERED = 0.5
_NEARLY_ALL = 0.75
_SCOPE = 80
"""Code points of running text that an `article` element around the heading needs to be taken at its word."""


@dataclass(frozen=True, slots=True)
class MainText:
    """The container that holds the page's running text."""

    container: HtmlElement | None = None
    elements: tuple[HtmlElement, ...] = ()
    paragraphs: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return sum(map(len, self.paragraphs))

    def measure_coverage(self, lines: Sequence[str]) -> float:
        """Part of the running text that the lines hold, 0 to 1; 1 where there is none to speak of."""
        found = "".join(map(make_key, lines))
        held = sum(len(text) for text in self.paragraphs if make_key(text) in found)
        return held / self.size if self.size else 1.0

    def find_glued(self, lines: Sequence[str]) -> dict[str, list[str]]:
        """Each line in which several of the page's paragraphs stand → what it should have been.

        What stands as a line of its own too is only quoted there.
        """
        if len(self.paragraphs) < _FEWEST_GLUED and not any(_breaks_line(element) for element in self.elements):
            return {}
        apart = set(map(make_key, lines))
        pieces = {key: piece for piece in self._read_pieces() if (key := make_key(piece)) not in apart}
        split = {line: _split_line(line, pieces) for line in lines if len(line) > _FEWEST_GLUED * _SHORTEST_PARAGRAPH}
        return {line: parts for line, parts in split.items() if len(parts) > 1}

    def _read_pieces(self) -> Iterator[str]:
        """Its paragraphs, cut where the page breaks the line."""
        for element, text in zip(self.elements, self.paragraphs, strict=True):
            yield from read_blocks(element) if _breaks_line(element) else (text,)

    def confirms(self, lines: Sequence[str]) -> bool:
        """Has it an opinion, and does it not say that the text is elsewhere?"""
        return self.size >= _UNCONFIRMED * sum(map(len, lines)) and not self.contradicts(lines)

    def find_tail(self, lines: Sequence[str]) -> frozenset[str]:
        """The lines after the last that the container holds, if it holds nearly all: they stand below the article."""
        if self.container is None:
            return frozenset()
        text = make_key(self.container.text_content())
        held = [index for index, line in enumerate(lines) if make_key(line) in text]
        if sum(len(lines[index]) for index in held) < _NEARLY_ALL * sum(map(len, lines)) or not held:
            return frozenset()
        return frozenset(lines[held[-1] + 1 :])

    def read_whole(self) -> list[str]:
        """All that the container says, a block a line."""
        return list(read_blocks(self.container)) if self.container is not None else []

    def read_lines(self) -> list[str]:
        """Its paragraphs, cut where the page breaks the line."""
        return [line for element in self.elements for line in read_blocks(element)]

    def find_surroundings(self, tree: HtmlElement) -> HtmlElement:
        """The part of the page to look for the article's lines in."""
        if self.container is None:
            return tree
        return next(islice(self.container.iterancestors(), _LEVELS - 1, None), tree)

    def contradicts(self, lines: Sequence[str]) -> bool:
        """Is it longer than the lines, and do they hold next to nothing of it?"""
        return self.size >= _LONGER * sum(map(len, lines)) and self.measure_coverage(lines) < _COVERED


NO_MAIN_TEXT = MainText()


def _breaks_line(element: HtmlElement) -> bool:
    return next(element.iter("br"), None) is not None


def _split_line(line: str, pieces: Mapping[str, str]) -> list[str]:
    """The line, cut around the pieces that it holds; whole where it holds fewer than two.

    What stands within another piece, as a quotation does that is printed large, is no piece of its own.
    """
    key = make_key(line)
    held = [piece for piece_key, piece in pieces.items() if len(piece) >= _SHORTEST_PARAGRAPH and piece_key in key]
    if len(held) < _FEWEST_GLUED:
        return [line]
    spans: list[tuple[int, int]] = []
    for piece in sorted(held, key=len, reverse=True):
        start = line.find(piece)
        end = start + len(piece)
        if start >= 0 and all(end <= other[0] or start >= other[1] for other in spans):
            spans.append((start, end))
    if len(spans) < _FEWEST_GLUED:
        return [line]
    cuts = sorted({0, len(line), *(at for span in spans for at in span)})
    return [part for start, end in pairwise(cuts) if (part := line[start:end].strip(" |"))]


def find_main_text(tree: HtmlElement, teasers: Collection[str] = ()) -> MainText:
    """Paragraphs vote for the containers around them; the winner grows to a container that holds much more."""
    texts = {element: text for element, text in _read_paragraphs(tree) if make_key(text) not in teasers}
    texts = {element: text for element, text in texts.items() if not _is_aside(element)} or texts
    scope = _find_scope(tree, texts)
    votes: dict[HtmlElement, float] = defaultdict(float)
    for element in [element for element in scope.iter(*_PARAGRAPHS) if element in texts]:
        for level, container in zip(range(_LEVELS), _containers(element), strict=False):
            votes[container] += len(texts[element]) / 2**level
    if not votes:
        return NO_MAIN_TEXT
    main = max(votes, key=votes.__getitem__)
    if scope.tag == "article":
        main = _grow_container(main, scope, texts)
    elements = tuple(element for element in main.iter(*_PARAGRAPHS) if element in texts)
    return MainText(main, elements, tuple(texts[element] for element in elements))


def _is_aside(element: HtmlElement) -> bool:
    return any(True for _ in element.iterancestors("aside", "footer", "nav"))


def _containers(element: HtmlElement) -> Iterator[HtmlElement]:
    """What a text votes for: what is around a paragraph; a division of bare text is itself a container."""
    if element.tag != "p":
        yield element
    yield from element.iterancestors()


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
    return [texts[element] for element in container.iter(*_PARAGRAPHS) if element in texts]


def _find_scope(tree: HtmlElement, texts: dict[HtmlElement, str]) -> HtmlElement:
    """The article element around the page's first heading, if it has text; else the page."""
    heading = next(tree.iter("h1"), None)
    for article in heading.iterancestors("article") if heading is not None else ():
        if sum(map(len, _texts_within(article, texts))) >= _SCOPE:
            return article
    return tree


def _read_paragraphs(tree: HtmlElement) -> Iterator[tuple[HtmlElement, str]]:
    """Paragraphs, and divisions with bare text, that are running text: long enough and not mostly links."""
    for element in tree.iter(*_PARAGRAPHS):
        if element.tag != "p" and not _holds_bare_text(element):
            continue
        text = " ".join(element.text_content().split())
        if len(text) < _SHORTEST_PARAGRAPH:
            continue
        if sum(len(link.text_content()) for link in element.iter("a")) < _MOST_LINKS * len(text):
            yield element, text


def _holds_bare_text(element: HtmlElement) -> bool:
    """Does a division do a paragraph's work: text of its own and only inline elements within?"""
    bare = len((element.text or "").strip())
    for child in element:
        if child.tag not in INLINE:
            return False
        bare += len((child.tail or "").strip())
    return bare >= _SHORTEST_PARAGRAPH
