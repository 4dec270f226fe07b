"""The pages of one poll: the first, and those that it leads to. Sitemaps of an index, a channel's older messages."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Protocol

from crawler.errors import FeedError, Quarantined
from crawler.models import Capture, FetchFailure, Page, SeenLink, SourceState
from crawler.signs import FeedHints
from settings.model import Source
from spiders.feeds import Further
from spiders.readers import Listing

MAX_PAGES = 6
"""Further pages of one poll; where a list goes on after them, the next poll goes on."""
MAX_TIME = timedelta(seconds=40)
"""A poll that still reads must not outlive its lease."""
_LONGEST_DETAIL = 500

ReadLinks = Callable[[Page, Source, str], Awaitable[Listing]]
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

    def add(self, listing: Listing, capture: Capture | None) -> None:
        found = listing.found
        self.hints = self.hints or found.hints
        self.links.extend(_note_capture(seen, capture) for seen in listing.seen)
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
        gathered.add(await self.read_links(page, source, memory), capture)
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
        elif answer.status == HTTPStatus.NOT_MODIFIED and state.has_validators:
            gathered.unchanged += 1
        elif answer.status != HTTPStatus.OK:
            gathered.problems.append(f"{further.url}: HTTP status {answer.status}")
        else:
            await self._read_further(answer, source, gathered)

    async def _read_further(self, page: Page, source: Source, gathered: Gathered) -> None:
        capture = await self.keep(source, page)
        try:
            gathered.add(await self.read_links(page, source, gathered.memory or ""), capture)
        except (FeedError, Quarantined) as error:
            gathered.problems.append(f"{page.requested_url}: {error.reason}")


def _note_capture(seen: SeenLink, capture: Capture | None) -> SeenLink:
    """Of a link that is complete in itself the list is the page."""
    return replace(seen, capture=capture) if seen.link.complete and seen.outcome is None else seen
