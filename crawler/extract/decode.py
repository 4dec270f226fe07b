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
_TAG = re.compile(rb"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_WORD_OF_OTHERS = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_BEYOND_ASCII = re.compile("[^\x00-\x7f\ufffd]+")
_RIGHT_FOR_WRONG = 4
"""Letters of UTF-8 for each byte that is none: other charsets make one by chance now and then."""
_HEAD = 4_000
_SAMPLE = 20_000
_SHORTEST_UTF16 = 40
_LATIN_SHARE = 0.5
"""Part of the letters in such words that are beyond ASCII: below it the text is Latin with accents."""
_LATIN = ("windows-1252", "windows-1254", "windows-1250", "iso-8859-1", "iso-8859-2", "iso-8859-9", "iso-8859-15")
_TURKISH = b"\xdd\xde\xd0\xfd\xfe\xf0"
"""The six letters that Turkish has in the place of Icelandic ones."""
_TURKISH_SHARE = 0.2
_POLISH = b"\xb3\xb9\x9c\x9f\xbf"
"""Letters that are signs elsewhere, and not found within words."""
_POLISH_SHARE = 0.2
_ARABIC_WORDS = {
    charset: re.compile("(?:ال.*|في|من|على|إن|أن|عن|مع|قال|وقال|التي|و)".encode(charset), re.DOTALL).fullmatch
    for charset in ("windows-1256", "iso-8859-6")
}
_ARABIC_SHARE = 0.15


def decode_bytes(content: bytes, declared: str | None) -> str:
    """The text of a page, whatever its label says. Never fails; undecodable bytes become U+FFFD."""
    for bom, charset in _BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(charset, "replace")
    if charset := _guess_utf16(content[:_HEAD]):
        return content.decode(charset, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _read_spoilt(content, declared) or content.decode(_guess_charset(content, declared), "replace")


def _read_spoilt(content: bytes, declared: str | None) -> str:
    """UTF-8 that a teaser, a footer or the connection cut inside a letter; empty where it is no UTF-8."""
    text = content.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = sum(map(len, _BEYOND_ASCII.findall(text)))
    is_labelled = "utf-8" in _read_labels(content, declared)
    return text if right >= (wrong if is_labelled else _RIGHT_FOR_WRONG * wrong) else ""


def is_wide(content: bytes) -> bool:
    """Has it a byte order mark, or does it seem to be UTF-16 without one?"""
    return any(content.startswith(bom) for bom, _ in _BOMS) or bool(_guess_utf16(content[:_HEAD]))


def _guess_utf16(head: bytes) -> str:
    """UTF-16 without a byte order mark: its markup has a zero byte at every other place."""
    little, big = (head.count(b"<" + b"\0") + head.count(b" \0"), head.count(b"\0<") + head.count(b"\0 "))
    if max(little, big) * 50 < len(head) or len(head) < _SHORTEST_UTF16:
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def _guess_charset(content: bytes, declared: str | None) -> str:
    """Not UTF-8. Latin text is told by its many ASCII letters, and then its label is as good as any guess."""
    words = _WORD_OF_OTHERS.findall(_TAG.sub(b" ", content)[:_SAMPLE])
    letters = b"".join(words)
    others = sum(byte >= 0x80 for byte in letters)  # noqa: PLR2004 — the end of ASCII
    if others < _LATIN_SHARE * len(letters):
        return _choose_latin(letters, others, _read_labels(content, declared))
    if charset := _choose_arabic(words):
        return charset
    best = from_bytes(b" ".join(words)).best()
    return best.encoding if best is not None else _choose_latin(letters, others, _read_labels(content, declared))


def _choose_arabic(words: list[bytes]) -> str:
    """By its commonest words and its article; among English names a guess by letters goes wrong."""
    counts = {
        charset: sum(is_common(word) is not None for word in words) for charset, is_common in _ARABIC_WORDS.items()
    }
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] >= _ARABIC_SHARE * len(words) else ""


def _choose_latin(letters: bytes, others: int, labels: list[str]) -> str:
    if sum(letters.count(letter) for letter in _TURKISH) > _TURKISH_SHARE * others:
        return "windows-1254"
    if sum(letters.count(letter) for letter in _POLISH) > _POLISH_SHARE * others:
        return "windows-1250"
    # what is labelled ISO 8859-1 is windows-1252 on the web
    return next((label for label in labels if label in _LATIN and label != "iso-8859-1"), "windows-1252")


def _read_labels(content: bytes, declared: str | None) -> list[str]:
    found = [declared or "", *(label.decode("ascii") for label in _META.findall(content[:_HEAD]))]
    return [name for label in found if (name := _name_charset(label))]


def _name_charset(label: str) -> str:
    """The usual name of a known charset, e.g. latin1 → iso-8859-1; empty for an unknown one."""
    try:
        name = codecs.lookup(label.strip()).name
    except LookupError:
        return ""
    return re.sub(r"^cp(?=125\d)", "windows-", name).replace("iso8859", "iso-8859")
