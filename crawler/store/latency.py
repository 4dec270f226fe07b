"""How long news takes, and what was dropped on the way and why."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from crawler.models import Outcome
from crawler.store.schema import alerts, captures, links
from crawler.timing import Latency, Milestones, measure_stages

MOST = 1_000
"""Links that are looked at, the newest first; enough for a 95th percentile."""
_READ = (Outcome.HIT, Outcome.NO_HIT)


def read_latency(connection: Connection, since: datetime, source: str | None) -> tuple[Latency, ...]:
    """One row for each stage that any link seen since then has passed."""
    newest = select(links.c.id, links.c.published, links.c.seen_at)
    if source is None:
        newest = newest.order_by(links.c.id.desc())
    else:
        newest = newest.where(links.c.source == source).order_by(links.c.seen_at.desc())
    # the span is looked at afterwards: to look for it among all links could mean to read them all
    recent = newest.limit(MOST).subquery()
    # asked for each link: to group all captures first would read them all
    fetched = select(func.min(captures.c.fetched_at)).where(captures.c.link_id == recent.c.id).scalar_subquery()
    rows = connection.execute(
        select(recent.c.published, recent.c.seen_at, fetched, alerts.c.created_at)
        .outerjoin(alerts, alerts.c.link_id == recent.c.id)
        .where(recent.c.seen_at >= since)
    )
    return measure_stages([Milestones(*row) for row in rows])


def read_drops(connection: Connection, since: datetime, source: str, most: int) -> list[tuple[Outcome, str, int]]:
    """Outcome, reason and count of the links that ended as no article, the most frequent first."""
    counted = (
        select(links.c.outcome, links.c.detail, func.count())
        .where(links.c.source == source, links.c.seen_at >= since, links.c.outcome.not_in(_READ))
        .group_by(links.c.outcome, links.c.detail)
        .order_by(func.count().desc(), links.c.outcome, links.c.detail)
        .limit(most)
    )
    return [(Outcome(outcome), detail, count) for outcome, detail, count in connection.execute(counted)]
