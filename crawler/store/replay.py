"""The past, asked again: what is stored for each capture, and what today's rules make of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from crawler.models import Analysis, Capture, Outcome, Saved, Severity, StoredHits
from crawler.store.alerts import make_alert, tell_alert
from crawler.store.articles import Revision, insert_revision, lock_link
from crawler.store.links import CAPTURE, PENDING, make_pending, read_capture
from crawler.store.schema import alerts, articles, captures, hits, links
from crawler.store.signatures import SignatureIndex
from crawler.store.stories import join_story

_NEVER_READ = (Outcome.ROBOTS, Outcome.OUT_OF_SCOPE)
"""Whatever was answered is not the article; what the feed said may have been analysed."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which part of the past; everything where nothing is said."""

    since: datetime | None = None
    until: datetime | None = None
    outlets: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


EVERYTHING = Selection()


def read_captures(connection: Connection, selection: Selection) -> list[StoredHits]:
    """Links seen in [since, until) that were analysed, by file and offset of their pages; those without one come
    last. An answer that was not the article (403, 404 ...) is no page, and a duplicate is left to its original."""
    asked = _select_analysed(selection)
    fired = _read_hits(connection, asked)
    in_order = asked.order_by(captures.c.file.is_(None), captures.c.file, captures.c.offset, links.c.id)
    return [
        StoredHits(
            link=make_pending(row),
            capture=read_capture(row),
            outcome=Outcome(row.outcome),
            rules=frozenset(fired.get(row.article_id, ())),
            alerted=row.alert_id is not None,
            sentences={rule: sentence for rule, (sentence, _) in fired.get(row.article_id, {}).items()},
            severities={rule: severity for rule, (_, severity) in fired.get(row.article_id, {}).items()},
            settings_digest=row.settings_digest or "",
        )
        for row in connection.execute(in_order)
    ]


def find_places(connection: Connection, pages: Sequence[StoredHits]) -> list[StoredHits]:
    """Pages as they lie in the archive now; those that were pruned are left out."""
    places = _read_places(connection, [stored.link.id for stored in pages])
    found = []
    for stored in pages:
        place = stored.capture and places.get(_identify(stored.link.id, stored.capture))
        if place or stored.capture is None:
            found.append(replace(stored, capture=place))
    return found


def _read_places(connection: Connection, link_ids: Sequence[int]) -> dict[tuple[object, ...], Capture]:
    query = select(captures.c.link_id, *CAPTURE).where(captures.c.link_id.in_(link_ids), captures.c.pruned_at.is_(None))
    found = ((row.link_id, read_capture(row)) for row in connection.execute(query))
    return {_identify(link_id, capture): capture for link_id, capture in found if capture is not None}


def _identify(link_id: int, capture: Capture) -> tuple[object, ...]:
    """What retention leaves as it is when it moves a record."""
    return link_id, capture.fetched_at, capture.digest, capture.rendered


def count_pruned(connection: Connection, selection: Selection) -> int:
    """Links of the selection whose page is no longer in the archive, so that nobody can ask it again."""
    pages = _select_links(selection).where(captures.c.pruned_at.is_not(None)).subquery()
    return connection.scalar(select(func.count()).select_from(pages)) or 0


def save_replay(
    connection: Connection,
    index: SignatureIndex,
    link_id: int,
    analysis: Analysis,
    now: datetime,
    *,
    outlet_name: str,
    capture: Capture | None,
    alert: bool,
) -> Saved:
    """`alert_id` is that of an alert raised now. The link's own outcome stays what its poll's account says. `capture`
    may have been moved since it was read."""
    link = lock_link(connection, link_id)
    if capture is not None:
        capture = _read_places(connection, [link_id]).get(_identify(link_id, capture), capture)
    revision = _find_same(connection, link_id, analysis) or insert_revision(connection, link, analysis, now, capture)
    outcome = Outcome.HIT if analysis.hits else Outcome.NO_HIT
    if not alert:
        return Saved(outcome)
    place = join_story(connection, index, link, analysis, outlet_name, now)
    news = make_alert(link, analysis, outlet_name=outlet_name, capture=capture, replay=True, story=place.story)
    raised = tell_alert(connection, news, revision, now, "replayed")
    return Saved(outcome, news.id if raised else None)


def _select_analysed(selection: Selection) -> Select[Any]:
    # of one that was pruned, what the feed said alone would seem to take hits back
    return _select_links(selection).where(captures.c.pruned_at.is_(None))


def _select_links(selection: Selection) -> Select[Any]:
    revisions = select(func.max(articles.c.revision)).where(articles.c.link_id == links.c.id)
    pages = select(func.max(captures.c.id)).where(captures.c.link_id == links.c.id, captures.c.status.between(200, 299))
    newest = articles.c.revision == revisions.correlate(links).scalar_subquery()
    page = (captures.c.id == pages.correlate(links).scalar_subquery()) & links.c.outcome.not_in(_NEVER_READ)
    return (
        select(
            *CAPTURE,
            *PENDING,
            links.c.outcome,
            articles.c.id.label("article_id"),
            articles.c.settings_digest,
            alerts.c.id.label("alert_id"),
        )
        .select_from(links)
        .outerjoin(captures, page)
        .outerjoin(articles, and_(articles.c.link_id == links.c.id, newest))
        .outerjoin(alerts, alerts.c.link_id == links.c.id)
        .where(*_conditions(selection))
    )


def _conditions(selection: Selection) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        links.c.outcome != Outcome.DUPLICATE,
        or_(captures.c.id.is_not(None), articles.c.id.is_not(None)),
    ]
    if selection.since is not None:
        conditions.append(links.c.seen_at >= selection.since)
    if selection.until is not None:
        conditions.append(links.c.seen_at < selection.until)
    if selection.outlets:
        conditions.append(links.c.outlet.in_(selection.outlets))
    if selection.sources:
        conditions.append(links.c.source.in_(selection.sources))
    return conditions


def _read_hits(connection: Connection, asked: Select[Any]) -> dict[int, dict[str, tuple[str, Severity]]]:
    """Article → rule → sentence and severity."""
    pages = asked.subquery()
    found: dict[int, dict[str, tuple[str, Severity]]] = {}
    fired = select(hits.c.article_id, hits.c.rule, hits.c.sentence, hits.c.severity).where(
        hits.c.article_id.in_(select(pages.c.article_id))
    )
    for article_id, rule, sentence, severity in connection.execute(fired.order_by(hits.c.article_id, hits.c.position)):
        found.setdefault(article_id, {})[rule] = sentence, severity
    return found


def _find_same(connection: Connection, link_id: int, analysis: Analysis) -> Revision | None:
    """The newest revision, when it says what `analysis` says: replaying twice stores once."""
    newest = select(articles).where(articles.c.link_id == link_id).order_by(articles.c.revision.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    if row is None or row.settings_digest != analysis.settings_digest:
        return None
    if (row.title, row.body) != (analysis.article.title, analysis.article.body):
        return None
    return Revision(row.id, link_id, row.body_digest, row.duplicate_of)
