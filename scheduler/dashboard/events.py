"""New alerts as they come: one look at the database a second, however many browsers wait.

Nothing is lost between a page and its stream, nor while a browser was away: who says which entry it saw last is told
what came since, or that it must read the page anew. A repeat is harmless, since pages replace what they have.
"""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import structlog

from crawler.errors import StoreError
from crawler.store.news import News
from crawler.store.store import Store

log = structlog.get_logger("dashboard")

MOST_CLIENTS = 64
LOOK_EVERY_S = 1.0
HEARTBEAT_S = 15.0
"""Often enough for proxies, and to notice who has left."""
_LOOK_BACK = 100
"""Ids; PostgreSQL may commit 6 before 5."""
_CATCH_UP = 200
"""Entries that a client may have missed; with more it reads the page anew."""
_REMEMBERED = 2000
HEARTBEAT = b": still here\n\n"
RESET = b"event: reset\ndata: {}\n\n"
BEGIN = b"retry: 3000\n\n"


class TooManyClientsError(Exception):
    """Each holds a connection."""


class Broadcaster:
    """Looks for news while anybody waits for them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._clients: set[asyncio.Queue[News | None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    @asynccontextmanager
    async def join(self, after: int | None) -> AsyncIterator[AsyncIterator[bytes]]:
        """What to send to one client. Raises TooManyClientsError."""
        if len(self._clients) >= MOST_CLIENTS:
            raise TooManyClientsError
        queue: asyncio.Queue[News | None] = asyncio.Queue(_CATCH_UP)
        self._clients.add(queue)
        try:
            yield self._write_events(after, queue)
        finally:
            self._clients.discard(queue)

    async def _write_events(self, after: int | None, queue: "asyncio.Queue[News | None]") -> AsyncIterator[bytes]:
        if after is None:  # from now on: what now is must be known before it is said that it has begun
            await self._start()
        yield BEGIN  # before the database is asked: a browser then knows that somebody is there
        await self._start()
        try:
            missed = [] if after is None else await self._read_since(after)
        except StoreError as error:
            log.warning("news_away", error=str(error))
            return  # the browser comes again and says what it saw last
        async for event in _write_news(missed, queue):
            yield event

    async def _start(self) -> None:
        if self._task is None or self._task.done():
            self._ready.clear()
            self._task = asyncio.create_task(self._broadcast())
        # what comes after this is told to the queue, what came before is read by whoever joins
        await self._ready.wait()

    async def _read_since(self, after: int) -> list[News]:
        return await asyncio.to_thread(self._store.read_news, max(0, after), _CATCH_UP + 1)

    async def _look_back(self, last: int) -> list[News]:
        return await asyncio.to_thread(self._store.read_news, max(0, last - _LOOK_BACK))

    async def _broadcast(self) -> None:
        last: int | None = None
        told: deque[int] = deque(maxlen=_REMEMBERED)
        while self._clients:
            try:
                if last is None:
                    last = await asyncio.to_thread(self._store.read_newest)
                    told.extend(_ids(await self._look_back(last)))
                else:
                    last = self._tell_new(await self._look_back(last), told, last)
            except StoreError as error:
                log.warning("news_away", error=str(error))  # the next look may work again
            self._ready.set()
            await asyncio.sleep(LOOK_EVERY_S)

    def _tell_new(self, found: Iterable[News], told: deque[int], last: int) -> int:
        """Returns the highest id."""
        for news in found:
            if news.id not in told:
                told.append(news.id)
                last = max(last, news.id)
                self._tell(news)
        return last

    def _tell(self, news: News) -> None:
        for queue in self._clients:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(news)


async def _write_news(missed: list[News], queue: "asyncio.Queue[News | None]") -> AsyncIterator[bytes]:
    if len(missed) > _CATCH_UP:
        yield RESET
        missed = []
    sent = deque(_ids(missed), maxlen=_REMEMBERED)
    for news in missed:
        yield write_event(news)
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                next_one = await queue.get()
        except TimeoutError:
            yield HEARTBEAT
            continue
        if next_one is None:
            yield RESET
        elif next_one.id not in sent:
            sent.append(next_one.id)
            yield write_event(next_one)


def write_event(news: News) -> bytes:
    data = json.dumps({"alert": news.alert_id, "severity": news.severity})
    return f"id: {news.id}\nevent: {news.kind}\ndata: {data}\n\n".encode()


def _ids(news: Iterable[News]) -> list[int]:
    return [each.id for each in news]
