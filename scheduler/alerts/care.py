"""What the relay does besides publishing, in the order in which a pass needs it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from scheduler.alerts.reconciler import LossStore, LossyStream, Reconciler, Troubles
from scheduler.alerts.stream_state import StreamState
from scheduler.alerts.upkeep import KEEP, LOOK_EVERY, ReaderStore, ReadStream, Upkeep

TOLD_FOR = timedelta(minutes=10)
"""How long after the last foreign entry that is a trouble."""


class CareStore(LossStore, ReaderStore, Protocol):
    """The part of the store that is needed."""


class CareStream(LossyStream, ReadStream, Protocol):
    """The part of AlertStream that is needed."""


class StreamCare:
    """Makes good what Redis loses, trims what everybody has, and says what is wrong."""

    def __init__(
        self,
        store: CareStore,
        stream: CareStream,
        troubles: Troubles,
        *,
        keep: int = KEEP,
        look_every: timedelta = LOOK_EVERY,
    ) -> None:
        self._troubles = troubles
        self._reconciler = Reconciler(store, stream, troubles)
        self._upkeep = Upkeep(store, stream, troubles, keep=keep, look_every=look_every)
        self._state = StreamState()

    def begin_lead(self) -> None:
        self._reconciler.forget_mark()

    async def before_publishing(self) -> None:
        self._state = await self._reconciler.reconcile()

    def note_published(self, before: StreamState, sequences: Sequence[int]) -> None:
        self._reconciler.note_published(before, sequences)

    def note_foreign(self, above: int) -> None:
        detail = f"somebody else has written to the stream, up to the id {above}; alerts go on above it"
        self._troubles.report("stream_foreign", detail)

    async def after_publishing(self, now: datetime) -> None:
        self._troubles.clear("stream_foreign", TOLD_FOR)
        await self._upkeep.look(self._state, now)
