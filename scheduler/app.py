"""The composition root: settings → concrete store, archive, workers, spider, stream. Nothing else chooses them."""

# unused here; imported late it is slow, for Scrapy then looks through every module there is (inspect.getmodule): 0.8 s
import spiders.transport  # noqa: F401

# isort: split
import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from crawler.archive.warc import ArchiveWriter, salvage
from crawler.deliveries import Agenda, Briefing, ChannelState, Delivery, Verdict
from crawler.drift import PageMeasure
from crawler.errors import AlreadyRunning, ArchiveError, BasewatchError, StoreError
from crawler.extract.furniture import Furniture
from crawler.models import (
    Analysis,
    Capture,
    Ending,
    Material,
    Origin,
    OutboxEntry,
    Outcome,
    Page,
    PendingLink,
    Poll,
    PollCount,
    PollEnd,
    RevisitResult,
    Saved,
    SeenLink,
    SourceState,
    StoryMember,
    StreamMark,
    SummedPolls,
)
from crawler.pipeline import Pipeline
from crawler.signs import HealthEvent, HealthKind, Trouble
from crawler.store.hosts import Claim
from crawler.store.links import list_links
from crawler.store.store import Store
from crawler.store.writer import Writer
from crawler.triage import TriagedAlert
from crawler.workers import Remote, WorkerPool, preload
from scheduler.alerts.care import StreamCare
from scheduler.alerts.deliveries import Deliveries
from scheduler.alerts.groups import ChannelGroup
from scheduler.alerts.opening import make_pool, open_target
from scheduler.alerts.relay import Relay
from scheduler.alerts.server import open_stream
from scheduler.alerts.stream import AlertStream
from scheduler.analysing import Analyst
from scheduler.crawling import Crawling
from scheduler.current import Current
from scheduler.dashboard.child import keep_dashboard
from scheduler.fetching import FetchJob
from scheduler.health import HealthBoard
from scheduler.hosts import GuestWatch
from scheduler.locks import is_shared, make_lock
from scheduler.metrics import Meters, remove_file
from scheduler.places import archive_folder, database_url, make_data_dir
from scheduler.polling import PollJob
from scheduler.retention import PruneReport, prune_archive
from scheduler.roles import ALL_ROLES, READS_STREAM, Role, Service, run_until
from settings.model import OFF, Run, Source
from spiders.live import LiveCrawl
from spiders.readers import Listing

READ_LINKS: Remote[[Page, Source], Listing] = Remote("spiders.readers", "read_seen")
COMMAND: Remote[[], None] = Remote("scheduler.cli", "main")
"""What the daemon was started by. Python has each fresh worker import it again, 50 ms, unless it is there already."""
P = ParamSpec("P")
T = TypeVar("T")
Clock = Callable[[], datetime]

PORTION = 100
"""Links of one poll that are stored in one transaction, where each takes up to 0.3 ms."""
SILENT_S = 75.0
"""A call that has no answer for so long is news: longer than locks are waited for, alone and after others."""
PER_OUTLET = 8
"""Requests of one outlet that may be under way or wait for their turn at once."""


class StoreCalls:
    """The store as asyncio code sees it: every call runs on the writer's thread, one transaction each."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        current: Current,
        board: HealthBoard,
        clock: Clock,
        meters: Meters | None = None,
        *,
        silent_s: float = SILENT_S,
    ) -> None:
        self._store = store
        self._writer = writer
        self._current = current
        self._board = board
        self._clock = clock
        self._meters = meters or Meters()
        self._silent_s = silent_s

    async def _call(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._note(self._writer.call(method, *args, **kwargs))

    async def _hurry(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """For what stands between a stored alert and the people it is for: all that relay and channels do in a pass."""
        return await self._note(self._writer.call_urgently(method, *args, **kwargs))

    async def _note(self, writing: Awaitable[T]) -> T:
        """Is the store there? Its answer tells, or that there is none: a server that hangs refuses nothing."""
        detail = f"the database has not answered for {self._silent_s:g} s"
        silent = asyncio.get_running_loop().call_later(self._silent_s, self._board.report, "store_away", detail)
        try:
            return await self._judge(writing)
        finally:
            silent.cancel()

    async def _judge(self, writing: Awaitable[T]) -> T:
        try:
            result = await writing
        except StoreError as error:
            self._board.report("store_away", str(error))
            raise
        self._board.clear("store_away")
        return result

    async def watch_sources(self, first_polls: dict[str, datetime], now: datetime) -> None:
        await self._call(self._store.watch_sources, first_polls, now)

    async def hasten_sources(self, latest: dict[str, datetime]) -> None:
        await self._call(self._store.hasten_sources, latest)

    async def lease_due(self, names: Collection[str], now: datetime, limit: int, lease: timedelta) -> list[SourceState]:
        return await self._call(self._store.lease_due, names, now, limit, lease)

    async def lease_due_here(
        self, hosts_of: Mapping[str, str], claim: Claim, now: datetime, limit: int, lease: timedelta
    ) -> list[SourceState]:
        return await self._call(self._store.lease_due_here, hosts_of, claim, now, limit, lease)

    async def lease_pending(
        self, claim: Claim, now: datetime, limit: int, without: Collection[int]
    ) -> list[PendingLink]:
        return await self._call(self._store.lease_pending, claim, now, limit, without, PER_OUTLET)

    async def has_guests(self, now: datetime) -> bool:
        return await self._call(self._store.has_guests, now)

    async def renew_leases(
        self, worker: str, until: Mapping[str, datetime], names: Collection[str], source_until: datetime
    ) -> None:
        await self._call(self._store.renew_leases, worker, until, names, source_until)

    async def release_leases(self, worker: str, resting: Collection[str], at: datetime) -> None:
        await self._call(self._store.release_leases, worker, resting, at)

    async def end_leases(self) -> None:
        await self._call(self._store.end_leases)

    async def save_poll(self, poll: Poll, links: Sequence[SeenLink], end: Callable[[PollCount], PollEnd]) -> PollCount:
        if len(links) > PORTION:
            count = await self._save_portions(poll, links, end)
        else:
            count = await self._note(self._writer.call_patiently(self._store.save_poll, poll, links, end))
        self._meters.count_poll(poll.verdict, count.seen)
        return count

    async def _save_portions(
        self, poll: Poll, links: Sequence[SeenLink], end: Callable[[PollCount], PollEnd]
    ) -> PollCount:
        """Others write in between. A kill leaves an account that closes, and the poll to be repeated."""
        *portions, last = list_links(links).split(PORTION)
        begun: PollCount | None = None
        for portion in portions:
            begun = await self._judge(self._writer.call_in_between(self._store.save_portion, poll, portion, begun))
        return await self._judge(self._writer.call_in_between(self._store.save_last, poll, last, end, begun))

    async def read_pending(self, now: datetime, limit: int, without: list[int]) -> list[PendingLink]:
        return await self._call(self._store.read_pending, now, limit, without, PER_OUTLET)

    async def read_outcomes(self, since: datetime) -> dict[str, Outcome]:
        return await self._call(self._store.read_outcomes, since)

    async def save_analysis(
        self, link: PendingLink, analysis: Analysis, capture: Capture | None, otherwise: Ending
    ) -> Saved:
        now = self._clock()
        saved = await self._call(
            self._store.save_analysis,
            link,
            analysis,
            now,
            outlet_name=self._current.outlet_name(link.outlet),
            capture=capture,
            otherwise=otherwise.outcome,
            detail=otherwise.detail,
            revisit_at=otherwise.revisit_at,
        )
        self._meters.count_outcome(saved.outcome)
        self._meters.time_stages(link, capture, now)
        self._meters.count_costs(analysis.costs)
        return saved

    async def read_furniture(self, outlet: str) -> Furniture:
        return await self._call(self._store.read_furniture, outlet)

    async def save_outcome(self, link: PendingLink, ending: Ending, capture: Capture | None) -> None:
        await self._call(
            self._store.save_outcome,
            link.id,
            ending.outcome,
            self._clock(),
            ending.detail,
            capture,
            revisit_at=ending.revisit_at,
        )
        self._meters.count_outcome(ending.outcome)

    async def save_revision(self, link: PendingLink, analysis: Analysis, capture: Capture | None) -> Saved:
        name = self._current.outlet_name(link.outlet)
        now = self._clock()
        return await self._call(self._store.save_revision, link, analysis, now, outlet_name=name, capture=capture)

    async def give_up_revisit(self, link: PendingLink, detail: str, capture: Capture | None) -> None:
        now = self._clock()
        await self._call(self._store.save_revisit, link, RevisitResult.GIVEN_UP, now, detail, capture)

    async def put_off_revisit(self, link: PendingLink, at: datetime, detail: str) -> None:
        await self._call(self._store.put_off_revisit, link, at, detail)

    async def open_event(self, trouble: Trouble, since: datetime, subject: str = "") -> bool:
        return await self._hurry(self._store.open_event, trouble, since, subject)

    async def close_event(self, kind: HealthKind, now: datetime, subject: str = "") -> bool:
        return await self._hurry(self._store.close_event, kind, now, subject)

    async def read_events(self) -> list[HealthEvent]:
        return await self._call(self._store.read_events)

    async def watch_channels(self, names: Collection[str], now: datetime) -> list[ChannelState]:
        return await self._call(self._store.watch_channels, names, now)

    async def read_briefing(self, channel: str, keys: Sequence[str], now: datetime) -> Briefing:
        return await self._hurry(self._store.read_briefing, channel, keys, now)

    async def save_verdicts(self, channel: str, verdicts: Sequence[Verdict], now: datetime) -> None:
        await self._hurry(self._store.save_verdicts, channel, verdicts, now)

    async def read_agenda(self, channel: str, now: datetime, limit: int) -> Agenda:
        return await self._hurry(self._store.read_agenda, channel, now, limit)

    async def read_message(self, channel: str, message: str) -> list[Delivery]:
        return await self._hurry(self._store.read_message, channel, message)

    async def read_alert(self, alert_id: str) -> TriagedAlert | None:
        return await self._call(self._store.read_alert, alert_id, self._clock())

    async def read_stories(self, names: Sequence[str]) -> dict[str, list[StoryMember]]:
        return await self._hurry(self._store.read_stories, names)

    async def read_sent_times(self, channel: str, since: datetime) -> list[datetime]:
        return await self._hurry(self._store.read_sent_times, channel, since)

    async def begin_alone(self, ids: Sequence[int]) -> None:
        await self._hurry(self._store.begin_alone, ids)

    async def assign_message(self, ids: Sequence[int], message: str) -> None:
        await self._hurry(self._store.assign_message, ids, message)

    async def hold_back(self, ids: Sequence[int], until: datetime) -> None:
        await self._hurry(self._store.hold_back, ids, until)

    async def save_sent(self, channel: str, ids: Sequence[int], now: datetime) -> None:
        queued = await self._hurry(self._store.save_sent, channel, ids, now)
        self._meters.count_delivery(channel, "sent", len(ids))
        self._meters.time_stage("published_to_sent", queued, now)

    async def save_failure(
        self, channel: str, ids: Sequence[int], error: str, next_try_at: datetime, pause: datetime | None
    ) -> None:
        await self._hurry(self._store.save_failure, channel, ids, error, next_try_at, pause)
        self._meters.count_delivery(channel, "failed", len(ids))

    async def save_dead(self, channel: str, ids: Sequence[int], error: str) -> None:
        await self._hurry(self._store.save_dead, channel, ids, error)
        self._meters.count_delivery(channel, "dead", len(ids))

    async def heal_waits(self, channel: str, latest: datetime, now: datetime) -> None:
        await self._hurry(self._store.heal_waits, channel, latest, now)

    async def count_ticks(self, counts: dict[str, int]) -> None:
        await self._call(self._store.count_ticks, counts)

    async def read_outlets(self, since: datetime) -> list[str]:
        return await self._call(self._store.read_outlets, since)

    async def read_measures(self, outlet: str, until: datetime, limit: int) -> list[PageMeasure]:
        return await self._call(self._store.read_measures, outlet, until, limit)

    async def forget_signatures(self, before: datetime, limit: int) -> int:
        return await self._call(self._store.forget_signatures, before, limit)

    async def heal_times(self, now: datetime) -> int:
        return await self._call(self._store.heal_times, now)

    async def take_unpublished(self, limit: int) -> list[OutboxEntry]:
        return await self._hurry(self._store.take_unpublished, limit)

    async def mark_published(self, outbox_ids: Sequence[int], now: datetime) -> None:
        written = await self._hurry(self._store.mark_published, outbox_ids, now)
        self._meters.count_published(len(outbox_ids))
        self._meters.time_stage("saved_to_published", written, now)

    async def raise_sequence(self, above: int) -> None:
        await self._hurry(self._store.raise_sequence, above)

    async def read_stream_mark(self) -> StreamMark | None:
        return await self._hurry(self._store.read_stream_mark)

    async def make_stream_mark(self) -> StreamMark:
        return await self._hurry(self._store.make_stream_mark)

    async def read_unfinished(self, finished: int | None, above: int, limit: int) -> list[OutboxEntry]:
        return await self._hurry(self._store.read_unfinished, finished, above, limit)

    async def renew_published(self, outbox_ids: Sequence[int]) -> None:
        await self._hurry(self._store.renew_published, outbox_ids)

    async def read_readers(self) -> dict[str, int]:
        return await self._hurry(self._store.read_readers)

    async def save_readers(self, finished: Mapping[str, int]) -> None:
        await self._hurry(self._store.save_readers, finished)

    async def read_channels(self) -> list[ChannelState]:
        return await self._hurry(self._store.read_channels)

    async def read_oldest_unfinished(self, finished: int) -> datetime | None:
        return await self._hurry(self._store.read_oldest_unfinished, finished)

    async def read_dispensable(self, keep: int) -> int:
        return await self._hurry(self._store.read_dispensable, keep)

    async def prune_archive(self, run: Run, now: datetime) -> PruneReport:
        """On a thread of its own: it reads and writes whole files, with a short transaction for each."""
        return await self._judge(asyncio.to_thread(prune_archive, self._store, archive_folder(run), run.archive, now))

    async def sum_old_polls(self, before: datetime) -> SummedPolls:
        """Others write in between."""
        return await self._judge(self._writer.call_in_between(self._store.sum_old_polls, before))

    async def save_retry(self, link: PendingLink, at: datetime, detail: str, *, counts: bool) -> None:
        await self._call(self._store.save_retry, link.id, at, detail, counts=counts)


class ArchiveThread:
    """The archive as asyncio code sees it: one thread writes, so that the loop never waits for the disk."""

    def __init__(self, writer: ArchiveWriter, board: HealthBoard) -> None:
        self._writer = writer
        self._board = board
        self._thread = ThreadPoolExecutor(1, "archive")

    async def write(self, page: Page, origin: Origin) -> Capture:
        try:
            capture = await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.write, page, origin)
        except ArchiveError as error:
            self._board.report("archive_away", str(error))
            raise
        self._board.clear("archive_away")
        return capture

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.close)
        self._thread.shutdown()


@dataclass(frozen=True, slots=True)
class App:
    """Everything that the daemon works with."""

    current: Current
    store: StoreCalls
    board: HealthBoard
    stream: AlertStream | None
    """None when no role of this process reads it."""
    crawling: Crawling | None
    relay: Relay | None
    services: dict[Role, Service]
    """Run beside the crawl; a new part is one entry."""
    meters: Meters


@asynccontextmanager
async def open_app(current: Current, roles: frozenset[Role] = ALL_ROLES) -> AsyncIterator[App]:
    """Start every part of these roles in the order of need; stop them in the reverse order, whatever happened."""
    run = current.settings.run
    async with AsyncExitStack() as stack:
        make_data_dir(run)
        if Role.CRAWL in roles and not is_shared(database_url(run)):
            await _claim(run, stack)
        store = await asyncio.to_thread(Store.open, database_url(run))
        stack.callback(store.close)
        writer = Writer(store)
        stack.push_async_callback(writer.close)
        board = HealthBoard()
        meters = Meters()
        calls = StoreCalls(store, writer, current, board, partial(datetime.now, UTC), meters)
        stream = await open_stream(run, stack) if roles & READS_STREAM else None
        crawling = await _open_crawl(calls, current, board, meters, stack) if Role.CRAWL in roles else None
        alerted = crawling.fetches.alerted if crawling else asyncio.Event()
        services: dict[Role, Service] = {}
        relay = None
        if Role.RELAY in roles and stream is not None:
            care = StreamCare(calls, stream, board)
            relay = Relay(calls, stream, make_lock("relay", database_url(run), run.data_dir), care)
            services[Role.RELAY] = partial(relay.run, alerted)
        if Role.DELIVER in roles and stream is not None:
            services[Role.DELIVER] = _make_deliveries(current, calls, stream, stack).run
        if Role.DASHBOARD in roles and run.dashboard != OFF:
            services[Role.DASHBOARD] = partial(_show_dashboard, current.config_dir, board)
        if crawling is None and not services:
            raise BasewatchError(f"there is nothing to do for {', '.join(sorted(roles))}")
        stack.callback(remove_file, run.data_dir / "run")
        yield App(current, calls, board, stream, crawling, relay, services, meters)


def _make_deliveries(current: Current, calls: StoreCalls, stream: AlertStream, stack: AsyncExitStack) -> Deliveries:
    run = current.settings.run
    pool = make_pool()
    stack.callback(pool.close)
    return Deliveries(
        lambda: current.settings.channels,
        lambda channel: open_target(channel, run.data_dir, pool),
        lambda name: ChannelGroup(stream, name),
        calls,
        make_lock("deliver", database_url(run), run.data_dir),
        run.data_dir,
    )


async def _open_crawl(
    calls: StoreCalls, current: Current, board: HealthBoard, meters: Meters, stack: AsyncExitStack
) -> Crawling:
    run = current.settings.run
    is_alone = not is_shared(database_url(run))
    keeper = GuestWatch(calls, current.find_source, lambda: current.settings.run.delay, is_alone=is_alone)
    if is_alone:
        # what a killed process held is free, because there is no other now
        await calls.end_leases()
    await asyncio.to_thread(salvage, archive_folder(run))
    archive = ArchiveThread(ArchiveWriter(archive_folder(run)), board)
    stack.push_async_callback(archive.close)
    preload(READ_LINKS, COMMAND)
    pool = WorkerPool(run.workers, memory_mb=run.worker_memory_mb, on_lost=meters.count_lost_worker)
    stack.callback(pool.close)
    analyse = partial(analyse_placed, Analyst(pool, current, board), calls, current)
    fetches = FetchJob(
        Pipeline(archive.write, analyse, calls, run.attempts),
        keeper.read_pending,
        current.find_source,
        room=run.concurrency,
        per_outlet=PER_OUTLET,
    )
    spider = LiveCrawl(run, current.sources, fetches.take_answer)
    await spider.start()
    polls = PollJob(calls, partial(_read_links, pool, run), archive.write, current.find_source, fetches.freed)
    return Crawling(current, calls, spider, polls, fetches, board, keeper)


async def _claim(run: Run, stack: AsyncExitStack) -> None:
    """Be the only daemon of this database, or say that there is one. Raises AlreadyRunning."""
    lock = make_lock("daemon", database_url(run), run.data_dir)
    if not await lock.acquire():
        raise AlreadyRunning(f"another daemon works on {run.data_dir}")
    stack.push_async_callback(lock.release)


async def _show_dashboard(config_dir: Path | None, board: HealthBoard, stop: asyncio.Event) -> None:
    await run_until(stop, keep_dashboard(config_dir, board))


async def analyse_placed(analyst: Analyst, calls: StoreCalls, current: Current, material: Material) -> Analysis:
    """With the outlet's time zone, and what is known to surround its articles."""
    placed = replace(material, timezone=current.settings.find_timezone(material.outlet))
    return await analyst.analyse(placed, await calls.read_furniture(material.outlet))


async def _read_links(pool: WorkerPool, run: Run, page: Page, source: Source, memory: str) -> Listing:
    timeout_s = run.page_timeout.total_seconds()
    return await pool.run(READ_LINKS, page, source, memory, timeout_s=timeout_s, size=len(page.body))
