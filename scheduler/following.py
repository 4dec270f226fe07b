"""The pages of one poll: the first, and those that it leads to. Sitemaps of an index, a channel's older messages."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Protocol

from crawler.errors import BasewatchError, FeedError, Quarantined
from crawler.fetch.urls import canonical_url, in_scope
from crawler.models import Capture, FetchFailure, Link, Outcome, Page, SeenLink, SourceState
from crawler.signs import FeedHints
from settings.model import Source
from spiders.feeds import FeedLinks, Further

MAX_PAGES = 6
"""Further pages of one poll; where a list goes on after them, the next poll goes on."""
MAX_TIME = timedelta(seconds=40)
"""A poll that still reads must not outlive its lease."""
_LONGEST_DETAIL = 500

ReadLinks = Callable[[Page, Source, str], Awaitable[FeedLinks]]
"""Page, its source and the reader's memory → what the page lists; raises FeedError or Quarantined."""
Keep = Callable[[Source, Page], Awaitable[Capture | None]]


class FollowCrawl(Protocol):
    """What the spider offers."""

    async def poll(self, source: Source, state: SourceState) -> Page | FetchFailure: ...


@dataclass(slots=True)
class Gathered:
    """What the pages of one poll list together."""

    memory: str | None = None
    hints: FeedHints | None = None
    """Of the first page."""
    links: list[SeenLink] = field(default_factory=list)
    capped: int = 0
    pruned: int = 0
    """Items that stand there as at the last poll: known, and not among the links."""
    waiting: list[Further] = field(default_factory=list)
    is_led_on: bool = False
    """What the first page says is not all there is: it is never "not modified"."""
    problems: list[str] = field(default_factory=list)
    """What could not be had; it is asked for again at the next poll."""
    notes: list[str] = field(default_factory=list)
    unchanged: int = 0
    """Further pages that were answered with 304."""

    @property
    def detail(self) -> str:
        return "; ".join([*self.notes, *self.problems])[:_LONGEST_DETAIL]

    def add(self, found: FeedLinks, source: Source, capture: Capture | None) -> None:
        self.hints = self.hints or found.hints
        self.links.extend(identify_links(found.links, source, capture))
        self.capped += found.capped
        self.pruned += found.pruned
        self.waiting.extend(found.more)
        self.is_led_on = self.is_led_on or bool(found.more)
        if found.memory is not None:
            self.memory = found.memory
        if found.detail:
            self.notes.append(found.detail)


@dataclass(frozen=True, slots=True)
class Follower:
    """Reads a poll's pages one after the other, each asked for like a poll: guard, robots and manners hold."""

    read_links: ReadLinks
    keep: Keep
    """Archives a page; None when that failed."""

    async def read_all(self, crawl: FollowCrawl, source: Source, page: Page, memory: str) -> Gathered:
        """Raises FeedError or Quarantined for the first page; what is wrong with a further one is noted."""
        gathered = Gathered(memory or None)
        capture = await self.keep(source, page)
        gathered.add(await self.read_links(page, source, memory), source, capture)
        end = asyncio.get_running_loop().time() + MAX_TIME.total_seconds()
        for _ in range(MAX_PAGES):
            if not gathered.waiting or asyncio.get_running_loop().time() > end:
                break
            await self._follow(crawl, source, gathered.waiting.pop(0), gathered)
        if gathered.waiting:
            gathered.notes.append("the list goes on at the next poll")
        return gathered

    async def _follow(self, crawl: FollowCrawl, source: Source, further: Further, gathered: Gathered) -> None:
        asked = source.model_copy(update={"url": further.url})
        state = SourceState(source.name, datetime.now(UTC), further.etag, further.last_modified)
        answer = await crawl.poll(asked, state)
        if isinstance(answer, FetchFailure):
            gathered.problems.append(f"{further.url}: {answer.kind}: {answer.detail}")
        elif answer.status == HTTPStatus.NOT_MODIFIED:
            gathered.unchanged += 1
        elif answer.status != HTTPStatus.OK:
            gathered.problems.append(f"{further.url}: HTTP status {answer.status}")
        else:
            await self._read_further(answer, source, gathered)

    async def _read_further(self, page: Page, source: Source, gathered: Gathered) -> None:
        capture = await self.keep(source, page)
        try:
            gathered.add(await self.read_links(page, source, gathered.memory or ""), source, capture)
        except (FeedError, Quarantined) as error:
            gathered.problems.append(f"{page.requested_url}: {error.reason}")


def identify_links(links: Iterable[Link], source: Source, capture: Capture | None = None) -> Iterable[SeenLink]:
    """Give every link its key, and an outcome at once where it cannot be an article of this source."""
    for link in links:
        fallback = f"guid:{source.name}:{link.guid or link.url or link.title}"
        if link.problem:
            yield SeenLink(fallback, link, Outcome.OUT_OF_SCOPE, link.problem)
            continue
        try:
            key = canonical_url(link.url)
        except BasewatchError as error:
            yield SeenLink(fallback, link, Outcome.OUT_OF_SCOPE, str(error))
            continue
        if not in_scope(link.url, source.scope):
            yield SeenLink(key, link, Outcome.OUT_OF_SCOPE, f"not on {', '.join(source.scope)}")
        elif link.complete and not link.content:
            yield SeenLink(key, link, Outcome.UNREADABLE, f"no text: {link.note}")
        else:
            yield SeenLink(key, link, capture=capture if link.complete else None)
