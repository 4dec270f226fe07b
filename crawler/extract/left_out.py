"""What stands in the article's own container or in a sidebar and was not taken: kept, so that an analyst sees that it
was dropped."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.blocks import make_key
from crawler.extract.fragment import BLOCKS, SILENT, read_blocks
from crawler.extract.links import find_story
from crawler.extract.shown import is_hidden
from crawler.models import NOT_TAKEN, Removed

_REASON = "it stands in the article's container, and was not taken for its text"
_BESIDE = "it stands in a sidebar, beside the article"
_BLOCKS = tuple(BLOCKS - {"br", "hr"})
_WHOLES = frozenset({"body", "html"})
_CHROME = frozenset({"button", "form", "nav", "select"})
_QUOTE = re.compile(r"(?:pull|block)-?_?quote", re.IGNORECASE)
_START = 30
"""Letters of a quotation that tell it apart: printed large, it is often shortened at its end."""
_SHORTEST = 15
"""Code points; shorter lines are labels."""
_MOST_LINES = 200
_MOST_SIDEBARS = 50


def find_left_out(tree: HtmlElement, main: HtmlElement | None, known: Iterable[str]) -> tuple[Removed, ...]:
    """`main`: what holds the running text; `known`: the texts of all zones."""
    said = "".join(map(make_key, known))
    holder = _find_holder(tree, main)
    lines = dict.fromkeys(_read_new(holder, said), _REASON) if holder is not None else {}
    for sidebar in _find_sidebars(tree, holder):
        for line in _read_new(sidebar, said):
            lines.setdefault(line, _BESIDE)
    return tuple(Removed(line, NOT_TAKEN, reason) for line, reason in islice(lines.items(), _MOST_LINES))


def _read_new(holder: HtmlElement, said: str) -> Iterator[str]:
    return (
        line
        for block in _find_blocks(holder)
        if _is_new(block.text_content(), said) and not _is_apart(block)
        for line in read_blocks(block)
        if _is_new(line, said)
    )


def _find_sidebars(tree: HtmlElement, holder: HtmlElement | None) -> Iterator[HtmlElement]:
    """The outermost, outside of the article's container; many a page calls what holds both `has-sidebar`."""
    around = {holder, *holder.iterancestors()} if holder is not None else set()
    known = {holder}
    for sidebar in islice(filter(_is_sidebar, tree.iter("aside", "div", "section")), _MOST_SIDEBARS):
        if sidebar not in around and known.isdisjoint(sidebar.iterancestors()):
            known.add(sidebar)
            yield sidebar


def open_quotes(tree: HtmlElement) -> None:
    """Quotations that are made as a figure or an aside become divisions, where the text does not say them anyway."""
    quotes = [each for each in tree.iter("figure", "aside") if _QUOTE.search(each.get("class") or "")]
    if not quotes:
        return
    said = make_key(tree.text_content())
    for quote in quotes:
        if (key := make_key(quote.text_content())[:_START]) and said.count(key) == 1:
            quote.tag = "div"
            quote.attrib.pop("class")


def _is_sidebar(element: HtmlElement) -> bool:
    if element.tag == "aside" or element.get("role") == "complementary":
        return True
    return "sidebar" in element.get("class", "") or "sidebar" in element.get("id", "")


def _find_holder(tree: HtmlElement, main: HtmlElement | None) -> HtmlElement | None:
    """What holds the page's heading and its text, with further articles of the same make beside it; where nothing but
    the whole page does, what holds the text."""
    heading, main = next(tree.iter("h1"), None), main if main is not None else find_story(tree)
    if main is None:
        return None
    within = set(heading.iterancestors()) if heading is not None else set()
    holder = next((each for each in (main, *main.iterancestors()) if each in within), main)
    if holder.tag in _WHOLES:
        return main
    parent = holder.getparent()
    if parent is not None and parent.tag not in _WHOLES and any(_is_alike(each, holder) for each in parent):
        return parent
    return holder


def _is_alike(element: HtmlElement, holder: HtmlElement) -> bool:
    """Is it another of what holds the article, as pages have it that go on with the next story?"""
    if element is holder or element.tag != holder.tag:
        return False
    return element.tag == "article" or not set(_name(element)).isdisjoint(_name(holder))


def _name(element: HtmlElement) -> list[str]:
    return (element.get("class") or "").split()


def _find_blocks(holder: HtmlElement) -> Iterator[HtmlElement]:
    """The innermost ones. Most blocks hold text and nothing else, and are asked no more than once."""
    blocks = list(holder.iter(*_BLOCKS))
    holding = {next((above for above in block.iterancestors() if above.tag in BLOCKS), None) for block in blocks}
    return (block for block in blocks if block not in holding)


def _is_new(text: str, said: str) -> bool:
    return len(text) >= _SHORTEST and len(key := make_key(text)) >= _SHORTEST and key not in said


def _is_apart(block: HtmlElement) -> bool:
    return any(each.tag in _CHROME or each.tag in SILENT or is_hidden(each) for each in (block, *block.iterancestors()))
