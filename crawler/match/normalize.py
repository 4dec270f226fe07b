# ruff: noqa: RUF001 -- letters of other scripts are the matter of this file
"""One spelling for what people write in many: fold a text for matching, and find the way back to its characters.

Every code point folds on its own, whatever stands around it, so the way back is exact: the folded text is the
concatenation of the folds of its code points. Spaces carry no meaning for matching: Kataib-Hezbollah, #KataibHezbollah
and Kataib Hezbollah differ only in them, as do the Persian forms with a joiner, a space, or neither. Names are
therefore sought in the text without spaces, and must begin and end where words of the original do.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from functools import cached_property, lru_cache
from itertools import accumulate, pairwise

BREAK = "\x01"
"""Stands for a line's end; no name reaches across it."""

APOSTROPHES = "'`´ʼʻʿʾ‘’‛′ʹ׳״"
"""Marks of ayn, hamza and possession; they vanish."""

_MARK = "\x02"
"""What an apostrophe becomes until its place is noted."""

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
_UNSEEN = (" ", _MARK)
_LONGEST_WORD = 32
_MOST_CHARACTERS = 1 << 14
"""Characters whose letters are remembered."""
_CHUNK = 256
"""Characters of the original whose way back is walked at once."""
_FOREIGN = re.compile(r"[^\x00-\x7f]+")


@lru_cache(maxsize=1 << 16)
def fold_char(char: str) -> str:
    """Fold one code point: to nothing, to a space, to BREAK, to the mark of an apostrophe, or to letters."""
    if char in APOSTROPHES or char == _MARK:
        return _MARK
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
    if category in {"Mn", "Me", "Cf"} or (category == "Cc" and char != BREAK):
        return ""
    digit = unicodedata.digit(char, None)
    return char if digit is None else str(digit)


# None instead of "" keeps str.translate on its fast path
_ASCII = {code: fold_char(chr(code)) or None for code in range(128)}
_ASCII_MARKS = tuple(
    (chr(code), new or "") for code, new in _ASCII.items() if not chr(code).isalpha() and new != chr(code)
)


@lru_cache(maxsize=1 << 16)
def _fold_word(word: str) -> str:
    return "".join(map(fold_char, word))


def _fold_match(run: re.Match[str]) -> str:
    """Words return and are remembered; what is longer than words are would only fill the memory."""
    text = run[0]
    return _fold_word(text) if len(text) <= _LONGEST_WORD else "".join(map(fold_char, text))


def _join_initials(text: str) -> str:
    """Write U.S. as US, without changing any offset: apostrophes, which fold to nothing, take the dots' places."""
    if ".S." not in text and ".N." not in text and ".K." not in text:
        return text
    return _DOTTED.sub(lambda found: found[0].replace(".", "") + "'" * (len(found[0]) // 2), text)


class _Visible(dict[str, str]):
    """The letters of the squeezed text that each character becomes; filled as characters are met."""

    def __missing__(self, char: str) -> str:
        letters = "".join(letter for letter in fold_char(char) if letter not in _UNSEEN)
        if len(self) < _MOST_CHARACTERS:
            self[char] = letters
        return letters


_VISIBLE = _Visible()


def fold_text(text: str) -> str:
    """Fold a whole text, spaces kept. 5 KB take about a tenth of a millisecond. Folding the result changes nothing."""
    return _fold_marked(text).replace(_MARK, "")


def _fold_marked(text: str) -> str:
    text = _join_initials(text)
    if text.isascii():
        return text.translate(_ASCII)
    folded = _FOREIGN.sub(_fold_match, text).lower()
    if folded.isascii():
        return folded.translate(_ASCII)
    for old, new in _ASCII_MARKS:
        folded = folded.replace(old, new)
    return folded


def squeeze(text: str) -> str:
    """The folded text without its spaces: what names and words are compared by."""
    return fold_text(text).replace(" ", "")


def list_words(text: str) -> tuple[str, ...]:
    """The words of a text; for tables that would be a page long with a word a line."""
    return tuple(text.split())


class Folded:
    """A text, squeezed, with its word starts and the way back to the original offsets."""

    def __init__(self, text: str) -> None:
        self.text = text
        marked = _fold_marked(text).replace(BREAK, BREAK + " ")
        words = marked.replace(_MARK, "").split(" ")
        self.squeezed = "".join(words)
        self._marked = marked if _MARK in marked else ""
        self._ends = list(accumulate(map(len, words)))
        self._edges = frozenset(self._ends)
        self._chunks: dict[int, list[int]] = {}

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

    def is_soft_edge(self, index: int) -> bool:
        """Does an apostrophe stand at this index in the original, which may set off an ending or an article?"""
        return index in self._soft_edges

    @cached_property
    def _soft_edges(self) -> frozenset[int]:
        return frozenset(accumulate(map(len, self._marked.replace(_MARK, " ").split(" "))))

    @cached_property
    def word_starts(self) -> list[int]:
        """Squeezed index of every word's first character, in order, empty words left out; for distances in words."""
        return [0, *(end for end, later in pairwise(self._ends) if later > end)]

    def word_number(self, index: int) -> int:
        """Which word of the text the squeezed index lies in, from 1."""
        return bisect_right(self.word_starts, index)

    def origin(self, index: int) -> int:
        """Where in the original the character at an index of the squeezed text came from."""
        number = bisect_right(self._chunk_starts, index) - 1
        return self._chunk(number)[index - self._chunk_starts[number]]

    def index_of(self, offset: int) -> int:
        """The squeezed index of the first character that came from this offset of the original or from behind it."""
        number = min(offset // _CHUNK, len(self._chunk_starts) - 1)
        return self._chunk_starts[number] + bisect_left(self._chunk(number), offset)

    @cached_property
    def _joined(self) -> str:
        return _join_initials(self.text)

    @cached_property
    def _chunk_starts(self) -> list[int]:
        """Squeezed index at which each chunk of the original begins: the way back is only walked where it is asked."""
        chunks = (self._joined[start : start + _CHUNK] for start in range(0, max(1, len(self.text)), _CHUNK))
        lengths = (len(fold_text(chunk).replace(" ", "")) for chunk in chunks)
        return [0, *accumulate(lengths)][:-1]

    def _chunk(self, number: int) -> list[int]:
        if number not in self._chunks:
            start = number * _CHUNK
            part = self._joined[start : start + _CHUNK]
            self._chunks[number] = [place for place, char in enumerate(part, start) for _ in _VISIBLE[char]]
        return self._chunks[number]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Original offsets of a stretch of the squeezed text, with marks that belong to its last letter."""
        first, last = self.origin(start), self.origin(end - 1) + 1
        while last < len(self.text) and unicodedata.category(self.text[last]) in {"Mn", "Me"}:
            last += 1
        return first, last
