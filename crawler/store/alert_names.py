"""By what alerts are chosen: narrow rows in the order of their numbers, so that no list reads alerts that it skips."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, delete, func, or_, select

from crawler.models import Alert, Zone
from crawler.store.driver import insert_rows
from crawler.store.engine import insert_unless_known
from crawler.store.schema import alert_names, alerts
from crawler.triage import AlertFilter, Mute

STATE = "state"
OPEN, MUTED = "open", "muted"
"""States: nobody has acknowledged what was told last; a mute covered it when it was raised."""
_COMMON = 20_000
"""Nobody counts further to find out which of several conditions is the rarest."""


@dataclass(frozen=True, slots=True)
class _Named:
    """Alerts with any of these names."""

    kind: str
    values: tuple[str, ...]


def list_names(alert: Alert) -> set[tuple[str, str]]:
    """Kind and name of what an alert says, as it is now, and the rules that it was told for."""
    named = {("severity", alert.severity), ("outlet", alert.outlet), ("language", alert.language)}
    named |= {("rule", rule) for rule in alert.rules}
    named |= {("entity", mention.entity) for mention in alert.mentions if mention.zone is not Zone.REMOVED}
    return named | ({("story", alert.story)} if alert.story else set())


def add_names(connection: Connection, number: int, alert: Alert, states: Iterable[str] = ()) -> None:
    """Of an alert that has none."""
    named = sorted(list_names(alert)) + [(STATE, state) for state in states]
    insert_rows(connection, alert_names, [{"kind": kind, "name": name, "number": number} for kind, name in named])


def save_names(connection: Connection, number: int, alert: Alert, states: Iterable[str] = ()) -> None:
    """In place of those before. States stay, and these are added."""
    connection.execute(delete(alert_names).where(alert_names.c.number == number, alert_names.c.kind != STATE))
    add_names(connection, number, alert)
    for state in states:
        row = {"kind": STATE, "name": state, "number": number}
        connection.execute(insert_unless_known(connection, alert_names, "kind", "name", "number"), row)


def close_alerts(connection: Connection, ids: Collection[str]) -> None:
    """They are acknowledged."""
    numbers = select(alerts.c.number).where(alerts.c.id.in_(ids))
    is_open = (alert_names.c.kind == STATE) & (alert_names.c.name == OPEN)
    connection.execute(delete(alert_names).where(is_open, alert_names.c.number.in_(numbers)))


def find_numbers(
    connection: Connection, wanted: AlertFilter, mutes: Collection[Mute], *, before: int | None, limit: int
) -> list[int]:
    """Of alerts that match, the newest first. Of `muted` only what could match is chosen: whether a mute covers an
    alert is seen when it has been read. `mutes` are those that hold."""
    conditions = list(_list_conditions(wanted))
    rarest = min(conditions, key=lambda each: _count(connection, each), default=None)
    if rarest is None:
        number, asked = alerts.c.number, select(alerts.c.number)
    else:
        lead = alert_names.alias("lead")
        number, asked = lead.c.number, select(lead.c.number).where(_is_named(lead, rarest)).distinct()
    for each in conditions:
        if each is not rarest:
            asked = asked.where(_has(number, each))
    if wanted.ids:
        asked = asked.where(number.in_(select(alerts.c.number).where(alerts.c.id.in_(sorted(wanted.ids)))))
    if wanted.since is not None:
        asked = asked.where(_is_told_since(connection, number, wanted.since))
    if wanted.muted is not None:
        could = _could_be_muted(number, mutes)
        asked = asked.where(could if wanted.muted else ~_has(number, _Named(STATE, (MUTED,))))
    if before is not None:
        asked = asked.where(number < before)
    return list(connection.scalars(asked.order_by(number.desc()).limit(limit)))


def _list_conditions(wanted: AlertFilter) -> Iterator[_Named]:
    asked: tuple[tuple[str, Collection[str]], ...] = (
        ("severity", wanted.severities),
        ("rule", wanted.rules),
        ("entity", wanted.entities),
        ("outlet", wanted.outlets),
        ("language", wanted.languages),
        ("story", [wanted.story] if wanted.story else ()),
        (STATE, [OPEN] if wanted.unacked else ()),
    )
    return (_Named(kind, tuple(sorted(values))) for kind, values in asked if values)


def _count(connection: Connection, named: _Named) -> int:
    some = select(alert_names.c.number).where(_is_named(alert_names, named)).limit(_COMMON).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def _is_named(table: FromClause, named: _Named) -> ColumnElement[bool]:
    return and_(table.c.kind == named.kind, table.c.name.in_(named.values))


def _has(number: ColumnElement[int], named: _Named) -> ColumnElement[bool]:
    """One look into the index for each alert."""
    other = alert_names.alias()
    return select(other.c.number).where(_is_named(other, named), other.c.number == number).exists()


def _is_told_since(connection: Connection, number: ColumnElement[int], since: datetime) -> ColumnElement[bool]:
    """Few are looked up by time; many are met soon in the order of their numbers."""
    told = alerts.alias("told")
    recent = select(told.c.number).where(told.c.told_at >= since)
    some = connection.scalar(select(func.count()).select_from(recent.limit(_COMMON).subquery())) or 0
    return number.in_(recent) if some < _COMMON else recent.where(told.c.number == number).exists()


def _could_be_muted(number: ColumnElement[int], mutes: Collection[Mute]) -> ColumnElement[bool]:
    """Those that were muted when they were raised, and those that have a name which is muted now."""
    could: list[Select[tuple[int]]] = [_select_named(_Named(STATE, (MUTED,)))]
    for kind in {mute.kind for mute in mutes}:
        values = tuple(sorted(mute.value for mute in mutes if mute.kind == kind))
        is_one = kind == "alert"
        could.append(
            select(alerts.c.number).where(alerts.c.id.in_(values)) if is_one else _select_named(_Named(kind, values))
        )
    return or_(*(number.in_(each) for each in could))


def _select_named(named: _Named) -> Select[tuple[int]]:
    other = alert_names.alias()
    return select(other.c.number).where(_is_named(other, named))
