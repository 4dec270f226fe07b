"""Health: troubles that begin once and end once, and how often the daemon's ticks went wrong."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import ColumnElement, Connection, Row, select, update

from crawler.models import HealthNotice, PollEnd
from crawler.severity import weigh_trouble
from crawler.signs import OF_OUTLETS, HealthEvent, HealthKind, Trouble
from crawler.store.engine import insert_unless_known, insert_where_free
from crawler.store.outbox import add_entry
from crawler.store.schema import counters, health

_OPEN = health.c.ended_at.is_(None)
_TICKS = "ticks/"
_EVENT = [health.c.kind, health.c.subject, health.c.detail, health.c.since, health.c.ended_at]


def change_troubles(connection: Connection, end: PollEnd, now: datetime, outlet: str) -> None:
    """What a poll found to begin and to end, for its source."""
    for trouble in end.opened:
        open_event(connection, trouble, end.state.name, now, outlet)
    for kind in end.closed:
        close_event(connection, kind, end.state.name, now)


def open_event(connection: Connection, trouble: Trouble, subject: str, since: datetime, outlet: str = "") -> bool:
    """Told on the stream too; False when it has begun already. `outlet` is that of a source."""
    outlet = subject if trouble.kind in OF_OUTLETS else outlet
    row = {"kind": trouble.kind, "subject": subject, "outlet": outlet, "detail": trouble.detail, "since": since}
    opened = connection.execute(insert_where_free(connection, health).returning(health), row).first()
    if opened is not None:
        add_entry(connection, _make_notice(opened), since)
    return opened is not None


def close_event(connection: Connection, kind: HealthKind, subject: str, now: datetime) -> bool:
    """Told on the stream too; False when there is nothing to end."""
    return _close_where(connection, (health.c.kind == kind) & (health.c.subject == subject), now)


def close_events(connection: Connection, subjects: Sequence[str], now: datetime) -> None:
    """Whatever is wrong with them is so no more."""
    _close_where(connection, health.c.subject.in_(subjects), now)


def _close_where(connection: Connection, which: ColumnElement[bool], now: datetime) -> bool:
    ended = update(health).where(_OPEN, which).values(ended_at=now).returning(health)
    rows = connection.execute(ended).all()
    for row in rows:
        # what an older basewatch began under a name that is known no more has told nobody, and ends as quietly
        if row.kind in get_args(HealthKind):
            add_entry(connection, _make_notice(row), now)
    return bool(rows)


def _make_notice(row: Row[Any]) -> HealthNotice:
    severity = weigh_trouble(row.kind)
    return HealthNotice(
        f"health-{row.id}", row.kind, row.subject, row.outlet, severity, row.detail, row.since, row.ended_at
    )


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
