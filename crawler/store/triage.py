"""Alerts as people see them: filtered, in pages, with what was done with them; and acknowledging and noting."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, or_, select

from crawler.models import Zone
from crawler.payload import alert_from_json
from crawler.store.engine import insert_unless_known, split_values
from crawler.store.mutes import read_mutes
from crawler.store.schema import acks, alerts, articles, hits, mentions, notes
from crawler.store.stories import count_outlets
from crawler.triage import Ack, AlertFilter, AlertPage, Mute, Note, TriagedAlert, find_mute

_TOLD = (Zone.TITLE, Zone.DESCRIPTION, Zone.BODY)
_TOLD_AT = func.coalesce(alerts.c.told_at, alerts.c.created_at)
_PORTION = 200


def read_page(
    connection: Connection, wanted: AlertFilter, now: datetime, *, limit: int, before: int | None
) -> AlertPage:
    """The newest that match, with a number below `before`."""
    mutes = _Mutes(read_mutes(connection, None), now)
    found: list[TriagedAlert] = []
    # whether an alert is muted is seen only when it has been read
    portion = limit + 1 if wanted.muted is None else _PORTION
    while True:
        rows = connection.execute(_select(wanted, before).limit(portion)).all()
        for triaged in _describe(connection, rows, mutes):
            before = triaged.number
            if wanted.muted in (None, triaged.mute is not None):
                found.append(triaged)
            if len(found) > limit:
                return AlertPage(tuple(found[:limit]), found[limit - 1].number)
        if len(rows) < portion:
            return AlertPage(tuple(found))


def read_one(connection: Connection, alert_id: str, now: datetime) -> TriagedAlert | None:
    rows = connection.execute(_select(AlertFilter(), None).where(alerts.c.id == alert_id)).all()
    return next(iter(_describe(connection, rows, _Mutes(read_mutes(connection, None), now))), None)


def find_ids(connection: Connection, beginning: str) -> list[str]:
    """Of alerts whose id begins so; ids are long, and their beginnings do for people. At most two."""
    if not beginning.isalnum():
        return []
    return list(connection.scalars(select(alerts.c.id).where(alerts.c.id.startswith(beginning)).limit(2)))


def ack_alerts(connection: Connection, ids: Sequence[str], now: datetime, by: str) -> None:
    """One that was acknowledged before is acknowledged anew: people may have been told again since."""
    for portion in split_values(ids):
        connection.execute(delete(acks).where(acks.c.alert_id.in_(portion)))
        rows = [{"alert_id": alert_id, "at": now, "by": by} for alert_id in dict.fromkeys(portion)]
        connection.execute(insert_unless_known(connection, acks, "alert_id"), rows)


def add_note(connection: Connection, alert_id: str, now: datetime, by: str, words: str) -> None:
    connection.execute(insert(notes), {"alert_id": alert_id, "at": now, "by": by, "text": words})


class _Mutes:
    """Those that hold now, and those that held when something was told."""

    def __init__(self, ever: Sequence[Mute], now: datetime) -> None:
        self._by_id = {mute.id: mute for mute in ever}
        self._holding = [mute for mute in ever if mute.holds(now)]
        self._now = now

    def find(self, triaged: TriagedAlert, muted_by: int | None) -> Mute | None:
        return find_mute(triaged.alert, self._holding, self._now) or self._by_id.get(muted_by or 0)


def _select(wanted: AlertFilter, before: int | None) -> Select[Any]:
    query = select(alerts, acks.c.at.label("ack_at"), acks.c.by.label("ack_by"))
    query = query.outerjoin(acks, acks.c.alert_id == alerts.c.id).where(*_conditions(wanted))
    if before is not None:
        query = query.where(alerts.c.number < before)
    return query.order_by(alerts.c.number.desc())


def _conditions(wanted: AlertFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.severities:
        found.append(alerts.c.severity.in_(sorted(wanted.severities)))
    if wanted.outlets:
        found.append(alerts.c.outlet.in_(sorted(wanted.outlets)))
    if wanted.ids:
        found.append(alerts.c.id.in_(sorted(wanted.ids)))
    if wanted.languages:
        told = select(articles.c.id).where(articles.c.id == alerts.c.article_id).correlate(alerts)
        found.append(told.where(articles.c.language.in_(sorted(wanted.languages))).exists())
    if wanted.story:
        found.append(alerts.c.story == wanted.story)
    if wanted.since is not None:
        found.append(wanted.since <= _TOLD_AT)
    if wanted.rules:
        fired = select(hits.c.article_id).where(hits.c.rule.in_(sorted(wanted.rules)))
        found.append(alerts.c.article_id.in_(fired))
    if wanted.entities:
        named = mentions.c.entity.in_(sorted(wanted.entities)) & mentions.c.zone.in_(_TOLD)
        found.append(alerts.c.article_id.in_(select(mentions.c.article_id).where(named)))
    if wanted.unacked:
        found.append(or_(acks.c.at.is_(None), acks.c.at < _TOLD_AT))
    return found


def _describe(connection: Connection, rows: Sequence[Row[Any]], mutes: _Mutes) -> list[TriagedAlert]:
    outlets = count_outlets(connection, sorted({row.story for row in rows if row.story}))
    written = _read_notes(connection, [row.id for row in rows])
    triaged = [
        TriagedAlert(
            number=row.number,
            alert=alert_from_json(row.payload),
            raised_at=row.created_at,
            told_at=row.told_at or row.created_at,
            entries=row.entries,
            ack=_ack_of(row),
            notes=tuple(written.get(row.id, ())),
            outlets=outlets.get(row.story, 1),
        )
        for row in rows
    ]
    return [replace(each, mute=mutes.find(each, row.muted_by)) for each, row in zip(triaged, rows, strict=True)]


def _ack_of(row: Row[Any]) -> Ack | None:
    if row.ack_at is None or row.ack_at < (row.told_at or row.created_at):
        return None
    return Ack(row.ack_at, row.ack_by)


def _read_notes(connection: Connection, ids: Sequence[str]) -> dict[str, list[Note]]:
    written: dict[str, list[Note]] = {}
    for portion in split_values(ids):
        rows = connection.execute(select(notes).where(notes.c.alert_id.in_(portion)).order_by(notes.c.id))
        for row in rows:
            written.setdefault(row.alert_id, []).append(Note(row.at, row.by, row.text))
    return written
