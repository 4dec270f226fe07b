"""A replay as a whole: cut into pieces, done by whoever is there, in order, and resumed where it was broken off."""

import asyncio
import hashlib
import os
import pickle
import shutil
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Protocol, Self

from crawler.archive.places import is_remote, open_place
from crawler.archive.warc import find_cuts, find_records
from crawler.errors import ArchiveError, PageError, StoreError
from crawler.extract.furniture import Furniture
from crawler.models import StoredHits
from crawler.replay_piece import Asking, FilePiece, Piece, PieceResult, StoredPiece
from crawler.workers import Remote, WorkerPool
from scheduler.locks import lock_file

REPLAY: Remote[[Piece, Path, Asking], PieceResult] = Remote("crawler.replay_piece", "replay_here")
_PIECE_PAGES = 32
_PIECE_BYTES = 8 << 20
"""Compressed; about two hundred pages."""
_AHEAD = 3
"""Pieces in line for each worker."""
_PATIENCE = 20
"""Times the longest that one page may take, for a whole piece; then its pages are read one by one."""
_PATIENCE_ALONE = 3
"""The same for one page: its worker may be a fresh one, which reads the rules first."""
_SEVERAL = 2


class Executor(Protocol):
    """Who does pieces."""

    workers: int

    async def perform(self, piece: Piece) -> PieceResult:
        """Raises PageError when a page of it hung or killed its worker."""

    async def count_repeated(self) -> int:
        """How many had to be done again, as their worker died?"""

    async def close(self) -> None: ...


class PoolExecutor:
    """Worker processes of this machine."""

    def __init__(self, pool: WorkerPool, workers: int, snapshot: Path, asking: Asking, page_s: float) -> None:
        self.workers = workers
        self._pool = pool
        self._call = snapshot, asking
        self._page_s = page_s
        self._repeated = 0

    async def perform(self, piece: Piece) -> PieceResult:
        try:
            return await self._pool.run(REPLAY, piece, *self._call, timeout_s=self._page_s * _choose_patience(piece))
        except PageError:
            self._repeated += 1
            raise

    async def count_repeated(self) -> int:
        """Page by page."""
        return self._repeated

    async def close(self) -> None:
        self._pool.close()


def _choose_patience(piece: Piece) -> float:
    if piece.weight == 1:
        return _PATIENCE_ALONE
    return _PATIENCE * max(1.0, piece.weight / _PIECE_BYTES)  # what cannot be cut is more than one


# ── what is to be done ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Plan:
    """What one replay is to do, as it was when it began."""

    begun_at: datetime
    pieces: tuple[Piece, ...]
    pages: int | None
    """How many there are; None where only reading the files tells."""
    furniture: Mapping[str, str]
    """Outlet → digest of the verdict on its furniture that is used."""
    stamps: Mapping[str, tuple[int, int] | None] = field(default_factory=dict)
    """Named file → its size in bytes and when it was written, in ns; None where that is not ours to ask."""

    def holds(self) -> bool:
        """Are the named files those that it was made for? One that was still on its way then has other stretches."""
        return all(_stamp(path) in {stamp, None} for path, stamp in self.stamps.items())


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        found = None if is_remote(path) else Path(path).stat()
    except OSError:
        return None
    return found and (found.st_size, found.st_mtime_ns)


def plan_stored(
    folder: Path, captures: Sequence[StoredHits], furniture: Mapping[str, Furniture], now: datetime
) -> Plan:
    """Pieces of our own archive: a few pages of one file each, whatever the number of workers."""
    pieces = []
    for _, group in groupby(captures, key=lambda stored: stored.capture.file if stored.capture else ""):
        pages = tuple(group)
        for start in range(0, len(pages), _PIECE_PAGES):
            some = pages[start : start + _PIECE_PAGES]
            outlets = {stored.link.outlet for stored in some}
            pieces.append(StoredPiece(str(folder.resolve()), some, {each: furniture[each] for each in outlets}))
    digests = {outlet: verdict.digest for outlet, verdict in furniture.items()}
    return Plan(now, tuple(pieces), len(captures), digests)


def plan_files(paths: Iterable[str], now: datetime) -> Plan:
    """Pieces of any WARC files. Raises ArchiveError when one cannot be opened."""
    pieces: list[Piece] = []
    stamps = {}
    for path in paths:
        stamps[path] = _stamp(path)
        try:
            with open_place(path) as file:
                cuts, size = find_cuts(file, _PIECE_BYTES), file.seek(0, os.SEEK_END)
        except ArchiveError as error:
            raise ArchiveError(f"{path}: {error}") from error
        ends = [*cuts[1:], None]
        pieces += [FilePiece(path, start, end, (end or size) - start) for start, end in zip(cuts, ends, strict=True)]
    return Plan(now, tuple(pieces), None, {}, stamps)


# ── doing it ─────────────────────────────────────────────────────────────────────────────────────


FindPlaces = Callable[[Sequence[StoredHits]], Sequence[StoredHits]]
"""Pages as they lie in the archive now, without those that are no longer there."""


async def perform_all(
    plan: Plan, executor: Executor, checkpoint: "Checkpoint", find_places: FindPlaces = tuple
) -> AsyncIterator[PieceResult]:
    """The results in the order of the pieces, whoever does them. What the checkpoint holds is not done again. Pages
    that retention moves meanwhile are read where `find_places` finds them."""
    under_way: deque[asyncio.Task[PieceResult]] = deque()
    try:
        for number, piece in enumerate(plan.pieces):
            under_way.append(asyncio.create_task(_perform_one(number, piece, executor, checkpoint, find_places)))
            if len(under_way) >= executor.workers * _AHEAD:
                yield await under_way[0]
                under_way.popleft()
        while under_way:
            yield await under_way[0]
            under_way.popleft()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _perform_one(
    number: int, piece: Piece, executor: Executor, checkpoint: "Checkpoint", find_places: FindPlaces
) -> PieceResult:
    if (known := checkpoint.read(number)) is not None:
        return known
    result = await _perform_there(piece, executor, find_places)
    # here and at once: what waits for a thread when Ctrl-C comes is thrown away, though its piece is done
    checkpoint.write(number, result)
    return result


async def _perform_there(piece: Piece, executor: Executor, find_places: FindPlaces) -> PieceResult:
    """Again where its pages lie now, if retention took something out of their file since the replay was planned."""
    result = await perform_safely(piece, executor.perform)
    if not result.problems or not isinstance(piece, StoredPiece):
        return result
    pages = tuple(find_places(piece.pages))
    if pages == piece.pages:
        return result
    rest = await _perform_there(replace(piece, pages=pages), executor, find_places) if pages else PieceResult()
    return join_results([_tell_pruned(piece, pages), rest])


def _tell_pruned(piece: StoredPiece, left: Sequence[StoredHits]) -> PieceResult:
    there = {stored.link.id for stored in left}
    gone = [stored.link.link.url for stored in piece.pages if stored.link.id not in there]
    return PieceResult(pages=len(gone), problems=[f"{url}: pruned since the replay began" for url in gone])


async def perform_safely(piece: Piece, perform: Callable[[Piece], Awaitable[PieceResult]]) -> PieceResult:
    """A page that hangs or kills its worker is reported; all others are read. Which one it was shows when each is read
    by itself: by halves, every such page would cost its time over and over, at each of them."""
    try:
        return await perform(piece)
    except PageError as error:
        parts = await asyncio.to_thread(_split, piece)
        if len(parts) < _SEVERAL:
            return PieceResult(pages=1, problems=[f"{_name_page(piece)}: {error}"])
        return join_results(await asyncio.gather(*(perform_safely(part, perform) for part in parts)))


def _split(piece: Piece) -> tuple[Piece, ...]:
    """Into single records."""
    if isinstance(piece, StoredPiece):
        return piece.split()
    try:
        with open_place(piece.path) as file:
            starts = list(find_records(file, piece.start, piece.end))
    except ArchiveError:
        return ()
    ends = [*starts[1:], piece.end]
    return tuple(replace(piece, start=start, end=end, weight=1) for start, end in zip(starts, ends, strict=True))


def _name_page(piece: Piece) -> str:
    return piece.pages[0].link.link.url if isinstance(piece, StoredPiece) else piece.name


def join_results(results: Sequence[PieceResult]) -> PieceResult:
    """One after the other."""
    total = PieceResult()
    for result in results:
        add_result(total, result)
    return total


def add_result(total: PieceResult, result: PieceResult) -> None:
    total.pages += result.pages
    total.size += result.size
    total.skipped += result.skipped
    total.audited += result.audited
    total.differences += result.differences
    total.problems += result.problems
    total.missed += result.missed


# ── the checkpoint ───────────────────────────────────────────────────────────────────────────────


KEPT = timedelta(days=30)
"""How long a replay that was broken off waits for its command to be given again."""
_DIGEST_BYTES = 32


def _forget_replay(folder: Path, before: datetime) -> bool:
    """If it is not under way, and nothing was done of it since; was there something to take away?"""
    lock = folder.with_suffix(".lock")
    with suppress(OSError):  # it goes the next time
        written = [path.stat().st_mtime for path in (lock, *folder.glob("*")) if path.exists()]
        if max(written, default=0) < before.timestamp() and (held := lock_file(lock)) is not None:
            try:
                was_begun = folder.exists()
                shutil.rmtree(folder, ignore_errors=True)
                lock.unlink()
            finally:
                os.close(held)
            return was_begun
    return False


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


class Checkpoint:
    """A folder with the plan and one file for each piece that is done. Only this user can write there, so what it holds
    is what we wrote. As a context it is ours from `begin` to the end."""

    def __init__(self, folder: Path, *identity: object) -> None:
        """`identity`: what makes it the same replay, rules' digest and selection among it."""
        names = repr((version("basewatch"), *identity)).encode()
        self.folder = folder / "replay" / hashlib.sha256(names).hexdigest()[:16]
        self.known_pages = 0
        """Of pieces that were read here, as an earlier run had done them."""
        self.known_size = 0
        self._locked: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._locked is not None:
            os.close(self._locked)
            self._locked = None

    def begin(self, make_plan: Callable[[], Plan], *, fresh: bool) -> Plan:
        """The plan of a replay that was broken off, else a new one. Raises StoreError; so it does while another process
        does the same replay, for both would write into one folder and the first to end would take it away."""
        self._lock()
        if fresh:
            self.end()
        plan = self._load("plan")
        if isinstance(plan, Plan) and plan.holds():
            return plan
        self.end()  # what was done of a plan that is lost, or of files that have changed, is no part of the next one
        plan = make_plan()
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StoreError(f"the replay cannot be noted in {self.folder}: {error.strerror}") from error
        self._store("plan", plan)
        return plan

    def _lock(self) -> None:
        path = self.folder.with_suffix(".lock")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._locked = lock_file(path)
        except OSError as error:
            raise StoreError(f"the replay cannot be noted in {path.parent}: {error.strerror}") from error
        if self._locked is None:
            raise StoreError("the same replay is under way in another process, which will tell what it finds")

    def read(self, number: int) -> PieceResult | None:
        result = self._load(str(number))
        if not isinstance(result, PieceResult):
            return None
        self.known_pages += result.pages
        self.known_size += result.size
        return result

    def write(self, number: int, result: PieceResult) -> None:
        self._store(str(number), result)

    def count_done(self) -> int:
        return sum(path.suffix == ".done" and path.stem != "plan" for path in self.folder.glob("*"))

    def end(self) -> None:
        """Forget it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def forget_others(self, now: datetime) -> int:
        """Take away what is left of other replays that nobody has gone on with for long. How many had begun."""
        names = {path.with_suffix("") for path in self.folder.parent.glob("*")} - {self.folder}
        return sum(_forget_replay(each, now - KEPT) for each in sorted(names))

    def _load(self, name: str) -> object:
        """None when it is not done, or not as it was written: a crash or a disk may have harmed it. Then it is done
        again."""
        try:
            content = (self.folder / f"{name}.done").read_bytes()
            digest, pickled = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
            return pickle.loads(pickled) if _digest(pickled) == digest else None  # noqa: S301  # we wrote it
        except (OSError, AttributeError, ImportError):  # not there, or of a basewatch that had other types
            return None

    def _store(self, name: str, value: object) -> None:
        partial_path = self.folder / f"{name}.{os.getpid()}"
        try:
            pickled = pickle.dumps(value)
            partial_path.write_bytes(_digest(pickled) + pickled)
            partial_path.replace(self.folder / f"{name}.done")
        except OSError as error:
            raise StoreError(f"the replay cannot be noted in {self.folder}: {error.strerror}") from error
