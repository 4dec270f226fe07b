"""Links: which are new, which wait, what became of each."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Subquery, bindparam, func, select, update

from crawler.fetch.urls import slot_of
from crawler.models import Capture, Ending, Link, Outcome, PendingLink, Poll, Revisit, SeenLink
from crawler.signs import is_wholesale
from crawler.store.driver import RowStatement, for_both, pass_all, read_moment, run_statement
from crawler.store.engine import insert_unless_known, split_values, take_lock
from crawler.store.known import (
    Again,
    KnownLink,
    count_renamed,
    digest_shown,
    follow_moves,
    is_another,
    learn_guids,
    plan_revisit,
    review_known,
)
from crawler.store.schema import captures, links, moves, sightings
from crawler.store.values import list_fields, make_digest

PENDING = [
    links.c.id,
    links.c.source,
    links.c.outlet,
    links.c.attempts,
    links.c.seen_at,
    links.c.url,
    links.c.guid,
    links.c.title,
    links.c.published,
    links.c.content,
    links.c.problem,
    links.c.complete,
    links.c.note,
    links.c.updated,
]

_KNOWN = "id, identity, guid_identity, source, outcome, complete, shown, edits, url, seen_at"
_FIND_KNOWN = for_both(f"SELECT {_KNOWN} FROM links WHERE identity IN ({{texts}})")  # noqa: S608 - columns
_FIND_OWNERS = for_both(
    f"SELECT {_KNOWN}, title, published, "  # noqa: S608 - columns
    "(SELECT partial FROM articles WHERE link_id = links.id ORDER BY revision DESC LIMIT 1) FROM links WHERE id IN ("
    "SELECT min(id) FROM links WHERE guid_identity IN ({texts}) GROUP BY guid_identity HAVING count(*) = 1)"
)

_SAID = [field.name for field in fields(Link)]

CAPTURE = [captures.c[field.name].label(f"capture_{field.name}") for field in fields(Capture)]

_OWN_PAGE = links.c.complete & (captures.c.link_id == links.c.id)
"""A complete link has one page, that of the poll."""

_OLDEST_FIRST = (links.c.next_try_at, links.c.id)

BACKFILL = "backfill:"
"""Begins the name under which the past of a source is fetched; live polling leaves such links alone."""

_INSERTION = 0x6C696E6B
"""Any number, as `crawler.store.migrate` has another."""


@dataclass(frozen=True, slots=True)
class Listed:
    """Links of a poll: all of them, or a portion that others can wait for."""

    links: Sequence[SeenLink]
    """None of them twice."""
    count: int
    """How many the poll listed: what it repeated is known."""
    shared_guids: frozenset[str]
    """Those that stand on two links of the poll, wherever the other one is."""

    def split(self, most: int) -> "list[Listed]":
        """Portions of at most so many links; at least one."""
        starts = range(0, max(len(self.links), 1), most)
        *portions, last = (self._cut(self.links[start : start + most]) for start in starts)
        repeated = self.count - len(self.links)
        return [*portions, replace(last, count=last.count + repeated)]

    def _cut(self, portion: Sequence[SeenLink]) -> "Listed":
        return replace(self, links=portion, count=len(portion))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A link of a poll with the digests that make it known."""

    seen: SeenLink
    identity: str
    page_identity: str
    """That of the same link when it is to be fetched."""
    guid_identity: str | None


@dataclass(frozen=True, slots=True)
class LinkCount:
    """What the links of a poll were. `PollCount` says what the numbers mean."""

    new: int = 0
    fresh: int = 0
    compared: int = 0
    reguided: int = 0
    renamed: int = 0
    strays: int = 0


def list_links(seen: Sequence[SeenLink]) -> Listed:
    """All links of a poll; of repeats the last is kept, at the place of the first."""
    once = list({(each.key, each.outcome): each for each in seen}.values())
    shown = Counter(each.link.guid for each in once if each.link.guid and each.outcome is None)
    return Listed(once, len(seen), frozenset(guid for guid, count in shown.items() if count > 1))


def add_links(connection: Connection, poll_id: int, poll: Poll, listed: Listed) -> LinkCount:
    """Store those that are new, and look at the known ones."""
    candidates = [_identify(each, poll.source) for each in listed.links]
    known = _read_known(connection, candidates)
    first_listed = _save_sightings(connection, poll, known.values())
    again = _list_again(candidates, known)
    review = review_known(connection, poll, again)
    learn_guids(connection, again, listed.shared_guids)
    unknown = [each for each in candidates if each.identity not in known and each.page_identity not in known]
    moved = _read_moved(connection, unknown, listed.shared_guids)
    _save_moves(connection, poll, moved)
    follow_moves(connection, poll, moved.values())
    rows = [_make_row(each, poll_id, poll) for each in unknown if each.identity not in moved]
    is_other = is_wholesale(len(rows), len(candidates))
    renamed = count_renamed(connection, poll, [each.seen.link for each in unknown]) if is_other else 0
    captured = {each.identity: each.seen.capture for each in unknown if each.seen.capture}
    new = _insert_links(connection, rows, captured)
    strays = min(new, sum(row["outcome"] is Outcome.OUT_OF_SCOPE for row in rows))
    return LinkCount(new, new + first_listed, review.compared, review.reguided, renamed, strays)


def read_pending(
    connection: Connection,
    now: datetime,
    limit: int,
    without: Collection[int],
    per_outlet: int | None,
    others: Select[tuple[str]] | None = None,
    source: str | None = None,
) -> list[PendingLink]:
    """`others` are hosts to leave out. Only of one source, if it is named; else the past, which has a process of its
    own, waits for that."""
    theirs = links.c.source.not_like(f"{BACKFILL}%") if source is None else links.c.source == source
    due = links.c.outcome.is_(None) & (links.c.next_try_at <= now) & theirs
    if others is not None:
        due &= links.c.host.not_in(others)
    waiting = select(*PENDING, *CAPTURE).outerjoin(captures, _OWN_PAGE).where(due).limit(limit + len(without))
    if per_outlet is None:
        waiting = waiting.order_by(*_OLDEST_FIRST)
    else:
        queues = _queue_by_outlet(due)
        waiting = waiting.join(queues, queues.c.id == links.c.id).where(queues.c.place <= per_outlet + len(without))
        waiting = waiting.order_by(queues.c.place, *_OLDEST_FIRST)
    skip = set(without)
    rows = (make_pending(row, read_capture(row)) for row in connection.execute(waiting) if row.id not in skip)
    return list(islice(rows, limit))


def read_outcomes(connection: Connection, since: datetime) -> dict[str, Outcome]:
    ended = select(links.c.url, links.c.outcome).where(links.c.ended_at >= since)
    return {url: Outcome(outcome) for url, outcome in connection.execute(ended)}


_NEW = (
    "identity", "guid_identity", "key", "poll_id", "source", "outlet", "host", "shown", *_SAID, "edits", "seen_at",
    "attempts", "next_try_at", "outcome", "detail", "ended_at",
)  # fmt: skip
_INSERT = RowStatement(
    links,
    f"INSERT INTO links ({', '.join(_NEW)}) VALUES ({', '.join(f':{name}' for name in _NEW)}) "  # noqa: S608 - columns
    "ON CONFLICT (identity) DO NOTHING RETURNING id, identity",
)
_END = RowStatement(
    links,
    "UPDATE links SET outcome = :outcome, detail = :detail, ended_at = :ended_at "
    "WHERE id = :id AND outcome IS NULL RETURNING id",
)


def end_link(connection: Connection, link_id: int, ending: Ending, now: datetime) -> bool:
    """Give a link its outcome, and plan to look for its page once more; False when it has one already, which it
    keeps."""
    end = {"id": link_id, "outcome": ending.outcome, "detail": ending.detail, "ended_at": now}
    has_ended = bool(_END.run(connection, end))
    if has_ended and ending.revisit_at is not None:
        plan_revisit(connection, link_id, "partial", now, ending.revisit_at)
    return has_ended


def save_retry(connection: Connection, link_id: int, next_try_at: datetime, detail: str, *, counts: bool) -> None:
    pending = (links.c.id == link_id) & links.c.outcome.is_(None)
    again = {"attempts": links.c.attempts + int(counts), "next_try_at": next_try_at, "detail": detail}
    connection.execute(update(links).where(pending).values(again))


def save_capture(connection: Connection, link_id: int, capture: Capture) -> int:
    """The capture's row; the same one when it is known."""
    row = {"link_id": link_id, **list_fields(capture)}
    connection.execute(insert_unless_known(connection, captures, "link_id", "file", "offset"), row)
    return int(connection.scalars(_SAME_CAPTURE, row).one())


_SAME_CAPTURE = select(captures.c.id).where(
    *(column == bindparam(column.name) for column in (captures.c.link_id, captures.c.file, captures.c.offset))
)


def _queue_by_outlet(due: ColumnElement[bool]) -> Subquery:
    """Links with the place that each has among those of its outlet."""
    place = func.row_number().over(partition_by=links.c.outlet, order_by=_OLDEST_FIRST).label("place")
    return select(links.c.id, place).where(due).subquery()


# ── what makes two links the same ────────────────────────────────────────────────────────────────


def _identify(seen: SeenLink, source: str) -> _Candidate:
    """A link that needs no fetch is known by its source and outcome too: what one source must leave out (of scope,
    over a cap) must not count as known when another source, or a later poll, wants it fetched."""
    page = make_digest(seen.key)
    if seen.outcome is not None:
        return _Candidate(seen, make_digest(seen.key, source, seen.outcome), page, None)
    guid = make_digest(source, seen.link.guid) if seen.link.guid else None
    return _Candidate(seen, page, page, guid)


def _read_known(connection: Connection, candidates: Iterable[_Candidate]) -> dict[str, KnownLink]:
    """By identity: what is needed of the links that are stored."""
    identities = {each.identity for each in candidates} | {each.page_identity for each in candidates}
    rows = run_statement(connection, _FIND_KNOWN, {"texts": pass_all(connection, identities)})
    known = (KnownLink(*(*said, read_moment(seen_at))) for *said, seen_at in rows)
    return {each.identity: each for each in known}


def _list_again(candidates: Iterable[_Candidate], known: dict[str, KnownLink]) -> list[Again]:
    """Those of a poll's links that are to be fetched and known already."""
    wanted = (each for each in candidates if each.seen.outcome is None and each.page_identity in known)
    return [Again(known[each.page_identity], each.seen.link, each.guid_identity) for each in wanted]


def _save_sightings(connection: Connection, poll: Poll, known: Iterable[KnownLink]) -> int:
    """Note which links of other sources this one lists too: what one carried of the other is counted from it. How
    many it lists for the first time."""
    others = sorted({row.id for row in known if row.source != poll.source})
    noted: set[int] = set()
    for chunk in split_values(others):
        ours = (sightings.c.source == poll.source) & sightings.c.link_id.in_(chunk)
        noted.update(connection.scalars(select(sightings.c.link_id).where(ours)))
    rows = [{"link_id": each, "source": poll.source, "seen_at": poll.at} for each in others if each not in noted]
    if rows:
        connection.execute(insert_unless_known(connection, sightings, "link_id", "source"), rows)
    return len(rows)


def _read_moved(
    connection: Connection, unknown: Iterable[_Candidate], shared_guids: frozenset[str]
) -> dict[str, Again]:
    """Unknown addresses with a known GUID: identity → the link they are. A GUID that stands on two links, in this poll
    or in the store, identifies neither: some outlets give the same to all of their items, or one after the other."""
    own = (each for each in unknown if each.seen.link.guid not in shared_guids)
    by_guid = {each.guid_identity: each for each in own if each.guid_identity}
    owners = run_statement(connection, _FIND_OWNERS, {"texts": pass_all(connection, by_guid)}) if by_guid else []
    moved: dict[str, Again] = {}
    for *said, seen_at, title, published, is_partial in owners:
        row = KnownLink(*(*said, read_moment(seen_at)))
        each = by_guid[row.guid_identity or ""]
        if not is_another(each.seen.link, title, published and read_moment(published)):
            moved[each.identity] = Again(row, each.seen.link, each.guid_identity, bool(is_partial))
    return moved


def _save_moves(connection: Connection, poll: Poll, moved: dict[str, Again]) -> None:
    rows = [
        {"link_id": each.row.id, "identity": identity, "url": each.link.url, "seen_at": poll.at}
        for identity, each in moved.items()
    ]
    if rows:
        connection.execute(insert_unless_known(connection, moves, "link_id", "identity"), rows)


def _insert_links(connection: Connection, rows: list[dict[str, object]], captured: dict[str, Capture]) -> int:
    """One worker at a time, because two could each wait for a row of the other; what another one stored since the
    look-up is known."""
    if not rows:
        return 0
    take_lock(connection, _INSERTION)
    new = 0
    for row in rows:
        for link_id, identity in _INSERT.run(connection, row):
            new += 1
            if identity in captured:
                save_capture(connection, link_id, captured[identity])
    return new


def _make_row(candidate: _Candidate, poll_id: int, poll: Poll) -> dict[str, object]:
    seen, link = candidate.seen, candidate.seen.link
    return {
        "identity": candidate.identity,
        "guid_identity": candidate.guid_identity,
        "key": seen.key,
        "poll_id": poll_id,
        "source": poll.source,
        "outlet": poll.outlet,
        "host": slot_of(link.url),
        "shown": digest_shown(link),
        **{name: getattr(link, name) for name in _SAID},
        "edits": 0,
        "attempts": 0,
        "seen_at": poll.at,
        "next_try_at": poll.at,
        "outcome": seen.outcome,
        "detail": seen.detail,
        "ended_at": poll.at if seen.outcome else None,
    }


def make_pending(row: Row[Any], capture: Capture | None = None, revisit: Revisit | None = None) -> PendingLink:
    said = (row.url, row.guid, row.title, row.published, row.content, row.problem, row.complete, row.note, row.updated)
    return PendingLink(row.id, row.source, row.outlet, Link(*said), row.attempts, row.seen_at, capture, revisit)


def read_capture(row: Row[Any]) -> Capture | None:
    """From the columns of `CAPTURE`, however the row was joined."""
    if row.capture_file is None:
        return None
    return Capture(*(getattr(row, column.name) for column in CAPTURE))
