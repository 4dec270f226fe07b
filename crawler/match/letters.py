"""A text reduced to its letters and digits, as bytes: where the prefilter looks for names.

Characters are folded as for matching, each on its own. Those that most texts are written with become one byte, by
tables, in a twentieth of the time; every other letter becomes a sequence that begins as nothing else does.
"""

import codecs
import re
from functools import cached_property, lru_cache

from crawler.extract.hygiene import INVISIBLE, flatten_text
from crawler.match.normalize import fold_char
from crawler.match.plain import is_odd, level_parts, make_plain

ASCII_END = 0x80
RARE = 0xFF
"""Begins a letter that has no byte of its own."""
_ODD = 0xFE
"""Something invisible, a loose mark, or white space of a rare kind, stood there."""
_BLANK = 0x20
_REPLACE = "basewatch-rare-letters"
_RANGES = (
    *((0x00, 0x7F), (0xA0, 0xA0), (0xAB, 0xAB), (0xAD, 0xAD), (0xB7, 0xB7), (0xBB, 0xBB), (0xC7, 0xC7), (0xD6, 0xD6)),
    *((0xDC, 0xDC), (0xE0, 0xE2), (0xE4, 0xE4), (0xE7, 0xEB), (0xED, 0xED), (0xF3, 0xF4), (0xF6, 0xF6), (0xFC, 0xFC)),
    *((0x11E, 0x11F), (0x130, 0x131), (0x15E, 0x15F), (0x60C, 0x60C), (0x61B, 0x61B), (0x61F, 0x61F), (0x621, 0x63A)),
    *((0x640, 0x652), (0x660, 0x669), (0x670, 0x670), (0x67E, 0x67E), (0x686, 0x686), (0x698, 0x698), (0x6A9, 0x6A9)),
    *((0x6AF, 0x6AF), (0x6C0, 0x6C0), (0x6CC, 0x6CC), (0x6F0, 0x6F9), (0x200B, 0x200F), (0x2013, 0x2014)),
    *((0x2018, 0x201A), (0x201C, 0x201E), (0x2022, 0x2022), (0x2026, 0x2026)),
)
_COMMON = "".join(chr(code) for first, last in _RANGES for code in range(first, last + 1))
_CODES = codecs.charmap_build(_COMMON.ljust(256, "\ufffe"))
"""A byte for each common character, the same one for ASCII; U+FFFE, which is no character, has none."""


@lru_cache(maxsize=1 << 14)
def _fold_letter(char: str) -> str:
    """Letters, nothing, or a blank for all that sets words apart."""
    if char.isascii():
        vanishes = not (char.isprintable() or char.isspace())
        return "" if vanishes else char.lower() if char.isalnum() else " "
    return "".join(each if each.isalnum() else " " for each in fold_char(char))


def fold_letters(text: str) -> str:
    return "".join(map(_fold_letter, text))


_BYTES = {char: code for code, char in enumerate(_COMMON)}


def _encode_letter(letter: str) -> bytes:
    code = _BYTES.get(letter)
    return bytes((RARE,)) + f"{ord(letter):05x}".encode() if code is None else bytes((code,))


def _is_odd(char: str) -> bool:
    """Must a text that is read as it stands, and not for its letters, be made plain or flattened because of it?"""
    return (
        is_odd(char)
        or bool(INVISIBLE.match(char))
        or (char.isspace() and char not in " \t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\u00a0")
    )


_FOLDS = bytes(_encode_letter(folded)[0] if (folded := _fold_letter(char)) else _ODD for char in _COMMON)
_FOLDS = _FOLDS.ljust(_ODD, b" ") + bytes((_ODD, RARE))
_VANISHING = bytes({_ODD, *(code for code, char in enumerate(_COMMON) if not _fold_letter(char))})
_UNSEEN = bytes({_ODD, *(code for code, char in enumerate(_COMMON) if _is_odd(char))})
_ONE_LINE = bytes.maketrans(b"\t\n\x0b\x0c\r", b"     ")
_SEVERAL = re.compile(rb"  +")
_BLANKS = bytes(code == _BLANK for code in _FOLDS)
_SPACES = bytes(code for code in range(_ODD) if _FOLDS[code] == _BLANK)


@lru_cache(maxsize=1 << 15)
def _encode_rare(run: str) -> bytes:
    """Remembered: the words of a language return on every page."""
    odd = bytes((_ODD,)) if any(map(_is_odd, run)) else b""
    return odd + b"".join(map(_encode_letter, fold_letters(run)))


def _replace_rare(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _encode_rare(error.object[error.start : error.end]), error.end


codecs.register_error(_REPLACE, _replace_rare)


class Letters:
    """A text's letters and digits, folded."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._codes: bytes = codecs.charmap_encode(text, _REPLACE, _CODES)[0]

    @cached_property
    def squeezed(self) -> bytes:
        """Without anything between them."""
        return self._codes.translate(_FOLDS, _VANISHING + _SPACES)

    @cached_property
    def firsts(self) -> bytes:
        """1 for each of the squeezed letters that begins a word, 0 for the others."""
        spaced = b"\1" + self._codes.translate(_BLANKS, _VANISHING)
        blanks = int.from_bytes(spaced)
        # all of them at once, as one number: 1 where a blank stands before, 2 where one stands
        return (blanks << 1 | blanks >> 8).to_bytes(len(spaced)).translate(None, b"\2\3")

    @cached_property
    def flat(self) -> bytes:
        """The text itself, plain, in UTF-8 on one line, without what is invisible; once more where parts of it may be
        Persian in Arabic letters."""
        is_odd = len(self._codes.translate(None, _UNSEEN)) != len(self._codes)
        text = make_plain(flatten_text(self._text)) if is_odd else self._text
        levelled = " ".join(level_parts(text)).encode("utf-8", "replace")
        return _SEVERAL.sub(b" ", levelled.translate(_ONE_LINE)).strip(b" ")
