"""The reader of a source's kind, for the worker processes."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Self

from crawler.errors import BasewatchError
from crawler.fetch.policy import ELSEWHERE
from crawler.fetch.urls import canonical_url, in_scope
from crawler.models import Link, Outcome, Page, SeenLink
from settings.model import Source
from spiders.feeds import FeedLinks, read_feed
from spiders.listings import read_listing
from spiders.sitemaps import read_sitemap
from spiders.telegram import read_channel


@dataclass(frozen=True, slots=True)
class Listing:
    """What a page lists, each link with its key."""

    found: FeedLinks
    """Without its links, which are in `seen`."""
    seen: tuple[SeenLink, ...]

    @classmethod
    def of(cls, found: FeedLinks, source: Source) -> Self:
        return cls(replace(found, links=()), tuple(identify_links(found.links, source)))


def read_seen(page: Page, source: Source, memory: str = "") -> Listing:
    """What workers are asked for: making the addresses of a long list canonical would hold up the loop for a second.
    Raises FeedError."""
    return Listing.of(read_links(page, source, memory), source)


def read_links(page: Page, source: Source, memory: str = "") -> FeedLinks:
    """What a poll's answer lists; `memory` is what the reader noted the last time. Raises FeedError."""
    match source.kind:
        case "feed":
            return read_feed(page, memory, source.scope)
        case "sitemap":
            return read_sitemap(page, source, memory)
        case "telegram":
            return read_channel(page, memory)
        case "section":
            return read_listing(page, source.links)


def _name_text(content: str) -> str:
    """For items that have nothing but text: two of them are two."""
    return hashlib.blake2b(content.encode("utf-8", "replace"), digest_size=16).hexdigest() if content else ""


def identify_links(links: Iterable[Link], source: Source) -> Iterator[SeenLink]:
    """Give every link its key, and an outcome at once where it cannot be an article of this source."""
    for link in links:
        fallback = f"guid:{source.name}:{link.guid or link.url or link.title or _name_text(link.content)}"
        if link.problem:
            yield SeenLink(fallback, link, Outcome.OUT_OF_SCOPE, link.problem)
            continue
        try:
            key = canonical_url(link.url)
        except BasewatchError as error:
            yield SeenLink(fallback, link, Outcome.OUT_OF_SCOPE, str(error))
            continue
        if not in_scope(link.url, source.scope):
            yield SeenLink(key, link, Outcome.OUT_OF_SCOPE, f"{ELSEWHERE} {', '.join(source.scope)}")
        elif link.complete and not link.content:
            yield SeenLink(key, link, Outcome.UNREADABLE, f"no text: {link.note}")
        else:
            yield SeenLink(key, link)
