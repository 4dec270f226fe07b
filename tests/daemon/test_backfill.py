"""The past of a source, by a process of its own: in a budget, resumed, counted, told to nobody unless asked."""

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from crawler.models import Outcome
from spiders.archives import Span, ask_wayback
from tests.running import BASE_ATTACK, BASEWATCH, FILLER, Place, make_article, make_place
from tests.website import Website


@pytest.fixture
def outlet(tmp_path: Path) -> Iterator[tuple[Place, Website]]:
    """An outlet whose sitemap names five articles of March 2025 and one of another year; none is in its feed."""
    place = make_place(tmp_path / "place")
    with Website() as site:
        site.page("/robots.txt", f"User-agent: *\nSitemap: {site.url('/index.xml')}\n", content_type="text/plain")
        child = f"<sitemap><loc>{site.url('/posts.xml')}</loc><lastmod>2025-03-20</lastmod></sitemap>"
        site.page("/index.xml", f"<sitemapindex>{child}</sitemapindex>", content_type="application/xml")
        dates = [*(f"2025-03-{day:02}" for day in range(1, 6)), "2020-01-01"]
        entries = (f"<url><loc>{site.url(f'/a/{n}')}</loc><lastmod>{at}</lastmod></url>" for n, at in enumerate(dates))
        site.page("/posts.xml", f"<urlset>{''.join(entries)}</urlset>", content_type="application/xml")
        for number in range(6):
            text = BASE_ATTACK if number == 2 else f"Farmers of village {number} began the harvest."
            site.page(f"/a/{number}", make_article(f"Article {number}", text, FILLER))
        place.watch(site, "/rss.xml")
        yield place, site


def backfill(place: Place, *words: str) -> dict[str, object]:
    done = place.command(
        "backfill", "feed-0", "--since", "2025-03-01", "--until", "2025-04-01", "--json", *words, timeout_s=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


def asked(site: Website) -> list[str]:
    return [seen.path for seen in site.requests if seen.path.startswith("/a/")]


def assert_closed(place: Place, outcomes: dict[Outcome, int]) -> None:
    rows = place.ledger()
    assert {row.source for row in rows} == {"backfill:feed-0"}
    assert all(row.closes for row in rows)
    assert sum((row.outcomes.get(Outcome.HIT, 0) for row in rows), 0) == outcomes.get(Outcome.HIT, 0)
    assert sum((row.outcomes.get(Outcome.NO_HIT, 0) for row in rows), 0) == outcomes.get(Outcome.NO_HIT, 0)


def test_a_budget_ends_a_run_and_the_next_goes_on_where_it_was(outlet: tuple[Place, Website]) -> None:
    place, site = outlet
    first = backfill(place, "--max-pages", "2")
    assert (first["asked"], first["new"], first["is_done"]) == (2, 5, False)
    second = backfill(place)
    assert (second["asked"], second["new"], second["is_done"]) == (3, 0, True)
    assert sorted(asked(site)) == [f"/a/{number}" for number in range(5)], "each once, the other year never"
    assert sum(seen.path == "/posts.xml" for seen in site.requests) == 1
    assert_closed(place, {Outcome.HIT: 1, Outcome.NO_HIT: 4})
    assert place.stream() == [], "nobody is told"
    assert place.command("archive", "verify").returncode == 0


def test_a_killed_run_loses_nothing(outlet: tuple[Place, Website]) -> None:
    place, site = outlet
    site.page("/a/4", make_article("Slow", "Slow.", FILLER), delay_s=60)
    words = ["backfill", "feed-0", "--since", "2025-03-01", "--until", "2025-04-01", "--config", str(place.folder)]
    process = subprocess.Popen([*BASEWATCH, *words], env=dict(place.environ))
    end = time.monotonic() + 300
    while "/a/4" not in asked(site) and time.monotonic() < end:
        time.sleep(0.1)
    process.kill()
    process.wait()
    site.page("/a/4", make_article("Slow", "It came at last.", FILLER))
    assert backfill(place)["is_done"]
    assert_closed(place, {Outcome.HIT: 1, Outcome.NO_HIT: 4})


def test_alerts_are_sent_when_asked_for_and_say_what_they_are(outlet: tuple[Place, Website]) -> None:
    place, _ = outlet
    backfill(place, "--alert")
    store = place.store()
    [alert] = store.read_alerts()
    store.close()
    assert alert.replay


def test_captures_of_the_wayback_machine_are_known_by_the_outlets_addresses(outlet: tuple[Place, Website]) -> None:
    place, site = outlet
    rows = [["timestamp", "original"], ["20250310120000", site.url("/a/2")]]
    span = Span(datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC))
    asked_for = urlsplit(ask_wayback(site.url("/cdx/search/cdx"), "127.0.0.1", span))
    site.page(f"{asked_for.path}?{asked_for.query}", json.dumps(rows), content_type="application/json")
    captured = f"/web/20250310120000id_/{site.url('/a/2')}"
    site.page(captured, make_article("Drones strike Ain al-Asad", BASE_ATTACK, FILLER))
    told = backfill(place, "--via", "wayback", "--cdx", site.url("/cdx/search/cdx"))
    assert (told["asked"], told["new"], told["is_done"]) == (1, 1, True)
    assert asked(site) == []
    again = backfill(place)
    assert again["new"] == 4, "the fifth is the one that the archive had"
    assert_closed(place, {Outcome.HIT: 1, Outcome.NO_HIT: 4})


def test_a_live_daemon_leaves_the_past_alone(outlet: tuple[Place, Website]) -> None:
    place, site = outlet
    backfill(place, "--max-pages", "1")
    site.page("/rss.xml", "<rss><channel></channel></rss>", content_type="application/rss+xml")
    with place.daemon() as daemon:
        daemon.wait_for(lambda: any(seen.path == "/rss.xml" for seen in site.requests), timeout_s=60)
        time.sleep(3)
        daemon.stop()
    assert len(asked(site)) == 1
    assert backfill(place)["is_done"]
