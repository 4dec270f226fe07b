"""kill -9 anywhere between feed and stream: no alert lost, none doubled, the ledger closes, the archive is whole.

BASEWATCH_KILLS says how often; `make soak` asks for more than CI has time for. BASEWATCH_SEED gives other moments.
"""

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path

from crawler.archive.verify import verify
from crawler.models import Outcome
from tests.running import FILLER, Place, make_article, make_place
from tests.website import Item, Website

KILLS = int(os.environ.get("BASEWATCH_KILLS", "4"))
ARTICLES = 5 * KILLS
SEED = int(os.environ.get("BASEWATCH_SEED", "20261121"))
BASES = ("Ain al-Asad air base", "Harir air base", "Tower 22", "al-Tanf garrison", "Erbil air base")


def make_attack(number: int) -> str:
    base = BASES[number % len(BASES)]
    told = f"Explosive drones struck {base} for the {number}th time this year, officials said on Sunday evening."
    return make_article(f"Drones strike {base} for the {number}th time", told, FILLER)


def test_alerts_survive_kill_9_at_random_moments(tmp_path: Path, database_url: str) -> None:
    place = make_place(tmp_path / "place")
    # a busy machine must not make a page one that hangs
    run = (place.folder / "run.yaml").read_text(encoding="utf-8")
    place.write("run.yaml", run.replace("page_timeout: 3s", "page_timeout: 60s"))
    place.environ = {**place.environ, "BASEWATCH_DATABASE_URL": database_url}
    expected = {f"/news/{number}" for number in range(ARTICLES)}
    moments, left = random.Random(SEED), set[tuple[int, int]]()
    with Website() as site:
        for number in range(ARTICLES):
            site.page(f"/news/{number}", make_attack(number), delay_s=moments.random() / 10)
        place.watch(site, "/rss.xml")
        for kill in range(KILLS):
            seen = ARTICLES * (kill + 1) // KILLS
            site.feed("/rss.xml", [Item(f"Attack {n}", site.url(f"/news/{n}")) for n in range(seen)])
            with place.daemon() as daemon:
                daemon.wait_ready()
                # on a busy machine the work begins late: let it get somewhere, then strike at any moment
                goal = seen - moments.randrange(ARTICLES // KILLS + 1)
                daemon.wait_for(partial(has_ended, place, goal), 120)
                time.sleep(moments.uniform(0, 0.5))
                daemon.kill()
            left.add((len(place.outcomes()), count_unpublished(place)))
        with place.daemon() as daemon:
            daemon.wait_ready()
            daemon.wait_for(lambda: place.outcomes().keys() >= expected, 300)
            daemon.wait_for(lambda: not count_unpublished(place), 120)
            daemon.stop()
    told = Counter(alert["url"].removeprefix(site.url("").rstrip("/")) for alert in place.stream())
    lost, doubled = sum((Counter(expected) - told).values()), sum((told - Counter(expected)).values())
    sums = f"kills {KILLS}, alerts {ARTICLES}, lost {lost}, doubled {doubled}, different states at a kill {len(left)}"
    sys.stderr.write(f"{sums}\n")

    assert {place.outcomes()[path] for path in expected} == {Outcome.HIT}
    assert (lost, doubled) == (0, 0)
    assert len(left) > KILLS // 3, "the kills fell before or after the work, and tested nothing"
    assert all(row.closes and not row.pending for row in place.ledger())
    check_archive(place.data / "archive")
    check_sqlite(database_url)


def has_ended(place: Place, goal: int) -> bool:
    """Have so many links their outcome?"""
    return len(place.outcomes()) >= goal


def count_unpublished(place: Place) -> int:
    with closing(place.store()) as store:
        return len(store.take_unpublished(1000))


def check_archive(folder: Path) -> None:
    """Every file is closed and whole, for us and for two tools of others."""
    assert not list(folder.glob("*.open"))
    report = verify(folder)
    assert report.problems == ()
    assert report.pages >= ARTICLES
    files = list(map(str, folder.glob("*.warc.gz")))
    warcio = "from warcio.cli import main; main()"
    for command in (["gzip", "-t", *files], [sys.executable, "-W", "ignore", "-c", warcio, "check", *files]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def check_sqlite(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
