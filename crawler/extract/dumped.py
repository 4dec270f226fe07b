"""Dumped text, one paragraph a line, with whatever the page had around it."""

import re

from crawler.extract.draft import Draft, trim_line
from crawler.extract.hygiene import STATEMENT_ENDS

_BLANK = re.compile(r"\n[^\S\n]*\n")
_WIDEST, _NARROWEST = 110, 40
"""Code points of a line that was broken to fit a screen or a mail."""
_FULL = 0.6
"""Part of the widest line that a broken one has at least."""
_FEWEST = 2


def read_dump(text: str) -> Draft:
    """The lines of a dump, without list marks and blanks around them."""
    return Draft(lines=tuple(line for raw in _unwrap(text).split("\n") if (line := trim_line(raw))))


def _unwrap(text: str) -> str:
    """Lines that were broken at one width, their paragraphs set apart by blank lines, joined again."""
    blocks = [block.split("\n") for block in _BLANK.split(text)]
    broken = [line.strip() for lines in blocks for line in lines[:-1]]
    widest = max(map(len, broken), default=0)
    full = sum(len(line) >= _FULL * widest for line in broken)
    going_on = sum(not line.endswith(STATEMENT_ENDS) for line in broken)
    if full < max(_FEWEST, len(broken)) or 2 * going_on < full or not _NARROWEST <= widest <= _WIDEST:
        return text
    return "\n".join(" ".join(map(str.strip, lines)) for lines in blocks)
