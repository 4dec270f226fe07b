"""One poll of one source: ask, read the answer in a worker, count every link, and only then keep the validators."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Protocol

import structlog

from crawler.errors import ArchiveError, BasewatchError, FeedError, Quarantined, StoreError, WorkerError
from crawler.fetch.cadence import next_poll_at
from crawler.fetch.urls import canonical_url, in_scope
from crawler.models import (
    FetchFailure,
    Link,
    Outcome,
    Page,
    Poll,
    PollCount,
    PollVerdict,
    SeenLink,
    SourceState,
)
from settings.model import Source
from spiders.feeds import FeedLinks

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


@dataclass(frozen=True, slots=True)
class PollJob:
    """Polls what is due. Remembers nothing: a crash repeats a poll, it never skips an item."""

    store: PollStore
    read_links: Callable[[Page, Source], Awaitable[FeedLinks]]
    """Runs the reader of the source's kind in a worker; raises FeedError or Quarantined."""
    archive: Callable[[Page], Awaitable[object]]
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
            reading = await self._read(source, state, answer)
            return await self._save(source, state, answer, reading)
        except (StoreError, WorkerError) as error:
            # the lease runs out and the poll is repeated
            log.error("poll_not_saved", source=state.name, error=str(error))
        except Exception as error:  # noqa: BLE001  # a defect on one source must not stop the others
            log.error("poll_defect", source=state.name, error=repr(error))
        return None

    async def _read(self, source: Source, state: SourceState, answer: Page | FetchFailure) -> Reading:
        if isinstance(answer, FetchFailure):
            return Reading(PollVerdict.FAILED, detail=f"{answer.kind}: {answer.detail}")
        if answer.status == HTTPStatus.NOT_MODIFIED:
            return Reading(PollVerdict.NOT_MODIFIED, status=HTTPStatus.NOT_MODIFIED)
        if answer.status != HTTPStatus.OK:
            return Reading(PollVerdict.FAILED, status=answer.status, detail=f"HTTP status {answer.status}")
        digest = hashlib.blake2b(answer.body, digest_size=16).hexdigest()
        if digest == state.body_digest:
            return Reading(PollVerdict.SAME_BODY, status=HTTPStatus.OK, digest=digest)
        await self._keep(source, answer)
        return await self._read_changed(source, answer, digest)

    async def _read_changed(self, source: Source, page: Page, digest: str) -> Reading:
        try:
            found = await self.read_links(page, source)
        except (FeedError, Quarantined) as error:
            return Reading(PollVerdict.FAILED, status=page.status, detail=error.reason)
        verdict = PollVerdict.CHANGED if found.links else PollVerdict.EMPTY
        links = tuple(identify_links(found.links, source))
        return Reading(verdict, links, page.status, capped=found.capped, digest=digest)

    async def _keep(self, source: Source, page: Page) -> None:
        try:
            await self.archive(page)
        except ArchiveError as error:
            # the feed's own bytes are second evidence; its items are still worth counting
            log.error("poll_not_archived", source=source.name, error=str(error))

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


def identify_links(links: Iterable[Link], source: Source) -> Iterable[SeenLink]:
    """Give every link its key, and an outcome at once where it cannot be an article of this source."""
    for link in links:
        fallback = f"guid:{source.name}:{link.guid or link.title}"
        if link.problem:
            yield SeenLink(fallback, link, Outcome.OUT_OF_SCOPE, link.problem)
            continue
        try:
            key = canonical_url(link.url)
        except BasewatchError as error:
            yield SeenLink(fallback, link, Outcome.OUT_OF_SCOPE, str(error))
            continue
        if in_scope(link.url, source.scope):
            yield SeenLink(key, link)
        else:
            yield SeenLink(key, link, Outcome.OUT_OF_SCOPE, f"not on {', '.join(source.scope)}")


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
    )
    if reading.verdict is PollVerdict.EMPTY:
        # an empty list is never "not modified" the next time: ask for the whole again
        return replace(after, etag=None, last_modified=None, body_digest=None)
    if reading.digest is None or not isinstance(answer, Page) or failed:
        return after
    return replace(
        after,
        etag=answer.header("etag"),
        last_modified=answer.header("last-modified"),
        body_digest=reading.digest,
    )
