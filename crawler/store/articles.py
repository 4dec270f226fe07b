"""Article revisions, with what was removed from them, mentioned and found in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from crawler.errors import StoreError
from crawler.models import Analysis, Article, Capture, Hit, Zone
from crawler.payload import score_to_json, terms_to_json
from crawler.store.driver import insert_row, insert_rows
from crawler.store.engine import take_lock
from crawler.store.links import save_capture
from crawler.store.schema import articles, hits, links, mentions, new_groups, removed, stances
from crawler.store.search import index_revision
from crawler.store.values import list_fields, make_digest

_TELLING_WORDS = 40
"""A shorter body is a stub, and two stubs with the same words are not the same article."""
_LINK = select(links).where(links.c.id == bindparam("link_id")).with_for_update()
_ORIGINAL = select(func.min(articles.c.id)).where(
    articles.c.body_digest == bindparam("digest"), articles.c.link_id != bindparam("link_id")
)
_LATEST = select(func.max(articles.c.revision)).where(articles.c.link_id == bindparam("link_id"))
"""What is asked for each article is made once: making a statement costs as much as running it."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A row of `articles`."""

    id: int
    link_id: int
    body_digest: str | None
    duplicate_of: int | None
    """The first article of another link with the same text."""


def lock_link(connection: Connection, link_id: int) -> Row[Any]:
    """The link's row, which no other worker can end until this transaction does."""
    row = connection.execute(_LINK, {"link_id": link_id}).one_or_none()
    if row is None:
        raise StoreError(f"there is no link {link_id}")
    return row


def insert_revision(
    connection: Connection, link: Row[Any], analysis: Analysis, now: datetime, capture: Capture | None
) -> Revision:
    digest = digest_body(analysis.article.body)
    original = _find_original(connection, link.id, digest) if digest else None
    row = _article_row(analysis.article, link) | {
        "link_id": link.id,
        "revision": _next_revision(connection, link.id),
        "capture_id": save_capture(connection, link.id, capture) if capture else None,
        "duplicate_of": original,
        "body_digest": digest,
        "settings_digest": analysis.settings_digest,
        "furniture_digest": analysis.furniture_digest,
        "saved_at": now,
    }
    article_id = insert_row(connection, articles, row, articles.c.id)
    _insert_findings(connection, article_id, analysis)
    index_revision(connection, article_id, link, analysis)
    return Revision(article_id, link.id, digest, original)


def digest_body(body: str) -> str | None:
    """What makes two texts the same, however they are broken into lines; None for one that tells too little."""
    words = body.split()
    return make_digest(" ".join(words)) if len(words) >= _TELLING_WORDS else None


def _find_original(connection: Connection, link_id: int, digest: str) -> int | None:
    # two workers with the same text: the second waits, and then sees the first one's article
    take_lock(connection, int(digest[:15], 16))
    original: int | None = connection.scalar(_ORIGINAL, {"digest": digest, "link_id": link_id})
    return original


def _next_revision(connection: Connection, link_id: int) -> int:
    latest = connection.scalar(_LATEST, {"link_id": link_id})
    return (latest or 0) + 1


def _article_row(article: Article, link: Row[Any]) -> dict[str, object]:
    return {
        "outlet": article.outlet or link.outlet,
        "url": article.url or link.url,
        "title": article.title,
        "description": article.description,
        "body": article.body,
        "captions": article.zone_text(Zone.CAPTION),
        "language": article.language,
        "published": article.published,
        "published_from": article.published_from,
        "authors": "\n".join(article.authors),
        "canonical_url": article.canonical_url,
        "truncated": article.truncated,
        "partial": article.partial,
        "updated": article.updated,
        "updated_from": article.updated_from,
        "section": article.section,
        "tags": "\n".join(article.tags),
        "image_url": article.image_url,
    }


def _insert_findings(connection: Connection, article_id: int, analysis: Analysis) -> None:
    hit_rows = [_hit_row(hit) for hit in analysis.hits]
    for table, found in (
        (removed, list(map(list_fields, analysis.article.removed))),
        (mentions, list(map(list_fields, analysis.mentions))),
        (hits, hit_rows),
        (stances, list(map(list_fields, analysis.stances))),
        (new_groups, list(map(list_fields, analysis.new_groups))),
    ):
        rows = [{"article_id": article_id, "position": position, **row} for position, row in enumerate(found)]
        insert_rows(connection, table, rows)


def _hit_row(hit: Hit) -> dict[str, object]:
    """Without its marks: the terms say where they stand."""
    row = list_fields(hit) | {"terms": terms_to_json(hit.terms), "score": score_to_json(hit.score)}
    del row["marks"]
    return row
