"""One poll of one source: ask, read the answer in a worker, count every link, and only then keep the validators."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Protocol

import structlog

from crawler.errors import ArchiveError, FeedError, Quarantined, StoreError, WorkerError
from crawler.fetch.cadence import choose_validators, digest_body
from crawler.fetch.policy import OVERRULED
from crawler.models import (
    Capture,
    FetchFailure,
    Origin,
    Page,
    Poll,
    PollCount,
    PollEnd,
    PollVerdict,
    SeenLink,
    SourceState,
)
from scheduler.following import Follower, Gathered, ReadLinks
from scheduler.poll_end import PollStory, Reading, end_poll
from settings.model import Source

log = structlog.get_logger("polling")

LEASE = timedelta(minutes=2)
"""A source that was leased by a process that died is polled again after this."""


class PollCrawl(Protocol):
    """What the spider offers."""

    async def poll(self, source: Source, state: SourceState) -> Page | FetchFailure: ...


class PollStore(Protocol):
    """The part of the store that polls need."""

    async def save_poll(
        self, poll: Poll, links: Sequence[SeenLink], end: Callable[[PollCount], PollEnd]
    ) -> PollCount: ...


@dataclass(frozen=True, slots=True)
class PollJob:
    """Polls what is due. Remembers nothing: a crash repeats a poll, it never skips an item."""

    store: PollStore
    read_links: ReadLinks
    """Runs the reader of the source's kind in a worker."""
    archive: Callable[[Page, Origin], Awaitable[Capture | None]]
    find_source: Callable[[str], Source | None]
    new_links: asyncio.Event
    """Set when a poll brought links that nobody has seen yet."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def poll_source(self, crawl: PollCrawl, state: SourceState) -> PollCount | None:
        """One poll, seen through to its ledger row. Never raises; None when it could not be counted."""
        source = self.find_source(state.name)
        if source is None:
            return None
        try:
            asked = choose_validators(state, source.url, self.clock())
            answer = await crawl.poll(source, asked)
            if isinstance(answer, FetchFailure) and answer.kind == "interrupted":
                return None
            reading = await self._read(crawl, source, asked, answer)
            return await self._save(PollStory(source, state, asked, answer, reading, self.clock()))
        except (StoreError, WorkerError) as error:
            # the lease runs out and the poll is repeated
            log.error("poll_not_saved", source=state.name, error=str(error))
        except Exception as error:  # noqa: BLE001  # a defect on one source must not stop the others
            log.error("poll_defect", source=state.name, error=repr(error))
        return None

    async def _read(self, crawl: PollCrawl, source: Source, asked: SourceState, answer: Page | FetchFailure) -> Reading:
        if isinstance(answer, FetchFailure):
            return Reading(PollVerdict.FAILED, detail=f"{answer.kind}: {answer.detail}")
        if answer.status == HTTPStatus.NOT_MODIFIED and asked.has_validators:
            return Reading(PollVerdict.NOT_MODIFIED, status=HTTPStatus.NOT_MODIFIED)
        if answer.status != HTTPStatus.OK:
            return Reading(PollVerdict.FAILED, status=answer.status, detail=tell_status(answer))
        digest = digest_body(answer.body, source.url)
        if digest == asked.body_digest:
            return Reading(PollVerdict.SAME_BODY, status=HTTPStatus.OK, digest=digest)
        return await self._read_changed(crawl, source, asked, answer, digest)

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
            pruned=gathered.pruned,
            digest=digest,
            memory=gathered.memory,
            is_led_on=gathered.is_led_on,
            hints=gathered.hints,
        )

    async def _keep(self, source: Source, page: Page) -> Capture | None:
        try:
            return await self.archive(page, Origin(source.name, source.outlet))
        except ArchiveError as error:
            # the feed's own bytes are second evidence; its items are still worth counting
            log.error("poll_not_archived", source=source.name, error=str(error))
            return None

    async def _save(self, story: PollStory) -> PollCount:
        source, reading = story.source, story.reading
        poll = Poll(
            source=source.name,
            outlet=source.outlet,
            at=story.now,
            verdict=reading.verdict,
            status=reading.status,
            detail=_tell_overruled(story.answer, reading.detail),
            capped=reading.capped,
            pruned=reading.pruned,
        )
        ends: list[PollEnd] = []

        def end(count: PollCount) -> PollEnd:
            ends.append(end_poll(story, count))
            return ends[-1]

        count = await self.store.save_poll(poll, reading.links, end)
        if count.new:
            self.new_links.set()
        self._log(poll, count, ends[-1])
        return count

    def _log(self, poll: Poll, count: PollCount, end: PollEnd) -> None:
        for trouble in end.opened:
            log.warning("trouble_begins", source=poll.source, kind=trouble.kind, detail=trouble.detail)
        for kind in end.closed:
            log.info("trouble_ends", source=poll.source, kind=kind)
        if poll.verdict is PollVerdict.FAILED:
            log.warning("poll_failed", source=poll.source, status=poll.status, detail=poll.detail)
        else:
            log.debug("polled", source=poll.source, verdict=str(poll.verdict), seen=count.seen, new=count.new)


def _tell_overruled(answer: Page | FetchFailure, detail: str) -> str:
    """What the ledger says of a poll, and that robots.txt forbade it if it did."""
    overruled = OVERRULED if isinstance(answer, Page) and answer.overruled else ""
    return "; ".join(filter(None, (overruled, detail)))


def tell_status(page: Page) -> str:
    """Of an answer that cannot be read."""
    asked_whole = ", and the whole was asked for" if page.status == HTTPStatus.NOT_MODIFIED else ""
    return f"HTTP status {page.status}{asked_whole}"


def judge_gathered(gathered: Gathered) -> PollVerdict:
    """What the pages of one poll are together; one that could not be had is told, but hides nothing of the others."""
    if gathered.links or gathered.pruned:
        return PollVerdict.CHANGED
    if gathered.problems:
        return PollVerdict.FAILED
    return PollVerdict.NOT_MODIFIED if gathered.unchanged else PollVerdict.EMPTY
