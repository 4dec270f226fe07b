"""Ways round the guard, tried in a process of their own: `guard_scenarios.py PORT` prints the name of each that failed.

PORT is the canary's.
"""

import asyncio
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import Any

import aiohttp

from crawler.errors import GuardError
from crawler.models import FetchFailure, Page, SourceState
from settings.model import Run, Source
from spiders.guard import AddressGuard, AddressRefused, verify_guard
from spiders.live import LiveCrawl, run_reactor

RUN = Run(delay=timedelta(0), fetch_timeout=timedelta(seconds=5))
PUBLIC, LOOPBACK = "192.0.43.10", "127.0.0.1"


def answer_names(*answers: list[str]) -> Callable[..., list[Any]]:
    """A getaddrinfo that gives one answer after the other, the last for ever."""
    following = chain(answers, repeat(answers[-1]))

    def getaddrinfo(host: str, port: int, *_: object) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(following)]

    return getaddrinfo


async def drop(_: int, __: Page | FetchFailure) -> None: ...


async def poll_once(port: int, *answers: list[str]) -> Page | FetchFailure:
    """Poll a name with a guard over a name server that lies; the port is one that the guard allows for it."""
    source = Source(name="s", outlet="o", kind="feed", url=f"http://flip.example:{port}/")
    live = LiveCrawl(RUN, (source,), drop, getaddrinfo=answer_names(*answers))
    await live.start()
    answer = await live.poll(source, SourceState("s", datetime.now(UTC)))
    await live.stop(1)
    return answer


async def rebinding(_: int) -> None:
    answer = await poll_once(8080, [LOOPBACK])
    assert isinstance(answer, FetchFailure), answer
    assert answer.kind == "blocked", answer


async def mixed(_: int) -> None:
    """Only the public address is given out, and for the others there is no socket."""
    guard = AddressGuard(answer_names([LOOPBACK, PUBLIC, "10.0.0.1"]))
    assert [each["host"] for each in await guard.resolve("flip.example", 8080)] == [PUBLIC]
    for address in (LOOPBACK, "10.0.0.1"):
        try:
            guard.make_socket((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 8080)))
        except AddressRefused:
            continue
        raise AssertionError(f"a socket for {address}")


async def slow_names(_: int) -> None:
    """Ten names whose servers never answer; another is asked meanwhile, and nothing waits for them at the end."""

    def getaddrinfo(host: str, port: int, *_: object) -> list[Any]:
        time.sleep(0 if host == "quick.example" else 30)
        return answer_names([LOOPBACK])(host, port)

    sources = [
        Source(name=name, outlet="o", kind="feed", url=f"http://{name}.example/")
        for name in ("quick", *map(str, range(10)))
    ]
    live = LiveCrawl(RUN, sources, drop, getaddrinfo=getaddrinfo)
    await live.start()
    slow = [asyncio.create_task(live.poll(source, SourceState("s", datetime.now(UTC)))) for source in sources[1:]]
    await asyncio.sleep(0.1)
    began = time.monotonic()
    answer = await live.poll(sources[0], SourceState("s", datetime.now(UTC)))
    assert time.monotonic() - began < 2
    assert isinstance(answer, FetchFailure), answer
    await live.stop(1)
    kinds = {answer.kind for answer in await asyncio.gather(*slow) if isinstance(answer, FetchFailure)}
    assert kinds == {"interrupted"}, kinds
    assert time.monotonic() - began < 5


async def no_guard(_: int) -> None:
    async with aiohttp.ClientSession() as session:
        try:
            await verify_guard(session)
        except GuardError:
            return
    raise AssertionError("a session without the guard passed")


async def wrong_handler(_: int) -> None:
    live = LiveCrawl(RUN, (), drop)
    live._crawler.settings.set(
        "DOWNLOAD_HANDLERS", {"ftp": "scrapy.core.downloader.handlers.ftp.FTPDownloadHandler"}, priority="cmdline"
    )
    try:
        await live.start()
    except GuardError:
        await live.stop(1)
        return
    raise AssertionError("a second handler passed")


async def proxy(port: int) -> None:
    """The environment names a proxy (the canary); it must not be asked."""
    await poll_once(8080, [LOOPBACK])
    answer = await poll_once(port, [LOOPBACK])
    assert isinstance(answer, FetchFailure), answer
    assert answer.kind == "blocked", answer


SCENARIOS = (no_guard, wrong_handler, rebinding, mixed, slow_names, proxy)


async def main(port: int) -> None:
    for scenario in SCENARIOS:
        await scenario(port)
        sys.stdout.write(f"{scenario.__name__}\n")


if __name__ == "__main__":
    run_reactor(lambda: main(int(sys.argv[1])))
