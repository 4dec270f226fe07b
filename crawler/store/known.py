"""Known links that a poll shows again: do they still have their GUIDs, and were they edited?"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Connection, update

from crawler.fetch.urls import slot_of
from crawler.models import Link, Outcome, Poll, RevisitReason
from crawler.store.driver import RowStatement, for_both, pass_moment, read_moment, run_statement
from crawler.store.engine import insert_where_free
from crawler.store.schema import links, revisits
from crawler.store.values import make_digest

EDIT_WAITS = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))
"""How long after each edit the page is fetched again; later edits are not followed."""
EDITS_FOLLOWED_FOR = timedelta(days=7)
_READ = frozenset({Outcome.HIT, Outcome.NO_HIT, Outcome.DUPLICATE, Outcome.UNREADABLE})
"""Links whose page was had; the others have not been read, so that nothing of them can be out of date."""
_NOT_HAD = frozenset({Outcome.GONE, Outcome.REFUSED, Outcome.FAILED})
"""Links whose page was not had under the address that was known, which may be why."""
_SAME_TIME = timedelta(hours=1)
_WORD = re.compile(r"\w{3,}")
_HALF = 32
"""Characters of each of the two digests."""
_FIND_LATEST = for_both(
    "SELECT title, url, published FROM links WHERE source = :source AND seen_at < :at ORDER BY seen_at DESC LIMIT :most"
)
_LEARN_GUID = RowStatement(
    links,
    "UPDATE links SET guid = :guid, guid_identity = :guid_identity WHERE id = :id AND guid_identity IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM links AS other WHERE other.guid_identity = :guid_identity)",
)
_LATEST = 1000
"""Links of a source that a list of new ones is compared with."""
_TELLING = re.compile(r"[^\W\d_]{3}")
"""What is to be known again has some letters: numbers of other items are the same by accident."""
_TAG = re.compile(r"<[^<>]*>")
_LETTERS = re.compile(r"[^\W\d_]+")
"""Without numbers: some feeds count comments in what they say of an article."""
_ASCII_LETTERS = {code: char if char.isalpha() else " " for code, char in enumerate(map(chr, range(128)))}


@dataclass(frozen=True, slots=True)
class KnownLink:
    """What is needed of a link that is stored: its columns."""

    id: int
    identity: str
    guid_identity: str | None
    source: str
    outcome: str | None
    complete: bool
    shown: str | None
    edits: int
    url: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Again:
    """A known link, and what the poll says of it."""

    row: KnownLink
    link: Link
    guid_identity: str | None
    is_partial: bool = False
    """What is known of it is what the feed carried; asked only of one that has moved."""


@dataclass(frozen=True, slots=True)
class Review:
    """Of the known links of a poll that are its source's own."""

    compared: int = 0
    reguided: int = 0


def review_known(connection: Connection, poll: Poll, listed: Sequence[Again]) -> Review:
    """Only what the source that showed a link first says of it counts: others say it differently."""
    own = [each for each in listed if each.row.source == poll.source]
    compared = [each for each in own if each.guid_identity and each.row.guid_identity]
    reguided = [each for each in compared if each.guid_identity != each.row.guid_identity]
    for each in reguided:
        _update_link(connection, each, guid_identity=each.guid_identity)
    for each in filter(_has_changed, own):
        _note_change(connection, each, poll.at)
    return Review(len(compared), len(reguided))


def learn_guids(connection: Connection, listed: Sequence[Again], shared_guids: Collection[str]) -> None:
    """Known links that have no GUID yet, because a sitemap showed them first: by the one that a feed brings later it is
    known again at another address. Not one that stands on two links, in this poll or in the store."""
    for each in listed:
        is_own = each.guid_identity and each.row.guid_identity is None and each.link.guid not in shared_guids
        if is_own:
            row = {"id": each.row.id, "guid": each.link.guid, "guid_identity": each.guid_identity}
            _LEARN_GUID.run(connection, row)


def count_renamed(connection: Connection, poll: Poll, unknown: Sequence[Link]) -> int:
    """How many of a poll's unknown links have the title, or the last part of the address, of one that the source showed
    before, and no other date. What two of them share tells nothing."""
    asked = {"source": poll.source, "at": pass_moment(connection, poll.at), "most": _LATEST}
    known: dict[str, datetime | None] = {}
    for title, url, published in run_statement(connection, _FIND_LATEST, asked):
        for name in _names_of(title, url):
            known.setdefault(name, published and read_moment(published))
    names = [_names_of(link.title, link.url) for link in unknown]
    counts = Counter(name for each in names for name in each)
    return sum(
        any(counts[name] == 1 and name in known and _is_same_time(known[name], link.published) for name in each)
        for link, each in zip(unknown, names, strict=True)
    )


def _is_same_time(one: datetime | None, other: datetime | None) -> bool:
    """Can they be the date of one item?"""
    return one is None or other is None or abs(one - other) <= _SAME_TIME


def _names_of(title: str, url: str) -> set[str]:
    """By which an item is known again, whatever its address and GUID."""
    try:
        path = urlsplit(url).path
    except ValueError:  # what cannot be followed is stored as it was written
        path = ""
    slug = path.rstrip("/").rpartition("/")[2].partition(".")[0]
    return {f"{kind}{text.casefold()}" for kind, text in (("title ", title), ("slug ", slug)) if _TELLING.search(text)}


def is_another(link: Link, title: str, published: datetime | None) -> bool:
    """Is what stands under a known GUID and a new address another item than the one that had that title and date?
    Some outlets number the places of their list. Only what was published at another time and shares no word is."""
    if _is_same_time(link.published, published):
        return False
    words, before = (set(_WORD.findall(text.casefold())) for text in (link.title, title))
    return bool(words) and bool(before) and words.isdisjoint(before)


def follow_moves(connection: Connection, poll: Poll, moved: Iterable[Again]) -> None:
    """Known links under other addresses: asked for there, where their page could not be had, or when they say something
    else now."""
    for each in moved:
        row = each.row
        is_missing = each.is_partial or row.outcome in _NOT_HAD
        if is_missing and row.url != each.link.url:
            _update_link(connection, each, **_address_of(each.link))
            plan_revisit(connection, row.id, "partial", poll.at, poll.at)
        if row.source == poll.source and _has_changed(each):
            _note_change(connection, each, poll.at)


def _has_changed(each: Again) -> bool:
    return each.row.shown is None or not each.row.shown.startswith(_digest_bytes(each.link))


def _address_of(link: Link) -> dict[str, str]:
    return {"url": link.url, "host": slot_of(link.url)}


def digest_shown(link: Link) -> str:
    """What a source says of a link: a digest of all of it, which is quick to compare, and one of its words."""
    return _digest_bytes(link) + _digest_words(link)


def _digest_bytes(link: Link) -> str:
    return make_digest(link.title, link.content, _when_updated(link))[:_HALF]


def _digest_words(link: Link) -> str:
    return make_digest(_words_of(link.title), _words_of(link.content), _when_updated(link))[:_HALF]


def _words_of(text: str) -> str:
    bare = _TAG.sub(" ", text) if "<" in text else text
    # a tenth of the time, and a poll with news asks it of each item
    words = bare.translate(_ASCII_LETTERS).split() if bare.isascii() else _LETTERS.findall(bare)
    return " ".join(words)


def _when_updated(link: Link) -> str:
    return link.updated.isoformat() if link.updated else ""


def plan_revisit(
    connection: Connection, link_id: int, reason: RevisitReason, now: datetime, next_try_at: datetime
) -> None:
    """At most one visit waits for each link; that one sees what a second one would."""
    row = {"link_id": link_id, "reason": reason, "planned_at": now, "next_try_at": next_try_at}
    connection.execute(insert_where_free(connection, revisits), row)


def _note_change(connection: Connection, each: Again, now: datetime) -> None:
    """Other words are an edit. A link of an older basewatch has no digest yet: that is none."""
    row, shown = each.row, digest_shown(each.link)
    has_changed = row.shown is not None and row.shown[_HALF:] != shown[_HALF:]
    is_edit = has_changed and row.outcome in _READ and not row.complete
    if not is_edit or row.edits >= len(EDIT_WAITS) or now - row.seen_at > EDITS_FOLLOWED_FOR:
        _update_link(connection, each, shown=shown)
        return
    _update_link(connection, each, shown=shown, edits=row.edits + 1, **_address_of(each.link))
    plan_revisit(connection, row.id, "edited", now, now + EDIT_WAITS[row.edits])


def _update_link(connection: Connection, each: Again, **values: object) -> None:
    connection.execute(update(links).where(links.c.id == each.row.id).values(values))
