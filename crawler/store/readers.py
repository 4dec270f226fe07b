"""What the database knows of the stream and of who reads it, for the day when Redis has lost both.

A reader is a consumer group; its number says that it has finished every entry up to that sequence.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select, update

from crawler.models import OutboxEntry
from crawler.store.engine import insert_unless_known, split_values
from crawler.store.outbox import read_entries
from crawler.store.schema import channels, counters, deliveries, outbox

_READER = "reader/"
_IDENTITY = "stream"
_PUBLISHED = outbox.c.published_at.is_not(None)


def read_identity(connection: Connection) -> int | None:
    """What the stream is marked with; None before the first mark."""
    value = connection.scalar(select(counters.c.value).where(counters.c.name == _IDENTITY))
    return None if value is None else int(value)


def make_identity(connection: Connection) -> int:
    """A number that no other database has; the same ever after."""
    row = {"name": _IDENTITY, "value": 1 + secrets.randbelow(2**52)}
    connection.execute(insert_unless_known(connection, counters, "name"), row)
    return int(connection.scalars(select(counters.c.value).where(counters.c.name == _IDENTITY)).one())


def read_last_published(connection: Connection) -> int:
    """The highest number that was ever marked as published; 0 when none was."""
    return int(connection.scalar(select(func.max(outbox.c.sequence)).where(_PUBLISHED)) or 0)


def read_unfinished(connection: Connection, finished: int | None, above: int, limit: int) -> list[OutboxEntry]:
    """What was published under numbers above `above` and has not reached every channel, in order; and whatever has a
    number above `finished`, up to which foreign readers have finished. None: there are none."""
    taken = exists().where(deliveries.c.channel == channels.c.name, deliveries.c.key == outbox.c.key)
    asked = channels.c.is_watched & (channels.c.start_sequence < outbox.c.sequence)
    # said in full, because SQLAlchemy looks for the tables of a subquery one level up only
    owed = exists().where(asked, ~taken.correlate(channels, outbox)).correlate(outbox)
    unfinished = owed if finished is None else owed | (outbox.c.sequence > finished)
    return read_entries(connection, _PUBLISHED & (outbox.c.sequence > above) & unfinished, limit)


def renew_rows(connection: Connection, outbox_ids: Sequence[int]) -> None:
    """To be published again, under new numbers: the old ones may be below what the stream accepts."""
    for portion in split_values(outbox_ids):
        again = update(outbox).where(outbox.c.id.in_(portion)).values(published_at=None, sequence=None)
        connection.execute(again)


def read_readers(connection: Connection) -> dict[str, int]:
    """Group → the sequence up to which it has finished everything."""
    rows = connection.execute(select(counters.c.name, counters.c.value).where(counters.c.name.startswith(_READER)))
    return {name.removeprefix(_READER): value for name, value in rows}


def save_readers(connection: Connection, finished: Mapping[str, int]) -> None:
    """These, and no others."""
    held = read_readers(connection)
    for name, value in finished.items():
        key = f"{_READER}{name}"
        connection.execute(insert_unless_known(connection, counters, "name"), {"name": key, "value": value})
        connection.execute(update(counters).where(counters.c.name == key).values(value=value))
    gone = [f"{_READER}{name}" for name in held.keys() - finished.keys()]
    for portion in split_values(gone):
        connection.execute(delete(counters).where(counters.c.name.in_(portion)))


def read_oldest_unfinished(connection: Connection, finished: int) -> datetime | None:
    """When the first entry above that number was published."""
    above = select(outbox.c.published_at).where(_PUBLISHED, outbox.c.sequence > finished)
    moment: datetime | None = connection.scalar(above.order_by(outbox.c.sequence).limit(1))
    return moment


def read_dispensable(connection: Connection, keep: int) -> int:
    """The sequence up to which the stream may be trimmed as far as the relay is concerned: it looks up what it has not
    marked as published, and the newest `keep` entries are there for whoever reads without a group."""
    newest = select(outbox.c.sequence).where(_PUBLISHED).order_by(outbox.c.sequence.desc()).offset(keep).limit(1)
    first_waiting = connection.scalar(select(func.min(outbox.c.sequence)).where(outbox.c.published_at.is_(None)))
    kept_from = int(connection.scalar(newest) or 0)
    return kept_from if first_waiting is None else min(kept_from, int(first_waiting) - 1)
