"""Health: troubles that begin once and end once, and how often the daemon's ticks went wrong."""

from collections.abc import Sequence
from datetime import datetime
from typing import get_args

from sqlalchemy import Connection, select, update

from crawler.models import PollEnd
from crawler.signs import HealthEvent, HealthKind, Trouble
from crawler.store.engine import insert_unless_known, insert_where_free
from crawler.store.schema import counters, health

_OPEN = health.c.ended_at.is_(None)
_TICKS = "ticks/"
_EVENT = [health.c.kind, health.c.subject, health.c.detail, health.c.since, health.c.ended_at]


def change_troubles(connection: Connection, end: PollEnd, now: datetime) -> None:
    """What a poll found to begin and to end, for its source."""
    for trouble in end.opened:
        open_event(connection, trouble, end.state.name, now)
    for kind in end.closed:
        close_event(connection, kind, end.state.name, now)


def open_event(connection: Connection, trouble: Trouble, subject: str, since: datetime) -> bool:
    """False when it has begun already."""
    row = {"kind": trouble.kind, "subject": subject, "detail": trouble.detail, "since": since}
    opened = insert_where_free(connection, health).returning(health.c.id)
    return connection.execute(opened, row).first() is not None


def close_event(connection: Connection, kind: HealthKind, subject: str, now: datetime) -> bool:
    """False when there is nothing to end."""
    same = _OPEN & (health.c.kind == kind) & (health.c.subject == subject)
    return connection.execute(update(health).where(same).values(ended_at=now)).rowcount > 0


def close_events(connection: Connection, subjects: Sequence[str], now: datetime) -> None:
    """Whatever is wrong with them is so no more."""
    connection.execute(update(health).where(_OPEN, health.c.subject.in_(subjects)).values(ended_at=now))


def read_events(connection: Connection, ended_since: datetime | None) -> list[HealthEvent]:
    """What is open, and what ended since then, the oldest first."""
    wanted = _OPEN if ended_since is None else _OPEN | (health.c.ended_at >= ended_since)
    known = get_args(HealthKind)
    rows = connection.execute(select(*_EVENT).where(wanted).order_by(health.c.since, health.c.id))
    return [HealthEvent(*row) for row in rows if row.kind in known]


def count_ticks(connection: Connection, counts: dict[str, int]) -> None:
    """Add to what is counted for ever, by name."""
    for name, number in counts.items():
        key = f"{_TICKS}{name}"
        connection.execute(insert_unless_known(connection, counters, "name"), {"name": key, "value": 0})
        more = update(counters).where(counters.c.name == key).values(value=counters.c.value + number)
        connection.execute(more)


def read_ticks(connection: Connection) -> dict[str, int]:
    """Name → how often, of those that ever happened."""
    counted = select(counters.c.name, counters.c.value).where(counters.c.name.startswith(_TICKS), counters.c.value > 0)
    return {name.removeprefix(_TICKS): value for name, value in connection.execute(counted.order_by(counters.c.name))}
