"""Stories: articles that tell the same, found by their signatures; and the entry that says that one more does."""

import json
import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, text, tuple_

from crawler.gists import compare_gists, list_keys, list_wanted
from crawler.models import Alert, Gist, Signature, StoryMember
from crawler.payload import alert_from_json
from crawler.store.alerts import save_update
from crawler.store.engine import insert_unless_known, split_values, take_lock
from crawler.store.schema import alerts, articles, bands, links, signatures, stories, story_members
from crawler.store.values import Number, make_digest
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
# many numbers as one parameter: as one each, SQLAlchemy takes longer to pass them than the database to look them up
_NEAR = {
    "sqlite": text("SELECT link_id FROM bands WHERE band IN (SELECT value FROM json_each(:keys)) LIMIT :most").columns(
        link_id=Number
    ),
    "postgresql": text("SELECT link_id FROM bands WHERE band = ANY(CAST(:keys AS bigint[])) LIMIT :most").columns(
        link_id=Number
    ),
}
_ADD_BANDS = {
    "sqlite": text("INSERT INTO bands (band, link_id) SELECT value, :link_id FROM json_each(:keys)"),
    "postgresql": text("INSERT INTO bands (band, link_id) SELECT unnest(CAST(:keys AS bigint[])), :link_id"),
}
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
        story_members.c.reason,
    )
    .join(links, links.c.id == story_members.c.link_id)
    .join(articles, articles.c.id == _NEWEST)
    .outerjoin(alerts, alerts.c.link_id == links.c.id)
    .where(story_members.c.story.in_(bindparam("stories", expanding=True)))
    .order_by(story_members.c.joined_at, story_members.c.link_id)
)
_FOREIGN = (
    select(signatures.c.told_at, signatures.c.gist, story_members.c.story)
    .join(story_members, story_members.c.link_id == signatures.c.link_id)
    .where(signatures.c.link_id.in_(bindparam("candidates", expanding=True)))
    .where(signatures.c.language != "", signatures.c.language != bindparam("language"))
    .order_by(signatures.c.link_id)
    .limit(_MOST_COMPARED)
)
_GIST = TypeAdapter(Gist)
_ADD_MEMBER, _ADD_SIGNATURE = insert(story_members), insert(signatures)


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
    keys, told_at = make_bands(signature), _told_at(link, signature.gist)
    story, reason = _find_story(connection, link, signature, keys), ""
    if story is None and signature.gist:
        story, reason = _find_foreign(connection, signature.gist, told_at)
    place = Place(story or _begin_story(connection, link.key, now), link.id, is_copy=story is not None)
    member = {"link_id": link.id, "story": place.story, "outlet": link.outlet, "outlet_name": outlet_name}
    connection.execute(_ADD_MEMBER, {**member, "joined_at": now, "reason": reason})
    _save_signature(connection, link.id, signature, told_at, now)
    return place


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
    told = row.title, row.url, row.seen_at, row.published, row.alert or "", row.reason
    return StoryMember(row.outlet, row.outlet_name, *told)


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
        places = [(key, row.link_id) for key in list_all_keys(_read_signature(row), row.told_at)]
        connection.execute(delete(bands).where(tuple_(bands.c.band, bands.c.link_id).in_(places)))
        connection.execute(delete(signatures).where(signatures.c.link_id == row.link_id))
    return len(rows)


def _find_story(connection: Connection, link: Row[Any], signature: Signature, keys: tuple[int, ...]) -> str | None:
    candidates = _find_near(connection, keys, _MOST_COMPARED)
    if not candidates:
        return None
    rows = connection.execute(_CANDIDATES, {"candidates": candidates})
    same = [
        (estimate_shared(signature, other), row.story)
        for row in rows
        for other in [_read_words(row)]
        if is_same_story(signature, other, same_outlet=row.outlet == link.outlet)
    ]
    return max(same)[1] if same else None


def _find_near(connection: Connection, keys: Iterable[int], most: int) -> list[int]:
    """Links that have one of these keys; those with the most of them first."""
    values = {"keys": _pass_keys(connection, keys), "most": BANDS * _MOST_IN_A_BAND}
    near = connection.scalars(_NEAR[connection.dialect.name], values)
    return [link_id for link_id, _ in Counter(near).most_common(most)]


def _pass_keys(connection: Connection, keys: Iterable[int]) -> str | list[int]:
    return sorted(keys) if connection.dialect.name == "postgresql" else json.dumps(sorted(keys))


def _begin_story(connection: Connection, key: str, now: datetime) -> str:
    """Named after its first article, so that the same article always begins the same."""
    story = make_digest("story", key)[:16]
    connection.execute(insert_unless_known(connection, stories, "id"), {"id": story, "created_at": now})
    return story


def _find_foreign(connection: Connection, gist: Gist, told_at: datetime) -> tuple[str | None, str]:
    """The story of an article in another language that tells the same, the earliest that there is, and why."""
    if not gist.language:
        return None, ""
    candidates = _find_near(connection, list_wanted(gist, told_at), _MOST_IN_A_BAND)
    if candidates:
        for row in connection.execute(_FOREIGN, {"candidates": candidates, "language": gist.language}):
            if reason := compare_gists(gist, _GIST.validate_json(row.gist), told_at - row.told_at):
                return row.story, reason
    return None, ""


def _told_at(link: Row[Any], gist: Gist | None) -> datetime:
    """When it was published, as far as that is known; a date in the future of the visit is none."""
    seen: datetime = link.seen_at
    stated = (gist and gist.published) or link.published
    return min(stated or seen, seen)


def list_all_keys(signature: Signature, told_at: datetime | None) -> set[int]:
    """All under which it is found."""
    foreign = list_keys(signature.gist, told_at) if signature.gist and told_at else set[int]()
    return {*make_bands(signature), *foreign}


def write_gist(gist: Gist) -> str:
    return _GIST.dump_json(gist).decode()


def _save_signature(
    connection: Connection, link_id: int, signature: Signature, told_at: datetime, now: datetime
) -> None:
    row = {
        "link_id": link_id,
        "minima": signature.minima,
        "pairs": signature.pairs,
        "facts": struct.pack(f">{len(signature.facts)}I", *sorted(signature.facts)),
        "saved_at": now,
        "told_at": told_at,
        "language": signature.gist.language if signature.gist else "",
        "gist": write_gist(signature.gist) if signature.gist else "",
    }
    connection.execute(_ADD_SIGNATURE, row)
    keys = _pass_keys(connection, list_all_keys(signature, told_at))
    connection.execute(_ADD_BANDS[connection.dialect.name], {"keys": keys, "link_id": link_id})


def _read_signature(row: Row[Any]) -> Signature:
    return replace(_read_words(row), gist=_GIST.validate_json(row.gist) if row.gist else None)


def _read_words(row: Row[Any]) -> Signature:
    """Without what another language would need."""
    return Signature(row.minima, row.pairs, frozenset(struct.unpack(f">{len(row.facts) // 4}I", row.facts)))
