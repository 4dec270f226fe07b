"""A process whose forks deliver and are killed; its arguments are the URLs of store and Redis, a folder, and where to.

Each line of stdin forks one; the answer on stdout is its process id. Importing once makes many deaths affordable.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import structlog

from crawler.store.store import Store
from scheduler.alerts.opening import make_pool
from scheduler.alerts.stream import AlertStream
from tests.daemon.delivering import hook, make_deliveries


async def deliver(store_url: str, redis_url: str, folder: Path, endpoint: str) -> None:
    store = Store.open(store_url)
    async with AlertStream(redis_url) as stream:
        channels = [hook("desk", endpoint)]
        await make_deliveries(store, store_url, stream, folder, make_pool(), channels).run(asyncio.Event())


def main() -> None:
    store_url, redis_url, folder, endpoint = sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the dead
    for _ in sys.stdin:
        if (child := os.fork()) == 0:
            asyncio.run(deliver(store_url, redis_url, folder, endpoint))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
