"""What became of an outlet's newest pages, as numbers, for a look at whether extraction still works there."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from crawler.drift import PageMeasure
from crawler.models import NOT_TAKEN, Outcome
from crawler.store.schema import articles, links, removed

_FETCHED = (
    Outcome.HIT,
    Outcome.NO_HIT,
    Outcome.DUPLICATE,
    Outcome.UNREADABLE,
    Outcome.REFUSED,
    Outcome.QUARANTINED,
)


def read_outlets(connection: Connection, since: datetime) -> list[str]:
    """Outlets of which a link ended since then."""
    ended = select(links.c.outlet).where(links.c.ended_at >= since).distinct().order_by(links.c.outlet)
    return list(connection.scalars(ended))


def read_measures(connection: Connection, outlet: str, until: datetime, limit: int) -> list[PageMeasure]:
    """Of the links of an outlet that ended before `until`, the newest first."""
    newest = select(func.max(articles.c.id)).where(articles.c.link_id == links.c.id)
    cut = select(func.coalesce(func.sum(func.length(removed.c.text)), 0)).where(
        removed.c.article_id == articles.c.id, removed.c.rule != NOT_TAKEN
    )
    pages = (
        select(
            links.c.outcome,
            links.c.detail,
            func.length(articles.c.body).label("body"),
            cut.correlate(articles).scalar_subquery().label("removed"),
            articles.c.truncated,
            articles.c.partial,
        )
        .outerjoin(articles, articles.c.id == newest.correlate(links).scalar_subquery())
        .where(links.c.outlet == outlet, links.c.ended_at < until, links.c.outcome.in_(_FETCHED))
        .where(links.c.complete.is_(False))
        .order_by(links.c.ended_at.desc())
        .limit(limit)
    )
    return [
        PageMeasure(
            is_whole=row.body is not None and not row.truncated and not row.partial,
            body=row.body or 0,
            removed=row.removed or 0,
            problem=row.detail.partition(":")[0],
        )
        for row in connection.execute(pages)
    ]
