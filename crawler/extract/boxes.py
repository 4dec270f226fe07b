"""Fact boxes of the page template around the article: cut from the tree, titles and all, before text is looked for.

A box is known by percent-encoded text in it, by its heading or by a class that calls it one; those of the same make
beside it are boxes too, even if they were decoded and look like text. trafilatura would keep their paragraphs and drop
their headings.
"""

import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from crawler.extract.blocks import describe_make
from crawler.extract.fragment import read_blocks
from crawler.extract.residue import LONGEST_LABEL, compile_lines, is_garbled
from crawler.models import Removed
from settings.model import ResidueRule

_HOLDERS = ("div", "p", "section", "span", "td", "li", "strong", "b", "h2", "h3", "h4", "h5", "h6")
_NAMED = re.compile(r"(?:^|[\s_-])(?:fact|info|fakten|profile)[_-]?box(?:$|[\s_-])", re.IGNORECASE)
_HEADINGS = ("h2", "h3", "h4", "h5", "h6", "strong", "b")
_KINDS = tuple(f"{kind}{mark}" for kind in ("fact", "info", "fakten", "profile") for mark in ("", "-", "_"))
_LARGEST_SHARE = 0.5
"""Of the page's text; what holds more is no box but the article with its boxes."""
_REASON = "a fact box of the page template, known by its heading, its class or by percent-encoded text"


def cut_boxes(tree: HtmlElement, rules: Sequence[ResidueRule], source: str) -> tuple[Removed, ...]:
    """Take every box out of the tree that is one, or is made like one and stands beside it. `source` is its markup."""
    is_heading = compile_lines(tuple(rule.line for rule in rules if rule.extent == "rest" and rule.line))
    marks = [
        element
        for element in tree.iter(*_HOLDERS)
        if (text := (element.text or "").strip())
        and (is_garbled(text) or (len(text) <= LONGEST_LABEL and is_heading(text)))
    ]
    holders = tree.iter("div", "aside", "section")
    named = [element for element in holders if (made_as := element.get("class")) and _NAMED.search(made_as)]
    named = named if named and _has_kind(source) else []
    if not marks and not named:
        return ()
    limit = _LARGEST_SHARE * len(tree.text_content())
    boxes = list(dict.fromkeys(box for mark in marks for box in _find_boxes(mark, limit)))
    boxes += [box for box in named if len(box.text_content()) <= limit and _is_headed(box)]
    removed = tuple(Removed(line, "fact-box", _REASON) for box in boxes for line in read_blocks(box))
    for box in boxes:
        if box.getparent() is not None:
            box.drop_tree()
    return removed


def _is_headed(box: HtmlElement) -> bool:
    """Has it a heading of its own, and not the article's? What a reporter sets apart in his text has none."""
    return next(box.iter("h1"), None) is None and next(box.iter(*_HEADINGS), None) is not None


def _has_kind(source: str) -> bool:
    """Is such a name in the markup, in small letters?"""
    return any(source.endswith(_KINDS, 0, found.start()) for found in re.finditer("box", source))


def _find_boxes(mark: HtmlElement, limit: float) -> Iterator[HtmlElement]:
    """The box around a mark and its siblings of the same make; garbled text alone where it has no box."""
    box = mark.getparent()
    while box is not None and len(box) == 1 and not (box.text or "").strip() and not (box[0].tail or "").strip():
        box = box.getparent()  # nothing but the heading
    if box is None or box.tag in {"body", "article", "main"} or len(box.text_content()) > limit:
        if is_garbled(mark.text or ""):
            yield mark
        return
    make, parent = _describe_box(box), box.getparent()
    alike = [sibling for sibling in (parent if parent is not None else [box]) if _describe_box(sibling) == make]
    yield from alike if sum(len(other.text_content()) for other in alike) <= limit else [box]


def _describe_box(element: HtmlElement) -> tuple[str, ...]:
    """The make of an element and of its children."""
    return (describe_make(element), *(describe_make(child) for child in element))
