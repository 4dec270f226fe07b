"""Where in the page a line stands: the make of its element, common to all that one template prints."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from lxml.html import HtmlElement

_HOLDERS = ("p", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "td", "dd", "dt", "div", "section", "span", "a")
_WORDS = re.compile(r"[^\W_]+")
_ASCII_NOISE = bytes(code for code in range(128) if not chr(code).isalnum())
_LONGEST_KNOWN = 1_000
"""Code points of what is remembered, so that it stays within two megabytes."""
_SHORTEST = 16
"""Code points; shorter lines are the same wherever they stand."""
_PREFIX = 12
"""Letters by which most elements are told apart without reading them whole."""


def make_key(text: str) -> str:
    """Letters and digits only: equal for the same text, however white space and markup cut it up."""
    if text.isascii():
        return text.lower().encode().translate(None, _ASCII_NOISE).decode()  # the same, many times faster
    return _fold_key(text) if len(text) <= _LONGEST_KNOWN else "".join(_WORDS.findall(text.casefold()))


@lru_cache(maxsize=1024)
def _fold_key(text: str) -> str:
    """The same paragraphs are compared again and again while a page is read."""
    return "".join(_WORDS.findall(text.casefold()))


def find_makes(tree: HtmlElement, lines: Collection[str]) -> dict[str, str]:
    """Line → `parent.class>tag.class` of the element that holds it. Lines that no element holds alone are left out."""
    wanted = {make_key(line): line for line in lines}
    prefixes = {key[:_PREFIX] for key in wanted}
    longest = 2 * max(map(len, lines), default=0) + 200
    return {
        wanted[key]: describe_make(element) for element, key in _read_holders(tree, prefixes, longest) if key in wanted
    }


def _read_holders(tree: HtmlElement, prefixes: set[str], longest: int) -> Iterator[tuple[HtmlElement, str]]:
    for element in tree.iter(*_HOLDERS):
        start = _read_start(element) if len(element) else (element.text or "").lstrip()
        if len(start) >= 3 * _PREFIX and make_key(start[: 3 * _PREFIX])[:_PREFIX] not in prefixes:
            continue
        if not (start or len(element)) or not _SHORTEST <= len(text := element.text_content()) <= longest:
            continue
        prefix = make_key(text[: 6 * _PREFIX])[:_PREFIX]
        if len(prefix) < _PREFIX or prefix in prefixes:
            yield element, make_key(text)


def _read_start(element: HtmlElement) -> str:
    """Its text up to a few letters more than tell it apart; all of what has fewer."""
    start = ""
    for piece in element.itertext():
        start = f"{start}{piece}".lstrip()
        if len(start) >= 3 * _PREFIX:
            break
    return start


def describe_make(element: HtmlElement) -> str:
    """`parent.class>tag.class`: what all that one template prints have in common."""
    parent = element.getparent()
    return f"{_name(parent)}>{_name(element)}" if parent is not None else _name(element)


def _name(element: HtmlElement) -> str:
    return ".".join((str(element.tag), *sorted((element.get("class") or "").split())))
