"""A process whose forks run a relay and die when told to; its arguments are the URLs of store and Redis, and a folder.

Each line of stdin forks one relay; the answer on stdout is its process id. The line is the step after which it kills
itself: `take`, `half` (of a batch is on the stream), `publish`, `mark`, `renew` (after a loss), or `never`. Importing
once and forking makes many deaths affordable.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import structlog

from crawler.deliveries import ChannelState
from crawler.models import OutboxEntry, StreamMark
from crawler.store.store import Store
from scheduler.alerts.care import StreamCare
from scheduler.alerts.relay import Relay
from scheduler.alerts.stream import AlertStream, Published
from scheduler.health import HealthBoard
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

    async def read_stream_mark(self) -> StreamMark | None:
        return await asyncio.to_thread(self._store.read_stream_mark)

    async def make_stream_mark(self) -> StreamMark:
        return await asyncio.to_thread(self._store.make_stream_mark)

    async def read_unfinished(self, finished: int | None, above: int, limit: int) -> list[OutboxEntry]:
        return await asyncio.to_thread(self._store.read_unfinished, finished, above, limit)

    async def renew_published(self, outbox_ids: Sequence[int]) -> None:
        await asyncio.to_thread(self._store.renew_published, outbox_ids)
        self._finish("renew", len(outbox_ids))

    async def read_readers(self) -> dict[str, int]:
        return await asyncio.to_thread(self._store.read_readers)

    async def save_readers(self, finished: Mapping[str, int]) -> None:
        await asyncio.to_thread(self._store.save_readers, finished)

    async def read_channels(self) -> list[ChannelState]:
        return await asyncio.to_thread(self._store.read_channels)

    async def read_oldest_unfinished(self, finished: int) -> datetime | None:
        return await asyncio.to_thread(self._store.read_oldest_unfinished, finished)

    async def read_dispensable(self, keep: int) -> int:
        return await asyncio.to_thread(self._store.read_dispensable, keep)

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
        outbox = StoreOutbox(store, dies_after)
        care = StreamCare(outbox, stream, HealthBoard())
        relay = Relay(outbox, stream, make_lock("relay", store_url, folder), care, batch=BATCH)
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
