"""How large a page may be for a tree to be built of it.

Beyond, libxml2 and trafilatura take minutes and gigabytes (measured: 37 s and 3.5 GB for 4 MB of small tables, more
than 30 s for one element with 200,000 attributes); all text of such a page is read in one linear pass instead.
"""

from collections.abc import Iterator

_LARGEST = 4_000_000
"""Code points; real articles have a third of it."""
_MOST_TAGS = 60_000
_SMALL = 150_000
"""Code points in which no element has attributes enough to do harm."""
_MOST_ATTRIBUTES = 2_000
"""Of one element."""
_LONG_TAG = 10_000
"""Code points; shorter elements cannot have too many attributes."""


def exceeds_limits(source: str) -> bool:
    """Is it too much for a tree?"""
    if len(source) > _LARGEST or source.count("<") > _MOST_TAGS:
        return True
    if len(source) < _SMALL:
        return False
    return any(piece.count("=", 0, piece.find(">")) > _MOST_ATTRIBUTES for piece in _find_long(source))


def _find_long(source: str) -> Iterator[str]:
    """The pieces of `source.split("<")` that are long; the others, nearly all, are leapt over and not made."""
    start = 0
    while start <= len(source):
        leap = source.rfind("<", start, start + _LONG_TAG + 1)
        if leap < 0:
            leap = source.find("<", start)
            end = leap if leap >= 0 else len(source)
            if end - start > _LONG_TAG:
                yield source[start:end]
            leap = end
        start = leap + 1
