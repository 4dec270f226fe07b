"""Fact boxes of the page template around the article, some percent-encoded: cut from the tree, titles included."""

from collections.abc import Iterator

from lxml.html import HtmlElement

from crawler.extract.hygiene import flatten_text
from crawler.extract.residue import is_garbled
from crawler.models import Removed

_LARGEST_SHARE = 0.5
"""Of the page's text; what holds more is no box but the article with its boxes."""
_HOLDERS = ("div", "p", "section", "span", "td", "li")
_REASON = "a fact box of the page template, shown by percent-encoded boxes of the same make beside it"


def cut_boxes(tree: HtmlElement) -> tuple[Removed, ...]:
    """Take every box out of the tree that is made like one with percent-encoded text in it."""
    garbled = [element for element in tree.iter(*_HOLDERS) if is_garbled(element.text or "")]
    if not garbled:
        return ()
    limit = _LARGEST_SHARE * len(tree.text_content())
    boxes = list(dict.fromkeys(box for element in garbled for box in _find_boxes(element, limit)))
    removed = tuple(Removed(line, "fact-box", _REASON) for box in boxes for line in _read_box(box))
    for box in boxes:
        if box.getparent() is not None:
            box.drop_tree()
    return removed


def _find_boxes(element: HtmlElement, limit: float) -> Iterator[HtmlElement]:
    """The box around a garbled text and its siblings of the same make; the text itself where it has no box."""
    box = element.getparent()
    if box is None or box.tag == "body" or len(box.text_content()) > limit:
        yield element
        return
    make = _describe_make(box)
    parent = box.getparent()
    yield from (sibling for sibling in (parent if parent is not None else [box]) if _describe_make(sibling) == make)


def _describe_make(element: HtmlElement) -> tuple[object, ...]:
    """Tag and class of an element and of its children: what one template gives all its boxes."""
    children = tuple((child.tag, child.get("class")) for child in element)
    return (element.tag, element.get("class"), children)


def _read_box(box: HtmlElement) -> Iterator[str]:
    for text in box.itertext():
        if line := flatten_text(text):
            yield line
