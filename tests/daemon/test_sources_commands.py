"""`basewatch sources add` and `check` as a user runs them, against a local outlet."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.signs import Trouble
from crawler.store.store import Store
from settings import load_settings
from tests.running import BASE_ATTACK, FILLER, Place, make_article, make_place
from tests.shipped import read_shipped
from tests.sources.channels import CHANNEL, message, preview
from tests.website import Item, Website

OWN = """# what we watch
outlets:
  # the first one
  first:
    name: First   # as it calls itself
    homepage: https://first.example
    language: en
    sources:
      - feed: https://first.example/rss   # reached

# the end
"""


@pytest.fixture
def site() -> Iterator[Website]:
    with Website() as website:
        yield website


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    place.write("sources.yaml", OWN)
    return place


def serve_front(site: Website, *, head: str = "", articles: int = 4) -> None:
    cards = "".join(f'<h3><a href="/news/{n}">Officials report on event {n}</a></h3>' for n in range(articles))
    html = f'<html lang="ar-IQ"><head><title>Local Wire - Home</title>{head}</head><body>{cards}</body></html>'
    site.page("/", html)
    for number in range(articles):
        site.page(f"/news/{number}", make_article(f"Event {number}", BASE_ATTACK, FILLER, f"It was number {number}."))


def serve_feed(site: Website, path: str, count: int = 3) -> None:
    site.feed(path, [Item(f"Event {number}", site.url(f"/news/{number}")) for number in range(count)])


def serve_sitemap(site: Website, path: str, count: int = 4) -> None:
    urls = "".join(f"<url><loc>{site.url(f'/news/{number}')}</loc></url>" for number in range(count))
    site.page(path, f"<urlset>{urls}</urlset>", content_type="application/xml")


def add(place: Place, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    return place.command("sources", "add", url, "--allow-private", *options)


def test_an_outlet_is_found_shown_and_written_without_touching_what_stands_there(site: Website, place: Place) -> None:
    serve_front(site, head='<link rel="alternate" type="application/rss+xml" href="/feeds/all.xml">')
    serve_feed(site, "/feeds/all.xml")
    serve_sitemap(site, "/maps/news.xml")
    site.robots(f"User-agent: *\nAllow: /\nSitemap: {site.url('/maps/news.xml')}\n")

    done = add(place, site.url("/"))

    assert done.returncode == 0, done.stderr
    assert "Local Wire" in done.stdout
    assert "First of 3 in feed" in done.stdout
    assert BASE_ATTACK[:60] in done.stdout, "the text that would be stored"
    text = (place.folder / "sources.yaml").read_text()
    assert text.startswith(OWN.rstrip())
    outlet = load_settings(place.folder).outlets[1]
    assert (outlet.name, outlet.language, outlet.homepage) == ("Local Wire", "ar", site.url("/"))
    assert [(source.kind, source.url) for source in outlet.sources] == [
        ("feed", site.url("/feeds/all.xml")),
        ("sitemap", site.url("/maps/news.xml")),
    ]


def test_common_addresses_are_tried_where_the_page_names_none(site: Website, place: Place) -> None:
    serve_front(site)
    serve_feed(site, "/rss.xml")
    serve_sitemap(site, "/sitemap.xml")
    done = add(place, site.url("/"), "--print", "--json")
    told = json.loads(done.stdout)
    assert [trial["url"] for trial in told["trials"] if not trial["problem"]] == [
        site.url("/rss.xml"),
        site.url("/sitemap.xml"),
        site.url("/"),
    ]
    assert "section" not in told["entry"]
    assert (place.folder / "sources.yaml").read_text() == OWN


def test_a_page_that_lists_feeds_is_looked_through(site: Website, place: Place) -> None:
    serve_front(site, head='<a href="/services/rss/">Subscribe</a>')
    site.page(
        "/services/rss/",
        '<a href="/x/world.xml">World</a><a href="/x/all.xml">All</a><a href="/services/rss/">Here</a>',
    )
    serve_feed(site, "/x/world.xml", 2)
    serve_feed(site, "/x/all.xml", 3)
    assert add(place, site.url("/")).returncode == 0
    (source,) = load_settings(place.folder).outlets[1].sources
    assert (source.kind, source.url) == ("feed", site.url("/x/all.xml"))
    assert len(site.seen("/services/rss/")) == 1


def test_a_page_without_feed_and_sitemap_is_a_section(site: Website, place: Place) -> None:
    serve_front(site)
    assert add(place, site.url("/")).returncode == 0
    (source,) = load_settings(place.folder).outlets[1].sources
    assert (source.kind, source.url) == ("section", site.url("/"))


def test_a_site_that_keeps_us_from_its_pages_may_have_a_feed_which_is_written_where_it_has_moved_to(
    site: Website, place: Place
) -> None:
    site.page("/", "<title>Just a moment...</title>", status=403, headers={"cf-mitigated": "challenge"})
    serve_feed(site, "/feeds/new.xml")
    site.redirect("/rss.xml", site.url("/feeds/new.xml"))
    done = add(place, site.url("/"))
    assert done.returncode == 0, done.stderr
    assert "HTTP status 403, a question for browsers" in " ".join(done.stdout.split())
    assert f"moved for good to {site.url('/feeds/new.xml')}" in " ".join(done.stdout.split())
    (source,) = load_settings(place.folder).outlets[1].sources
    assert (source.kind, source.url) == ("feed", site.url("/feeds/new.xml"))


@pytest.mark.parametrize("kind", ["feed", "sitemap"])
def test_the_address_may_be_the_source_itself(site: Website, place: Place, kind: str) -> None:
    serve_front(site)
    serve = serve_feed if kind == "feed" else serve_sitemap
    serve(site, "/list.xml")
    assert add(place, site.url("/list.xml")).returncode == 0
    outlet = load_settings(place.folder).outlets[1]
    assert outlet.name == "Local Wire"
    assert [(source.kind, source.url) for source in outlet.sources] == [(kind, site.url("/list.xml"))]


def test_a_channel_is_known_by_its_page(site: Website, place: Place) -> None:
    site.page(f"/s/{CHANNEL}", preview([message(1, BASE_ATTACK)]))
    done = add(place, site.url(f"/s/{CHANNEL}"))
    assert done.returncode == 0, done.stderr
    assert "Ain al-Asad" in done.stdout
    outlet = load_settings(place.folder).outlets[1]
    assert [source.kind for source in outlet.sources] == ["telegram"]
    assert outlet.language == "en", "as its text is"


def test_a_text_too_short_to_tell_its_language_contradicts_nothing(site: Website, place: Place) -> None:
    site.page(f"/s/{CHANNEL}", preview([message(1, "Rockets")]))
    done = add(place, site.url(f"/s/{CHANNEL}"))
    assert (done.returncode, "look at `language:`" in done.stdout) == (0, False), done.stdout


def test_an_outlet_that_is_there_is_told_what_it_lacks(site: Website, place: Place) -> None:
    serve_front(site)
    serve_feed(site, "/rss.xml")
    place.watch(site, "/rss.xml")
    text = (place.folder / "sources.yaml").read_text()
    again = add(place, site.url("/"))
    assert (again.returncode, "is watched there already" in again.stdout) == (0, True)
    serve_sitemap(site, "/sitemap.xml")
    more = add(place, site.url("/"))
    assert (more.returncode, f"- sitemap: {site.url('/sitemap.xml')}" in more.stdout) == (1, True)
    assert (place.folder / "sources.yaml").read_text() == text


def test_a_folder_without_sources_keeps_the_shipped_ones(site: Website, place: Place) -> None:
    (place.folder / "sources.yaml").unlink()
    serve_front(site)
    assert add(place, site.url("/")).returncode == 0
    assert len(load_settings(place.folder).outlets) == len(read_shipped().outlets) + 1
    assert "# Outlets that are watched" in (place.folder / "sources.yaml").read_text()


@pytest.mark.parametrize(
    ("serve", "reason"),
    [
        (lambda site: site.page("/", "Sorry", status=403), "HTTP status 403"),
        (lambda site: site.page("/", "<p>Hello</p>"), "Nothing was found"),
        (lambda site: site.misbehave("/", "drop"), "connect"),
        (lambda site: site.robots("User-agent: *\nDisallow: /"), "robots"),
    ],
)
def test_where_nothing_is_found_the_reason_is_told(site: Website, place: Place, serve: object, reason: str) -> None:
    serve(site)  # type: ignore[operator]  # one of the lambdas above
    done = add(place, site.url("/"))
    assert (done.returncode, reason in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr
    assert (place.folder / "sources.yaml").read_text() == OWN


def test_a_private_address_is_asked_only_when_that_is_wanted(site: Website, place: Place) -> None:
    serve_front(site)
    done = place.command("sources", "add", site.url("/"))
    assert (done.returncode, "blocked" in done.stderr) == (1, True)
    assert site.requests == []
    assert place.command("sources", "add", "ftp://x").returncode == 2


# ── check ────────────────────────────────────────────────────────────────────────────────────────


def test_check_shows_what_each_source_brings_and_fails_for_one_that_brings_nothing(site: Website, place: Place) -> None:
    serve_front(site)
    serve_feed(site, "/good.xml")
    site.page("/bad.xml", "<html>Sorry</html>")
    place.watch(site, "/good.xml", "/bad.xml")

    every = place.command("sources", "check", "--json")
    told = {each["name"]: each for each in map(json.loads, every.stdout.splitlines())}
    assert (every.returncode, told["feed-0"]["links"], told["feed-0"]["problem"]) == (1, 3, "")
    assert told["feed-1"]["problem"] == "an HTML page, not a feed"
    assert not (place.data / "basewatch.sqlite").exists(), "nothing is stored"

    one = place.command("sources", "check", "feed-0")
    assert (one.returncode, BASE_ATTACK[:60] in one.stdout) == (0, True)
    assert place.command("sources", "check", "nobody").returncode == 2


def test_why_links_are_left_out_is_told(site: Website, place: Place) -> None:
    """Whether some of a feed are, or all: an analyst must not wonder where they are."""
    other = [Item("Elsewhere", f"https://elsewhere.example/{number}") for number in range(2)]
    site.feed("/some.xml", [*other, Item("No address", ""), Item("Event 0", site.url("/news/0"))])
    site.feed("/none.xml", other)
    serve_front(site)

    some = add(place, site.url("/some.xml"), "--print").stdout
    none = add(place, site.url("/none.xml"), "--print", "--json").stdout
    assert f"left out: 2 not on {site.host}, 1 no link" in some
    [trial] = json.loads(none)["trials"]
    assert trial["problem"] == f"2 links, none of them to be read: 2 not on {site.host}"


def test_the_configuration_may_be_named_before_the_subcommand(site: Website, place: Place) -> None:
    serve_feed(site, "/good.xml")
    serve_front(site)
    place.watch(site, "/good.xml")
    done = place.command("sources", "--json")
    assert json.loads(done.stdout)["name"] == "feed-0"
    before = place.command_line("sources", "--config", str(place.folder), "check", "feed-0")
    assert before.returncode == 0


def test_coverage_is_told_once_two_sources_have_brought_news(site: Website, place: Place) -> None:
    serve_front(site, articles=9)
    serve_feed(site, "/rss.xml", 1)
    serve_sitemap(site, "/map.xml", 1)
    polled = {"every": "1s", "delay": "0s", "allow_private": True}
    sources = [{"feed": site.url("/rss.xml"), **polled}, {"sitemap": site.url("/map.xml"), **polled}]
    outlet = {"name": "Local", "homepage": site.url("/"), "language": "en", "sources": sources}
    place.write("sources.yaml", json.dumps({"outlets": {"local": outlet}}))
    with place.daemon() as daemon:
        daemon.wait_for(lambda: sum(row.polls - row.failed_polls > 0 and row.seen > 0 for row in place.ledger()) == 2)
        serve_feed(site, "/rss.xml", 3)
        serve_sitemap(site, "/map.xml", 5)
        daemon.wait_outcomes(5)
        daemon.wait_for(lambda: "carried 2 of 4" in place.command("sources", "--coverage").stdout)
        daemon.stop()
    told = place.command("sources", "--coverage", "--json").stdout
    assert {"source": "local-feed", "against": "local-sitemap", "outlet": "local", "total": 4, "carried": 2} in [
        json.loads(line) for line in told.splitlines()
    ]


def test_what_is_wrong_with_the_pages_of_an_outlet_stands_below_its_sources(site: Website, place: Place) -> None:
    """Of outlets that are watched: what ended, or is of one that was taken out, is none of today's troubles."""
    place.watch(site, "/rss.xml")
    now = datetime.now(UTC)
    with closing(Store.open(f"sqlite:///{place.data / 'basewatch.sqlite'}")) as store:
        store.open_event(Trouble("title_only", "100% of the articles have no body"), now, "gone-outlet")
        assert place.command("sources").returncode == 0
        store.open_event(Trouble("title_only", "100% of the articles have no body"), now, "local")
    shown = place.command("sources")
    assert (shown.returncode, shown.stdout.count("100% of the articles have no body")) == (1, 1)
    told = json.loads(place.command("sources", "--json").stdout)
    assert told["outlet_troubles"] == [{"kind": "title_only", "detail": "100% of the articles have no body"}]


@pytest.mark.parametrize("command", [("check",), ("sources", "check", "app")])
def test_a_source_that_needs_a_browser_says_what_to_install_when_there_is_none(
    place: Place, site: Website, command: tuple[str, ...]
) -> None:
    described = f"{{section: {site.url('/')}, name: app, render: true, allow_private: true}}"
    outlet = f"{{name: App, homepage: {site.url('/')}, language: en, sources: [{described}]}}"
    place.write("sources.yaml", f"outlets:\n  app: {outlet}\n")
    bare = Place(place.folder, {**place.environ, "PATH": "/nowhere"})

    result = bare.command(*command)

    assert result.returncode == 3, result.stdout + result.stderr
    told = " ".join(result.stderr.split())
    assert "app: `render: true` needs Chromium" in told
    assert "apt-get install chromium" in told
    assert site.paths() == []
