from crawler.models import Page
from settings.model import Source
from spiders.feeds import FeedLinks


def read_links(page: Page, source: Source) -> FeedLinks: ...
