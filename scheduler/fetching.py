"""From pending links to their outcomes: which are asked for, and what happens to each answer."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from crawler.errors import ArchiveError, StoreError, WorkerError
from crawler.models import Ending, FetchFailure, Outcome, Page, PendingLink, Saved
from crawler.pipeline import Pipeline
from scheduler.due import choose_links
from settings.model import Source

log = structlog.get_logger("fetching")

HELD_AFTER_FAULT = timedelta(seconds=30)
"""A link whose answer could not be archived or stored waits this long; the disk may be full."""
DEFECTS_BEFORE_QUARANTINE = 3


class ArticleCrawl(Protocol):
    """What the spider offers; the answer comes back through `FetchJob.take_answer`."""

    def submit(self, link: PendingLink, source: Source) -> None: ...


class FetchJob:
    """Keeps the links that are under way, in memory only: the truth is that their rows have no outcome yet."""

    def __init__(
        self,
        pipeline: Pipeline,
        read_pending: Callable[[datetime, int, list[int]], Awaitable[list[PendingLink]]],
        find_source: Callable[[str], Source | None],
        *,
        room: int,
        per_outlet: int = 8,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.pipeline = pipeline
        self.read_pending = read_pending
        self.find_source = find_source
        self.room = room
        self.per_outlet = per_outlet
        self.clock = clock
        self.in_flight: dict[int, PendingLink] = {}
        self.alerted = asyncio.Event()
        """Set when an outbox row was written: the relay waits for it."""
        self.freed = asyncio.Event()
        """Set when a link ended: there is room for another."""
        self._held: dict[int, datetime] = {}
        self._defects: Counter[int] = Counter()
        self._readings: set[asyncio.Task[None]] = set()

    async def submit_pending(self, crawl: ArticleCrawl) -> int:
        """Ask for the oldest links there is room for; how many."""
        now = self.clock()
        self._held = {link_id: until for link_id, until in self._held.items() if until > now}
        room = self.room - len(self.in_flight)
        if room <= 0:
            return 0
        pending = await self.read_pending(now, room, [*self.in_flight, *self._held])
        chosen = choose_links(pending, self.in_flight.values(), room=room, per_outlet=self.per_outlet)
        for link in chosen:
            await self._submit(link, crawl)
        return len(chosen)

    async def wait_idle(self) -> None:
        """Until no link is under way."""
        while self.in_flight:
            self.freed.clear()
            await self.freed.wait()

    async def _submit(self, link: PendingLink, crawl: ArticleCrawl) -> None:
        source = self.find_source(link.source)
        self.in_flight[link.id] = link
        if link.link.complete:
            self._read_soon(link)
            return
        if source is None:
            # taken out of sources.yaml while links of it were waiting
            await self.take_answer(link.id, FetchFailure(kind="bad_url", detail=f"source {link.source} is gone"))
            return
        crawl.submit(link, source)

    def _read_soon(self, link: PendingLink) -> None:
        """Nothing is fetched; analysis must not keep the links behind it waiting."""
        reading = asyncio.create_task(self._see_through(link, self.pipeline.take_content(link)))
        self._readings.add(reading)
        reading.add_done_callback(self._readings.discard)

    async def take_answer(self, link_id: int, answer: Page | FetchFailure) -> None:
        """See an answer through the pipeline. Never raises: a fault keeps the link pending and is logged."""
        link = self.in_flight[link_id]
        if isinstance(answer, FetchFailure) and answer.kind == "interrupted":
            self._free(link)
        else:
            await self._see_through(link, self.pipeline.take_answer(link, answer, self.clock()))

    async def _see_through(self, link: PendingLink, work: Coroutine[object, object, Saved | None]) -> None:
        try:
            self._announce(link, await work)
        except (ArchiveError, StoreError, WorkerError) as error:
            self._hold(link, error)
        except Exception as error:  # noqa: BLE001  # a defect of ours on one page must not stop the others
            await self._take_defect(link, error)
        finally:
            self._free(link)

    def _free(self, link: PendingLink) -> None:
        self.in_flight.pop(link.id, None)
        self.freed.set()

    def _announce(self, link: PendingLink, saved: Saved | None) -> None:
        if saved is None:
            return
        self._defects.pop(link.id, None)
        log.debug("link_ended", source=link.source, url=link.link.url, outcome=str(saved.outcome))
        if saved.alert_id is not None:
            self.alerted.set()

    def _hold(self, link: PendingLink, error: Exception) -> None:
        self._held[link.id] = self.clock() + HELD_AFTER_FAULT
        log.error("link_held", source=link.source, url=link.link.url, error=str(error), kind=type(error).__name__)

    async def _take_defect(self, link: PendingLink, error: Exception) -> None:
        """Try a page that broke us a few times more, then quarantine it, so that it cannot come back for ever."""
        self._hold(link, error)
        self._defects[link.id] += 1
        if self._defects[link.id] < DEFECTS_BEFORE_QUARANTINE:
            return
        try:
            await self._quarantine(link, f"our defect: {error!r}")
        except StoreError as store_error:
            self._hold(link, store_error)

    async def _quarantine(self, link: PendingLink, detail: str) -> None:
        if link.revisit is not None:
            await self.pipeline.saving.give_up_revisit(link, detail, None)
        else:
            await self.pipeline.saving.save_outcome(link, Ending(Outcome.QUARANTINED, detail), None)
