"""Alerts as people see them: filtered, in pages, with what was done with them; and acknowledging and noting."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, insert, select

from crawler.payload import alert_from_json
from crawler.store.alert_names import close_alerts, find_numbers
from crawler.store.engine import insert_unless_known, split_values
from crawler.store.mutes import read_mutes
from crawler.store.schema import acks, alerts, notes, stories
from crawler.store.stories import count_outlets
from crawler.triage import Ack, AlertFilter, AlertPage, Mute, Note, TriagedAlert, find_mute


def read_page(
    connection: Connection, wanted: AlertFilter, now: datetime, *, limit: int, before: int | None
) -> AlertPage:
    """The newest that match, with a number below `before`."""
    ever = read_mutes(connection, None)
    mutes = _Mutes(ever, now)
    holding = [mute for mute in ever if mute.holds(now)]
    found: list[TriagedAlert] = []
    # whether an alert is muted is seen only when it has been read, so that more than one portion may be needed
    while True:
        numbers = find_numbers(connection, wanted, holding, before=before, limit=limit + 1)
        rows = connection.execute(_select(alerts.c.number.in_(numbers))).all()
        for triaged in _describe(connection, rows, mutes):
            before = triaged.number
            if wanted.muted in (None, triaged.mute is not None):
                found.append(triaged)
            if len(found) > limit:
                return AlertPage(tuple(found[:limit]), found[limit - 1].number)
        if len(numbers) <= limit:
            return AlertPage(tuple(found))


def read_one(connection: Connection, alert_id: str, now: datetime) -> TriagedAlert | None:
    rows = connection.execute(_select(alerts.c.id == alert_id)).all()
    return next(iter(_describe(connection, rows, _Mutes(read_mutes(connection, None), now))), None)


def find_ids(connection: Connection, beginning: str) -> list[str]:
    """Of alerts whose id begins so; ids are long, and their beginnings do for people. At most two."""
    if not beginning.isalnum():
        return []
    return list(connection.scalars(select(alerts.c.id).where(alerts.c.id.startswith(beginning)).limit(2)))


def find_stories(connection: Connection, beginning: str) -> list[str]:
    """Likewise of stories."""
    if not beginning.isalnum():
        return []
    return list(connection.scalars(select(stories.c.id).where(stories.c.id.startswith(beginning)).limit(2)))


def ack_alerts(connection: Connection, ids: Sequence[str], now: datetime, by: str) -> None:
    """One that was acknowledged before is acknowledged anew: people may have been told again since."""
    for portion in split_values(ids):
        connection.execute(delete(acks).where(acks.c.alert_id.in_(portion)))
        rows = [{"alert_id": alert_id, "at": now, "by": by} for alert_id in dict.fromkeys(portion)]
        connection.execute(insert_unless_known(connection, acks, "alert_id"), rows)
        close_alerts(connection, portion)


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


def _select(which: ColumnElement[bool]) -> Select[Any]:
    query = select(alerts, acks.c.at.label("ack_at"), acks.c.by.label("ack_by"))
    return query.outerjoin(acks, acks.c.alert_id == alerts.c.id).where(which).order_by(alerts.c.number.desc())


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
