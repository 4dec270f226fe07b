"""A page's HTML → Draft: the text through trafilatura, what the page says about itself, captions."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from lxml import etree
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document
from trafilatura.utils import load_html

from crawler.extract.blocks import find_makes, make_key
from crawler.extract.boxes import cut_boxes
from crawler.extract.draft import Draft, trim_line
from crawler.extract.furniture import Trace, TracedLine
from crawler.extract.hygiene import clean_text, flatten_text
from crawler.extract.links import find_link_lines
from crawler.extract.metadata import date_page, read_metadata
from crawler.extract.rescue import MainText, find_main_text
from crawler.extract.standfirst import find_standfirst
from crawler.extract.structured import read_json_ld, read_meta
from crawler.extract.zones import remove_lines

_CAPTIONS = etree.XPath(
    ".//figcaption | .//figure//*[contains(@class, 'caption')] | .//*[contains(@class, 'wp-caption-text')]"
)
_ALT_WORDS = 5
"""An alternative text of fewer words names its picture and is no caption."""
_ELSEWHERE = ("a", "aside", "footer", "nav")
"""A picture in one of these leads to another article."""
_JOINERS = re.compile("[\u200c\u200d]|&(?:zwn?j|#820[45]|#[xX]200[cCdD]);")
_ZWJ_FORMS = frozenset({"\u200d", "&zwj;", "&#8205;", "&#x200d;", "&#X200d;", "&#x200D;", "&#X200D;"})
_FROM_STANDINS = str.maketrans({"\ua9c1": "\u200c", "\ua9c2": "\u200d"})


def read_page(text: str, url: str, fetched_at: datetime | None) -> Draft | None:
    """None when it is no HTML. trafilatura drops the joiners that Persian needs: rare characters stand in for them."""
    tree = load_html(_JOINERS.sub(_stand_in, text))
    if tree is None:
        return None
    facts, meta = read_json_ld(tree), read_meta(tree)
    draft = replace(
        read_metadata(tree, facts, meta, url),
        published=date_page(tree, facts, meta, fetched_at),
        captions=tuple(dict.fromkeys(_read_captions(tree))),
        removed=cut_boxes(tree),
    )
    main = find_main_text(tree)
    lines = _read_lines(tree, main, url)
    links = find_link_lines(lines, tree)
    standfirst = find_standfirst(tree, draft.description, [make_key(line) for line in lines]) if lines else ""
    draft = replace(
        draft,
        lines=tuple(lines),
        trace=_trace_lines(main.find_surroundings(tree), lines, links | frozenset(draft.headlines)),
        description=standfirst or draft.description,
    )
    return _restore_joiners(remove_lines(draft, links, "link-line", "nothing but a link to another page"))


def _trace_lines(surroundings: HtmlElement, lines: Sequence[str], idle: frozenset[str]) -> Trace:
    makes = find_makes(surroundings, lines)
    return Trace(tuple(TracedLine(line, makes.get(line, ""), line in idle) for line in lines))


def _stand_in(joiner: re.Match[str]) -> str:
    return "\ua9c2" if joiner[0] in _ZWJ_FORMS else "\ua9c1"


def _restore_joiners(draft: Draft) -> Draft:
    return replace(
        draft,
        lines=_restore_all(draft.lines),
        title=_restore(draft.title),
        description=_restore(draft.description),
        captions=_restore_all(draft.captions),
        removed=tuple(replace(piece, text=_restore(piece.text)) for piece in draft.removed),
        authors=_restore_all(draft.authors),
    )


def _restore(text: str) -> str:
    return text.translate(_FROM_STANDINS)


def _restore_all(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_restore(text) for text in texts)


def _read_lines(tree: HtmlElement, main: MainText, url: str) -> list[str]:
    """trafilatura's fast way; where the second opinion finds the text elsewhere, its thorough way, or that text."""
    lines = list(_run_trafilatura(tree, url, fast=True))
    if not main.contradicts(lines):
        return lines
    thorough = list(_run_trafilatura(tree, url, fast=False))
    return list(main.paragraphs) if main.contradicts(thorough) else thorough


def _run_trafilatura(tree: HtmlElement, url: str, *, fast: bool) -> Iterator[str]:
    document = bare_extraction(tree, url=url or None, include_comments=False, fast=fast)
    if document is None or not isinstance(document, Document):
        return
    for line in clean_text(document.text or "").split("\n"):
        if flat := trim_line(flatten_text(line)):
            yield flat


def _read_captions(tree: HtmlElement) -> Iterator[str]:
    for element in _CAPTIONS(tree):
        if caption := flatten_text(element.text_content()):
            yield caption
    for image in tree.iterfind(".//img[@alt]"):
        alt = flatten_text(image.get("alt", ""))
        if len(alt.split()) >= _ALT_WORDS and not any(True for _ in image.iterancestors(*_ELSEWHERE)):
            yield alt
