"""Several crawl workers on one PostgreSQL, each a process of its own, and one of them killed."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from crawler.models import Outcome
from crawler.store.store import Store
from tests.daemon.test_kill import make_attack
from tests.running import FAR_AHEAD, LONG_AGO, Daemon, Place, make_place
from tests.website import Item, Website

SITES = 6
ARTICLES = 4
"""On each site, before the kill and again after it."""
WORKERS = ("one", "two")
PATIENCE_S = 400
"""Three daemons on a busy machine take their time to start."""


def publish(site: Website, number: int, count: int) -> None:
    for article in range(count):
        site.page(f"/{number}/{article}", make_attack(100 * number + article), delay_s=0.2)
    site.feed("/rss.xml", [Item(f"Attack {n}", site.url(f"/{number}/{n}")) for n in range(count)])


def watch(place: Place, sites: list[Website]) -> None:
    outlets = "".join(
        f"  outlet-{number}:\n    name: Outlet {number}\n    homepage: {site.url('/')}\n    language: en\n"
        "    sources:\n"
        f"      - feed: {site.url('/rss.xml')}\n        name: feed-{number}\n        every: 1s\n        delay: 0s\n"
        "        allow_private: true\n"
        for number, site in enumerate(sites)
    )
    place.write("sources.yaml", f"outlets:\n{outlets}")


def askers(site: Website) -> list[str]:
    """Who asked this host, one after the other, repeats left out; workers differ by the contact they name."""
    agents = [seen.headers["user-agent"] for seen in site.requests]
    return [worker for worker, _ in groupby(next(each for each in WORKERS if f"+{each}" in agent) for agent in agents)]


def test_workers_share_the_hosts_and_take_over_those_of_one_that_was_killed(tmp_path: Path, postgres_url: str) -> None:
    place = make_place(tmp_path / "place")
    place = replace(place, environ={**place.environ, "BASEWATCH_DATABASE_URL": postgres_url})
    patient = (place.folder / "run.yaml").read_text(encoding="utf-8").replace("page_timeout: 3s", "page_timeout: 2m")
    place.write("run.yaml", patient.replace("fetch_timeout: 5s", "fetch_timeout: 1m"))
    store = Store.open(postgres_url)
    with ExitStack() as stack:
        stack.callback(store.close)
        sites = [stack.enter_context(Website()) for _ in range(SITES)]
        for number, site in enumerate(sites):
            publish(site, number, ARTICLES)
        relay = stack.enter_context(place.daemon("--only", "relay"))
        workers: dict[str, Daemon] = {}
        for name in WORKERS:
            own = replace(place, environ={**place.environ, "BASEWATCH_CONTACT": name})
            workers[name] = stack.enter_context(own.daemon("--only", "crawl"))
        relay.wait_for(lambda: place.log.count(" started ") == 1 + len(WORKERS), PATIENCE_S)
        watch(place, sites)
        relay.wait_for(lambda: all(len(site.paths()) > 2 for site in sites), PATIENCE_S)
        held = Counter(askers(site)[-1] for site in sites)
        victim = held.most_common(1)[0][0]
        survivor = next(name for name in WORKERS if name != victim)
        before = [askers(site) for site in sites]
        workers[victim].kill()
        killed_at = time.monotonic()
        for number, site in enumerate(sites):
            publish(site, number, 2 * ARTICLES)
        expected = SITES * 2 * ARTICLES
        relay.wait_for(_ends(store, expected), PATIENCE_S)
        relay.wait_for(lambda: len(place.stream()) >= expected, PATIENCE_S)
        workers[survivor].stop(PATIENCE_S)
        relay.stop(PATIENCE_S)

        assert all(len(each) == 1 for each in before), "a host was asked by two workers"
        assert all(askers(site) in ([survivor], [victim, survivor]) for site in sites)
        for site in (site for site, asked in zip(sites, before, strict=True) if asked == [victim]):
            first = next(seen.at for seen in site.requests if f"+{survivor}" in seen.headers["user-agent"])
            assert first - killed_at < PATIENCE_S
        assert set(store.read_outcomes(LONG_AGO).values()) == {Outcome.HIT}
        assert all(row.closes and not row.pending for row in store.read_ledger(LONG_AGO, FAR_AHEAD))
        assert len({alert["url"] for alert in place.stream()}) == len(place.stream()) == expected


def _ends(store: Store, expected: int) -> Callable[[], bool]:
    return lambda: len(store.read_outcomes(LONG_AGO)) >= expected
