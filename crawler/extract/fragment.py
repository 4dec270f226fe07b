"""The HTML or text that a feed carried, when the page could not be had. All of it is text; nothing is guessed away."""

from collections.abc import Iterator

from lxml import html
from lxml.etree import ParserError
from lxml.html import HtmlElement

from crawler.extract.draft import Draft
from crawler.extract.hygiene import flatten_text

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "td", "th", "tr", "ul",
})  # fmt: skip
_SILENT = frozenset({"script", "style", "noscript", "template", "iframe", "svg", "head"})


def read_fragment(text: str) -> Draft:
    """One line for each block of the fragment."""
    try:
        root = html.fragment_fromstring(text, create_parent="div")
    except (ParserError, ValueError):
        return Draft(lines=())
    return Draft(lines=tuple(read_blocks(root)))


def read_blocks(root: HtmlElement) -> Iterator[str]:
    """The text of an element, one line a block, in reading order; no two blocks are ever glued."""
    pieces: list[str] = []
    for event in _walk(root):
        if event is None:
            if line := flatten_text("".join(pieces)):
                yield line
            pieces = []
        else:
            pieces.append(event)
    if line := flatten_text("".join(pieces)):
        yield line


def _walk(root: HtmlElement) -> Iterator[str | None]:
    """Text pieces, and None where a block begins or ends. Iterative: nesting may be thousands deep."""
    stack: list[tuple[HtmlElement, bool]] = [(root, False)]
    while stack:
        element, is_done = stack.pop()
        speaks = isinstance(element.tag, str) and element.tag not in _SILENT
        is_block = element.tag in _BLOCKS
        if is_block:
            yield None
        if not is_done and speaks:
            yield element.text or ""
            stack.append((element, True))
            stack.extend((child, False) for child in reversed(element))
            continue
        if element is not root and element.tail:
            yield element.tail
