"""Is everything in the archive still as it was written?"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from pathlib import Path

from crawler.archive.record import EARLIER, MADE_DIGEST, clean_address, format_date, parse_head
from crawler.archive.records import WarcRecord, walk_records
from crawler.errors import ArchiveError

_CHUNK = 1 << 20
"""Read at once, of a record of any size; the headers of a response lie within."""

_BLOCK, _PAYLOAD = "WARC-Block-Digest", "WARC-Payload-Digest"
_WITH_HEAD = ("response", "revisit")

_LINK = re.compile(rb"^link: (\d+)\r?$", re.MULTILINE)
_WORDS = {
    "digest": "another digest",
    "url": "another address",
    "status": "another status",
    "fetched_at": "another time",
    "rendered": "what came for what a browser made of it, or the other way round",
    "link": "another link",
}
"""What a row and its record must agree about, and how it is told that they do not."""


@dataclass(frozen=True, slots=True)
class Row:
    """What the database says of one record."""

    offset: int
    length: int
    digest: str
    url: str
    status: int
    fetched_at: datetime
    rendered: bool
    link: int


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was found. All is well when there are no problems."""

    files: int = 0
    records: int = 0
    pages: int = 0
    """Responses, and what repeats the body of one."""
    digests: int = 0
    """Digests that were there and right; a response has two, of its whole message and of its body."""
    size: int = 0
    """Bytes on the disk."""
    rows: int = 0
    """Of the database, whose record is there and the one that they mean."""
    unlisted: int = 0
    """Pages that no row names: what polls read, and pages that were fetched again after a crash."""
    unclosed: int = 0
    """Files that are being written, or that a killed daemon left: not looked at."""
    problems: tuple[str, ...] = ()
    """One line for each: file, place, what is wrong."""

    def __add__(self, other: "VerifyReport") -> "VerifyReport":
        return VerifyReport(
            self.files + other.files,
            self.records + other.records,
            self.pages + other.pages,
            self.digests + other.digests,
            self.size + other.size,
            self.rows + other.rows,
            self.unlisted + other.unlisted,
            self.unclosed + other.unclosed,
            self.problems + other.problems,
        )


def verify(folder: Path) -> VerifyReport:
    """Read every record of every closed file and compare its digests. Raises ArchiveError when the disk refuses."""
    return reduce(VerifyReport.__add__, map(verify_file, sorted(folder.glob("*.warc.gz"))), VerifyReport())


def verify_file(path: Path, rows: Iterable[Row] = ()) -> VerifyReport:
    """One file and the rows that name records of it; a worker may do this. Raises ArchiveError when it cannot be
    opened."""
    walk = _Walk(path.name, rows)
    try:
        with path.open("rb") as file:
            for start, found in walk_records(file):
                walk.take_record(start, found)
            size = file.seek(0, 2)
    except OSError as error:
        raise ArchiveError(f"{path.name}: {error.strerror or error}") from error
    found_rows = walk.judge_rows(size)
    counts = walk.counts
    unlisted = len(walk.pages.keys() - walk.rows.keys() - walk.raw_of_rendered)
    return VerifyReport(
        1,
        counts["records"],
        counts["pages"],
        counts["digests"],
        size,
        found_rows,
        unlisted,
        problems=tuple(walk.problems),
    )


class _Walk:
    """What is known of a file while its records pass by."""

    def __init__(self, name: str, rows: Iterable[Row]) -> None:
        self.name = name
        self.rows: dict[int, list[Row]] = {}
        """Offset → what the database says of the record there: once for each link that has it."""
        for row in rows:
            self.rows.setdefault(row.offset, []).append(row)
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []
        self.starts: set[int] = set()
        self.pages: dict[int, str] = {}
        """Offset of each record that a capture may name → digest of its payload."""
        self.raw_of_rendered: set[int] = set()
        self._told: dict[int, dict[str, object]] = {}
        """Offset of each record that a row names → what it says of itself, by the names of a row's fields."""
        self._last_response = 0
        self._response_id = ""
        self._same_page: list[dict[str, object]] = []
        """What records say of themselves that belong to the last response."""

    def take_record(self, start: int, found: WarcRecord | str) -> None:
        if isinstance(found, str):
            self.problems.append(f"{self.name} at {start}: {found}")
            return
        self.starts.add(start)
        try:
            first = found.read(_CHUNK)
            right, wrong = _check_digests(found, first)
            if found.kind == "revisit":
                self._check_revisit(found)
            self._count(start, found, right)
            self._note(start, found, first)
        except (ArchiveError, ValueError) as error:
            self.problems.append(f"{self.name} at {start}: {error}")
        except OSError:
            return  # the walk meets the same break at its next step, and says so
        else:
            self.problems += [f"{self.name} at {start}: its {name} differs" for name in wrong]

    def _count(self, start: int, found: WarcRecord, right: int) -> None:
        is_page = found.kind in ("response", "revisit")
        self.counts.update(records=1, digests=right, pages=is_page)
        if is_page or found.kind == "conversion":
            self.pages[start] = found.get(MADE_DIGEST) or found.get(_PAYLOAD) or ""
        if is_page:
            self._last_response = start
        elif found.kind == "conversion":
            self.raw_of_rendered.add(self._last_response)

    def _check_revisit(self, found: WarcRecord) -> None:
        place = found.get(EARLIER)
        if place is not None and self.pages.get(int(place)) != found.get(_PAYLOAD):
            raise ArchiveError("it repeats a body that is not there")

    def _note(self, start: int, found: WarcRecord, first: bytes) -> None:
        """What a record that a row names says of itself; the metadata of its page names the link."""
        if found.kind in _WITH_HEAD:
            self._response_id, self._same_page = found.get("WARC-Record-ID") or "", []
        belongs = found.kind in _WITH_HEAD or found.get("WARC-Refers-To") == self._response_id
        if start in self.pages and start in self.rows:
            told: dict[str, object] = {
                "digest": self.pages[start],
                "url": found.get("WARC-Target-URI"),
                "status": parse_head(first).status,
                "fetched_at": found.get("WARC-Date"),
                "rendered": found.kind == "conversion",
            }
            self._told[start] = told
            self._same_page += [told] if belongs else []
        elif found.kind == "metadata" and belongs and (link := _LINK.search(first)):
            for each in self._same_page:
                each["link"] = int(link[1])

    def judge_rows(self, size: int) -> int:
        """How many rows mean a record that is there; the others are problems."""
        right = 0
        for offset, rows in self.rows.items():
            for row in rows:
                wrong = self._judge(row, size)
                right += not wrong
                self.problems += [f"{self.name} at {offset}: the database names {wrong}"] if wrong else []
        return right

    def _judge(self, row: Row, size: int) -> str:
        told = self._told.get(row.offset)
        if told is None:
            return "a record that is not there"
        said = {
            "digest": row.digest,
            "url": clean_address(row.url),
            "status": row.status,
            "fetched_at": format_date(row.fetched_at),
            "rendered": row.rendered,
            "link": row.link,
        }
        for name, word in _WORDS.items():
            if name in told and told[name] != said[name]:
                return word
        is_whole = row.offset + row.length in self.starts or row.offset + row.length == size
        return "" if is_whole else "another length"


def _check_digests(record: WarcRecord, first: bytes) -> tuple[int, list[str]]:
    """How many of its digests are right, and the names of those that are not; `first` was read of it already. A
    revisit has the payload digest of what it repeats, not of its own. Raises ArchiveError, or OSError when the record
    is not whole."""
    names = (_BLOCK,) if record.kind == "revisit" else (_BLOCK, _PAYLOAD, MADE_DIGEST)
    declared = {name: value for name in names if (value := record.get(name))}
    hashes = {name: _start_hash(value) for name, value in declared.items()}
    chunk = first
    has_head = record.kind in _WITH_HEAD or MADE_DIGEST in declared
    body_at = parse_head(chunk).body_at if has_head else 0
    while chunk:
        for name, running in hashes.items():
            running.update(chunk[0 if name == _BLOCK else body_at :])
        body_at, chunk = 0, record.read(_CHUNK)
    wrong = [name for name, running in hashes.items() if not _agrees(declared[name], running.digest())]
    return len(declared) - len(wrong), wrong


def _start_hash(declared: str) -> "hashlib._Hash":
    """Of a digest such as `sha256:9f86…`."""
    algorithm = declared.partition(":")[0].lower().replace("-", "")
    if algorithm not in {"sha1", "sha256", "sha512", "md5"}:
        raise ArchiveError(f"a digest that nobody knows, {algorithm[:20]!r}")
    return hashlib.new(algorithm, usedforsecurity=False)


def _agrees(declared: str, digest: bytes) -> bool:
    """We write hexadecimal digits; most others write Base32."""
    value = declared.partition(":")[2].strip()
    return value.lower() == digest.hex() or value.upper() == base64.b32encode(digest).decode("ascii")
