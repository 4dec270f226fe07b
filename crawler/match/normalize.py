# ruff: noqa: RUF001 -- letters of other scripts are the matter of this file
"""One spelling for what people write in many: fold a text for matching, and find the way back to its characters.

Every code point folds on its own, whatever stands around it, so the way back is exact: the folded text is the
concatenation of the folds of its code points. Spaces carry no meaning for matching: Kataib-Hezbollah, #KataibHezbollah
and Kataib Hezbollah differ only in them, as do the Persian forms with a joiner, a space, or neither. Names are
therefore sought in the text without spaces, and must begin and end where words of the original do.
"""

import codecs
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate, compress
from typing import Final

from crawler.match.plain import has_odd, is_odd

BREAK: Final = "\x01"
"""Stands for a line's end; no name reaches across it."""

APOSTROPHES: Final = "'`´ʼʻʿʾ‘’‛′ʹ׳״"
"""Marks of ayn, hamza and possession; they vanish."""

_MARK: Final = "\x02"
"""What an apostrophe becomes until its place is noted."""

_SPACERS: Final = '-_"()[]{}#@<>|*~«»“”„‟‹›‐‑‒–—־・\u200c\u00a0\t'
_LETTERS: Final = {
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
_DOTTED: Final = re.compile(r"(?<!\w)(?:[A-Za-z]\.){2,}")
_INITIAL: Final = re.compile(r"\.[A-Za-z]\.")
_UNSEEN: Final = (" ", _MARK)
_MOST_CHARACTERS: Final = 1 << 14
"""Characters whose folds are remembered."""


@lru_cache(maxsize=1 << 16)
def fold_char(char: str) -> str:
    """Fold one code point: to nothing, to a space, to BREAK, to the mark of an apostrophe, or to letters."""
    if char in APOSTROPHES or char == _MARK:
        return _MARK
    if char in "\n\r\x0b\x0c\u2028\u2029":
        return BREAK
    if char in _SPACERS or char.isspace():
        return " "
    if char == "…":
        return "."
    return "".join(_fold_part(part) for part in unicodedata.normalize("NFKD", char).casefold())


def _fold_part(char: str) -> str:
    if char in _LETTERS:
        return _LETTERS[char]
    if char in APOSTROPHES:
        return ""
    if char in _SPACERS or char.isspace():
        return " "
    category = unicodedata.category(char)
    if category == "Cs":  # half a surrogate pair, which no encoding can carry
        return " "
    if category in {"Mn", "Me", "Cf"} or (category == "Cc" and char != BREAK):
        return ""
    digit = unicodedata.digit(char, None)
    return char if digit is None else str(digit)


class _Remembered(dict[str, str]):
    """What each character becomes; filled as characters are met."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, char: str) -> str:
        made = self._make(char)
        if len(self) < _MOST_CHARACTERS:
            self[char] = made
        return made


def _fold_visibly(char: str) -> str:
    return "".join(letter for letter in fold_char(char) if letter not in _UNSEEN)


_FOLDS: Final = _Remembered(fold_char)
_VISIBLE: Final = _Remembered(_fold_visibly)

# Most texts are written with few characters: as one byte each they are folded by tables, a hundred times faster.
_RANGES: Final = (
    *((0x09, 0x0D), (0x20, 0x7E), (0xA0, 0xA1), (0xAB, 0xAD), (0xB4, 0xB4), (0xB7, 0xB7), (0xBB, 0xBB), (0xBF, 0xBF)),
    *((0xC0, 0xC2), (0xC4, 0xC4), (0xC7, 0xCB), (0xE0, 0xE2), (0xE4, 0xE4), (0xE7, 0xEB), (0xED, 0xEF), (0xF1, 0xF1)),
    *((0xF3, 0xF4), (0xF6, 0xF6), (0xF9, 0xFC), (0x11F, 0x11F), (0x130, 0x131), (0x15F, 0x15F), (0x60C, 0x60C)),
    *((0x61B, 0x61B), (0x61F, 0x61F), (0x621, 0x63A), (0x640, 0x652), (0x654, 0x654), (0x660, 0x66C), (0x670, 0x670)),
    *((0x67E, 0x67E), (0x686, 0x686), (0x698, 0x698), (0x6A9, 0x6A9), (0x6AF, 0x6AF), (0x6C0, 0x6C0), (0x6CC, 0x6CC)),
    *((0x6F0, 0x6F9), (0x200B, 0x200F), (0x2013, 0x2014), (0x2018, 0x201A), (0x201C, 0x201E), (0x2026, 0x2026)),
)
_LISTED: Final = "\0" + BREAK + _MARK + "".join(chr(code) for first, last in _RANGES for code in range(first, last + 1))
_ALPHABET: Final = _LISTED.ljust(256, "\ufffe")
"""One character for each byte; U+FFFE, which is no character, where a byte has none."""
_CODES: Final = codecs.charmap_build(_ALPHABET)
_VANISHING: Final = bytes(code for code, char in enumerate(_LISTED) if not fold_char(char))
_FOLDED_CODES: Final = bytes(
    _ALPHABET.index(fold_char(char) or char) if code and char in _LISTED else code
    for code, char in enumerate(_ALPHABET)
)
_ODD_CODES: Final = bytes(code for code, char in enumerate(_LISTED) if is_odd(char))
_UNSEEN_CODES: Final = _VANISHING + bytes(code for code, char in enumerate(_LISTED) if fold_char(char) in _UNSEEN)
_SEEN_CODES: Final = bytes(code < len(_LISTED) and bool(_fold_visibly(char)) for code, char in enumerate(_ALPHABET))
_OFFSETS: Final = tuple(range(1 << 14))
"""Ready-made numbers, which is half of the work of listing the places of a text's characters."""

# The shape of a squeezed text: a byte for each of its characters, and one for its end.
WITHIN: Final = 0
SOFT: Final = 1
FIRST: Final = 2
SIGN: Final = 3
SIGN_FIRST: Final = 4
"""A letter or digit within a word; one behind an apostrophe; one behind a space; what is neither letter nor digit, and
the same behind a space. A word begins or ends at all from FIRST on, and behind all from SIGN on."""
_LETTER, _APOSTROPHE, _OTHER, _LINE = b"w", b"'", b"p", b"\n"
"""How they are written until spaces are dropped: as letters, for `title` makes capitals of those behind a space."""
_FROM_LETTERS: Final = bytes.maketrans(b"wsWSpP", bytes((WITHIN, SOFT, FIRST, FIRST, SIGN, SIGN_FIRST)))
_FIRST_CODES: Final = bytes(code in {FIRST, SIGN_FIRST} for code in range(256))
_BLOCK: Final = 256
"""Characters of the squeezed text whose words are counted ahead."""


def _shape_char(folded: str) -> str:
    """Of one folded character."""
    if folded in _UNSEEN:
        return " " if folded == " " else _APOSTROPHE.decode()
    return (_LINE if folded == BREAK else _LETTER if folded.isalnum() else _OTHER).decode()


_SHAPES: Final = _Remembered(_shape_char)
_SHAPE_CODES: Final = bytes(
    ord(_shape_char(fold_char(char))) if char in _LISTED and fold_char(char) else 0 for char in _ALPHABET
)


def _encode(text: str) -> bytes | None:
    """A text with a byte for each character; None when it holds one that has no byte."""
    try:
        return codecs.charmap_encode(text, "strict", _CODES)[0]
    except UnicodeEncodeError:
        return None


def _join_initials(text: str) -> str:
    """Write U.S. as US, without changing any offset: apostrophes, which fold to nothing, take the dots' places."""
    if not _INITIAL.search(text):
        return text
    return _DOTTED.sub(lambda found: found[0].replace(".", "") + "'" * (len(found[0]) // 2), text)


def fold_text(text: str) -> str:
    """Fold a whole text, spaces kept. 5 KB take about a tenth of a millisecond. Folding the result changes nothing."""
    return _fold_marked(text).replace(_MARK, "")


def _fold_marked(text: str) -> str:
    return _fold_codes(_join_initials(text))[0]


def _fold_codes(joined: str) -> tuple[str, bytes | None]:
    """The folded text with marks, and the original in bytes where that was possible."""
    codes = _encode(joined)
    if codes is None:
        return "".join(map(_FOLDS.__getitem__, joined)), None
    return codecs.charmap_decode(codes.translate(_FOLDED_CODES, _VANISHING), "strict", _ALPHABET)[0], codes


def squeeze(text: str) -> str:
    """The folded text without its spaces: what names and words are compared by."""
    return fold_text(text).replace(" ", "")


def squeeze_all(texts: Sequence[str]) -> list[str]:
    """`squeeze` of each, folded together: a hundred times faster for many short ones."""
    squeezed = squeeze("\n".join(texts)).split(BREAK)
    # a line's end within one of them would move all that follow
    return squeezed if len(squeezed) == len(texts) else list(map(squeeze, texts))


def list_words(text: str) -> tuple[str, ...]:
    """The words of a text; for tables that would be a page long with a word a line."""
    return tuple(text.split())


class Folded:
    """A text, squeezed, with its word starts and the way back to the original offsets. What most texts never need is
    made when first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._joined = _join_initials(text)
        self._codes = _encode(self._joined)
        if self._codes is None:
            self.squeezed = "".join(map(_VISIBLE.__getitem__, self._joined))
        else:
            squeezed = self._codes.translate(_FOLDED_CODES, _UNSEEN_CODES)
            self.squeezed = codecs.charmap_decode(squeezed, "strict", _ALPHABET)[0]

    @property
    def is_plain(self) -> bool:
        """Does `read_plain` leave the text as it is?"""
        if self._codes is None:
            return not has_odd(self.text)
        return len(self._codes.translate(None, _ODD_CODES)) == len(self._codes)

    def is_edge(self, index: int) -> bool:
        """Does a word of the original begin or end at this index of the squeezed text?"""
        return self.shape[index] >= FIRST or self.shape[index - 1] >= SIGN

    def is_soft_edge(self, index: int) -> bool:
        """Does an apostrophe stand at this index, which is no edge, and may set off an ending or an article?"""
        return self.shape[index] == SOFT

    _kept_shape: bytes | None = None

    @property
    def shape(self) -> bytes:
        """What each character of the squeezed text is, and a word's beginning at its end."""
        if self._kept_shape is None:
            self._kept_shape = self._make_shape()
        return self._kept_shape

    def _make_shape(self) -> bytes:
        if self._codes is None:
            folded = "".join(map(_FOLDS.__getitem__, self._joined))
            shape = "".join(map(_SHAPES.__getitem__, folded)).encode()
        else:
            shape = self._codes.translate(_SHAPE_CODES, _VANISHING)
        shape = b" %b w" % shape.replace(_LINE, _OTHER + b" ")
        # an apostrophe is told by the letter behind it, if there is one in the same word
        shape = shape.replace(_APOSTROPHE + _LETTER, b"s").replace(_APOSTROPHE, b"")
        return shape.title().translate(_FROM_LETTERS, b" ")

    def part_before(self, index: int, longest: int) -> str | None:
        """The part of its word before an index that is no edge; None when that is longer than so many letters."""
        shape = self.shape
        for start in range(index - 1, max(0, index - longest) - 1, -1):
            if shape[start] >= FIRST or shape[start - 1] >= SIGN:
                return self.squeezed[start:index]
        return None

    _kept_firsts: bytes | None = None

    @property
    def _firsts(self) -> bytes:
        """1 for each character of the squeezed text that begins a word, 0 for the others."""
        if self._kept_firsts is None:
            self._kept_firsts = self.shape[:-1].translate(_FIRST_CODES)
        return self._kept_firsts

    def begins_word(self, index: int) -> bool:
        """Does a character of the squeezed text?"""
        return self.shape[index] == FIRST or self.shape[index] == SIGN_FIRST

    def is_one_word(self, left: int, right: int) -> bool:
        """Does a stretch of the squeezed text stand in one word?"""
        shape = self.shape
        return not any(shape[at] == FIRST or shape[at] == SIGN_FIRST for at in range(left + 1, right))

    def word_numbers(self, left: int, right: int) -> tuple[int, int]:
        """Which words of the text a stretch of the squeezed one begins and ends in, from 1."""
        block = left // _BLOCK
        number = self._word_counts[block] + self._firsts.count(1, block * _BLOCK, left + 1)
        return number, number + self._firsts.count(1, left + 1, right)

    _kept_word_counts: list[int] | None = None

    @property
    def _word_counts(self) -> list[int]:
        """How many words begin before each block."""
        if self._kept_word_counts is None:
            firsts = self._firsts
            counts = [firsts.count(1, at, at + _BLOCK) for at in range(0, len(firsts), _BLOCK)]
            self._kept_word_counts = [*accumulate(counts, initial=0)]
        return self._kept_word_counts

    def origin(self, index: int) -> int:
        """Where in the original the character at an index of the squeezed text came from."""
        return self._origins[index]

    def index_of(self, offset: int) -> int:
        """The squeezed index of the first character that came from this offset of the original or from behind it."""
        return bisect_left(self._origins, offset)

    _kept_origins: list[int] | None = None

    @property
    def _origins(self) -> list[int]:
        """The way back, made when first asked for."""
        if self._kept_origins is None:
            self._kept_origins = self._make_origins()
        return self._kept_origins

    def _make_origins(self) -> list[int]:
        if self._codes is not None:
            offsets = _OFFSETS if len(self._codes) <= len(_OFFSETS) else range(len(self._codes))
            return list(compress(offsets, self._codes.translate(_SEEN_CODES)))
        return [place for place, char in enumerate(self._joined) for _ in _VISIBLE[char]]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Original offsets of a stretch of the squeezed text, with marks that belong to its last letter."""
        first, last = self._origins[start], self._origins[end - 1] + 1
        text = self.text
        while last < len(text) and not text[last].isascii() and unicodedata.category(text[last]) in {"Mn", "Me"}:
            last += 1
        return first, last
