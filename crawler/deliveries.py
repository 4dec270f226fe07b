"""What is owed to whom: one delivery for each entry of the stream and channel, from when it is known until its end."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crawler.triage import Mute


class DeliveryState(StrEnum):
    """Where a delivery stands. Queued and held ones are still to be sent; dead ones wait for a person."""

    QUEUED = "queued"
    """To be sent at `next_try_at`, for the first time or again."""
    HELD = "held"
    """Kept back until `next_try_at`, by quiet hours or by the channel's rate limit."""
    SENT = "sent"
    FOLDED = "folded"
    """A copy of a story that the channel was told of already."""
    MUTED = "muted"
    """Somebody muted its rule, entity, outlet or story."""
    FILTERED = "filtered"
    """The channel did not ask for such."""
    DEAD = "dead"
    """Given up; `basewatch alerts redrive` sends it again."""


WAITING = (DeliveryState.QUEUED, DeliveryState.HELD)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the stream tells: an alert, or what became of one. The same as the outbox keeps it."""

    key: str
    """Never used for anything else; what a receiver recognises a repeat by."""
    sequence: int
    kind: str
    """alert, update or health."""
    severity: str
    outlet: str
    story: str
    payload: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a channel does with an entry that is new to it."""

    key: str
    sequence: int
    state: DeliveryState
    next_try_at: datetime | None = None
    """For those that wait."""
    detail: str = ""
    """Why it is dead, muted or filtered, one line."""
    message: str = ""
    """Key of the message that carries it, where that is decided already."""


@dataclass(frozen=True, slots=True)
class Briefing:
    """What decides about entries that are new to a channel."""

    entries: list[Entry]
    told: dict[str, str]
    """Story → severity of the loudest alert on it that the channel was sent, or will be."""
    mutes: list[Mute]
    """That hold now."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An entry on its way to a channel."""

    id: int
    key: str
    state: DeliveryState
    attempts: int
    queued_at: datetime
    message: str
    """Key of the message that carries it; empty until it is decided. A repeat after a crash is the same message."""
    error: str
    entry: Entry | None
    """None when the outbox knows nothing of it: somebody else has written to the stream."""


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What is remembered of a channel."""

    name: str
    start_sequence: int
    """It is told what is published after this one."""
    added_at: datetime
    is_watched: bool
    """False when the settings name it no more."""
    failures: int
    """Messages in a row that could not be sent."""
    paused_until: datetime | None
    """Nothing is sent before: its endpoint asked for that, or does not answer."""
    sent_at: datetime | None
    """The last message that arrived."""
    error: str
    """What was wrong with the last one that did not."""


@dataclass(frozen=True, slots=True)
class ChannelCount:
    """How many deliveries of a channel are in which state."""

    channel: str
    state: DeliveryState
    count: int


@dataclass(frozen=True, slots=True)
class Agenda:
    """What decides what a channel does next."""

    state: ChannelState
    due: list[Delivery]
    """To be sent now: what was begun first, then the longest due."""
    next_try_at: datetime | None
    """When the first of all that waits is due."""
