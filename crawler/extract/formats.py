"""Files that are no text, told before anything is looked for in them."""

import json

_MARKS = (
    (b"%PDF-", "a PDF file"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture, sound or film"),
    (b"ID3", "sound"),
    (b"OggS", "sound or film"),
    (b"\x00\x00\x00\x18ftyp", "a film"),
    (b"\x00\x00\x00\x20ftyp", "a film"),
    (b"SQLite format 3\x00", "a database"),
    (b"{\\rtf", "an RTF document"),
)
_SAMPLE = 4_000
_MOST_CONTROLS = 0.1
"""Part of a text that controls and unreadable bytes may be; pages in the wrong encoding have less."""
_CONTROLS = frozenset(map(chr, range(32))) - set("\t\n\r\f\v\x1b") | {"\ufffd"}


def name_format(content: bytes) -> str:
    """What these bytes are by their first ones; empty when they may be text."""
    start = content[:64].lstrip()
    return next((name for mark, name in _MARKS if start.startswith(mark)), "")


def is_data(text: str) -> bool:
    """Is it JSON, as a whole?"""
    if not text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(text.strip("\ufeff \t\r\n")), dict | list)
    except (ValueError, RecursionError):
        return False


def is_binary(text: str) -> bool:
    """Is much of it, decoded, no writing?"""
    sample = text[:_SAMPLE]
    return sum(map(_CONTROLS.__contains__, sample)) > _MOST_CONTROLS * len(sample)
