"""Where the text is when a page's visible text is suspiciously short: in its data, or deeper than parsers go."""

import json
import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from crawler.extract.arc import ArcStory
from crawler.extract.blocks import make_key
from crawler.extract.fragment import read_html, read_lines, read_source
from crawler.extract.hygiene import count_words
from crawler.extract.parse import Parsed
from crawler.extract.structured import PageFacts

STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_STRING = re.compile(STRING, re.DOTALL)
_PARAGRAPH = re.compile(r"(?:<|\\u003[cC])p\b")
FEWEST_PARAGRAPHS = 2
_SHORT = 60
"""Words; a page with more is taken as it is."""
_FEWEST = 8
_BETTER = 1.5
_LOST = 2.0
"""Times that the markup must hold more text than the parsed tree, for the parser to have given up on it."""


def find_more(
    lines: Sequence[str], parsed: Parsed, source: str, facts: PageFacts, story: ArcStory
) -> tuple[str, ...] | None:
    """Better lines for a text that is short or was read in part, or None. A teaser in structured data is no longer
    than what it teases."""
    data = read_lines(facts.body) if len(lines) == 1 else []
    if len(data) > 1 and make_key("".join(data)) == make_key(lines[0]):
        return tuple(data)  # trafilatura reads it too, and runs it together
    have = count_words(" ".join(lines))
    if have >= _SHORT and parsed.is_whole:
        return None
    for candidate in _list_candidates(parsed.tree, source, facts, story):
        if count_words(" ".join(candidate)) > max(_BETTER * have, _FEWEST):
            return tuple(candidate)
    return None


def _list_candidates(tree: HtmlElement, source: str, facts: PageFacts, story: ArcStory) -> Iterator[Sequence[str]]:
    yield story.lines
    yield read_lines(facts.body)
    yield read_html(_find_state(tree))
    everything = list(read_source(source))
    if sum(map(len, everything)) > _LOST * len(" ".join(tree.text_content().split())):
        yield everything


def _find_state(tree: HtmlElement) -> str:
    """The longest text with paragraphs among the strings of the page's scripts: what they would put into the page."""
    found = ""
    for script in tree.iter("script"):
        for literal in _STRING.findall(script.text or ""):
            if len(literal) > len(found) and len(_PARAGRAPH.findall(literal)) >= FEWEST_PARAGRAPHS:
                found = _decode_string(literal) or found
    return found


def _decode_string(literal: str) -> str:
    try:
        return str(json.loads(literal, strict=False))
    except ValueError:
        return ""
