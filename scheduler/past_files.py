"""WARC files as a source of the past: brought here by stretches when they lie on the web, then read in a worker."""

import asyncio
import hashlib
import re
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from crawler.archive.places import is_remote, list_files
from crawler.errors import ArchiveError, BasewatchError, FeedError
from crawler.models import FetchFailure, Link, Page
from crawler.workers import Remote, WorkerPool
from scheduler.turns import Stopped
from settings.model import Source
from spiders.archives import Past, PastLink, Way
from spiders.commoncrawl import RecordPlace, choose_files, is_list, is_web, split_piece
from spiders.periods import Span

Stretch = tuple[int, int | None]
CUT_FILE: Remote[[str], list[Stretch]] = Remote("spiders.commoncrawl", "cut_file")
FIND_RECORDS: Remote[[str, str, Stretch, tuple[str, ...], Span], tuple[list[Link], int, list[str]]] = Remote(
    "spiders.commoncrawl", "find_records"
)
READ_LISTED: Remote[[str, Span], tuple[tuple[str, ...], int]] = Remote("spiders.commoncrawl", "read_listed")
READ_RECORD: Remote[[str, int, str], Page] = Remote("spiders.commoncrawl", "read_record_page")

_STRETCH = 4 << 20
"""Bytes of a file that are asked for at once."""
_LEAST_STRETCH = 64 << 10
"""Of a server that does not manage more within `fetch_timeout`."""
_PATIENCE_S = 300.0
"""Longest that a stretch of a file may take to be looked through."""
_TOTAL = re.compile(r"bytes (\d+)-\d+/(\d+)", re.ASCII)
_NOTHING_LEFT = re.compile(r"bytes \*/(\d+)", re.ASCII)
"""Told with status 416 by who is asked for what is behind the end."""
_LEAST_FREE = 1 << 30
"""Bytes that must stay free on the disk."""


class StretchCrawl(Protocol):
    """What the spider offers."""

    async def fetch_stretch(self, source: Source, url: str, start: int, end: int) -> Page | FetchFailure: ...


@dataclass(slots=True)
class PastFiles:
    """The files of one backfill."""

    folder: Path
    """Where files of the web are kept until the backfill is done."""
    pool: WorkerPool
    source: Source
    way: Way
    crawl: StretchCrawl
    take_turn: Callable[[str], Awaitable[None]]
    """Waits until an address may be asked for."""
    end_turn: Callable[[str], Awaitable[None]]
    stretch: int = _STRETCH
    """Bytes to ask for next: a quarter after what came too late, twice as many after what came."""

    def reads(self, address: str) -> bool:
        """Is it ours to read? A list on the web is a page like others."""
        return self.way.via == "commoncrawl" and not (is_web(address) and is_list(address))

    async def read(self, address: str) -> Past:
        """A folder or list leads to files, a file to its stretches, a stretch to pages. Raises BasewatchError."""
        if is_list(address):
            paths, left_out = await self.pool.run(READ_LISTED, address, self.way.span, timeout_s=_PATIENCE_S)
            return Past((), paths, left_out)
        place, stretch = split_piece(address)
        if stretch is not None:
            return await self._find_links(place, stretch)
        if (files := await asyncio.to_thread(_list_folder, place)) is not None:
            return Past((), *choose_files(files, self.way.span))
        cuts = await self.pool.run(CUT_FILE, await self._bring(place), timeout_s=_PATIENCE_S)
        return Past((), tuple(f"{place}#{start}-{'' if end is None else end}" for start, end in cuts))

    async def _find_links(self, place: str, stretch: Stretch) -> Past:
        path = await self._bring(place)
        scope = (*self.source.scope, self.source.host)
        found = await self.pool.run(FIND_RECORDS, path, place, stretch, scope, self.way.span, timeout_s=_PATIENCE_S)
        links, others, problems = found
        return Past(tuple(PastLink(link.url, link) for link in links), (), others, tuple(problems))

    async def read_page(self, place: RecordPlace, url: str) -> Page | FetchFailure:
        try:
            path = await self._bring(place.address)
            return await self.pool.run(READ_RECORD, path, place.offset, url, timeout_s=_PATIENCE_S)
        except Stopped:
            return FetchFailure("interrupted")
        except BasewatchError as error:
            return FetchFailure("bad_content", str(error)[:200])

    def forget(self) -> None:
        """What was brought here."""
        shutil.rmtree(self.folder, ignore_errors=True)

    async def _bring(self, address: str) -> str:
        """Where a file is to be read. One of the web goes on where an earlier run was. Raises FeedError."""
        if not is_web(address):
            return address
        path = self.folder / f"{hashlib.sha256(address.encode()).hexdigest()[:24]}.warc.gz"
        if not path.exists():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial_path = path.with_suffix(".part")
            while not await self._bring_stretch(address, partial_path):
                pass
            partial_path.replace(path)
        return str(path)

    async def _bring_stretch(self, address: str, path: Path) -> bool:
        """Is it complete now?"""
        begin = await asyncio.to_thread(_find_end, path)
        await self.take_turn(address)
        try:
            answer = await self.crawl.fetch_stretch(self.source, address, begin, begin + self.stretch)
        finally:
            await self.end_turn(address)
        if isinstance(answer, Page) and answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and begin:
            return _judge_end(answer, begin, path)
        if isinstance(answer, FetchFailure) and answer.kind == "timeout" and self.stretch > _LEAST_STRETCH:
            self.stretch //= 4
            return False
        body, total = _judge_stretch(answer, begin)
        self.stretch = min(2 * self.stretch, _STRETCH)
        await asyncio.to_thread(_append, path, body)
        return begin + len(body) >= total


def _judge_stretch(answer: Page | FetchFailure, begin: int) -> tuple[bytes, int]:
    """The bytes that are next, and how many there are in all. Raises FeedError."""
    if isinstance(answer, FetchFailure):
        raise FeedError(f"{answer.kind}: {answer.detail}")
    if answer.status == HTTPStatus.OK and begin == 0:
        return answer.raw, len(answer.raw)
    told = _TOTAL.match(answer.header("content-range") or "")
    if answer.status != HTTPStatus.PARTIAL_CONTENT or told is None or int(told[1]) != begin or not answer.raw:
        raise FeedError(f"HTTP status {answer.status}, no stretch of a file")
    return answer.raw, int(told[2])


def _judge_end(answer: Page, begin: int, path: Path) -> bool:
    """True for what was complete when an earlier run was killed. What became another file since is brought anew by the
    next run. Raises FeedError."""
    told = _NOTHING_LEFT.match(answer.header("content-range") or "")
    if told is not None and int(told[1]) == begin:
        return True
    path.unlink()
    raise FeedError("the file is shorter than what was brought of it; the next run begins anew")


def _list_folder(place: str) -> list[str] | None:
    """None for what is no folder. Raises ArchiveError."""
    return list_files(place) if not is_remote(place) and Path(place).is_dir() else None


def _find_end(path: Path) -> int:
    """What is there already of a file that is brought here. Raises FeedError."""
    if shutil.disk_usage(path.parent).free < _LEAST_FREE:
        raise FeedError("less than 1 GiB is free where the data lies")
    return path.stat().st_size if path.exists() else 0


def _append(path: Path, body: bytes) -> None:
    try:
        with path.open("ab") as file:
            file.write(body)
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}") from error
