"""Which captures lie in which file of the archive, and which of them are worth more than the others."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from crawler.archive.retention import Moved, Stays
from crawler.archive.verify import Row
from crawler.store.schema import alerts, articles, captures, hits, links

_THERE = captures.c.pruned_at.is_(None)


def read_rows(connection: Connection, file: str) -> list[Row]:
    """What should be in a file, by its place; several links may share a record."""
    columns = [captures.c.link_id if name.name == "link" else captures.c[name.name] for name in fields(Row)]
    rows = connection.execute(select(*columns).where(_THERE, captures.c.file == file).order_by(captures.c.offset))
    return [Row(*row) for row in rows]


def count_rows(connection: Connection) -> dict[str, int]:
    """File → captures in it."""
    counted = select(captures.c.file, func.count().label("captures")).where(_THERE).group_by(captures.c.file)
    return {row.file: row.captures for row in connection.execute(counted)}


def count_pages(connection: Connection) -> tuple[Counter[tuple[str, date]], int]:
    """Pages by outlet and day (UTC) when they were fetched, and how many more were pruned."""
    counts: Counter[tuple[str, date]] = Counter()
    pages = select(links.c.outlet, captures.c.fetched_at).join(links, links.c.id == captures.c.link_id).where(_THERE)
    for outlet, fetched_at in connection.execute(pages):
        counts[outlet, fetched_at.date()] += 1
    pruned = connection.scalar(select(func.count()).where(captures.c.pruned_at.is_not(None)))
    return counts, pruned or 0


def read_stays(connection: Connection, file: str, *, keep_hits: bool) -> Stays:
    """What of a file is to be kept: pages of links that have an alert, or hits in any of their revisions."""
    pages = select(func.count(captures.c.offset.distinct())).where(_THERE, captures.c.file == file)
    count = connection.scalar(pages) or 0
    if not keep_hits:
        return Stays(frozenset(), 0, count)
    kept = select(captures.c.offset, captures.c.length).distinct().where(_THERE, captures.c.file == file, _has_hits())
    rows = connection.execute(kept).all()
    return Stays(frozenset(row.offset for row in rows), sum(row.length for row in rows), count)


def save_pruned(connection: Connection, file: str, successor: str, moved: Mapping[int, Moved], now: datetime) -> int:
    """Say where the records of a file lie now, and which are gone; how many of the latter."""
    in_file = (captures.c.file == file) & _THERE
    for offset, place in moved.items():
        where = {"file": successor, "offset": place.offset, "length": place.length}
        connection.execute(update(captures).where(in_file, captures.c.offset == offset).values(where))
    return connection.execute(update(captures).where(in_file).values(pruned_at=now)).rowcount


def _has_hits() -> ColumnElement[bool]:
    fired = select(articles.c.id).join(hits, hits.c.article_id == articles.c.id)
    told = select(alerts.c.id).where(alerts.c.link_id == captures.c.link_id)
    return or_(fired.where(articles.c.link_id == captures.c.link_id).exists(), told.exists())
