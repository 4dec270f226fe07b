"""Where in the page a line of text stands: its element's make, and how much of it is links."""

import re
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement

_BLOCKS = etree.XPath(
    ".//*[self::p or self::li or self::h2 or self::h3 or self::h4 or self::h5 or self::h6 or self::blockquote or self::td"
    " or self::dd or self::dt or self::figcaption or self::div or self::section or self::span or self::a]"
    "[text()[normalize-space()] or not(self::div or self::section or self::span or self::li or self::blockquote or self::td)]"
)
_NOISE = re.compile(r"[\W_]+")
_LONGEST = 5_000
"""Code points; a longer text is no single block."""


@dataclass(frozen=True, slots=True)
class Block:
    """One element that holds a line."""

    tag: str
    signature: str
    """`parent.class>tag.class`: equal for all that one template makes."""
    link_share: float
    """Part of its text that is links, 0 to 1."""
    position: int
    """Number in reading order."""


def make_key(text: str) -> str:
    """Letters and digits only: equal for the same text, however white space and markup cut it up."""
    return _NOISE.sub("", text.casefold())


def index_blocks(tree: HtmlElement) -> dict[str, Block]:
    """Key of its text → block, for the first element that holds it whole."""
    found: dict[str, Block] = {}
    for position, element in enumerate(_BLOCKS(tree)):
        text = element.text_content()
        if len(text) <= _LONGEST and (key := make_key(text)) and key not in found:
            found[key] = Block(str(element.tag), _sign(element), _share_links(element, len(key)), position)
    return found


def _share_links(element: HtmlElement, size: int) -> float:
    if element.tag == "a":
        return 1.0
    return sum(len(make_key(link.text_content())) for link in element.iter("a")) / size


def _sign(element: HtmlElement) -> str:
    parent = element.getparent()
    return f"{_name(parent)}>{_name(element)}" if parent is not None else _name(element)


def _name(element: HtmlElement) -> str:
    classes = sorted((element.get("class") or "").split())
    return ".".join((str(element.tag), *classes))
