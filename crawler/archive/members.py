"""Where records begin and end in a file. Memory stays small, whatever the file holds."""

import os
import re
from collections.abc import Iterator
from typing import BinaryIO

from crawler.archive.unpack import GZIP_MARK, Unpacker

_CHUNK = 64 << 10
"""Bytes read at once: of what is read beyond a small record all is read again for the next."""

_UNPACKED = 256 << 10
"""Most bytes that come out at once."""

RECORD_END = b"\r\n\r\n"
"""Ends the fields of a record as well as all of it."""

MAX_HEAD = 256 << 10
"""Bytes of a head, of a record or of the HTTP message in it; beyond that it is refused unread."""

_USUAL_HEAD = 8 << 10

_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)

PLAIN_MARK = b"WARC/1."


def measure_member(file: BinaryIO, start: int) -> int | None:
    """Bytes of the gzip member that starts there, whatever it holds; None when it is not whole."""
    unpacker = Unpacker(file, start)
    try:
        if not unpacker.read(_UNPACKED):
            return None
        while unpacker.read_member(_UNPACKED):
            pass
    except OSError:
        return None
    return unpacker.end - start


def find_end(file: BinaryIO) -> int:
    """Where the unbroken row of complete records at the start of a file ends, each a gzip member of its own."""
    unpacker, end = Unpacker(file, 0), 0
    try:
        while tail := unpacker.read(_UNPACKED)[-4:]:
            while more := unpacker.read_member(_UNPACKED):
                tail = (tail + more[-4:])[-4:]
            if tail != RECORD_END:
                break
            end = unpacker.end
    except OSError:
        return end
    return end


def find_mark(file: BinaryIO, mark: bytes, start: int, end: int | None = None) -> int | None:
    """The next place from `start` on where a record may begin; looks no further than a little beyond `end`."""
    file.seek(start)
    at, kept = start, b""
    while (end is None or at < end) and (chunk := file.read(_CHUNK)):
        window = kept + chunk
        found = window.find(mark)
        if found >= 0:
            return at - len(kept) + found
        kept = window[1 - len(mark) :]
        at += len(chunk)
    return None


def find_size(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)


def choose_mark(file: BinaryIO) -> bytes:
    """What a record of this file begins with; a file whose own beginning is broken is asked for the rest of it."""
    file.seek(0)
    start = file.read(max(len(GZIP_MARK), len(PLAIN_MARK)))
    if start.startswith((GZIP_MARK, PLAIN_MARK)):
        return GZIP_MARK if start.startswith(GZIP_MARK) else PLAIN_MARK
    member = _find_member(file, 0)
    if member is None:
        return PLAIN_MARK
    # a page of an uncompressed file may hold such a member, and a member's content may lie in it uncompressed
    plain = find_mark(file, PLAIN_MARK, 0, member)
    while plain is not None and plain < member:
        end = find_plain_end(file, plain)
        if end is None or end > member:
            return PLAIN_MARK
        plain = find_mark(file, PLAIN_MARK, end, member)
    return GZIP_MARK


def begins_record(file: BinaryIO, start: int) -> bool:
    """Does a gzip member with a WARC record begin there?"""
    try:
        return Unpacker(file, start).read(len(PLAIN_MARK)) == PLAIN_MARK
    except OSError:
        return False


def find_cuts(file: BinaryIO, size: int) -> list[int]:
    """Where a file may be cut into stretches of about `size` bytes, each of whole records; the first is 0. What is
    compressed as a whole is left whole."""
    return list(find_records(file, 0, None, size))


def find_records(file: BinaryIO, start: int, end: int | None, size: int = 1) -> Iterator[int]:
    """Where records begin that are compressed by themselves, or not at all, from the one at `start` to the last one
    before `end`; of those that lie within `size` bytes the first."""
    is_plain = choose_mark(file) == PLAIN_MARK
    at: int | None = start
    while at is not None and (end is None or at < end):
        yield at
        at = _find_plain(file, at + size, at) if is_plain else _find_member(file, at + size)


def _find_member(file: BinaryIO, at: int) -> int | None:
    while (found := find_mark(file, GZIP_MARK, at)) is not None and not begins_record(file, found):
        at = found + 1
    return found


def _find_plain(file: BinaryIO, at: int, known: int) -> int | None:
    """From record to record, by what each says of its length: a page may hold what looks like the beginning of one."""
    place, size = known, find_size(file)
    while place < at:
        end = find_plain_end(file, place)
        if end is None or end > size:  # broken: on from whatever looks like the next one, as readers do
            end = place + 1
        file.seek(end)
        if file.read(len(PLAIN_MARK)) != PLAIN_MARK:
            found = find_mark(file, PLAIN_MARK, end)
            if found is None:
                return None
            end = found
        place = end
    return place


def find_plain_end(file: BinaryIO, start: int) -> int | None:
    """Where the uncompressed record ends that begins there; None if it does not say so. Most heads are small."""
    for size in (_USUAL_HEAD, MAX_HEAD):
        file.seek(start)
        fields, blank, _ = file.read(size).partition(RECORD_END)
        if blank:
            told = _LENGTH.search(fields)
            return start + len(fields) + len(blank) + int(told[1]) + len(RECORD_END) if told else None
    return None
