"""The crawl as the daemon sees it: polls that are due, links that wait, and how both come to an end."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

import structlog

from crawler.errors import StoreError
from crawler.fetch.cadence import nominal_interval
from crawler.fetch.urls import host_of
from scheduler.current import Current
from scheduler.due import spread_first_polls
from scheduler.fetching import FetchJob
from scheduler.health import HealthBoard
from scheduler.hosts import HostKeeper
from scheduler.polling import PollJob
from scheduler.starting import LeaseStore, PollStarter
from settings.model import Settings
from spiders.live import LiveCrawl

log = structlog.get_logger("crawling")

FETCH_TICK_S = 1.0
CRAWL_GRACE_S = 3.0
"""How long downloads may still end by themselves at a stop; what is cut off stays pending."""
WORK_GRACE_S = 3.0
"""How long answers that have come may still be analysed and stored at a stop."""


class SourceStore(LeaseStore, Protocol):
    """The part of the store that knows the sources. Raises StoreError."""

    async def watch_sources(self, first_polls: dict[str, datetime], now: datetime) -> None: ...
    async def hasten_sources(self, latest: dict[str, datetime]) -> None: ...


class Crawling:
    """Remembers nothing that a restart would miss."""

    def __init__(
        self,
        current: Current,
        store: SourceStore,
        spider: LiveCrawl,
        polls: PollJob,
        fetches: FetchJob,
        board: HealthBoard,
        keeper: HostKeeper | None = None,
    ) -> None:
        self.current = current
        self.keeper = keeper
        """Where several workers share the database."""
        self.store = store
        self.spider = spider
        self.fetches = fetches
        self.starter = PollStarter(keeper or store, lambda state: polls.poll_source(spider, state), board)

    async def start_due(self) -> None:
        await self.starter.start_due(datetime.now(UTC))

    async def renew_leases(self) -> None:
        if self.keeper is not None:
            resting = self.spider.find_resting(datetime.now(UTC))
            await self.keeper.renew(tuple(self.starter.running), tuple(self.fetches.in_flight.values()), resting)

    async def fetch_pending(self) -> None:
        """Ask for pending links whenever a poll brought new ones or an answer made room; at least once a second."""
        while True:
            self.fetches.freed.clear()
            try:
                await self.fetches.submit_pending(self.spider)
            except StoreError as error:
                log.error("store_away", error=str(error))
            # not wait_for: on Python 3.11 it can swallow a cancellation that comes together with the event
            with suppress(TimeoutError):
                async with asyncio.timeout(FETCH_TICK_S):
                    await self.fetches.freed.wait()

    async def watch_sources(self, before: Settings | None = None) -> None:
        """Poll what the settings name. What has another interval than `before` is polled by its new one at the latest,
        and what robots.txt may have put off at once when its host is allowed now."""
        now, settings, sources = datetime.now(UTC), self.current.settings, self.current.sources
        self.spider.update(sources, settings.run.allowed_hosts)
        self.starter.watch(sources, now)
        await self.store.watch_sources(spread_first_polls(sources, now), now)
        if before is None:
            return
        every = {source.name: source.every for source in before.sources}
        changed = [source for source in sources if every.get(source.name, source.every) != source.every]
        hastened = {each.name: now + nominal_interval(each) for each in changed}
        allowed = set(settings.run.allowed_hosts).difference(before.run.allowed_hosts)
        hastened |= {each.name: now for each in sources if host_of(each.url) in allowed}
        if hastened:
            await self.store.hasten_sources(hastened)

    async def drain(self) -> None:
        """Let what is under way end, each part within its grace; what does not stays for the next start."""
        log.info("stopping", in_flight=len(self.fetches.in_flight), polls=len(self.starter.running))
        await self.spider.stop(CRAWL_GRACE_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(WORK_GRACE_S):
                await asyncio.gather(*self.starter.running.values())
                await self.fetches.wait_idle()
        if left := len(self.starter.running) + len(self.fetches.in_flight):
            log.warning("left_for_the_next_start", count=left)
        if self.keeper is not None:
            resting = self.spider.find_resting(datetime.now(UTC))
            await self.keeper.release(resting, self.current.settings.run.delay)
