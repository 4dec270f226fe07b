"""What is kept of the archive when it grows too old or too large. Decided here; rows of the database are not touched.

A file is rewritten in an order that a kill cannot harm: the new file is complete and named before the database names
it, and the old one goes only afterwards. `find_leftovers` tells what a kill left.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from crawler.archive.reader import read_record
from crawler.archive.record import compress_record, make_digest, make_response
from crawler.archive.records import WarcRecord, walk_records
from crawler.archive.salvage import TORN
from crawler.archive.writer import make_warcinfo, sync_folder
from crawler.errors import ArchiveError
from crawler.models import Capture

PART = ".part"
"""Ends the name of a file that is being rewritten."""

_OURS = re.compile(r"(\d{8}T\d{6}Z)(-\d+-[0-9a-f]{8})(?:\.kept(\d+))?\.warc\.gz", re.ASCII)
_LARGEST_BODY = 256 << 20


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A closed file that a writer of ours named."""

    path: Path
    begun_at: datetime
    closed_at: datetime
    size: int
    rewritten: int = 0
    """How often something was taken out of it."""

    @property
    def name(self) -> str:
        return self.path.name


@dataclass(frozen=True, slots=True)
class Doomed:
    """A file of which something goes."""

    file: ArchiveFile
    keep: frozenset[int]
    """Offsets of the records that stay; none of them: the file goes."""
    pages: int
    """Captures that go."""
    frees: int
    """Bytes; about, where something stays."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a record lies now."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Stays:
    """What the database says of a file."""

    keep: frozenset[int]
    kept_bytes: int
    pages: int
    """All captures in it, also those that stay."""


def list_closed(folder: Path) -> list[ArchiveFile]:
    """The oldest first. What others put into the folder is theirs."""
    return _list_ours(folder, "")


def list_torn(folder: Path) -> list[ArchiveFile]:
    """What was cut off files that a killed process left: of no page in the database."""
    return _list_ours(folder, TORN)


def _list_ours(folder: Path, ending: str) -> list[ArchiveFile]:
    found = []
    for path in folder.glob(f"*.warc.gz{ending}"):
        if match := _OURS.fullmatch(path.name.removesuffix(ending)):
            stat = path.stat()
            begun = datetime.strptime(match[1], "%Y%m%dT%H%M%S%z")
            closed = datetime.fromtimestamp(stat.st_mtime, UTC)
            found.append(ArchiveFile(path, begun, closed, stat.st_size, int(match[3] or 0)))
    return sorted(found, key=lambda file: (file.begun_at, file.name))


def choose_files(
    files: Iterable[ArchiveFile],
    ask: Callable[[ArchiveFile], Stays],
    *,
    before: datetime | None,
    max_size: int | None,
    settled: datetime,
) -> Iterator[Doomed]:
    """Files begun before `before`, and as many of the oldest as it takes to come down to `max_size` bytes; none that
    was closed after `settled`, because pages of it may still be on their way into the database."""
    files = list(files)
    size = sum(file.size for file in files)
    for file in files:
        is_old = before is not None and file.begun_at < before
        is_too_much = max_size is not None and size > max_size
        if not (is_old or is_too_much) or file.closed_at > settled:
            continue
        stays = ask(file)
        if file.rewritten and stays.keep and len(stays.keep) >= stays.pages:
            continue  # nothing but what is to be kept is in it
        frees = file.size - stays.kept_bytes
        size -= frees
        yield Doomed(file, stays.keep, stays.pages - len(stays.keep), frees)


def name_successor(name: str) -> str:
    match = _OURS.fullmatch(name)
    if match is None:
        raise ArchiveError(f"{name} is no file of ours")
    return f"{match[1]}{match[2]}.kept{int(match[3] or 0) + 1}.warc.gz"


def find_leftovers(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Files and what they were rewritten to, where both are there: somebody was killed in between."""
    for file in list_closed(folder):
        successor = file.path.with_name(name_successor(file.name))
        if successor.exists():
            yield file.path, successor


def write_kept(path: Path, keep: Collection[int], now: datetime) -> tuple[Path, dict[int, Moved]]:
    """Write the successor of a file, with the records that stay and what belongs to them, complete on the disk. Where
    they lie now. The file itself is left. Raises ArchiveError, also when the file is broken: then it needs a person."""
    target = path.with_name(name_successor(path.name))
    part = target.with_name(target.name + PART)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as out, path.open("rb") as source:
            out.write(make_warcinfo(target.name, now))
            moved = _copy_groups(source, out, keep)
            out.flush()
            os.fsync(out.fileno())
        if missing := set(keep) - moved.keys():
            raise ArchiveError(f"{path.name} at {min(missing)}: there is no record")  # noqa: TRY301  # tidied up below
        part.rename(target)
        sync_folder(path.parent)
    except (OSError, ArchiveError) as error:
        part.unlink(missing_ok=True)
        raise ArchiveError(f"cannot rewrite {path.name}: {error}") from error
    return target, moved


@dataclass(slots=True)
class Group:
    """A response and the records that belong to it."""

    records: list[tuple[int, str, str]]
    end: int

    def list_members(self) -> list[tuple[int, int]]:
        starts = [start for start, _, _ in self.records]
        return list(zip(starts, [*starts[1:], self.end], strict=True))


def iterate_groups(source: BinaryIO, start: int = 0) -> Iterator[Group]:
    """From the record that begins at `start` on. Raises ArchiveError when a record is broken, after what came before
    it."""
    group: Group | None = None
    for at, found in walk_records(source, start):
        if isinstance(found, str) or _begins_group(found):
            if group is not None:
                group.end = at
                yield group
            if isinstance(found, str):
                raise ArchiveError(f"at {at}: {found}")
            group = Group([], at)
        if group is not None:
            group.records.append((at, found.kind, found.get("WARC-Record-ID") or ""))
    if group is not None:
        group.end = source.seek(0, 2)
        yield group


def find_group(source: BinaryIO, capture: Capture) -> Group:
    """The records that belong to a capture. What a browser made of a page comes after the page, so that only the way
    from the start leads to both. Raises ArchiveError."""
    for group in iterate_groups(source, 0 if capture.rendered else capture.offset):
        if any(start == capture.offset for start, _, _ in group.records):
            return group
    raise ArchiveError(f"at {capture.offset}: there is no record")


def _begins_group(found: WarcRecord) -> bool:
    return found.kind in ("response", "revisit")


def copy_group(source: BinaryIO, group: Group, at: int) -> tuple[list[bytes], dict[int, Moved]]:
    """The gzip members of a group as they are, to lie at `at`, and where each comes to lie; only what repeats the body
    of another record is written out, so that it needs that record no more."""
    members: list[bytes] = []
    moved: dict[int, Moved] = {}
    for (start, end), (_, kind, record_id) in zip(group.list_members(), group.records, strict=True):
        if kind == "revisit":
            page = read_record(source, start, end - start, max_body_bytes=_LARGEST_BODY)
            member = compress_record(make_response(page, make_digest(page.raw), record_id))
        else:
            source.seek(start)
            member = source.read(end - start)
        moved[start] = Moved(at, len(member))
        members.append(member)
        at += len(member)
    return members, moved


def _copy_groups(source: BinaryIO, out: BinaryIO, keep: Collection[int]) -> dict[int, Moved]:
    all_moved: dict[int, Moved] = {}
    for group in list(iterate_groups(source)):
        if not any(start in keep for start, _, _ in group.records):
            continue
        members, moved = copy_group(source, group, out.tell())
        out.writelines(members)
        all_moved.update(moved)
    return all_moved
