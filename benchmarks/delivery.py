"""Latency from the stored hit to the webhook's endpoint, at a steady rate; one process, real Redis, SQLite.

    python benchmarks/delivery.py [--rate 50] [--seconds 20]

The reference in the same run is a bare POST of the same body to the same endpoint, one after the other.
"""

import argparse
import asyncio
import tempfile
import time
from pathlib import Path
from statistics import quantiles

from crawler.store.store import Store
from crawler.store.writer import Writer
from scheduler.alerts.care import StreamCare
from scheduler.alerts.deliveries import Deliveries
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.groups import ChannelGroup
from scheduler.alerts.letters import make_test_letter
from scheduler.alerts.opening import make_pool, open_target
from scheduler.alerts.relay import Relay
from scheduler.alerts.stream import AlertStream
from scheduler.app import StoreCalls
from scheduler.health import HealthBoard
from scheduler.locks import make_lock
from tests.daemon.delivering import hook
from tests.daemon.endpoints import http_endpoint
from tests.stages.store_samples import NOW, add_pending, analysis_of


def describe(name: str, seconds: list[float]) -> str:
    cuts = quantiles(seconds, n=100)
    return f"{name:<28} p50 {cuts[49] * 1000:7.1f} ms   p95 {cuts[94] * 1000:7.1f} ms   p99 {cuts[98] * 1000:7.1f} ms"


async def measure(folder: Path, rate: int, seconds: int) -> None:
    url = f"sqlite:///{folder / 'b.sqlite'}"
    store = Store.open(url)
    count = rate * seconds
    links = {link.link.url: link for link in add_pending(store, *[f"https://a.example/{n}" for n in range(count)])}
    writer = Writer(store)
    board = HealthBoard()
    calls = StoreCalls(store, writer, None, board, time.time)
    stored: dict[str, float] = {}
    with EmbeddedRedis(folder) as server, http_endpoint() as endpoint:
        async with AlertStream(server.url) as stream:
            pool, wake, stop = make_pool(), asyncio.Event(), asyncio.Event()
            relay = Relay(calls, stream, make_lock("relay", url, folder), StreamCare(calls, stream, board))
            deliveries = Deliveries(
                lambda: [hook("desk", endpoint.url)],
                lambda channel: open_target(channel, folder, pool, {}),
                lambda name: ChannelGroup(stream, name),
                calls,
                make_lock("deliver", url, folder),
            )
            tasks = [asyncio.create_task(relay.run(wake, stop)), asyncio.create_task(deliveries.run(stop))]
            await asyncio.sleep(2)
            began, cpu = time.monotonic(), time.process_time()
            for number, (key, link) in enumerate(links.items()):
                await asyncio.sleep(max(0, began + number / rate - time.monotonic()))
                analysis = analysis_of("threat", title=key, body=key)
                saved = await writer.call(store.save_analysis, link, analysis, NOW, outlet_name="A")
                stored[str(saved.alert_id)] = time.monotonic()
                wake.set()
            while len(endpoint.posts) < count:  # noqa: ASYNC110 - the endpoint is a thread, and sets no event
                await asyncio.sleep(0.05)
            cpu = time.process_time() - cpu
            stop.set()
            wake.set()
            await asyncio.gather(*tasks)
            delays = [post.at - stored[post.key.rpartition("-")[0]] for post in endpoint.posts]
            reference = await measure_bare(hook("bare", endpoint.url), folder, pool)
            pool.close()
    print(f"{count} alerts, {rate}/s, {cpu / count * 1000:.1f} ms of CPU each")
    print(describe("stored hit → endpoint", delays))
    print(describe("bare POST (reference)", reference))
    await writer.close()
    store.close()


async def measure_bare(channel, folder: Path, pool) -> list[float]:  # noqa: ANN001 - a script
    target = open_target(channel, folder, pool, {})
    took = []
    for _ in range(200):
        began = time.monotonic()
        await target.send(make_test_letter("bare", NOW), NOW)
        took.append(time.monotonic() - began)
    await target.close()
    return took


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(measure(Path(place), options.rate, options.seconds))
