"""Stories: articles that tell the same, found by their signatures; and the entry that says that one more does."""

import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, tuple_

from crawler.models import Alert, Signature, StoryMember
from crawler.payload import alert_from_json
from crawler.store.alerts import save_update
from crawler.store.engine import insert_unless_known, split_values, take_lock
from crawler.store.schema import alerts, articles, bands, links, signatures, stories, story_members
from crawler.store.values import make_digest
from crawler.stories import BANDS, estimate_shared, is_same_story, make_bands
from crawler.updates import describe_copy

_LOCK = 0x73746F72
_MOST_COMPARED = 40
"""Candidates, those with the most bands in common first."""
_MOST_IN_A_BAND = 500
"""Links that are looked at; what has more is no story."""
_MOST_MEMBERS = 500
"""That are looked at for the first one."""
# built once: with every article, building them costs more than running them
_KNOWN = select(story_members.c.story).where(story_members.c.link_id == bindparam("link_id"))
_NEAR = (
    select(bands.c.link_id).where(bands.c.band.in_(bindparam("keys", expanding=True))).limit(BANDS * _MOST_IN_A_BAND)
)
_CANDIDATES = (
    select(signatures, story_members.c.story, story_members.c.outlet)
    .join(story_members, story_members.c.link_id == signatures.c.link_id)
    .where(signatures.c.link_id.in_(bindparam("candidates", expanding=True)))
)
_NEWEST = select(func.max(articles.c.id)).where(articles.c.link_id == links.c.id).correlate(links).scalar_subquery()
_MEMBERS: Select[Any] = (
    select(
        story_members.c.story,
        story_members.c.link_id,
        story_members.c.outlet,
        story_members.c.outlet_name,
        articles.c.title,
        articles.c.url,
        links.c.seen_at,
        articles.c.published,
        alerts.c.id.label("alert"),
    )
    .join(links, links.c.id == story_members.c.link_id)
    .join(articles, articles.c.id == _NEWEST)
    .outerjoin(alerts, alerts.c.link_id == links.c.id)
    .where(story_members.c.story.in_(bindparam("stories", expanding=True)))
    .order_by(story_members.c.joined_at, story_members.c.link_id)
)
_ADD_MEMBER, _ADD_SIGNATURE, _ADD_BAND = insert(story_members), insert(signatures), insert(bands)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article stands."""

    story: str = ""
    """Empty for one that belongs to no story."""
    link_id: int = 0
    is_copy: bool = False
    """It has just joined a story that others told before."""


def join_story(
    connection: Connection, link: Row[Any], signature: Signature | None, outlet_name: str, now: datetime
) -> Place:
    """A link stays in the story that it once joined; what tells nothing known begins a new one."""
    known: str | None = connection.scalar(_KNOWN, {"link_id": link.id})
    if known is not None:
        return Place(known, link.id)
    if signature is None:
        return Place()
    # two workers with the same story: the second waits, and then sees the first one's article
    take_lock(connection, _LOCK)
    keys = make_bands(signature)
    found = _find_story(connection, link, signature, keys)
    story = found or _begin_story(connection, link.key, now)
    member = {"link_id": link.id, "story": story, "outlet": link.outlet, "outlet_name": outlet_name, "joined_at": now}
    connection.execute(_ADD_MEMBER, member)
    _save_signature(connection, link.id, signature, keys, now)
    return Place(story, link.id, is_copy=found is not None)


def tell_copy(connection: Connection, place: Place, told: Alert, now: datetime) -> None:
    """Append an article that has just joined a story to the first alert on it, if there is one. `told` is what the
    article tells itself."""
    if not place.is_copy:
        return
    others = (alerts.c.story == place.story) & (alerts.c.link_id != place.link_id)
    row = connection.execute(select(alerts).where(others).order_by(alerts.c.number).limit(1)).one_or_none()
    if row is None:
        return
    members = read_members(connection, place.story)
    update = describe_copy(
        alert_from_json(row.payload),
        next(member for link_id, member in members if link_id == place.link_id),
        told.severity if told.hits else None,
        first=min((member for _, member in members), key=published_at),
        outlets=len({member.outlet for _, member in members}),
        number=row.entries + 1,
        now=now,
    )
    save_update(connection, update, now)


def read_members(connection: Connection, story: str) -> list[tuple[int, StoryMember]]:
    """Each with its link, in the order in which they joined."""
    rows = connection.execute(_MEMBERS.limit(_MOST_MEMBERS), {"stories": [story]})
    return [(row.link_id, _make_member(row)) for row in rows]


def read_stories(connection: Connection, names: Sequence[str]) -> dict[str, list[StoryMember]]:
    """Story → its members, in the order in which they joined."""
    told: dict[str, list[StoryMember]] = {name: [] for name in names}
    for portion in split_values(names):
        for row in connection.execute(_MEMBERS, {"stories": portion}):
            told[row.story].append(_make_member(row))
    return told


def _make_member(row: Row[Any]) -> StoryMember:
    return StoryMember(row.outlet, row.outlet_name, row.title, row.url, row.seen_at, row.published, row.alert or "")


def published_at(member: StoryMember) -> datetime:
    """A date in the future of the visit is none."""
    return min(member.published or member.seen, member.seen)


def count_outlets(connection: Connection, names: list[str]) -> dict[str, int]:
    """Story → outlets that tell it."""
    counted: dict[str, int] = {}
    for portion in split_values(names):
        told = story_members.c.story.in_(portion)
        grouped = select(story_members.c.story, func.count(story_members.c.outlet.distinct())).where(told)
        for row in connection.execute(grouped.group_by(story_members.c.story)):
            counted[row[0]] = row[1]
    return counted


def forget_signatures(connection: Connection, before: datetime, limit: int) -> int:
    """Signatures of articles that joined before then, with their bands: later articles begin stories of their own. The
    stories stay. How many; fewer than `limit` when no more are left."""
    old = select(signatures).where(signatures.c.saved_at < before).order_by(signatures.c.saved_at).limit(limit)
    rows = connection.execute(old).all()
    for row in rows:
        places = [(band, row.link_id) for band in make_bands(_read_signature(row))]
        connection.execute(delete(bands).where(tuple_(bands.c.band, bands.c.link_id).in_(places)))
        connection.execute(delete(signatures).where(signatures.c.link_id == row.link_id))
    return len(rows)


def _find_story(connection: Connection, link: Row[Any], signature: Signature, keys: tuple[int, ...]) -> str | None:
    near = connection.scalars(_NEAR, {"keys": keys})
    candidates = [link_id for link_id, _ in Counter(near).most_common(_MOST_COMPARED)]
    if not candidates:
        return None
    rows = connection.execute(_CANDIDATES, {"candidates": candidates})
    same = [
        (estimate_shared(signature, other), row.story)
        for row in rows
        for other in [_read_signature(row)]
        if is_same_story(signature, other, same_outlet=row.outlet == link.outlet)
    ]
    return max(same)[1] if same else None


def _begin_story(connection: Connection, key: str, now: datetime) -> str:
    """Named after its first article, so that the same article always begins the same."""
    story = make_digest("story", key)[:16]
    connection.execute(insert_unless_known(connection, stories, "id"), {"id": story, "created_at": now})
    return story


def _save_signature(
    connection: Connection, link_id: int, signature: Signature, keys: tuple[int, ...], now: datetime
) -> None:
    row = {
        "link_id": link_id,
        "minima": signature.minima,
        "pairs": signature.pairs,
        "facts": struct.pack(f">{len(signature.facts)}I", *sorted(signature.facts)),
        "saved_at": now,
    }
    connection.execute(_ADD_SIGNATURE, row)
    connection.execute(_ADD_BAND, [{"band": key, "link_id": link_id} for key in sorted(set(keys))])


def _read_signature(row: Row[Any]) -> Signature:
    return Signature(row.minima, row.pairs, frozenset(struct.unpack(f">{len(row.facts) // 4}I", row.facts)))
