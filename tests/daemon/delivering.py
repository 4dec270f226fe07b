"""What tests of delivery have in common: published alerts, channels, one delivering process in a test's own loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.store.store import Store
from crawler.workers import WorkerPool
from scheduler.alerts.deliveries import Deliveries
from scheduler.alerts.groups import ChannelGroup
from scheduler.alerts.opening import open_target
from scheduler.alerts.stream import AlertStream
from scheduler.locks import make_lock
from settings.model import Channel


class AsyncStore:
    """The store as asyncio code sees it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        async def call(*args: object, **kwargs: object) -> object:
            return await asyncio.to_thread(method, *args, **kwargs)

        return call


def hook(name: str, url: str, **options: object) -> Channel:
    """A webhook channel to a server on loopback."""
    return Channel.model_validate({"name": name, "kind": "webhook", "url": url, "allow_private": True, **options})


async def publish_all(store: Store, stream: AlertStream) -> list[str]:
    """What the outbox holds, put on the stream as the relay does; the keys."""
    keys = []
    while entries := store.take_unpublished(200):
        done = await stream.publish(entries)
        store.mark_published(done.done, datetime.now(UTC))
        keys += [entry.key for entry in entries]
    return keys


def make_deliveries(
    store: Store, url: str, stream: AlertStream, folder: Path, pool: WorkerPool, channels: Sequence[Channel]
) -> Deliveries:
    return Deliveries(
        lambda: channels,
        lambda channel: open_target(channel, folder, pool, {}),
        lambda name: ChannelGroup(stream, name),
        AsyncStore(store),
        make_lock("deliver", url, folder),
        folder,
    )


@asynccontextmanager
async def delivering(deliveries: Deliveries) -> AsyncIterator[None]:
    """Until the end of the block."""
    stop = asyncio.Event()
    task = asyncio.create_task(deliveries.run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def wait_for(condition: Callable[[], Any], timeout_s: float = 30) -> None:
    """Poll until it holds; fails the test otherwise."""
    async with asyncio.timeout(timeout_s):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.02)
