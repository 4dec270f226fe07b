"""WARC files into pages."""

import re
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from crawler.archive.members import MAX_HEAD, choose_mark, find_size
from crawler.archive.record import EARLIER, MADE_DIGEST, REQUESTED, make_digest, make_page
from crawler.archive.records import RecordReader, WarcRecord, walk_records
from crawler.archive.unpack import GZIP_MARK
from crawler.archive.writer import OPEN
from crawler.errors import ArchiveError
from crawler.models import Capture, Page

_INTERIM = re.compile(rb"HTTP/[\d.]+ +1(?!01)\d\d\b")
"""Heads such as 100 Continue, which another one follows."""

_READABLE = ("response", "conversion", "revisit")


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
    # it may be closed between the first try and the second
    for name in (capture.file, capture.file + OPEN, capture.file):
        with suppress(FileNotFoundError):
            return (folder / name).open("rb")
    raise ArchiveError("there is no such file in the archive")


def _read_member(file: BinaryIO, offset: int, length: int, max_body_bytes: int) -> tuple[Page, str]:
    file.seek(offset)
    records = _open_records(BytesIO(file.read(length)), 0)
    record = next(records, None)
    if record is None or record.kind not in _READABLE:
        raise ArchiveError("no response record")
    if record.kind == "revisit":
        return _read_revisit(file, record, max_body_bytes)
    response = _read_response(record, max_body_bytes)
    next(records, None)  # only what reads on meets the checksum
    return response


def _open_records(file: BinaryIO, start: int) -> Iterator[WarcRecord]:
    return iter(RecordReader(file, start, packed=choose_mark(file) == GZIP_MARK))


def _read_revisit(file: BinaryIO, record: WarcRecord, max_body_bytes: int) -> tuple[Page, str]:
    """A page whose body lies in an earlier record of the same file."""
    head, _ = _read_message(record, max_body_bytes)
    try:
        earlier = next(_open_records(file, int(record.get(EARLIER) or "")), None)
        if earlier is None or earlier.kind != "response":
            raise ArchiveError("a revisit of what is not there")
        page, digest = _read_response(earlier, max_body_bytes)
    except OSError as error:
        raise ArchiveError(f"a revisit of what is broken: {error}") from error
    if digest != record.get("WARC-Payload-Digest"):
        raise ArchiveError("a revisit of another body")
    return make_page(record.fields, head, page.raw, max_body_bytes), digest


def _read_response(record: WarcRecord, max_body_bytes: int, *, digests: bool = True) -> tuple[Page, str]:
    """The page and its digest, which must be the one that we wrote, if we wrote it; no digest if none is asked for."""
    page = make_page(record.fields, *_read_message(record, max_body_bytes), max_body_bytes)
    if not digests:
        return page, ""
    digest = make_digest(page.raw)
    declared = record.get(MADE_DIGEST) or record.get("WARC-Payload-Digest")
    if record.get(REQUESTED) is not None and declared != digest:
        raise ArchiveError("the body is not the one that its digest was made of")
    return page, digest


def _read_message(record: WarcRecord, max_body_bytes: int) -> tuple[bytes, bytes]:
    """Head and body of a record's HTTP message, whole or not at all. Raises ArchiveError or OSError."""
    if record.content_length > max_body_bytes + MAX_HEAD:
        raise ArchiveError(f"a record of {record.content_length} bytes")
    head, before = record.read_head(), 0
    while _INTERIM.match(head) and record.rest and before <= MAX_HEAD:
        before += len(head)
        head = record.read_head()
    return head, record.read()


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


def _read_pieces(
    file: BinaryIO, name: str, max_body_bytes: int, stretch: tuple[int, int | None], *, digests: bool
) -> Iterator[tuple[Page, Capture] | str]:
    """Pages in order. One is held back until the start of the next record tells where its own ends, and whether the
    checksum behind it was right."""
    begin, stop = stretch
    held: tuple[Page, str] | None = None
    at = before = -1
    for start, found in walk_records(file, begin):
        if held and (start != at or not isinstance(found, str)):
            yield _locate(held, name, at, at if at == before else start)
        if stop is not None and start >= stop:
            return
        held = None
        if isinstance(found, str):
            yield f"{name} at {start}: {found}"
            continue
        before, at = at, start
        try:
            held = _read_found(file, found, max_body_bytes, digests=digests)
        except (ArchiveError, ValueError) as error:
            yield f"{name} at {start}: {error}"
        except OSError:
            continue  # the walk meets the same break at its next step, and says so
    if held:
        yield _locate(held, name, at, at if at == before else find_size(file))


def _read_found(file: BinaryIO, found: WarcRecord, max_body_bytes: int, *, digests: bool) -> tuple[Page, str] | None:
    """The page of a record and its digest; None where it holds none."""
    if found.kind == "response" and found.is_http:
        return _read_response(found, max_body_bytes, digests=digests)
    if found.kind == "revisit" and found.get(EARLIER) is not None:
        return _read_revisit(file, found, max_body_bytes)
    return None


def _locate(found: tuple[Page, str], name: str, start: int, end: int) -> tuple[Page, Capture]:
    page, digest = found
    return page, Capture(name, start, end - start, digest, page.url, page.status, page.fetched_at)
