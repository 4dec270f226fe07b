"""Where the text is when a page's visible text is suspiciously short: in its data, or deeper than a parser goes."""

from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from crawler.extract.arc import ArcStory
from crawler.extract.fragment import read_html, read_source
from crawler.extract.hygiene import count_words
from crawler.extract.parse import Parsed
from crawler.extract.structured import PageFacts

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
    have = count_words(" ".join(lines))
    if have >= _SHORT and parsed.is_whole:
        return None
    for candidate in _list_candidates(parsed.tree, source, facts, story):
        if count_words(" ".join(candidate)) > max(_BETTER * have, _FEWEST):
            return tuple(candidate)
    return None


def _list_candidates(tree: HtmlElement, source: str, facts: PageFacts, story: ArcStory) -> Iterator[Sequence[str]]:
    yield story.lines
    yield read_html(facts.body)
    everything = list(read_source(source))
    if sum(map(len, everything)) > _LOST * len(" ".join(tree.text_content().split())):
        yield everything
