"""Where a channel's messages go. Opened from the settings; sends one message at a time."""

import asyncio
import json
import os
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from crawler.errors import ChannelError, Quarantined, WorkerError
from crawler.fetch.policy import read_retry_after
from crawler.workers import Remote, WorkerPool
from scheduler.alerts.answers import Answer, Result, judge_status
from scheduler.alerts.inert import strip_harmful
from scheduler.alerts.letters import Letter, write_json, write_words
from scheduler.alerts.secrets import describe_target, hide_secrets
from scheduler.alerts.service_worker import Report

DEADLINE_S: Final = 30.0
"""Longest that one message may take, whatever the endpoint does."""
SEND_TEXT: Final[Remote[[str, str, str, bool], Report]] = Remote("scheduler.alerts.service_worker", "send_text")
IS_UNDERSTOOD: Final[Remote[[str], bool]] = Remote("scheduler.alerts.service_worker", "is_understood")
LIMITS: Final = {
    "discord": 1900,
    "mmost": 3900,
    "mmosts": 3900,
    "ntfy": 3500,
    "ntfys": 3500,
    "slack": 3000,
    "tgram": 3900,
    "workflow": 950,
    "workflows": 950,
}
"""Code points that a service takes in one message, with room for what Apprise adds. Others are given at most
LONGEST_TEXT; Apprise splits what is longer than they take."""
SHORT: Final = 900
LONGEST_TEXT: Final = {"mailto": 60_000, "mailtos": 60_000, "matrix": 30_000, "matrixs": 30_000}
_TAIL_BYTES: Final = 1 << 20
"""Of a file, that are read at first to find its last line; a digest's may be longer."""


_BEGINNING: Final = b'{"schema":'
"""Of a line of ours."""


class Target(Protocol):
    """An endpoint that is ready. `send` never raises for what the endpoint does."""

    @property
    def shown(self) -> str:
        """Where it sends, without secrets."""
        ...

    @property
    def longest(self) -> int | None:
        """Code points that one message may have; None where there is no end."""
        ...

    async def send(self, letter: Letter, now: datetime) -> Answer: ...
    async def close(self) -> None: ...


class ServiceTarget:
    """A service of people, by Apprise, in a process that is killed when it takes too long."""

    def __init__(
        self, url: str, pool: WorkerPool, *, allow_private: bool = False, deadline_s: float = DEADLINE_S
    ) -> None:
        self._url = url
        self._pool = pool
        self._allow_private = allow_private
        self._deadline_s = deadline_s
        scheme = url.partition(":")[0].lower()
        self.longest = LIMITS.get(scheme) or LONGEST_TEXT.get(scheme, SHORT)

    @property
    def shown(self) -> str:
        return describe_target(self._url)

    async def send(self, letter: Letter, now: datetime) -> Answer:
        words = write_words(letter, self.longest)
        try:
            report = await self._pool.run(
                SEND_TEXT, self._url, words.title, words.body, self._allow_private, timeout_s=self._deadline_s
            )
        except Quarantined as error:
            return Answer(Result.RETRY, hide_secrets(f"no end within {self._deadline_s:g} s ({error})", self._url))
        except WorkerError as error:
            return Answer(Result.RETRY, hide_secrets(str(error), self._url))
        return self._judge(report, now)

    def _judge(self, report: Report, now: datetime) -> Answer:
        # a service's own words may be among it
        said = hide_secrets(strip_harmful(report.said), self._url)
        if report.is_sent:
            return Answer(Result.SENT, f"HTTP {report.status}" if report.status else "taken")
        if report.is_hopeless:
            return Answer(Result.NEVER, said)
        if report.status is None or 200 <= report.status < 300:  # noqa: PLR2004 - HTTP's own numbers
            return Answer(Result.RETRY, said or "the service took it not", read_retry_after(report.retry_after, now))
        return judge_status(report.status, report.retry_after, now, said)

    async def find_fault(self) -> str:
        """What would keep every message from it, as far as that is seen without sending one; empty for nothing."""
        try:
            known = await self._pool.run(IS_UNDERSTOOD, self._url, timeout_s=self._deadline_s)
        except (Quarantined, WorkerError) as error:
            return hide_secrets(f"Apprise cannot be asked: {error}", self._url)
        return "" if known else "Apprise does not understand the address: a part of it is missing or has another form"

    async def close(self) -> None:
        """Its worker goes home by itself."""


class FileTarget:
    """One JSON object a line, on the disk before it counts as sent, each once whatever is killed in between."""

    longest = None

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_mended = False

    @property
    def shown(self) -> str:
        return str(self._path)

    async def send(self, letter: Letter, now: datetime) -> Answer:  # noqa: ARG002 - a file asks for no later time
        try:
            return Answer(Result.SENT, await asyncio.to_thread(self._append, letter))
        except OSError as error:
            return Answer(Result.RETRY, f"{self._path} cannot be written: {error.strerror}")

    def _append(self, letter: Letter) -> str:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            is_there = not self._is_mended and self._mend_tail(file.fileno(), letter.key)
            self._is_mended = False  # a disk that is full takes a part of a line
            if not is_there:
                file.seek(0, os.SEEK_END)
                file.write(f"{write_json(letter)}\n".encode())
                file.flush()
            os.fsync(file.fileno())
        self._is_mended = True
        return "written before a crash" if is_there else "written"

    def _mend_tail(self, descriptor: int, key: str) -> bool:
        """After a crash or a failure: is the last line this very message? A line of ours that was cut off is taken
        away."""
        size = os.fstat(descriptor).st_size
        tail = _read_last_line(descriptor, size)
        whole, _, torn = tail.rpartition(b"\n")
        if torn[: len(_BEGINNING)] == _BEGINNING[: len(torn)]:
            os.ftruncate(descriptor, size - len(torn))
        elif torn:
            os.pwrite(descriptor, b"\n", size)
        last = whole.rpartition(b"\n")[2]
        try:
            fields = json.loads(last) if last else {}
        except ValueError:
            return False
        return isinstance(fields, dict) and fields.get("key") == key

    async def find_fault(self) -> str:
        """As a service's: whether the file, or one beside where it will be, can be written."""
        try:
            await asyncio.to_thread(self._try_to_write)
        except OSError as error:
            return f"{self._path} cannot be written: {error.strerror}"
        return ""

    def _try_to_write(self) -> None:
        if self._path.exists():
            os.close(os.open(self._path, os.O_RDWR))
            return
        near = next(each for each in self._path.absolute().parents if each.exists())
        with tempfile.TemporaryFile(dir=near):
            pass

    async def close(self) -> None:
        """It is closed after each line."""


def _read_last_line(descriptor: int, size: int) -> bytes:
    """The end of a file of so many bytes that holds it, whole or cut off, and may hold more."""
    length = _TAIL_BYTES
    while True:
        tail = os.pread(descriptor, length, max(0, size - length))
        if length >= size or b"\n" in tail[:-1]:
            return tail
        length *= 2


def make_service_target(url: str, pool: WorkerPool, *, allow_private: bool) -> ServiceTarget:
    if "://" not in url:
        raise ChannelError("its address is none: it needs SCHEME://...")
    return ServiceTarget(url, pool, allow_private=allow_private)
