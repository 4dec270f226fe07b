"""Latency from the stored hit to the webhook's endpoint, at a steady rate; one process, real Redis, SQLite.

    python -m benchmarks.delivery [--rate 50] [--seconds 20] [--analyses]

The endpoint is a process of its own, as it is in life; both see one monotonic clock. The alerts were analysed before,
and only their outbox rows are stored at the rate; with --analyses each is a whole save_analysis, in the same writer's
thread. The reference in the same run is a bare POST of the same body to the same endpoint, one after the other.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from statistics import quantiles
from typing import Any

from sqlalchemy import delete, insert, select

from crawler.store.schema import outbox
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


class FarEnd:
    """A webhook's endpoint in another process."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "benchmarks.delivery", "--serve"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url: str = self._ask()

    def read_posts(self) -> list[tuple[str, float]]:
        """Key and time of each."""
        assert self._process.stdin
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return [(key, at) for key, at in self._ask()]

    def close(self) -> None:
        self._process.communicate()

    def _ask(self) -> Any:  # noqa: ANN401 - JSON
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


def serve() -> None:
    """What the far end does: its address, then for each line all that it was sent."""
    with http_endpoint() as endpoint:
        print(json.dumps(endpoint.url), flush=True)
        for _ in sys.stdin:
            print(json.dumps([(post.key, post.at) for post in endpoint.posts]), flush=True)


def prepare(store: Store, writer: Writer, count: int, *, with_analyses: bool) -> list[Callable[[], Awaitable[str]]]:
    """Each stores one alert and gives its id."""
    links = [
        link
        for start in range(0, count, 500)
        for link in add_pending(store, *[f"https://a.example/{n}" for n in range(start, min(count, start + 500))])
    ]

    def save(number: int) -> str:
        url = links[number].link.url
        analysis = analysis_of("threat", title=url, body=url)
        return str(store.save_analysis(links[number], analysis, NOW, outlet_name="A").alert_id)

    if with_analyses:
        return [lambda number=number: writer.call(save, number) for number in range(count)]  # type: ignore[misc]
    with store.group():
        for number in range(count):
            save(number)
    with store._write("take back") as connection:  # noqa: SLF001 - a benchmark of what lies within
        rows = [dict(row._mapping) for row in connection.execute(select(outbox).order_by(outbox.c.id))]  # noqa: SLF001
        connection.execute(delete(outbox))

    def add(row: dict[str, object]) -> str:
        with store._write("add") as connection:  # noqa: SLF001
            connection.execute(insert(outbox), row)
        return str(row["alert_id"])

    return [lambda row=row: writer.call(add, row) for row in rows]  # type: ignore[misc]


async def measure(folder: Path, rate: int, seconds: int, *, with_analyses: bool) -> None:
    url = f"sqlite:///{folder / 'b.sqlite'}"
    store = Store.open(url)
    count = rate * seconds
    writer = Writer(store)
    alerts = prepare(store, writer, count, with_analyses=with_analyses)
    board = HealthBoard()
    calls = StoreCalls(store, writer, None, board, time.time)
    stored: dict[str, float] = {}
    with EmbeddedRedis(folder) as server, closing(FarEnd()) as endpoint:
        async with AlertStream(server.url) as stream:
            pool, wake, stop = make_pool(), asyncio.Event(), asyncio.Event()
            relay = Relay(calls, stream, make_lock("relay", url, folder), StreamCare(calls, stream, board))
            deliveries = Deliveries(
                lambda: [hook("desk", endpoint.url)],
                lambda channel: open_target(channel, folder, pool, {}),
                lambda name: ChannelGroup(stream, name),
                calls,
                make_lock("deliver", url, folder),
                folder,
            )
            adding: list[asyncio.Task[None]] = []

            async def add_alert(store_alert: Callable[[], Awaitable[str]]) -> None:
                alert_id = await store_alert()
                stored[alert_id] = time.monotonic()
                wake.set()

            tasks = [asyncio.create_task(relay.run(wake, stop)), asyncio.create_task(deliveries.run(stop))]
            await asyncio.sleep(2)
            began, cpu = time.monotonic(), time.process_time()
            for number, store_alert in enumerate(alerts):
                await asyncio.sleep(max(0, began + number / rate - time.monotonic()))
                adding.append(asyncio.create_task(add_alert(store_alert)))
            await asyncio.gather(*adding)
            ended = time.monotonic()
            while len(endpoint.read_posts()) < count:  # noqa: ASYNC110 - another process sets no event of ours
                await asyncio.sleep(0.2)
            cpu = time.process_time() - cpu
            stop.set()
            wake.set()
            await asyncio.gather(*tasks)
            delays = [at - stored[key.rpartition("-")[0]] for key, at in endpoint.read_posts()]
            reference = await measure_bare(hook("bare", endpoint.url), folder, pool)
            pool.close()
    kind = "analyses" if with_analyses else "prepared rows"
    reached = count / (ended - began)
    print(f"{count} {kind}, {rate}/s wanted, {reached:.0f}/s reached, {cpu / count * 1000:.1f} ms of CPU each")
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
    parser.add_argument("--analyses", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve()
        sys.exit()
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(measure(Path(place), options.rate, options.seconds, with_analyses=options.analyses))
