"""Pages into WARC files."""

import fcntl
import os
import secrets
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Self

from fastwarc.warc import WarcRecordType

from crawler.archive.record import (
    compress_record,
    format_date,
    make_conversion,
    make_digest,
    make_record,
    make_request,
    make_response,
)
from crawler.errors import ArchiveError
from crawler.models import Capture, Page

OPEN = ".open"
"""Ends the name of a file that is being written."""


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

    def write(self, page: Page) -> Capture:
        """Store request and response, and what a browser made of it; return only when the bytes are with the operating
        system. The capture is of what is to be read."""
        original = page.original or page
        response = make_response(original, make_digest(original.raw))
        before, member, digest = b"", compress_record(response), make_digest(page.raw)
        request = compress_record(make_request(original, response.record_id or ""))
        if page.original is not None:
            before, request = member + request, b""
            member = compress_record(make_conversion(page, digest, response.record_id or ""))
        try:
            file = self._pick_file()
            offset = file.append(before + member + request) + len(before)
            file.sync_after(self._sync_s)
        except OSError as error:
            raise ArchiveError(f"cannot write to the archive: {error.strerror}") from error
        is_rendered = page.original is not None
        return Capture(file.name, offset, len(member), digest, page.url, page.status, page.fetched_at, is_rendered)

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


class _OpenFile:
    """One WARC file while it is written, locked so that nobody salvages it."""

    def __init__(self, path: Path, descriptor: int, day: date) -> None:
        self.name = path.name
        self.day = day
        self.size = 0
        self._path = path
        self._descriptor = descriptor
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
            file.append(_make_warcinfo(path.name, now))
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


def _make_warcinfo(name: str, now: datetime) -> bytes:
    fields = {
        "software": f"basewatch/{version('basewatch')}",
        "format": "WARC File Format 1.1",
        "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
    }
    block = "".join(f"{key}: {value}\r\n" for key, value in fields.items()).encode()
    headers = {"WARC-Date": format_date(now), "WARC-Filename": name, "Content-Type": "application/warc-fields"}
    return compress_record(make_record(WarcRecordType.warcinfo, block, headers))
