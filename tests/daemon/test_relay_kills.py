"""`kill -9` of the relay at any point: nothing lost, nothing doubled on the stream."""

import os
import random
import signal
import sys
import time
from pathlib import Path

import pytest
import redis

from crawler.store.store import Store
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.stream import STREAM
from tests.forks import Asked
from tests.redis_servers import add_alerts, read_alert_ids, wait_until

KILLS = int(os.environ.get("BASEWATCH_KILLS", "10"))
SEED = int(os.environ.get("BASEWATCH_SEED", "7"))


def relay_process(*arguments: object) -> Asked:
    return Asked("tests.daemon.relay_process", *arguments)


def start_relay(process: Asked, dies_after: str = "never") -> int:
    return int(process.ask(dies_after))


def finish_outbox(process: Asked, store: Store) -> None:
    """Let a relay live until nothing is left to do."""
    relay = start_relay(process)
    wait_until(lambda: not store.take_unpublished(1))
    kill_softly(relay)


def wait_for_length(client: redis.Redis, length: int) -> None:
    """As closely as one can look."""
    deadline = time.monotonic() + 60
    while client.xlen(STREAM) < length:
        assert time.monotonic() < deadline


def kill_softly(pid: int) -> None:
    """It may be dead already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    wait_until(lambda: not is_running(pid))


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_kills_at_random_points_lose_and_double_nothing(
    store: Store, database_url: str, embedded: EmbeddedRedis, plain: redis.Redis, tmp_path: Path
) -> None:
    chance, expected, unmarked = random.Random(SEED), set[str](), set[int]()
    with relay_process(database_url, embedded.url, tmp_path) as process:
        for kill in range(KILLS):
            expected |= add_alerts(store, 30 * kill, 30 * kill + 29)
            relay = start_relay(process)
            # the start takes ten times as long as the work: wait for it to get somewhere, then strike at any moment
            wait_for_length(plain, 30 * kill + chance.randrange(30))
            time.sleep(chance.uniform(0, 0.003))
            kill_softly(relay)
            unmarked.add(len(store.take_unpublished(1000)))
        finish_outbox(process, store)
    told = read_alert_ids(plain)
    sys.stderr.write(f"kills of the relay {KILLS}, alerts {len(expected)}, on the stream {len(told)}\n")
    assert sorted(told) == sorted(expected)
    assert len(unmarked) > 3, "the kills fell before or after the work, and tested nothing"


@pytest.mark.parametrize("step", ["take", "half", "publish", "mark"])
def test_a_kill_after_each_step_loses_and_doubles_nothing(
    store: Store, database_url: str, embedded: EmbeddedRedis, plain: redis.Redis, tmp_path: Path, step: str
) -> None:
    expected = add_alerts(store, 0, 9)
    with relay_process(database_url, embedded.url, tmp_path) as process:
        victim = start_relay(process, step)
        wait_until(lambda: not is_running(victim))
        assert len(read_alert_ids(plain)) == {"take": 0, "half": 2, "publish": 5, "mark": 5}[step]
        expected |= add_alerts(store, 10, 14)
        finish_outbox(process, store)
    assert sorted(read_alert_ids(plain)) == sorted(expected)
