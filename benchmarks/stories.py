"""What it costs to find an article's story among many: CPU a text, beside the transaction that stores it anyway.

    python -m benchmarks.stories [ARTICLES]

Stores ARTICLES made-up signatures (1,000,000 without it) in an SQLite file in a temporary folder, then measures the
look-up and the insertion of further ones, half of which are near-duplicates. The reference is what making the
signature of a text of 400 words costs. CPU time, best of several runs.
"""

import random
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, create_engine, insert

from crawler.models import Article, Gist, Mention, Signature, Zone
from crawler.store.schema import bands, links, polls, signatures, stories, story_members
from crawler.store.store import Store
from crawler.store.stories import join_story, list_all_keys, write_gist
from crawler.stories import MINIMA, sign_article
from tests.stages.store_samples import NOW, add_pending
from tests.stages.story_pairs import make_pairs, make_templates
from tests.stages.test_stories import read_texts, score

NAMED = (Mention("ain-al-asad", "base", "Ain al-Asad", Zone.BODY, 0, 4, "base"),)
SOURCES, BASES = tuple(f"source-{n}" for n in range(60)), tuple(f"base-{n}" for n in range(40))
DAYS = 14
"""Over which the articles are spread, as signatures are kept for so long."""
PORTION = 5_000
RUNS, EACH = 5, 200


def make_signature(chance: random.Random) -> Signature:
    minima = struct.pack(f">{MINIMA}I", *(chance.getrandbits(32) for _ in range(MINIMA)))
    return Signature(minima, 400, gist=make_gist(chance))


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


def fill(store: Store, engine: Engine, count: int, chance: random.Random) -> list[Signature]:
    """Some of what was stored."""
    add_pending(store, "https://a.example/first")
    kept: list[Signature] = []
    for start in range(1_000, count + 1_000, PORTION):
        made = [(number, make_signature(chance)) for number in range(start, start + PORTION)]
        kept += [signature for _, signature in made[:10]]
        rows = sorted(
            (key, number) for number, signature in made for key in list_all_keys(signature, told_at(number, count))
        )
        with engine.begin() as connection:
            connection.execute(insert(stories), [{"id": str(number), "created_at": NOW} for number, _ in made])
            connection.execute(insert(story_members), [_member(number) for number, _ in made])
            connection.execute(
                insert(signatures), [_row(number, signature, told_at(number, count)) for number, signature in made]
            )
            connection.execute(insert(bands), [{"band": band, "link_id": number} for band, number in rows])
    return kept


def _member(number: int) -> dict[str, object]:
    return {"link_id": number, "story": str(number), "outlet": "wire", "outlet_name": "Wire", "joined_at": NOW}


def told_at(number: int, count: int) -> datetime:
    return NOW - timedelta(days=DAYS) * (1 - number / (count + 1_000))


def _row(number: int, signature: Signature, at: datetime) -> dict[str, object]:
    assert signature.gist
    row = {"link_id": number, "minima": signature.minima, "pairs": 400, "facts": b"", "saved_at": NOW}
    return {**row, "told_at": at, "language": signature.gist.language, "gist": write_gist(signature.gist)}


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
    chance = random.Random(1)
    words = [f"word{number}" for number in range(3_000)]
    text = " ".join(chance.choices(words, k=400))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'stories.sqlite'}"
        store = Store.open(url)
        # without the links that the rows belong to, which the store's own connections would ask for
        kept = fill(store, create_engine(url), count, chance)
        signing = time_best(lambda: sign_article(Article(body=text), NAMED))
        joining = _time_joining(store, kept, chance)
        size = (Path(folder) / "stories.sqlite").stat().st_size
        store.close()
    texts = read_texts()
    made = score([pair for seed in range(1, 6) for pair in (*make_pairs(texts, seed), *make_templates(seed))])
    print(f"recall {made.right / made.wanted:.4f} of {made.wanted} pairs, precision {made.right / made.found:.4f}")
    print(f"{count} articles stored, {size / count:.0f} bytes each")
    print(f"signing  {signing:.3f} ms of CPU a text of 400 words (in the worker; the reference)")
    print(f"joining  {joining:.3f} ms of CPU an article: {joining / signing:.2f} of the reference")


def _time_joining(store: Store, kept: list[Signature], chance: random.Random) -> float:
    """In one transaction, as the writer's thread does under load."""
    with store._write("measure") as connection:  # noqa: SLF001 - a benchmark of what lies within
        poll = connection.execute(polls.select()).first()
        assert poll

        def make_link(each: int) -> Row[Any]:
            row = {"identity": f"n{each}", "key": f"n{each}", "poll_id": poll.id, "source": "s", "outlet": f"o{each}"}
            rest = {"url": "", "title": "", "content": "", "problem": "", "seen_at": NOW, "next_try_at": NOW}
            return connection.execute(insert(links).values(**row, **rest).returning(links)).one()

        prepared = iter(
            [
                (make_link(each), chance.choice(kept) if each % 2 else make_signature(chance))
                for each in range(RUNS * EACH)
            ]
        )

        def join() -> None:
            link, signature = next(prepared)
            join_story(connection, link, signature, "Outlet", NOW)

        return time_best(join)


if __name__ == "__main__":
    main()
