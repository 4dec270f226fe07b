"""Later visits to links that have their outcome: to pages that could not be had, and to articles that were edited."""

from collections.abc import Collection
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select, update

from crawler.errors import StoreError
from crawler.models import Analysis, Capture, Outcome, PendingLink, Revisit, RevisitResult, Saved
from crawler.store.alerts import make_alert, tell_alert
from crawler.store.articles import insert_revision, lock_link
from crawler.store.links import PENDING, make_pending, save_capture
from crawler.store.schema import articles, links, revisits
from crawler.store.signatures import SignatureIndex
from crawler.store.stories import join_story, tell_copy

_WAITING = revisits.c.result.is_(None)
_VISIT: list[ColumnElement[Any]] = [
    *PENDING,
    revisits.c.id.label("visit"),
    revisits.c.reason,
    revisits.c.attempts.label("tries"),
]


def read_revisits(
    connection: Connection,
    now: datetime,
    limit: int,
    without: Collection[int],
    others: Select[tuple[str]] | None = None,
) -> list[PendingLink]:
    """Those whose time has come, the longest due first; `without` are ids of links, `others` hosts to leave out."""
    due = (
        select(*_VISIT)
        .join(links, links.c.id == revisits.c.link_id)
        .where(_WAITING, revisits.c.next_try_at <= now)
        .order_by(revisits.c.next_try_at, revisits.c.id)
        .limit(limit + len(without))
    )
    if others is not None:
        due = due.where(links.c.host.not_in(others))
    skip = set(without)
    rows = (row for row in connection.execute(due) if row.id not in skip)
    return [make_pending(row, revisit=Revisit(row.visit, row.reason, row.tries)) for row in islice(rows, limit)]


def put_off_revisit(connection: Connection, link: PendingLink, next_try_at: datetime, detail: str) -> None:
    again = {"attempts": revisits.c.attempts + 1, "next_try_at": next_try_at, "detail": detail}
    connection.execute(update(revisits).where(_is_waiting(link)).values(again))


def end_revisit(
    connection: Connection,
    link: PendingLink,
    result: RevisitResult,
    now: datetime,
    *,
    detail: str = "",
    capture: Capture | None = None,
) -> bool:
    """Give a visit its result; False when it has one already, which it keeps. The link's outcome stays."""
    end = {"result": result, "detail": detail, "ended_at": now}
    ended = connection.execute(update(revisits).where(_is_waiting(link)).values(end))
    if ended.rowcount and capture:
        save_capture(connection, link.id, capture)
    return ended.rowcount > 0


def save_revision(
    connection: Connection,
    index: SignatureIndex,
    visited: PendingLink,
    analysis: Analysis,
    now: datetime,
    *,
    outlet_name: str,
    capture: Capture | None,
) -> Saved:
    link = lock_link(connection, visited.id)
    is_late = _visit_of(visited).reason == "partial"
    is_same = _has_text(connection, link.id, analysis)
    changed = RevisitResult.UPGRADED if is_late else RevisitResult.REVISED
    result = RevisitResult.UNCHANGED if is_same else changed
    if not end_revisit(connection, visited, result, now, capture=capture) or is_same:
        return Saved(Outcome(link.outcome))
    revision = insert_revision(connection, link, analysis, now, capture)
    place = join_story(connection, index, link, analysis, outlet_name, now)
    alert = make_alert(link, analysis, outlet_name=outlet_name, capture=capture, story=place.story)
    raised = tell_alert(connection, alert, revision, now, "upgraded" if is_late else "edited")
    tell_copy(connection, place, alert, now)
    if raised:
        _change_outcome(connection, link, Outcome.HIT)
        return Saved(Outcome.HIT, alert.id)
    outcome = Outcome(link.outcome)
    if is_late and outcome is not Outcome.HIT:
        outcome = Outcome.DUPLICATE if revision.duplicate_of else Outcome.NO_HIT
        _change_outcome(connection, link, outcome)
    return Saved(outcome)


def _visit_of(link: PendingLink) -> Revisit:
    if link.revisit is None:
        raise StoreError(f"nobody is to visit link {link.id} again")
    return link.revisit


def _is_waiting(link: PendingLink) -> ColumnElement[bool]:
    return (revisits.c.id == _visit_of(link).id) & _WAITING


def _has_text(connection: Connection, link_id: int, analysis: Analysis) -> bool:
    """Does the newest revision, of a whole page, say the same?"""
    newest = select(articles).where(articles.c.link_id == link_id).order_by(articles.c.revision.desc()).limit(1)
    row = connection.execute(newest).one_or_none()
    article = analysis.article
    said = None if row is None or row.partial else (row.title, row.description, row.body)
    return said == (article.title, article.description, article.body)


def _change_outcome(connection: Connection, link: Row[Any], outcome: Outcome) -> None:
    if outcome != link.outcome:
        detail = f"was {link.outcome}: {link.detail}".rstrip(": ")
        connection.execute(update(links).where(links.c.id == link.id).values(outcome=outcome, detail=detail))
