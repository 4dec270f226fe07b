"""Mutes: what nobody is told of for a while."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from crawler.store.schema import mutes
from crawler.triage import Mute, MuteKind

_MUTE = [
    mutes.c.id,
    mutes.c.kind,
    mutes.c.value,
    mutes.c.since,
    mutes.c.until,
    mutes.c.by,
    mutes.c.reason,
    mutes.c.even_critical,
]
_EVER = select(*_MUTE).order_by(mutes.c.id)
_HOLDING = _EVER.where(
    mutes.c.since <= bindparam("now"), or_(mutes.c.until.is_(None), mutes.c.until > bindparam("now"))
)


def add_mute(
    connection: Connection,
    kind: MuteKind,
    value: str,
    now: datetime,
    *,
    until: datetime | None,
    by: str,
    reason: str,
    even_critical: bool,
) -> Mute:
    row = {
        "kind": kind,
        "value": value,
        "since": now,
        "until": until,
        "by": by,
        "reason": reason,
        "even_critical": even_critical,
    }
    return Mute(*connection.execute(insert(mutes).returning(*_MUTE), row).one())


def end_mute(connection: Connection, mute_id: int, now: datetime) -> bool:
    """False when none of this number holds now."""
    holds = or_(mutes.c.until.is_(None), mutes.c.until > now)
    ended = update(mutes).where(mutes.c.id == mute_id, holds).values(until=now)
    return connection.execute(ended).rowcount > 0


def read_mutes(connection: Connection, now: datetime | None) -> list[Mute]:
    """Those that hold now, or all that ever did; the oldest first."""
    rows = connection.execute(_EVER if now is None else _HOLDING, {"now": now})
    return [Mute(*row) for row in rows]
