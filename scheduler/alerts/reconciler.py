"""The database is the truth: whatever Redis loses and somebody still needs is published again.

The stream is known by a mark, a consumer group named after the database that nobody reads with. It goes when the stream
goes, whatever the way: FLUSHALL, DEL, a restart with an empty folder, another server. A stream that is older than what
was published, as after a restored snapshot, ends below the last number. Then every entry that somebody needs and that
the stream does not hold goes back to the outbox, and the groups are made anew before it is published.

What a channel needs is exact: what it has no delivery of. What a foreign group needs is what it had not acknowledged at
the last look (upkeep.py, every few seconds); it may be given again what it acknowledged since, with the same `id`. A
group that was made and lost between two looks is not known.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

import structlog

from crawler.models import OutboxEntry, StreamMark
from crawler.signs import ProcessTrouble
from scheduler.alerts.stream_state import CHANNEL, StreamState

log = structlog.get_logger("reconciler")

PORTION = 500
TOLD_FOR = timedelta(minutes=10)
"""How long a loss that is made good counts as a trouble."""
MARK = "basewatch:relay:"


class LossStore(Protocol):
    """The part of the store that makes a loss good; each call is one transaction. Raises StoreError."""

    async def read_stream_mark(self) -> StreamMark | None: ...
    async def make_stream_mark(self) -> StreamMark: ...
    async def read_readers(self) -> dict[str, int]: ...
    async def read_unfinished(self, finished: int | None, above: int, limit: int) -> list[OutboxEntry]: ...
    async def renew_published(self, outbox_ids: Sequence[int]) -> None: ...


class LossyStream(Protocol):
    """The part of AlertStream that tells what was lost. Raises StreamError."""

    async def read_state(self) -> StreamState: ...
    async def find_absent(self, entries: Sequence[OutboxEntry]) -> list[OutboxEntry]: ...
    async def create_group(self, name: str, finished: int) -> None: ...
    async def raise_last(self, sequence: int) -> None: ...


class Troubles(Protocol):
    """Where it is said what goes wrong and what goes well; `subject` is a group's name."""

    def report(self, kind: ProcessTrouble, detail: str, subject: str = "") -> None: ...
    def clear(self, kind: ProcessTrouble, quiet: timedelta, subject: str = "") -> None: ...


def mark_name(mark: StreamMark) -> str:
    """The group by which the stream is known."""
    return f"{MARK}{mark.identity:x}"


def is_mark(group: str) -> bool:
    return group.startswith(MARK)


def is_intact(state: StreamState, mark: StreamMark) -> bool:
    """Is it the stream that was published to, with all that was?"""
    return state.has_group(mark_name(mark)) and state.last_sequence >= mark.last_published


class Reconciler:
    """To be asked before anything is published. The relay's, so that one process at a time does this."""

    def __init__(self, store: LossStore, stream: LossyStream, troubles: Troubles) -> None:
        self._store = store
        self._stream = stream
        self._troubles = troubles
        self._mark: StreamMark | None = None
        self._is_suspect = False

    def forget_mark(self) -> None:
        """Another process may have published; its mark counts."""
        self._mark = None

    def note_published(self, before: StreamState, sequences: Sequence[int]) -> None:
        """Something was added to a stream that was as `before`, under these numbers."""
        if self._mark is None or not sequences:
            return
        # lost in the moment between the look and the adding: seen here, because it was asked in the same transaction
        self._is_suspect = self._is_suspect or not is_intact(before, self._mark)
        self._mark = StreamMark(self._mark.identity, max(self._mark.last_published, *sequences))

    async def reconcile(self) -> StreamState:
        """Make good what was lost, if anything was. A kill repeats it. Raises StreamError, StoreError."""
        mark = self._mark = self._mark or await self._store.read_stream_mark()
        state = await self._stream.read_state()
        if mark is None:
            self._mark = mark = await self._store.make_stream_mark()
            await self._stream.create_group(mark_name(mark), 0)
        elif self._is_suspect or not is_intact(state, mark):
            await self._make_good(state, mark)
        else:
            self._troubles.clear("stream_lost", TOLD_FOR)
            return state
        return await self._stream.read_state()

    async def _make_good(self, state: StreamState, mark: StreamMark) -> None:
        readers = await self._store.read_readers()
        renewed = await self._renew_lost(readers)
        for name, finished in readers.items():
            if not state.has_group(name):
                await self._stream.create_group(name, finished)
        # last, so that a kill before it repeats the whole; nothing is published meanwhile
        await self._stream.create_group(mark_name(mark), 0)
        if (await self._stream.read_state()).last_sequence < mark.last_published:
            await self._stream.raise_last(mark.last_published)
        self._is_suspect = False
        if mark.last_published:
            detail = f"Redis has lost the stream; {renewed} of its entries are published again"
            log.error("stream.lost", again=renewed, readers=sorted(readers))
            self._troubles.report("stream_lost", detail)

    async def _renew_lost(self, readers: Mapping[str, int]) -> int:
        """Give back to the outbox what somebody needs and the stream does not hold; how many."""
        finished = min((value for name, value in readers.items() if not name.startswith(CHANNEL)), default=None)
        above, renewed = 0, 0
        while entries := await self._store.read_unfinished(finished, above, PORTION):
            above = entries[-1].sequence
            absent = await self._stream.find_absent(entries)
            await self._store.renew_published([entry.id for entry in absent])
            renewed += len(absent)
        return renewed
