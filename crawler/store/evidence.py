"""All that is stored about one alert, from its rules down to the stored bytes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from crawler.models import Capture, Entry, StoryMember
from crawler.payload import entry_from_json
from crawler.store.links import CAPTURE, read_capture
from crawler.store.schema import alerts, articles, captures, deliveries, links, outbox, removed
from crawler.store.stories import read_members


@dataclass(frozen=True, slots=True)
class RevisionSummary:
    """One text that the article had."""

    revision: int
    saved_at: datetime
    title: str
    partial: bool
    settings_digest: str
    capture: Capture | None
    pruned_at: datetime | None
    """When the page was taken out of the archive."""
    title_length: int
    """Code points, like the others."""
    description_length: int
    body_length: int
    captions_length: int
    removed: int
    """Pieces that were cut."""


@dataclass(frozen=True, slots=True)
class ToldDelivery:
    """What became of one entry at one channel."""

    key: str
    channel: str
    state: str
    sent_at: datetime | None
    attempts: int
    error: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an alert rests on, and whom it reached."""

    source: str
    """That showed the link first."""
    link_outcome: str
    revisions: tuple[RevisionSummary, ...]
    entries: tuple[tuple[str, datetime | None, Entry], ...]
    """Key, when it was published, and what was told; the oldest first."""
    members: tuple[StoryMember, ...]
    """Articles that tell its story, itself among them."""
    deliveries: tuple[ToldDelivery, ...]


@dataclass(frozen=True, slots=True)
class StoredCapture:
    capture: Capture
    pruned_at: datetime | None


def read_link_captures(connection: Connection, alert_id: str) -> tuple[StoredCapture, ...]:
    """Every answer that was archived for the alert's link, in the order in which they came."""
    query: Select[Any] = (
        select(*CAPTURE, captures.c.pruned_at)
        .join(alerts, alerts.c.link_id == captures.c.link_id)
        .where(alerts.c.id == alert_id)
        .order_by(captures.c.fetched_at, captures.c.id)
    )
    found = ((read_capture(row), row.pruned_at) for row in connection.execute(query))
    return tuple(StoredCapture(capture, pruned_at) for capture, pruned_at in found if capture is not None)


def read_evidence(connection: Connection, alert_id: str) -> Evidence:
    """Of an alert that there is."""
    known = select(alerts.c.link_id, alerts.c.story, links.c.source, links.c.outcome)
    row = connection.execute(known.join(links, links.c.id == alerts.c.link_id).where(alerts.c.id == alert_id)).one()
    entries = _read_entries(connection, alert_id)
    return Evidence(
        source=row.source,
        link_outcome=row.outcome or "",
        revisions=_read_revisions(connection, row.link_id),
        entries=entries,
        members=tuple(member for _, member in read_members(connection, row.story)) if row.story else (),
        deliveries=_read_deliveries(connection, [key for key, _, _ in entries]),
    )


def _read_entries(connection: Connection, alert_id: str) -> tuple[tuple[str, datetime | None, Entry], ...]:
    told = select(outbox.c.key, outbox.c.published_at, outbox.c.payload).where(outbox.c.alert_id == alert_id)
    rows = connection.execute(told.order_by(outbox.c.id))
    return tuple((row.key, row.published_at, entry_from_json(row.payload)) for row in rows)


def _read_revisions(connection: Connection, link_id: int) -> tuple[RevisionSummary, ...]:
    cut = select(func.count()).where(removed.c.article_id == articles.c.id).correlate(articles).scalar_subquery()
    zones = (articles.c.title, articles.c.description, articles.c.body, articles.c.captions)
    query: Select[Any] = (
        select(
            articles.c.revision,
            articles.c.saved_at,
            articles.c.title,
            articles.c.partial,
            articles.c.settings_digest,
            *(func.length(zone).label(f"{zone.name}_length") for zone in zones),
            cut.label("cut"),
            *CAPTURE,
            captures.c.pruned_at,
        )
        .outerjoin(captures, captures.c.id == articles.c.capture_id)
        .where(articles.c.link_id == link_id)
        .order_by(articles.c.revision)
    )
    return tuple(_summarise(row) for row in connection.execute(query))


def _summarise(row: Row[Any]) -> RevisionSummary:
    return RevisionSummary(
        revision=row.revision,
        saved_at=row.saved_at,
        title=row.title,
        partial=row.partial,
        settings_digest=row.settings_digest,
        capture=read_capture(row),
        pruned_at=row.pruned_at,
        title_length=row.title_length,
        description_length=row.description_length,
        body_length=row.body_length,
        captions_length=row.captions_length,
        removed=row.cut,
    )


def _read_deliveries(connection: Connection, keys: list[str]) -> tuple[ToldDelivery, ...]:
    query = select(deliveries).where(deliveries.c.key.in_(keys)).order_by(deliveries.c.id)
    return tuple(
        ToldDelivery(row.key, row.channel, row.state, row.sent_at, row.attempts, row.last_error)
        for row in connection.execute(query)
    )
