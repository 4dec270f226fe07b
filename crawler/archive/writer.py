"""Pages into WARC files."""

import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Self

from crawler.archive.record import (
    Earlier,
    clean_address,
    compress_record,
    format_date,
    make_conversion,
    make_digest,
    make_metadata,
    make_record,
    make_request,
    make_response,
    make_revisit,
)
from crawler.errors import ArchiveError
from crawler.models import Capture, Origin, Page

OPEN = ".open"
"""Ends the name of a file that is being written."""

_WORTH_A_REVISIT = 2048
"""Bytes of a body from which on a revisit record is smaller than another copy."""

_REMEMBERED = 20_000
"""Pages of a file whose bodies are known again: a few megabytes of memory."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class ArchiveWriter:
    """Appends pages to a file of its own, `.open` while it is written. One per process; not thread-safe.

    A file is begun with the first page, with the first of each UTC day, and when it holds `max_bytes`. Each page is
    with the operating system when `write` returns, so it outlives the process; it is on the disk at most `sync_s`
    seconds of writing later, and always once the file is closed.
    """

    def __init__(
        self, folder: Path, *, max_bytes: int = 1 << 30, sync_s: float = 5.0, now: Callable[[], datetime] = utc_now
    ) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._sync_s = sync_s
        self._now = now
        self._file: _OpenFile | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def write(self, page: Page, origin: Origin | None = None) -> Capture:
        """Store request and response, what a browser made of it, and for whom it was; return only when the bytes are
        with the operating system. The capture is of what is to be read."""
        digest = make_digest(page.raw)
        try:
            file = self._pick_file()
            members = _make_members(page, digest, origin, file.find_same(page, digest))
            start = file.append(b"".join((members.before, members.page, members.after)))
            file.sync_after(self._sync_s)
        except OSError as error:
            raise ArchiveError(f"cannot write to the archive: {error.strerror}") from error
        offset, length = start + len(members.before), len(members.page)
        if not members.is_revisit:
            file.remember(page, Earlier(offset, digest, members.record_id, page.fetched_at))
        is_rendered = page.original is not None
        return Capture(file.name, offset, length, digest, page.url, page.status, page.fetched_at, is_rendered)

    def close(self) -> None:
        """Finish the file and drop `.open` from its name."""
        file, self._file = self._file, None
        if file is None:
            return
        try:
            file.close()
        except OSError as error:
            raise ArchiveError(f"cannot finish {file.name}: {error.strerror}") from error

    def _pick_file(self) -> "_OpenFile":
        now = self._now()
        if self._file and (self._file.size >= self._max_bytes or self._file.day != now.date()):
            self.close()
        if self._file is None:
            self._file = _OpenFile.begin(self._folder, now)
        return self._file


@dataclass(frozen=True, slots=True)
class _Members:
    """What is written for one page: gzip members before the one that is to be read, that one, and those after it."""

    before: bytes
    page: bytes
    after: bytes
    record_id: str
    is_revisit: bool


def _make_members(page: Page, digest: str, origin: Origin | None, earlier: Earlier | None) -> _Members:
    came = page.original or page
    if earlier is not None:
        response = make_revisit(page, earlier)
    else:
        response = make_response(came, digest if came is page else make_digest(came.raw))
    members = [compress_record(response), compress_record(make_request(came, response.id))]
    if came is not page:
        members.append(compress_record(make_conversion(page, digest, response.id)))
    at = 0 if came is page else len(members) - 1
    if origin is not None:
        members.append(compress_record(make_metadata(came, origin, response.id)))
    before, after = b"".join(members[:at]), b"".join(members[at + 1 :])
    return _Members(before, members[at], after, response.id, earlier is not None)


class _OpenFile:
    """One WARC file while it is written, locked so that nobody salvages it."""

    def __init__(self, path: Path, descriptor: int, day: date) -> None:
        self.name = path.name
        self.day = day
        self.size = 0
        self._path = path
        self._descriptor = descriptor
        self._pages: dict[bytes, Earlier] = {}
        self._synced_at = time.monotonic()

    @classmethod
    def begin(cls, folder: Path, now: datetime) -> Self:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            path = folder / f"{now:%Y%m%dT%H%M%SZ}-{os.getpid()}-{secrets.token_hex(4)}.warc.gz"
            working = path.with_name(path.name + OPEN)
            descriptor = os.open(working, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            if _take_lock(descriptor, working):
                break
            os.close(descriptor)
        file = cls(path, descriptor, now.date())
        try:
            file.append(make_warcinfo(path.name, now))
        except OSError:
            working.unlink()
            os.close(descriptor)
            raise
        return file

    def append(self, members: bytes) -> int:
        """Add whole members in one go and return where they start. A disk that is full leaves no torn one behind."""
        start = self.size
        try:
            written = 0
            while written < len(members):
                written += os.pwrite(self._descriptor, members[written:], start + written)
        except OSError:
            os.ftruncate(self._descriptor, start)
            raise
        self.size = start + len(members)
        return start

    def find_same(self, page: Page, digest: str) -> Earlier | None:
        """The last response of the same address in this file, if it had the same body."""
        earlier = self._pages.get(_make_key(page))
        return earlier if earlier and earlier.digest == digest else None

    def remember(self, page: Page, earlier: Earlier) -> None:
        if page.original is not None or len(page.raw) < _WORTH_A_REVISIT:
            return
        self._pages.pop(_make_key(page), None)
        self._pages[_make_key(page)] = earlier
        if len(self._pages) > _REMEMBERED:
            del self._pages[next(iter(self._pages))]

    def sync_after(self, seconds: float) -> None:
        if time.monotonic() - self._synced_at >= seconds:
            os.fsync(self._descriptor)
            self._synced_at = time.monotonic()

    def close(self) -> None:
        """The name changes while the lock is held, so that no salvager takes the file for an abandoned one."""
        try:
            os.fsync(self._descriptor)
            self._path.with_name(self.name + OPEN).rename(self._path)
            sync_folder(self._path.parent)
        finally:
            os.close(self._descriptor)


def _make_key(page: Page) -> bytes:
    return hashlib.blake2b(clean_address(page.url).encode("ascii"), digest_size=16).digest()


def _take_lock(descriptor: int, path: Path) -> bool:
    """False when a salvager was faster, between making the file and locking it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return path.exists()


def sync_folder(folder: Path) -> None:
    """Put names on the disk, as fsync of a file does with its content."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_warcinfo(name: str, now: datetime, record_id: str = "") -> bytes:
    fields = {
        "software": f"basewatch/{version('basewatch')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    block = "".join(f"{key}: {value}\r\n" for key, value in fields.items()).encode()
    headers = {"WARC-Date": format_date(now), "WARC-Filename": name, "Content-Type": "application/warc-fields"}
    return compress_record(make_record("warcinfo", block, headers, record_id))
