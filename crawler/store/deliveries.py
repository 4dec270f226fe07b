"""Who is told, and what is owed to them. An entry and a channel make one row, which keeps its place until its end."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, insert, literal, select, update

from crawler.deliveries import (
    WAITING,
    Agenda,
    Briefing,
    ChannelCount,
    ChannelState,
    Delivery,
    DeliveryState,
    Entry,
    Verdict,
)
from crawler.models import Severity
from crawler.store.engine import insert_unless_known, split_values
from crawler.store.mutes import read_mutes
from crawler.store.schema import channels, deliveries, outbox

_STATE = [
    channels.c.name,
    channels.c.start_sequence,
    channels.c.added_at,
    channels.c.is_watched,
    channels.c.failures,
    channels.c.paused_until,
    channels.c.sent_at,
    channels.c.error,
]
_ENTRY = [
    outbox.c.key.label("entry_key"),
    outbox.c.sequence.label("entry_sequence"),
    outbox.c.kind,
    outbox.c.severity,
    outbox.c.outlet,
    outbox.c.story,
    outbox.c.payload,
]
_WAITING = deliveries.c.state.in_(WAITING)
# what is asked for every alert is made once: making a statement costs as much as running it
_CHANNEL = select(*_STATE).where(channels.c.name == bindparam("channel"))
_ENTRIES = select(*_ENTRY).where(outbox.c.key.in_(bindparam("keys", expanding=True)))
_JOINED = select(deliveries, *_ENTRY).outerjoin(outbox, outbox.c.key == deliveries.c.key)
_DUE = (
    _JOINED.where(deliveries.c.channel == bindparam("channel"), _WAITING)
    .where(deliveries.c.next_try_at <= bindparam("now"))
    .order_by(deliveries.c.message == "", deliveries.c.next_try_at, deliveries.c.sequence, deliveries.c.id)
    .limit(bindparam("most"))
)
_NEXT_TRY = select(func.min(deliveries.c.next_try_at)).where(deliveries.c.channel == bindparam("channel"), _WAITING)
_SENT = (
    update(deliveries)
    .where(deliveries.c.id.in_(bindparam("ids", expanding=True)), _WAITING)
    .values(state=DeliveryState.SENT, sent_at=bindparam("now"), next_try_at=None, last_error="")
    .values(attempts=deliveries.c.attempts + 1)
)
_CHANNEL_SENT = (
    update(channels)
    .where(channels.c.name == bindparam("channel"))
    .values(failures=0, paused_until=None, sent_at=bindparam("now"), error="")
)
_QUEUED_AT = select(deliveries.c.queued_at).where(deliveries.c.id.in_(bindparam("ids", expanding=True)))


def watch_channels(connection: Connection, names: Collection[str], now: datetime) -> list[ChannelState]:
    """These are all: a new one is told what is published from now on, one that comes back goes on as a new one does."""
    last = connection.scalar(select(func.max(outbox.c.sequence)).where(outbox.c.published_at.is_not(None))) or 0
    begin = {"start_sequence": last, "added_at": now, "is_watched": True}
    known = {row.name: row.is_watched for row in connection.execute(select(channels.c.name, channels.c.is_watched))}
    for name in names:
        if name not in known:
            connection.execute(insert(channels), {"name": name, "error": "", **begin})
        elif not known[name]:
            connection.execute(update(channels).where(channels.c.name == name).values(**begin))
    gone = channels.c.name.not_in(list(names)) & channels.c.is_watched
    connection.execute(update(channels).where(gone).values(is_watched=False))
    return read_channels(connection)


def read_channels(connection: Connection) -> list[ChannelState]:
    return [ChannelState(*row) for row in connection.execute(select(*_STATE).order_by(channels.c.name))]


def read_briefing(connection: Connection, channel: str, keys: Sequence[str], now: datetime) -> Briefing:
    """What the outbox has under these keys, and what the channel was told of their stories."""
    entries = [
        _make_entry(row) for portion in split_values(keys) for row in connection.execute(_ENTRIES, {"keys": portion})
    ]
    told = _read_told_stories(connection, channel, {entry.story for entry in entries} - {""})
    return Briefing(entries, told, read_mutes(connection, now))


def _read_told_stories(connection: Connection, channel: str, stories: Collection[str]) -> dict[str, str]:
    if not stories:
        return {}
    told = deliveries.c.state.in_((*WAITING, DeliveryState.SENT)) & (deliveries.c.channel == channel)
    query = (
        select(outbox.c.story, outbox.c.severity)
        .join(deliveries, deliveries.c.key == outbox.c.key)
        .where(told, outbox.c.story.in_(list(stories)))
    )
    order: tuple[str, ...] = get_args(Severity)
    loudest: dict[str, str] = {}
    for story, severity in connection.execute(query):
        loudest[story] = max(loudest.get(story, order[0]), severity, key=order.index)
    return loudest


def save_verdicts(connection: Connection, channel: str, verdicts: Sequence[Verdict], now: datetime) -> None:
    """Entries that the channel has a row for keep it as it is."""
    known = insert_unless_known(connection, deliveries, "channel", "key")
    rows = [
        {
            "key": verdict.key,
            "channel": channel,
            "sequence": verdict.sequence,
            "state": verdict.state,
            "queued_at": now,
            "next_try_at": verdict.next_try_at,
            "message": verdict.message,
            "last_error": verdict.detail,
        }
        for verdict in verdicts
    ]
    if rows:
        connection.execute(known, rows)


def read_due(connection: Connection, channel: str, now: datetime, limit: int) -> list[Delivery]:
    """What the channel is to be sent now: what was begun first, then the longest due."""
    return list(map(_make_delivery, connection.execute(_DUE, {"channel": channel, "now": now, "most": limit})))


def read_agenda(connection: Connection, channel: str, now: datetime, limit: int) -> Agenda:
    """All that decides what a channel does next."""
    state = connection.execute(_CHANNEL, {"channel": channel}).one()
    return Agenda(ChannelState(*state), read_due(connection, channel, now, limit), read_next_try(connection, channel))


def read_message(connection: Connection, channel: str, message: str) -> list[Delivery]:
    """All that one message carries, whenever its next try is."""
    carried = deliveries.c.message == message
    return _read(connection, _select_deliveries(channel).where(_WAITING, carried).order_by(deliveries.c.sequence))


def read_dead(connection: Connection, channel: str | None) -> list[tuple[str, Delivery]]:
    """Channel and dead letter, the newest first."""
    dead = _select_deliveries(channel).where(deliveries.c.state == DeliveryState.DEAD)
    rows = connection.execute(dead.order_by(deliveries.c.id.desc()))
    return [(row.channel, _make_delivery(row)) for row in rows]


def read_next_try(connection: Connection, channel: str) -> datetime | None:
    """When the next of what waits is due."""
    earliest: datetime | None = connection.scalar(_NEXT_TRY, {"channel": channel})
    return earliest


def read_sent_times(connection: Connection, channel: str, since: datetime) -> list[datetime]:
    """When each message of the channel since then was sent, in order."""
    sent = (deliveries.c.channel == channel) & (deliveries.c.state == DeliveryState.SENT)
    times = select(func.max(deliveries.c.sent_at)).where(sent, deliveries.c.sent_at >= since)
    return sorted(connection.scalars(times.group_by(deliveries.c.message)))


def begin_alone(connection: Connection, ids: Sequence[int]) -> None:
    """From now on each is a message of its own, whatever comes between."""
    for portion in split_values(ids):
        chosen = deliveries.c.id.in_(portion)
        connection.execute(update(deliveries).where(chosen).values(message=deliveries.c.key))


def assign_message(connection: Connection, ids: Sequence[int], message: str) -> None:
    for portion in split_values(ids):
        connection.execute(update(deliveries).where(deliveries.c.id.in_(portion)).values(message=message))


def hold_back(connection: Connection, ids: Sequence[int], until: datetime) -> None:
    _change(connection, ids, {"state": DeliveryState.HELD, "next_try_at": until})


def heal_waits(connection: Connection, channel: str, latest: datetime, now: datetime) -> None:
    late = (deliveries.c.channel == channel) & _WAITING & (deliveries.c.next_try_at > latest)
    connection.execute(update(deliveries).where(late).values(next_try_at=now))
    paused = (channels.c.name == channel) & (channels.c.paused_until > latest)
    connection.execute(update(channels).where(paused).values(paused_until=None))


def save_sent(connection: Connection, channel: str, ids: Sequence[int], now: datetime) -> list[datetime]:
    """When they were queued."""
    queued: list[datetime] = []
    for portion in split_values(ids):
        connection.execute(_SENT, {"ids": portion, "now": now})
        queued += connection.scalars(_QUEUED_AT, {"ids": portion})
    connection.execute(_CHANNEL_SENT, {"channel": channel, "now": now})
    return queued


def save_failure(
    connection: Connection, channel: str, ids: Sequence[int], error: str, next_try_at: datetime, pause: datetime | None
) -> None:
    """One more try that failed, of these deliveries and of their channel."""
    attempts = deliveries.c.attempts + 1
    _change(connection, ids, {"attempts": attempts, "next_try_at": next_try_at, "last_error": error})
    failed = {"failures": channels.c.failures + 1, "error": error, "paused_until": pause}
    _change_channel(connection, channel, failed)


def save_dead(connection: Connection, channel: str, ids: Sequence[int], error: str) -> None:
    dead = {"state": DeliveryState.DEAD, "next_try_at": None, "last_error": error}
    _change(connection, ids, {**dead, "attempts": deliveries.c.attempts + 1})
    _change_channel(connection, channel, {"error": error})


def dismiss(connection: Connection, channel: str | None, keys: Collection[str], by: str) -> int:
    """Owe dead letters to nobody any more; why they were not sent stays. How many."""
    said = literal(f"dismissed by {by}: ").concat(deliveries.c.last_error)
    chosen = update(deliveries).where(_choose_dead(channel, keys))
    return connection.execute(chosen.values(state=DeliveryState.FILTERED, last_error=said)).rowcount


def _choose_dead(channel: str | None, keys: Collection[str]) -> ColumnElement[bool]:
    chosen = deliveries.c.state == DeliveryState.DEAD
    if channel is not None:
        chosen &= deliveries.c.channel == channel
    return chosen & deliveries.c.key.in_(list(keys)) if keys else chosen


def redrive(connection: Connection, channel: str | None, keys: Collection[str], now: datetime) -> int:
    """Queue dead letters as if they were new; the channel's pause ends. How many."""
    chosen = _choose_dead(channel, keys)
    affected = connection.scalars(select(deliveries.c.channel).where(chosen).distinct()).all()
    fresh = {"state": DeliveryState.QUEUED, "attempts": 0, "queued_at": now, "next_try_at": now}
    count = connection.execute(update(deliveries).where(chosen).values(**fresh)).rowcount
    for name in affected:
        _change_channel(connection, name, {"failures": 0, "paused_until": None})
    return count


def read_earlier(connection: Connection, channel: str, since: datetime, limit: int) -> list[str]:
    """Keys of what was published since then and the channel was never given, the first ones."""
    had = select(deliveries.c.id).where(deliveries.c.channel == channel, deliveries.c.key == outbox.c.key).exists()
    earlier = select(outbox.c.key).where(outbox.c.published_at >= since, ~had)
    return list(connection.scalars(earlier.order_by(outbox.c.sequence).limit(limit)))


def count_deliveries(connection: Connection) -> list[ChannelCount]:
    counted = select(deliveries.c.channel, deliveries.c.state, func.count()).group_by(
        deliveries.c.channel, deliveries.c.state
    )
    return [ChannelCount(name, DeliveryState(state), count) for name, state, count in connection.execute(counted)]


def _change(connection: Connection, ids: Sequence[int], values: dict[str, Any]) -> None:
    """Of rows that still wait; what has ended stays as it is."""
    for portion in split_values(ids):
        waiting = deliveries.c.id.in_(portion) & _WAITING
        connection.execute(update(deliveries).where(waiting).values(**values))


def _change_channel(connection: Connection, channel: str, values: dict[str, Any]) -> None:
    connection.execute(update(channels).where(channels.c.name == channel).values(**values))


def _select_deliveries(channel: str | None) -> Select[Any]:
    """With what the outbox has; of one channel, or of all."""
    return _JOINED if channel is None else _JOINED.where(deliveries.c.channel == channel)


def _read(connection: Connection, query: Select[Any]) -> list[Delivery]:
    return [_make_delivery(row) for row in connection.execute(query)]


def _make_delivery(row: Row[Any]) -> Delivery:
    entry = None if row.entry_key is None else _make_entry(row)
    state = DeliveryState(row.state)
    return Delivery(row.id, row.key, state, row.attempts, row.queued_at, row.message, row.last_error, entry)


def _make_entry(row: Row[Any]) -> Entry:
    return Entry(row.entry_key, row.entry_sequence or 0, row.kind, row.severity, row.outlet, row.story, row.payload)
