"""The accounts: what polls saw, and what became of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select, union_all

from crawler.models import LedgerRow, Outcome, PollAccount, PollVerdict, RevisitResult
from crawler.store.schema import links, poll_sums, polls, revisits

_Account = tuple[Any, ...]
"""Source and day, or a poll."""
_DAILY = (polls.c.source, polls.c.day)
_EACH = (polls.c.id,)
SUMS = ("polls", "failed", "seen", "known", "new", "capped")
"""Columns of `poll_sums` that count."""


def read_ledger(connection: Connection, since: datetime, until: datetime, source: str | None) -> list[LedgerRow]:
    """One row for each source and day with polls in [since, until), counted from what is stored. Of a day whose polls
    were summed up these are counted whole."""
    asked = (polls.c.at >= since) & (polls.c.at < until)
    if source is not None:
        asked &= polls.c.source == source
    ends, visits = _count_ends(connection, asked, _DAILY), _count_revisits(connection, asked, _DAILY)
    both = union_all(_count_polls(asked), _select_sums(since, until, source)).subquery()
    sums = [func.sum(both.c[name]).label(name) for name in SUMS]
    accounts = select(both.c.source, both.c.day, *sums).group_by(both.c.source, both.c.day)
    return [
        _make_row(
            row,
            ends.get((row.source, row.day), {}),
            visits.get((row.source, row.day), {}),
            polled=int(row.polls),
            failed=int(row.failed),
        )
        for row in connection.execute(accounts.order_by(both.c.day, both.c.source))
    ]


def _count_polls(asked: ColumnElement[bool]) -> Select[Any]:
    failed = func.sum(case((polls.c.verdict == PollVerdict.FAILED, 1), else_=0)).label("failed")
    sums = [func.sum(polls.c[name]).label(name) for name in SUMS[2:]]
    counted = select(polls.c.source, polls.c.day, func.count().label("polls"), failed, *sums)
    return counted.where(asked).group_by(polls.c.source, polls.c.day)


def _select_sums(since: datetime, until: datetime, source: str | None) -> Select[Any]:
    first, last = (at.astimezone(UTC).date().isoformat() for at in (since, until - timedelta(microseconds=1)))
    summed = select(poll_sums.c.source, poll_sums.c.day, *(poll_sums.c[name] for name in SUMS))
    summed = summed.where(poll_sums.c.day >= first, poll_sums.c.day <= last)
    return summed if source is None else summed.where(poll_sums.c.source == source)


def read_polls(
    connection: Connection, since: datetime, until: datetime, source: str | None, limit: int
) -> list[PollAccount]:
    """The last polls in [since, until), each with its own account, the newest first."""
    wanted = (polls.c.at >= since) & (polls.c.at < until)
    if source is not None:
        wanted &= polls.c.source == source
    rows = connection.execute(select(polls).where(wanted).order_by(polls.c.id.desc()).limit(limit)).all()
    if not rows:
        return []
    asked = wanted & (polls.c.id >= rows[-1].id)
    ends, visits = _count_ends(connection, asked, _EACH), _count_revisits(connection, asked, _EACH)
    return [_make_poll(row, ends.get((row.id,), {}), visits.get((row.id,), {})) for row in rows]


def _make_poll(row: Row[Any], ends: dict[Outcome | None, int], visits: dict[RevisitResult | None, int]) -> PollAccount:
    verdict = PollVerdict(row.verdict)
    account = _make_row(row, ends, visits, polled=1, failed=int(verdict is PollVerdict.FAILED))
    return PollAccount(row.at, verdict, row.status, row.detail, account)


def _count_ends(
    connection: Connection, asked: ColumnElement[bool], account: Sequence[ColumnElement[Any]]
) -> dict[_Account, dict[Outcome | None, int]]:
    """How many links ended how; None counts those that still wait. Most polls bring none, and need no look."""
    counted = (
        select(links.c.outcome, func.count(), *account)
        .join(links, links.c.poll_id == polls.c.id)
        .where(asked, polls.c.new > 0)
        .group_by(*account, links.c.outcome)
    )
    ends: dict[_Account, dict[Outcome | None, int]] = {}
    for outcome, count, *key in connection.execute(counted):
        ends.setdefault(tuple(key), {})[Outcome(outcome) if outcome else None] = count
    return ends


def _count_revisits(
    connection: Connection, asked: ColumnElement[bool], account: Sequence[ColumnElement[Any]]
) -> dict[_Account, dict[RevisitResult | None, int]]:
    """What later visits to these links brought; None counts those that still wait."""
    counted = (
        select(revisits.c.result, func.count(), *account)
        .join(links, links.c.id == revisits.c.link_id)
        .join(polls, polls.c.id == links.c.poll_id)
        .where(asked, polls.c.new > 0)
        .group_by(*account, revisits.c.result)
    )
    visits: dict[_Account, dict[RevisitResult | None, int]] = {}
    for result, count, *key in connection.execute(counted):
        visits.setdefault(tuple(key), {})[RevisitResult(result) if result else None] = count
    return visits


def _make_row(
    account: Row[Any],
    ends: dict[Outcome | None, int],
    visits: dict[RevisitResult | None, int],
    *,
    polled: int,
    failed: int,
) -> LedgerRow:
    outcomes = {outcome: number for outcome, number in ends.items() if outcome is not None}
    if account.capped:
        outcomes[Outcome.CAPPED] = outcomes.get(Outcome.CAPPED, 0) + int(account.capped)
    return LedgerRow(
        source=account.source,
        day=account.day,
        polls=polled,
        failed_polls=failed,
        seen=int(account.seen),
        known=int(account.known),
        new=int(account.new),
        pending=ends.get(None, 0),
        outcomes=outcomes,
        revisits=sum(visits.values()),
        waiting=visits.get(None, 0),
        results={result: number for result, number in visits.items() if result is not None},
    )
