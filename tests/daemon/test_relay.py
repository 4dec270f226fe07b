"""The relay: what is stored gets onto the stream, whatever becomes of Redis and the store meanwhile."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
import redis
from structlog.testing import capture_logs

from crawler.errors import StoreError
from crawler.models import OutboxEntry
from crawler.store.store import Store
from scheduler.alerts.care import StreamCare
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.relay import Relay
from scheduler.alerts.stream import STREAM, AlertStream
from scheduler.health import HealthBoard
from scheduler.locks import FileLock
from tests.daemon.relay_process import StoreOutbox
from tests.redis_servers import (
    add_alerts,
    make_entries,
    read_alert_ids,
    read_line,
    read_pid,
    running_script,
    stopped_process,
)

HOLDER = """
import asyncio, pathlib, sys, time
from scheduler.locks import FileLock
lock = FileLock(pathlib.Path(sys.argv[1]))
print(asyncio.run(lock.acquire()), flush=True)
time.sleep(60)
"""


class Setup:
    """A running relay and what it works with."""

    def __init__(self, relay: Relay, stream: AlertStream) -> None:
        self.relay = relay
        self.stream = stream
        self.wake, self.stop = asyncio.Event(), asyncio.Event()
        self.task = asyncio.ensure_future(relay.run(self.wake, self.stop))

    async def has_published(self, count: int, timeout_s: float = 15) -> None:
        async with asyncio.timeout(timeout_s):
            while self.relay.published < count:  # noqa: ASYNC110 - the relay tells nobody; looking is what is left
                await asyncio.sleep(0.005)

    async def is_well(self, timeout_s: float = 15) -> None:
        """A whole pass has succeeded since the last failure."""
        async with asyncio.timeout(timeout_s):
            while self.relay.away_since:  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.005)


def make_relay(outbox: StoreOutbox, stream: AlertStream, folder: Path) -> Relay:
    return Relay(outbox, stream, FileLock(folder / "relay.lock"), StreamCare(outbox, stream, HealthBoard()))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What Redis does is the same to both; test_relay_kills.py runs on both."""
    return sqlite_url


@pytest.fixture
async def running(store: Store, embedded: EmbeddedRedis, tmp_path: Path) -> AsyncIterator[Setup]:
    async with AlertStream(embedded.url, revive=embedded.revive, patience_s=0.3) as stream:
        setup = Setup(make_relay(StoreOutbox(store), stream, tmp_path), stream)
        yield setup
        setup.stop.set()
        await setup.task


async def test_an_alert_is_on_the_stream_soon_after_the_wake(running: Setup, store: Store, plain: redis.Redis) -> None:
    await asyncio.sleep(0.1)
    expected = add_alerts(store, 1, 3)
    running.wake.set()
    await running.has_published(3, timeout_s=0.9)
    assert set(read_alert_ids(plain)) == expected


async def test_without_a_wake_it_looks_once_a_second(running: Setup, store: Store, plain: redis.Redis) -> None:
    await asyncio.sleep(0.1)
    expected = add_alerts(store, 1, 1)
    await running.has_published(1, timeout_s=3)
    assert set(read_alert_ids(plain)) == expected


async def test_redis_killed_and_back(running: Setup, store: Store, embedded: EmbeddedRedis, plain: redis.Redis) -> None:
    expected = add_alerts(store, 1, 2)
    await running.has_published(2)
    with capture_logs() as logs:
        os.kill(read_pid(embedded.url), signal.SIGKILL)
        expected |= add_alerts(store, 3, 6)
        running.wake.set()
        await running.has_published(6)
        await running.is_well()
    assert sorted(read_alert_ids(plain)) == sorted(expected)
    assert [log["event"] for log in logs] == ["relay.away", "relay.back"]


async def test_redis_killed_again_and_again_while_alerts_come(
    running: Setup, store: Store, embedded: EmbeddedRedis, plain: redis.Redis
) -> None:
    chance, expected = random.Random(3), set[str]()
    for kill in range(10):
        expected |= await asyncio.to_thread(add_alerts, store, 10 * kill, 10 * kill + 9)
        running.wake.set()
        await asyncio.sleep(chance.uniform(0, 0.03))
        await embedded.revive()
        os.kill(read_pid(embedded.url), signal.SIGKILL)
        await running.has_published(10 * kill + 10)
    await embedded.revive()
    assert sorted(read_alert_ids(plain)) == sorted(expected)


async def test_redis_silent_and_back(running: Setup, store: Store, embedded: EmbeddedRedis, plain: redis.Redis) -> None:
    await running.has_published(0)
    with capture_logs() as logs:
        with stopped_process(read_pid(embedded.url)):
            expected = add_alerts(store, 1, 4)
            running.wake.set()
            await asyncio.sleep(2)
            assert running.relay.away_since
        await running.has_published(4)
        await running.is_well()
    assert sorted(read_alert_ids(plain)) == sorted(expected)
    assert [log["event"] for log in logs] == ["relay.away", "relay.back"]


async def test_a_foreign_entry_is_told_and_ours_get_numbers_above_it(
    running: Setup, store: Store, plain: redis.Redis
) -> None:
    expected = add_alerts(store, 1, 2)
    await running.has_published(2)
    with capture_logs() as logs:
        foreign = plain.xadd(STREAM, {"who": "someone"})
        expected |= add_alerts(store, 3, 5)
        await running.has_published(5)
    assert sorted(read_alert_ids(plain)) == sorted([*expected, "foreign"])
    told, trouble = logs
    assert (told["event"], told["log_level"], told["waiting"]) == ("stream.foreign_entry", "error", 3)
    assert (trouble["event"], trouble["kind"]) == ("trouble_begins", "stream_foreign")
    assert told["above"] == int(str(foreign).split("-")[0])


async def test_after_flushall_only_what_was_not_published_follows(
    running: Setup, store: Store, plain: redis.Redis
) -> None:
    add_alerts(store, 1, 2)
    await running.has_published(2)
    plain.flushall()
    expected = add_alerts(store, 3, 4)
    await running.has_published(4)
    assert set(read_alert_ids(plain)) == expected


async def test_a_long_backlog_is_published_in_order(running: Setup, store: Store, plain: redis.Redis) -> None:
    add_alerts(store, 1, 450)
    await running.has_published(450)
    ids = [stream_id for stream_id, _ in plain.xrange(STREAM)]
    assert ids == [f"{number}-1" for number in range(1, 451)]


async def test_what_was_stored_before_the_stop_is_published_before_the_end(
    running: Setup, store: Store, plain: redis.Redis
) -> None:
    await asyncio.sleep(0.1)
    expected = add_alerts(store, 1, 3)
    running.stop.set()
    await asyncio.wait_for(running.task, 2)
    assert set(read_alert_ids(plain)) == expected


async def test_the_stop_does_not_wait_for_a_silent_redis(running: Setup, store: Store, embedded: EmbeddedRedis) -> None:
    with stopped_process(read_pid(embedded.url)):
        add_alerts(store, 1, 3)
        running.stop.set()
        await asyncio.wait_for(running.task, 4)
    assert len(store.take_unpublished(10)) == 3


async def test_it_stands_by_while_another_process_relays(
    store: Store, embedded: EmbeddedRedis, plain: redis.Redis, tmp_path: Path
) -> None:
    with running_script(HOLDER, tmp_path / "relay.lock") as holder:
        assert read_line(holder) == "True"
        expected = add_alerts(store, 1, 2)
        async with AlertStream(embedded.url) as stream:
            setup = Setup(make_relay(StoreOutbox(store), stream, tmp_path), stream)
            await asyncio.sleep(0.3)
            assert read_alert_ids(plain) == []
            holder.kill()
            await setup.has_published(2)
            setup.stop.set()
            await setup.task
    assert set(read_alert_ids(plain)) == expected


class FaultyOutbox(StoreOutbox):
    """An outbox that fails before it gives its one entry."""

    def __init__(self, store: Store, failures: Sequence[Exception]) -> None:
        super().__init__(store)
        self._failures = list(failures)
        self._entries = make_entries(1, 1)

    async def take_unpublished(self, limit: int) -> list[OutboxEntry]:
        if self._failures:
            raise self._failures.pop(0)
        return self._entries

    async def mark_published(self, outbox_ids: Sequence[int], now: datetime) -> None:
        self._entries = []

    async def raise_sequence(self, above: int) -> None:
        raise AssertionError


async def test_neither_a_store_that_is_away_nor_a_defect_of_ours_ends_the_relay(
    store: Store, embedded: EmbeddedRedis, tmp_path: Path
) -> None:
    failures = [StoreError("locked"), ValueError("a defect"), StoreError("locked"), ValueError("a defect")]
    with capture_logs() as logs:
        async with AlertStream(embedded.url) as stream:
            setup = Setup(make_relay(FaultyOutbox(store, failures), stream, tmp_path), stream)
            await setup.has_published(1)
            setup.stop.set()
            await setup.task
    assert [log["event"] for log in logs] == ["relay.leads", "relay.away", "relay.defect", "relay.back"]
