"""Sitemaps and channels through the whole daemon: polled, counted, read, alerted, replayed."""

import gzip
import json
from pathlib import Path

from crawler.models import Outcome
from tests.running import BASE_ATTACK, FILLER, make_article, make_place
from tests.sources.channels import CHANNEL, message, photo, preview
from tests.website import Website


def test_a_sitemap_and_a_channel_are_watched_like_feeds(tmp_path: Path) -> None:
    with Website() as site:
        place = make_place(tmp_path)
        place.write("sources.yaml", make_sources(site))
        serve_outlet(site)
        with place.daemon() as daemon:
            outcomes = daemon.wait_outcomes(7)
            daemon.wait_for(lambda: len(place.stream()) >= 2)
            site.page(f"/s/{CHANNEL}", preview([message(9, FILLER), message(10, "Nothing new today.")]))
            site.page(f"/s/{CHANNEL}?before=9", preview([message(4, FILLER), message(7, BASE_ATTACK + " Again.")]))
            later = daemon.wait_outcomes(10)
            daemon.wait_for(lambda: len(place.stream()) >= 3)
            daemon.stop()

        assert outcomes == {
            "/news/attack": Outcome.HIT,
            "/news/harvest": Outcome.NO_HIT,
            "/news/2019": Outcome.OUT_OF_SCOPE,
            f"/{CHANNEL}/1": Outcome.HIT,
            f"/{CHANNEL}/2": Outcome.UNREADABLE,
            f"/{CHANNEL}/4": Outcome.NO_HIT,
            f"/s/{CHANNEL}": Outcome.OUT_OF_SCOPE,
        }
        assert later[f"/{CHANNEL}/7"] is Outcome.HIT
        assert all(row.closes for row in place.ledger())
        assert not [path for path in site.paths() if path.startswith(f"/{CHANNEL}/")], "a message has no page to fetch"

        alert = next(each for each in place.stream() if each["url"].endswith(f"{CHANNEL}/1"))
        assert alert["capture"]["url"] == site.url(f"/s/{CHANNEL}")
        assert alert["partial"] is False
        assert "Ain al-Asad" in alert["title"]

        replayed = place.command("replay", "--json")
        assert replayed.returncode == 0
        assert '"kind": "difference"' not in replayed.stdout, "the same text gives the same hits"


def make_sources(site: Website) -> str:
    polled = {"every": "1s", "delay": "0s", "allow_private": True}
    sources = [
        {"sitemap": site.url("/index.xml"), **polled},
        {"telegram": site.url(f"/s/{CHANNEL}"), **polled},
    ]
    outlet = {"name": "Local Outlet", "homepage": site.url("/"), "language": "en", "sources": sources}
    return json.dumps({"outlets": {"local": outlet}})


def serve_outlet(site: Website) -> None:
    site.page("/index.xml", f"<sitemapindex><sitemap><loc>{site.url('/news.xml.gz')}</loc></sitemap></sitemapindex>")
    listed = f"""<urlset xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
        <url><loc>{site.url("/news/attack")}</loc><news:news><news:title>Attack</news:title></news:news></url>
        <url><loc>{site.url("/news/harvest")}</loc></url>
        <url><loc>{site.url("/news/2019")}</loc><lastmod>2019-01-01</lastmod></url></urlset>"""
    site.page("/news.xml.gz", gzip.compress(listed.encode()), content_type="application/x-gzip")
    site.page("/news/attack", make_article("Attack", BASE_ATTACK, FILLER))
    site.page("/news/harvest", make_article("Harvest", FILLER, FILLER + " The dates were picked early this year."))
    messages = [message(1, BASE_ATTACK), message(2, inside=photo(CHANNEL, 2)), message(4, FILLER)]
    site.page(f"/s/{CHANNEL}", preview(messages))
