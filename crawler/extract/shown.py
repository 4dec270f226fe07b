"""Which inline elements a page shows as paragraphs: their tags alone would have them read as one line."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from crawler.extract.fragment import BLOCKS

_PHRASES = (
    "b", "big", "cite", "data", "em", "font", "i", "ins", "mark", "q", "small", "span", "strong", "time",
    "tt", "u",
)  # fmt: skip
_DIVISIONS = frozenset({"div", "section", "article", "main"})
_LISTS = frozenset({"ul", "ol", "dl"})
_PARTS = frozenset({"div", "h2", "h3", "h4", "h5", "h6", "p"})
_SHORTEST_SENTENCE = 40
_ENDS = (".", "!", "?", "…", "؟", "۔", "。", "”", '"', "»")
_FULL_STOP = re.compile(r"[.!?…؟۔。][”\"»’]?\Z")
_BEGINNING = re.compile(r"[“\"«‘]?[^\W\d_a-z]")
_BLOCK = re.compile(r"\bdisplay\s*:\s*(?:block|flex|grid|table|list-item|flow-root)\b", re.IGNORECASE)
_DISPLAY = "display"
"""Begins it in nearly all style sheets in small letters: those are sought many times faster."""
_BLOCK_RULE = re.compile(r"display\s*:\s*(?i:block|flex|grid|table|list-item|flow-root)\b")
_HIDDEN = re.compile(r"\b(?:display\s*:\s*none|visibility\s*:\s*hidden)\b", re.IGNORECASE)
_LAST_NAME = re.compile(r"(?<![\w:.-])([a-zA-Z][\w-]*)?(\.[\w-]+)?(?::[\w-]+)?\s*$")
_LONGEST_SELECTORS = 1_000
_MOST_STYLE = 100_000
"""Code points of style sheets within the page that are read."""


def part_lines(tree: HtmlElement) -> None:
    """Give what the page shows as a line of its own an element that extractors take for one."""
    _part_sentences(tree)
    _open_items(tree)
    _part_headings(tree)


def is_hidden(element: HtmlElement) -> bool:
    """Does its own markup say that it is not shown?"""
    return element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "") is not None


def _part_sentences(tree: HtmlElement) -> None:
    """Phrases that hold a sentence and are shown as a line of their own become paragraphs.

    They are where a style says so, where they follow each other in a division as paragraphs do, and where nothing
    separates one sentence from the next, not even a space: no writer writes so.
    """
    for element in tree.iter("center"):
        element.tag = "div"
    names = _read_names(tree)
    phrases = [*tree.iter(*_PHRASES), *(each for each in tree.iter() if "-" in str(each.tag))]
    alone = (each for each in phrases if not (each.tail or "").strip())  # most go on, and are asked nothing dearer
    for element in [each for each in alone if _is_sentence(each.text_content()) and _is_apart(each, names)]:
        element.tag = "p"
        for parent in element.iterancestors():
            if parent.tag != "p" and parent.tag not in _PHRASES:
                break
            parent.tag = "div"


def _open_items(tree: HtmlElement) -> None:
    """Items of a list that hold blocks become divisions, and so do tables of one column, which only lay out the page.

    As items and as cells, each would be read as one line, its words glued.
    """
    lists = {item.getparent() for item in tree.iter("li", "dd") if _holds_lines(item)}
    for parent in lists:
        if parent is not None and parent.tag in _LISTS:
            parent.tag = "div"
            for item in parent:
                _open_item(item)
    for table in list(tree.iter("table")):
        rows = list(table.iter("tr"))
        if rows and all(len(row) == 1 for row in rows) and next(table.iterdescendants("table"), None) is None:
            for part in [table, *table.iter("tbody", "tr")]:
                part.tag = "div"
            for cell in list(table.iter("td", "th")):
                _open_item(cell)


def _open_item(item: HtmlElement) -> None:
    item.tag = "div" if any(child.tag in _PARTS for child in item) else "p"


def _part_headings(tree: HtmlElement) -> None:
    """Bold words right before a block are its heading, a line of their own; extractors glue them to its first word."""
    for phrase in list(tree.iter("b", "strong")):
        parent, block = phrase.getparent(), phrase.getnext()
        if parent is None or block is None or block.tag not in {"div", "p"} or phrase.getprevious() is not None:
            continue
        stands_alone = not (parent.text or "").strip() and not (phrase.tail or "").strip()
        if stands_alone and parent.tag in _PARTS and len(block.text_content()) >= _SHORTEST_SENTENCE:
            phrase.tag = "p"


def _holds_lines(item: HtmlElement) -> bool:
    """Does it hold two blocks, or one and text beside it?"""
    blocks = sum(child.tag in _PARTS for child in item)
    return blocks > 1 or (blocks > 0 and (len(item) > blocks or _has_bare_text(item)))


def _has_bare_text(item: HtmlElement) -> bool:
    return any((text or "").strip() for text in (item.text, *(child.tail for child in item)))


def _is_sentence(text: str) -> bool:
    """Is it as long as one, and does it end like one?"""
    return len(text) >= _SHORTEST_SENTENCE and text.rstrip().endswith(_ENDS)


def _is_apart(element: HtmlElement, names: frozenset[str]) -> bool:
    """Is it, and does no text of its parent run into it? None goes on from it."""
    if any(child.tag in BLOCKS or "-" in str(child.tag) for child in element.iterdescendants()):
        return False
    before, parent = element.getprevious(), element.getparent()
    ahead = before.tail if before is not None else parent.text if parent is not None else None
    if ahead is not None and ahead.strip() and not ahead.rstrip().endswith(_ENDS):
        return False
    return _is_shown_apart(element, names) or _follows_others(element) or _is_glued(element)


def _is_shown_apart(element: HtmlElement, names: frozenset[str]) -> bool:
    if _BLOCK.search(element.get("style") or ""):
        return True
    classes = (element.get("class") or "").split()
    tag = str(element.tag)
    return not names.isdisjoint([tag, *(f"{kind}.{name}" for name in classes for kind in ("", tag))])


def _follows_others(element: HtmlElement) -> bool:
    parent, other = element.getparent(), _find_other(element)
    if parent is None or parent.tag not in _DIVISIONS or other is None or other.tag not in {element.tag, "p"}:
        return False
    if element.tag != "span" and "-" not in str(element.tag):
        return False
    return not (parent.text or "").strip()


def _find_other(element: HtmlElement) -> HtmlElement | None:
    following = element.getnext()
    return following if following is not None else element.getprevious()


def _is_glued(element: HtmlElement) -> bool:
    """Does a sentence end right before it, or begin right behind it?"""
    before, after = element.getprevious(), element.getnext()
    pairs = ((before, element), (element, after))
    return any(
        first is not None
        and second is not None
        and first.tag == second.tag
        and not first.tail
        and _FULL_STOP.search(first.text_content()) is not None
        and _BEGINNING.match(second.text_content()) is not None
        for first, second in pairs
    )


def _read_names(tree: HtmlElement) -> frozenset[str]:
    """`tag`, `.class` or `tag.class` of what the page's own style sheets show as a block."""
    sheets = "".join(sheet.text or "" for sheet in tree.iter("style"))[:_MOST_STYLE].replace(_DISPLAY.upper(), _DISPLAY)
    named = (
        _find_selectors(sheets, place) for place in _find_places(sheets, _DISPLAY) if _BLOCK_RULE.match(sheets, place)
    )
    return frozenset(name for selectors in named for each in selectors.split(",") if (name := _name_last(each)))


def _find_places(text: str, word: str) -> Iterator[int]:
    place = text.find(word)
    while place >= 0:
        yield place
        place = text.find(word, place + len(word))


def _find_selectors(sheets: str, inside: int) -> str:
    """Those of the rule that a place in the style sheets is inside of; empty where it is in none."""
    start = sheets.rfind("{", 0, inside)
    if start <= sheets.rfind("}", 0, inside):
        return ""
    end_before = max(sheets.rfind("}", 0, start), sheets.rfind("{", 0, start))
    return sheets[max(end_before + 1, start - _LONGEST_SELECTORS) : start]


def _name_last(selector: str) -> str:
    """A mere tag counts where nothing but it is named: `.menu span` says nothing of an article's."""
    last = _LAST_NAME.search(selector)
    if last is None or not (last[2] or last[0].strip() == selector.strip()):
        return ""
    return f"{last[1] or ''}{last[2] or ''}"
