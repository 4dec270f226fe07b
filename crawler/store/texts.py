"""Every text that an alert's article had, whole: for people who read it, and for whoever compares revisions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from crawler.models import Article, Capture, Mention, Removed, Zone
from crawler.store.links import CAPTURE, read_capture
from crawler.store.schema import alerts, articles, captures, mentions, removed


@dataclass(frozen=True, slots=True)
class StoredText:
    """One revision of an article."""

    revision: int
    saved_at: datetime
    article: Article
    mentions: tuple[Mention, ...]
    """In every zone."""
    settings_digest: str
    capture: Capture | None
    pruned_at: datetime | None
    """When that page was taken out of the archive."""
    is_told: bool
    """The alert rests on this one."""


def read_texts(connection: Connection, alert_id: str, most: int) -> tuple[StoredText, ...]:
    """The newest revisions, the oldest of them first."""
    told = alerts.c.article_id.label("told")
    query = (
        select(articles, told, *CAPTURE, captures.c.pruned_at)
        .join(alerts, alerts.c.link_id == articles.c.link_id)
        .outerjoin(captures, captures.c.id == articles.c.capture_id)
        .where(alerts.c.id == alert_id)
        .order_by(articles.c.revision.desc())
        .limit(most)
    )
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    cut, named = _read_removed(connection, ids), _read_mentions(connection, ids)
    return tuple(
        StoredText(
            revision=row.revision,
            saved_at=row.saved_at,
            article=_make_article(row, cut[row.id]),
            mentions=tuple(named[row.id]),
            settings_digest=row.settings_digest,
            capture=read_capture(row),
            pruned_at=row.pruned_at,
            is_told=row.id == row.told,
        )
        for row in reversed(rows)
    )


def _make_article(row: Row[Any], cut: Sequence[Removed]) -> Article:
    return Article(
        title=row.title,
        description=row.description,
        body=row.body,
        captions=tuple(row.captions.split("\n")) if row.captions else (),
        removed=tuple(cut),
        url=row.url,
        outlet=row.outlet,
        language=row.language,
        published=row.published,
        published_from=row.published_from,
        authors=tuple(row.authors.split("\n")) if row.authors else (),
        canonical_url=row.canonical_url,
        truncated=row.truncated,
        partial=row.partial,
        updated=row.updated,
        updated_from=row.updated_from,
        section=row.section,
        tags=tuple(row.tags.split("\n")) if row.tags else (),
        image_url=row.image_url,
    )


def _read_removed(connection: Connection, ids: Sequence[int]) -> defaultdict[int, list[Removed]]:
    found: defaultdict[int, list[Removed]] = defaultdict(list)
    query = select(removed).where(removed.c.article_id.in_(ids)).order_by(removed.c.article_id, removed.c.position)
    for row in connection.execute(query):
        found[row.article_id].append(Removed(row.text, row.rule, row.reason))
    return found


def _read_mentions(connection: Connection, ids: Sequence[int]) -> defaultdict[int, list[Mention]]:
    found: defaultdict[int, list[Mention]] = defaultdict(list)
    query = select(mentions).where(mentions.c.article_id.in_(ids)).order_by(mentions.c.article_id, mentions.c.position)
    for row in connection.execute(query):
        place = (Zone(row.zone), row.start, row.end, row.text, row.alias, row.certainty)
        found[row.article_id].append(Mention(row.entity, row.type, row.name, *place))
    return found
