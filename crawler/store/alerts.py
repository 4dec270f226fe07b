"""Alerts: what makes one, whether it says anything new, and its way into the outbox."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from crawler.models import TOLD, Alert, Analysis, Capture, Update, UpdateReason, Zone
from crawler.payload import alert_from_json, alert_to_json
from crawler.severity import is_higher
from crawler.store.alert_names import MUTED, OPEN, add_names, save_names
from crawler.store.articles import Revision
from crawler.store.driver import insert_row
from crawler.store.mutes import read_mutes
from crawler.store.outbox import add_entry
from crawler.store.schema import alerts, articles
from crawler.store.values import make_digest
from crawler.triage import find_mute
from crawler.updates import compare_alerts

_TWINS = 20
"""Alerts on the same text that a new one is compared with, newest first."""
_ALERT = select(alerts).where(alerts.c.link_id == bindparam("link_id"))


def make_alert(
    link: Row[Any],
    analysis: Analysis,
    *,
    outlet_name: str,
    capture: Capture | None,
    replay: bool = False,
    story: str = "",
) -> Alert:
    """What an article tells, hits or none. The id comes from the link's key: the same article always makes the same."""
    article = analysis.article
    return Alert(
        id=make_digest("alert", link.key)[:32],
        outlet=article.outlet or link.outlet,
        outlet_name=outlet_name,
        title=article.title or link.title,
        url=article.url or link.url,
        published=article.published or link.published,
        seen=link.seen_at,
        severity=analysis.severity or "info",
        hits=analysis.hits,
        mentions=tuple(mention for mention in analysis.mentions if mention.zone in TOLD),
        language=article.language,
        partial=article.partial,
        capture=capture,
        settings_digest=analysis.settings_digest,
        replay=replay,
        published_from=article.published_from,
        updated=article.updated,
        authors=article.authors,
        section=article.section,
        tags=article.tags,
        canonical_url=article.canonical_url,
        image_url=article.image_url,
        truncated=article.truncated,
        stances=analysis.stances,
        new_groups=analysis.new_groups,
        story=story,
    )


def tell_alert(connection: Connection, alert: Alert, revision: Revision, now: datetime, reason: UpdateReason) -> bool:
    """Raise it, or put what has changed about the one that its link has into the outbox. Was it raised?"""
    known = connection.execute(_ALERT, {"link_id": revision.link_id}).one_or_none()
    if known is None:
        return bool(alert.hits) and raise_alert(connection, alert, revision, now)
    before = alert_from_json(known.payload)
    alert = replace(
        alert,
        story=alert.story or known.story,
        replay=before.replay,
        severity=alert.severity if alert.hits else before.severity,
    )
    update_ = compare_alerts(before, alert, reason, number=known.entries + 1, now=now)
    if update_ is not None:
        save_update(connection, update_, now, article_id=revision.id)
    return False


def save_update(connection: Connection, update_: Update, now: datetime, article_id: int | None = None) -> None:
    """The alert as it is now, and the entry that tells what changed, under its own number."""
    row: dict[str, object] = {
        "payload": alert_to_json(update_.alert),
        "severity": update_.alert.severity,
        "entries": update_.number,
        "story": update_.alert.story,
    }
    if article_id is not None:
        row["article_id"] = article_id
    if update_.tell:
        row["told_at"] = now
    changed = update(alerts).where(alerts.c.id == update_.id).values(row).returning(alerts.c.number)
    number = connection.execute(changed).scalar_one()
    save_names(connection, number, update_.alert, [OPEN] if update_.tell else ())
    add_entry(connection, update_, now)


def raise_alert(connection: Connection, alert: Alert, revision: Revision, now: datetime) -> bool:
    """Store it and put it into the outbox; False when the same text already told as much."""
    if _is_repeat(connection, alert, revision):
        return False
    mute = find_mute(alert, read_mutes(connection, now), now)
    payload = alert_to_json(alert)
    row = {
        "id": alert.id,
        "link_id": revision.link_id,
        "article_id": revision.id,
        "outlet": alert.outlet,
        "severity": alert.severity,
        "created_at": now,
        "payload": payload,
        "story": alert.story,
        "entries": 1,
        "told_at": now,
        "muted_by": mute and mute.id,
    }
    number = insert_row(connection, alerts, row, alerts.c.number)
    add_names(connection, number, alert, [OPEN, MUTED] if mute else [OPEN])
    add_entry(connection, alert, now, payload)
    return True


def is_told(alert: Alert, earlier: Alert) -> bool:
    """Does `alert` say nothing that `earlier`, on an article with the same body, has not said?

    A rule that did not fire there is news, and so is one that is louder here, where the title makes the text less calm
    or more certain. So is another title at the same outlet when a rule rests on it: an outlet
    that prints the same subscription notice under every headline has told one story only.
    """
    if not {hit.rule for hit in alert.hits} <= {hit.rule for hit in earlier.hits}:
        return False
    if is_higher(alert.severity, earlier.severity):
        return False
    same_headline = alert.title == earlier.title or all(hit.zone is Zone.BODY for hit in alert.hits)
    return alert.outlet != earlier.outlet or same_headline


def read_alert_id(connection: Connection, link_id: int) -> str | None:
    return connection.scalar(select(alerts.c.id).where(alerts.c.link_id == link_id))


def read_alerts(connection: Connection, limit: int, since: datetime | None) -> list[Alert]:
    newest = select(alerts.c.payload).order_by(alerts.c.created_at.desc(), alerts.c.number.desc()).limit(limit)
    if since is not None:
        newest = newest.where(alerts.c.created_at >= since)
    return [alert_from_json(payload) for payload in connection.scalars(newest)]


def _is_repeat(connection: Connection, alert: Alert, revision: Revision) -> bool:
    if revision.duplicate_of is None:
        return False
    same_text = (
        select(alerts.c.payload)
        .join(articles, articles.c.id == alerts.c.article_id)
        .where(articles.c.body_digest == revision.body_digest)
        .order_by(alerts.c.number.desc())
        .limit(_TWINS)
    )
    return any(is_told(alert, alert_from_json(payload)) for payload in connection.scalars(same_text))
