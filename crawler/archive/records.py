"""WARC records of any file, one after the other. Memory stays small, whatever the file holds."""

import re
from collections.abc import Iterator
from typing import BinaryIO

from crawler.archive.members import MAX_HEAD, PLAIN_MARK, choose_mark, find_mark, measure_member
from crawler.archive.record import HEAD_END, Fields
from crawler.archive.unpack import GZIP_MARK, Plain, Unpacker

_PIECE = 8 << 10
"""Bytes read at once while looking for the end of a head."""

_SKIPPED = 256 << 10
"""Bytes of content read at once that nobody asked for."""

_SOME_BLANK = re.compile(rb"[ \t\r\n\v\f]+")
_VERSION = re.compile(rb"WARC/(?:1\.[01]|0\.\d{1,3})[ \t\r]*\n", re.ASCII)
_MOST_DIGITS = 18

_MAX_BREAKS = 10_000
"""Places where reading is tried again after a break; a file with more is nothing but rubbish."""

_GAP = 16
"""Bytes that are read beyond a record's content: the line ends behind it, and some more so that its member can end and
what begins in the next can be known."""

_VERSIONS = (b"WARC/1.0\r\n", b"WARC/1.1\r\n")
_WORD = b"WARC/"
_ZSTD = b"\x28\xb5\x2f\xfd"
_LONGEST_VERSION = 32
"""With blanks behind it."""


class WarcRecord:
    """One record while it is passed: its content can be read until the next one is asked for."""

    __slots__ = ("_reader", "content_length", "fields", "kind", "rest", "start")

    def __init__(self, reader: "RecordReader", start: int, fields: Fields) -> None:
        self._reader = reader
        self.start = start
        """Where it begins in the file; records that are compressed together begin where the first of them does."""
        self.fields = fields
        self.kind = (fields.get_bytes("WARC-Type") or b"").lower().decode("latin-1")
        length = (fields.get_bytes("Content-Length") or b"").removeprefix(b"+")
        self.content_length = int(length) if length.isdigit() and len(length) <= _MOST_DIGITS else 0
        self.rest = self.content_length
        """Bytes of its content that were not read yet."""

    def get(self, name: str) -> str | None:
        """The value of a field, whatever its case."""
        return self.fields.get(name)

    @property
    def is_http(self) -> bool:
        return (self.get("Content-Type") or "").lower().startswith("application/http")

    def read(self, size: int | None = None) -> bytes:
        """The next bytes of its content, all that is left without `size`; none at its end. Raises OSError when the
        file ends before, or is broken."""
        wanted = self.rest if size is None else min(size, self.rest)
        content = self._reader.take(wanted)
        self.rest -= wanted
        return content

    def read_head(self) -> bytes:
        """Its next bytes up to an empty line, with it, as HTTP ends a head; of a head without an end, all that a head
        may have. Raises OSError."""
        head = self._reader.take_head(min(self.rest, MAX_HEAD))
        self.rest -= len(head)
        return head

    def skip(self) -> None:
        """Leave out what was not read of it. Raises OSError."""
        self._reader.skip(self.rest)
        self.rest = 0


class RecordReader:
    """The records of a file from the one that begins at `start` on. Raises OSError where it is broken."""

    def __init__(self, file: BinaryIO, start: int, *, packed: bool) -> None:
        self._source: Unpacker | Plain = Unpacker(file, start) if packed else Plain(file, start)
        self._packed = packed
        self._data = b""
        """What was read of the file; what lies before `_at` is done with."""
        self._at = 0
        self._place = start
        """Of the member that `_data` ends in, or of the first byte of `_data`."""
        self._begun = start
        self._is_short = False
        self.last: WarcRecord | None = None

    def __iter__(self) -> Iterator[WarcRecord]:
        while self._find_record():
            start = self._begun = self._place if self._packed else self._place + self._at
            self.last = record = WarcRecord(self, start, Fields(self._take_fields()))
            yield record
            if record.rest:
                record.skip()

    @property
    def broken_at(self) -> int:
        """Where the record or the member begins that could not be read, or behind which none was found."""
        if isinstance(self._source, Plain) or self._is_short:
            return self._begun
        if not self._source.is_between:
            return self._source.place
        return self._begun if self.last is None else self.last.start

    def take(self, size: int) -> bytes:
        """So many bytes."""
        end = self._at + size
        if end <= len(self._data):
            content = self._data[self._at : end]
            self._at = end
            return content
        parts = [memoryview(self._data)[self._at :]]
        missing = end - len(self._data)
        while missing > 0:
            self._load(missing + _GAP)
            parts.append(memoryview(self._data)[:missing])
            self._at = min(missing, len(self._data))
            missing -= self._at
        return b"".join(parts)

    def take_head(self, most: int) -> bytes:
        """Bytes up to an empty line, `most` of them if there is none."""
        while (end := HEAD_END.search(self._data, self._at, self._at + most)) is None and self._known < most:
            self._load(max(_PIECE, self._known), keep=True)
        return self.take(end.end() - self._at if end else most)

    def skip(self, size: int) -> None:
        """Leave out so many bytes."""
        missing = size - (len(self._data) - self._at)
        while missing > 0:
            self._load(min(missing + _GAP, _SKIPPED))
            size = missing
            missing -= len(self._data)
        self._at += size

    def _load(self, limit: int, *, keep: bool = False) -> None:
        """Go on in the file, and forget what was read before or keep what is still needed of it. A record may go on in
        the next member, unless another begins there."""
        member = self._source.place
        content = b"" if self._is_short else self._source.read(limit)
        if self._packed and self._source.place != member and content.startswith(PLAIN_MARK):
            self._is_short, content = True, b""
        rest = self._data[self._at :] if keep else b""
        self._data, self._at = rest + content, 0
        self._place = self._source.place - (0 if self._packed else len(rest))
        if not content:
            raise OSError("cut short")

    def _find_record(self) -> bool:
        """Go to the next one. What lies between two may be blank and no more."""
        while not self._data.startswith(_VERSIONS, self._at):
            if blank := _SOME_BLANK.match(self._data, self._at):
                self._at = blank.end()
            if self._at < len(self._data):
                break
            self._data, self._at = self._source.read(_PIECE), 0
            self._place = self._source.place
            if not self._data:
                return False
        return True

    def _take_fields(self) -> bytes:
        """The head of the record that begins here."""
        while True:
            version = _VERSION.match(self._data, self._at)
            end = HEAD_END.search(self._data, self._at, self._at + MAX_HEAD)
            if end and version:
                return self.take(end.end() - self._at)
            begins = self._data[self._at : self._at + _LONGEST_VERSION]
            if not version and (len(begins) == _LONGEST_VERSION or not begins.startswith(_WORD[: len(begins)])):
                is_zstd = self._data.startswith(_ZSTD)
                raise OSError("compressed with zstd: unpack it first" if is_zstd else "not a WARC record")
            if self._known >= MAX_HEAD:
                raise OSError(f"a head of more than {MAX_HEAD} bytes")
            self._load(max(_PIECE, self._known), keep=True)

    @property
    def _known(self) -> int:
        return len(self._data) - self._at


def walk_records(file: BinaryIO, start: int = 0) -> Iterator[tuple[int, WarcRecord | str]]:
    """Records with their offsets, from the one that begins at `start` on. Where the file is broken: one line, and on
    with the next record that can be read."""
    mark, begin = choose_mark(file), start
    for _ in range(_MAX_BREAKS):
        reader = RecordReader(file, begin, packed=mark == GZIP_MARK)
        try:
            for record in reader:
                yield record.start, record
        except OSError as error:
            problem = str(error)
        else:
            if begin == 0 and reader.last is None:  # whoever reads no further would take it for a past without a page
                yield begin, "there is no record in this file"
            return
        place = reader.broken_at
        length = measure_member(file, place) if mark == GZIP_MARK else None
        beyond = place if length is None else place + length
        if reader.last is not None or begin == start:
            is_behind = reader.last is not None and reader.last.start == place and not reader.last.rest
            yield (beyond if is_behind else place), f"broken: {problem}"
        found = find_mark(file, mark, place + 1) if length is None else beyond
        if found is None:
            return
        begin = found
    yield begin, "too much is broken to go on"
