"""All text of a page that could become an article's, and more: without a parser, in a small part of the time.

What a parser would read stands in it in the same order. What it leaves out is markup, comments, styles, and scripts
that none of our readers looks into; where it is in doubt how a parser would see something, it stays in. A reader of
another script must be told to `_list_data`; tests/stages/test_prefilter.py holds this to what `extract` finds.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Literal

from crawler.extract.decode import decode_bytes, is_wide
from crawler.extract.literals import Literals, spell_cases
from crawler.match.markup import (
    MOST_MARKS,
    STRAY,
    decode,
    drop_elements,
    find_dropped,
    find_marks,
    is_utf8,
    join_seams,
    part_references,
    read_data,
    read_tags,
    resolve_all,
    split_hidden,
    strip_tags,
)

_QUOTED_END = re.compile(rb"[\"'][^<>]{0,200}>")
_QUOTING_TAG = re.compile(
    rb"<(/?[A-Za-z][^\s<>/\"']{0,20})(?>(?:[^<>\"']{1,300}|\"[^\"]{0,300}\"|'[^']{0,300}'){0,30})>"
)
_MOST_DOUBTFUL = 200_000
_MOST_DROPPED = 2_000
"""Elements of a page that are left out one by one."""
_CUT_REFERENCE = re.compile(rb"&(?:[#\w\x80-\xff]{0,40}+[<&]|(?:amp|#0*38|#[xX]0*26);[#\w;\x80-\xff]{0,40}+[<&])")
"""One that may be whole only when what inline tags split is joined."""
_ENDING_REFERENCE = re.compile(_CUT_REFERENCE.pattern.replace(b"[<&]", rb"(?:[ <&]|\Z)"))
"""The same where a blank stands for a tag: sought first, as it is not in what attributes hold."""


def _list_strays() -> Iterator[bytes]:
    """How a less-than sign goes on that begins no tag."""
    for number in range(256):
        char = bytes((number,))
        if not char.isalpha():
            yield b"</" + char
            if char not in b"/!?":
                yield b"<" + char


_TELLING: Literals[Literal["tag", "stray"]] = Literals(
    {"tag": (*spell_cases("<meta"), *spell_cases("<title")), "stray": _list_strays()}
)
_FORUMS = Literals({"forum": (b"data-preloaded",)})
_ESCAPED_SIGNS = Literals({"sign": (b"\\u003",)})
"""Begin a less-than sign that is written for a script."""


class Rough:
    """A page's text, pieces set apart by blanks, what a parser may join among them."""

    def __init__(self, content: bytes, charset: str | None = None, extra: str = "") -> None:
        """`extra` is what is known of the page beside it: the feed's title and text."""
        if is_wide(content) or not is_utf8(content):
            content = decode_bytes(content, charset).encode("utf-8", "replace")
        marks = find_marks(content)
        self._is_endless = marks is None
        self._shown, data = split_hidden(content, marks) if marks else (content, [])
        self._beside = " ".join((extra, *map(read_data, data)))

    @cached_property
    def text(self) -> str:
        """Everything, in words or in parts of words."""
        pieces = [self._stripped, *read_tags(self._shown, self._signs[0]), *(self._without or ())]
        if self.is_doubtful:
            pieces.append(strip_tags(self._plain, has_strays=STRAY.search(self._plain) is not None))
        escaped = read_data(self._shown) if _ESCAPED_SIGNS.stand_in(self._shown) else ""
        is_cut = _ENDING_REFERENCE.search(self._stripped) and _CUT_REFERENCE.search(self._shown)
        joined = self.joined if is_cut else ""
        data = f"{self._beside} {escaped}"
        return " ".join((resolve_all(f"{decode(pieces)} {data}"), joined, *part_references(data)))

    @cached_property
    def joined(self) -> str:
        """Once more the surroundings of words that inline tags split, as words: for who looks for more than letters."""
        seams = [*join_seams(self._shown), *(join_seams(self._plain) if self.is_doubtful else ())]
        return resolve_all(decode(seams))

    @cached_property
    def _without(self) -> list[bytes] | None:
        """Sentences without the elements in them that a reader may drop; None when there are too many."""
        places = list(islice(find_dropped(self._shown), _MOST_DROPPED + 1))
        return drop_elements(self._shown, places) if len(places) <= _MOST_DROPPED else None

    @cached_property
    def _plain(self) -> bytes:
        """Without attributes in quotes. Cut and joined: templates are filled in Python, tag by tag."""
        pieces = _QUOTING_TAG.split(self._shown)
        pieces[1::2] = [b"<%b>" % name for name in pieces[1::2]]
        return b"".join(pieces)

    @cached_property
    def is_doubtful(self) -> bool:
        """Do signs of markup seem to stand in attributes? Then it is read in both ways."""
        return b">" in self._stripped and _QUOTED_END.search(self._stripped) is not None

    @cached_property
    def _stripped(self) -> bytes:
        return strip_tags(self._shown, has_strays=self._signs[1])

    @cached_property
    def _signs(self) -> tuple[list[int], bool]:
        """Where meta elements and titles may begin; is there a less-than sign that begins no tag?"""
        tags, has_strays = list[int](), self._shown.endswith((b"<", b"</"))
        for found in _TELLING.find_in_stretches(self._shown):
            beginnings = [start for mark, start, _ in found if mark == "tag"]
            has_strays = has_strays or len(beginnings) < len(found)
            tags += beginnings
        return tags, has_strays

    @property
    def is_unclear(self) -> bool:
        """Too much to be read in both ways, or a forum's posts in an attribute: anything may stand in it."""
        return (
            self._is_endless
            or self._without is None
            or len(self._signs[0]) > MOST_MARKS
            or _FORUMS.stand_in(self._shown)
            or (len(self._shown) > _MOST_DOUBTFUL and self.is_doubtful)
        )
