"""Sources, when they are due, and the account of each poll."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update

from crawler.models import Poll, PollCount, PollEnd, SeenLink, SourceState
from crawler.store.engine import insert_unless_known
from crawler.store.health import change_troubles
from crawler.store.links import LinkCount, add_links
from crawler.store.schema import polls, sources

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

_MOST_LEASED = 500
"""At once; databases limit the parameters of a statement."""


def add_sources(connection: Connection, first_polls: dict[str, datetime]) -> None:
    if first_polls:
        rows = [{"name": name, "next_poll_at": at} for name, at in sorted(first_polls.items())]
        connection.execute(insert_unless_known(connection, sources, "name"), rows)


def read_due(connection: Connection, names: Collection[str], now: datetime) -> list[str]:
    """Names whose time has come and that nobody holds, the longest due first."""
    wanted = set(names)
    due = connection.scalars(select(sources.c.name).where(_is_due(now)).order_by(sources.c.next_poll_at))
    return [name for name in due if name in wanted]


def lease_sources(
    connection: Connection, due: Sequence[str], now: datetime, limit: int, lease: timedelta
) -> list[SourceState]:
    """Hold those of `due` that are still free; another worker's are passed over, not waited for."""
    free = (
        select(*_STATE)
        .where(sources.c.name.in_(due[:_MOST_LEASED]), _is_due(now))
        .order_by(sources.c.next_poll_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    states = [SourceState(*row) for row in connection.execute(free)]
    if states:
        taken = sources.c.name.in_([state.name for state in states])
        connection.execute(update(sources).where(taken).values(leased_until=now + lease))
    return states


def end_leases(connection: Connection) -> None:
    connection.execute(update(sources).where(sources.c.leased_until.is_not(None)).values(leased_until=None))


def read_states(connection: Connection) -> list[SourceState]:
    return [SourceState(*row) for row in connection.execute(select(*_STATE).order_by(sources.c.name))]


def save_poll(connection: Connection, poll: Poll, links: Sequence[SeenLink], end: SourceState | EndPoll) -> PollCount:
    poll_id = _insert_poll(connection, poll, seen=len(links))
    found = add_links(connection, poll_id, poll, links) if links else LinkCount()
    known, new = len(links) - found.new, found.new + poll.capped
    if found.new:
        connection.execute(update(polls).where(polls.c.id == poll_id).values(known=known, new=new))
    count = PollCount(poll_id, known + new, known, new, found.fresh, found.compared, found.reguided)
    ended = PollEnd(end) if isinstance(end, SourceState) else end(count)
    _save_state(connection, ended.state)
    change_troubles(connection, ended, poll.at)
    return count


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
    return int(connection.execute(insert(polls).returning(polls.c.id), row).scalar_one())


def _save_state(connection: Connection, state: SourceState) -> None:
    """Validators and next time, and the end of the lease."""
    row = {column.name: getattr(state, column.name) for column in _STATE if column is not sources.c.name}
    row["leased_until"] = None
    known = connection.execute(update(sources).where(sources.c.name == state.name), row)
    if known.rowcount == 0:
        connection.execute(insert(sources), {"name": state.name, **row})


def _is_due(now: datetime) -> ColumnElement[bool]:
    return (sources.c.next_poll_at <= now) & or_(sources.c.leased_until.is_(None), sources.c.leased_until <= now)
