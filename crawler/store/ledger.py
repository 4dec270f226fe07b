"""The accounts: what polls saw, and what became of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from crawler.models import LedgerRow, Outcome, PollVerdict, RevisitResult
from crawler.store.schema import links, polls, revisits

_Account = tuple[str, str]
"""Source and day."""


def read_ledger(connection: Connection, since: datetime, until: datetime, source: str | None) -> list[LedgerRow]:
    """One row for each source and day with polls in [since, until), counted from what is stored."""
    asked = (polls.c.at >= since) & (polls.c.at < until)
    if source is not None:
        asked &= polls.c.source == source
    ends, visits = _count_ends(connection, asked), _count_revisits(connection, asked)
    failed = func.sum(case((polls.c.verdict == PollVerdict.FAILED, 1), else_=0))
    sums = [
        func.sum(column).label(column.name) for column in (polls.c.seen, polls.c.known, polls.c.new, polls.c.capped)
    ]
    accounts = (
        select(polls.c.source, polls.c.day, func.count().label("polls"), failed.label("failed"), *sums)
        .where(asked)
        .group_by(polls.c.source, polls.c.day)
        .order_by(polls.c.day, polls.c.source)
    )
    return [
        _make_row(row, ends.get((row.source, row.day), {}), visits.get((row.source, row.day), {}))
        for row in connection.execute(accounts)
    ]


def _count_ends(connection: Connection, asked: ColumnElement[bool]) -> dict[_Account, dict[Outcome | None, int]]:
    """How many links ended how; None counts those that still wait. Most polls bring none, and need no look."""
    counted = (
        select(polls.c.source, polls.c.day, links.c.outcome, func.count())
        .join(links, links.c.poll_id == polls.c.id)
        .where(asked, polls.c.new > 0)
        .group_by(polls.c.source, polls.c.day, links.c.outcome)
    )
    ends: dict[_Account, dict[Outcome | None, int]] = {}
    for source, day, outcome, count in connection.execute(counted):
        ends.setdefault((source, day), {})[Outcome(outcome) if outcome else None] = count
    return ends


def _count_revisits(
    connection: Connection, asked: ColumnElement[bool]
) -> dict[_Account, dict[RevisitResult | None, int]]:
    """What later visits to these links brought; None counts those that still wait."""
    counted = (
        select(polls.c.source, polls.c.day, revisits.c.result, func.count())
        .join(links, links.c.id == revisits.c.link_id)
        .join(polls, polls.c.id == links.c.poll_id)
        .where(asked, polls.c.new > 0)
        .group_by(polls.c.source, polls.c.day, revisits.c.result)
    )
    visits: dict[_Account, dict[RevisitResult | None, int]] = {}
    for source, day, result, count in connection.execute(counted):
        visits.setdefault((source, day), {})[RevisitResult(result) if result else None] = count
    return visits


def _make_row(account: Row[Any], ends: dict[Outcome | None, int], visits: dict[RevisitResult | None, int]) -> LedgerRow:
    outcomes = {outcome: number for outcome, number in ends.items() if outcome is not None}
    if account.capped:
        outcomes[Outcome.CAPPED] = outcomes.get(Outcome.CAPPED, 0) + int(account.capped)
    return LedgerRow(
        source=account.source,
        day=account.day,
        polls=account.polls,
        failed_polls=int(account.failed),
        seen=int(account.seen),
        known=int(account.known),
        new=int(account.new),
        pending=ends.get(None, 0),
        outcomes=outcomes,
        revisits=sum(visits.values()),
        waiting=visits.get(None, 0),
        results={result: number for result, number in visits.items() if result is not None},
    )
