"""One channel's consumer group of the stream: what is new to the channel, each entry until it is acknowledged."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from redis.exceptions import ResponseError

from crawler.errors import StreamError
from scheduler.alerts.stream import STREAM, AlertStream, answered_within, as_rows
from scheduler.alerts.stream_state import CHANNEL

BLOCK_S: Final = 2.0
READ_COUNT: Final = 100
MOST_READS: Final = 5
"""How often an entry is read before it counts as what kills its reader."""


class GroupLost(StreamError):
    """The group or the stream is gone: Redis has lost what it had."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry of the stream, as it is and not as it should be."""

    stream_id: str
    fields: Mapping[str, str]
    reads: int = 1
    """How often it was taken, this time included."""

    @property
    def key(self) -> str:
        return self.fields.get("key") or self.fields.get("id") or ""


class ChannelGroup:
    """Raises StreamError only; GroupLost when `create` is needed."""

    def __init__(
        self, stream: AlertStream, channel: str, *, consumer: str = "basewatch", patience_s: float = 5.0
    ) -> None:
        self._stream = stream
        self._redis = stream.connection
        self._group = CHANNEL + channel
        self._consumer = consumer
        self._patience_s = patience_s

    async def create(self, start_sequence: int) -> None:
        """Make it, to begin after this sequence; it stays as it is where it exists."""
        await self._stream.create_group(self._group, start_sequence)

    async def destroy(self) -> None:
        async with answered_within(self._patience_s):
            try:
                await self._redis.xgroup_destroy(STREAM, self._group)
            except ResponseError as error:  # there is no stream
                if "requires the key to exist" not in str(error):
                    raise

    async def read_new(self, *, wait: bool) -> list[Taken]:
        """What nobody of the group has read, now or within BLOCK_S."""
        block = int(BLOCK_S * 1000) if wait else None
        async with answered_within(BLOCK_S + self._patience_s):
            with _group_checked():
                answer = await self._redis.xreadgroup(
                    self._group, self._consumer, {STREAM: ">"}, count=READ_COUNT, block=block
                )
        rows = as_rows(answer[0][1] if isinstance(answer, list) and answer else None)
        return [Taken(stream_id, fields) for stream_id, fields in rows]

    async def reclaim(self, idle_s: float, cursor: str) -> tuple[str, list[Taken]]:
        """A portion of what was read at least so long ago and never acknowledged, by whomever. Go on with the cursor
        that is returned until it is 0-0."""
        async with answered_within(self._patience_s):
            with _group_checked():
                answer = await self._redis.xautoclaim(
                    STREAM, self._group, self._consumer, int(idle_s * 1000), start_id=cursor, count=READ_COUNT
                )
            rows = as_rows(answer[1])
            if not rows:
                return str(answer[0]), []
            pending = await self._redis.xpending_range(STREAM, self._group, rows[0][0], rows[-1][0], 10 * READ_COUNT)
        reads = {each["message_id"]: int(each["times_delivered"]) for each in pending}
        return str(answer[0]), [Taken(row_id, fields, reads.get(row_id, 1)) for row_id, fields in rows]

    async def acknowledge(self, taken: Sequence[Taken]) -> None:
        """They are in the database; Redis need not keep them for us."""
        async with answered_within(self._patience_s):
            await self._redis.xack(STREAM, self._group, *(each.stream_id for each in taken))


@contextmanager
def _group_checked() -> Iterator[None]:
    """NOGROUP as GroupLost."""
    try:
        yield
    except ResponseError as error:
        if "NOGROUP" not in str(error):
            raise
        raise GroupLost("Redis has lost the channel's group") from error
