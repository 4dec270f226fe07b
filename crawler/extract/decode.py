"""Bytes → text. What the transport and the page declare is evidence; what the bytes decode to decides."""

import codecs
import re

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE
)
_SAMPLE = 20_000
_SHORTEST_UTF16 = 40
"""Bytes; shorter contents hold too little to tell."""


def decode_bytes(content: bytes, declared: str | None) -> str:
    """The text of a page, whatever its label says. Never fails; undecodable bytes become U+FFFD."""
    for bom, charset in _BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(charset, "replace")
    if charset := _guess_utf16(content):
        return content.decode(charset, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(_guess_charset(content, declared), "replace")


def _guess_utf16(content: bytes) -> str:
    """UTF-16 without a byte order mark, known by the zero byte that every ASCII character of the markup brings."""
    sample = content[:4000] if len(content) >= _SHORTEST_UTF16 else b""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 5 <= len(sample):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _guess_charset(content: bytes, declared: str | None) -> str:
    if (guess := from_bytes(content[:_SAMPLE]).best()) is not None:
        return guess.encoding
    labels = [declared or ""] + [label.decode("ascii") for label in _META.findall(content[:2000])]
    return next((label for label in labels if _known_charset(label)), "windows-1252")


def _known_charset(label: str) -> bool:
    try:
        codecs.lookup(label)
    except LookupError:
        return False
    return bool(label)
