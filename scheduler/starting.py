"""Starts the polls that are due: not more at once, and not faster one after another, than is decent."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from crawler.errors import StoreError
from crawler.models import SourceState
from scheduler.due import limit_polls
from scheduler.health import HealthBoard
from scheduler.polling import LEASE
from settings.model import Source

log = structlog.get_logger("starting")

POLLS_AT_ONCE = 128
"""Slow outlets hold a poll for up to half a minute; those must not keep the others waiting. An answer may have
8 MiB, so there must not be many more."""
LATE_AFTER = timedelta(minutes=5)
QUIET_LATE = timedelta(minutes=1)


class LeaseStore(Protocol):
    """The part of the store that says what is due. Raises StoreError."""

    async def lease_due(
        self, names: Collection[str], now: datetime, limit: int, lease: timedelta
    ) -> list[SourceState]: ...


class PollStarter:
    """Knows which polls are under way, and nothing that a restart would miss."""

    def __init__(
        self,
        store: LeaseStore,
        poll: Callable[[SourceState], Coroutine[object, object, object]],
        board: HealthBoard,
        *,
        at_once: int = POLLS_AT_ONCE,
    ) -> None:
        self.store = store
        self.poll = poll
        self.board = board
        self.at_once = at_once
        self.running: dict[str, asyncio.Task[object]] = {}
        self._names: frozenset[str] = frozenset()
        self._per_second = 0.0
        self._allowed = 0.0
        self._since: datetime | None = None
        self._asked_at: datetime | None = None

    def watch(self, sources: Collection[Source], now: datetime) -> None:
        """From now on these are polled, and no others."""
        self._names = frozenset(source.name for source in sources)
        self._per_second = limit_polls(sources)
        self._since = now

    async def start_due(self, now: datetime) -> list[SourceState]:
        """Start what is due and there is room for; what was started. A store that is away starts nothing."""
        room = min(self.at_once - len(self.running), self._take_allowance(now))
        if room <= 0:
            return []
        try:
            due = await self.store.lease_due(self._names, now, room, LEASE)
        except StoreError as error:
            log.error("nothing_leased", error=str(error))
            return []
        # a poll that outlives its lease is leased again, and still under way
        started = [state for state in due if state.name not in self.running]
        for state in started:
            self._start(state)
        self._allowed -= len(started)
        self._judge_lateness(started, now)
        return started

    def _take_allowance(self, now: datetime) -> int:
        """Polls that may be started now. What was not used for a second is forgotten, as is a leap of the clock."""
        passed_s = (now - self._asked_at).total_seconds() if self._asked_at else 1.0
        self._asked_at = now
        self._allowed = min(self._allowed + max(passed_s, 0.0) * self._per_second, max(self._per_second, 1.0))
        return int(self._allowed)

    def _start(self, state: SourceState) -> None:
        task = asyncio.create_task(self.poll(state))
        self.running[state.name] = task
        task.add_done_callback(lambda _: self.running.pop(state.name, None))

    def _judge_lateness(self, started: list[SourceState], now: datetime) -> None:
        since = self._since or now
        late = max((now - max(state.next_poll_at, since) for state in started), default=timedelta(0))
        if late > LATE_AFTER:
            self.board.report("late", f"sources are polled {late.total_seconds():.0f} s after they were due")
        else:
            self.board.clear("late", QUIET_LATE)
