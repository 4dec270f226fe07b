"""Signatures of articles, by which later ones that tell the same are recognised: stored, found and forgotten."""

import struct
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, select, tuple_

from crawler.gists import list_keys, list_wanted
from crawler.models import Gist, Signature
from crawler.near import BandIndex
from crawler.store.driver import for_both, pass_all, pass_moment, read_moment, run_statement
from crawler.store.schema import gist_keys, signatures
from crawler.stories import make_bands

_MOST_NEAR = 40
"""Articles of one language that are compared, those with the most bands in common first."""
_MOST_FOREIGN = 20
"""Articles of other languages, those with the most keys in common first, and then the newest."""
_MOST_ROWS = 4_000
"""Of articles that have a key in common; what has more is no story."""
_PORTION = 2_000
"""Of signatures that are read into memory at once."""

_FIND_NEWEST = for_both("SELECT max(number) FROM signatures")
_FIND_OLDEST = for_both("SELECT min(number) FROM signatures")
_READ_MINIMA = for_both("SELECT number, minima FROM signatures WHERE number > :after ORDER BY number LIMIT :portion")
_READ_NEAR = for_both("""
    SELECT signatures.number, story_members.story, story_members.outlet, signatures.link_id,
        signatures.minima, signatures.pairs, signatures.facts
    FROM signatures JOIN story_members ON story_members.link_id = signatures.link_id
    WHERE signatures.number IN ({keys})
""")
# counted by the database: what many outlets tell has many rows under each key
_FIND_FOREIGN = for_both("""
    SELECT story_members.story, signatures.told_at, signatures.gist
    FROM (
        SELECT number, count(*) AS shared
        FROM (SELECT number FROM gist_keys WHERE key IN ({keys}) AND language <> :language LIMIT :most) AS have
        GROUP BY number ORDER BY 2 DESC, 1 DESC LIMIT :compared
    ) AS near
    JOIN signatures ON signatures.number = near.number
    JOIN story_members ON story_members.link_id = signatures.link_id
    ORDER BY near.shared DESC, near.number
""")
_ADD_SIGNATURE = for_both(
    "INSERT INTO signatures VALUES (:number, :link_id, :minima, :pairs, :facts, :saved_at, :told_at, :gist)"
)
_ADD_KEYS = for_both("""
    INSERT INTO gist_keys SELECT given.key, CAST(:number AS bigint), CAST(:language AS varchar) FROM ({keys}) AS given
""")
_GIST = TypeAdapter(Gist)


class NearArticle(NamedTuple):
    story: str
    outlet: str
    link_id: int
    signature: Signature
    """Without its gist."""


class ForeignArticle(NamedTuple):
    story: str
    told_at: datetime
    gist: Gist


class SignatureIndex:
    """Which stored signatures have a band in common with one. In memory, and only a copy of what the database has: each
    look reads what has come to it, from this process or another. One transaction at a time uses it."""

    def __init__(self) -> None:
        self._near = BandIndex()
        self._user: Connection | None = None
        self._before = 0
        """Newest of the numbers that were there when its transaction came."""

    def catch_up(self, connection: Connection) -> int:
        """Number of the newest signature; 0 where there is none."""
        [(newest,)] = run_statement(connection, _FIND_NEWEST, {})
        newest = newest or 0
        if newest < self._near.newest:  # all were forgotten, and numbers begin anew
            self._near = BandIndex()
        if connection is not self._user:
            self._user, self._before = connection, self._near.newest
        if self._near.newest < newest:
            self._near.expect(newest - max(self._near.newest, self._find_oldest(connection) - 1))
        while self._near.newest < newest and self._read_portion(connection):
            pass
        return newest

    def find(self, connection: Connection, bands: Sequence[int]) -> list[NearArticle]:
        """Those with the most in common first."""
        numbers = self._near.find(bands, _MOST_NEAR)
        if not numbers:
            return []
        rows = run_statement(connection, _READ_NEAR, {"keys": pass_all(connection, numbers)})
        found = {number: rest for number, *rest in rows}
        return [_make_near(*found[number]) for number in numbers if number in found]

    def add(self, number: int, bands: Sequence[int]) -> None:
        """What has just been stored."""
        self._near.add(number, bands)

    def undo(self, connection: Connection) -> None:
        """What that transaction stored was not kept."""
        if connection is self._user:
            self._near.undo_after(self._before)

    def drop_old(self, connection: Connection) -> None:
        """Of what was forgotten."""
        self._near.drop_before(self._find_oldest(connection))

    def _find_oldest(self, connection: Connection) -> int:
        [(oldest,)] = run_statement(connection, _FIND_OLDEST, {})
        return oldest or 0

    def _read_portion(self, connection: Connection) -> int:
        rows = run_statement(connection, _READ_MINIMA, {"after": self._near.newest, "portion": _PORTION})
        for number, minima in rows:
            self._near.add(number, make_bands(minima))
        self.drop_old(connection)
        return len(rows)


def find_foreign(connection: Connection, gist: Gist, told_at: datetime) -> list[ForeignArticle]:
    """Articles in other languages that may tell the same."""
    if not gist.language:
        return []
    keys = pass_all(connection, list_wanted(gist, told_at))
    values = {"keys": keys, "most": _MOST_ROWS, "language": gist.language, "compared": _MOST_FOREIGN}
    rows = run_statement(connection, _FIND_FOREIGN, values)
    return [ForeignArticle(story, read_moment(told), read_gist(gist)) for story, told, gist in rows]


def save_signature(
    connection: Connection, number: int, link_id: int, signature: Signature, told_at: datetime, now: datetime
) -> None:
    gist = signature.gist
    row = {
        "number": number,
        "link_id": link_id,
        "minima": signature.minima,
        "pairs": signature.pairs,
        "facts": struct.pack(f">{len(signature.facts)}I", *sorted(signature.facts)),
        "saved_at": pass_moment(connection, now),
        "told_at": pass_moment(connection, told_at),
        "gist": write_gist(gist) if gist else "",
    }
    run_statement(connection, _ADD_SIGNATURE, row)
    if gist and gist.language:
        keys = pass_all(connection, list_keys(gist, told_at))
        run_statement(connection, _ADD_KEYS, {"keys": keys, "number": number, "language": gist.language})


def forget_signatures(connection: Connection, index: SignatureIndex, before: datetime, limit: int) -> int:
    """The oldest, of articles that joined before then: later articles begin stories of their own. The stories stay. How
    many; fewer than `limit` when no more are left."""
    rows = connection.execute(select(signatures).order_by(signatures.c.number).limit(limit))
    old = list(takewhile(lambda row: row.saved_at < before, rows))
    for row in old:
        keys = list_keys(read_gist(row.gist), row.told_at) if row.gist and row.told_at else ()
        places = [(key, row.number) for key in keys]
        connection.execute(delete(gist_keys).where(tuple_(gist_keys.c.key, gist_keys.c.number).in_(places)))
    connection.execute(delete(signatures).where(signatures.c.number.in_([row.number for row in old])))
    index.drop_old(connection)
    return len(old)


def write_gist(gist: Gist) -> str:
    return _GIST.dump_json(gist).decode()


@lru_cache(1 << 11)  # those of the last hours are compared again and again
def read_gist(written: str) -> Gist:
    return _GIST.validate_json(written)


def _make_near(story: str, outlet: str, link_id: int, minima: bytes, pairs: int, facts: bytes) -> NearArticle:
    signature = Signature(minima, pairs, frozenset(struct.unpack(f">{len(facts) // 4}I", facts)))
    return NearArticle(story, outlet, link_id, signature)
