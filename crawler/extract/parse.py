"""Markup → tree, once for each page. Everything that reads the page afterwards shares it."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from lxml.etree import ElementDefaultClassLookup, ErrorTypes, LxmlError
from lxml.html import HtmlElement, HTMLParser, fromstring
from trafilatura.utils import is_dubious_html, repair_faulty_html

from crawler.extract.fragment import INLINE
from crawler.extract.shown import part_lines

_HEAD = 50
"""Code points in which trafilatura looks for a sign of HTML."""
_FIRST_LINES = 4096
"""Code points in which it looks for faults of the first lines."""
_FEWEST_CHILDREN = 2
_BESIDE_TEXT = ("h1", "h2", "h3", "div", "p", "ul", "ol", "table", "figure", "section", "blockquote", "aside")
_HOLDERS = frozenset({"article", "body", "div", "main", "section", "td"})
_SHORTEST_SENTENCE = 40


class _Element(HtmlElement):
    def text_content(self) -> str:
        """lxml's asks an XPath; most elements hold no other, and need none."""
        return super().text_content() if len(self) else self.text or ""


def _make_parser() -> HTMLParser:
    parser = HTMLParser(
        collect_ids=False, default_doctype=False, encoding="utf-8", remove_comments=True, remove_pis=True
    )
    # lxml asks a Python function for the class of every element that is touched, on every pass; we need only one class
    parser.set_element_class_lookup(ElementDefaultClassLookup(element=_Element))
    return parser


_PARSER = _make_parser()


_CONTROLS = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])(?:;|(?!\d))|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F])(?:;|(?![0-9a-fA-F])))"
)


def _drop_controls(source: str) -> str:
    """Without what lxml reads and then refuses to set again when elements are taken out: no text has it after us. What
    is not written as a reference, trafilatura drops."""
    source = source.replace("\x0b", " ").replace("\x0c", " ")
    return _CONTROLS.sub(lambda found: " " if html.unescape(found[0]) in "\x0b\x0c" else "", source)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A page's tree, and whether the parser read it to its end: it gives up below 255 levels of elements."""

    tree: HtmlElement
    is_whole: bool
    elements: Sequence[HtmlElement]
    """All that it had at first. While somebody holds them, lxml makes no new object for each on every pass."""


def parse_page(source: str, *, has_controls: bool) -> Parsed | None:
    """The tree that trafilatura would build of it, with cheaper elements; None when it is no HTML. `has_controls`: may
    there be characters that XML has not?"""
    source = _drop_controls(source) if has_controls else source
    beginning = source[:_HEAD].lower()
    tree = _parse_text(_repair(source, beginning, whole=has_controls))
    if tree is None or (is_dubious_html(beginning) and len(tree) < _FEWEST_CHILDREN):
        return None
    elements = list(tree.iter())
    part_lines(tree)
    _wrap_text(tree)
    complaint = _PARSER.error_log.last_error
    return Parsed(tree, complaint is None or complaint.type != ErrorTypes.ERR_RESOURCE_LIMIT, elements)


def _repair(source: str, beginning: str, *, whole: bool) -> str:
    """As trafilatura does; but for what XML has not, it mends the first lines alone."""
    end = 0 if whole else source.find("\n", _FIRST_LINES) + 1
    if not end:
        return repair_faulty_html(source, beginning)
    return repair_faulty_html(source[:end], beginning) + source[end:]


def _wrap_text(tree: HtmlElement) -> None:
    """Bare text beside a block becomes a paragraph: extractors lose it or glue it to what is around it."""
    for block in list(tree.iter(*_BESIDE_TEXT)):
        parent, before = block.getparent(), block.getprevious()
        if parent is None or parent.tag not in _HOLDERS:
            continue
        if _is_text(block.tail):
            paragraph, block.tail = _make_paragraph(block.tail), None
            paragraph.extend(list(takewhile(_is_inline, block.itersiblings())))
            block.addnext(paragraph)
        if before is None and _is_text(parent.text):
            block.addprevious(_make_paragraph(parent.text))
            parent.text = None
        elif before is not None and before.tag in INLINE and _is_text(before.tail):
            _wrap_before(block, parent)


def _wrap_before(block: HtmlElement, parent: HtmlElement) -> None:
    """What stands before the first block of its parent; behind other blocks it was wrapped already."""
    inline = list(takewhile(_is_inline, block.itersiblings(preceding=True)))[::-1]
    if inline[0].getprevious() is None:
        paragraph, parent.text = _make_paragraph(parent.text), None
        paragraph.extend(inline)
        block.addprevious(paragraph)


def _make_paragraph(text: str | None) -> HtmlElement:
    paragraph = HtmlElement()
    paragraph.tag, paragraph.text = "p", text
    return paragraph


def _is_inline(element: HtmlElement) -> bool:
    return element.tag in INLINE


def _is_text(text: str | None) -> bool:
    return text is not None and len(text) >= _SHORTEST_SENTENCE and len(text.strip()) >= _SHORTEST_SENTENCE


def _parse_text(source: str) -> HtmlElement | None:
    """As text; as bytes where it declares an encoding, which lxml refuses in text, or where nothing came of it."""
    for as_bytes in (False, True):
        try:
            tree = fromstring(source.encode("utf-8", "surrogatepass") if as_bytes else source, parser=_PARSER)
        except (LxmlError, ValueError):
            continue
        if len(tree):
            return tree
    return None
