"""Entries on their way to the stream. Only the sequence number orders them.

Row ids do not: PostgreSQL may commit 6 before 5, and who reads on from 6 never sees 5. So numbers are given here, to
rows that are committed, by one transaction at a time, and a number once given is never given again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from crawler.models import Alert, Entry, EntryKind, HealthNotice, OutboxEntry, Update
from crawler.payload import entry_to_json
from crawler.store.driver import insert_rows
from crawler.store.engine import split_values
from crawler.store.schema import counters, outbox

COUNTER = "published"
_UNPUBLISHED = outbox.c.published_at.is_(None)
_ENTRY: list[ColumnElement[Any]] = [  # in the order of OutboxEntry's fields
    outbox.c.id,
    outbox.c.sequence,
    outbox.c.kind,
    outbox.c.key,
    outbox.c.alert_id,
    outbox.c.severity,
    outbox.c.outlet,
    outbox.c.story,
    outbox.c.payload,
]
# what is asked for every alert is made once: making a statement costs as much as running it
_UNNUMBERED = select(outbox.c.id).where(_UNPUBLISHED, outbox.c.sequence.is_(None)).limit(bindparam("most"))
_OLDEST = _UNNUMBERED.order_by(outbox.c.id)
_NUMBERED = (
    select(*_ENTRY)
    .where(_UNPUBLISHED, outbox.c.sequence.is_not(None))
    .order_by(outbox.c.sequence)
    .limit(bindparam("most"))
)
_COUNTER = select(counters.c.value).where(counters.c.name == COUNTER).with_for_update()
_COUNT = update(counters).where(counters.c.name == COUNTER).values(value=bindparam("last"))
_MARK = (
    update(outbox)
    .where(outbox.c.id.in_(bindparam("ids", expanding=True)), _UNPUBLISHED)
    .values(published_at=bindparam("now"))
    .returning(outbox.c.created_at)
)
_NUMBER = update(outbox).where(outbox.c.id == bindparam("row")).values(sequence=bindparam("number"))


def add_entry(connection: Connection, entry: Entry, now: datetime, payload: str = "") -> None:
    """What the transaction of this connection makes known, if it is committed. `payload` is the entry as JSON, for who
    has it already."""
    about = entry.alert if isinstance(entry, Update) else entry
    row = {
        "kind": _kind_of(entry),
        "key": make_key(entry),
        "alert_id": entry.id,
        "severity": entry.severity,
        "outlet": about.outlet,
        "story": about.story if isinstance(about, Alert) else "",
        "payload": payload or entry_to_json(entry),
        "created_at": now,
    }
    insert_rows(connection, outbox, [row])


def make_key(entry: Entry) -> str:
    """Letters, digits and hyphens, so that it may stand in a header or an address."""
    match entry:
        case Alert():
            return f"{entry.id}-1"
        case Update():
            return f"{entry.id}-{entry.number}"
        case HealthNotice():
            return f"{entry.id}-{'ends' if entry.ended_at else 'begins'}"


def _kind_of(entry: Entry) -> EntryKind:
    match entry:
        case Alert():
            return "alert"
        case Update():
            return "update"
        case HealthNotice():
            return "health"


def has_unnumbered(connection: Connection) -> bool:
    return connection.scalar(_UNNUMBERED, {"most": 1}) is not None


def number_rows(connection: Connection, limit: int) -> None:
    """Give the oldest unnumbered rows the next numbers."""
    last = _lock_counter(connection)
    _number_from(connection, last, connection.scalars(_OLDEST, {"most": limit}).all())


def raise_sequence(connection: Connection, above: int) -> None:
    """Number all unpublished rows anew, in their order."""
    last = max(_lock_counter(connection), above)
    in_order = select(outbox.c.id).where(_UNPUBLISHED).order_by(outbox.c.sequence.nulls_last(), outbox.c.id)
    _number_from(connection, last, connection.scalars(in_order).all())


def read_numbered(connection: Connection, limit: int) -> list[OutboxEntry]:
    return [OutboxEntry(*row) for row in connection.execute(_NUMBERED, {"most": limit})]


def read_entries(connection: Connection, wanted: ColumnElement[bool], limit: int) -> list[OutboxEntry]:
    """In the order of their numbers."""
    entries = select(*_ENTRY).where(wanted).order_by(outbox.c.sequence).limit(limit)
    return [OutboxEntry(*row) for row in connection.execute(entries)]


def mark_published(connection: Connection, outbox_ids: Sequence[int], now: datetime) -> list[datetime]:
    """When those that were not marked yet were written."""
    written: list[datetime] = []
    for portion in split_values(outbox_ids):
        written += connection.scalars(_MARK, {"ids": portion, "now": now})
    return written


def _lock_counter(connection: Connection) -> int:
    return int(connection.scalars(_COUNTER).one())


def _number_from(connection: Connection, last: int, ids: Sequence[int]) -> None:
    if ids:
        connection.execute(_NUMBER, [{"row": row, "number": number} for number, row in enumerate(ids, start=last + 1)])
    connection.execute(_COUNT, {"last": last + len(ids)})
