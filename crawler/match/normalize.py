# ruff: noqa: RUF001 -- letters of other scripts are the matter of this file
"""One spelling for what people write in many: fold a text for matching, and find the way back to its characters.

Every code point folds on its own, whatever stands around it, so the way back is exact: the folded text is the
concatenation of the folds of its code points. Spaces carry no meaning for matching: Kataib-Hezbollah, #KataibHezbollah
and Kataib Hezbollah differ only in them, as do the Persian forms with a joiner, a space, or neither. Names are
therefore sought in the text without spaces, and must begin and end where words of the original do.
"""

import re
import unicodedata
from bisect import bisect_right
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise

BREAK = "\x01"
"""Stands for a line's end; no name reaches across it."""

APOSTROPHES = "'`´ʼʻʿʾ‘’‛′ʹ׳״"
"""Marks of ayn, hamza and possession; they vanish."""

_SPACERS = '-_"()[]{}#@<>|*~«»“”„‟‹›‐‑‒–—־・\u200c\u00a0\t'
_LETTERS = {
    # Arabic and Persian: one letter for the forms that writers exchange
    **dict.fromkeys("أإآٱٲٳ", "ا"),
    **dict.fromkeys("ىیېيےئ", "ي"),
    **dict.fromkeys("ةہھۀەۂ", "ه"),
    **dict.fromkeys("كڪګ", "ك"),
    "ک": "ك",
    "ؤ": "و",
    "ء": "",
    "ٔ": "",
    "ـ": "",
    "ێ": "ي",
    "ۆ": "و",
    "ڵ": "ل",
    "ڕ": "ر",
    # Hebrew: final forms
    **dict(zip("ךםןףץ", "כמנפצ", strict=True)),
    # Latin letters that do not decompose
    **dict(zip("ıđħłøŧə", "idhlota", strict=True)),
    "æ": "ae",
    "œ": "oe",
}
_DOTTED = re.compile(r"(?<!\w)(?:[A-Z]\.){2,}")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")


@lru_cache(maxsize=1 << 16)
def fold_char(char: str) -> str:
    """Fold one code point: to nothing, to a space, to BREAK or to letters. Folding the result changes nothing."""
    if char in APOSTROPHES:
        return ""
    if char in "\n\r\x0b\x0c\u2028\u2029":
        return BREAK
    if char in _SPACERS or char.isspace():
        return " "
    return "".join(_fold_part(part) for part in unicodedata.normalize("NFKD", char).casefold())


def _fold_part(char: str) -> str:
    if char in _LETTERS:
        return _LETTERS[char]
    if char in APOSTROPHES:
        return ""
    if char.isspace():
        return " "
    category = unicodedata.category(char)
    if category == "Cs":  # half a surrogate pair, which no encoding can carry
        return " "
    if category in {"Mn", "Me", "Cf"}:
        return ""
    digit = unicodedata.digit(char, None)
    return char if digit is None else str(digit)


# None instead of "" keeps str.translate on its fast path
_ASCII = {code: fold_char(chr(code)) or None for code in range(128)}
_ASCII_MARKS = tuple(
    (chr(code), new or "") for code, new in _ASCII.items() if not chr(code).isalpha() and new != chr(code)
)


@lru_cache(maxsize=1 << 16)
def _fold_run(run: str) -> str:
    return "".join(fold_char(char) for char in run)


def _join_initials(text: str) -> str:
    """Write U.S. as US, without changing any offset: apostrophes, which fold to nothing, take the dots' places."""
    if ".S." not in text and ".N." not in text and ".K." not in text:
        return text
    return _DOTTED.sub(lambda found: found[0].replace(".", "") + "'" * (len(found[0]) // 2), text)


def fold_text(text: str) -> str:
    """Fold a whole text, spaces kept. 5 KB take about a tenth of a millisecond."""
    text = _join_initials(text)
    if text.isascii():
        return text.translate(_ASCII)
    folded = _FOREIGN.sub(lambda run: _fold_run(run[0]), text).lower()
    if folded.isascii():
        return folded.translate(_ASCII)
    for old, new in _ASCII_MARKS:
        folded = folded.replace(old, new)
    return folded


def squeeze(text: str) -> str:
    """The folded text without its spaces: what names and words are compared by."""
    return fold_text(text).replace(" ", "")


class Folded:
    """A text, squeezed, with its word starts and the way back to the original offsets."""

    def __init__(self, text: str) -> None:
        self.text = text
        words = fold_text(text).replace(BREAK, BREAK + " ").split(" ")
        self.squeezed = "".join(words)
        self._ends = list(accumulate(map(len, words)))
        self._edges = frozenset(self._ends)

    def is_edge(self, index: int) -> bool:
        """Does a word of the original begin or end at this index of the squeezed text?"""
        squeezed = self.squeezed
        return (
            index in self._edges
            or index in (0, len(squeezed))
            or not (squeezed[index].isalnum() and squeezed[index - 1].isalnum())
        )

    def word_start(self, index: int) -> int:
        """Where the word begins that holds this index: after a space or a mark."""
        place = bisect_right(self._ends, index)
        start = self._ends[place - 1] if place else 0
        squeezed = self.squeezed
        return next((at + 1 for at in range(index - 1, start - 1, -1) if not squeezed[at].isalnum()), start)

    def word_end(self, index: int) -> int:
        """Where the word ends that holds the character before this index."""
        squeezed = self.squeezed
        limit = len(squeezed)
        while index < limit and not self.is_edge(index):
            index += 1
        return index

    @cached_property
    def word_starts(self) -> list[int]:
        """Squeezed index of every word's first character, in order, empty words left out; for distances in words."""
        return [0, *(end for end, later in pairwise(self._ends) if later > end)]

    def word_number(self, index: int) -> int:
        """Which word of the text the squeezed index lies in, from 1."""
        return bisect_right(self.word_starts, index)

    @cached_property
    def origins(self) -> list[int]:
        """For each character of the squeezed text, the index in the original that it came from. Built when asked."""
        return [
            index for index, char in enumerate(_join_initials(self.text)) for part in fold_char(char) if part != " "
        ]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Original offsets of a stretch of the squeezed text, with marks that belong to its last letter."""
        first, last = self.origins[start], self.origins[end - 1] + 1
        while last < len(self.text) and unicodedata.category(self.text[last]) in {"Mn", "Me"}:
            last += 1
        return first, last
