"""Lines that are nothing but a link: they name other stories."""

from collections.abc import Sequence

from lxml.html import HtmlElement

from crawler.extract.blocks import make_key

_SHORTEST = 25
"""Code points; shorter links stand in lists and tables of the article itself."""
_MOST = 0.4
"""Part of the lines; where more are links, linking is how the page writes."""


def find_link_lines(lines: Sequence[str], tree: HtmlElement) -> frozenset[str]:
    """The lines that are a link to another page as a whole, headings apart."""
    headings = {make_key(heading.text_content()) for heading in tree.iter("h1", "h2", "h3", "h4")}
    links = {make_key(link.text_content()) for link in tree.iter("a") if not link.get("href", "#").startswith("#")}
    found = frozenset(line for line in lines if len(line) >= _SHORTEST and make_key(line) in links - headings)
    return found if len(found) <= _MOST * len(lines) else frozenset()
