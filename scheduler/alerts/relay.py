"""Outbox → stream. One relay at a time; the database decides what is published, under which number.

A pass takes rows with their sequence numbers, adds them to the stream under ids made of these numbers, and marks them.
Killed anywhere, the next relay repeats the pass: what is on the stream already is recognised and only marked.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import structlog

from crawler.errors import StoreError, StreamError
from crawler.models import OutboxEntry
from scheduler.alerts.backoff import Backoff
from scheduler.alerts.stream import Published
from scheduler.alerts.stream_state import StreamState
from scheduler.locks import Lock

log = structlog.get_logger("relay")

POLL_S = 1.0
"""Other processes write to the outbox as well, and cannot wake us."""
LAST_PASS_S = 2.0


class Outbox(Protocol):
    """The part of the store that the relay needs; each call is one transaction. Raises StoreError."""

    async def take_unpublished(self, limit: int) -> list[OutboxEntry]: ...
    async def mark_published(self, outbox_ids: Sequence[int], now: datetime) -> None: ...
    async def raise_sequence(self, above: int) -> None: ...


class Care(Protocol):
    """What the relay does besides, because one process at a time may. Raises StreamError, StoreError."""

    def begin_lead(self) -> None: ...
    async def before_publishing(self) -> None: ...
    def note_published(self, before: StreamState, sequences: Sequence[int]) -> None: ...
    def note_foreign(self, above: int) -> None: ...
    async def after_publishing(self, now: datetime) -> None: ...


class Stream(Protocol):
    """The part of AlertStream that the relay needs. Raises StreamError."""

    async def publish(self, entries: Sequence[OutboxEntry]) -> Published: ...
    async def revive(self) -> None: ...


class Relay:
    """Carries alerts to the stream for as long as the daemon runs."""

    def __init__(
        self,
        outbox: Outbox,
        stream: Stream,
        lock: Lock,
        care: Care,
        *,
        batch: int = 200,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._outbox = outbox
        self._stream = stream
        self._lock = lock
        self._care = care
        self._batch = batch
        self._clock = clock
        self._backoff = Backoff()
        self._leads: bool | None = None
        self._told: set[str] = set()
        self.published = 0
        """Entries since the start."""
        self.away_since: datetime | None = None
        """Since when nothing can be published; None while all is well."""

    async def run(self, wake: asyncio.Event, stop: asyncio.Event) -> None:
        """Until `stop`; then once more, for what was stored while the daemon drained."""
        try:
            while not stop.is_set():
                wake.clear()
                pause_s = await self._try_batch()
                # new alerts do not shorten the wait for a server that is away
                await wait_for_any([stop] if self.away_since else [stop, wake], pause_s)
            await self._finish()
        finally:
            await self._lock.release()

    async def relay_batch(self) -> bool:
        """Publish the oldest rows; False when there were none, or another relay has the lock. Raises what it uses."""
        if not await self._take_lead():
            return False
        await self._care.before_publishing()
        entries = await self._outbox.take_unpublished(self._batch)
        if entries:
            await self._publish(entries)
        await self._care.after_publishing(self._clock())
        return bool(entries)

    async def _publish(self, entries: list[OutboxEntry]) -> None:
        published = await self._stream.publish(entries)
        if published.done:
            await self._outbox.mark_published(published.done, self._clock())
            self.published += len(published.done)
            done = set(published.done)
            self._care.note_published(published.before, [entry.sequence for entry in entries if entry.id in done])
        if published.blocked_above is not None:
            log.error("stream.foreign_entry", waiting=len(entries) - len(published.done), above=published.blocked_above)
            self._care.note_foreign(published.blocked_above)
            await self._outbox.raise_sequence(published.blocked_above)

    async def _try_batch(self) -> float:
        """The pause until the next one, in seconds."""
        try:
            if self.away_since:
                await self._stream.revive()
            has_more = await self.relay_batch()
        except (StreamError, StoreError) as error:
            return self._note_failure("relay.away", reason=str(error))
        except Exception:  # noqa: BLE001 - a defect of ours must not end alerting for good: told, and tried again
            return self._note_failure("relay.defect", exc_info=True)
        self._note_success()
        return 0.0 if has_more else POLL_S

    async def _finish(self) -> None:
        try:
            async with asyncio.timeout(LAST_PASS_S):
                while await self._try_batch() == 0.0:
                    pass
        except TimeoutError:
            log.warning("relay.unfinished", reason="the rest is published after the next start")

    async def _take_lead(self) -> bool:
        leads = await self._lock.acquire()
        if leads != self._leads:
            self._leads = leads
            self._care.begin_lead()
            log.info("relay.leads" if leads else "relay.stands_by")
        return leads

    def _note_failure(self, event: str, **details: object) -> float:
        """Tell it once for each outage; the pause before the next try, in seconds."""
        self.away_since = self.away_since or self._clock()
        if event not in self._told:
            self._told.add(event)
            log.warning(event, **details)
        return self._backoff.count_failure()

    def _note_success(self) -> None:
        if self.away_since:
            log.info("relay.back", after=str(self._clock() - self.away_since))
        self.away_since = None
        self._told.clear()
        self._backoff.end_failures()


async def wait_for_any(events: Sequence[asyncio.Event], timeout_s: float) -> None:
    """Until one is set, or the time is over."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for waiter in waiting:
            waiter.cancel()
