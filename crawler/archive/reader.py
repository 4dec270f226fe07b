"""WARC files into pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from crawler.archive.members import GZIP_MARK, PLAIN_MARK, find_mark, find_size, measure_member
from crawler.archive.record import make_digest, make_page
from crawler.archive.writer import OPEN
from crawler.errors import ArchiveError
from crawler.models import Capture, Page

_MAX_HEAD = 256 << 10
"""Bytes of HTTP headers; beyond that a record is refused unread."""

_MAX_BREAKS = 10_000
"""Places where reading is tried again after a break; a file with more is nothing but rubbish."""


def read_page(folder: Path, capture: Capture, *, max_body_bytes: int = 8 << 20) -> Page:
    """Read one page back. Raises ArchiveError when the record is not there or its digest differs."""
    place = f"{capture.file} at {capture.offset}"
    try:
        record = next(iter(_open_records(BytesIO(_read_member(folder, capture)), 0)), None)
        if record is None or record.record_type != WarcRecordType.response:
            raise ArchiveError(f"{place}: no response record")
        page = make_page(record.headers, _read_block(record, max_body_bytes), max_body_bytes)
    except OSError as error:
        raise ArchiveError(f"{place}: {error.strerror or error}") from error
    if make_digest(page.raw) != capture.digest:
        raise ArchiveError(f"{place}: its digest differs from what was stored")
    return page


def _read_member(folder: Path, capture: Capture) -> bytes:
    """The file may still be written, or have been closed since the capture was made."""
    if Path(capture.file).name != capture.file:
        raise ArchiveError(f"{capture.file!r} is not the name of a file of the archive")
    path = folder / capture.file
    with (path if path.exists() else path.with_name(path.name + OPEN)).open("rb") as file:
        file.seek(capture.offset)
        return file.read(capture.length)


def _read_block(record: WarcRecord, max_body_bytes: int) -> bytes:
    """The HTTP message of a record, whole or not at all."""
    if record.content_length > max_body_bytes + _MAX_HEAD:
        raise ArchiveError(f"a record of {record.content_length} bytes")
    block = record.reader.read()
    if len(block) != record.content_length:
        raise ArchiveError(f"{record.content_length - len(block)} bytes are missing")
    return block


def iterate_pages(path: Path, *, max_body_bytes: int = 8 << 20) -> Iterator[tuple[Page, Capture] | str]:
    """Every HTTP response of any WARC file; a record that cannot be read is a line saying why.

    A capture names the file alone, and reaches from the first byte of its record to the next one that could be read.
    Raises ArchiveError when there is no such file.
    """
    try:
        with path.open("rb") as file:
            for piece in _read_pieces(file, max_body_bytes):
                yield f"{path.name} {piece}" if isinstance(piece, str) else piece.capture_in(path.name)
    except OSError as error:
        raise ArchiveError(f"{path.name}: {error.strerror or error}") from error


@dataclass(frozen=True, slots=True)
class _Piece:
    """A page and the stretch of the file that holds it."""

    page: Page
    start: int
    end: int

    def capture_in(self, name: str) -> tuple[Page, Capture]:
        page = self.page
        capture = Capture(
            file=name,
            offset=self.start,
            length=self.end - self.start,
            digest=make_digest(page.raw),
            url=page.url,
            status=page.status,
            fetched_at=page.fetched_at,
        )
        return page, capture


def _read_pieces(file: BinaryIO, max_body_bytes: int) -> Iterator[_Piece | str]:
    """Pages in order. One is held back until the start of the next record tells where its own ends."""
    held: tuple[Page, int] | None = None
    for start, found in _walk_records(file):
        if held:
            yield _Piece(*held, end=start)
        held = None
        try:
            if isinstance(found, str):
                yield f"at {start}: {found}"
            elif found.record_type == WarcRecordType.response and found.is_http:
                held = make_page(found.headers, _read_block(found, max_body_bytes), max_body_bytes), start
        except ArchiveError as error:
            yield f"at {start}: {error}"
        except OSError:
            continue  # the walk meets the same break at its next step, and says so
    if held:
        yield _Piece(*held, end=find_size(file))


def _walk_records(file: BinaryIO) -> Iterator[tuple[int, WarcRecord | str]]:
    """Records with their offsets. Where the file is broken: one line, and on with the next record that can be read."""
    mark = GZIP_MARK if file.read(len(GZIP_MARK)) == GZIP_MARK else PLAIN_MARK
    start = 0
    for _ in range(_MAX_BREAKS):
        reached = None
        try:
            for record in _open_records(file, start):
                reached = record.stream_pos
                yield reached, record
        except OSError as error:
            broken_at = start if reached is None else _find_break(file, reached)
            if reached is not None or start == 0:
                yield broken_at, f"broken: {error}"
        else:
            return
        found = find_mark(file, mark, broken_at + 1)
        if found is None:
            return
        start = found
    yield start, "too much is broken to go on"


def _open_records(file: BinaryIO, start: int) -> ArchiveIterator:
    file.seek(start)
    return ArchiveIterator(file, parse_http=False, max_header_len=_MAX_HEAD)


def _find_break(file: BinaryIO, reached: int) -> int:
    """Where the first broken byte may be at the earliest, when `reached` is the last record that was begun."""
    return reached + (measure_member(file, reached) or 0)
