"""A process whose forks run a relay and die when told to; its arguments are the URLs of store and Redis, and a folder.

Each line of stdin forks one relay; the answer on stdout is its process id. The line is the step after which it kills
itself: `take`, `half` (of a batch is on the stream), `publish`, `mark`, or `never`. Importing once and forking makes
many deaths affordable.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog

from crawler.models import OutboxEntry
from crawler.store.store import Store
from scheduler.alerts.relay import Relay
from scheduler.alerts.stream import AlertStream, Published
from scheduler.locks import make_lock

BATCH = 5
"""Small, so that a life has many steps to die between."""


class StoreOutbox:
    """The store's outbox for asyncio; dies after the step that it was given."""

    def __init__(self, store: Store, dies_after: str = "never") -> None:
        self._store = store
        self._dies_after = dies_after

    async def take_unpublished(self, limit: int) -> list[OutboxEntry]:
        entries = await asyncio.to_thread(self._store.take_unpublished, limit)
        self._finish("take", len(entries))
        return entries

    async def mark_published(self, outbox_ids: Sequence[int], now: datetime) -> None:
        self._finish("publish", len(outbox_ids))
        await asyncio.to_thread(self._store.mark_published, outbox_ids, now)
        self._finish("mark", len(outbox_ids))

    async def raise_sequence(self, above: int) -> None:
        await asyncio.to_thread(self._store.raise_sequence, above)
        self._finish("raise", 1)

    def _finish(self, step: str, count: int) -> None:
        if step == self._dies_after and count:
            os.kill(os.getpid(), signal.SIGKILL)


class HalfwayStream(AlertStream):
    """Dies when half of a batch is on the stream."""

    async def publish(self, entries: Sequence[OutboxEntry]) -> Published:
        await super().publish(entries[: len(entries) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("unreachable")


async def run_relay(store_url: str, redis_url: str, folder: Path, dies_after: str) -> None:
    store = Store.open(store_url)
    kind = HalfwayStream if dies_after == "half" else AlertStream
    async with kind(redis_url) as stream:
        relay = Relay(StoreOutbox(store, dies_after), stream, make_lock("relay", store_url, folder), batch=BATCH)
        await relay.run(asyncio.Event(), asyncio.Event())


def main() -> None:
    store_url, redis_url, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            asyncio.run(run_relay(store_url, redis_url, folder, line.strip()))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
