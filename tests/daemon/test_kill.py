"""kill -9 anywhere between feed and stream: no alert lost, none doubled, the ledger closes, the archive is whole."""

import gzip
import os
import random
import time
from collections import Counter
from pathlib import Path

from crawler.models import Outcome
from tests.running import FILLER, make_article, make_place
from tests.website import Item, Website

KILLS = int(os.environ.get("BASEWATCH_KILLS", "8"))
"""`make soak` asks for more than CI has time for."""
ARTICLES = 5 * KILLS
BASES = ("Ain al-Asad air base", "Harir air base", "Tower 22", "al-Tanf garrison", "Erbil air base")


def make_attack(number: int) -> str:
    base = BASES[number % len(BASES)]
    told = f"Explosive drones struck {base} for the {number}th time this year, officials said on Sunday evening."
    return make_article(f"Drones strike {base} for the {number}th time", told, FILLER)


def test_alerts_survive_kill_9_at_random_moments(tmp_path: Path) -> None:
    place = make_place(tmp_path / "place")
    moments = random.Random(20261121)
    expected = {f"/news/{number}" for number in range(ARTICLES)}
    with Website() as site:
        for number in range(ARTICLES):
            site.page(f"/news/{number}", make_attack(number), delay_s=moments.random() / 10)
        place.watch(site, "/rss.xml")
        for kill in range(KILLS):
            seen = ARTICLES * (kill + 1) // KILLS
            site.feed("/rss.xml", [Item(f"Attack {n}", site.url(f"/news/{n}")) for n in range(seen)])
            with place.daemon() as daemon:
                daemon.wait_ready()
                time.sleep(moments.uniform(0, 2.5))
                daemon.kill()
        with place.daemon() as daemon:
            daemon.wait_ready()
            daemon.wait_for(lambda: place.outcomes().keys() >= expected, 300)
            daemon.wait_for(lambda: len(place.stream()) >= ARTICLES)
            daemon.stop()
        stream = place.stream()

    assert Counter(alert["url"].removeprefix(site.url("").rstrip("/")) for alert in stream) == Counter(expected)
    assert len({alert["id"] for alert in stream}) == ARTICLES
    assert {place.outcomes()[path] for path in expected} == {Outcome.HIT}
    assert all(row.closes and not row.pending for row in place.ledger())
    files = list((place.data / "archive").iterdir())
    assert not [file for file in files if file.name.endswith(".open")]
    for file in files:
        assert gzip.decompress(file.read_bytes()).startswith(b"WARC/1.1")
