"""Stories: articles that tell the same, found by their signatures; and the entry that says that one more does."""

import json
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, CursorResult, Row, Select, bindparam, delete, func, insert, select, tuple_

from crawler.gists import compare_gists, list_keys, list_wanted
from crawler.models import Alert, Gist, Signature, StoryMember
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
_MOST_FOREIGN = 100
"""Of those that have keys in common, the most first and then the newest: their languages are looked at."""
_MOST_ROWS = 500 * BANDS
"""Of links that have a key in common; what has more is no story."""
_MOST_MEMBERS = 500
"""That are looked at for the first one."""


def _for_both(statement: str) -> dict[str, str]:
    """For either driver as it is: SQLAlchemy takes longer to put such a statement together, and to pass many numbers
    one by one, than the database to answer it."""
    sqlite = statement.format(keys="SELECT value AS band FROM json_each(:keys)")
    postgresql = statement.format(keys="SELECT unnest(CAST(:keys AS bigint[])) AS band")
    return {"sqlite": sqlite, "postgresql": re.sub(r":(\w+)", r"%(\1)s", postgresql)}


# counted by the database: a story that fifty outlets tell has fifty rows in each band
_FIND_NEAR = _for_both("""
    SELECT signatures.minima, signatures.pairs, signatures.facts, story_members.story, story_members.outlet
    FROM (
        SELECT link_id, count(*) AS shared
        FROM (SELECT link_id FROM bands WHERE band IN ({keys}) LIMIT :most) AS have
        GROUP BY link_id ORDER BY 2 DESC, 1 LIMIT :compared
    ) AS near
    JOIN signatures ON signatures.link_id = near.link_id
    JOIN story_members ON story_members.link_id = near.link_id
    ORDER BY near.shared DESC, near.link_id
""")
_FIND_FOREIGN = _for_both("""
    SELECT signatures.told_at, signatures.gist, story_members.story
    FROM (
        SELECT link_id, count(*) AS shared
        FROM (SELECT link_id FROM bands WHERE band IN ({keys}) LIMIT :most) AS have
        GROUP BY link_id ORDER BY 2 DESC, 1 DESC LIMIT :looked_at
    ) AS near
    JOIN signatures ON signatures.link_id = near.link_id
    JOIN story_members ON story_members.link_id = near.link_id
    WHERE signatures.language NOT IN ('', :language)
    ORDER BY near.shared DESC, near.link_id
    LIMIT :compared
""")
_FIND_KNOWN = _for_both("SELECT story FROM story_members WHERE link_id = :link_id")
_ADD_BANDS = _for_both("INSERT INTO bands SELECT given.band, CAST(:link_id AS bigint) FROM ({keys}) AS given")
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
    known: str | None = _run(connection, _FIND_KNOWN, {"link_id": link.id}).scalar()
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
    _save_keys(connection, link.id, {*keys, *_list_foreign_keys(signature, told_at)})
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
        places = [(key, row.link_id) for key in list_all_keys(read_signature(row), row.told_at)]
        connection.execute(delete(bands).where(tuple_(bands.c.band, bands.c.link_id).in_(places)))
        connection.execute(delete(signatures).where(signatures.c.link_id == row.link_id))
    return len(rows)


def _find_story(connection: Connection, link: Row[Any], signature: Signature, keys: tuple[int, ...]) -> str | None:
    """That of the likest article."""
    values = {"keys": _pass_keys(connection, keys), "most": _MOST_ROWS, "compared": _MOST_COMPARED}
    best, story = 0.0, None
    for row in _run(connection, _FIND_NEAR, values):
        other = _read_words(row)
        shared = estimate_shared(signature, other)
        if shared > best and is_same_story(signature, other, same_outlet=row.outlet == link.outlet):
            best, story = shared, row.story
            if shared == 1.0:
                break
    return story


def _run(connection: Connection, statements: Mapping[str, str], values: Mapping[str, object]) -> CursorResult[Any]:
    return connection.exec_driver_sql(statements[connection.dialect.name], values)


def _read_moment(value: datetime | str) -> datetime:
    """As the driver gives it."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _pass_keys(connection: Connection, keys: Iterable[int]) -> str | list[int]:
    return list(keys) if connection.dialect.name == "postgresql" else json.dumps(list(keys))


def _begin_story(connection: Connection, key: str, now: datetime) -> str:
    """Named after its first article, so that the same article always begins the same."""
    story = make_digest("story", key)[:16]
    connection.execute(insert_unless_known(connection, stories, "id"), {"id": story, "created_at": now})
    return story


def _find_foreign(connection: Connection, gist: Gist, told_at: datetime) -> tuple[str | None, str]:
    """The story of an article in another language that tells the same, and why."""
    if not gist.language:
        return None, ""
    values = {
        "keys": _pass_keys(connection, list_wanted(gist, told_at)),
        "most": _MOST_ROWS,
        "looked_at": _MOST_FOREIGN,
        "language": gist.language,
        "compared": _MOST_COMPARED,
    }
    for row in _run(connection, _FIND_FOREIGN, values):
        if reason := compare_gists(gist, _GIST.validate_json(row.gist), told_at - _read_moment(row.told_at)):
            return row.story, reason
    return None, ""


def _told_at(link: Row[Any], gist: Gist | None) -> datetime:
    """When it was published, as far as that is known; a date in the future of the visit is none."""
    seen: datetime = link.seen_at
    stated = (gist and gist.published) or link.published
    return min(stated or seen, seen)


def list_all_keys(signature: Signature, told_at: datetime | None) -> set[int]:
    """All under which it is found."""
    return {*make_bands(signature), *_list_foreign_keys(signature, told_at)}


def _list_foreign_keys(signature: Signature, told_at: datetime | None) -> set[int]:
    return list_keys(signature.gist, told_at) if signature.gist and told_at else set()


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


def _save_keys(connection: Connection, link_id: int, keys: Iterable[int]) -> None:
    _run(connection, _ADD_BANDS, {"keys": _pass_keys(connection, keys), "link_id": link_id})


def read_signature(row: Row[Any]) -> Signature:
    return replace(_read_words(row), gist=_GIST.validate_json(row.gist) if row.gist else None)


def _read_words(row: Row[Any]) -> Signature:
    """Without what another language would need."""
    return Signature(row.minima, row.pairs, frozenset(struct.unpack(f">{len(row.facts) // 4}I", row.facts)))
