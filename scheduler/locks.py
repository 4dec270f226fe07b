"""Who may do what only one process may do at a time."""

import fcntl
import os
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import make_url

from crawler.errors import StoreError


class Lock(Protocol):
    """Held by one process; free again when that process is gone, however it went. Raises StoreError."""

    async def acquire(self) -> bool:
        """Take it, or see that it is still ours. Never waits: False when another process has it."""
        ...

    async def release(self) -> None: ...


def make_lock(name: str, store_url: str, data_dir: Path) -> Lock:
    """A lock among all processes that share the store."""
    if make_url(store_url).get_backend_name() == "sqlite":
        return FileLock(data_dir / f"{name}.lock")
    return DatabaseLock(name, store_url)


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


class DatabaseLock:
    """For processes on any machine: an advisory lock of PostgreSQL's, which lasts as long as one connection."""

    def __init__(self, name: str, store_url: str) -> None:
        self._address = make_url(store_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._key = int.from_bytes(sha256(f"basewatch {name}".encode()).digest()[:8], "big", signed=True)
        self._connection: psycopg.AsyncConnection[TupleRow] | None = None

    async def acquire(self) -> bool:
        try:
            if self._connection:
                # if it still answers, the lock is still ours
                await self._connection.execute("SELECT 1")
            else:
                self._connection = await self._try_lock()
        except psycopg.Error as error:
            await self.release()
            raise StoreError(f"the database cannot be locked: {str(error).strip()}") from error
        return self._connection is not None

    async def release(self) -> None:
        if self._connection:
            connection, self._connection = self._connection, None
            await connection.close()

    async def _try_lock(self) -> psycopg.AsyncConnection[TupleRow] | None:
        """A connection that has the lock."""
        connection = await psycopg.AsyncConnection.connect(
            self._address,
            autocommit=True,
            # a server that is gone without a word is noticed
            connect_timeout=10,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
        )
        held = False
        try:
            cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [self._key])
            held = await cursor.fetchone() == (True,)
        finally:
            if not held:
                await connection.close()
        return connection if held else None


def lock_file(path: Path) -> int | None:
    """The descriptor of the file, locked; None when another process has locked it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # POSIX allows either
        os.close(descriptor)
        return None
    return descriptor
