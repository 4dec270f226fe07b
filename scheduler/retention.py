"""The archive kept within its limits: by `basewatch archive prune`, and by the daemon where run.yaml sets limits."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from crawler.archive.retention import (
    PART,
    ArchiveFile,
    Doomed,
    Stays,
    choose_files,
    find_leftovers,
    list_closed,
    list_torn,
    write_kept,
)
from crawler.archive.writer import sync_folder
from crawler.errors import ArchiveError
from crawler.store.store import Store
from settings.model import ArchiveLimits

SETTLED_AFTER = timedelta(hours=1)
"""A file that was closed so long ago gets no more rows in the database."""

_LOCK = ".prune.lock"


@dataclass(slots=True)
class PruneReport:
    """What goes, or went."""

    files: int = 0
    """Removed, or rewritten without what is not to be kept."""
    rewritten: int = 0
    pages: int = 0
    """Captures that go."""
    kept: int = 0
    """Pages in those files that stay."""
    frees: int = 0
    """Bytes; about, as long as nothing was done."""
    size: int = 0
    """Of all closed files and what was cut off of them, before."""
    over: int = 0
    """Bytes that are left beyond `max_size`: pages that are to be kept, and files that are not settled."""
    chosen: list[Doomed] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Files that could not be rewritten and were left as they are."""


def plan_pruning(store: Store, folder: Path, limits: ArchiveLimits, now: datetime) -> PruneReport:
    """What would go. Raises StoreError."""
    files = _list_prunable(folder)
    report = PruneReport(size=sum(file.size for file in files))
    for doomed in _choose(store, files, limits, now):
        _count(report, doomed)
        report.frees += doomed.frees
    return _measure_rest(report, limits)


def prune_archive(store: Store, folder: Path, limits: ArchiveLimits, now: datetime) -> PruneReport:
    """Let it go. May be killed at any moment and run again. Raises StoreError, and ArchiveError when another process
    prunes."""
    with _lock(folder):
        _finish_killed(store, folder)
        files = _list_prunable(folder)
        report = PruneReport(size=sum(file.size for file in files))
        for doomed in _choose(store, files, limits, now):
            try:
                freed = _prune_file(store, doomed, now)
            except ArchiveError as error:
                report.problems.append(str(error))
                continue
            _count(report, doomed)
            report.frees += freed
    return _measure_rest(report, limits)


def _list_prunable(folder: Path) -> list[ArchiveFile]:
    """The oldest first; what was cut off a file goes when its file would."""
    return sorted(list_closed(folder) + list_torn(folder), key=lambda file: (file.begun_at, file.name))


def _count(report: PruneReport, doomed: Doomed) -> None:
    report.files += 1
    report.rewritten += bool(doomed.keep)
    report.pages += doomed.pages
    report.kept += len(doomed.keep)
    report.chosen.append(doomed)


def _measure_rest(report: PruneReport, limits: ArchiveLimits) -> PruneReport:
    if limits.max_size is not None:
        report.over = max(0, report.size - report.frees - limits.max_size)
    return report


def _choose(store: Store, files: list[ArchiveFile], limits: ArchiveLimits, now: datetime) -> Iterator[Doomed]:
    return choose_files(
        files,
        partial(_read_stays, store, limits),
        before=now - limits.max_age if limits.max_age is not None else None,
        max_size=limits.max_size,
        settled=now - SETTLED_AFTER,
    )


def _read_stays(store: Store, limits: ArchiveLimits, file: ArchiveFile) -> Stays:
    return store.read_stays(file.name, keep_hits=limits.keep_hits)


def _prune_file(store: Store, doomed: Doomed, now: datetime) -> int:
    """Bytes that are free now. What stays is on the disk before the database says so, and that before the file goes."""
    path = doomed.file.path
    size = 0
    if doomed.keep:
        successor, moved = write_kept(path, doomed.keep, now)
        size = successor.stat().st_size
        store.save_pruned(path.name, successor.name, moved, now)
    else:
        store.save_pruned(path.name, "", {}, now)
    _remove(path)
    return doomed.file.size - size


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise ArchiveError(f"cannot remove {path.name}: {error.strerror}") from error


def _finish_killed(store: Store, folder: Path) -> None:
    """What the database names stays; of a file and its successor that is one."""
    for part in folder.glob(f"*.warc.gz{PART}"):
        _remove(part)
    rows = store.count_rows()
    for path, successor in find_leftovers(folder):
        _remove(successor if rows.get(path.name) else path)


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ArchiveError(f"{folder} cannot be pruned: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise ArchiveError(f"another process prunes {folder} now") from error
    finally:
        os.close(descriptor)
