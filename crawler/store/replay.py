"""The past, asked again: what is stored for each capture, and what today's rules make of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from crawler.models import Analysis, Capture, Outcome, Saved, StoredHits
from crawler.store.alerts import make_alert, raise_alert
from crawler.store.articles import Revision, insert_revision, lock_link
from crawler.store.schema import articles, captures, hits, links

_NEVER_ANALYSED = (Outcome.ROBOTS, Outcome.OUT_OF_SCOPE)

_CAPTURE = [  # in the order of Capture's fields
    captures.c.file,
    captures.c.offset,
    captures.c.length,
    captures.c.digest,
    captures.c.url,
    captures.c.status,
    captures.c.fetched_at,
]


def read_captures(connection: Connection, since: datetime | None, until: datetime | None) -> list[StoredHits]:
    """Captured in [since, until), by file and offset, with the rules of the newest revision. An answer that was not
    the article (403, 404 ...) is none of them, even where the feed's text was analysed in its place."""
    asked = _select_pages(since, until)
    rules = _read_rules(connection, asked)
    in_order = asked.order_by(captures.c.file, captures.c.offset)
    return [
        StoredHits(
            link_id=row.link_id,
            capture=Capture(*row[: len(_CAPTURE)]),
            material_title=row.title,
            material_published=row.published,
            outlet=row.outlet,
            url=row.link_url,
            outcome=Outcome(row.outcome),
            rules=frozenset(rules.get(row.article_id, ())),
        )
        for row in connection.execute(in_order)
    ]


def save_replay(
    connection: Connection,
    link_id: int,
    analysis: Analysis,
    now: datetime,
    *,
    outlet_name: str,
    capture: Capture,
    alert: bool,
) -> Saved:
    """`alert_id` is that of an alert raised now. The link's own outcome stays what its poll's account says."""
    link = lock_link(connection, link_id)
    revision = _find_same(connection, link_id, analysis) or insert_revision(connection, link, analysis, now, capture)
    news = make_alert(link, analysis, outlet_name=outlet_name, capture=capture, replay=True) if alert else None
    raised = news is not None and raise_alert(connection, news, revision, now)
    return Saved(
        outcome=Outcome.HIT if analysis.hits else Outcome.NO_HIT, alert_id=news.id if news and raised else None
    )


def _select_pages(since: datetime | None, until: datetime | None) -> Select[Any]:
    revisions = select(func.max(articles.c.revision)).where(articles.c.link_id == links.c.id)
    newest = revisions.correlate(links).scalar_subquery()
    return (
        select(
            *_CAPTURE,
            links.c.id.label("link_id"),
            links.c.title,
            links.c.published,
            links.c.outlet,
            links.c.url.label("link_url"),
            links.c.outcome,
            articles.c.id.label("article_id"),
        )
        .join(links, links.c.id == captures.c.link_id)
        .outerjoin(articles, and_(articles.c.link_id == links.c.id, articles.c.revision == newest))
        .where(*_conditions(since, until))
    )


def _conditions(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        captures.c.status.between(200, 299),
        links.c.outcome.not_in(_NEVER_ANALYSED),
    ]
    if since is not None:
        conditions.append(captures.c.fetched_at >= since)
    if until is not None:
        conditions.append(captures.c.fetched_at < until)
    return conditions


def _read_rules(connection: Connection, asked: Select[Any]) -> dict[int, set[str]]:
    pages = asked.subquery()
    rules: dict[int, set[str]] = {}
    fired = select(hits.c.article_id, hits.c.rule).where(hits.c.article_id.in_(select(pages.c.article_id)))
    for article_id, rule in connection.execute(fired):
        rules.setdefault(article_id, set()).add(rule)
    return rules


def _find_same(connection: Connection, link_id: int, analysis: Analysis) -> Revision | None:
    """The newest revision, when it says what `analysis` says: replaying twice stores once."""
    newest = select(articles).where(articles.c.link_id == link_id).order_by(articles.c.revision.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    if row is None or row.settings_digest != analysis.settings_digest:
        return None
    if (row.title, row.body) != (analysis.article.title, analysis.article.body):
        return None
    return Revision(row.id, link_id, row.body_digest, row.duplicate_of)
