"""All channels: opens what the settings name, follows their changes, and lets one process deliver at a time."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol, get_args

import structlog

from crawler.deliveries import ChannelState
from crawler.errors import ChannelError, StoreError, StreamError
from crawler.signs import ChannelTrouble, Trouble
from scheduler.alerts.delivery import ChannelDelivery, DeliveryStore
from scheduler.alerts.groups import ChannelGroup
from scheduler.alerts.relay import wait_for_any
from scheduler.alerts.sent import SentFile
from scheduler.alerts.targets import Target
from scheduler.locks import Lock
from settings.model import Channel

log = structlog.get_logger("delivery")

LOOK_S: Final = 2.0
"""Between two looks at the settings, at channels that could not be opened, and whether it is our turn to deliver."""
GRACE_S: Final = 3.0
"""How long messages under way may still end at a stop; one that is cut off is sent again at the next start."""


class ChannelsStore(DeliveryStore, Protocol):
    """The part of the store that all channels need together. Raises StoreError."""

    async def watch_channels(self, names: Collection[str], now: datetime) -> list[ChannelState]: ...


OpenTarget = Callable[[Channel], Target]
"""Raises ChannelError."""
MakeGroup = Callable[[str], ChannelGroup]


@dataclass(frozen=True, slots=True)
class _Running:
    delivery: ChannelDelivery
    task: asyncio.Task[None]
    stop: asyncio.Event

    def is_over(self, wanted: Channel | None) -> bool:
        return self.task.done() or wanted != self.delivery.channel


def list_durable(channels: Sequence[Channel]) -> dict[str, Channel]:
    """Those that are owed something; a terminal shows what comes while it is there."""
    return {channel.name: channel for channel in channels if channel.enabled and channel.kind != "terminal"}


class Deliveries:
    """Keeps one ChannelDelivery running for each channel of the settings."""

    def __init__(
        self,
        read_channels: Callable[[], Sequence[Channel]],
        open_target: OpenTarget,
        make_group: MakeGroup,
        store: ChannelsStore,
        lock: Lock,
        data_dir: Path,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._read_channels = read_channels
        self._open_target = open_target
        self._make_group = make_group
        self._store = store
        self._lock = lock
        self._sent_folder = data_dir / "sent"
        self._clock = clock
        self._running: dict[str, _Running] = {}
        self._watched: frozenset[str] | None = None
        self._leads: bool | None = None
        self._closed: dict[str, str] = {}
        """Channels that cannot be opened, and why."""

    async def run(self, stop: asyncio.Event) -> None:
        try:
            while not stop.is_set():
                try:
                    if await self._take_lead():
                        await self._follow_settings()
                except (StoreError, StreamError) as error:
                    log.warning("channels.away", reason=str(error))
                except Exception:  # a defect with one channel must not end all of them: told, and tried again
                    log.exception("channels.defect")
                await wait_for_any([stop], LOOK_S)
        finally:
            await self._end(list(self._running))
            await self._lock.release()

    async def _take_lead(self) -> bool:
        leads = await self._lock.acquire()
        if leads != self._leads:
            self._leads = leads
            log.info("channels.leads" if leads else "channels.stands_by")
        return leads

    async def _follow_settings(self) -> None:
        """Start what is new, end what is gone, and both for what has changed or has ended by itself."""
        wanted = list_durable(self._read_channels())
        await self._end([name for name, each in self._running.items() if each.is_over(wanted.get(name))])
        if not wanted.keys() - self._running.keys() and self._watched == wanted.keys():
            return
        states = {state.name: state for state in await self._store.watch_channels(list(wanted), self._clock())}
        if self._watched != wanted.keys():
            await self._forget([name for name in states if name not in wanted])
        self._watched = frozenset(wanted)
        for name, channel in wanted.items():
            if name not in self._running:
                await self._start(channel, states[name])

    async def _forget(self, names: Sequence[str]) -> None:
        """What nobody reads must not keep the stream from being trimmed."""
        for name in names:
            await self._make_group(name).destroy()
            for kind in get_args(ChannelTrouble):
                await self._store.close_event(kind, self._clock(), name)
            self._closed.pop(name, None)

    async def _start(self, channel: Channel, state: ChannelState) -> None:
        try:
            target = self._open_target(channel)
        except ChannelError as error:
            await self._tell_closed(channel.name, str(error))
            return
        self._closed.pop(channel.name, None)
        await self._store.close_event("channel_closed", self._clock(), channel.name)
        sent = SentFile(self._sent_folder / channel.name)
        delivery = ChannelDelivery(channel, target, self._store, self._make_group(channel.name), sent)
        stop = asyncio.Event()
        task = asyncio.create_task(delivery.run(state, stop), name=f"channel-{channel.name}")
        self._running[channel.name] = _Running(delivery, task, stop)
        log.info("channel.open", channel=channel.name, to=target.shown, since=state.start_sequence)

    async def _tell_closed(self, name: str, reason: str) -> None:
        if self._closed.get(name) != reason:
            log.error("channel.closed", channel=name, reason=reason)
            await self._store.open_event(Trouble("channel_closed", reason), self._clock(), name)
            # last: a store that is away is told with the next look
            self._closed[name] = reason

    async def _end(self, names: Sequence[str]) -> None:
        ending = {name: self._running.pop(name) for name in names}
        for each in ending.values():
            each.stop.set()
        if ending:
            await asyncio.wait([each.task for each in ending.values()], timeout=GRACE_S)
        for name, each in ending.items():
            each.task.cancel()
            [error] = await asyncio.gather(each.task, return_exceptions=True)
            if isinstance(error, Exception):
                log.error("channel.ended", channel=name, error=repr(error))
            await each.delivery.target.close()
