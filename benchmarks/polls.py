"""What one poll costs, everything included: lease, guard, request, archive, reading in a worker, ledger, store.

    python benchmarks/polls.py [--polls 2000] [--hosts 200] [--rounds 3] [--only 304 304-tls same feed] [--profile FILE]
    python benchmarks/polls.py --memory --only 304-tls --hosts 2000 --polls 20000

CPU is that of this process and its workers (process_time and /proc, Linux); of some rounds the best one counts, because
the machine is shared. References in the same run: plain aiohttp, over https where ours is (and feedparser where a feed
has changed), and one Scrapy crawl per poll. The server is a process of its own and not counted; its certificate and the
authority's are P-256, as most of the web's are.
"""

import argparse
import asyncio
import cProfile
import gc
import hashlib
import io
import logging
import os
import ssl
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import feedparser
import scrapy
from scrapy.crawler import AsyncCrawlerRunner
from sqlalchemy import select
from twisted.internet._resolver import GAIResolver

from benchmarks.outlets import Outlets, lookup, serve_outlets
from crawler.archive.warc import ArchiveWriter
from crawler.models import FetchFailure, Page, PollCount, PollVerdict, SourceState
from crawler.store.schema import polls
from crawler.store.store import Store
from crawler.store.writer import Writer
from crawler.workers import Remote, WorkerPool, preload
from scheduler.app import READ_LINKS, ArchiveThread, StoreCalls
from scheduler.health import HealthBoard
from scheduler.logs import configure_logging
from scheduler.polling import PollJob
from scheduler.starting import POLLS_AT_ONCE as AT_ONCE
from scheduler.starting import PollStarter
from settings.model import Run, Source
from spiders.guard import Lookup
from spiders.live import LiveCrawl, run_reactor
from spiders.readers import Listing

KINDS = {"304": ("http", "304"), "304-tls": ("https", "304"), "same": ("http", "same"), "feed": ("http", "feed")}
VERDICTS = {"304": PollVerdict.NOT_MODIFIED, "same": PollVerdict.SAME_BODY, "feed": PollVerdict.CHANGED}
TICKS = os.sysconf("SC_CLK_TCK")


def used_cpu_s() -> float:
    """Of this process and those that it started, workers behind the fork server included, and those that have ended:
    the fork server, which waits for them, has what they used."""
    family, used = [os.getpid()], time.process_time()
    for parent in family:
        with suppress(FileNotFoundError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                family += [int(child) for child in (task / "children").read_text().split()]
    for pid in set(family[1:]) - {SERVER.get("pid")}:
        with suppress(FileNotFoundError):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            used += sum(map(int, fields[11:15])) / TICKS
    return used


SERVER: dict[str, int] = {}


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


class Clock:
    """Simulated, so that sources are due as soon as the benchmark wants them."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


class Bench:
    """The daemon's polls without its daemon."""

    def __init__(
        self,
        folder: Path,
        sources: list[Source],
        verdict: PollVerdict,
        *,
        getaddrinfo: Lookup = lookup,
        workers: int = 1,
    ) -> None:
        self.clock, self.verdict = Clock(), verdict
        self.run = Run(delay=timedelta(0), data_dir=folder)
        self.sources = {each.name: each for each in sources}
        self.store = Store.open(f"sqlite:///{folder / 'polls.sqlite'}")
        self.writer, board = Writer(self.store), HealthBoard(self.clock)
        self.calls = StoreCalls(self.store, self.writer, cast("Any", SimpleNamespace()), board, self.clock)
        self.workers = workers
        # each fresh worker imports again what this program imports: a second, of which the daemon's know nothing
        preload(READ_LINKS, Remote("scheduler.app", "open_app"), Remote("benchmarks.outlets", "serve_outlets"))
        self.pool = WorkerPool(workers, memory_mb=self.run.worker_memory_mb)
        self.archive = ArchiveThread(ArchiveWriter(folder / "archive"), board)
        self.live = LiveCrawl(self.run, sources, drop, getaddrinfo=getaddrinfo)
        self.job = PollJob(
            self.calls, self.read, self.archive.write, self.sources.get, asyncio.Event(), clock=self.clock
        )
        self.starter = PollStarter(self.calls, self.poll, board, at_once=AT_ONCE)
        self.wrong = 0

    async def read(self, page: Page, source: Source, memory: str) -> Listing:
        return await self.pool.run(READ_LINKS, page, source, memory, timeout_s=30, size=len(page.body))

    async def poll(self, state: SourceState) -> PollCount | None:
        return await self.job.poll_source(self.live, state)

    async def start(self) -> None:
        await self.live.start()
        await asyncio.gather(*(self.pool.run(time.sleep, 0.5, timeout_s=60) for _ in range(self.workers)))
        now = self.clock.now
        await self.calls.watch_sources(dict.fromkeys(self.sources, now), now)
        self.starter.watch(self.sources.values(), now)
        gc.freeze()  # as the daemon does

    async def poll_all(self, count: int) -> None:
        """So many polls, in the order in which sources are due; a tick whenever half of what may be under way is not.
        The daemon's come twice a second: one for each poll that ends would have each commit for itself."""
        left, half = count, min(AT_ONCE, len(self.sources)) // 2
        while left:
            self.clock.now += timedelta(seconds=1)
            self.starter.at_once = min(AT_ONCE, len(self.starter.running) + left)
            left -= len(await self.starter.start_due(self.clock.now))
            while len(self.starter.running) > half:
                await asyncio.wait(self.starter.running.values(), return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*self.starter.running.values())

    async def close(self) -> None:
        await self.live.stop(5)
        self.pool.close()
        await self.archive.close()
        await self.writer.close()
        self.store.close()

    def check(self, count: int) -> None:
        """Was each of the last polls what it should be?"""
        with self.store._engine.connect() as connection:  # noqa: SLF001 - the ledger has no verdict of single polls
            last = select(polls.c.verdict).order_by(polls.c.id.desc()).limit(count)
            verdicts = set(connection.scalars(last))
        if verdicts != {self.verdict}:
            raise RuntimeError(f"not {self.verdict}: {verdicts}")


async def drop(_: int, __: Page | FetchFailure) -> None: ...


async def measure(args: argparse.Namespace, outlets: Outlets, folder: Path) -> None:
    resolve_for_scrapy()
    for kind in args.only:
        await asyncio.to_thread((folder / kind).mkdir)
        await measure_kind(args, outlets, folder / kind, kind)


async def measure_kind(args: argparse.Namespace, outlets: Outlets, folder: Path, kind: str) -> None:
    scheme, path = KINDS[kind]
    count, hosts = args.polls, args.hosts
    if kind == "feed":
        # the reference takes fifty times as long as a 304
        count, hosts = min(count, 200), min(hosts, 50)
    urls = [outlets.url(scheme, path, number, hosts) for number in range(hosts)]
    print(f"{kind}: polls {count}, hosts {hosts}")
    await measure_pair(args, folder, kind, urls, count)
    if not args.profile and not args.memory:
        crawls = Costs("a Scrapy crawl each")
        await crawls.measure(min(count, 100), partial(poll_scrapy, urls))
        crawls.report()


async def measure_pair(args: argparse.Namespace, folder: Path, kind: str, urls: list[str], count: int) -> None:
    """Ours and the reference in turn, so that what else the machine does is borne by both."""
    sources = [
        Source(
            name=f"s{n}", outlet="o", kind="feed", url=url, every=timedelta(seconds=1), allow_private=True,
            delay=timedelta(0),
        )
        for n, url in enumerate(urls)
    ]  # fmt: skip
    bench = Bench(folder, sources, VERDICTS[KINDS[kind][1]])
    await bench.start()
    await bench.poll_all(2 * len(urls))  # robots.txt of each host, first bodies, warm code
    if args.memory:
        await watch_memory(bench, count)
        return
    ours, reference = Costs("basewatch", used_cpu_s), Costs("aiohttp" + " + feedparser" * (kind == "feed"))
    profile, before = cProfile.Profile(), resident_mb()
    for _ in range(args.rounds):
        if args.profile:
            profile.enable()
        await ours.measure(count, bench.poll_all)
        profile.disable()
        await reference.measure(count, partial(poll_aiohttp, urls, kind))
    if args.profile:
        profile.dump_stats(f"{args.profile}.{kind}")
    ours.report()
    reference.report()
    ratios = sorted(a / b for a, b in zip(ours.ms, reference.ms, strict=True))
    print(f"  ratio: of the best {min(ours.ms) / min(reference.ms):.2f}, of a round {ratios[len(ratios) // 2]:.2f}")
    print(f"  memory {before:.1f} -> {resident_mb():.1f} MB")
    bench.check(count)
    await bench.close()


async def watch_memory(bench: Bench, polls: int) -> None:
    print(f"  memory {resident_mb():.1f} MB", flush=True)
    for done in range(polls // 10, polls + 1, polls // 10):
        await bench.poll_all(polls // 10)
        print(f"  memory {resident_mb():.1f} MB after {done} polls", flush=True)
    bench.check(polls)
    await bench.close()


class Costs:
    """ms of CPU for a poll, of each round."""

    def __init__(self, name: str, read_cpu_s: Callable[[], float] = time.process_time) -> None:
        self.name, self.read_cpu_s = name, read_cpu_s
        self.ms: list[float] = []
        self.rates: list[float] = []

    async def measure(self, polls: int, work: Callable[[int], Awaitable[None]]) -> None:
        cpu, wall = self.read_cpu_s(), time.perf_counter()
        await work(polls)
        self.ms.append((self.read_cpu_s() - cpu) / polls * 1000)
        self.rates.append(polls / (time.perf_counter() - wall))

    def report(self) -> None:
        best = min(self.ms)
        print(
            f"  {self.name:22} {best:6.2f} ms CPU   {1000 / best:6.0f} polls a CPU second"
            f"   {max(self.rates):5.0f} polls/s"
        )


async def poll_aiohttp(urls: list[str], kind: str, polls: int) -> None:
    """A fresh connection for each, as ours."""
    tls = ssl.create_default_context()
    todo = iter(range(polls))

    class Loopback(aiohttp.abc.AbstractResolver):
        async def resolve(self, host: str, port: int = 0, **_: object) -> list[Any]:
            return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 6, "flags": 0}]

        async def close(self) -> None: ...

    connector = aiohttp.TCPConnector(limit=AT_ONCE, force_close=True, ssl=tls, resolver=Loopback())
    async with aiohttp.ClientSession(connector=connector) as session:

        async def work() -> None:
            for number in todo:
                async with session.get(urls[number % len(urls)], headers={"If-None-Match": '"1"'}) as response:
                    body = await response.read()
                    if kind == "feed":
                        feedparser.parse(io.BytesIO(body))
                    elif kind == "same":
                        hashlib.blake2b(body).digest()

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


class OnePoll(scrapy.Spider):
    name = "one"

    async def start(self) -> AsyncIterator[scrapy.Request]:
        yield scrapy.Request(self.url, headers={"If-None-Match": '"1"'}, meta={"handle_httpstatus_all": True})

    def parse(self, _: object) -> None: ...


def resolve_for_scrapy() -> None:
    """Scrapy's own client asks Twisted for names, and these are known to nobody else."""
    from twisted.internet import reactor  # noqa: PLC0415 - imported earlier it would install another

    cast("Any", reactor).installNameResolver(GAIResolver(reactor, getaddrinfo=lookup))


async def poll_scrapy(urls: list[str], polls: int) -> None:
    runner = AsyncCrawlerRunner({"REMOTE_CONTROL_ENABLED": False, "TELNETCONSOLE_ENABLED": False, "LOG_ENABLED": False})
    todo = iter(range(polls))

    async def work() -> None:
        for number in todo:
            await runner.crawl(OnePoll, url=urls[number % len(urls)])

    await asyncio.gather(*(work() for _ in range(8)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--polls", type=int, default=2000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--profile")
    parser.add_argument("--memory", action="store_true", help="what is resident, again and again; no costs")
    args = parser.parse_args()
    configure_logging(level=logging.ERROR)
    with serve_outlets() as outlets, tempfile.TemporaryDirectory() as folder:
        SERVER["pid"] = outlets.pid
        run_reactor(lambda: measure(args, outlets, Path(folder)))


if __name__ == "__main__":
    main()
