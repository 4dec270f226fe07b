"""What one process of basewatch does. All of it, unless `basewatch run --only` says which."""

import asyncio
from collections.abc import Callable, Coroutine
from enum import StrEnum


class Role(StrEnum):
    """A part of the work that a process of its own may do."""

    CRAWL = "crawl"
    """Poll, fetch, analyse, store."""
    RELAY = "relay"
    """Outbox → stream."""
    DELIVER = "deliver"
    """Stream → channels."""
    DASHBOARD = "dashboard"
    """The read-only window on the store, in a process of its own."""


ALL_ROLES = frozenset(Role)
READS_STREAM = frozenset({Role.RELAY, Role.DELIVER})
"""A process with none of these needs no Redis."""

Service = Callable[[asyncio.Event], Coroutine[object, object, None]]
"""A part that runs beside the crawl: until the event is set, then it ends by itself, within seconds. One that ends
before, or raises, ends the daemon, so that a supervisor starts it anew: survive what can be survived."""


async def run_until(stop: asyncio.Event, work: Coroutine[object, object, object]) -> None:
    """Make a service of what goes on until it is cancelled. Raises what it raises."""
    running, waiting = asyncio.ensure_future(work), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
    finally:
        for task in (running, waiting):
            task.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)
