"""Content-Encoding and chunks undone under a limit, so that 809 bytes of Brotli stay 809 bytes."""

import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Protocol

from fastwarc.stream_io import BrotliReader, GzipReader, ZstdReader

from crawler.errors import ArchiveError

_CHUNK = 4 << 10
"""Read at once. Brotli gives nothing at all of a piece that it cannot fill."""

MAX_CODINGS = 4
"""More than that, one inside the other, is nobody's page."""


class _Reader(Protocol):
    def read(self, size: int = ...) -> bytes: ...


class _RawDeflate:
    """A deflate stream without the zlib frame around it, which some servers send."""

    def __init__(self, raw: bytes) -> None:
        self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
        self._rest = raw

    def read(self, size: int = -1) -> bytes:
        try:
            chunk = self._stream.decompress(self._rest, max(size, 0))
        except zlib.error as error:
            raise OSError(str(error)) from error
        self._rest = self._stream.unconsumed_tail
        return chunk


def _open_deflate(raw: bytes) -> _Reader:
    framed = len(raw) > 1 and raw[0] & 0x0F == zlib.DEFLATED and int.from_bytes(raw[:2]) % 31 == 0  # RFC 1950, 2.2
    return GzipReader(BytesIO(raw), zlib=True) if framed else _RawDeflate(raw)


_OPENERS: dict[str, Callable[[bytes], _Reader]] = {
    "gzip": lambda raw: GzipReader(BytesIO(raw)),
    "x-gzip": lambda raw: GzipReader(BytesIO(raw)),
    "deflate": _open_deflate,
    "br": lambda raw: BrotliReader(BytesIO(raw)),
    "zstd": lambda raw: ZstdReader(BytesIO(raw)),
}


def decode_body(raw: bytes, content_encoding: str | None, max_bytes: int) -> bytes:
    """Undo the codings of a Content-Encoding header.

    What breaks off gives what came before; what was never encoded as the header says, and an unknown coding, is left
    as it is. Raises ArchiveError when more than `max_bytes` come out.
    """
    codings = [coding.strip().lower() for coding in (content_encoding or "").split(",")]
    wanted = [coding for coding in codings if coding not in {"", "identity"}]
    if len(wanted) > MAX_CODINGS:
        raise ArchiveError(f"{len(wanted)} content encodings, one inside the other")
    for coding in reversed(wanted):
        opener = _OPENERS.get(coding)
        if opener is None:
            break
        raw = _read_limited(opener(raw), max_bytes, coding) or raw
    return raw


def _read_limited(reader: _Reader, max_bytes: int, coding: str) -> bytes:
    out = bytearray()
    try:
        while chunk := reader.read(_CHUNK):
            out += chunk
            if len(out) > max_bytes:
                raise ArchiveError(f"more than {max_bytes} bytes come out of its {coding} encoding")
    except OSError:  # broken or cut short: what came out until then is all there is
        return bytes(out)
    return bytes(out)


def join_chunks(raw: bytes) -> bytes:
    """Undo `Transfer-Encoding: chunked`. A body that is not in chunks, as most archives keep it, is left as it is."""
    parts: list[bytes] = []
    at = 0
    while at < len(raw):
        begin = raw.find(b"\n", at, at + 256) + 1
        size = _chunk_size(raw[at:begin])
        end = begin + (size or 0)
        if size is None or (end > len(raw) and not parts):
            return raw
        if size == 0:
            break
        parts.append(raw[begin:end])
        if raw[end : end + 2] not in {b"\r\n", b"\r", b""}:
            return raw
        at = end + 2
    return b"".join(parts)


def _chunk_size(line: bytes) -> int | None:
    digits = line.split(b";")[0].strip()
    try:
        return int(digits, 16) if digits.isalnum() else None
    except ValueError:
        return None
