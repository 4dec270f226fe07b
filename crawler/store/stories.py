"""Stories: articles that tell the same, found by their signatures; and the entry that says that one more does."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, select

from crawler.gists import compare_gists
from crawler.leads import Report, is_quoted, make_report, tells_other_news
from crawler.models import Alert, Analysis, Gist, Signature, StoryMember
from crawler.payload import alert_from_json
from crawler.severity import find_loudest
from crawler.store.alerts import save_update
from crawler.store.driver import for_both, pass_moment, run_statement
from crawler.store.engine import split_values, take_lock
from crawler.store.schema import alerts, articles, links, story_members
from crawler.store.signatures import NearArticle, SignatureIndex, find_foreign, save_signature
from crawler.store.values import clean_text, make_digest, to_utc
from crawler.stories import estimate_shared, is_same_story, make_bands
from crawler.updates import describe_copy

_LOCK = 0x73746F72
_MOST_MEMBERS = 500
"""That are looked at for the first one."""
_MOST_READ = 3
"""Articles of one story whose texts are read to see whether they lead with the same news."""

_FIND_KNOWN = for_both("SELECT story FROM story_members WHERE link_id = :link_id")
_ADD_STORY = for_both("INSERT INTO stories VALUES (:story, :now) ON CONFLICT DO NOTHING")
_ADD_MEMBER = for_both(
    "INSERT INTO story_members VALUES (:link_id, :story, :outlet, :outlet_name, :joined_at, :reason)"
)
_READ_TEXT = for_both("SELECT id, body FROM articles WHERE link_id = :link_id ORDER BY revision DESC LIMIT 1")
_READ_NAMES = for_both("""
    SELECT start, type, entity FROM mentions WHERE article_id = :article_id AND zone = 'body' ORDER BY position
""")
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where an article stands."""

    story: str = ""
    """Empty for one that belongs to no story."""
    link_id: int = 0
    is_copy: bool = False
    """It has just joined a story that others told before."""


def join_story(
    connection: Connection,
    index: SignatureIndex,
    link: Row[Any],
    analysis: Analysis,
    outlet_name: str,
    now: datetime,
) -> Place:
    """A link stays in the story that it once joined; what tells nothing known begins a new one."""
    if known := run_statement(connection, _FIND_KNOWN, {"link_id": link.id}):
        return Place(known[0][0], link.id)
    signature = analysis.signature
    if signature is None:
        return Place()
    # two workers with the same story: the second waits, and then sees the first one's article
    take_lock(connection, _LOCK)
    number, bands = index.catch_up(connection) + 1, make_bands(signature.minima)
    told_at = _told_at(link, signature.gist)
    story, reason = find_told(connection, index.find(connection, bands), analysis, link.outlet, told_at)
    place = Place(story or _begin_story(connection, link.key, now), link.id, is_copy=story is not None)
    _add_member(connection, link, place.story, outlet_name, reason, now)
    save_signature(connection, number, link.id, signature, told_at, now)
    index.add(number, bands)
    return place


def find_told(
    connection: Connection, near: Iterable[NearArticle], analysis: Analysis, outlet: str, told_at: datetime
) -> tuple[str | None, str]:
    """The story that an article tells too, and why where it is not for its words; None where nothing known is it."""
    signature = analysis.signature
    if signature is None:
        return None, ""
    report = make_report(analysis.article.body, analysis.mentions)
    story = _find_story(connection, near, signature, report, outlet)
    if story is None and signature.gist:
        return _find_foreign(connection, signature.gist, told_at)
    return story, ""


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
    severities = connection.scalars(select(alerts.c.severity).where(others).distinct())
    update = describe_copy(
        alert_from_json(row.payload),
        next(member for link_id, member in members if link_id == place.link_id),
        told.severity if told.hits else None,
        loudest=find_loudest(severities),
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


def _find_story(
    connection: Connection, candidates: Iterable[NearArticle], signature: Signature, report: Report, outlet: str
) -> str | None:
    """That of the likest article that tells the same news."""
    best, story, others = 0.0, None, Counter[str]()
    for other in candidates:
        if other.story == story or others[other.story] >= _MOST_READ:
            continue
        shared = estimate_shared(signature, other.signature)
        if shared <= best or not is_same_story(signature, other.signature, same_outlet=other.outlet == outlet):
            continue
        if _leads_elsewhere(connection, report, other.link_id):
            others[other.story] += 1
            continue
        best, story = shared, other.story
        if shared == 1.0:
            break
    return story


def _leads_elsewhere(connection: Connection, report: Report, link_id: int) -> bool:
    """With what the newest text of a link does not say. Where nothing is kept of it, nobody can tell."""
    rows = run_statement(connection, _READ_TEXT, {"link_id": link_id})
    if not rows or is_quoted(report, rows[0][1]):
        return False
    names = run_statement(connection, _READ_NAMES, {"article_id": rows[0][0]})
    return tells_other_news(report, Report(rows[0][1], tuple(map(tuple, names))))


def _find_foreign(connection: Connection, gist: Gist, told_at: datetime) -> tuple[str | None, str]:
    """The story of an article in another language that tells the same, and why."""
    for other in find_foreign(connection, gist, told_at):
        if reason := compare_gists(gist, other.gist, told_at - other.told_at):
            return other.story, reason
    return None, ""


def _begin_story(connection: Connection, key: str, now: datetime) -> str:
    """Named after its first article, so that the same article always begins the same."""
    story = make_digest("story", key)[:16]
    run_statement(connection, _ADD_STORY, {"story": story, "now": pass_moment(connection, now)})
    return story


def _add_member(
    connection: Connection, link: Row[Any], story: str, outlet_name: str, reason: str, now: datetime
) -> None:
    row = {
        "link_id": link.id,
        "story": story,
        "outlet": link.outlet,
        "outlet_name": clean_text(outlet_name),
        "joined_at": pass_moment(connection, now),
        "reason": clean_text(reason),
    }
    run_statement(connection, _ADD_MEMBER, row)


def _told_at(link: Row[Any], gist: Gist | None) -> datetime:
    """When it was published, as far as that is known; a date in the future of the visit is none."""
    seen: datetime = link.seen_at
    stated = (gist and gist.published) or link.published
    return min((stated and to_utc(stated)) or seen, seen)
