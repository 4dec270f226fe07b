"""One poll of one source: ask, read the answer in a worker, count every link, and only then keep the validators."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Protocol

import structlog

from crawler.errors import ArchiveError, FeedError, Quarantined, StoreError, WorkerError
from crawler.fetch.cadence import next_poll_at
from crawler.models import Capture, FetchFailure, Page, Poll, PollCount, PollVerdict, SeenLink, SourceState
from scheduler.following import Follower, Gathered, ReadLinks
from settings.model import Source

log = structlog.get_logger("polling")

LEASE = timedelta(minutes=2)
"""A source that was leased by a process that died is polled again after this."""


class PollCrawl(Protocol):
    """What the spider offers."""

    async def poll(self, source: Source, state: SourceState) -> Page | FetchFailure: ...


class PollStore(Protocol):
    """The part of the store that polls need."""

    async def lease_due(self, names: list[str], now: datetime, limit: int, lease: timedelta) -> list[SourceState]: ...
    async def save_poll(self, poll: Poll, links: Sequence[SeenLink], state: SourceState) -> PollCount: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer said, before it is counted."""

    verdict: PollVerdict
    links: tuple[SeenLink, ...] = ()
    status: int | None = None
    detail: str = ""
    capped: int = 0
    digest: str | None = None
    memory: str | None = None
    """What the reader noted; None leaves what it noted before."""
    is_led_on: bool = False
    """It led to further pages, so its own validators say nothing of the whole."""


@dataclass(frozen=True, slots=True)
class PollJob:
    """Polls what is due. Remembers nothing: a crash repeats a poll, it never skips an item."""

    store: PollStore
    read_links: ReadLinks
    """Runs the reader of the source's kind in a worker."""
    archive: Callable[[Page], Awaitable[Capture | None]]
    find_source: Callable[[str], Source | None]
    new_links: asyncio.Event
    """Set when a poll brought links that nobody has seen yet."""

    async def poll_source(self, crawl: PollCrawl, state: SourceState) -> PollCount | None:
        """One poll, seen through to its ledger row. Never raises; None when it could not be counted."""
        source = self.find_source(state.name)
        if source is None:
            return None
        try:
            answer = await crawl.poll(source, state)
            if isinstance(answer, FetchFailure) and answer.kind == "interrupted":
                return None
            reading = await self._read(crawl, source, state, answer)
            return await self._save(source, state, answer, reading)
        except (StoreError, WorkerError) as error:
            # the lease runs out and the poll is repeated
            log.error("poll_not_saved", source=state.name, error=str(error))
        except Exception as error:  # noqa: BLE001  # a defect on one source must not stop the others
            log.error("poll_defect", source=state.name, error=repr(error))
        return None

    async def _read(self, crawl: PollCrawl, source: Source, state: SourceState, answer: Page | FetchFailure) -> Reading:
        if isinstance(answer, FetchFailure):
            return Reading(PollVerdict.FAILED, detail=f"{answer.kind}: {answer.detail}")
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return Reading(PollVerdict.NOT_MODIFIED, status=HTTPStatus.NOT_MODIFIED)
        if answer.status != HTTPStatus.OK:
            return Reading(PollVerdict.FAILED, status=answer.status, detail=f"HTTP status {answer.status}")
        digest = hashlib.blake2b(answer.body, digest_size=16).hexdigest()
        if digest == state.body_digest:
            return Reading(PollVerdict.SAME_BODY, status=HTTPStatus.OK, digest=digest)
        return await self._read_changed(crawl, source, state, answer, digest)

    async def _read_changed(
        self, crawl: PollCrawl, source: Source, state: SourceState, page: Page, digest: str
    ) -> Reading:
        try:
            gathered = await Follower(self.read_links, self._keep).read_all(crawl, source, page, state.memory)
        except (FeedError, Quarantined) as error:
            return Reading(PollVerdict.FAILED, status=page.status, detail=error.reason)
        return Reading(
            judge_gathered(gathered),
            tuple(gathered.links),
            page.status,
            detail=gathered.detail,
            capped=gathered.capped,
            digest=digest,
            memory=gathered.memory,
            is_led_on=gathered.is_led_on,
        )

    async def _keep(self, source: Source, page: Page) -> Capture | None:
        try:
            return await self.archive(page)
        except ArchiveError as error:
            # the feed's own bytes are second evidence; its items are still worth counting
            log.error("poll_not_archived", source=source.name, error=str(error))
            return None

    async def _save(
        self, source: Source, state: SourceState, answer: Page | FetchFailure, reading: Reading
    ) -> PollCount:
        now = datetime.now(UTC)
        poll = Poll(
            source=source.name,
            outlet=source.outlet,
            at=now,
            verdict=reading.verdict,
            status=reading.status,
            detail=reading.detail,
            capped=reading.capped,
        )
        after = advance_state(source, state, answer, reading, now)
        count = await self.store.save_poll(poll, reading.links, after)
        if count.new:
            self.new_links.set()
        self._log(poll, count)
        return count

    def _log(self, poll: Poll, count: PollCount) -> None:
        if poll.verdict is PollVerdict.FAILED:
            log.warning("poll_failed", source=poll.source, status=poll.status, detail=poll.detail)
        else:
            log.debug("polled", source=poll.source, verdict=str(poll.verdict), seen=count.seen, new=count.new)


def judge_gathered(gathered: Gathered) -> PollVerdict:
    """What the pages of one poll are together; one that could not be had is told, but hides nothing of the others."""
    if gathered.links:
        return PollVerdict.CHANGED
    if gathered.problems:
        return PollVerdict.FAILED
    return PollVerdict.NOT_MODIFIED if gathered.unchanged else PollVerdict.EMPTY


def advance_state(
    source: Source, state: SourceState, answer: Page | FetchFailure, reading: Reading, now: datetime
) -> SourceState:
    """The source's memory after a poll. Validators change only with an answer that was read to its end."""
    failed = reading.verdict is PollVerdict.FAILED
    failures = state.failures + 1 if failed else 0
    after = replace(
        state,
        polled_at=now,
        succeeded_at=state.succeeded_at if failed else now,
        failures=failures,
        next_poll_at=next_poll_at(source, answer, failures=failures, now=now),
        memory=state.memory if reading.memory is None else reading.memory,
    )
    if reading.verdict is PollVerdict.EMPTY or reading.is_led_on:
        # neither is "not modified" the next time: ask for the whole again
        return replace(after, etag=None, last_modified=None, body_digest=None)
    if reading.digest is None or not isinstance(answer, Page) or failed:
        return after
    return replace(
        after,
        etag=answer.header("etag"),
        last_modified=answer.header("last-modified"),
        body_digest=reading.digest,
    )
