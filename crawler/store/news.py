"""What has been told of alerts lately, for whoever looks on while it happens.

The order is that of row ids, which PostgreSQL may commit out of order: who follows looks back a little, and passes over
what it has seen. It does not wait for the stream: what is here is shown even while Redis is away.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from crawler.models import Severity
from crawler.store.schema import outbox


@dataclass(frozen=True, slots=True)
class News:
    """That an alert was raised, or has changed."""

    id: int
    kind: str
    """alert or update."""
    alert_id: str
    severity: Severity


def read_news(connection: Connection, after: int, limit: int) -> list[News]:
    """In the order of their ids, from the first one above `after`."""
    query = (
        select(outbox.c.id, outbox.c.kind, outbox.c.alert_id, outbox.c.severity)
        .where(outbox.c.id > after, outbox.c.kind.in_(("alert", "update")))
        .order_by(outbox.c.id)
        .limit(limit)
    )
    return [News(*row) for row in connection.execute(query)]


def read_newest(connection: Connection) -> int:
    """The highest id that there is; 0 for none."""
    return connection.scalar(select(func.max(outbox.c.id))) or 0
