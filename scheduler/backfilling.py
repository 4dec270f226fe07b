"""The past of a source, fetched by a process of its own: what waits, what was asked, and what became of it are rows, so
that it goes on where it was, and live polling never sees its links."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus

from crawler.archive.warc import ArchiveWriter
from crawler.errors import AlreadyRunning, BasewatchError, FeedError, Quarantined
from crawler.fetch.urls import canonical_url, in_scope, slot_of
from crawler.models import (
    Analysis,
    Capture,
    Ending,
    FetchFailure,
    Origin,
    Outcome,
    Page,
    PendingLink,
    Poll,
    PollEnd,
    PollVerdict,
    Saved,
    SeenLink,
    SourceState,
)
from crawler.pipeline import Pipeline
from crawler.store.links import BACKFILL
from crawler.store.store import Store
from crawler.store.writer import Writer
from crawler.workers import Remote, WorkerPool
from scheduler.analysing import Analyst
from scheduler.app import ArchiveThread, StoreCalls, analyse_placed
from scheduler.current import Current
from scheduler.fetching import FetchJob
from scheduler.health import HealthBoard
from scheduler.locks import make_lock
from scheduler.places import archive_folder, database_url
from settings.model import Source
from spiders.archives import Past, PastLink, Way
from spiders.live import LiveCrawl

READ_PAST: Remote[[Page, Source, Way], Past] = Remote("spiders.archives", "read_past")

NEVER = timedelta(days=36500)
"""Its row is there for its memory; nobody polls it."""

_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be fetched, and how much of it at most."""

    source: Source
    way: Way
    listed: tuple[PastLink, ...] = ()
    max_pages: int = 1000
    per_host: int | None = None
    alert: bool = False


@dataclass(slots=True)
class Account:
    """What one run did."""

    asked: int = 0
    """Pages."""
    seen: int = 0
    new: int = 0
    left_out: int = 0
    failed: int = 0
    """Pages of an index that could not be had; the next run asks for them again."""
    is_done: bool = False


class PastCalls(StoreCalls):
    """The store as a backfill sees it: hits raise no alert unless that is wanted, and nothing is visited later."""

    alert = False

    async def save_analysis(
        self, link: PendingLink, analysis: Analysis, capture: Capture | None, otherwise: Ending
    ) -> Saved:
        return await self._call(
            self._store.save_past,
            link,
            analysis,
            self._clock(),
            outlet_name=self._current.outlet_name(link.outlet),
            capture=capture,
            otherwise=otherwise,
            alert=self.alert,
        )

    async def save_outcome(self, link: PendingLink, ending: Ending, capture: Capture | None) -> None:
        await self._call(self._store.save_outcome, link.id, ending.outcome, self._clock(), ending.detail, capture)

    async def read_past(self, source: str, now: datetime, without: Sequence[int]) -> list[PendingLink]:
        return await self._call(self._store.read_past, source, now, _AT_ONCE, without)

    async def read_memory(self, source: str) -> str:
        states = await self._call(self._store.read_states)
        return next((state.memory for state in states if state.name == source), "")


class Backfill:
    """One run. `work` may be cut off anywhere."""

    def __init__(
        self,
        wish: Wish,
        calls: PastCalls,
        archive: Callable[[Page, Origin], Awaitable[Capture]],
        read: Callable[[Page, Source, Way], Awaitable[Past]],
        pipeline: Pipeline,
        concurrency: int,
    ) -> None:
        self.wish = wish
        self.account = Account()
        self.stop = asyncio.Event()
        self._calls = calls
        self._archive = archive
        self._read = read
        self._concurrency = concurrency
        self._hosts: Counter[str] = Counter()
        self._failed: list[str] = []
        """Pages of an index that the next run asks for again."""
        self.source = wish.source.model_copy(update={"name": f"{BACKFILL}{wish.source.name}", "render": False})
        self.fetches = FetchJob(pipeline, self._read_pending, lambda _: self.source, room=1, per_outlet=8)

    async def take_answer(self, link_id: int, answer: Page | FetchFailure) -> None:
        link = self.fetches.in_flight[link_id]
        self.account.asked += 1
        self._hosts[slot_of(link.link.url)] += 1
        await self.fetches.take_answer(link_id, answer)

    async def work(self, crawl: LiveCrawl) -> Account:
        waiting = await self._load_waiting()
        while not self.stop.is_set():
            await self._fetch_pending(crawl)
            if self._left() <= 0 or not waiting:
                break
            waiting = await self._ask_index(crawl, waiting)
        left = await self._calls.read_past(self.source.name, datetime.now(UTC) + NEVER, [])
        self.account.is_done = not left and not waiting and not self.account.failed
        return self.account

    def _left(self) -> int:
        return self.wish.max_pages - self.account.asked

    async def _load_waiting(self) -> list[str]:
        """From where the last run of the same wish was; a new wish begins anew."""
        memory = json.loads(await self._calls.read_memory(self.source.name) or "{}")
        if memory.get("way") == self._name_way():
            return list(memory["waiting"])
        waiting = list(self.wish.way.name_starts(self.source))
        await self._save(PollVerdict.CHANGED, self.wish.listed, waiting, HTTPStatus.OK, "begun")
        return waiting

    def _name_way(self) -> str:
        listed = [each.original for each in self.wish.listed]
        return json.dumps([self.wish.way.via, str(self.wish.way.span), self.wish.way.cdx, listed])

    async def _ask_index(self, crawl: LiveCrawl, waiting: list[str]) -> list[str]:
        """One page of an index; its links and what waits then are one transaction."""
        url, rest = waiting[0], waiting[1:]
        asked = self.source.model_copy(update={"url": url})
        answer = await crawl.poll(asked, SourceState(self.source.name, datetime.now(UTC)))
        try:
            past = await self._read_index(answer)
        except (FeedError, Quarantined) as error:
            self.account.failed += 1
            status = answer.status if isinstance(answer, Page) else None
            self._failed.append(url)
            await self._save(PollVerdict.FAILED, (), rest, status, f"{url}: {error.reason}"[:500])
            return rest
        self.account.left_out += past.left_out
        fresh = [each for each in past.more if each not in waiting]
        await self._save(PollVerdict.CHANGED, past.links, [*fresh, *rest], HTTPStatus.OK, url[:500])
        return [*fresh, *rest]

    async def _read_index(self, answer: Page | FetchFailure) -> Past:
        if isinstance(answer, FetchFailure):
            raise FeedError(f"{answer.kind}: {answer.detail}")
        if answer.status != HTTPStatus.OK:
            raise FeedError(f"HTTP status {answer.status}")
        await self._archive(answer, Origin(self.source.name, self.source.outlet))
        return await self._read(answer, self.source, self.wish.way)

    async def _save(
        self, verdict: PollVerdict, links: Sequence[PastLink], waiting: list[str], status: int | None, detail: str
    ) -> None:
        now = datetime.now(UTC)
        memory = json.dumps({"way": self._name_way(), "waiting": [*waiting, *self._failed]})
        state = SourceState(self.source.name, now + NEVER, polled_at=now, succeeded_at=now, memory=memory)
        poll = Poll(self.source.name, self.source.outlet, now, verdict, status, detail)
        seen = [see_past(each, self.source) for each in links]
        count = await self._calls.save_poll(poll, seen, lambda _: PollEnd(state))
        self.account.seen += count.seen
        self.account.new += count.new

    async def _read_pending(self, now: datetime, limit: int, without: list[int]) -> list[PendingLink]:
        under_way = Counter(slot_of(link.link.url) for link in self.fetches.in_flight.values())
        chosen = []
        for link in await self._calls.read_past(self.source.name, now, without):
            host = slot_of(link.link.url)
            if self.wish.per_host is None or self._hosts[host] + under_way[host] < self.wish.per_host:
                under_way[host] += 1
                chosen.append(link)
        return chosen[:limit]

    async def _fetch_pending(self, crawl: LiveCrawl) -> None:
        """Until nothing is due, the budget is used up, or we are to stop. What is tried later is the next run's."""
        while not self.stop.is_set():
            self.fetches.freed.clear()
            self.fetches.room = min(self._concurrency, self._left())
            await self.fetches.submit_pending(crawl)
            if not self.fetches.in_flight:
                return
            await self.fetches.freed.wait()


def see_past(past: PastLink, source: Source) -> SeenLink:
    """Known by the address that the outlet gave it, wherever it is fetched from."""
    if past.link.problem:
        return SeenLink(f"past:{source.name}:{past.original}", past.link, Outcome.OUT_OF_SCOPE, past.link.problem)
    try:
        key = canonical_url(past.original)
    except BasewatchError as error:
        return SeenLink(f"past:{source.name}:{past.original}", past.link, Outcome.OUT_OF_SCOPE, str(error))
    if not in_scope(past.original, source.scope):
        return SeenLink(key, past.link, Outcome.OUT_OF_SCOPE, f"not on {', '.join(source.scope)}")
    return SeenLink(key, past.link)


async def run_backfill(current: Current, wish: Wish, prepare: Callable[[Backfill], None]) -> Account:
    """Everything that a run needs, opened and closed. Raises BasewatchError."""
    run = current.settings.run
    async with AsyncExitStack() as stack:
        lock = make_lock(f"backfill-{wish.source.name}", database_url(run), run.data_dir)
        if not await lock.acquire():
            raise AlreadyRunning(f"another process backfills {wish.source.name}")
        stack.push_async_callback(lock.release)
        store = await asyncio.to_thread(Store.open, database_url(run))
        stack.callback(store.close)
        writer, board = Writer(store), HealthBoard()
        stack.push_async_callback(writer.close)
        calls = PastCalls(store, writer, current, board, partial(datetime.now, UTC))
        calls.alert = wish.alert
        archive = ArchiveThread(ArchiveWriter(archive_folder(run)), board)
        stack.push_async_callback(archive.close)
        pool = WorkerPool(1, memory_mb=run.worker_memory_mb)
        stack.callback(pool.close)
        analyse = partial(analyse_placed, Analyst(pool, current, board), calls, current)
        read = partial(_read_past, pool, run.page_timeout.total_seconds())
        pipeline = Pipeline(archive.write, analyse, calls, run.attempts)
        backfill = Backfill(wish, calls, archive.write, read, pipeline, run.concurrency)
        prepare(backfill)
        # the daemon may ask the same host meanwhile, and must not find it busy
        slower = run.model_copy(update={"delay": run.delay * 2})
        cdx = wish.source.model_copy(update={"name": "backfill-index", "url": wish.way.cdx, "kind": "section"})
        spider = LiveCrawl(slower, [backfill.source, cdx], backfill.take_answer)
        await spider.start()
        try:
            return await backfill.work(spider)
        finally:
            await spider.stop(3.0)


async def _read_past(pool: WorkerPool, timeout_s: float, page: Page, source: Source, way: Way) -> Past:
    return await pool.run(READ_PAST, page, source, way, timeout_s=timeout_s)
