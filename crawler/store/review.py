"""What stored articles say about rules and names that are thought of later. The newest revision of each counts."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, func, literal_column, select, tuple_

from crawler.models import Article, SeenName, StoredArticle, StoredUse, Zone
from crawler.store.schema import articles, facts, hits, links, mentions, new_groups, newest
from crawler.store.search import NEW_GROUP, SPELLING, UNLISTED

_ZONES = {Zone.TITLE: "title", Zone.DESCRIPTION: "description", Zone.BODY: "body", Zone.CAPTION: "captions"}
"""Columns of `articles` that hold what offsets count in."""


def read_articles(connection: Connection, since: datetime, after: int, limit: int) -> list[StoredArticle]:
    """In the order of their ids, from the first one above `after`; texts that repeat another article are left out."""
    asked = (
        _select(articles, links.c.seen_at.label("link_seen_at"))
        .where(*_are_new(since), articles.c.duplicate_of.is_(None), articles.c.id > after)
        .order_by(articles.c.id)
        .limit(limit)
    )
    return [StoredArticle(row.id, row.url, row.link_seen_at, _make_article(row)) for row in connection.execute(asked)]


def read_latest(
    connection: Connection, since: str, until: str, before: StoredArticle | None, limit: int
) -> list[StoredArticle]:
    """The newest first, from what follows `before`; texts that repeat another article are left out."""
    place = tuple_(newest.c.day, newest.c.article_id)
    asked = (
        select(articles, newest.c.seen_at.label("link_seen_at"))
        .join(newest, newest.c.article_id == articles.c.id)
        .where(newest.c.day.between(since, until), articles.c.duplicate_of.is_(None))
        .order_by(newest.c.day.desc(), newest.c.article_id.desc())
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(place < tuple_(f"{before.seen_at:%Y-%m-%d}", before.id))
    return [StoredArticle(row.id, row.url, row.link_seen_at, _make_article(row)) for row in connection.execute(asked)]


def read_variants(connection: Connection, since: datetime) -> list[SeenName]:
    """Spellings that were guessed."""
    # written out, so that SQLite knows its index of guesses by it
    seen = _select_found(mentions, SPELLING, since).where(mentions.c.certainty == literal_column("'variant'"))
    return list(_make_names(connection, seen, "entity", "text"))


def read_new_groups(connection: Connection, since: datetime) -> list[SeenName]:
    """Names of groups that the gazetteer did not know."""
    return list(_make_names(connection, _select_found(new_groups, NEW_GROUP, since), "", "name"))


def read_use(connection: Connection, since: datetime) -> StoredUse:
    current = _select(articles).where(*_are_new(since)).subquery()
    of_these = select(current.c.id)
    used = select(mentions.c.entity, mentions.c.alias).where(mentions.c.article_id.in_(of_these)).distinct()
    fired = select(hits.c.rule, func.count(hits.c.article_id.distinct()).label("fired")).where(
        hits.c.article_id.in_(of_these)
    )
    return StoredUse(
        articles=connection.scalar(select(func.count()).select_from(current)) or 0,
        aliases=frozenset((row.entity, row.alias) for row in connection.execute(used)),
        rules={row.rule: row.fired for row in connection.execute(fired.group_by(hits.c.rule))},
    )


def _select(*columns: Any) -> Select[Any]:  # noqa: ANN401  # tables and columns alike, as SQLAlchemy takes them
    return select(*columns).select_from(articles).join(links, links.c.id == articles.c.link_id)


def _are_new(since: datetime) -> tuple[ColumnElement[bool], ...]:
    revisions = articles.alias("revisions")
    newest = select(func.max(revisions.c.revision)).where(revisions.c.link_id == articles.c.link_id)
    return links.c.seen_at >= since, articles.c.revision == newest.correlate(articles).scalar_subquery()


def _select_found(table: Table, name: str, since: datetime) -> Select[Any]:
    texts = [articles.c[column].label(f"zone_{zone}") for zone, column in _ZONES.items()]
    return (
        select(table, *texts)
        .select_from(facts)
        .join(newest, newest.c.article_id == facts.c.article_id)
        .join(articles, articles.c.id == facts.c.article_id)
        .join(table, table.c.article_id == facts.c.article_id)
        .where(facts.c.kind == UNLISTED, facts.c.name == name, facts.c.day >= f"{since:%Y-%m-%d}")
        .where(newest.c.seen_at >= since, articles.c.duplicate_of.is_(None), table.c.zone.in_(_ZONES))
    )


def _make_names(connection: Connection, asked: Select[Any], entity: str, text: str) -> Iterator[SeenName]:
    # put in order here: in SQL it would be reason enough to read the whole table in the order of its key
    rows = sorted(connection.execute(asked).mappings(), key=lambda row: (row["article_id"], row["position"]))
    for row in rows:
        yield SeenName(row[entity] if entity else "", row[text], row[f"zone_{Zone(row['zone'])}"], row["start"])


def _make_article(row: Row[Any]) -> Article:
    """What rules look at."""
    return Article(
        title=row.title,
        description=row.description,
        body=row.body,
        url=row.url,
        outlet=row.outlet,
        language=row.language,
        published=row.published,
    )
