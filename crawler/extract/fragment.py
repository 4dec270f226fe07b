"""HTML → lines, without any guess what is article and what is not: feed fragments, and what the parser gave up on."""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from lxml.etree import ParserError
from lxml.html import HtmlElement, fragment_fromstring

from crawler.extract.blocks import make_key
from crawler.extract.hygiene import flatten_text

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "td", "th", "tr", "ul",
})  # fmt: skip
INLINE = frozenset({
    "a", "abbr", "b", "br", "em", "font", "i", "img", "mark", "q", "s", "small", "span", "strong", "sub", "sup", "time",
    "u", "wbr",
})  # fmt: skip
SILENT = frozenset({"script", "style", "noscript", "template", "iframe", "svg", "head"})
_NOTHING: Mapping[HtmlElement, Sequence[str]] = MappingProxyType({})
_NEARLY_ALL = 0.95
_LONGEST_NAME = 10
_MARKUP = re.compile(r"<(?:p|br|div|li)\b", re.IGNORECASE)


def read_html(text: str) -> list[str]:
    """One line for each block of a fragment; plain text is a fragment too."""
    try:
        return list(read_blocks(fragment_fromstring(text, create_parent="div")))
    except (ParserError, ValueError):
        return []


def read_lines(text: str) -> list[str]:
    """The same of a text in structured data: where it has no markup, its line breaks set paragraphs apart."""
    parts = [text] if _MARKUP.search(text) else text.split("\n")
    return [line for part in parts for line in read_html(part)]


def read_blocks(root: HtmlElement, instead: Mapping[HtmlElement, Sequence[str]] = _NOTHING) -> Iterator[str]:
    """The text of an element, one line a block, in reading order; no two blocks are ever glued.

    `instead`: elements whose lines are known or unwanted → the lines to read in their place.
    """
    return _join_pieces(_walk(root, instead))


def part_line(line: str, blocks: Iterable[str]) -> list[str]:
    """A line in which extractors ran the texts of blocks together → these, where they are all that it says."""
    key, parts, at = make_key(line), list[str](), 0
    for block in blocks:
        said = make_key(block)
        if said and key.startswith(said, at):
            parts.append(block)
            at += len(said)
    return parts if at >= _NEARLY_ALL * len(key) else [line]


def read_source(source: str) -> Iterator[str]:
    """The same from the bare markup, however deep it nests: no tree is built, and it is read once."""
    return _join_pieces(_scan(source))


def _join_pieces(pieces: Iterator[str | None]) -> Iterator[str]:
    """Pieces of text → lines; None ends a line."""
    line: list[str] = []
    for piece in pieces:
        if piece is not None:
            line.append(piece)
        elif text := flatten_text("".join(line)):
            yield text
            line = []
        else:
            line = []
    if text := flatten_text("".join(line)):
        yield text


def _walk(root: HtmlElement, instead: Mapping[HtmlElement, Sequence[str]]) -> Iterator[str | None]:
    """Text pieces, and None where a block begins or ends. Iterative: nesting may be thousands deep."""
    stack: list[tuple[HtmlElement, bool]] = [(root, False)]
    while stack:
        element, is_done = stack.pop()
        if element in instead:
            yield from (None, *(piece for line in instead[element] for piece in (line, None)), element.tail or "")
            continue
        speaks = isinstance(element.tag, str) and element.tag not in SILENT
        if element.tag in BLOCKS:
            yield None
        if not is_done and speaks:
            yield element.text or ""
            stack.append((element, True))
            stack.extend((child, False) for child in reversed(element))
        elif element is not root and element.tail:
            yield element.tail


def _scan(source: str) -> Iterator[str | None]:
    silent = ""
    for piece in source.split("<"):
        tag, _, text = piece.partition(">")
        name = tag[:_LONGEST_NAME].lower().split(None, 1)[0] if tag[:1].strip() else ""
        if silent:
            silent = "" if name == f"/{silent}" else silent
        elif name in SILENT and name != "head":
            silent = name
            continue
        if name.strip("/") in BLOCKS:
            yield None
        if not silent:
            yield html.unescape(text)
