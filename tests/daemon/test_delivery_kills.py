"""`kill -9` of what delivers, at any point: nothing lost, at most one repeat a kill, and a repeat under its old key.

BASEWATCH_SOAK_KILLS=500 makes it longer.
"""

import asyncio
import os
import random
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import redis

from crawler.store.store import Store
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.stream import AlertStream
from tests.daemon.delivering import publish_all
from tests.daemon.endpoints import Endpoint, http_endpoint
from tests.daemon.test_relay_kills import kill_softly
from tests.forks import Asked
from tests.redis_servers import add_alerts, wait_until

KILLS = int(os.environ.get("BASEWATCH_SOAK_KILLS", "25"))
A_LIFE = 6
"""Alerts for each life."""


def notifier_process(*arguments: object) -> Asked:
    return Asked("tests.daemon.notifier_process", *arguments)


def start_notifier(process: Asked) -> int:
    return int(process.ask("go"))


def wait_for_posts(endpoint: Endpoint, count: int) -> None:
    """As closely as one can look."""
    deadline = time.monotonic() + 30
    while len(endpoint.posts) < count:
        assert time.monotonic() < deadline, f"{len(endpoint.posts)} of {count}"
        time.sleep(0.001)


async def test_kills_lose_nothing_and_repeat_one_message_at_most(
    sqlite_url: str, embedded: EmbeddedRedis, plain: redis.Redis, tmp_path: Path
) -> None:
    chance, expected = random.Random(11), list[str]()
    store = Store.open(sqlite_url)
    store.watch_channels(["desk"], store_now())
    repeated_by: Counter[int] = Counter()
    async with AlertStream(embedded.url) as stream:
        with (
            http_endpoint() as endpoint,
            notifier_process(sqlite_url, embedded.url, tmp_path, endpoint.url) as process,
        ):
            for kill in range(KILLS):
                add_alerts(store, A_LIFE * kill, A_LIFE * kill + A_LIFE - 1)
                expected += await publish_all(store, stream)
                before = len(endpoint.posts) - len(set(endpoint.keys))
                notifier = start_notifier(process)
                wait_for_posts(endpoint, len(endpoint.posts) + chance.randrange(A_LIFE))
                await asyncio.sleep(chance.uniform(0, 0.02))
                kill_softly(notifier)
                repeated_by[len(endpoint.posts) - len(set(endpoint.keys)) - before] += 1
            last = start_notifier(process)
            wait_until(lambda: set(endpoint.keys) >= set(expected) and not is_owed(store), 60)
            kill_softly(last)
    store.close()
    lost, repeated = len(set(expected) - set(endpoint.keys)), sum(each * kills for each, kills in repeated_by.items())
    sys.stderr.write(f"kills of the notifier {KILLS}, alerts {len(expected)}, lost {lost}, repeated {repeated}\n")
    assert set(endpoint.keys) == set(expected), "nothing is lost, and nothing made up"
    assert set(repeated_by) <= {0, 1}, f"repeats by kill: {repeated_by}"
    assert repeated_by[1], "no kill fell between a message and its mark, so that nothing was tested"
    bodies = {post.key: post.body for post in endpoint.posts}
    assert all(post.body == bodies[post.key] for post in endpoint.posts), "a repeat is the same message"


def is_owed(store: Store) -> bool:
    return bool(store.read_agenda("desk", store_now(), 1).due)


def store_now() -> datetime:
    return datetime.now(UTC)
