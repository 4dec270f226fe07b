"""The paragraph under the headline that tells what and who, and that extractors most often lose."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.blocks import make_key
from crawler.extract.fragment import BLOCKS, read_blocks
from crawler.extract.hygiene import count_words, flatten_text
from crawler.extract.shown import is_hidden

_LINES = ("p", "h2", "h3", "h4", "div", "span", "strong")
_FOLLOWING = 120
"""Elements below the heading that are looked at."""
_MADE_FOR_IT = re.compile(
    r"(?:^|[\s_-])(?:lead|lede|standfirst|dek|deck|sub-?(?:title|head(?:line|ing)?)|teaser|excerpt|abstract|summary|intro|preamble"
    r"|ingress|chapo|sommario|entradilla|desc|strapline)(?:$|[\s_-])|[a-z](?:Lead|Standfirst|Dek|Subtitle|Excerpt)\b",
)
_SURELY_MADE = re.compile(
    r"(?:^|[\s_-])(?:standfirst|dek|deck|sub-?(?:title|head(?:line|ing)?)|strapline|chapo|sommario|entradilla)(?:$|[\s_-])"
    r"|[a-z](?:Standfirst|Dek|Subtitle|Strapline)\b",
)
"""A first paragraph is called a lead or an intro as often; never one of these."""
_FIRST_LINES = 3
_LEAST_LEFT = 60
"""Words of a body that may lose its standfirst; a flash has often nothing else."""
_NEAR = 12
"""Elements below the heading in which a class name alone is evidence."""
_SHORTEST = 30
_LONGEST = 700
_SAME_START = 40
_LEADS = frozenset({"p", "h2", "h3"})
_SHORTEST_LEAD = 60
_SENTENCE_END = re.compile(r"[.!?…؟۔][\"'”’»)]*$")
_APART = frozenset({"aside", "nav", "footer", "form", "figure", "li", "a", "blockquote"})
_HOLDING = BLOCKS - {"br"}


def find_standfirst(tree: HtmlElement, description: str, body: Sequence[str]) -> str:
    """The text below the heading that is the description or is made as a standfirst; empty if the body has it."""
    heading = next(tree.iter("h1"), None)
    if heading is None or not body:
        return ""
    body_keys = [make_key(line) for line in body]
    wanted, title = make_key(description), make_key(heading.text_content())
    for position, text, element in _read_candidates(heading, body_keys):
        key = make_key(text)
        if any(key in body_key for body_key in body_keys):
            return ""
        if key not in title and (_says_same(key, wanted) or (position < _NEAR and _is_lead(element, text))):
            return text
    return ""


def find_shown(tree: HtmlElement, description: str, body: Sequence[str]) -> str:
    """The line of the body that is its standfirst: made as one, and the description; empty where too little is left.

    Where the page has no description, what is made as a standfirst needs no other witness.
    """
    heading, wanted = next(tree.iter("h1"), None), make_key(description)
    if heading is None:
        return ""
    made = [
        element for element in islice(_list_following(heading), _NEAR) if _SURELY_MADE.search(_name_classes(element))
    ]
    if not made:
        return ""
    lines = {make_key(line): line for line in body[:_FIRST_LINES] if len(line) >= _SHORTEST}
    keys = (make_key(element.text_content()) for element in made if not _is_apart(element))
    shown = next((lines[key] for key in keys if key in lines and (not wanted or _says_same(key, wanted))), "")
    return shown if count_words(" ".join(body)) - count_words(shown) >= _LEAST_LEFT else ""


def _list_following(heading: HtmlElement) -> Iterator[HtmlElement]:
    """In reading order, found as they are asked for: most questions are answered by the first few."""
    for element in (heading, *heading.iterancestors()):
        for sibling in element.itersiblings():
            yield from sibling.iter(*_LINES)


def _read_candidates(heading: HtmlElement, body_keys: Sequence[str]) -> Iterator[tuple[int, str, HtmlElement]]:
    """Each with its place. A block is one: what a kicker says is none with what stands below it."""
    for position, element in enumerate(islice(_list_following(heading), _FOLLOWING)):
        text = element.text_content()
        if _SHORTEST <= len(text.strip()) <= _LONGEST and not _is_apart(element):
            yield from ((position, block, element) for block in _read_lines(element, text, body_keys))


def _read_lines(element: HtmlElement, text: str, body_keys: Sequence[str]) -> Iterator[str]:
    if not len(element):
        yield flatten_text(text)
        return
    is_block = not any(child.tag in _HOLDING for child in element)
    blocks = list(_read_shown(element)) if is_block or _is_made_for_it(element) else []
    if len(blocks) > 1 and all(map(_SENTENCE_END.search, blocks)) and not _hold_any(body_keys, blocks):
        blocks = [" ".join(blocks)]  # a standfirst of several paragraphs
    if len(blocks) == 1 or is_block:
        yield from (block for block in blocks if len(block) >= _SHORTEST)


def _is_apart(element: HtmlElement) -> bool:
    """Captions, code and what is not shown are no text under the heading."""
    if next(element.iter("script", "style", "figcaption"), None) is not None:
        return True
    return any(each.tag == "figure" or is_hidden(each) for each in (element, *element.iterancestors()))


def _hold_any(body_keys: Sequence[str], blocks: Sequence[str]) -> bool:
    return any(key in body_key for key in map(make_key, blocks) for body_key in body_keys)


def _read_shown(element: HtmlElement) -> Iterator[str]:
    return read_blocks(element, {each: () for each in element.iterdescendants() if is_hidden(each)})


def _says_same(key: str, wanted: str) -> bool:
    """Descriptions are cut off at the end, so a common start is enough."""
    return len(key) >= _SHORTEST and bool(wanted) and key[:_SAME_START] == wanted[:_SAME_START]


def _is_lead(element: HtmlElement, text: str) -> bool:
    """Is it made as a standfirst, or a sentence in a paragraph of its own above all that was taken for text?"""
    if _is_made_for_it(element):
        return True
    if element.tag not in _LEADS or len(text) < _SHORTEST_LEAD or not _SENTENCE_END.search(text):
        return False
    return all(each.tag not in _APART for each in element.iterancestors()) and element.find(".//a") is None


def _is_made_for_it(element: HtmlElement) -> bool:
    return bool(_MADE_FOR_IT.search(_name_classes(element)))


def _name_classes(element: HtmlElement) -> str:
    """Its own and its parent's."""
    parent = element.getparent()
    return f"{element.get('class') or ''} {(parent.get('class') or '') if parent is not None else ''}"
