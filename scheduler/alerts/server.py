"""Which Redis holds the stream: the one that run.yaml names, or our own."""

import asyncio
from contextlib import AsyncExitStack

from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.stream import AlertStream
from settings.model import Run


async def open_stream(run: Run, stack: AsyncExitStack) -> AlertStream:
    """Open until the stack is. Raises StreamError."""
    if run.redis_url:
        return await stack.enter_async_context(AlertStream(run.redis_url))
    server = EmbeddedRedis(run.data_dir)
    stack.callback(server.close)
    url = await asyncio.to_thread(server.ensure)
    return await stack.enter_async_context(AlertStream(url, revive=server.revive))
