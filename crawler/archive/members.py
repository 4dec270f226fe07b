"""Where records begin and end in a file. Memory stays small, whatever the file holds."""

import os
import zlib
from typing import BinaryIO

_CHUNK = 1 << 20
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
            out = stream.decompress(chunk, _CHUNK)
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
