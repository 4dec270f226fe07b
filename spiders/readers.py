"""The reader of a source's kind, for the worker processes."""

from crawler.models import Page
from settings.model import Source
from spiders.feeds import FeedLinks, read_feed
from spiders.listings import read_listing


def read_links(page: Page, source: Source) -> FeedLinks:
    """What a poll's answer lists. Raises FeedError."""
    if source.kind == "feed":
        return read_feed(page)
    return read_listing(page, source.links)
