"""trafilatura's fast way without what it does in vain on most pages. What it gives is the same, as tests hold it to.

Of the time that `bare_extraction` takes, a third goes to copies that nobody reads, to a backup for comparisons that the
fast way does not make, and to expressions for which lxml calls Python at each element, to find boxes that few pages
have.
"""

import re
from collections.abc import Sequence
from copy import copy

from lxml.etree import XPath
from lxml.html import HtmlElement
from trafilatura import bare_extraction, html2txt
from trafilatura.core import ESCALATION_MAX_LENGTH, ESCALATION_PAGE_SHARE, _forum_thread_page
from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.settings import Document, Extractor
from trafilatura.xml import xmltotxt
from trafilatura.xpaths import RAW_TREE_PRUNE_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH

_OPTIONS = Extractor(output_format="python", fast=True, comments=False)
_BOXES = ("div", "section", "aside", "details", "list", "ol", "ul")
"""What these expressions look at."""
_PIECES = XPath(
    ".//text()[not(parent::script or parent::style or parent::svg or parent::template)]", smart_strings=False
)
_TESTS = re.compile(r"(?:re:test|contains)\(@(?:id|class), '([^']+)'")


def _join_tests(expressions: Sequence[XPath]) -> re.Pattern[str]:
    """One of its tests holds for the name or the classes of whatever these find."""
    return re.compile(
        "|".join(f"(?:{test})" for each in expressions for test in _TESTS.findall(each.path)), re.MULTILINE
    )


_RAW, _COMMENTS = _join_tests(RAW_TREE_PRUNE_XPATH), _join_tests(REMOVE_COMMENTS_AND_LISTS_XPATH)


def extract_text(tree: HtmlElement, url: str, *, fast: bool) -> str:
    """What trafilatura takes for the text of a page, comments left out; empty where it finds none."""
    if fast and (text := _extract_quickly(tree, url)):
        return text
    document = bare_extraction(tree, url=url or None, include_comments=False, fast=fast)
    return (document.text or "") if isinstance(document, Document) else ""


def _extract_quickly(tree: HtmlElement, url: str) -> str:
    """Empty where trafilatura tries further ways, or may."""
    options = copy(_OPTIONS)
    options.url = options.source = url or None
    try:
        tree = _prune(tree)
        body, text = extract_content(convert_tags(tree_cleaning(copy(tree), options), options, options.url), options)
        if len(text) < options.min_extracted_size or _may_miss(tree, text):
            return ""
        return xmltotxt(body, options.formatting)
    except (TypeError, ValueError):
        return ""  # as what trafilatura itself gives up on


def _prune(tree: HtmlElement) -> HtmlElement:
    """Without boxes of comments and of further articles; the tree itself where it has none."""
    names = "\n".join([name for each in tree.iter(*_BOXES) for name in (each.get("id"), each.get("class")) if name])
    raw, comments = _RAW.search(names), _COMMENTS.search(names) and not _forum_thread_page(tree)
    if raw or comments:
        tree = copy(tree)
    if raw:
        tree = prune_unwanted_nodes(tree, RAW_TREE_PRUNE_XPATH)
    return prune_unwanted_nodes(tree, REMOVE_COMMENTS_AND_LISTS_XPATH) if comments else tree


def _may_miss(tree: HtmlElement, text: str) -> bool:
    """Is it little beside all that the page says? That is less than all its pieces of text, each a word of its own."""
    if len(text) >= ESCALATION_MAX_LENGTH:
        return False
    body = tree.find(".//body")
    pieces: Sequence[str] = _PIECES(tree if body is None else body)
    most = len(" ".join(" ".join(pieces).split()))
    return len(text) < ESCALATION_PAGE_SHARE * most and len(text) < ESCALATION_PAGE_SHARE * len(html2txt(tree))
