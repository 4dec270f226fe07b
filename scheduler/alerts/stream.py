"""The stream `basewatch:alerts`: what a reader of it may rely on, and the only code that speaks to Redis.

An entry's id is `<sequence>-1`, given by the outbox and never used twice; its fields are

    id        of the alert or trouble that it is about
    key       of this entry: the same for every repeat of it, and of no other
    kind      alert, update or health
    schema    version of what `json` holds, now "1"
    severity  info, notice, warning or critical
    outlet    slug of the outlet; empty when it is about basewatch itself
    story     of the alert: the same for all that tell it; may be empty
    json      crawler.models.Alert, Update or HealthNotice as one JSON object

The stream is never trimmed by length: that takes entries that nobody has read yet (see upkeep.py for how it is).
After FLUSHALL the stream begins empty and the sequence goes on; see reconciler.py for what is published again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Self, cast

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.typing import EncodableT, FieldT

from crawler.errors import StreamError
from crawler.models import OutboxEntry
from scheduler.alerts.backoff import Backoff
from scheduler.alerts.stream_state import StreamState, make_state, read_finished

STREAM = "basewatch:alerts"
SCHEMA = "1"
BLOCK_S = 2.0
READ_COUNT = 100
URL_FORMS = (
    "the Redis URL is not one: redis://[user:password@]host[:port][/db], rediss://... for TLS or unix:///path; "
    "special characters of a password are written as %XX"
)
FIELDS = frozenset({"id", "key", "kind", "schema", "severity", "outlet", "story", "json"})
HIGHEST_SEQUENCE = 2**62
"""The database's BIGINT ends at 2**63, Redis' ids at 2**64; beyond this somebody has made an id up."""

Row = tuple[str, Mapping[str, str]]
Revive = Callable[[], Awaitable[None]]
"""Brings the server back if that is in our hands; raises StreamError when it cannot."""


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a batch."""

    done: tuple[int, ...]
    """Outbox ids of the entries that are on the stream, from now or from before a crash."""
    blocked_above: int | None = None
    """The others wait for a sequence number above this one: somebody else's entry has taken theirs."""
    before: StreamState = field(default=StreamState(), compare=False)
    """The stream in the moment before."""


@dataclass(frozen=True, slots=True)
class StreamEntry:
    """One entry as the stream carries it; nothing in it is checked."""

    stream_id: str
    kind: str
    key: str
    alert_id: str
    schema: str
    severity: str
    outlet: str
    story: str
    payload: str
    """What it tells, as JSON."""


@dataclass(frozen=True, slots=True)
class Outage:
    """The stream can not be read from now on, or can be again."""

    reason: str
    over: bool = False


class AlertStream:
    """Publishes to the stream and reads from it. Raises StreamError only; a cancelled call leaves nothing behind."""

    def __init__(self, url: str, *, revive: Revive | None = None, patience_s: float = 5.0) -> None:
        self._redis = connect(url, patience_s)
        self._revive = revive
        self._patience_s = patience_s

    @property
    def connection(self) -> Redis:
        """For consumer groups, see groups.py."""
        return self._redis

    async def aclose(self) -> None:
        await self._redis.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    async def revive(self) -> None:
        """After a StreamError: bring the server back if that is in our hands."""
        if self._revive:
            await self._revive()

    async def publish(self, entries: Sequence[OutboxEntry]) -> Published:
        """Add entries under their own ids. Repeating it, whole or in part, adds nothing a second time."""
        async with answered_within(self._patience_s):
            before, refused = await self._add_entries(entries)
            foreign = {entry for entry in refused if not await self._holds_entry(entry)}
            blocked_above = await self._read_last_sequence() if foreign else None
        done = tuple(entry.id for entry in entries if entry not in foreign)
        return Published(done, blocked_above, before)

    async def read_state(self) -> StreamState:
        """The stream and its groups at one moment."""
        async with answered_within(self._patience_s), self._redis.pipeline(transaction=True) as pipeline:
            pipeline.xinfo_stream(STREAM)
            pipeline.xinfo_groups(STREAM)
            answers = await pipeline.execute(raise_on_error=False)
        return make_state(*answers)

    async def read_length(self) -> int:
        """How many entries it holds."""
        async with answered_within(self._patience_s):
            return int(await self._redis.xlen(STREAM))

    async def read_finished(self, state: StreamState) -> dict[str, int]:
        """For each group the sequence up to which the stream has nothing for it. A moment later it may be further."""
        waiting = [group for group in state.groups if group.pending]
        async with answered_within(self._patience_s), self._redis.pipeline(transaction=False) as pipeline:
            for group in waiting:
                pipeline.xpending(STREAM, group.name)
            answers = await pipeline.execute()
        oldest = {group.name: answer["min"] for group, answer in zip(waiting, answers, strict=True)}
        return {group.name: max(read_finished(group, oldest.get(group.name)), state.gone) for group in state.groups}

    async def find_absent(self, entries: Sequence[OutboxEntry]) -> list[OutboxEntry]:
        """Those that are not on the stream."""
        async with answered_within(self._patience_s), self._redis.pipeline(transaction=False) as pipeline:
            for entry in entries:
                pipeline.xrange(STREAM, min=stream_id(entry), max=stream_id(entry))
            answers = await pipeline.execute()
        return [entry for entry, answer in zip(entries, answers, strict=True) if not holds_entry(answer, entry)]

    async def create_group(self, name: str, finished: int) -> None:
        """One that is given what comes after that sequence; nothing happens if it is there."""
        async with answered_within(self._patience_s):
            try:
                await self._redis.xgroup_create(STREAM, name, id=f"{finished}-1", mkstream=True)
            except ResponseError as error:
                if "BUSYGROUP" not in str(error):
                    raise

    async def raise_last(self, sequence: int) -> None:
        """From now on the stream takes entries above that sequence only, even if it has none as high."""
        async with answered_within(self._patience_s):
            # redis-py has no method of its own for it
            await self._redis.execute_command("XSETID", STREAM, f"{sequence}-1")  # type: ignore[no-untyped-call]

    async def trim_finished(self, finished: int) -> int:
        """Remove the entries up to that sequence; how many there were."""
        async with answered_within(self._patience_s):
            removed: int = await self._redis.xtrim(STREAM, minid=f"{finished + 1}-0", approximate=False)
        return removed

    async def read_last(self, count: int) -> list[StreamEntry]:
        """The newest entries, oldest of them first."""
        async with answered_within(self._patience_s):
            rows = as_rows(await self._redis.xrevrange(STREAM, count=count))
        return read_entries(rows[::-1])

    async def follow(self, last_id: str = "$") -> AsyncIterator[StreamEntry | Outage]:
        """Every entry after `last_id` ("$": from now on, "0": all), for ever, through outages of any length."""
        backoff = Backoff()
        while True:
            try:
                # after an outage the first read does not wait, so that its end is told at once
                last_id, entries = await self._read_after(last_id, wait=not backoff.failures)
            except StreamError as error:
                if not backoff.failures:
                    yield Outage(str(error))
                await self._wait_for_revival(backoff.count_failure())
                continue
            if backoff.end_failures():
                yield Outage("", over=True)
            for entry in entries:
                yield entry

    async def _add_entries(self, entries: Sequence[OutboxEntry]) -> tuple[StreamState, list[OutboxEntry]]:
        """Add all at once; the stream as it was, and those whose id was refused for not being above its last one.

        Asked for in the same transaction, because a stream that was lost and added to looks like any other.
        """
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.xinfo_stream(STREAM)
            pipeline.xinfo_groups(STREAM)
            for entry in entries:
                pipeline.xadd(STREAM, make_fields(entry), id=stream_id(entry))
            stream, groups, *answers = await pipeline.execute(raise_on_error=False)
        refused = [
            (entry, answer) for entry, answer in zip(entries, answers, strict=True) if isinstance(answer, Exception)
        ]
        for _, error in refused:
            if "equal or smaller" not in str(error):
                raise error
        return make_state(stream, groups), [entry for entry, _ in refused]

    async def _holds_entry(self, entry: OutboxEntry) -> bool:
        return holds_entry(await self._redis.xrange(STREAM, min=stream_id(entry), max=stream_id(entry)), entry)

    async def _read_last_sequence(self) -> int:
        info = await self._redis.xinfo_stream(STREAM)
        sequence = int(info["last-generated-id"].split("-")[0])
        if sequence > HIGHEST_SEQUENCE:
            raise StreamError(f"a foreign entry of {STREAM} has used up the ids: rename that key, and a new one begins")
        return sequence

    async def _read_after(self, last_id: str, *, wait: bool) -> tuple[str, list[StreamEntry]]:
        """The id to go on from, and what there was, now or within BLOCK_S."""
        async with answered_within(BLOCK_S + self._patience_s):
            if last_id == "$":
                # taken down once: "$" in every read would skip what came between two of them
                newest = as_rows(await self._redis.xrevrange(STREAM, count=1))
                return (newest[0][0] if newest else "0-0"), []
            answer = await self._redis.xread({STREAM: last_id}, READ_COUNT, int(BLOCK_S * 1000) if wait else None)
        rows = as_rows(answer[0][1] if isinstance(answer, list) and answer else None)
        return (rows[-1][0] if rows else last_id), read_entries(rows)

    async def _wait_for_revival(self, pause_s: float) -> None:
        await asyncio.sleep(pause_s)
        try:
            await self.revive()
        except StreamError:
            return  # the next read fails as well, and is what counts


def connect(url: str, timeout_s: float) -> Redis:
    """A client that tries once: waiting, and saying so, is left to the loops that use it."""
    try:
        return Redis.from_url(
            url,
            protocol=2,  # redis-py 6 to 8 give the same shapes for it
            decode_responses=True,
            encoding_errors="backslashreplace",  # foreign bytes must not stop a reader
            # redis-py would use wait_for, which on Python 3.11 loses a cancellation that comes with the answer
            socket_timeout=None,
            socket_connect_timeout=timeout_s,
            retry=Retry(NoBackoff(), 0),
            client_name="basewatch",
        )
    except ValueError as error:
        # it may hold a password, of which not even the part that was misread is shown
        raise StreamError(URL_FORMS) from error


@asynccontextmanager
async def answered_within(patience_s: float) -> AsyncIterator[None]:
    """Every failure of Redis as StreamError, silence among them. redis-py drops a connection that is cut off here."""
    try:
        async with asyncio.timeout(patience_s):
            yield
    except TimeoutError as error:
        raise StreamError(f"Redis has not answered for {patience_s:g} s") from error
    except (RedisError, OSError) as error:
        raise StreamError(str(error)) from error


def stream_id(entry: OutboxEntry) -> str:
    return f"{entry.sequence}-1"


def holds_entry(answer: object, entry: OutboxEntry) -> bool:
    """Is it this very entry that stands under its id? `answer` is what XRANGE gave for that id."""
    return any(fields.get("key") == entry.key for _, fields in as_rows(answer))


def make_fields(entry: OutboxEntry) -> dict[FieldT, EncodableT]:
    return {
        "id": entry.alert_id,
        "key": entry.key,
        "kind": entry.kind,
        "schema": SCHEMA,
        "severity": entry.severity,
        "outlet": entry.outlet,
        "story": entry.story,
        "json": entry.payload,
    }


def as_rows(answer: object) -> list[Row]:
    """redis-py types an answer as the union of all that any protocol and decoding gives; `connect` has settled both."""
    return cast("list[Row]", answer or [])


def read_entries(rows: Sequence[Row]) -> list[StreamEntry]:
    """Those that are ours; what others may have put there is left out."""
    return [
        StreamEntry(
            stream_id=row_id,
            kind=fields["kind"],
            key=fields["key"],
            alert_id=fields["id"],
            schema=fields["schema"],
            severity=fields["severity"],
            outlet=fields["outlet"],
            story=fields["story"],
            payload=fields["json"],
        )
        for row_id, fields in rows
        if fields.keys() >= FIELDS
    ]
