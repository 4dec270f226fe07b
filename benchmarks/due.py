"""Are many sources polled when they are due? A simulated hour through the real lease, poll and store code.

    python -m benchmarks.due [--sources 10000] [--every 300] [--minutes 60] [--changed 0.02] [--outage 0] [--clock cpu]

The spider is a fake that answers at once; the clock is simulated, and goes on by half a second for each tick or by the
time that the tick's work took, whichever is longer: work that is too slow shows as lag. That is the wall's time, or the
CPU's of this process, which says more on a machine that is busy with other work (but knows nothing of waiting for the
disk). In the first interval every source is new, and each of its twenty links has to be stored: it is told apart.
--outage leaves the daemon down for so many minutes in the middle.
"""

import argparse
import asyncio
import logging
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from crawler.models import FetchFailure, Link, Origin, Page, SourceState
from crawler.store.store import Store
from crawler.store.writer import Writer
from scheduler.app import StoreCalls
from scheduler.daemon import POLL_TICK_S
from scheduler.due import spread_first_polls
from scheduler.health import HealthBoard
from scheduler.logs import configure_logging
from scheduler.polling import PollJob
from scheduler.starting import PollStarter
from settings.model import Source
from spiders.feeds import FeedLinks
from spiders.readers import Listing

START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
REPORT_EVERY = timedelta(minutes=5)
"""On a busy machine the whole may take longer than one has."""


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class FakeCrawl:
    """Answers 304, and now and then a changed feed."""

    def __init__(self, clock: Clock, changed: float) -> None:
        self.clock = clock
        self.changed = changed
        self.numbers = random.Random(1)

    async def poll(self, source: Source, state: SourceState) -> Page | FetchFailure:
        is_new = state.etag is None or self.numbers.random() < self.changed
        status, body = (200, f"{source.name} {self.numbers.random()}".encode()) if is_new else (304, b"")
        return Page(source.url, source.url, status, (("ETag", '"1"'),), body, body, self.clock())


async def read_links(page: Page, source: Source, _: str) -> Listing:
    """Twenty items, two of them new."""
    stamp = int(page.fetched_at.timestamp())
    urls = [f"{source.url}/{n}" for n in range(18)] + [f"{source.url}/{stamp}-{n}" for n in range(2)]
    found = FeedLinks(tuple(Link(url, guid=url, title=url, content="text " * 40) for url in urls))
    return Listing.of(found, source)


async def archive(_: Page, __: Origin) -> None: ...


def make_sources(count: int, every: timedelta) -> list[Source]:
    return [
        Source(
            name=f"s{n}",
            outlet=f"o{n}",
            kind="feed",
            url=f"https://o{n}.example/rss",
            every=every,
            scope=(f"o{n}.example",),
        )
        for n in range(count)
    ]


class Hour:
    """What is measured."""

    def __init__(self) -> None:
        self.lags_s: list[float] = []
        self.settled_s: list[float] = []
        """After the first interval."""
        self.a_minute: Counter[int] = Counter()
        self.slowest_tick_s = 0.0
        self.lease_s = 0.0
        self.ticks = 0

    def note(self, started: Sequence[SourceState], now: datetime, tick_s: float, lease_s: float) -> None:
        for state in started:
            lags = self.lags_s if state.polled_at is None else self.settled_s
            lags.append((now - state.next_poll_at).total_seconds())
        self.a_minute[int((now - START).total_seconds() // 60)] += len(started)
        self.slowest_tick_s = max(self.slowest_tick_s, tick_s)
        self.lease_s += lease_s
        self.ticks += 1

    def report(self, cpu_s: float, wall_s: float) -> None:
        polls = len(self.lags_s) + len(self.settled_s)
        busiest = max(self.a_minute.values()) / 60
        print(f"polls {polls}, {cpu_s / polls * 1000:.2f} ms CPU each, {polls / wall_s:.0f} a second possible")
        for name, lags in (("first polls", sorted(self.lags_s)), ("later polls", sorted(self.settled_s))):
            if count := len(lags):
                p50, p99 = lags[count // 2], lags[count * 99 // 100]
                print(f"due-lag of {count} {name}: p50 {p50:.2f} s, p99 {p99:.2f} s, longest {lags[-1]:.2f} s")
        mean = polls / len(self.a_minute) / 60
        print(f"polls a second: first minute {self.a_minute[0] / 60:.1f}, busiest {busiest:.1f}, mean {mean:.1f}")
        print(
            f"lease {self.lease_s / self.ticks * 1000:.2f} ms a tick, slowest tick {self.slowest_tick_s * 1000:.0f} ms"
        )
        print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", flush=True)


async def measure(args: argparse.Namespace, folder: Path) -> None:
    clock = Clock()
    read_clock = time.process_time if args.clock == "cpu" else time.perf_counter
    sources = make_sources(args.sources, timedelta(seconds=args.every))
    store = Store.open(args.database or f"sqlite:///{folder / 'due.sqlite'}")
    writer, board, hour = Writer(store), HealthBoard(clock), Hour()
    calls = StoreCalls(store, writer, cast("Any", SimpleNamespace()), board, clock)
    job = PollJob(calls, read_links, archive, {each.name: each for each in sources}.get, asyncio.Event(), clock=clock)
    crawl = FakeCrawl(clock, args.changed)
    starter = PollStarter(calls, lambda state: job.poll_source(crawl, state), board)
    await calls.watch_sources(spread_first_polls(sources, clock.now), clock.now)
    starter.watch(sources, clock.now)
    cpu, wall = time.process_time(), time.perf_counter()
    end, told = START + timedelta(minutes=args.minutes), START
    outage_at = START + timedelta(minutes=args.minutes / 2) if args.outage else None
    while clock.now < end:
        if outage_at and clock.now >= outage_at:
            clock.now, end, outage_at = (
                clock.now + timedelta(minutes=args.outage),
                end + timedelta(minutes=args.outage),
                None,
            )
            starter.watch(sources, clock.now)
        began = read_clock()
        started = await starter.start_due(clock.now)
        lease_s = read_clock() - began
        await asyncio.gather(*starter.running.values())
        tick_s = read_clock() - began
        hour.note(started, clock.now, tick_s, lease_s)
        clock.now += timedelta(seconds=max(POLL_TICK_S, tick_s))
        if clock.now - told >= REPORT_EVERY and clock.now < end:
            told = clock.now
            print(f"after {(told - START).total_seconds() / 60:.0f} minutes:")
            hour.report(time.process_time() - cpu, time.perf_counter() - wall)
    hour.report(time.process_time() - cpu, time.perf_counter() - wall)
    await writer.close()
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=10_000)
    parser.add_argument("--every", type=int, default=300)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--changed", type=float, default=0.02)
    parser.add_argument("--outage", type=int, default=0)
    parser.add_argument("--database")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    args = parser.parse_args()
    configure_logging(level=logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(args, Path(folder)))


if __name__ == "__main__":
    main()
