"""What one poll costs: CPU and memory of LiveCrawl.poll against a local website in a process of its own.

    python benchmarks/polls.py [--polls 2000] [--hosts 200] [--at-once 32] [--changed]

Polls go round many loopback addresses, which stand for hosts (Linux only). Each carries a validator and is answered
304; with --changed every answer is 200 with a feed, which is not read.
"""

import argparse
import asyncio
import multiprocessing
import resource
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

from crawler.models import FetchFailure, Page, SourceState
from settings.model import Run, Source
from spiders.live import LiveCrawl, run_reactor

BODY = (
    b"<rss version='2.0'><channel>" + b"<item><title>t</title><link>http://x/</link></item>" * 500 + b"</channel></rss>"
)
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nConnection: close\r\n\r\n'
CHANGED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
    % (len(BODY), BODY)
)
NO_ROBOTS = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def serve(port_out: Connection, stop: Event) -> None:
    """The leanest server that answers, so that the client's cost shows."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        robots = b"/robots.txt" in head
        fresh = b"If-None-Match" in head
        writer.write(NO_ROBOTS if robots else NOT_MODIFIED if fresh else CHANGED)
        await writer.drain()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(answer, "0.0.0.0", 0, backlog=1024)
        port_out.send(server.sockets[0].getsockname()[1])
        await asyncio.get_running_loop().run_in_executor(None, stop.wait)

    asyncio.run(main())


def used_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


async def measure(args: argparse.Namespace, port: int) -> None:
    sources = [
        Source(
            name=f"s{number}",
            outlet="o",
            kind="feed",
            url=f"http://127.1.{number // 250}.{number % 250 + 1}:{port}/rss.xml",
            allow_private=True,
            delay=timedelta(0),
        )
        for number in range(args.hosts)
    ]

    async def drop(_: int, __: Page | FetchFailure) -> None: ...

    live = LiveCrawl(Run(delay=timedelta(0)), sources, drop)
    began = time.perf_counter()
    await live.start()
    print(f"start        {time.perf_counter() - began:8.3f} s")
    await poll_all(live, sources, args.hosts, args)  # robots.txt of each host, and warm code
    for _ in range(args.rounds):
        cpu, wall, memory = used_cpu_s(), time.perf_counter(), resident_mb()
        await poll_all(live, sources, args.polls, args)
        cpu, wall = used_cpu_s() - cpu, time.perf_counter() - wall
        print(
            f"{args.polls} polls   {cpu / args.polls * 1000:6.2f} ms CPU each   {args.polls / wall:7.0f} polls/s   "
            f"memory {memory:.1f} -> {resident_mb():.1f} MB"
        )
    await live.stop(5)


async def poll_all(live: LiveCrawl, sources: list[Source], polls: int, args: argparse.Namespace) -> None:
    todo = iter(range(polls))

    async def work() -> None:
        for number in todo:
            source = sources[number % len(sources)]
            state = SourceState(source.name, datetime.now(UTC), etag=None if args.changed else '"1"')
            answer = await live.poll(source, state)
            if not isinstance(answer, Page) or answer.status != (200 if args.changed else 304):
                raise RuntimeError(f"unexpected answer: {answer}")

    await asyncio.gather(*(work() for _ in range(args.at_once)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--polls", type=int, default=2000)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--changed", action="store_true")
    args = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    port_in, port_out = context.Pipe(duplex=False)
    stop = context.Event()
    server = context.Process(target=serve, args=(port_out, stop), daemon=True)
    server.start()
    try:
        port = port_in.recv()
        run_reactor(lambda: measure(args, port))
    finally:
        stop.set()
        server.join(5)


if __name__ == "__main__":
    main()
