"""What exploring commands work with: an open spider, and workers that read what it brings."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from crawler.models import Article, Material, Page
from crawler.workers import Remote, WorkerPool
from scheduler.discovering import Explorer
from scheduler.following import FollowCrawl
from settings.model import ResidueRule, Settings, Source
from spiders.readers import Listing

READ_LINKS: Remote[[Page, Source, str], Listing] = Remote("spiders.readers", "read_seen")
EXTRACT: Remote[[Material, Sequence[ResidueRule]], Article] = Remote("crawler.extract.article", "extract")


@contextmanager
def open_explorer(crawl: FollowCrawl, settings: Settings) -> Iterator[Explorer]:
    """Pages may hang or kill a worker, never the command."""
    run = settings.run
    pool = WorkerPool(run.workers, memory_mb=run.worker_memory_mb)
    timeout_s = run.page_timeout.total_seconds()

    async def read(page: Page, source: Source, memory: str) -> Listing:
        return await pool.run(READ_LINKS, page, source, memory, timeout_s=timeout_s)

    async def extract(material: Material) -> Article:
        return await pool.run(EXTRACT, material, settings.residue, timeout_s=timeout_s)

    try:
        yield Explorer(crawl, read, extract)
    finally:
        pool.close()
