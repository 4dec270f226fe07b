"""What it costs to find an article's story among many: CPU an article, beside the transaction that stores it anyway.

    python -m benchmarks.stories [ARTICLES] [FILE]

Makes an SQLite file with ARTICLES made-up signatures (1,000,000 without it) in a temporary folder, or at FILE, where
it stays and is used again. Then it measures what a further article costs, half of which are near-duplicates of stored
ones: signing a text of 400 words of the demo's articles (done in a worker), and joining: looking up, comparing,
inserting. The reference is SQLite alone, through Python's driver: as many look-ups and insertions of keys, and nothing
else. CPU time, best of several runs; what is measured is rolled back.
"""

import random
import sqlite3
import struct
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from crawler.gists import list_keys
from crawler.models import Article, Gist, Mention, Signature, Zone
from crawler.store.schema import links, polls, signatures
from crawler.store.store import Store
from crawler.store.stories import join_story, list_all_keys, read_signature, write_gist
from crawler.stories import MINIMA, sign_article
from tests.stages.store_samples import NOW, add_pending
from tests.stages.story_pairs import make_pairs, make_templates
from tests.stages.test_stories import read_texts, score

NAMED = (Mention("ain-al-asad", "base", "Ain al-Asad", Zone.BODY, 0, 4, "base"),)
SOURCES, BASES = tuple(f"source-{n}" for n in range(60)), tuple(f"base-{n}" for n in range(40))
NOTHING: frozenset[str] = frozenset()
DAY, DAYS = timedelta(days=1), 14
"""Over which the articles are spread, as signatures are kept for so long."""
FIRST = 1_000_000_000
"""Id of the first made-up link, far from those that are measured."""
GISTS = 2_000
KNOWN_EVERY = 500
"""So many articles are one of those that are told again; the others' keys are as random as hashes are."""
PORTION = 50_000
WORDS = 400
RUNS, EACH = 5, 200
COLUMNS = ("link_id", "minima", "pairs", "facts", "saved_at", "told_at", "language", "gist")


def make_signature(chance: random.Random, gist: Gist) -> Signature:
    return Signature(chance.randbytes(4 * MINIMA), 400, gist=gist)


def make_gist(chance: random.Random) -> Gist:
    """As an agency's report has it: two sources, two bases, a link, ten numbers."""
    number = chance.getrandbits(40)
    return Gist(
        language=chance.choice(("ar", "en", "fa")),
        outlet=f"outlet-{number % 200}",
        addresses=frozenset({f"https://outlet-{number % 200}.example/news/{number}"}),
        links=frozenset({f"https://t.me/s/channel/{chance.getrandbits(20)}"}),
        quoted=frozenset(chance.sample(SOURCES, 2)),
        bases=frozenset(chance.sample(BASES, 2)),
        events=frozenset({"#attack"}),
        numbers=frozenset(str(chance.randrange(10, 1000)) for _ in range(10)),
    )


def fill(path: Path, count: int) -> None:
    """Without the links that the rows belong to. What was broken off is gone on with."""
    chance = random.Random(1)
    gists = [make_gist(chance) for _ in range(GISTS)]
    written = [write_gist(gist) for gist in gists]
    list_named = cache(lambda which, bucket: list_keys(replace(gists[which], addresses=NOTHING, links=NOTHING), bucket))
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-262144")
        (done,) = raw.execute("SELECT count(*) FROM signatures").fetchone()
        for start in range(done, count, PORTION):
            chance = random.Random(start)
            keys: list[tuple[int, int]] = []
            raw.execute("BEGIN")
            for number in range(start, min(start + PORTION, count)):
                which, at, link_id = number % GISTS, told_at(number, count), FIRST + number
                signature = make_signature(chance, gists[which])
                if number % KNOWN_EVERY == 0:
                    own = list_all_keys(signature, at)
                else:
                    own = {
                        *struct.unpack("34q", chance.randbytes(34 * 8)),
                        *list_named(which, NOW - (NOW - at) // DAY * DAY),
                    }
                keys += ((key, link_id) for key in own)
                _insert_rows(raw, number, signature, f"{at:%Y-%m-%d %H:%M:%S.%f}", written[which])
            keys.sort()
            raw.executemany("INSERT INTO bands VALUES (?, ?)", keys)
            raw.execute("COMMIT")
            print(f"{start + PORTION} stored", file=sys.stderr)


def _insert_rows(raw: sqlite3.Connection, number: int, signature: Signature, at: str, gist: str) -> None:
    assert signature.gist
    link_id = FIRST + number
    raw.execute("INSERT INTO stories VALUES (?, ?)", (str(number), at))
    raw.execute("INSERT INTO story_members VALUES (?, ?, ?, ?, ?, '')", (link_id, str(number), "wire", "Wire", at))
    row = (link_id, signature.minima, 400, b"", at, at, signature.gist.language, gist)
    raw.execute(f"INSERT INTO signatures ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def told_at(number: int, count: int) -> datetime:
    return NOW - timedelta(days=DAYS) * (1 - number / count)


def read_some(connection: Connection, count: int, chance: random.Random) -> list[Signature]:
    """Of what was stored."""
    ids = [FIRST + chance.randrange(count // KNOWN_EVERY) * KNOWN_EVERY for _ in range(RUNS * EACH)]
    rows = (connection.execute(select(signatures).where(signatures.c.link_id == link_id)).one() for link_id in ids)
    return [read_signature(row) for row in rows]


def time_best(work: Callable[[], object]) -> float:
    """CPU milliseconds a call, of EACH calls."""
    best = float("inf")
    for _ in range(RUNS):
        begun = time.process_time()
        for _ in range(EACH):
            work()
        best = min(best, (time.process_time() - begun) / EACH * 1000)
    return best


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[2] if len(sys.argv) > 2 else f"{folder}/stories.sqlite")
        chance = random.Random(1)
        if not path.exists():
            store = Store.open(f"sqlite:///{path}")
            add_pending(store, "https://a.example/first")
            store.close()
        fill(path, count)
        store = Store.open(f"sqlite:///{path}")
        alone = _time_sqlite(path, chance)
        joining = _time_joining(store, count, chance)
        size = path.stat().st_size
        store.close()
    texts = list(make_texts())
    endless = iter(text for _ in range(RUNS * EACH) for text in texts)
    signing = time_best(lambda: sign_article(Article(body=next(endless)), NAMED))
    made = score([pair for seed in range(1, 6) for pair in (*make_pairs(read_texts(), seed), *make_templates(seed))])
    print(f"recall {made.right / made.wanted:.4f} of {made.wanted} pairs, precision {made.right / made.found:.4f}")
    print(f"{count} articles stored, {size / count:.0f} bytes each")
    print(f"SQLite alone  {alone:.3f} ms of CPU an article (the reference)")
    print(f"signing       {signing:.3f} ms, a text of {WORDS} words (in the worker)")
    print(f"joining       {joining:.3f} ms: {joining / alone:.2f} of the reference")
    print(f"both          {signing + joining:.3f} ms")


def make_texts() -> Iterator[str]:
    """Of WORDS words each, of articles in one language after another."""
    words = [word for text in read_texts() for word in text.split(" ")]
    for start in range(0, len(words) - WORDS, WORDS):
        yield " ".join(words[start : start + WORDS])


def _time_sqlite(path: Path, chance: random.Random) -> float:
    def make_keys() -> Sequence[tuple[int]]:
        return [(chance.getrandbits(63),) for _ in range(36)]

    keys = iter([make_keys() for _ in range(RUNS * EACH)])
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("BEGIN IMMEDIATE")

        def work() -> None:
            wanted = next(keys)
            raw.execute(f"SELECT link_id FROM bands WHERE band IN ({', '.join('?' * 36)})", [key for (key,) in wanted])
            raw.executemany("INSERT INTO bands VALUES (?, 1)", wanted)

        took = time_best(work)
        raw.execute("ROLLBACK")
    return took


def _time_joining(store: Store, count: int, chance: random.Random) -> float:
    """In one transaction, as the writer's thread does under load."""
    with store._engine.connect() as connection, connection.begin() as transaction:  # noqa: SLF001 - what lies within
        poll = connection.execute(polls.select()).first()
        assert poll
        kept = read_some(connection, count, chance)

        def make_link(each: int) -> Row[Any]:
            row = {"identity": f"n{each}", "key": f"n{each}", "poll_id": poll.id, "source": "s", "outlet": f"o{each}"}
            rest = {"url": "", "title": "", "content": "", "problem": "", "seen_at": NOW, "next_try_at": NOW}
            return connection.execute(insert(links).values(**row, **rest).returning(links)).one()

        made = [
            (make_link(each), kept[each] if each % 2 else make_signature(chance, make_gist(chance)))
            for each in range(RUNS * EACH)
        ]
        prepared, joined = iter(made), list[bool]()

        def join() -> None:
            link, signature = next(prepared)
            joined.append(join_story(connection, link, signature, "Outlet", NOW).is_copy)

        took = time_best(join)
        print(f"{sum(joined)} of {len(joined)} joined a story")
        transaction.rollback()
    return took


if __name__ == "__main__":
    main()
