"""What is known of an article while it is being made. Every step takes a Draft and gives back another."""

import re
from dataclasses import dataclass

from crawler.extract.dates import Dated
from crawler.extract.recognise import NO_SIGNS, Signs
from crawler.models import NO_TRACE, Removed, Trace


@dataclass(frozen=True, slots=True)
class Draft:
    """The zones so far. Lines are paragraphs in reading order, each without line breaks."""

    lines: tuple[str, ...]
    trace: Trace = NO_TRACE
    """The lines as they were at first."""
    title: str = ""
    headlines: tuple[str, ...] = ()
    """Every wording of the title that the page has: heading, structured data, title element."""
    description: str = ""
    captions: tuple[str, ...] = ()
    removed: tuple[Removed, ...] = ()
    language: str = ""
    published: Dated | None = None
    updated: Dated | None = None
    section: str = ""
    tags: tuple[str, ...] = ()
    image_url: str = ""
    authors: tuple[str, ...] = ()
    canonical_url: str = ""
    links: tuple[str, ...] = ()
    translations: tuple[str, ...] = ()
    truncated: bool = False
    signs: Signs = NO_SIGNS


def fold_line(line: str) -> str:
    """A form in which two lines that read the same are equal: case, white space and quote marks set aside."""
    folded = line.casefold()
    if not folded.isascii():
        for mark, plain in _SAME.items():
            folded = folded.replace(mark, plain)
    return " ".join(folded.split())


_SAME = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u200c": "", "\u200d": ""}

_LIST_MARK = re.compile(r"^(?:[•·▪◦*-]\s+)+")


def trim_line(line: str) -> str:
    """Without a list item's mark and the blanks around it."""
    return _LIST_MARK.sub("", line.strip()).strip()
