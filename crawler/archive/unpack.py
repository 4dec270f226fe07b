"""The bytes of a WARC file in order, uncompressed, and where they lie in it. Memory stays small, whatever it holds."""

from typing import BinaryIO

from isal.igzip_lib import DECOMP_GZIP as _GZIP
from isal.igzip_lib import IgzipDecompressor as _Stream
from isal.igzip_lib import IsalError

_Error: type[Exception] = IsalError  # type: ignore[assignment]  # isal's stub takes the class for one of its errors

_WINDOW = 64 << 10
"""Bytes of the file read at once."""

_LEAST = 8 << 10
"""Bytes at hand when a member begins, unless the file has no more: ISA-L makes better tables when it sees 4 KiB."""

_SMALL = 1 << 10
"""It is given no more than a member that ends within so many bytes, and makes simple tables in half the time then."""

GZIP_MARK = b"\x1f\x8b\x08"

_NOTHING = memoryview(b"")


class Plain:
    """A file that is not compressed, from `start` on."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._next = start
        self.place = start
        """Where the bytes begin that were read last."""

    def read(self, limit: int) -> bytes:
        """At most `limit` bytes; none at the end. Raises OSError."""
        self.place = self._next
        self._file.seek(self.place)
        content = self._file.read(limit)
        self._next += len(content)
        return content


class Unpacker:
    """The content of a row of gzip members, from the one that begins at `start` on."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._bytes, self._window = b"", _NOTHING
        self._window_at = start
        self._at = 0
        self._fed = -1
        """In the window, the end of what is to be given first to a small member."""
        self._stream: _Stream | None = None
        self._is_idle = self._is_broken = False
        self.place = start
        """Where the member begins of which bytes were read last."""

    @property
    def end(self) -> int:
        """Where the member ends of which bytes were read last, once all of it was read."""
        return self._window_at + self._at

    @property
    def is_between(self) -> bool:
        """Was the last member read to its end?"""
        return self._stream is None

    def read(self, limit: int) -> bytes:
        """At most `limit` bytes, all of one member; none at the end. Raises OSError where the file is broken; of what
        came before in the same member up to 64 KiB may be lost then."""
        while self._stream is not None or self._begin_member():
            if content := self.read_member(limit):
                return content
        return b""

    def read_member(self, limit: int) -> bytes:
        """The same, but nothing at the end of the member."""
        while (stream := self._stream) is not None:
            feed = _NOTHING
            if stream.needs_input or self._is_idle:  # what it still has may be too little to make something of
                feed = self._take()
            try:
                content = b"" if self._is_broken else stream.decompress(feed, limit)
            except _Error as error:
                self._is_broken = True
                raise OSError(f"gzip: {error}") from error
            if stream.eof:
                self._give_back(len(stream.unused_data))
                self._stream = None
            elif self._is_broken or not (content or feed or not self._is_idle):
                self._is_broken = True
                raise OSError("cut short")
            self._is_idle = not content
            if content:
                return content
        return b""

    def _begin_member(self) -> bool:
        if len(self._window) - self._at < _LEAST and not self._refill():
            return False
        self.place = self._window_at + self._at
        self._stream, self._is_idle = _Stream(_GZIP), False
        self._fed = self._bytes.find(GZIP_MARK, self._at + len(GZIP_MARK), self._at + _SMALL)
        return True

    def _take(self) -> memoryview:
        if self._at == len(self._window):
            self._refill()
        feed = self._window[self._at : self._fed if self._fed > self._at else None]
        self._at += len(feed)
        return feed

    def _refill(self) -> bool:
        self._window_at += self._at
        self._at, self._fed = 0, -1
        self._file.seek(self._window_at)
        self._bytes = self._file.read(_WINDOW)
        self._window = memoryview(self._bytes)
        return len(self._window) > 0

    def _give_back(self, unused: int) -> None:
        self._at -= unused
        if self._at < 0:  # a few bytes of the window before
            self._window, self._window_at, self._at = _NOTHING, self._window_at + self._at, 0
