"""Leases of hosts where several share a database: what this one may ask, and for how long.

A host stays with the worker that asked it last while there is work for it, and for half a minute more, which is longer
than the usual pause between two requests. What a host asked for beyond that (Retry-After, Crawl-delay) is written into
its lease, so that other workers heed it too. Redirects to other hosts and the clock of each machine are trusted.
"""

import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog

from crawler.errors import StoreError
from crawler.fetch.urls import slot_of
from crawler.models import PendingLink, SourceState
from crawler.store.hosts import Claim
from settings.model import Source

log = structlog.get_logger("hosts")

HOST_LEASE = timedelta(seconds=30)
"""After so long a killed worker's hosts and sources are taken over."""
LOOK_EVERY = timedelta(seconds=1)
"""So soon a daemon notices that a backfill has begun."""


class HostStore(Protocol):
    """The part of the store that leases. Raises StoreError."""

    async def lease_due_here(
        self, hosts_of: Mapping[str, str], claim: Claim, now: datetime, limit: int, lease: timedelta
    ) -> list[SourceState]: ...
    async def lease_pending(
        self, claim: Claim, now: datetime, limit: int, without: Collection[int]
    ) -> list[PendingLink]: ...
    async def renew_leases(
        self, worker: str, until: Mapping[str, datetime], names: Collection[str], source_until: datetime
    ) -> None: ...
    async def release_leases(self, worker: str, resting: Collection[str], at: datetime) -> None: ...


class LoneStore(HostStore, Protocol):
    """The same where there is one daemon."""

    async def lease_due(
        self, names: Collection[str], now: datetime, limit: int, lease: timedelta
    ) -> list[SourceState]: ...
    async def read_pending(self, now: datetime, limit: int, without: list[int]) -> list[PendingLink]: ...
    async def has_guests(self, now: datetime) -> bool: ...


class HostKeeper:
    """One worker's leases. It asks the store as the only worker of a database asks it: `lease_due`, `read_pending`."""

    tick_s = 7.0
    """Between two calls of `renew`."""

    def __init__(self, store: HostStore, find_source: Callable[[str], Source | None]) -> None:
        self.store = store
        self.find_source = find_source
        self.worker = uuid.uuid4().hex
        self._names: Collection[str] = ()
        self._hosts_of: dict[str, str] = {}

    async def lease_due(self, names: Collection[str], now: datetime, limit: int, lease: timedelta) -> list[SourceState]:
        """As `Store.lease_due`, of hosts that no other worker asks."""
        if names is not self._names:
            # the same set comes twice a second until a reload; reading ten thousand addresses anew takes 50 ms
            sources = filter(None, map(self.find_source, names))
            self._names, self._hosts_of = names, {source.name: slot_of(source.url) for source in sources}
        return await self.store.lease_due_here(self._hosts_of, self._claim(now), now, limit, min(lease, HOST_LEASE))

    async def read_pending(self, now: datetime, limit: int, without: list[int]) -> list[PendingLink]:
        """As `Store.read_pending`, of hosts that no other worker asks."""
        return await self.store.lease_pending(self._claim(now), now, limit, without)

    async def renew(
        self, polling: Collection[str], fetching: Collection[PendingLink], resting: Mapping[str, datetime]
    ) -> None:
        """Keep what is being worked on, and tell the others which hosts want to be left alone."""
        until = datetime.now(UTC) + HOST_LEASE
        await self.hold(dict.fromkeys(self.find_busy(polling, fetching), until), resting, polling)

    def find_busy(self, polling: Collection[str], fetching: Collection[PendingLink]) -> set[str]:
        busy = {slot_of(source.url) for name in polling if (source := self.find_source(name))}
        return busy | {slot_of(link.link.url) for link in fetching}

    async def hold(
        self, held: Mapping[str, datetime], resting: Mapping[str, datetime], polling: Collection[str]
    ) -> None:
        """Until then, or for longer where a host asked for it."""
        kept = {**resting, **{host: max(until, resting.get(host, until)) for host, until in held.items()}}
        try:
            await self.store.renew_leases(self.worker, kept, polling, datetime.now(UTC) + HOST_LEASE)
        except StoreError as error:
            log.error("leases_not_renewed", error=str(error))

    async def release(self, resting: Collection[str], pause: timedelta) -> None:
        """At an orderly stop: let others go on after the usual pause."""
        try:
            await self.store.release_leases(self.worker, resting, datetime.now(UTC) + pause)
        except StoreError as error:
            log.error("leases_not_released", error=str(error))

    def _claim(self, now: datetime) -> Claim:
        return Claim(self.worker, now + HOST_LEASE)


class GuestWatch(HostKeeper):
    """Shares hosts with backfills too. While there is one, a host is held while it is asked and for the usual pause;
    without one a daemon that is alone leases nothing, and others hold theirs for half a minute more."""

    tick_s = 1.0

    def __init__(
        self,
        store: LoneStore,
        find_source: Callable[[str], Source | None],
        find_pause: Callable[[], timedelta],
        *,
        is_alone: bool,
    ) -> None:
        super().__init__(store, find_source)
        self._lone = store
        self._find_pause = find_pause
        self._is_alone = is_alone
        self._looked_at = self._renewed_at = datetime.min.replace(tzinfo=UTC)
        self._has_guests = False
        self._pauses: dict[str, timedelta] = {}
        """Of the hosts that are held."""

    async def lease_due(self, names: Collection[str], now: datetime, limit: int, lease: timedelta) -> list[SourceState]:
        if not await self._look(now) and self._is_alone:
            return await self._lone.lease_due(names, now, limit, lease)
        leased = await super().lease_due(names, now, limit, lease)
        for source in filter(None, (self.find_source(state.name) for state in leased)):
            self._pauses[slot_of(source.url)] = source.delay or self._find_pause()
        return leased

    async def read_pending(self, now: datetime, limit: int, without: list[int]) -> list[PendingLink]:
        if not await self._look(now) and self._is_alone:
            return await self._lone.read_pending(now, limit, without)
        pending = await super().read_pending(now, limit, without)
        for link in pending:
            source = self.find_source(link.source)
            self._pauses[slot_of(link.link.url)] = (source and source.delay) or self._find_pause()
        return pending

    async def renew(
        self, polling: Collection[str], fetching: Collection[PendingLink], resting: Mapping[str, datetime]
    ) -> None:
        now, busy = datetime.now(UTC), self.find_busy(polling, fetching)
        idle = {host: now + pause for host, pause in self._pauses.items() if host not in busy}
        for host in idle:
            del self._pauses[host]
        if self._has_guests:
            await self.hold({**dict.fromkeys(busy, now + HOST_LEASE), **idle}, resting, polling)
        elif not self._is_alone and abs(now - self._renewed_at).total_seconds() >= HostKeeper.tick_s:
            self._renewed_at = now
            await super().renew(polling, fetching, resting)

    async def release(self, resting: Collection[str], pause: timedelta) -> None:
        if self._has_guests or not self._is_alone:
            await super().release(resting, pause)

    async def _look(self, now: datetime) -> bool:
        """Once a second; a clock that was set back is looked at again too."""
        if abs(now - self._looked_at) >= LOOK_EVERY:
            self._has_guests = await self._lone.has_guests(now)
            self._looked_at = now
        return self._has_guests
