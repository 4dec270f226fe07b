"""Counting articles by day: those with hits by what they are about, and all by whom they mention."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Text, cast, distinct, func, select

from crawler.models import Zone
from crawler.store.engine import split_values, unindexed
from crawler.store.schema import facts, mentions, newest, stances
from crawler.store.search import HIT, MENTION

LAST_DAY = "9999-12-31"
"""No article is of a later one."""
MOST_READ = 500
"""The newest articles of an entity whose spellings, company and statements are counted."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What articles with hits are chosen by: a kind (group, base, event, outlet, rule, severity) and a name."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Company:
    """What the newest articles that mention an entity say of it."""

    articles: int
    aliases: tuple[tuple[str, int], ...]
    """Alias and mentions, the most frequent first."""
    beside: tuple[tuple[str, int], ...]
    """Other entity and articles that mention both."""
    stances: tuple[tuple[str, int], ...]
    """Event of which it is told to be the author, or that it claims or denies, and how often."""


def count_days(
    connection: Connection, kind: str, names: Sequence[str], since: str, chosen: Sequence[Fact]
) -> dict[str, dict[str, int]]:
    """Name → day → articles with hits seen on `since` (an ISO day) or later that have all of `chosen`."""
    asked = select(facts.c.name, facts.c.day, func.count()).where(facts.c.name.in_(names))
    asked = _narrow(asked, kind, since, chosen).group_by(facts.c.name, facts.c.day)
    counts: dict[str, dict[str, int]] = {name: {} for name in names}
    for name, day, count in connection.execute(asked).all():
        counts[name][day] = count
    return counts


def count_hits(connection: Connection, since: str, chosen: Sequence[Fact]) -> dict[str, int]:
    """Day → articles with hits that have all of `chosen`."""
    asked = select(facts.c.day, func.count()).where(facts.c.name == HIT)
    return _read_counts(connection, _narrow(asked, HIT, since, chosen).group_by(facts.c.day))


def rank_names(
    connection: Connection, kind: str, since: str, chosen: Sequence[Fact], until: str = LAST_DAY
) -> dict[str, int]:
    """Name → articles with hits, the most frequent first."""
    asked = _narrow(select(facts.c.name, func.count()), kind, since, chosen, until).group_by(facts.c.name)
    return _read_counts(connection, asked.order_by(func.count().desc(), facts.c.name))


def rank_days(
    connection: Connection, kind: str, since: str, chosen: Sequence[Fact], most: int
) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """What rank_names says, and of the first `most` names what count_days says, in one reading of the index.

    A row for each name and day would take longer to fetch than to count, hence a line for each name.
    """
    asked = select(facts.c.name, facts.c.day, func.count().label("articles"))
    of_days = _narrow(asked, kind, since, chosen).group_by(facts.c.name, facts.c.day).subquery()
    total = func.sum(of_days.c.articles)
    line = func.aggregate_strings(of_days.c.day + cast(of_days.c.articles, Text), ",")
    ranked = select(of_days.c.name, total, line).group_by(of_days.c.name).order_by(total.desc(), of_days.c.name)
    rows = connection.execute(ranked).all()
    totals = {name: int(total) for name, total, _ in rows}
    return totals, {name: {each[:10]: int(each[10:]) for each in line.split(",")} for name, _, line in rows[:most]}


def count_names(connection: Connection, kind: str, names: Sequence[str], since: str) -> dict[str, int]:
    """Articles of each of these names since that day; a kind may have millions of rows."""
    asked = select(facts.c.name, func.count()).where(facts.c.name.in_(names))
    return dict.fromkeys(names, 0) | _read_counts(connection, _narrow(asked, kind, since, ()).group_by(facts.c.name))


def read_timeline(connection: Connection, kind: str, name: str, since: str) -> dict[str, int]:
    """Day → articles."""
    asked = select(facts.c.day, func.count()).where(facts.c.name == name)
    return _read_counts(connection, _narrow(asked, kind, since, ()).group_by(facts.c.day))


def read_last_days(connection: Connection, kind: str, names: Sequence[str]) -> dict[str, str]:
    """Name → the last day on which it had an article; a seek for each."""
    last = select(func.max(facts.c.day)).where(facts.c.kind == kind)
    found = {name: connection.scalar(last.where(facts.c.name == name)) for name in names}
    return {name: day for name, day in found.items() if day is not None}


def find_hits(connection: Connection, since: str, until: str, chosen: Sequence[Fact], limit: int) -> list[int]:
    """Articles with hits that have all of `chosen`, seen on these days, the newest first."""
    asked = select(newest.c.article_id).where(newest.c.day.between(since, until))
    for kind, name in ((HIT, HIT), *((fact.kind, fact.name) for fact in chosen)):
        other = facts.alias()
        having = select(other.c.name).where(other.c.article_id == newest.c.article_id, other.c.kind == kind)
        asked = asked.where(having.where(other.c.name == name).exists())
    return list(connection.scalars(asked.order_by(newest.c.day.desc(), newest.c.article_id.desc()).limit(limit)))


def _narrow(asked: Select[Any], kind: str, since: str, chosen: Sequence[Fact], until: str = LAST_DAY) -> Select[Any]:
    asked = asked.where(facts.c.kind == kind, facts.c.day.between(since, until))
    for fact in chosen:
        other = facts.alias()
        having = select(other.c.article_id).where(other.c.kind == fact.kind, other.c.name == fact.name)
        asked = asked.where(facts.c.article_id.in_(having.where(other.c.day.between(since, until))))
    return asked


def _read_counts(connection: Connection, asked: Select[Any]) -> dict[str, int]:
    return {name: count for name, count in connection.execute(asked).all()}  # noqa: C416  # rows are no pairs to dict()'s types


def list_ids(connection: Connection, kind: str, name: str, limit: int) -> list[int]:
    """Articles of a name, the newest first."""
    asked = select(facts.c.article_id).where(facts.c.kind == kind, facts.c.name == name)
    return list(connection.scalars(asked.order_by(facts.c.day.desc(), facts.c.article_id.desc()).limit(limit)))


def read_company(connection: Connection, entity: str) -> Company:
    ids = list_ids(connection, MENTION, entity, MOST_READ)
    aliases, beside, told = (Counter[str]() for _ in range(3))
    for portion in split_values(ids):
        named = select(mentions.c.alias, mentions.c.text, func.count()).where(
            mentions.c.article_id.in_(portion), unindexed(mentions.c.entity) == entity, mentions.c.zone != Zone.REMOVED
        )
        for alias, text, count in connection.execute(named.group_by(mentions.c.alias, mentions.c.text)):
            aliases[alias or text] += count
        others = select(facts.c.name, func.count(distinct(facts.c.article_id))).where(
            facts.c.article_id.in_(portion), unindexed(facts.c.kind) == MENTION, facts.c.name != entity
        )
        for name, count in connection.execute(others.group_by(facts.c.name)):
            beside[name] += count
        said = select(stances.c.event, func.count()).where(
            stances.c.article_id.in_(portion), unindexed(stances.c.entity) == entity
        )
        for event, count in connection.execute(said.group_by(stances.c.event)):
            told[event] += count
    return Company(len(ids), _rank(aliases), _rank(beside), _rank(told))


def _rank(counter: Counter[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counter.items(), key=lambda item: (-item[1], item[0])))
