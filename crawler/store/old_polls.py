"""Polls that are too old to be kept one by one: what they came to stays in the sums of their source and day."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from crawler.models import PollVerdict, SummedPolls
from crawler.store.engine import insert_unless_known
from crawler.store.ledger import SUMS
from crawler.store.polls import UNFINISHED
from crawler.store.schema import counters, links, poll_sums, polls

_BATCH = 500
"""Rows that are looked at in one transaction: 20 ms, so that nobody waits long for the write lock."""
_MARK = "polls_summed"
"""Counter: the last poll that was looked at. Those before it that are still there stay, and are not looked at again."""


def sum_old_polls(connection: Connection, before: datetime) -> SummedPolls:
    """Sum up some of the polls made before then, and let go their rows; again until nothing `is_left`.

    Stay: polls whose links are there, for these refer to them; a source's first one with links, for coverage is
    measured from it on; and those that were broken off. Several processes may do it at once: the mark's row lets one
    at a time pass.
    """
    mark = _read_mark(connection)
    last = _find_last(connection, before)
    end = min(last, mark + _BATCH)
    if end <= mark:
        return SummedPolls(0, is_left=False)
    rows = connection.execute(_let_go(mark, end)).all()
    _add_sums(connection, rows)
    connection.execute(update(counters).where(counters.c.name == _MARK).values(value=end))
    return SummedPolls(len(rows), is_left=end < last)


def _read_mark(connection: Connection) -> int:
    connection.execute(insert_unless_known(connection, counters, "name"), {"name": _MARK, "value": 0})
    held = select(counters.c.value).where(counters.c.name == _MARK).with_for_update()
    return int(connection.scalars(held).one())


def _find_last(connection: Connection, before: datetime) -> int:
    """By number polls are in order of time, but for those of a clock that was wrong."""
    newest = select(polls.c.id).where(polls.c.at < before).order_by(polls.c.at.desc()).limit(1)
    return connection.scalar(newest) or 0


def _let_go(mark: int, end: int) -> Any:  # noqa: ANN401  # a DELETE that returns rows has no nameable type
    earlier = polls.alias()
    brought_before = exists().where(
        earlier.c.source == polls.c.source, earlier.c.at < polls.c.at, earlier.c.verdict == PollVerdict.CHANGED
    )
    is_needless: list[ColumnElement[bool]] = [
        ~exists().where(links.c.poll_id == polls.c.id),
        polls.c.detail != UNFINISHED,
        or_(polls.c.verdict != PollVerdict.CHANGED, brought_before),
    ]
    counted = (polls.c.source, polls.c.day, polls.c.verdict, polls.c.seen, polls.c.known, polls.c.new, polls.c.capped)
    return delete(polls).where(polls.c.id > mark, polls.c.id <= end, *is_needless).returning(*counted)


def _add_sums(connection: Connection, rows: Iterable[Row[Any]]) -> None:
    sums: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        account = sums.setdefault((row.day, row.source), Counter())
        account.update(polls=1, failed=int(row.verdict == PollVerdict.FAILED))
        account.update({name: getattr(row, name) for name in SUMS[2:]})
    if not sums:
        return
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(poll_sums)
    more = {name: poll_sums.c[name] + insert.excluded[name] for name in SUMS}
    connection.execute(
        insert.on_conflict_do_update(index_elements=["day", "source"], set_=more),
        [
            {"day": day, "source": source, **{name: account[name] for name in SUMS}}
            for (day, source), account in sorted(sums.items())
        ],
    )
