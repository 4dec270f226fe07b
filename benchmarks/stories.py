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
from datetime import datetime, timedelta
from itertools import count as count_from
from itertools import cycle
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from crawler.gists import list_keys
from crawler.models import Analysis, Article, Gist, Mention, Signature, Zone
from crawler.store.schema import articles, links, polls, signatures
from crawler.store.signatures import SignatureIndex, read_gist, write_gist
from crawler.store.store import Store
from crawler.store.stories import find_told, join_story
from crawler.stories import MINIMA, make_bands, sign_article
from tests.stages.store_samples import NOW, add_pending
from tests.stages.story_pairs import make_pairs, make_templates
from tests.stages.test_stories import read_reports, read_texts, score

NAMED = (Mention("ain-al-asad", "base", "Ain al-Asad", Zone.BODY, 0, 4, "base"),)
SOURCES, BASES = tuple(f"source-{n}" for n in range(60)), tuple(f"base-{n}" for n in range(40))
DAYS = 14
"""Over which the articles are spread, as signatures are kept for so long."""
FIRST = 1_000_000_000
"""Id of the first made-up link, far from those that are measured."""
GISTS = 20_000
PORTION = 50_000
WORDS = 400
RUNS, EACH = 5, 200


def make_signature(chance: random.Random, gist: Gist) -> Signature:
    return Signature(chance.randbytes(4 * MINIMA), 400, gist=gist)


def make_analysis(signature: Signature, body: str = "") -> Analysis:
    return Analysis(Article(body=body), NAMED, signature=signature)


def make_gist(chance: random.Random) -> Gist:
    """As an agency's report has it: two sources, two bases, a link, ten numbers, of which two are in the lead."""
    number = chance.getrandbits(40)
    numbers = [str(chance.randrange(10, 1000)) for _ in range(10)]
    return Gist(
        language=chance.choice(("ar", "en", "fa")),
        outlet=f"outlet-{number % 200}",
        addresses=frozenset({f"https://outlet-{number % 200}.example/news/{number}"}),
        links=frozenset({f"https://t.me/s/channel/{chance.getrandbits(20)}"}),
        quoted=frozenset(chance.sample(SOURCES, 2)),
        bases=frozenset(chance.sample(BASES, 2)),
        events=frozenset({"#attack"}),
        numbers=frozenset(numbers),
        lead_numbers=frozenset(numbers[:2]),
    )


def fill(path: Path, count: int) -> None:
    """Without the links that the rows belong to. What was broken off is gone on with."""
    chance = random.Random(1)
    gists = [make_gist(chance) for _ in range(GISTS)]
    written = [write_gist(gist) for gist in gists]
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-262144")
        raw.execute(
            "CREATE TABLE IF NOT EXISTS plain (key INTEGER, number INTEGER, PRIMARY KEY (key, number)) WITHOUT ROWID"
        )
        (done,) = raw.execute("SELECT count(*) FROM signatures").fetchone()
        for start in range(done, count, PORTION):
            chance = random.Random(start)
            plain: list[int] = []
            # each portion has a range of keys for itself: no page of the tree is written twice, and it ends the same
            width = PORTION * (2**63 // count)
            lowest = start // PORTION * width
            named: list[tuple[int, int, str]] = []
            raw.execute("BEGIN")
            for number in range(start + 1, min(start + PORTION, count) + 1):
                which, at = number % GISTS, told_at(number, count)
                gist = gists[which]
                _insert_rows(raw, number, make_signature(chance, gist), f"{at:%Y-%m-%d %H:%M:%S.%f}", written[which])
                plain += (lowest + key % width for key in struct.unpack("36Q", chance.randbytes(36 * 8)))
                named += ((key, number, gist.language) for key in list_keys(gist, at))
            raw.executemany("INSERT INTO plain VALUES (?, ?)", zip(sorted(plain), count_from(1), strict=False))
            raw.executemany("INSERT INTO gist_keys VALUES (?, ?, ?)", sorted(named))
            raw.execute("COMMIT")
            print(f"{min(start + PORTION, count)} stored", file=sys.stderr)


def _insert_rows(raw: sqlite3.Connection, number: int, signature: Signature, at: str, gist: str) -> None:
    link_id = FIRST + number
    raw.execute("INSERT INTO stories VALUES (?, ?)", (str(number), at))
    raw.execute("INSERT INTO story_members VALUES (?, ?, ?, ?, ?, '')", (link_id, str(number), "wire", "Wire", at))
    row = (number, link_id, signature.minima, 400, b"", at, at, gist)
    raw.execute("INSERT INTO signatures VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def told_at(number: int, count: int) -> datetime:
    return NOW - timedelta(days=DAYS) * (1 - number / count)


def make_link(connection: Connection, name: str, poll: int, **more: object) -> Row[Any]:
    row = {"identity": name, "key": name, "poll_id": poll, "source": "s", "outlet": f"outlet-{name}"}
    rest = {"url": "", "title": "", "content": "", "problem": "", "seen_at": NOW, "next_try_at": NOW}
    return connection.execute(insert(links).values(**row, **rest, **more).returning(links)).one()


def read_some(connection: Connection, poll: int, count: int, chance: random.Random) -> list[Analysis]:
    """Copies of what was stored within the last day, as copies come. Those articles get a text here, which is read to
    see what it leads with."""
    numbers = [chance.randint(count - count // DAYS + 1, count) for _ in range(RUNS * EACH)]
    rows = [connection.execute(select(signatures).where(signatures.c.number == number)).one() for number in numbers]
    bodies = dict(zip(numbers, cycle(make_texts()), strict=False))
    texts = dict.fromkeys(("outlet", "url", "title", "description", "captions", "language", "published_from"), "")
    rest = {"authors": "", "canonical_url": "", "truncated": False, "partial": False, "settings_digest": ""}
    for number, body in bodies.items():
        make_link(connection, f"stored-{number}", poll, id=FIRST + number)
        row = {"link_id": FIRST + number, "revision": 1, "body": body, "saved_at": NOW}
        connection.execute(insert(articles), {**texts, **rest, **row})
    return [
        make_analysis(Signature(row.minima, row.pairs, gist=read_gist(row.gist)), bodies[number])
        for number, row in zip(numbers, rows, strict=True)
    ]


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
        finding, joining = _time_joining(store, count, chance)
        size = path.stat().st_size
        store.close()
    texts = list(make_texts())
    endless = iter(text for _ in range(RUNS * EACH) for text in texts)
    signing = time_best(lambda: sign_article(Article(body=next(endless)), NAMED))
    made = score([pair for seed in range(1, 6) for pair in (*make_pairs(read_reports(), seed), *make_templates(seed))])
    print(f"recall {made.right / made.wanted:.4f} of {made.wanted} pairs, precision {made.right / made.found:.4f}")
    print(f"{count} articles stored, {size / count:.0f} bytes each")
    print(f"SQLite alone  {alone:.3f} ms of CPU an article (the reference)")
    print(f"signing       {signing:.3f} ms, a text of {WORDS} words (in the worker)")
    print(
        f"finding       {finding:.3f} ms; with signing, all that it takes to detect a copy, {signing + finding:.3f} ms"
    )
    print(f"joining       {joining:.3f} ms, finding and storing: {joining / alone:.2f} of the reference")


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
            raw.execute(f"SELECT number FROM plain WHERE key IN ({', '.join('?' * 36)})", [key for (key,) in wanted])
            raw.executemany("INSERT INTO plain VALUES (?, 1)", wanted)

        took = time_best(work)
        raw.execute("ROLLBACK")
    return took


def _time_joining(store: Store, count: int, chance: random.Random) -> tuple[float, float]:
    """Finding alone, and joining. In one transaction, as the writer's thread does under load."""
    with store._engine.connect() as connection, connection.begin() as transaction:  # noqa: SLF001 - what lies within
        poll = connection.execute(polls.select()).first()
        assert poll
        kept = read_some(connection, poll.id, count, chance)
        fresh = [make_analysis(make_signature(chance, make_gist(chance))) for _ in kept]
        made = [
            (
                make_link(connection, str(each), poll.id, id=FIRST + count + 1 + each),
                (kept if each % 2 else fresh)[each],
            )
            for each in range(RUNS * EACH)
        ]
        prepared, joined, index = iter(made), list[bool](), SignatureIndex()
        begun = time.process_time()
        index.catch_up(connection)
        print(f"read into memory in {(time.process_time() - begun) / count * 1e6:.1f} µs an article, after a start")

        def join() -> None:
            link, analysis = next(prepared)
            joined.append(join_story(connection, index, link, analysis, "Outlet", NOW).is_copy)

        wanted = iter([analysis for _, analysis in made])

        def find() -> None:
            analysis = next(wanted)
            assert analysis.signature
            near = index.find(connection, make_bands(analysis.signature.minima))
            find_told(connection, near, analysis, "elsewhere", NOW)

        finding, took = time_best(find), time_best(join)
        print(f"{sum(joined)} of {len(joined)} joined a story")
        transaction.rollback()
    return finding, took


if __name__ == "__main__":
    main()
