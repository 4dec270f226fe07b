"""How polls go when there is a lot to do: lag of the event loop, hostile neighbours, the way from a feed to the stream.

    python -m benchmarks.load lag [--sources 1000]       100 polls a second, a fifth of them with news
    python -m benchmarks.load neighbours [--seconds 20]  a feed with news, alone and beside ten hostile ones
    python -m benchmarks.load latency [--rate 10]        a daemon that polls 10 feeds a second, each with a new item

The machine may be busy with other work. So the lag is told twice: by the wall's clock, and as far as our own loop had
the processor in that time, which is what is left of it on a machine of one's own.
"""

import argparse
import asyncio
import json
import logging
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis

from benchmarks.outlets import Outlets, lookup, serve_outlets
from benchmarks.polls import Bench
from crawler.models import PollVerdict
from scheduler.alerts.embedded import EmbeddedRedis
from scheduler.alerts.stream import STREAM
from scheduler.logs import configure_logging
from settings.model import Source
from spiders.live import run_reactor
from tests.running import BASE_ATTACK, FILLER, make_article, make_place
from tests.website import Answer, Item, Seen, Website, rss

POLLS_A_SECOND = 100
CHANGED_OF = 5
"""Each fifth source has two new items at each poll."""
SAMPLE_S = 0.005
HOSTILE = ("loris",) * 4 + ("huge", "endless") + ("slow",) * 4
PESTER_EVERY_S = 5
SLOW_NAME_S = 20.0
LATENCY_HOSTS = 10
LATENCY_EVERY_S = 10
PATIENCE_S = 15


def make_source(number: int, url: str, timeout_s: float = 30) -> Source:
    return Source(
        name=f"s{number}",
        outlet="o",
        kind="feed",
        url=url,
        every=timedelta(seconds=1),
        allow_private=True,
        delay=timedelta(0),
        timeout=timedelta(seconds=timeout_s),
    )


def tell(name: str, values_s: list[float]) -> None:
    values = sorted(values_s)
    p50, p95, p99 = (values[len(values) * part // 100] for part in (50, 95, 99))
    print(
        f"  {name:34} n {len(values):5}  p50 {p50 * 1000:7.1f}  p95 {p95 * 1000:7.1f}  p99 {p99 * 1000:7.1f}  "
        f"longest {values[-1] * 1000:7.1f} ms"
    )


# ── lag of the loop ──────────────────────────────────────────────────────────────────────────────


class Lag:
    """How much later than asked for the loop comes back."""

    def __init__(self) -> None:
        self.wall_s: list[float] = []
        self.own_s: list[float] = []

    async def sample(self) -> None:
        while True:
            due, used = time.perf_counter() + SAMPLE_S, time.thread_time()
            await asyncio.sleep(SAMPLE_S)
            late = max(time.perf_counter() - due, 0.0)
            self.wall_s.append(late)
            self.own_s.append(min(late, time.thread_time() - used))


@asynccontextmanager
async def open_bench(bench: Bench) -> AsyncIterator[Bench]:
    await bench.start()
    try:
        yield bench
    finally:
        await bench.close()


async def measure_lag(args: argparse.Namespace, outlets: Outlets, folder: Path) -> None:
    kinds = ["304" if number % CHANGED_OF else "feed" for number in range(args.sources)]
    urls = [outlets.url("http", kind, number, args.sources) for number, kind in enumerate(kinds)]
    sources = [make_source(number, url) for number, url in enumerate(urls)]
    async with open_bench(Bench(folder, sources, PollVerdict.CHANGED, workers=2)) as bench:
        await bench.poll_all(args.sources)  # robots.txt and first bodies
        states = {state.name: state for state in bench.store.read_states()}
        lag, began, polls = Lag(), time.perf_counter(), list[asyncio.Task[object]]()
        sampler = asyncio.create_task(lag.sample())
        for number, source in enumerate(sources):
            await asyncio.sleep(max(began + number / POLLS_A_SECOND - time.perf_counter(), 0))
            polls.append(asyncio.create_task(bench.poll(states[source.name])))
        await asyncio.gather(*polls)
        sampler.cancel()
        took = time.perf_counter() - began
    print(f"lag: {len(polls)} polls, {len(polls) / took:.0f} a second, a fifth with two new items")
    tell("by the wall's clock", lag.wall_s)
    tell("while our loop had the processor", lag.own_s)


# ── hostile neighbours ───────────────────────────────────────────────────────────────────────────


def look_up_slowly(host: str, port: int, *rest: object) -> list[tuple[object, ...]]:
    if host.startswith("slow"):
        time.sleep(SLOW_NAME_S)
    return lookup(host, port, *rest)


async def measure_neighbours(args: argparse.Namespace, outlets: Outlets, folder: Path) -> None:
    healthy = make_source(0, outlets.url("http", "feed", 0, 1))
    hostile = [
        make_source(number, f"http://{kind}{number}.outlets.test:{outlets.http}/{kind}", 10)
        for number, kind in enumerate(args.hostile, 1)
    ]
    bench = Bench(folder, [healthy, *hostile], PollVerdict.CHANGED, getaddrinfo=look_up_slowly, workers=2)
    async with open_bench(bench):

        async def poll(source: Source) -> float:
            (state,) = (each for each in bench.store.read_states() if each.name == source.name)
            began = time.perf_counter()
            await bench.poll(state)
            return time.perf_counter() - began

        async def poll_often() -> list[float]:
            took = []
            end = time.perf_counter() + args.seconds
            while time.perf_counter() < end:
                took.append(await poll(healthy))
                await asyncio.sleep(0.25)
            return took

        async def pester(source: Source) -> None:
            while True:
                await poll(source)
                await asyncio.sleep(PESTER_EVERY_S)

        await poll(healthy)
        alone = await poll_often()
        pests = [asyncio.create_task(pester(source)) for source in hostile]
        beside = await poll_often()
        for pest in pests:
            pest.cancel()
    print(f"neighbours: {', '.join(args.hostile)}")
    tell("a healthy poll, alone", alone)
    tell("a healthy poll beside them", beside)


# ── from a feed to the stream ────────────────────────────────────────────────────────────────────


class Press:
    """Each feed has a new item whenever it is asked for, and remembers when that was."""

    def __init__(self) -> None:
        self.shown_at: dict[str, float] = {}
        self._lock = threading.Lock()
        self.is_open = True

    def serve(self, site: Website, number: int) -> str:
        """The address of a feed."""
        items: list[Item] = [Item(f"Old {number}", site.url(f"/old/{number}"))]

        def respond(_: Seen) -> Answer:
            if self.is_open:
                items.insert(0, self._publish(site, number))
            return Answer(200, [("Content-Type", "application/rss+xml")], rss(items[:20]).encode())

        return site.script(f"/feed-{number}.xml", respond)

    def close(self) -> None:
        self.is_open = False

    def _publish(self, site: Website, number: int) -> Item:
        with self._lock:
            path = f"/news/{len(self.shown_at)}"
            self.shown_at[path] = time.monotonic()
        title = f"Report {path} of wire {number}"
        site.page(path, make_article(title, f"{title}. {BASE_ATTACK}", *[f"{path} {FILLER}"] * 8))
        return Item(title, site.url(path))


def describe_outlet(site: Website, feeds: list[str]) -> dict[str, object]:
    polled = {"every": f"{LATENCY_EVERY_S}s", "delay": "0s", "allow_private": True}
    sources = [{"feed": url, "name": f"feed-{url.rpartition('-')[2].removesuffix('.xml')}", **polled} for url in feeds]
    return {"name": site.host, "homepage": site.url("/"), "language": "en", "sources": sources}


def measure_latency(args: argparse.Namespace, folder: Path) -> None:
    place, press = make_place(folder), Press()
    count = round(args.rate * LATENCY_EVERY_S)
    with ExitStack() as stack:
        sites = [stack.enter_context(Website(host=f"127.0.0.{n}")) for n in range(1, LATENCY_HOSTS + 1)]
        outlets = {}
        for position, site in enumerate(sites):
            feeds = [press.serve(site, number) for number in range(position, count, LATENCY_HOSTS)]
            outlets[f"outlet-{position}"] = describe_outlet(site, feeds)
        place.write("sources.yaml", json.dumps({"outlets": outlets}))
        daemon = stack.enter_context(place.daemon())
        daemon.wait_ready()
        daemon.wait_for(lambda: len(press.shown_at) > count)
        threading.Timer(args.seconds, press.close).start()
        began = time.monotonic()
        arrived = read_arrivals(place.data, args.seconds + PATIENCE_S)
        daemon.stop()
    shown = {path: at for path, at in press.shown_at.items() if at >= began}
    late = len(shown.keys() - arrived.keys())
    print(f"latency: {len(shown) / args.seconds:.1f} new items a second, {late} not told {PATIENCE_S} s after the last")
    tell("from the feed's answer to the stream", [arrived[path] - at for path, at in shown.items() if path in arrived])


def read_arrivals(data: Path, seconds: float) -> dict[str, float]:
    """Path of the article → when its alert was on the stream."""
    arrived, end, last = dict[str, float](), time.monotonic() + seconds, "$"
    with EmbeddedRedis(data) as server, redis.Redis.from_url(server.url, decode_responses=True) as client:
        while (left := end - time.monotonic()) > 0:
            answer: Any = client.xread({STREAM: last}, block=max(int(min(left, 1) * 1000), 1))
            for entry, fields in answer[0][1] if answer else ():
                last = entry
                arrived.setdefault(urlsplit(json.loads(fields["json"]).get("url", "")).path, time.monotonic())
    return arrived


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("lag", "neighbours", "latency"))
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--hostile", nargs="+", choices=set(HOSTILE), default=HOSTILE)
    parser.add_argument("--rate", type=float, default=10)
    args = parser.parse_args()
    configure_logging(level=logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        if args.what == "latency":
            measure_latency(args, Path(folder))
            return
        work: Callable[[argparse.Namespace, Outlets, Path], Awaitable[None]]
        work = measure_lag if args.what == "lag" else measure_neighbours
        with serve_outlets() as outlets:
            run_reactor(lambda: work(args, outlets, Path(folder)))


if __name__ == "__main__":
    main()
