"""A text as expressions read it, and the way back: without vowel marks and stretched lines, each letter one character,
and one letter for those that writers exchange (اعلن for أعلن, Egyptian فى, Persian on an Arabic keyboard).

Names and words are compared folded, which sees through all of that. What tells a negation, a condition or a claim is
found by expressions on the text itself, and to these a vocalised word, or one in two characters, would be another word.
Most texts have no marks, and every offset in them is their own.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import repeat
from typing import NamedTuple

_STRETCH = "\u0640\u200d"
"""Tatweel, and a joiner that only shows how a letter is drawn."""
_LOOSE = (
    f"{_STRETCH}\u0300-\u0344\u0346-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
)
"""Accents, vowels and signs for reciters that stand behind their letter."""
_FORMS = "\ufb00-\ufb06\ufb1d-\ufdff\ufe70-\ufefc"
"""Letters and ligatures as they are printed, not as they are written."""
_ODD_CHAR = re.compile(f"[{_FORMS}{_LOOSE}]")
_ODD = re.compile(rf"[{_FORMS}{_LOOSE}](?:(?<=[{_LOOSE}])[{_LOOSE}]{{0,15}})?+")
"""A form, or marks without their letter: an expression that begins with any letter takes ten times as long. Not any
number of marks: to put many in order takes long."""
_DROPPED, _DRAWN = re.compile(f"[{_LOOSE}]"), re.compile(f"[{_STRETCH}]")


_SAME_LETTERS = (*((alif, "ا") for alif in "أإآٱ"), ("ى", "ي"))
"""Not ta marbuta and ha: جادة is a street, Persian جاده a road."""
_SAME_SIGNS = (*((blank, " ") for blank in "\u00a0\u202f_#"), ("\u2010", "-"), ("\u2011", "-"))
"""A hashtag is read as the words in it."""
_IN_PERSIAN = (("ي", "ی"), ("ى", "ی"), ("ك", "ک"))
_ONLY_PERSIAN, _ONLY_ARABIC = "پچژگ", "أإة"


class Plain(NamedTuple):
    """A plain text, and where in the original each of its characters came from; at the end the original's length."""

    text: str
    origins: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets of a stretch in the original, with the marks of its last letter."""
        first = self.origins[start]
        return first, self.origins[bisect_right(self.origins, self.origins[end - 1])] if start < end else first


def is_odd(char: str) -> bool:
    """Is a text that holds this character other than plain?"""
    return _ODD_CHAR.match(char) is not None


def has_odd(text: str) -> bool:
    """Is a text other than plain?"""
    return _ODD_CHAR.search(text) is not None


def read_plain(text: str) -> Plain:
    """A text of any kind. Reading the result changes nothing."""
    parts: list[str] = []
    origins: list[int] = []
    at = 0
    for start, end, letters in _list_odd(text):
        parts += text[at:start], letters
        origins += range(at, start)
        origins += repeat(start, len(letters))
        at = end
    origins += range(at, len(text) + 1)
    return Plain("".join((*parts, text[at:])), origins)


def make_plain(text: str) -> str:
    """The plain text alone."""
    parts: list[str] = []
    at = 0
    for start, end, letters in _list_odd(text):
        parts += text[at:start], letters
        at = end
    return "".join((*parts, text[at:]))


def _list_odd(text: str) -> Iterator[tuple[int, int, str]]:
    """Where what is not plain begins and ends, the letter before marks included, and what it is when it is plain."""
    at = 0
    for odd in _ODD.finditer(text):
        start, end = odd.span()
        if start > at and _DROPPED.match(text, start):
            start -= 1
        yield start, end, _read_letters(text[start:end])
        at = end


def level_text(text: str) -> str:
    """With one letter for those that writers exchange, one blank and one hyphen. No offset changes."""
    is_persian = _may_be_persian(text) and not _holds(text, _ONLY_ARABIC)
    return _level_signs(_exchange(text, _IN_PERSIAN) if is_persian else text)


def level_parts(text: str) -> tuple[str, ...]:
    """A text of several parts in the ways in which `level_text` may read any of them."""
    return tuple(map(_level_signs, (text, _exchange(text, _IN_PERSIAN)) if _may_be_persian(text) else (text,)))


def _may_be_persian(text: str) -> bool:
    """Persian, and written with Arabic letters?"""
    return ("ي" in text or "ك" in text) and _holds(text, _ONLY_PERSIAN)


def _level_signs(text: str) -> str:
    return level_letters(_exchange(text, _SAME_SIGNS))


def level_letters(text: str) -> str:
    """A text, an expression, or a part of either."""
    return _exchange(text, _SAME_LETTERS)


def compile_plain(pattern: str) -> re.Pattern[str]:
    """An expression for plain texts."""
    return re.compile(level_letters(pattern))


def _exchange(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for char, same in pairs:
        text = text.replace(char, same)  # a table takes a hundred times as long
    return text


def _holds(text: str, letters: str) -> bool:
    return any(map(text.__contains__, letters))


@lru_cache(maxsize=1 << 12)
def _read_letters(odd: str) -> str:
    """One letter with its marks, or marks alone."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", _DRAWN.sub("", odd)))
