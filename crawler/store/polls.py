"""Sources, when they are due, and the account of each poll."""

from collections.abc import Callable, Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import astuple, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from crawler.models import Poll, PollCount, PollEnd, SourceState
from crawler.store.driver import RowStatement, for_both, pass_all, pass_moment, run_statement
from crawler.store.engine import insert_unless_known, split_values
from crawler.store.health import change_troubles, close_events
from crawler.store.links import LinkCount, Listed, add_links
from crawler.store.schema import links, polls, revisits, sources
from crawler.store.values import Moment

EndPoll = Callable[[PollCount], PollEnd]
"""What follows for a source from the count of its links. Pure, for it runs within the transaction."""

_STATE = [  # in the order of SourceState's fields
    sources.c.name,
    sources.c.next_poll_at,
    sources.c.etag,
    sources.c.last_modified,
    sources.c.body_digest,
    sources.c.failures,
    sources.c.polled_at,
    sources.c.succeeded_at,
    sources.c.memory,
    sources.c.full_at,
    sources.c.news_at,
    sources.c.empties,
    sources.c.moved_to,
    sources.c.rhythm,
    sources.c.hints,
    sources.c.troubles,
]

_REMEMBERED = [column.name for column in _STATE if column is not sources.c.name]
_NOW = bindparam("now", type_=Moment)
_SELECT_FREE = (
    select(*_STATE)
    .where(
        sources.c.name.in_(bindparam("names", expanding=True)),
        sources.c.next_poll_at <= _NOW,
        or_(sources.c.leased_until.is_(None), sources.c.leased_until <= _NOW),
    )
    .order_by(sources.c.next_poll_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_FIND_DUE = for_both("""
    SELECT name FROM sources WHERE next_poll_at <= :now AND (leased_until IS NULL OR leased_until <= :now)
    ORDER BY next_poll_at LIMIT :most
    """)
_HOLD = for_both("UPDATE sources SET leased_until = :until WHERE name IN ({texts})")
_INSERT_POLL = RowStatement(
    polls,
    "INSERT INTO polls (source, outlet, day, at, verdict, status, detail, seen, known, new, capped) VALUES "
    "(:source, :outlet, :day, :at, :verdict, :status, :detail, :seen, :known, :new, :capped) RETURNING id",
)
_COUNT_POLL = RowStatement(
    polls,
    "UPDATE polls SET seen = :seen, known = :known, new = :new, capped = :capped, detail = :detail WHERE id = :id",
)

UNFINISHED = "broken off: what is missing here is counted by a later poll"
"""Detail of a poll of which portions are stored, and nothing that makes it complete."""

_RETIRED = datetime(9999, 1, 1, tzinfo=UTC)
"""Next poll of a source that nobody watches."""
_CLOCK_SLACK = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=25)
"""Of a link or a visit: the longest wait is a day."""
_MOST_LOOKED_AT = 5000
_MOST_LEASED = 500
"""At once; databases limit the parameters of a statement."""


def add_sources(connection: Connection, first_polls: dict[str, datetime]) -> None:
    if first_polls:
        rows = [{"name": name, "next_poll_at": at} for name, at in sorted(first_polls.items())]
        connection.execute(insert_unless_known(connection, sources, "name"), rows)


def retire_others(connection: Connection, watched: Collection[str], now: datetime) -> None:
    """A source that was taken out of the settings would be due for ever; one that comes back is due at once."""
    rows = connection.execute(select(sources.c.name, sources.c.next_poll_at >= _RETIRED)).all()
    gone = [name for name, is_retired in rows if name not in watched and not is_retired]
    back = [name for name, is_retired in rows if name in watched and is_retired]
    for names, at in ((gone, _RETIRED), (back, now)):
        for portion in split_values(names):
            row = {"next_poll_at": at, "troubles": ()}
            connection.execute(update(sources).where(sources.c.name.in_(portion)).values(row))
            close_events(connection, portion, now)


def hasten_sources(connection: Connection, latest: dict[str, datetime]) -> None:
    for name, at in latest.items():
        later = (sources.c.name == name) & (sources.c.next_poll_at > at)
        connection.execute(update(sources).where(later).values(next_poll_at=at))


def heal_times(connection: Connection, now: datetime) -> int:
    """Rows that were written in the future, or that wait for longer than anything is made to wait."""
    ahead = (sources.c.polled_at > now + _CLOCK_SLACK) & (sources.c.next_poll_at > now)
    late_links = links.c.outcome.is_(None) & (links.c.next_try_at > now + _LONGEST_WAIT)
    late_visits = revisits.c.result.is_(None) & (revisits.c.next_try_at > now + _LONGEST_WAIT)
    healed = connection.execute(update(sources).where(ahead).values(next_poll_at=now, leased_until=None)).rowcount
    for table, late in ((links, late_links), (revisits, late_visits)):
        healed += connection.execute(update(table).where(late).values(next_try_at=now)).rowcount
    return healed


def read_due(connection: Connection, names: Collection[str], now: datetime) -> list[str]:
    """Names whose time has come and that nobody holds, the longest due first; the first thousands of them."""
    wanted = names if isinstance(names, AbstractSet) else frozenset(names)
    due = run_statement(connection, _FIND_DUE, {"now": pass_moment(connection, now), "most": _MOST_LOOKED_AT})
    return [name for (name,) in due if name in wanted]


def lease_sources(
    connection: Connection, due: Sequence[str], now: datetime, limit: int, lease: timedelta
) -> list[SourceState]:
    """Hold those of `due` that are still free; another worker's are passed over, not waited for."""
    asked = {"names": due[:_MOST_LEASED], "now": now, "most": limit}
    states = [SourceState(*row) for row in connection.execute(_SELECT_FREE, asked)]
    if states:
        taken = pass_all(connection, [state.name for state in states])
        run_statement(connection, _HOLD, {"texts": taken, "until": pass_moment(connection, now + lease)})
    return states


def end_leases(connection: Connection) -> None:
    connection.execute(update(sources).where(sources.c.leased_until.is_not(None)).values(leased_until=None))


def read_states(connection: Connection) -> list[SourceState]:
    return [SourceState(*row) for row in connection.execute(select(*_STATE).order_by(sources.c.name))]


def save_portion(connection: Connection, poll: Poll, portion: Listed, begun: PollCount | None) -> PollCount:
    """Links of a poll that are not its last; how many there are with those that were `begun` with. The account closes
    after each. When nothing follows, the source's row is as before, so that the poll is repeated, with an account of
    its own."""
    return _count_links(connection, replace(poll, detail=UNFINISHED, capped=0, pruned=0), portion, begun)


def save_poll(
    connection: Connection, poll: Poll, listed: Listed, end: SourceState | EndPoll, begun: PollCount | None = None
) -> PollCount:
    """A poll's links, or the last of them, and all that follows from it."""
    count = _count_links(connection, poll, listed, begun)
    ended = PollEnd(end) if isinstance(end, SourceState) else end(count)
    _save_state(connection, ended.state, ended.before)
    change_troubles(connection, ended, poll.at, poll.outlet)
    return count


def _count_links(connection: Connection, poll: Poll, listed: Listed, begun: PollCount | None) -> PollCount:
    seen = listed.count + poll.pruned
    poll_id = begun.poll_id if begun else _insert_poll(connection, poll, seen)
    found = add_links(connection, poll_id, poll, listed) if listed.links else LinkCount()
    count = PollCount(
        poll_id,
        seen + poll.capped,
        seen - found.new,
        found.new + poll.capped,
        found.fresh,
        found.compared + poll.pruned,
        found.reguided,
        found.renamed,
        found.strays,
    )
    if begun:
        count = _add_counts(begun, count)
    if begun or found.new:
        row = {"seen": count.seen, "known": count.known, "new": count.new, "capped": poll.capped, "detail": poll.detail}
        _COUNT_POLL.run(connection, {"id": poll_id, **row})
    return count


def _add_counts(one: PollCount, other: PollCount) -> PollCount:
    """Of two portions of one poll."""
    _, *sums = (a + b for a, b in zip(astuple(one), astuple(other), strict=True))
    return PollCount(one.poll_id, *sums)


def _insert_poll(connection: Connection, poll: Poll, seen: int) -> int:
    """The row of the ledger, as if every link were known; those beyond the cap are new, for nobody looked at them."""
    row = {
        "source": poll.source,
        "outlet": poll.outlet,
        "day": poll.at.astimezone(UTC).date().isoformat(),
        "at": poll.at,
        "verdict": poll.verdict,
        "status": poll.status,
        "detail": poll.detail,
        "seen": seen + poll.capped,
        "known": seen,
        "new": poll.capped,
        "capped": poll.capped,
    }
    [(poll_id,)] = _INSERT_POLL.run(connection, row)
    return int(poll_id)


def _save_state(connection: Connection, state: SourceState, before: SourceState | None) -> None:
    """Validators and next time, and the end of the lease; of a source that is known `before`, what has changed."""
    row = {name: getattr(state, name) for name in _REMEMBERED}
    if before is not None:
        # the next time is written always: others may have moved it since
        changed = {name for name, value in row.items() if value != getattr(before, name)} | {"next_poll_at"}
        row = {name: value for name, value in row.items() if name in changed}
    row["leased_until"] = None
    is_known = _update_state(tuple(row)).run(connection, {"name": state.name, **row})
    if not is_known:
        whole = {column.name: getattr(state, column.name) for column in _STATE}
        connection.execute(insert(sources), {**whole, "leased_until": None})


@lru_cache(256)
def _update_state(columns: tuple[str, ...]) -> RowStatement:
    values = ", ".join(f"{column} = :{column}" for column in columns)
    return RowStatement(sources, f"UPDATE sources SET {values} WHERE name = :name RETURNING name")  # noqa: S608 - columns of ours
