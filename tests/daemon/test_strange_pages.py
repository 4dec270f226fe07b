"""Pages made to do harm, and pages that are no article: each ends with a reason, and the next one is read."""

from pathlib import Path

import pytest
from sqlalchemy import select

from crawler.models import Outcome
from crawler.store.schema import articles, links
from tests.running import BASE_ATTACK, FAR_AHEAD, FILLER, Place, make_article, make_place
from tests.website import Item, Website

MOST_MEMORY_KB = 700_000
"""Of the daemon's own process; its workers have a limit of their own."""
ENTITY_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {new} "{f"&{old};" * 10}">' for old, new in zip("abcdefgh", "bcdefghi", strict=True))
    + "]><html><body><p>&i;</p></body></html>"
)
HARMFUL: dict[str, str] = {
    "/huge": f"<html><body><p>{'The base is quiet. ' * 2_700_000}</p>",
    "/nested": f"<html><body>{'<div>' * 200_000}text{'</div>' * 200_000}",
    "/tables": f"<html><body>{'<table><tr><td>x' * 260_000}",
    "/entities": ENTITY_BOMB,
}
SCRIPT = "<script src='/app.js'></script>"
PAID = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": false}</script>'
STRANGE: dict[str, str] = {
    "bot-challenge": f"<title>Just a moment...</title><body><h2>Checking your browser</h2>{SCRIPT}",
    "paywall": f"<title>A</title>{PAID}<body><article><h1>A</h1><p>Two drones fell.</p><p>Subscribe to continue</p>",
    "gallery": "<title>Houses</title><body><h1>Houses</h1><div>1 / 22</div><img src='a.jpg'><p>Next</p>",
    "empty-shell": f"<title>News</title><body><div id='root'></div>{SCRIPT}",
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path / "place")
    place.write("rules.yaml", "rules:\n  base:\n    severity: warning\n    when: '@base:ain-al-asad'\n")
    return place


def read_details(place: Place) -> dict[str, str]:
    """Path of each link → what the ledger says of it."""
    store = place.store()
    try:
        with store._read("look") as connection:
            rows = connection.execute(select(links.c.url, links.c.detail)).all()
    finally:
        store.close()
    return {f"/{url.partition('//')[2].partition('/')[2]}": detail for url, detail in rows}


def count_articles(place: Place) -> int:
    store = place.store()
    try:
        with store._read("look") as connection:
            return len(connection.execute(select(articles.c.id)).all())
    finally:
        store.close()


def read_peak(pid: int) -> int:
    """Most memory that the process ever had, in kB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])


def test_pages_made_to_do_harm_are_bounded_and_the_next_one_is_read(place: Place) -> None:
    with Website() as site, place.daemon() as daemon:
        for path, body in HARMFUL.items():
            site.page(path, body)
        site.page("/next", make_article("Attack", BASE_ATTACK, FILLER))
        site.feed("/rss.xml", [Item(path, site.url(path)) for path in (*HARMFUL, "/next")])
        place.watch(site, "/rss.xml")
        outcomes = daemon.wait_outcomes(len(HARMFUL) + 1)
        peak = read_peak(daemon.process.pid) if Path("/proc/self/status").exists() else 0
        daemon.stop()
    details = read_details(place)
    assert outcomes["/next"] is Outcome.HIT
    assert "more than may be read" in details["/huge"] or details["/huge"].startswith("too_large"), details
    for path in HARMFUL:
        assert outcomes[path] in {Outcome.UNREADABLE, Outcome.QUARANTINED, Outcome.NO_HIT}, path
        assert details[path] or outcomes[path] is Outcome.NO_HIT, f"{path} ended without a reason"
    assert peak < MOST_MEMORY_KB


def test_pages_that_are_no_article_end_as_unreadable_with_their_kind_and_are_not_stored(place: Place) -> None:
    with Website() as site, place.daemon() as daemon:
        for kind, body in STRANGE.items():
            site.page(f"/{kind}", f"<!doctype html><html lang=en><head>{body}</html>")
        site.feed("/rss.xml", [Item("", site.url(f"/{kind}")) for kind in STRANGE])
        place.watch(site, "/rss.xml")
        outcomes = daemon.wait_outcomes(len(STRANGE))
        daemon.stop()
    assert set(outcomes.values()) == {Outcome.UNREADABLE}
    details = read_details(place)
    assert {kind: details[f"/{kind}"].partition(":")[0] for kind in STRANGE} == {kind: kind for kind in STRANGE}
    assert count_articles(place) == 0
    store = place.store()
    measured = store.read_measures("local", FAR_AHEAD, 10)
    store.close()
    assert {measure.problem for measure in measured} == set(STRANGE)
