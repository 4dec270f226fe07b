"""What Redis says of the stream and of the groups that read it. Pure: answers in, values out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crawler.errors import StreamError

NO_STREAM = "no such key"
CHANNEL = "channel:"
"""Begins the names of our channels' groups; anybody may have others."""


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group."""

    name: str
    delivered: int
    """The sequence up to which it was given everything."""
    pending: int
    """Entries that it was given and has not acknowledged."""
    lag: int | None = None
    """Entries that it was not given; None when Redis cannot tell."""


@dataclass(frozen=True, slots=True)
class StreamState:
    """The stream at one moment; all zero and empty when there is none."""

    last_sequence: int = 0
    """Of the last entry that it ever took."""
    first_sequence: int = 0
    """Of the oldest entry that it still has."""
    length: int = 0
    groups: tuple[Group, ...] = field(default=())

    @property
    def gone(self) -> int:
        """The sequence up to which the stream holds nothing more."""
        return self.first_sequence - 1 if self.length else self.last_sequence

    def has_group(self, name: str) -> bool:
        return any(group.name == name for group in self.groups)


def make_state(stream: object, groups: object) -> StreamState:
    """From the answers to XINFO STREAM and XINFO GROUPS. Raises StreamError when either is an error."""
    for answer in (stream, groups):
        if isinstance(answer, Exception):
            if NO_STREAM in str(answer):
                return StreamState()
            raise StreamError(str(answer)) from answer
    return read_state(stream, groups)  # type: ignore[arg-type]  # redis-py types answers as anything


def read_state(stream: Mapping[str, Any], groups: Sequence[Mapping[str, Any]]) -> StreamState:
    first = stream["first-entry"]
    return StreamState(
        last_sequence=int(stream["last-generated-id"].partition("-")[0]),
        first_sequence=int(first[0].partition("-")[0]) if first else 0,
        length=stream["length"],
        groups=tuple(read_group(group) for group in groups),
    )


def read_group(group: Mapping[str, Any]) -> Group:
    return Group(group["name"], read_position(group["last-delivered-id"]), group["pending"], group.get("lag"))


def read_position(stream_id: str) -> int:
    """The sequence up to which our entries, whose ids are `<sequence>-1`, are at or before this id."""
    sequence, _, part = stream_id.partition("-")
    return int(sequence) if int(part or 0) >= 1 else max(int(sequence) - 1, 0)


def read_finished(group: Group, oldest_pending: str | None) -> int:
    """The sequence up to which it has acknowledged everything that it was given."""
    return group.delivered if oldest_pending is None else max(int(oldest_pending.partition("-")[0]) - 1, 0)
