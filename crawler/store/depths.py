"""How much waits, and where."""

from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, select

from crawler.store.schema import health, links, outbox, revisits


@dataclass(frozen=True, slots=True)
class Depths:
    """What has not come to its end."""

    unpublished: int
    """Entries that the relay has still to put on the stream."""
    pending: int
    """Links without an outcome."""
    revisits: int
    troubles: dict[str, int]
    """Open ones, by kind."""


def read_depths(connection: Connection) -> Depths:
    counted = select(health.c.kind, func.count()).where(health.c.ended_at.is_(None)).group_by(health.c.kind)
    return Depths(
        _count_open(connection, outbox, "published_at"),
        _count_open(connection, links, "outcome"),
        _count_open(connection, revisits, "result"),
        dict(tuple(row) for row in connection.execute(counted)),
    )


def _count_open(connection: Connection, table: Table, end: str) -> int:
    """Each of these has a partial index of what is open."""
    return connection.scalar(select(func.count()).select_from(table).where(table.c[end].is_(None))) or 0
