"""Whose turn it is to ask a host: a backfill takes one page at a time, and leaves the host to the daemon in between.

Who asks a host holds it in the database. A backfill holds it for one request and for the usual pause after it, in which
nobody asks, and then keeps away for as long again: a daemon that waits comes first.
"""

import asyncio
import uuid
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from crawler.errors import BasewatchError, StoreError
from crawler.fetch.urls import slot_of
from crawler.store.hosts import GUEST, Claim
from scheduler.hosts import HOST_LEASE, HostKeeper

log = structlog.get_logger("turns")

_LOOK_S = 0.25
"""Between two looks at a host that somebody else asks."""


class Stopped(BasewatchError):  # nothing went wrong
    """We are to stop, and what was to be asked was not."""


class TurnStore(Protocol):
    """The part of the store that turns need. Raises StoreError."""

    async def lease_hosts(self, wanted: Collection[str], claim: Claim, now: datetime) -> set[str]: ...
    async def renew_leases(
        self, worker: str, until: Mapping[str, datetime], names: Collection[str], source_until: datetime
    ) -> None: ...


class Turns:
    """The hosts that one backfill asks."""

    def __init__(
        self,
        store: TurnStore,
        name: str,
        pause: timedelta,
        find_resting: Callable[[datetime], Mapping[str, datetime]],
        stop: asyncio.Event,
    ) -> None:
        """`name` stands for it among hosts, so that a daemon sees it even while it asks none."""
        self._store = store
        self._name = name
        self._pause = pause
        self._find_resting = find_resting
        self._stop = stop
        self._worker = f"{GUEST}{uuid.uuid4().hex}"
        self._held: set[str] = set()
        self._away: dict[str, datetime] = {}
        """Hosts that others may ask first."""

    async def begin(self) -> None:
        await self._store.lease_hosts([self._name], self._claim(), datetime.now(UTC))

    async def keep(self) -> None:
        """Hold what is held, until cancelled."""
        while True:
            await asyncio.sleep(HostKeeper.tick_s)
            until = datetime.now(UTC) + HOST_LEASE
            try:
                await self._store.renew_leases(self._worker, dict.fromkeys((*self._held, self._name), until), (), until)
            except StoreError as error:
                log.error("leases_not_renewed", error=str(error))

    async def take(self, wanted: Collection[str]) -> set[str]:
        """Those hosts that may be asked now; each is held until `end`."""
        now = datetime.now(UTC)
        free = {each for each in wanted if each not in self._held and self._away.get(each, now) <= now}
        taken = await self._store.lease_hosts(free, self._claim(), now) if free else set()
        self._held |= taken
        return taken

    async def wait(self, url: str) -> None:
        """Until the host of this address may be asked. Raises Stopped."""
        while not await self.take([slot_of(url)]):
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self._stop.wait()
            if self._stop.is_set():
                raise Stopped("stopped before its turn")

    async def end(self, url: str) -> None:
        """The answer is there. Nobody asks the host for the usual pause, and we do not for another one."""
        host, now = slot_of(url), datetime.now(UTC)
        if host in self._held:
            self._held.discard(host)
            until = max(now + self._pause, self._find_resting(now).get(host, now))
            self._away[host] = until + self._pause
            await self._store.renew_leases(self._worker, {host: until}, (), until)

    async def finish(self) -> None:
        """Leave no trace but the pauses."""
        now = datetime.now(UTC)
        until = {self._name: now, **dict.fromkeys(self._held, now + self._pause)}
        await self._store.renew_leases(self._worker, until, (), now)

    def _claim(self) -> Claim:
        return Claim(self._worker, datetime.now(UTC) + HOST_LEASE)
