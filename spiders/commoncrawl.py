"""Common Crawl's news WARCs: lists of them by month, and the pages of one outlet in a file. Opens no connection."""

import gzip
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from crawler.archive.places import is_remote, open_place
from crawler.archive.records import WarcRecord, walk_records
from crawler.archive.warc import find_cuts, iterate_open
from crawler.errors import ArchiveError, FeedError
from crawler.fetch.urls import in_scope
from crawler.models import Link, Page
from spiders.feeds import decode_feed
from spiders.periods import Span

NEWS: Final = "https://data.commoncrawl.org/crawl-data/CC-NEWS/{year}/{month}/warc.paths.gz"
_LISTS: Final = (".paths", ".paths.gz", ".txt", ".txt.gz")
_WARCS: Final = (".warc", ".warc.gz")
_BEGUN: Final = re.compile(r"(?<!\d)(\d{14})(?!\d)", re.ASCII)
_LONGEST_FILE: Final = timedelta(days=2)
"""That a file may have been written to."""
_PIECE: Final = re.compile(r"(.+)#(\d+)-(\d*)", re.ASCII | re.DOTALL)
_RECORD: Final = re.compile(r"record at (\d+) of (.+)", re.ASCII | re.DOTALL)
_PIECE_BYTES: Final = 64 << 20
_HEAD: Final = 64
_LONGEST_LIST: Final = 32 << 20
"""Bytes; one of a whole crawl of the web has 13 million."""
_GZIP: Final = b"\x1f\x8b"
_OK: Final = re.compile(rb"HTTP/[\d.]+ +200\b")


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """Where a page lies."""

    address: str
    """Of a WARC file: a path, a web address, or one that fsspec understands."""
    offset: int

    def describe(self) -> str:
        return f"record at {self.offset} of {self.address}"


def find_record_place(note: str) -> RecordPlace | None:
    """From a link's note."""
    found = _RECORD.fullmatch(note)
    return RecordPlace(found[2], int(found[1])) if found else None


def is_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def is_list(address: str) -> bool:
    return urlsplit(address).path.endswith(_LISTS) if is_remote(address) else address.endswith(_LISTS)


def split_piece(address: str) -> tuple[str, tuple[int, int | None] | None]:
    """A file's address, and which stretch of it is meant."""
    found = _PIECE.fullmatch(address)
    return (found[1], (int(found[2]), int(found[3]) if found[3] else None)) if found else (address, None)


def read_paths(page: Page, span: Span) -> tuple[tuple[str, ...], int]:
    """The files that a list names which may hold pages of that time, and how many others. Raises FeedError."""
    return choose_files(list_paths(page.body, page.url), span)


def read_listed(address: str, span: Span) -> tuple[tuple[str, ...], int]:
    """The same of a list on this machine, or at an address for fsspec. Raises FeedError or ArchiveError."""
    with open_place(address) as file:
        body = file.read(_LONGEST_LIST + 1)
    return choose_files(list_paths(body, address if is_remote(address) else str(Path(address).resolve())), span)


def list_paths(body: bytes, base: str) -> list[str]:
    """Their addresses. Relative ones begin at the root of the list's server; on this machine in the folder of the list,
    or in one above it. Raises FeedError, also when a part of the list is missing: nobody would miss those files."""
    lines = decode_feed(_unpack_list(body), "").split()
    if not lines:
        raise FeedError("the list is empty")
    if wrong := next((line for line in lines if not line.endswith(_WARCS)), None):
        raise FeedError(f"not a list of WARC files: {wrong[:80]!r}")
    return [_resolve(line, base) for line in lines]


def _unpack_list(body: bytes) -> bytes:
    try:
        if body.startswith(_GZIP):
            with gzip.open(BytesIO(body)) as file:
                body = file.read(_LONGEST_LIST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FeedError(f"the list is broken: {error}") from error
    if len(body) > _LONGEST_LIST:
        raise FeedError(f"the list is larger than {_LONGEST_LIST >> 20} MiB")
    return body


def _resolve(line: str, base: str) -> str:
    if is_web(base):  # whoever wrote it must not name files of this machine
        return line if is_web(line) else urljoin(base, f"/{line.lstrip('/')}")
    if is_remote(line):
        return line
    if is_remote(base):
        scheme, _, rest = base.partition("://")
        return f"{scheme}://{rest.partition('/')[0]}/{line.lstrip('/')}"
    folders = Path(base).parents
    return next((str(folder / line) for folder in folders if (folder / line).exists()), str(folders[0] / line))


def choose_files(paths: list[str], span: Span) -> tuple[tuple[str, ...], int]:
    """Those that may hold pages of that time, and how many others: a file's name says when it was begun."""
    fit = tuple(path for path in paths if span.meets(_find_time(path)))
    return fit, len(paths) - len(fit)


def _find_time(path: str) -> Span | None:
    found = _BEGUN.search(path.rpartition("/")[2])
    try:
        begun = datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None
    return Span(begun, begun + _LONGEST_FILE) if begun else None


# ── in a worker: what a file holds ───────────────────────────────────────────────────────────────


def cut_file(path: str) -> list[tuple[int, int | None]]:
    """Stretches of a file. Raises ArchiveError."""
    with open_place(path) as file:
        cuts = find_cuts(file, _PIECE_BYTES)
    return list(zip(cuts, [*cuts[1:], None], strict=True))


def find_records(
    path: str, address: str, stretch: tuple[int, int | None], scope: tuple[str, ...], span: Span
) -> tuple[list[Link], int, list[str]]:
    """Pages of an outlet that were had with status 200 in that time, how many others of it there are, and what is
    broken. Bodies are not read. Raises ArchiveError, also for records that are compressed together: there is no coming
    back to one of them by its place."""
    links: list[Link] = []
    others, problems, before = 0, [], -1
    with open_place(path) as file:
        for start, record in walk_records(file, stretch[0]):
            if stretch[1] is not None and start >= stretch[1]:
                break
            if isinstance(record, str):
                problems.append(f"{address} at {start}: {record}")
                continue
            if start == before:
                raise ArchiveError(f"{address}: its records are compressed together; `warcio recompress` parts them")
            before = start
            if record.kind == "response" and _is_of(record, scope):
                url = (record.get("WARC-Target-URI") or "").strip("<>")
                if _is_wanted(record, span):
                    links.append(Link(url, note=RecordPlace(address, start).describe()))
                else:
                    others += 1
    return links, others, problems


def _is_of(record: WarcRecord, scope: tuple[str, ...]) -> bool:
    return in_scope((record.get("WARC-Target-URI") or "").strip("<>"), scope)


def _is_wanted(record: WarcRecord, span: Span) -> bool:
    try:
        moment = datetime.fromisoformat(record.get("WARC-Date") or "")
    except ValueError:
        return False
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return span.holds(moment) and _OK.match(record.read(_HEAD)) is not None


def read_record_page(path: str, offset: int, url: str) -> Page:
    """Raises ArchiveError; so it does where another page lies there."""
    with open_place(path) as file:
        for found in iterate_open(file, path, start=offset, end=offset + 1):
            if isinstance(found, str):
                raise ArchiveError(found)
            if found[0].url != url:
                raise ArchiveError(f"{path} at {offset}: another page, {found[0].url}")
            return found[0]
    raise ArchiveError(f"{path} at {offset}: no page")
