"""The past of a source, fetched by a process of its own: what waits, what was asked, and what became of it are rows, so
that it goes on where it was, and live polling never sees its links."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path

from crawler.archive.places import is_elsewhere
from crawler.archive.warc import ArchiveWriter
from crawler.errors import AlreadyRunning, ArchiveError, BasewatchError, FeedError, Quarantined
from crawler.fetch.policy import ELSEWHERE
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
from crawler.store.hosts import Claim
from crawler.store.links import BACKFILL
from crawler.store.store import Store
from crawler.store.writer import Writer
from crawler.worker_process import forbid_pages_reach, forbid_reach
from crawler.workers import Remote, WorkerPool
from scheduler.analysing import Analyst
from scheduler.app import ArchiveThread, StoreCalls, analyse_placed
from scheduler.current import Current
from scheduler.fetching import ArticleCrawl, FetchJob
from scheduler.health import HealthBoard
from scheduler.hosts import LOOK_EVERY
from scheduler.locks import make_lock
from scheduler.past_files import PastFiles
from scheduler.places import archive_folder, database_url
from scheduler.turns import Stopped, Turns
from settings.model import Run, Source
from spiders.archives import Past, PastLink, Way, guess_sitemap, is_robots
from spiders.commoncrawl import RecordPlace, find_record_place
from spiders.live import LiveCrawl

READ_PAST: Remote[[Page, Source, Way], Past] = Remote("spiders.archives", "read_past")

NEVER = timedelta(days=36500)
"""Its row is there for its memory; nobody polls it."""

_AT_ONCE = 10_000
_NOTHING_THERE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_PARTING_S = 20
"""Longest that a run that is stopped waits for pages that it has asked for."""
_TURN_S = 0.25
"""Between two looks at hosts that are to be left alone."""
_BUSY = timedelta(minutes=10)
"""A daemon that polled since then may do so again, and has to see that we are here."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be fetched, and how much of it at most."""

    source: Source
    way: Way
    listed: tuple[PastLink, ...] = ()
    max_pages: int = 1000
    per_host: int | None = None
    max_index: int = 10_000
    """Pages of an index, which may invent the next one without end."""
    alert: bool = False


@dataclass(slots=True)
class Account:
    """What one run did."""

    asked: int = 0
    """Pages."""
    index_asked: int = 0
    """Pages of an index, and files of pages."""
    seen: int = 0
    new: int = 0
    left_out: int = 0
    failed: int = 0
    """Pages of an index that could not be had; the next run asks for them again."""
    problems: tuple[str, ...] = ()
    """Why those could not be had, what is broken in files, and pages that list nothing that is known as an article."""
    expected: int = 0
    """Pages that are known and not fetched yet, when the run begins and as the index tells them."""
    left: int = 0
    """Pages, and pages of an index, that the next run begins with; without those that could not be had in this one."""
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

    async def lease_hosts(self, wanted: Collection[str], claim: Claim, now: datetime) -> set[str]:
        return await self._call(self._store.lease_hosts, wanted, claim, now)

    async def read_past(self, source: str, now: datetime, without: Sequence[int]) -> list[PendingLink]:
        return await self._call(self._store.read_past, source, now, _AT_ONCE, without)

    async def was_polled_since(self, moment: datetime) -> bool:
        """Is there a daemon, as it seems?"""
        states = await self._call(self._store.read_states)
        live = (state.polled_at for state in states if not state.name.startswith(BACKFILL))
        return any(polled_at is not None and polled_at > moment for polled_at in live)

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
        self.show: Callable[[Account], None] = lambda _: None
        """Called whenever the account has changed."""
        self._calls = calls
        self._archive = archive
        self._read = read
        self._concurrency = concurrency
        self._turns: Turns | None = None
        self._hosts: Counter[str] = Counter()
        self._failed: list[str] = []
        """Pages of an index that the next run asks for again."""
        self._must_wait = False
        """Is there a link whose host is to be left alone for a moment?"""
        self._asked: set[str] = set()
        """Pages of an index that this run has asked for: some lead back to where one came from."""
        self._listed: frozenset[str] = frozenset()
        """What the last page of an index listed."""
        self.source = wish.source.model_copy(update={"name": f"{BACKFILL}{wish.source.name}", "render": False})
        self.fetches = FetchJob(pipeline, self._read_pending, lambda _: self.source, room=1, per_outlet=8)

    async def take_answer(self, link_id: int, answer: Page | FetchFailure) -> None:
        url = self.fetches.in_flight[link_id].link.url
        self.account.asked += 1
        self._hosts[slot_of(url)] += 1
        if self._turns is not None:
            await self._turns.end(url)
        await self.fetches.take_answer(link_id, answer)
        self.show(self.account)

    async def work(self, crawl: LiveCrawl, turns: Turns, files: PastFiles) -> Account:
        self._turns = turns
        waiting = await self._load_waiting()
        self.account.expected = len(await self._calls.read_past(self.source.name, datetime.now(UTC) + NEVER, []))
        pages = FiledCrawl(crawl, files, self.take_answer)
        while not self.stop.is_set():
            await self._fetch_pending(pages)
            if self._is_at_end() or not waiting or self.stop.is_set():
                break
            waiting = await self._ask_index(crawl, turns, files, waiting)
        with suppress(TimeoutError):  # what takes longer is asked for again by the next run
            await asyncio.wait_for(self.fetches.wait_idle(), _PARTING_S)
        left = await self._calls.read_past(self.source.name, datetime.now(UTC) + NEVER, [])
        self.account.left = len(left) + len(waiting)
        self.account.is_done = not self.account.left and not self.account.failed
        if self.account.is_done:
            files.forget()
        return self.account

    def _is_at_end(self) -> bool:
        return self._left() <= 0 or self.account.index_asked >= self.wish.max_index

    def _left(self) -> int:
        return self.wish.max_pages - self.account.asked

    async def _load_waiting(self) -> list[str]:
        """From where the last run of the same wish was; a new wish begins anew, and so does one up to now that was
        done: more may have come since."""
        memory = json.loads(await self._calls.read_memory(self.source.name) or "{}")
        if memory.get("way") == self._name_way() and (memory["waiting"] or not self.wish.way.is_open):
            return list(memory["waiting"])
        waiting = list(self.wish.way.name_starts(self.source))
        await self._save(PollVerdict.CHANGED, self.wish.listed, waiting, HTTPStatus.OK, "begun")
        return waiting

    def _name_way(self) -> str:
        way, listed = self.wish.way, [each.original for each in self.wish.listed]
        return json.dumps([way.via, way.name_span(), way.cdx, way.places, listed])

    async def _ask_index(self, crawl: LiveCrawl, turns: Turns, files: PastFiles, waiting: list[str]) -> list[str]:
        """One page of an index; its links and what waits then are one transaction."""
        url, rest = waiting[0], waiting[1:]
        self._asked.add(url)
        self.account.index_asked += 1
        answer: Page | FetchFailure | None = None
        try:
            if files.reads(url):
                past = await files.read(url)
            else:
                answer = await self._ask_page(crawl, turns, url)
                past = await self._read_index(answer)
        except Stopped:
            self.account.index_asked -= 1
            return waiting
        except (ArchiveError, FeedError, Quarantined) as error:
            self.account.failed += 1
            self.account.problems += (f"{url}: {error}",)
            status = answer.status if isinstance(answer, Page) else None
            self._failed.append(url)
            await self._save(PollVerdict.FAILED, (), rest, status, f"{url}: {error}"[:500])
            return rest
        self.account.left_out += past.left_out
        self.account.problems += past.problems
        listed, before = frozenset(each.original for each in past.links), self._listed
        # an outlet that shows its last page for every number after it has no next one
        more = () if self.wish.way.via == "pages" and listed and listed == before else past.more
        self._listed = listed
        known = self._asked.union(rest)
        fresh = [each for each in dict.fromkeys(more) if each not in known]
        detail = "; ".join(past.problems) or url
        await self._save(PollVerdict.CHANGED, past.links, [*fresh, *rest], HTTPStatus.OK, detail[:500])
        return [*fresh, *rest]

    async def _ask_page(self, crawl: LiveCrawl, turns: Turns, url: str) -> Page | FetchFailure:
        await turns.wait(url)
        try:
            asked = self.source.model_copy(update={"url": url})
            return await crawl.poll(asked, SourceState(self.source.name, datetime.now(UTC)))
        finally:
            await turns.end(url)

    async def _read_index(self, answer: Page | FetchFailure) -> Past:
        if isinstance(answer, FetchFailure):
            raise FeedError(f"{answer.kind}: {answer.detail}")
        if answer.status in _NOTHING_THERE and self.wish.way.via == "pages":
            return Past(())  # a day without articles, or a number after the last page
        if answer.status in _NOTHING_THERE and is_robots(answer):
            return guess_sitemap(answer)
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
        self.account.expected += count.new
        self.show(self.account)

    async def _read_pending(self, now: datetime, limit: int, without: list[int]) -> list[PendingLink]:
        """Of each host the next one, if it may be asked now; what lies in a file may be read at any time."""
        under_way = Counter(slot_of(link.link.url) for link in self.fetches.in_flight.values())
        filed, asked = [], {}
        for link in await self._calls.read_past(self.source.name, now, without):
            host = slot_of(link.link.url)
            if self.wish.per_host is not None and self._hosts[host] + under_way[host] >= self.wish.per_host:
                continue
            if find_record_place(link.link.note) is not None:
                under_way[host] += 1
                filed.append(link)
            elif host not in asked:
                asked[host] = link
            if len(filed) >= limit:
                break
        taken = await self._turns.take(asked) if self._turns is not None and len(filed) < limit else set()
        self._must_wait = bool(asked.keys() - taken)
        return [*filed, *(asked[host] for host in taken)][:limit]

    async def _fetch_pending(self, crawl: ArticleCrawl) -> None:
        """Until nothing is due, the budget is used up, or we are to stop. What is tried later is the next run's."""
        while not self.stop.is_set():
            self.fetches.freed.clear()
            self._must_wait = False
            self.fetches.room = min(self._concurrency, self._left())
            await self.fetches.submit_pending(crawl)
            if not self.fetches.in_flight and not self._must_wait:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(_TURN_S if self._must_wait else None):
                    await self.fetches.freed.wait()


class FiledCrawl:
    """Takes pages out of files where links say so, and asks the web for all others."""

    def __init__(
        self, crawl: LiveCrawl, files: PastFiles, take_answer: Callable[[int, Page | FetchFailure], Awaitable[None]]
    ) -> None:
        self._crawl = crawl
        self._files = files
        self._take_answer = take_answer
        self._readings: set[asyncio.Task[None]] = set()

    def submit(self, link: PendingLink, source: Source) -> None:
        place = find_record_place(link.link.note)
        if place is None:
            self._crawl.submit(link, source)
            return
        reading = asyncio.create_task(self._read(link.id, place, link.link.url))
        self._readings.add(reading)
        reading.add_done_callback(self._readings.discard)

    async def _read(self, link_id: int, place: RecordPlace, url: str) -> None:
        await self._take_answer(link_id, await self._files.read_page(place, url))


def see_past(past: PastLink, source: Source) -> SeenLink:
    """Known by the address that the outlet gave it, wherever it is fetched from."""
    if past.link.problem:
        return SeenLink(f"past:{source.name}:{past.original}", past.link, Outcome.OUT_OF_SCOPE, past.link.problem)
    try:
        key = canonical_url(past.original)
    except BasewatchError as error:
        return SeenLink(f"past:{source.name}:{past.original}", past.link, Outcome.OUT_OF_SCOPE, str(error))
    if not in_scope(past.original, source.scope):
        return SeenLink(key, past.link, Outcome.OUT_OF_SCOPE, f"{ELSEWHERE} {', '.join(source.scope)}")
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
        watch = forbid_pages_reach if any(map(_is_brought_by_worker, wish.way.places)) else forbid_reach
        pool = WorkerPool(1, memory_mb=run.worker_memory_mb, watch=watch)
        stack.callback(pool.close)
        analyse = partial(analyse_placed, Analyst(pool, current, board), calls, current)
        read = partial(_read_past, pool, run.page_timeout.total_seconds())
        pipeline = Pipeline(archive.write, analyse, calls, run.attempts)
        backfill = Backfill(wish, calls, archive.write, read, pipeline, run.concurrency)
        prepare(backfill)
        cdx = wish.source.model_copy(update={"name": "backfill-index", "url": wish.way.cdx, "kind": "section"})
        spider = LiveCrawl(run, [backfill.source, cdx], backfill.take_answer)
        turns = Turns(calls, backfill.source.name, wish.source.delay or run.delay, spider.find_resting, backfill.stop)
        files = PastFiles(_make_folder(run, wish), pool, backfill.source, wish.way, spider, turns.wait, turns.end)
        await turns.begin()
        if await calls.was_polled_since(datetime.now(UTC) - _BUSY):
            await asyncio.sleep(2 * LOOK_EVERY.total_seconds())
        keeping = asyncio.create_task(turns.keep())
        await spider.start()
        try:
            return await backfill.work(spider, turns, files)
        finally:
            keeping.cancel()
            await spider.stop(3.0)
            await turns.finish()


def _is_brought_by_worker(place: str) -> bool:
    """What lies on the web is brought by our own crawl, politely."""
    return is_elsewhere(place) and not place.startswith(("http://", "https://"))


def _make_folder(run: Run, wish: Wish) -> Path:
    return run.data_dir / "backfill" / hashlib.sha256(wish.source.name.encode()).hexdigest()[:16]


async def _read_past(pool: WorkerPool, timeout_s: float, page: Page, source: Source, way: Way) -> Past:
    return await pool.run(READ_PAST, page, source, way, timeout_s=timeout_s)
