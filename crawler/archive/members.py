"""Where records begin and end in a file. Memory stays small, whatever the file holds."""

import os
import zlib
from typing import BinaryIO

_CHUNK = 64 << 10
"""Bytes read at once: of what is read beyond a small record all is read again for the next."""

_UNPACKED = 256 << 10
"""Most bytes that come out at once."""

_RECORD_END = b"\r\n\r\n"

GZIP_MARK = b"\x1f\x8b\x08"
PLAIN_MARK = b"WARC/1."


def measure_member(file: BinaryIO, start: int) -> int | None:
    """Bytes of the gzip member that starts there; None when it is not whole or does not end as a record does."""
    stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
    taken, tail = 0, b""
    file.seek(start)
    while not stream.eof:
        chunk = stream.unconsumed_tail
        if not chunk:
            chunk = file.read(_CHUNK)
            taken += len(chunk)
        try:
            out = stream.decompress(chunk, _UNPACKED)
        except zlib.error:
            return None
        if not chunk and not out:
            return None
        tail = (tail + out[-4:])[-4:]
    return taken - len(stream.unused_data) if tail == _RECORD_END else None


def find_end(file: BinaryIO) -> int:
    """Where the unbroken row of complete records at the start of a file ends."""
    end = 0
    while (length := measure_member(file, end)) is not None:
        end += length
    return end


def find_mark(file: BinaryIO, mark: bytes, start: int) -> int | None:
    """The next place from `start` on where a record may begin."""
    file.seek(start)
    at, kept = start, b""
    while chunk := file.read(_CHUNK):
        window = kept + chunk
        found = window.find(mark)
        if found >= 0:
            return at - len(kept) + found
        kept = window[1 - len(mark) :]
        at += len(chunk)
    return None


def find_size(file: BinaryIO) -> int:
    return file.seek(0, os.SEEK_END)


def begins_record(file: BinaryIO, start: int) -> bool:
    """Does a gzip member with a WARC record begin there?"""
    file.seek(start)
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(file.read(_CHUNK >> 4), len(PLAIN_MARK)) == PLAIN_MARK
    except zlib.error:
        return False


def find_cuts(file: BinaryIO, size: int) -> list[int]:
    """Where a file of records that are compressed one by one may be cut into stretches of about `size` bytes; the first
    is 0. A file of another make is left whole."""
    cuts = [0]
    while (cut := find_record(file, cuts[-1] + size)) is not None:
        cuts.append(cut)
    return cuts


def find_record(file: BinaryIO, at: int) -> int | None:
    """The next place from `at` on where a compressed record begins, in a file that begins with one."""
    if not begins_record(file, 0):
        return None
    while (found := find_mark(file, GZIP_MARK, at)) is not None and not begins_record(file, found):
        at = found + 1
    return found
