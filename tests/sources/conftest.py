"""A real reactor for the whole session, in a thread of its own: Twisted has one per process and starts it once."""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from typing import Self, TypeVar

import pytest

from crawler.models import FetchFailure, Link, Page, PendingLink, SourceState
from settings.model import Run, Source
from spiders.live import LiveCrawl, run_reactor
from tests.website import Website

T = TypeVar("T")
PATIENCE_S = 90
"""Browsers start slowly on a machine that is busy."""
FAST = Run(delay=timedelta(0), fetch_timeout=timedelta(seconds=5))


class ReactorThread:
    """Runs coroutines in the reactor's loop, for tests that wait for them."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=run_reactor, args=(self._main,), name="reactor", daemon=True)

    async def _main(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        await self._stop.wait()

    def run(self, work: Coroutine[object, object, T], timeout_s: float = PATIENCE_S) -> T:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)

    def call(self, function: Callable[[], T]) -> T:
        async def work() -> T:
            return function()

        return self.run(work())

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *error: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


class Crawl:
    """A LiveCrawl that tests drive from outside its loop."""

    def __init__(self, reactor: ReactorThread, run: Run, sources: tuple[Source, ...]) -> None:
        self.reactor = reactor
        self.answers: dict[int, Page | FetchFailure] = {}
        self.hold_handoff: Callable[[], Awaitable[None]] | None = None
        self._arrived = threading.Condition()
        self._ids = iter(range(1, 10_000))
        self.live = reactor.call(lambda: LiveCrawl(run, sources, self._take))

    async def _take(self, link_id: int, answer: Page | FetchFailure) -> None:
        if self.hold_handoff is not None:
            await self.hold_handoff()
        with self._arrived:
            assert link_id not in self.answers, "handed off twice"
            self.answers[link_id] = answer
            self._arrived.notify_all()

    def make_state(self, source: Source) -> SourceState:
        """Of a source that was never asked."""
        return SourceState(source.name, datetime.now(UTC))

    def poll(self, source: Source, **state: str) -> Page | FetchFailure:
        remembered = SourceState(source.name, datetime.now(UTC), **state)
        return self.reactor.run(self.live.poll(source, remembered))

    def submit(self, url: str, source: Source) -> int:
        link = PendingLink(next(self._ids), source.name, source.outlet, Link(url))
        self.reactor.call(lambda: self.live.submit(link, source))
        return link.id

    def wait_for(self, *links: int) -> list[Page | FetchFailure]:
        with self._arrived:
            assert self._arrived.wait_for(lambda: all(link in self.answers for link in links), PATIENCE_S)
        return [self.answers[link] for link in links]

    def fetch(self, url: str, source: Source) -> Page | FetchFailure:
        """Submit an article and wait for what becomes of it."""
        return self.wait_for(self.submit(url, source))[0]

    def stop(self, grace_s: float = 3) -> None:
        self.reactor.run(self.live.stop(grace_s))


@pytest.fixture(scope="session", autouse=True)
def no_egress() -> Iterator[None]:
    """Not one connection may leave this machine, whatever a test asks for."""
    asked: list[object] = []

    def listen(event: str, arguments: tuple[object, ...]) -> None:
        if event == "socket.connect" and not _is_local(arguments[1]):
            asked.append(arguments[1])

    sys.addaudithook(listen)
    yield
    assert asked == []


def _is_local(address: object) -> bool:
    return not isinstance(address, tuple) or str(address[0]).startswith("127.") or address[0] in ("::1", "localhost")


@pytest.fixture(scope="session")
def reactor() -> Iterator[ReactorThread]:
    with ReactorThread() as thread:
        yield thread


@pytest.fixture
def site() -> Iterator[Website]:
    with Website() as website:
        yield website


@pytest.fixture
def source(site: Website) -> Source:
    """Its feed is `/rss.xml` of the site."""
    return make_source(site)


def make_source(site: Website, name: str = "local-feed", path: str = "/rss.xml", **values: object) -> Source:
    described = {"outlet": "local", "kind": "feed", "allow_private": True, "scope": (site.host,), **values}
    return Source.model_validate({"name": name, "url": site.url(path), **described})


@pytest.fixture
def make_crawl(reactor: ReactorThread) -> Iterator[Callable[..., Crawl]]:
    """Opens crawls and stops them when the test is over."""
    opened: list[Crawl] = []

    def make(*sources: Source, run: Run = FAST) -> Crawl:
        crawl = Crawl(reactor, run, sources)
        reactor.run(crawl.live.start())
        opened.append(crawl)
        return crawl

    yield make
    for crawl in opened:
        crawl.stop(0)


@pytest.fixture
def crawl(make_crawl: Callable[..., Crawl], source: Source) -> Crawl:
    return make_crawl(source)


async def fetch_beside_a_clock(crawl: Crawl, source: Source, url: str) -> tuple[int, Page | FetchFailure]:
    """How often the loop did something else meanwhile."""
    asked = source.model_copy(update={"url": url, "kind": "feed"})
    fetching = asyncio.ensure_future(crawl.live.poll(asked, crawl.make_state(source)))
    turns = 0
    while not fetching.done():
        await asyncio.sleep(0.005)
        turns += 1
    return turns, await fetching
