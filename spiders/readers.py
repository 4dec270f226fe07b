"""The reader of a source's kind, for the worker processes."""

from crawler.models import Page
from settings.model import Source
from spiders.feeds import FeedLinks, read_feed
from spiders.listings import read_listing
from spiders.sitemaps import read_sitemap
from spiders.telegram import read_channel


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
