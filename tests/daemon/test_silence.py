"""Silence is news, in a daemon that runs: what begins to be wrong with a source or its pages, and ends."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crawler.models import PollVerdict
from crawler.signs import Rhythm
from crawler.store.store import Store
from tests.running import Place, make_place
from tests.stages.store_samples import add_pending, analysis_of, capture_of, poll_of
from tests.website import Item, Website

HOUR = timedelta(hours=1)
BUSY = Rhythm(news=(20.0,) * 24, watched=(2.0,) * 24)
"""Some ten items an hour."""
OF_SOURCES = {("silent", "feed-0"), ("identities", "feed-1"), ("gone", "feed-2"), ("challenge", "feed-3")}
OF_OUTLETS = {("short_text", "drifting")}


def serve_normally(site: Website) -> None:
    site.feed("/quiet.xml", [Item("One", site.url("/quiet/1"))])
    serve_renamed(site, "a", 12)
    for path in ("/gone.xml", "/walled.xml", "/moved.xml"):
        site.feed(path, [Item("One", site.url(f"{path}/1"))])
    site.redirect("/old.xml", site.url("/moved.xml"), 308)


def serve_renamed(site: Website, series: str, count: int) -> None:
    site.feed("/renamed.xml", [Item(f"{n}", site.url(f"/renamed/{n}"), guid=f"{series}-{n}") for n in range(count)])


def save_pages(store: Store, first: int, count: int, body: str) -> None:
    """Articles of an outlet that were fetched just now."""
    links = add_pending(store, *[f"https://drifting.example/{first + n}" for n in range(count)], source="drifting-feed")
    for number, link in enumerate(links, first):
        analysis = analysis_of(title=f"Report {number}", body=f"{number} {body}")
        store.save_analysis(
            link, analysis, datetime.now(UTC), outlet_name="Drifting", capture=capture_of(number, at=datetime.now(UTC))
        )


def pretend_long_silence(store: Store) -> None:
    """The source has been known for long, and its last news are five hours old."""
    now = datetime.now(UTC)
    (state,) = [each for each in store.read_states() if each.name == "feed-0"]
    silent = replace(state, rhythm=BUSY, news_at=now - 5 * HOUR, next_poll_at=now)
    store.save_poll(replace(poll_of("feed-0", now, PollVerdict.NOT_MODIFIED), outlet="local"), [], silent)


def read_troubles(place: Place) -> dict[tuple[str, str], bool]:
    """Kind and subject → has it ended? As `basewatch health --json` tells."""
    lines = map(json.loads, place.command("health", "--json").stdout.splitlines())
    return {(each["kind"], each["subject"]): each["ended_at"] is not None for each in lines if "kind" in each}


def test_what_is_wrong_with_sources_and_pages_begins_and_ends(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    with Website() as site:
        serve_normally(site)
        place.watch(site, "/quiet.xml", "/renamed.xml", "/gone.xml", "/walled.xml", "/old.xml")
        store = place.store()
        save_pages(store, 0, 60, "The patrol went on along the river until it was dark and came back. " * 30)
        save_pages(store, 60, 30, "The patrol went on along the river until it was dark and came back. " * 4)
        with place.daemon() as daemon:
            daemon.wait_for(lambda: sum(row.seen > 0 and row.source.startswith("feed-") for row in place.ledger()) == 5)
            daemon.wait_for(lambda: place.log.count("trouble_begins") == 1)
            daemon.stop()
        begun_first = read_troubles(place)

        pretend_long_silence(store)
        save_pages(store, 90, 30, "The patrol went on along the river until it was dark and came back. " * 30)
        serve_renamed(site, "b", 12)
        site.page("/gone.xml", "gone", status=410)
        site.page("/walled.xml", "<!doctype html><html><title>Just a moment...</title></html>")
        with place.daemon() as daemon:
            daemon.wait_for(lambda: place.log.count("trouble_begins") == 5)
            daemon.wait_for(lambda: place.log.count("trouble_ends") >= 1)
            begun = read_troubles(place)
            sources = place.command("sources")
            polls = [
                json.loads(line) for line in place.command("ledger", "--polls", "500", "--json").stdout.splitlines()
            ]

            site.feed("/quiet.xml", [Item(f"{n}", site.url(f"/quiet/{n}")) for n in (1, 2)])
            serve_renamed(site, "b", 13)
            for path in ("/gone.xml", "/walled.xml"):
                site.feed(path, [Item("One", site.url(f"{path}/1"))])
            # gone is tried weekly
            store.hasten_sources({"feed-2": datetime.now(UTC)})
            daemon.wait_for(lambda: place.log.count("trouble_ends") == 5)
            ended = read_troubles(place)
            daemon.wait_for(lambda: len(place.stream("health")) >= 2 * len(OF_OUTLETS | OF_SOURCES))
            told = [(each["trouble"], each["subject"], each["ended_at"] is not None) for each in place.stream("health")]
            daemon.stop()
        store.close()

    assert begun_first == dict.fromkeys(OF_OUTLETS, False)
    assert begun == {**dict.fromkeys(OF_OUTLETS, True), **dict.fromkeys(OF_SOURCES, False)}
    assert ended == dict.fromkeys(OF_OUTLETS | OF_SOURCES, True)
    assert sorted(told) == sorted((*each, is_end) for each in OF_OUTLETS | OF_SOURCES for is_end in (False, True))
    assert sources.returncode == 1
    assert f"feed-4 has moved for good; its address is now {site.url('/moved.xml')}" in sources.stdout.replace(
        "\n", " "
    )
    assert "feed-2 is gone: HTTP status 410; tried weekly" in sources.stdout
    assert polls
    assert all(poll["closes"] for poll in polls)
    assert ("failed", 410, "HTTP status 410") in {(poll["verdict"], poll["status"], poll["detail"]) for poll in polls}
