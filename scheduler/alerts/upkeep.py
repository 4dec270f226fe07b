"""Looks after the stream: who reads it and how far, what can be trimmed, who does not read any more.

An entry is trimmed when every group has acknowledged it, groups of foreign clients and of channels that have not begun
included, and never because there are many. So a group that nobody reads with keeps everything: that is told, and ended
by whoever owns the group.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from crawler.deliveries import ChannelState
from scheduler.alerts.reconciler import Troubles, is_mark
from scheduler.alerts.stream_state import CHANNEL, Group, StreamState

log = structlog.get_logger("upkeep")

LOOK_EVERY = timedelta(seconds=5)
KEEP = 1000
"""Of the newest entries, for those who read without a group."""
STALE_AFTER = timedelta(hours=24)
STALE_COUNT = 10_000
AT_ONCE = timedelta(0)


class ReaderStore(Protocol):
    """The part of the store that remembers readers. Raises StoreError."""

    async def read_readers(self) -> dict[str, int]: ...
    async def save_readers(self, finished: Mapping[str, int]) -> None: ...
    async def read_channels(self) -> list[ChannelState]: ...
    async def read_oldest_unfinished(self, finished: int) -> datetime | None: ...
    async def read_dispensable(self, keep: int) -> int: ...


class ReadStream(Protocol):
    """The part of AlertStream that tells of groups. Raises StreamError."""

    async def read_finished(self, state: StreamState) -> dict[str, int]: ...
    async def trim_finished(self, finished: int) -> int: ...


class Upkeep:
    """The relay's, so that one process at a time does this."""

    def __init__(
        self,
        store: ReaderStore,
        stream: ReadStream,
        troubles: Troubles,
        *,
        keep: int = KEEP,
        look_every: timedelta = LOOK_EVERY,
    ) -> None:
        self._store = store
        self._stream = stream
        self._troubles = troubles
        self._keep = keep
        self._look_every = look_every
        self._looked_at: datetime | None = None

    async def look(self, state: StreamState, now: datetime) -> None:
        """`state` is that of an intact stream. Raises StreamError, StoreError."""
        if self._looked_at and timedelta(0) <= now - self._looked_at < self._look_every:
            return
        finished = {
            name: value for name, value in (await self._stream.read_finished(state)).items() if not is_mark(name)
        }
        held = await self._store.read_readers()
        channels = {CHANNEL + each.name: each for each in await self._store.read_channels() if each.is_watched}
        to_come = {
            name: held.get(name, channel.start_sequence) for name, channel in channels.items() if name not in finished
        }
        readers = finished | {name: value for name, value in to_come.items() if name in held}
        if readers != held:
            await self._store.save_readers(readers)
        await self._trim(state, {**finished, **to_come})
        await self._judge_groups(state, finished, now)
        for name in held.keys() - readers.keys():
            self._troubles.clear("stream_unread", AT_ONCE, name)
        self._looked_at = now

    async def _trim(self, state: StreamState, finished: Mapping[str, int]) -> None:
        if not finished or state.length <= self._keep:
            return
        up_to = min(*finished.values(), await self._store.read_dispensable(self._keep))
        if up_to >= state.first_sequence and (removed := await self._stream.trim_finished(up_to)):
            log.info("trimmed", entries=removed, up_to=up_to)

    async def _judge_groups(self, state: StreamState, finished: Mapping[str, int], now: datetime) -> None:
        for group in state.groups:
            if group.name in finished:
                await self._judge_group(state, group, finished[group.name], now)
        if not finished and state.length > STALE_COUNT:
            self._troubles.report("stream_unread", f"{state.length} alerts on the stream, and no consumer group")
        else:
            self._troubles.clear("stream_unread", AT_ONCE)

    async def _judge_group(self, state: StreamState, group: Group, finished: int, now: datetime) -> None:
        waiting = group.pending + (state.length if group.lag is None else group.lag)
        oldest = await self._store.read_oldest_unfinished(finished) if waiting else None
        if waiting > STALE_COUNT or (oldest and now - oldest > STALE_AFTER):
            self._troubles.report("stream_unread", describe_stale(group.name, waiting, oldest), group.name)
        else:
            self._troubles.clear("stream_unread", AT_ONCE, group.name)


def describe_stale(name: str, waiting: int, oldest: datetime | None) -> str:
    since = f", the oldest since {oldest:%Y-%m-%d %H:%M} UTC" if oldest else ""
    return (
        f"group {name!r} has not acknowledged {waiting} alerts{since}; they stay in Redis' memory until it does, or is "
        "removed with XGROUP DESTROY"
    )
