"""Who may do what only one process may do at a time."""

import fcntl
import os
from importlib import import_module
from pathlib import Path
from typing import Protocol

from crawler.errors import StoreError
from crawler.store.engine import read_url


class Lock(Protocol):
    """Held by one process; free again when that process is gone, however it went. Raises StoreError."""

    async def acquire(self) -> bool:
        """Take it, or see that it is still ours. Never waits: False when another process has it."""
        ...

    async def release(self) -> None: ...


def is_shared(store_url: str) -> bool:
    """May several crawl workers use this store? SQLite has one daemon."""
    return read_url(store_url).get_backend_name() != "sqlite"


def make_lock(name: str, store_url: str, data_dir: Path) -> Lock:
    """A lock among all processes that share the store."""
    if not is_shared(store_url):
        return FileLock(data_dir / f"{name}.lock")
    # psycopg takes 10 MB, which only those should pay who use PostgreSQL
    lock: Lock = import_module("scheduler.database_lock").DatabaseLock(name, store_url)
    return lock


class FileLock:
    """For processes on one machine.

    A POSIX record lock: unlike flock it is not inherited by forked workers, which may outlive a killed daemon. It
    belongs to the process, so two of these in one process do not exclude each other.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    async def acquire(self) -> bool:
        if self._descriptor is not None:
            return True
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = lock_file(self._path)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be locked: {error}") from error
        return self._descriptor is not None

    async def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def lock_file(path: Path) -> int | None:
    """The descriptor of the file, locked; None when another process has locked it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # POSIX allows either
        os.close(descriptor)
        return None
    return descriptor
