"""What few pages' markup holds and every page is asked for, told by two passes over its bytes: regular expressions that
look for it in a text take many times as long."""

import re
from dataclasses import dataclass

from crawler.extract.literals import Literals

_MARKS = Literals({"reference": (b"&#", b"&zw"), "escape": (b"\\u200",)})
_JOINER = re.compile(rb"&(?:zw|#(?:0*820|[xX]0*200))")
"""Begins what may stand for a joiner."""
_CONTROL = re.compile(
    rb"&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])(?!\d)|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F])(?![0-9a-fA-F]))"
)
_CONTROLS = bytes({*range(0x20)} - set(b"\t\n\r"))
_NO_CHARACTERS = ("\ufffe", "\uffff")


@dataclass(frozen=True, slots=True)
class Rare:
    """Which kinds of it there may be."""

    joiners: bool
    """U+200C or U+200D as they are."""
    written_joiners: bool
    """The same as references or escapes."""
    controls: bool
    """Characters that XML has not, or references to them."""


def find_rare(source: str) -> Rare:
    """What of a page's markup has to be looked for and taken out."""
    content = source.encode("utf-8", "surrogatepass")
    marks = list(_MARKS.find(content))
    places = [start for mark, start, _ in marks if mark == "reference"]
    return Rare(
        joiners="\u200c" in source or "\u200d" in source,
        written_joiners=len(places) < len(marks) or any(_JOINER.match(content, place) for place in places),
        controls=any(_CONTROL.match(content, place) for place in places)
        or len(content.translate(None, _CONTROLS)) < len(content)
        or any(each in source for each in _NO_CHARACTERS),
    )
