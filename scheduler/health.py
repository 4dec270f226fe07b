"""Silence is news: what is wrong with basewatch itself and with the outlets' pages, from its beginning to its end.

What is wrong with a source is found by its own polls (`crawler.fetch.suspicion`) and stored with them.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from crawler.drift import BASELINE, RECENT, PageMeasure, find_drift, is_enough
from crawler.errors import StoreError
from crawler.signs import OF_OUTLETS, HealthEvent, HealthKind, ProcessTrouble, Trouble
from crawler.strangers import STRANGE, find_strangers

log = structlog.get_logger("health")

QUIET = timedelta(seconds=30)
"""How long nothing must have gone wrong before a trouble counts as over."""
QUIET_TICKS = timedelta(minutes=10)
DRIFT_EVERY = timedelta(minutes=10)
FORGET_EVERY = timedelta(hours=1)
FORGOTTEN_AT_ONCE = 200
STORY_WINDOW = timedelta(days=14)
"""How long after an article another one may still join its story."""
HEAL_EVERY = timedelta(minutes=1)
_MOST_CHANGES = 1000
"""That wait for a store that is away."""


class HealthStore(Protocol):
    """The part of the store that health needs. Raises StoreError."""

    async def open_event(self, trouble: Trouble, since: datetime, subject: str = "") -> bool: ...
    async def close_event(self, kind: HealthKind, now: datetime, subject: str = "") -> bool: ...
    async def read_events(self) -> list[HealthEvent]: ...
    async def count_ticks(self, counts: dict[str, int]) -> None: ...
    async def read_outlets(self, since: datetime) -> list[str]: ...
    async def read_measures(self, outlet: str, until: datetime, limit: int) -> list[PageMeasure]: ...
    async def heal_times(self, now: datetime) -> int: ...
    async def forget_signatures(self, before: datetime, limit: int) -> int: ...


@dataclass(frozen=True, slots=True)
class _Change:
    kind: ProcessTrouble
    subject: str
    trouble: Trouble | None
    """None: it is over."""
    at: datetime


class HealthBoard:
    """Where every part says what goes wrong and what goes well. Kept in memory until the store takes it, because the
    store itself may be what is away."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._is_open: dict[tuple[ProcessTrouble, str], bool] = {}
        self._reported: dict[tuple[ProcessTrouble, str], datetime] = {}
        self._changes: deque[_Change] = deque(maxlen=_MOST_CHANGES)
        self._ticks: Counter[str] = Counter()

    def report(self, kind: ProcessTrouble, detail: str, subject: str = "") -> None:
        """It went wrong, with `subject` where there are several of its kind. Told once, however often that is said."""
        key = (kind, subject)
        now = self._reported[key] = self._clock()
        if not self._is_open.get(key):
            self._is_open[key] = True
            self._changes.append(_Change(kind, subject, Trouble(kind, detail), now))
            log.error("trouble_begins", kind=kind, subject=subject, detail=detail)

    def clear(self, kind: ProcessTrouble, quiet: timedelta = QUIET, subject: str = "") -> None:
        """It went well. The first time of all it also ends what an earlier process left open."""
        key = (kind, subject)
        if self._is_open.get(key) is False:
            return
        now = self._clock()
        if key in self._reported and now - self._reported[key] < quiet:
            return
        if self._is_open.get(key):
            log.info("trouble_ends", kind=kind, subject=subject)
        self._is_open[key] = False
        self._changes.append(_Change(kind, subject, None, now))

    def count_tick(self, name: str) -> None:
        """A tick of the daemon was missed, overrun or failed."""
        self._ticks[name] += 1

    async def flush(self, store: HealthStore) -> None:
        """Store what has changed. Raises StoreError; then the rest is stored the next time."""
        while self._changes:
            change = self._changes[0]
            if change.trouble is not None:
                await store.open_event(change.trouble, change.at, change.subject)
            else:
                await store.close_event(change.kind, change.at, change.subject)
            self._changes.popleft()
        if self._ticks:
            counts = dict(self._ticks)
            await store.count_ticks(counts)
            self._ticks.subtract(counts)
            self._ticks = +self._ticks


class HealthWatch:
    """What is looked at from time to time."""

    def __init__(self, board: HealthBoard, store: HealthStore) -> None:
        self.board = board
        self.store = store
        self._drift_at = self._heal_at = self._forget_at = datetime.min.replace(tzinfo=UTC)

    async def look(self, now: datetime) -> None:
        """Never raises StoreError: that the store is away is what the board says."""
        try:
            await self.board.flush(self.store)
            if _is_time(self._heal_at, now, HEAL_EVERY):
                await self._heal_times(now)
            if _is_time(self._drift_at, now, DRIFT_EVERY):
                await self._judge_outlets(now)
            if _is_time(self._forget_at, now, FORGET_EVERY):
                await self._forget_signatures(now)
        except StoreError as error:
            log.error("health_not_stored", error=str(error))

    async def _heal_times(self, now: datetime) -> None:
        self._heal_at = now
        if healed := await self.store.heal_times(now):
            log.warning("clock_was_ahead", healed=healed)

    async def _forget_signatures(self, now: datetime) -> None:
        """So that what later articles are compared with stays small. A portion a look: after a long rest there are
        many, and neither the other looks nor the store shall wait for all of them."""
        if await self.store.forget_signatures(now - STORY_WINDOW, FORGOTTEN_AT_ONCE) < FORGOTTEN_AT_ONCE:
            self._forget_at = now

    async def _judge_outlets(self, now: datetime) -> None:
        since, self._drift_at = max(self._drift_at, now - timedelta(days=1)), now
        held: dict[str, list[HealthEvent]] = {}
        for event in await self.store.read_events():
            if event.kind in OF_OUTLETS:
                held.setdefault(event.subject, []).append(event)
        for outlet in await self.store.read_outlets(since):
            await self._judge_outlet(outlet, held.get(outlet, []), now)

    async def _judge_outlet(self, outlet: str, held: list[HealthEvent], now: datetime) -> None:
        """What is strange by itself, and what has changed: while that lasts, the comparison is with what was before."""
        recent = await self.store.read_measures(outlet, now + timedelta(seconds=1), RECENT + BASELINE)
        strange = frozenset(event.kind for event in held) & STRANGE
        await self._tell(outlet, find_strangers(recent[:RECENT], strange), strange, now)
        held = [event for event in held if event.kind not in STRANGE]
        since = min((event.since for event in held), default=None)
        if since is None:
            recent, baseline = recent[:RECENT], recent[RECENT:]
        else:
            baseline = (await self.store.read_measures(outlet, since, RECENT + BASELINE))[RECENT:]
        recent = recent[:RECENT]
        if not is_enough(recent, baseline):
            return
        kinds = frozenset(event.kind for event in held)
        await self._tell(outlet, find_drift(recent, baseline, kinds), kinds, now)

    async def _tell(self, outlet: str, found: Sequence[Trouble], kinds: frozenset[HealthKind], now: datetime) -> None:
        """Begin what is found and end what is not; `kinds` have begun."""
        for trouble in found:
            if trouble.kind not in kinds and await self.store.open_event(trouble, now, outlet):
                log.warning("trouble_begins", outlet=outlet, kind=trouble.kind, detail=trouble.detail)
        for kind in kinds - {trouble.kind for trouble in found}:
            if await self.store.close_event(kind, now, outlet):
                log.info("trouble_ends", outlet=outlet, kind=kind)


def _is_time(last: datetime, now: datetime, every: timedelta) -> bool:
    """Also when the clock went back behind the last time."""
    return now - last >= every or now < last
