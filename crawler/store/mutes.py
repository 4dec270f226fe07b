"""Mutes: what nobody is told of for a while."""

from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

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
    wanted = select(*_MUTE).order_by(mutes.c.id)
    if now is not None:
        wanted = wanted.where(mutes.c.since <= now, or_(mutes.c.until.is_(None), mutes.c.until > now))
    return [Mute(*row) for row in connection.execute(wanted)]
