"""How soon the embedded server is ready, and how fast alerts go from the outbox to the stream.

    python -m benchmarks.relay [--alerts 5000]

Times are medians; both files lie in the folder for temporary files, so the disk is whatever that is on.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from crawler.store.store import Store
from scheduler.alerts.care import StreamCare
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.relay import Relay
from scheduler.alerts.stream import AlertStream
from scheduler.health import HealthBoard
from scheduler.locks import FileLock
from tests.daemon.relay_process import StoreOutbox
from tests.redis_servers import add_alerts, make_entries

STARTS = 7


def time_starts(folder: Path) -> float:
    """Median milliseconds until a server that has its data answers."""
    durations = []
    for _ in range(STARTS):
        began = time.perf_counter()
        with EmbeddedRedis(folder):
            durations.append(time.perf_counter() - began)
    return statistics.median(durations) * 1000


async def time_publish(stream: AlertStream, count: int, batch: int) -> float:
    """Entries a second, without a store."""
    entries = make_entries(1_000_000, 1_000_000 + count - 1)
    began = time.perf_counter()
    for first in range(0, count, batch):
        await stream.publish(entries[first : first + batch])
    return count / (time.perf_counter() - began)


def make_relay(store: Store, stream: AlertStream, folder: Path) -> Relay:
    outbox = StoreOutbox(store)
    return Relay(outbox, stream, FileLock(folder / "relay.lock"), StreamCare(outbox, stream, HealthBoard()))


async def time_relay(store: Store, stream: AlertStream, folder: Path) -> float:
    """Seconds until the outbox is empty."""
    relay = make_relay(store, stream, folder)
    began = time.perf_counter()
    while await relay.relay_batch():
        pass
    return time.perf_counter() - began


async def time_latency(store: Store, stream: AlertStream, folder: Path, first: int, count: int) -> list[float]:
    """Milliseconds from the wake until the entry is on the stream, one alert at a time."""
    relay = make_relay(store, stream, folder)
    durations = []
    for number in range(first, first + count):
        add_alerts(store, number, number)
        began = time.perf_counter()
        await relay.relay_batch()
        durations.append((time.perf_counter() - began) * 1000)
    return sorted(durations)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=5000)
    count = parser.parse_args().alerts
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"server ready          {time_starts(folder):.0f} ms")
        store = Store.open(f"sqlite:///{folder / 'store.sqlite'}")
        with EmbeddedRedis(folder) as server:
            async with AlertStream(server.url) as stream:
                for first in range(0, count, 500):
                    add_alerts(store, first, first + 499)
                print(f"outbox to stream      {count / await time_relay(store, stream, folder):.0f} alerts/s")
                latencies = await time_latency(store, stream, folder, count, 200)
                print(f"one alert             {latencies[100]:.1f} ms median, {latencies[198]:.1f} ms p99")
                print(f"publish, batch of 200 {await time_publish(stream, 20_000, 200):.0f} entries/s")
        store.close()


if __name__ == "__main__":
    asyncio.run(main())
