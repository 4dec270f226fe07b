"""The one spider. In the daemon it lives as long and is given its work; alone it polls one source once."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from scrapy import Request, Spider
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from crawler.errors import FeedError, LinkError
from crawler.models import Link, PendingLink, SourceState
from settings import SettingsError, load_settings
from settings.model import Run, Source
from spiders.errand import make_article, make_poll
from spiders.guard import guard_of
from spiders.handoff import make_page
from spiders.readers import read_links


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What `scrapy crawl outlets` tells of an article."""

    url: str
    status: int
    bytes: int
    fetched_at: datetime


class OutletsSpider(Spider):
    """`scrapy crawl outlets -a source=NAME [-a config=DIR] -O links.jsonl`"""

    name = "outlets"

    def __init__(self, source: str = "", config: str = "", opened: asyncio.Event | None = None) -> None:
        super().__init__()
        self.source_name = source
        self.config = config
        self.opened = opened

    async def start(self) -> AsyncIterator[Request]:
        if self.opened is not None:
            self.opened.set()
            await asyncio.Event().wait()  # until the engine is stopped; LiveCrawl hands it its requests
        self.run, source = self._find_source()
        guard_of(self.crawler).permit((source,))
        state = SourceState(source.name, next_poll_at=datetime.now(UTC))
        poll = make_poll(source, state, self.run)
        yield poll.replace(callback=self.parse_poll, errback=self.tell_failure, cb_kwargs={"source": source})

    def _find_source(self) -> tuple[Run, Source]:
        try:
            settings = load_settings(
                Path(folder) if (folder := self.config or os.environ.get("BASEWATCH_CONFIG")) else None
            )
        except SettingsError as error:
            self.logger.error("%s", error)
            raise CloseSpider("settings") from error
        known = {source.name: source for source in settings.sources}
        if self.source_name not in known:
            self.logger.error("no source %r; there are: %s", self.source_name, ", ".join(sorted(known)))
            raise CloseSpider("unknown_source")
        return settings.run, known[self.source_name]

    def parse_poll(self, response: Response, source: Source) -> Iterator[Link | Request]:
        page = make_page(response)
        try:
            found = read_links(page, source)
        except FeedError as error:
            self.logger.error("%s: HTTP %d, %s", source.name, page.status, error.reason)
            return
        for number, link in enumerate(found.links):
            yield link
            if not link.problem:
                yield from self._follow(link, source, number)

    def _follow(self, link: Link, source: Source, number: int) -> Iterator[Request]:
        pending = PendingLink(number, source.name, source.outlet, link)
        try:
            article = make_article(pending, source, self.run)
            yield article.replace(callback=self.parse_article, errback=self.tell_failure)
        except LinkError as error:
            self.logger.warning("%s: %s", link.url, error.reason)

    def tell_failure(self, failure: Failure) -> None:
        self.logger.error("%s", failure.value)

    def parse_article(self, response: Response) -> Iterator[FetchedPage]:
        page = make_page(response)
        yield FetchedPage(page.url, page.status, len(page.body), page.fetched_at)
