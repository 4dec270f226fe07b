"""`basewatch extract`: many pages, on all cores, one JSON object a line, in the order of the input."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from crawler.errors import PageError
from crawler.extract.article import Extraction, examine
from crawler.extract.furniture import OutletMemory, cut_furniture
from crawler.extract.inputs import Input, read_inputs
from crawler.extract.language import is_right_to_left
from crawler.models import Article, Material
from crawler.workers import WorkerPool
from settings.model import ResidueRule

_AHEAD = 8
"""Pages in line for each worker; more would only hold memory."""


async def extract_paths(
    paths: Iterable[Path],
    residue: tuple[ResidueRule, ...],
    pool: WorkerPool,
    *,
    workers: int,
    timeout_s: float,
    outlet: str = "",
    timezone: str = "UTC",
    memory: OutletMemory | None = None,
) -> AsyncIterator[str]:
    """JSON lines. With an outlet, its furniture is learned from all the pages (and from `memory`) before any is cut.

    A page that fails is a line with `file` and `error`, wherever it failed. Raises WorkerError.
    """
    results = _examine_all(read_inputs(paths, outlet, timezone), residue, pool, workers * _AHEAD, timeout_s)
    if not outlet and memory is None:
        async for name, found in results:
            yield format_line(name, found.article if isinstance(found, Extraction) else found)
        return
    everything = [result async for result in results]
    for line in _cut_all(everything, memory or OutletMemory()):
        yield line


async def _examine_all(
    inputs: Iterable[Input], residue: tuple[ResidueRule, ...], pool: WorkerPool, ahead: int, timeout_s: float
) -> AsyncIterator[tuple[str, Extraction | str]]:
    """Name and result of every input, in order, with `ahead` of them under way."""
    under_way: deque[tuple[str, asyncio.Task[Extraction | str]]] = deque()
    for item in inputs:
        under_way.append((item.name, asyncio.create_task(_examine_one(item, residue, pool, timeout_s))))
        if len(under_way) >= ahead:
            name, task = under_way.popleft()
            yield name, await task
    for name, task in under_way:
        yield name, await task


async def _examine_one(
    item: Input, residue: tuple[ResidueRule, ...], pool: WorkerPool, timeout_s: float
) -> Extraction | str:
    if item.material is None:
        return item.problem
    try:
        return await pool.run(examine_in_worker, item.material, residue, timeout_s=timeout_s)
    except PageError as error:
        return error.reason


def examine_in_worker(material: Material, residue: tuple[ResidueRule, ...]) -> Extraction:
    """`examine`, where a page can do no harm. Raises Unreadable."""
    return examine(material, residue)


def _cut_all(results: Sequence[tuple[str, Extraction | str]], memory: OutletMemory) -> Iterator[str]:
    for _, found in results:
        if isinstance(found, Extraction):
            memory.learn(found.trace)
    furniture = memory.judge()
    for name, found in results:
        if isinstance(found, Extraction):
            yield format_line(name, cut_furniture(found.article, found.trace, furniture))
        else:
            yield format_line(name, found)


def format_line(name: str, found: Article | str) -> str:
    """One JSON object: the article, or the error, with an empty text for whoever reads nothing else."""
    fields = {"error": found, "text": ""} if isinstance(found, str) else _describe_article(found)
    return json.dumps({"file": name, **fields}, ensure_ascii=False)


def _describe_article(article: Article) -> dict[str, object]:
    zones = {"title": article.title, "description": article.description, "captions": article.captions}
    return {
        "title": article.title,
        "text": article.body,
        "published": article.published.isoformat() if article.published else None,
        "published_from": article.published_from,
        "published_certainty": article.published_certainty,
        "updated": article.updated.isoformat() if article.updated else None,
        "updated_from": article.updated_from,
        "updated_certainty": article.updated_certainty,
        "language": article.language,
        "direction": "rtl" if is_right_to_left(article.language) else "ltr",
        "zones": {**zones, "body": article.body},
        "removed": [asdict(piece) for piece in article.removed],
        "outlet": article.outlet,
        "authors": article.authors,
        "section": article.section,
        "tags": article.tags,
        "url": article.canonical_url or article.url,
        "image_url": article.image_url,
        "truncated": article.truncated,
    }
