"""How much of one source another one of the same outlet carried."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    Subquery,
    and_,
    func,
    or_,
    select,
    true,
    union_all,
)

from crawler.models import Coverage, Outcome, PollVerdict
from crawler.store.schema import links, polls, sightings


def read_coverage(connection: Connection, since: datetime, among: Sequence[str]) -> list[Coverage]:
    """Each source of an outlet against each other one, over the links that were first seen since then and since both
    have been polled: what stood there before says nothing of either. Whole articles, as channels carry, are left out.
    Only of the sources `among`, where some are named: all of one outlet.
    """
    firsts = (_seek_firsts(among) if among else _select_firsts()).subquery()
    listed, carried = (_select_listed(since, among).cte(name) for name in ("listed", "carried"))
    own = firsts.alias()
    asked = (
        select(listed.c.outlet, firsts.c.source, listed.c.source, func.count(), func.count(carried.c.id))
        .join(own, and_(own.c.source == listed.c.source, own.c.outlet == listed.c.outlet))
        .join(firsts, _is_rival(firsts, listed.c.outlet, listed.c.source))
        .outerjoin(carried, and_(carried.c.id == listed.c.id, carried.c.source == firsts.c.source))
        .where(listed.c.seen_at > own.c.first, listed.c.seen_at > firsts.c.first)
        .group_by(listed.c.outlet, firsts.c.source, listed.c.source)
        .order_by(listed.c.outlet, firsts.c.source, listed.c.source)
    )
    return [Coverage(*row) for row in connection.execute(asked)]


def _is_rival(firsts: Subquery, outlet: ColumnElement[str], source: ColumnElement[str]) -> ColumnElement[bool]:
    return (firsts.c.outlet == outlet) & (firsts.c.source != source)


def _select_firsts() -> Select[tuple[str, str, datetime]]:
    """When each source first brought links."""
    brought = polls.c.verdict == PollVerdict.CHANGED
    first = func.min(polls.c.at).label("first")
    return select(polls.c.outlet, polls.c.source, first).where(brought).group_by(polls.c.outlet, polls.c.source)


def _seek_firsts(among: Sequence[str]) -> CompoundSelect[tuple[str, str, datetime]]:
    """The same, with a look into the index for each."""
    brought = select(polls.c.outlet, polls.c.source, polls.c.at.label("first")).where(
        polls.c.verdict == PollVerdict.CHANGED
    )
    first = (brought.where(polls.c.source == name).order_by(polls.c.at).limit(1).subquery() for name in among)
    return union_all(*(select(each) for each in first))


def _select_listed(since: datetime, among: Sequence[str]) -> Select[tuple[int, str, str, datetime]]:
    """Each link with each source that listed it."""
    wanted = and_(
        links.c.seen_at >= since,
        links.c.source.in_(among) if among else true(),
        ~links.c.complete,
        or_(links.c.outcome.is_(None), links.c.outcome != Outcome.OUT_OF_SCOPE),
    )
    both = union_all(
        select(links.c.id, links.c.outlet, links.c.source, links.c.seen_at).where(wanted),
        select(links.c.id, links.c.outlet, sightings.c.source, links.c.seen_at)
        .join(sightings, sightings.c.link_id == links.c.id)
        .where(wanted),
    ).subquery()
    return select(both.c.id, both.c.outlet, both.c.source, both.c.seen_at)
