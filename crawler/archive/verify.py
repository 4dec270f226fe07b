"""Is everything in the archive still as it was written?"""

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from fastwarc.warc import WarcRecord, WarcRecordType

from crawler.archive.reader import walk_records
from crawler.archive.record import parse_head
from crawler.errors import ArchiveError

_CHUNK = 1 << 20
"""Read at once, of a record of any size; the headers of a response lie within."""

_BLOCK, _PAYLOAD = "WARC-Block-Digest", "WARC-Payload-Digest"


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was found. All is well when there are no problems."""

    files: int = 0
    records: int = 0
    pages: int = 0
    digests: int = 0
    """Digests that were there and right; a response has two, of its whole message and of its body."""
    size: int = 0
    """Bytes on the disk."""
    problems: tuple[str, ...] = ()
    """One line for each: file, place, what is wrong."""

    def __add__(self, other: "VerifyReport") -> "VerifyReport":
        return VerifyReport(
            self.files + other.files,
            self.records + other.records,
            self.pages + other.pages,
            self.digests + other.digests,
            self.size + other.size,
            self.problems + other.problems,
        )


def verify(folder: Path) -> VerifyReport:
    """Read every record of every closed file and compare its digests. Raises ArchiveError when the disk refuses."""
    return reduce(VerifyReport.__add__, map(verify_file, sorted(folder.glob("*.warc.gz"))), VerifyReport())


def verify_file(path: Path) -> VerifyReport:
    """One file; a worker may do this. Raises ArchiveError when it cannot be opened."""
    counts: Counter[str] = Counter()
    problems: list[str] = []
    try:
        with path.open("rb") as file:
            for start, found in walk_records(file):
                _take_record(found, f"{path.name} at {start}", counts, problems)
            size = file.seek(0, 2)
    except OSError as error:
        raise ArchiveError(f"{path.name}: {error.strerror or error}") from error
    return VerifyReport(1, counts["records"], counts["pages"], counts["digests"], size, tuple(problems))


def _take_record(found: WarcRecord | str, place: str, counts: Counter[str], problems: list[str]) -> None:
    if isinstance(found, str):
        problems.append(f"{place}: {found}")
        return
    try:
        right, wrong = _check_digests(found)
    except ArchiveError as error:
        problems.append(f"{place}: {error}")
    except OSError:
        return  # the walk meets the same break at its next step, and says so
    else:
        counts.update(records=1, digests=right, pages=found.record_type == WarcRecordType.response)
        problems += [f"{place}: its {name} differs" for name in wrong]


def _check_digests(record: WarcRecord) -> tuple[int, list[str]]:
    """How many of its digests are right, and the names of those that are not."""
    declared = {name: value for name in (_BLOCK, _PAYLOAD) if (value := record.headers.get(name))}
    hashes = {name: _start_hash(value) for name, value in declared.items()}
    chunk = record.reader.read(_CHUNK)
    body_at = parse_head(chunk).body_at if record.record_type == WarcRecordType.response else 0
    rest = record.content_length
    while chunk:
        for name, running in hashes.items():
            running.update(chunk[body_at if name == _PAYLOAD else 0 :])
        body_at, rest = 0, rest - len(chunk)
        chunk = record.reader.read(_CHUNK)
    if rest:
        raise OSError("cut short")
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
