"""The demo's press, asked over real sockets: feeds that grow, conditional requests, pages that are real HTML."""

import gzip
import http.client
import json
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import feedparser
import pytest

from scheduler.demo.edition import DemoArticle, PublishedArticle
from scheduler.demo.feeds import ENTRIES_SHOWN, write_feed
from scheduler.demo.press import Press, find_place
from settings import load_settings
from settings.model import Outlet, Source
from tests.daemon.demo_client import ask
from tests.shipped import read_shipped

VOID = frozenset({"meta", "link", "img", "input", "br", "hr"})


@pytest.fixture
def press() -> Iterator[Press]:
    """Before the first article."""
    with Press() as running:
        yield running


@pytest.fixture(scope="module")
def archive() -> Iterator[Press]:
    """After the last article; never changed."""
    with Press() as running:
        while running.publish_next():
            pass
        yield running


@pytest.fixture(scope="module")
def watched(archive: Press, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outlet]:
    settings = load_settings(archive.write_config(tmp_path_factory.mktemp("config")), {})
    return {outlet.slug: outlet for outlet in settings.outlets}


def source_of(press: Press, slug: str, folder: Path) -> Source:
    return next(source for source in load_settings(press.write_config(folder), {}).sources if source.outlet == slug)


def find(press: Press, number: int) -> PublishedArticle:
    return next(piece for piece in press.published if piece.article.number == number)


# ── the configuration ────────────────────────────────────────────────────────────────────────────


def test_the_written_configuration_watches_loopback_only_and_without_waiting(archive: Press, tmp_path: Path) -> None:
    settings = load_settings(archive.write_config(tmp_path / "a folder"), {})

    assert {source.host for source in settings.sources} == {"127.0.0.1"}
    assert all(source.allow_private for source in settings.sources)
    assert max(source.every for source in settings.sources) <= timedelta(seconds=2)
    assert {source.delay for source in settings.sources} == {timedelta(0)}
    assert settings.run.data_dir == tmp_path / "a folder" / "data"


def test_beside_another_dashboard_the_demo_shows_its_own_at_another_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        usual = f"127.0.0.1:{taken.getsockname()[1]}"
        found = find_place(usual)
    assert found != usual
    assert find_place(found) == found


def test_all_but_sources_and_run_is_what_is_shipped(archive: Press, tmp_path: Path) -> None:
    assert load_settings(archive.write_config(tmp_path), {}).digest == read_shipped().digest


def test_each_outlet_has_a_port_of_its_own(watched: dict[str, Outlet]) -> None:
    ports = [urlsplit(outlet.homepage).port for outlet in watched.values()]
    assert len(set(ports)) == len(watched)
    assert None not in ports


# ── publishing ───────────────────────────────────────────────────────────────────────────────────


def test_an_article_is_not_there_before_it_is_published(press: Press, tmp_path: Path) -> None:
    source = source_of(press, "twin-rivers-wire", tmp_path)
    assert feedparser.parse(ask(source.url).body).entries == []

    piece = press.publish_next()

    assert piece is not None
    assert piece.article.outlet == "twin-rivers-wire"
    (entry,) = feedparser.parse(ask(source.url).body).entries
    assert (entry.title, entry.link) == (piece.article.title, piece.url)
    assert ask(piece.url).status == 200
    later = press.edition.articles[-1]
    assert ask(piece.url.replace(piece.article.path, later.path)).status == 404


def test_a_feed_shows_the_newest_first(archive: Press, watched: dict[str, Outlet]) -> None:
    for outlet in watched.values():
        for source in (source for source in outlet.sources if source.kind == "feed"):
            ours = [piece for piece in reversed(archive.published) if piece.article.outlet == outlet.slug]
            reply = ask(source.url)
            if source.url.endswith(".json"):
                shown = [item["title"] for item in json.loads(reply.body)["items"]]
            else:
                feed = feedparser.parse(reply.body)
                assert not feed.bozo, feed.get("bozo_exception")
                shown = [entry.title for entry in feed.entries]
            assert shown == [piece.article.title for piece in ours]


def test_a_feed_forgets_what_is_older_than_its_twenty_newest(archive: Press, watched: dict[str, Outlet]) -> None:
    many = [find(archive, 1)] * (ENTRIES_SHOWN + 5)
    for slug, count in (("twin-rivers-wire", "<item>"), ("marsad-institute", "<entry>"), ("karaneh-agency", '"id"')):
        outlet = watched[slug]
        _, body = write_feed(outlet, outlet.sources[0].url, many)
        assert body.decode().count(count) == ENTRIES_SHOWN


def test_the_round_is_interleaved_and_ends(press: Press) -> None:
    numbers = []
    while (piece := press.publish_next()) is not None:
        numbers.append(piece.article.number)

    assert numbers == sorted(numbers)
    assert len(numbers) == len(press.edition.articles)
    assert len({piece.article.outlet for piece in press.published[:12]}) == len(press.edition.outlets)
    assert press.publish_next() is None


def test_an_article_says_that_it_was_published_a_little_before_it_is_seen() -> None:
    now = datetime(2026, 1, 5, 12, 0, 30, 999, tzinfo=UTC)
    with Press(clock=lambda: now) as press:
        piece = press.publish_next()
        assert piece is not None
        assert piece.released == now.replace(microsecond=0)
        assert piece.published == piece.released - piece.article.age
        assert piece.published.isoformat() in ask(piece.url).text


# ── HTTP ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_unchanged_feed_answers_304_to_either_validator(archive: Press, watched: dict[str, Outlet]) -> None:
    for outlet in watched.values():
        first = ask(outlet.sources[0].url)
        assert first.status == 200
        by_tag = ask(outlet.sources[0].url, If_None_Match=first.headers["ETag"])
        by_date = ask(outlet.sources[0].url, If_Modified_Since=first.headers["Last-Modified"])
        assert (by_tag.status, by_date.status) == (304, 304)
        assert by_tag.body == by_date.body == b""


def test_a_feed_that_grew_answers_200_to_the_old_tag_even_within_one_second(press: Press, tmp_path: Path) -> None:
    source = source_of(press, "twin-rivers-wire", tmp_path)
    press.publish_next()
    old = ask(source.url)
    while (piece := press.publish_next()) and piece.article.outlet != "twin-rivers-wire":
        pass

    tag, date = old.headers["ETag"], old.headers["Last-Modified"]
    assert ask(source.url, If_None_Match=tag, If_Modified_Since=date).status == 200


def test_a_date_that_is_none_is_no_validator(archive: Press) -> None:
    assert ask(find(archive, 1).url, If_Modified_Since="yesterday").status == 200


def test_pages_are_compressed_for_those_who_accept_it(archive: Press) -> None:
    url = find(archive, 1).url
    plain, packed = ask(url), ask(url, Accept_Encoding="gzip, deflate")

    assert plain.headers["Content-Encoding"] is None
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body


def test_a_head_request_brings_the_head_only(archive: Press) -> None:
    url = find(archive, 1).url
    reply = ask(url, "HEAD")
    assert (reply.status, reply.body) == (200, b"")
    assert int(reply.headers["Content-Length"]) == len(ask(url).body)


def test_a_connection_serves_many_requests(archive: Press) -> None:
    parts = urlsplit(find(archive, 1).url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        for _ in range(3):
            connection.request("GET", parts.path)
            assert connection.getresponse().read()
    finally:
        connection.close()


def test_a_page_that_is_refused_or_gone_says_so_and_nothing_of_its_text(archive: Press) -> None:
    statuses = {
        piece.article.number: ask(piece.url).status for piece in archive.published if piece.article.status != 200
    }
    assert statuses == {35: 403, 45: 404, 54: 403}
    refused = find(archive, 35)
    assert refused.article.title not in ask(refused.url).text


def test_robots_txt_forbids_what_is_for_members(archive: Press, watched: dict[str, Outlet]) -> None:
    for outlet in watched.values():
        reply = ask(f"{outlet.homepage}robots.txt")
        assert reply.headers["Content-Type"].startswith("text/plain")
        assert "Disallow: /members/" in reply.text
    assert urlsplit(find(archive, 40).url).path.startswith("/members/")


def test_what_no_outlet_has_is_not_found(archive: Press, watched: dict[str, Outlet]) -> None:
    home = watched["gulf-ledger"].homepage
    assert ask(f"{home}news/nothing").status == 404
    assert ask(f"{home}images/photo.svg").headers["Content-Type"] == "image/svg+xml"


def test_after_closing_nobody_answers() -> None:
    press = Press()
    piece = press.publish_next()
    press.close()
    assert piece is not None
    with pytest.raises(OSError, match="refused"):
        ask(piece.url)


# ── pages ────────────────────────────────────────────────────────────────────────────────────────


class Nesting(HTMLParser):
    """Notes every tag that is closed out of order or never."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        if tag == "p" and "p" in self.open[:-1]:
            self.faults.append(f"p in p at {self.getpos()}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> at {self.getpos()}")


def pages(press: Press) -> Iterator[tuple[DemoArticle, str]]:
    for piece in press.published:
        if not piece.article.link:
            yield piece.article, ask(piece.url).text


def test_every_page_is_well_formed_html_in_its_outlets_language(archive: Press, watched: dict[str, Outlet]) -> None:
    texts = [(article.slug, watched[article.outlet], text) for article, text in pages(archive)]
    texts += [(outlet.slug, outlet, ask(outlet.homepage).text) for outlet in watched.values()]
    for name, outlet, text in texts:
        nesting = Nesting()
        nesting.feed(text)
        nesting.close()
        assert (name, nesting.faults, nesting.open) == (name, [], [])
        assert text.startswith("<!doctype html>")
        assert f'<html lang="{outlet.language}"' in text
        assert ('dir="rtl"' in text) == (outlet.language in ("ar", "fa"))


def test_no_placeholder_and_no_mark_of_the_data_files_is_left_in_a_page(archive: Press) -> None:
    for article, text in pages(archive):
        assert re.search(r"\$[a-z_]+|\{[a-z-]+\}|<p>(##|!!|~~)", text) is None, article.slug


def test_the_gulf_ledger_prints_a_caption_four_times(archive: Press) -> None:
    article = find(archive, 9).article
    assert article.photo
    assert ask(find(archive, 9).url).text.count(article.photo.replace("'", "&#x27;")) == 4


def test_an_encoded_box_is_printed_as_one_percent_encoded_word_with_its_title(archive: Press) -> None:
    text = ask(find(archive, 2).url).text
    assert "Getting%20there%20" in text
    (box,) = re.findall(r">(%3Cp%3E[^<]*)<", text)
    assert " " not in box
    assert unquote(box).startswith("<p>Three airlines fly from Abu Dhabi")


def test_the_levant_dispatch_repeats_its_headline_and_says_how_long_it_takes(archive: Press) -> None:
    piece = find(archive, 10)
    text = ask(piece.url).text
    assert text.count(f">{piece.article.title}<") == 3
    assert "5 min read" in text
    assert ">Live Story<" in text


def test_the_wire_describes_its_articles_in_json_ld(archive: Press) -> None:
    piece = find(archive, 8)
    (described,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', ask(piece.url).text, re.DOTALL)
    data = json.loads(described)
    assert data["headline"] == piece.article.title
    assert datetime.fromisoformat(data["datePublished"]) == piece.published


def test_a_stub_ends_in_an_invitation_to_subscribe(archive: Press) -> None:
    assert "The full text of this post is available to subscribers." in ask(find(archive, 5).url).text


def test_the_section_page_lists_articles_among_other_links(archive: Press, watched: dict[str, Outlet]) -> None:
    section = ask(watched["levant-dispatch"].sources[0].url).text
    cards = re.findall(r'<article class="card">\s*<h3><a href="([^"]+)"', section)
    ours = [piece.article.path for piece in archive.published if piece.article.outlet == "levant-dispatch"]
    assert cards == ours[::-1]
    assert 'href="/newsletter"' in section
