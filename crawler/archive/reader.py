"""WARC files into pages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from crawler.archive.members import (
    GZIP_MARK,
    MAX_HEAD,
    RECORD_END,
    begins_record,
    choose_mark,
    find_mark,
    find_plain_end,
    find_size,
    is_whole,
    measure_stream,
)
from crawler.archive.record import EARLIER, MADE_DIGEST, REQUESTED, make_digest, make_page
from crawler.archive.writer import OPEN
from crawler.errors import ArchiveError
from crawler.models import Capture, Page

_INTERIM = re.compile(rb"HTTP/[\d.]+ +1(?!01)\d\d\b")
"""Heads such as 100 Continue, which another one follows."""

_LINE_ENDS = (b"\r\n", b"\n")

_READABLE = (WarcRecordType.response, WarcRecordType.conversion, WarcRecordType.revisit)

_MAX_BREAKS = 10_000
"""Places where reading is tried again after a break; a file with more is nothing but rubbish."""


def read_page(folder: Path, capture: Capture, *, max_body_bytes: int = 8 << 20) -> Page:
    """Read one page back. Raises ArchiveError when the record is not there or its digest differs."""
    place = f"{capture.file} at {capture.offset}"
    try:
        with open_capture(folder, capture) as file:
            page, digest = _read_member(file, capture.offset, capture.length, max_body_bytes)
    except (OSError, ValueError, ArchiveError) as error:
        raise ArchiveError(f"{place}: {error}") from error
    if digest != capture.digest:
        raise ArchiveError(f"{place}: its digest differs from what was stored")
    return page


def read_record(file: BinaryIO, offset: int, length: int, *, max_body_bytes: int = 8 << 20) -> Page:
    """The page of a record of an open file. Raises ArchiveError or OSError."""
    return _read_member(file, offset, length, max_body_bytes)[0]


def open_capture(folder: Path, capture: Capture) -> BinaryIO:
    """The file of a capture; it may still be written, or have been closed since the capture was made. Raises OSError or
    ArchiveError."""
    if Path(capture.file).name != capture.file:
        raise ArchiveError(f"{capture.file!r} is not the name of a file of the archive")
    path = folder / capture.file
    return (path if path.exists() else path.with_name(path.name + OPEN)).open("rb")


def _read_member(file: BinaryIO, offset: int, length: int, max_body_bytes: int) -> tuple[Page, str]:
    file.seek(offset)
    records = iter(_open_records(BytesIO(file.read(length)), 0))
    record = next(records, None)
    if record is None or record.record_type not in _READABLE:
        raise ArchiveError("no response record")
    if record.record_type == WarcRecordType.revisit:
        return _read_revisit(file, record, max_body_bytes)
    response = _read_response(record, max_body_bytes)
    next(records, None)  # only what reads on meets the checksum
    return response


def _read_revisit(file: BinaryIO, record: WarcRecord, max_body_bytes: int) -> tuple[Page, str]:
    """A page whose body lies in an earlier record of the same file, which is left where it was read."""
    (head, _), at = _read_message(record, max_body_bytes), file.tell()
    try:
        earlier = next(iter(_open_records(file, int(record.headers.get(EARLIER) or ""))), None)
        if earlier is None or earlier.record_type != WarcRecordType.response:
            raise ArchiveError("a revisit of what is not there")
        page, digest = _read_response(earlier, max_body_bytes)
    except OSError as error:
        raise ArchiveError(f"a revisit of what is broken: {error}") from error
    finally:
        file.seek(at)
    if digest != record.headers.get("WARC-Payload-Digest"):
        raise ArchiveError("a revisit of another body")
    return make_page(record.headers, head, page.raw, max_body_bytes), digest


def _read_response(record: WarcRecord, max_body_bytes: int, *, digests: bool = True) -> tuple[Page, str]:
    """The page and its digest, which must be the one that we wrote, if we wrote it; no digest if none is asked for."""
    page = make_page(record.headers, *_read_message(record, max_body_bytes), max_body_bytes)
    if not digests:
        return page, ""
    digest = make_digest(page.raw)
    declared = record.headers.get(MADE_DIGEST) or record.headers.get("WARC-Payload-Digest")
    if REQUESTED in record.headers and declared != digest:
        raise ArchiveError("the body is not the one that its digest was made of")
    return page, digest


def _read_message(record: WarcRecord, max_body_bytes: int) -> tuple[bytes, bytes]:
    """Head and body of a record's HTTP message, whole or not at all. The head is read by itself: to cut it off would
    make a copy of the body."""
    if record.content_length > max_body_bytes + MAX_HEAD:
        raise ArchiveError(f"a record of {record.content_length} bytes")
    head, rest = b"".join(_read_head(record)), record.content_length
    while _INTERIM.match(head) and rest > len(head) and record.content_length - rest <= MAX_HEAD:
        rest -= len(head)
        head = b"".join(_read_head(record))
    body = record.reader.read()
    if missing := rest - len(head) - len(body):
        raise OSError(f"{missing} bytes are missing")
    return head, body


def _read_head(record: WarcRecord) -> Iterator[bytes]:
    """The lines up to the empty one."""
    size, before = 0, b""
    while size <= MAX_HEAD and (line := record.reader.readline(record.content_length)):
        yield line
        if line in _LINE_ENDS and before.endswith(line):
            return
        size, before = size + len(line), line


def iterate_pages(path: Path, *, max_body_bytes: int = 8 << 20) -> Iterator[tuple[Page, Capture] | str]:
    """Every HTTP response of any WARC file; a record that cannot be read is a line saying why.

    A capture names the file alone, and reaches from the first byte of its record to the next one that could be read;
    its length is 0 in a file that compresses records together, where there is no coming back to one of them. Raises
    ArchiveError when there is no such file.
    """
    try:
        with path.open("rb") as file:
            yield from iterate_open(file, path.name, max_body_bytes=max_body_bytes)
    except OSError as error:
        raise ArchiveError(f"{path.name}: {error.strerror or error}") from error


def iterate_open(
    file: BinaryIO,
    name: str,
    *,
    start: int = 0,
    end: int | None = None,
    max_body_bytes: int = 8 << 20,
    digests: bool = True,
) -> Iterator[tuple[Page, Capture] | str]:
    """The same of an open file: the records that begin in [start, end). One must begin at `start`. Without `digests`
    captures have none, and what is wrong is told by the checksum of its compression alone: a quarter faster."""
    return _read_pieces(file, name, max_body_bytes, (start, end), digests=digests)


@dataclass(frozen=True, slots=True)
class _Found:
    """A page and where its record starts."""

    page: Page
    digest: str
    start: int

    def with_end(self, name: str, end: int) -> tuple[Page, Capture]:
        page = self.page
        length = end - self.start
        return page, Capture(name, self.start, length, self.digest, page.url, page.status, page.fetched_at)


def _read_pieces(
    file: BinaryIO, name: str, max_body_bytes: int, stretch: tuple[int, int | None], *, digests: bool
) -> Iterator[tuple[Page, Capture] | str]:
    """Pages in order. One is held back until the start of the next record tells where its own ends."""
    begin, stop = stretch
    held: _Found | None = None
    for start, found in walk_records(file, begin):
        is_broken = isinstance(found, str) and held is not None and start == held.start
        if held and not is_broken:
            yield held.with_end(name, start)
        held = None
        if stop is not None and start >= stop:
            return
        try:
            if isinstance(found, str):
                yield f"{name} at {start}: {found}"
            elif found.record_type == WarcRecordType.response and _is_http(found):
                held = _Found(*_read_response(found, max_body_bytes, digests=digests), start)
            elif found.record_type == WarcRecordType.revisit and EARLIER in found.headers:
                held = _Found(*_read_revisit(file, found, max_body_bytes), start)
        except (ArchiveError, ValueError) as error:
            yield f"{name} at {start}: {error}"
        except OSError:
            continue  # the walk meets the same break at its next step, and says so
    if held:
        yield held.with_end(name, find_size(file))


def _is_http(record: WarcRecord) -> bool:
    """FastWARC knows it in small letters only."""
    return record.is_http or (record.headers.get("Content-Type") or "").lower().startswith("application/http")


def walk_records(file: BinaryIO, start: int = 0) -> Iterator[tuple[int, WarcRecord | str]]:
    """Records with their offsets, from the one that begins at `start` on. Where the file is broken: one line, and on
    with the next record that can be read."""
    mark, size = choose_mark(file), find_size(file)
    for _ in range(_MAX_BREAKS):
        record: WarcRecord | None = None
        problem = "cut short"
        try:
            for record in _open_records(file, start):
                yield record.stream_pos, record
        except OSError as error:
            problem = str(error)
        begin = start if record is None else record.stream_pos
        end = None if record is None else _find_record_end(file, begin, start, mark)
        if size in {start, end}:
            return
        if record is not None or start == 0:
            yield (begin if end is None else end), f"broken: {problem}"
        found = find_mark(file, mark, begin + 1 if end is None else end)
        if found is None:
            return
        start = found
    yield start, "too much is broken to go on"


def _open_records(file: BinaryIO, start: int) -> ArchiveIterator:
    file.seek(start)
    return ArchiveIterator(file, parse_http=False, max_header_len=MAX_HEAD)


def _find_record_end(file: BinaryIO, begin: int, start: int, mark: bytes) -> int | None:
    """Where the last record ends that was read from `start` on; None if it is not whole. It begins at `begin`, or
    somewhere behind it if records are compressed together. What is missing behind its content harms nothing."""
    size = find_size(file)
    if mark != GZIP_MARK:
        end = find_plain_end(file, begin)
        return min(end, size) if end is not None and end - len(RECORD_END) <= size else None
    length = measure_stream(file, begin)
    if length is not None:
        return begin + length
    return size if not begins_record(file, begin) and is_whole(file, start) else None
