"""What sitemaps, the Wayback Machine's index and lists say of the past, in the forms of the real services."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.errors import FeedError
from crawler.models import Page
from settings.model import Source
from spiders.archives import Span, Way, ask_wayback, read_list, read_past

SPAN = Span(datetime(2025, 3, 1, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC))
SOURCE = Source(name="wire", outlet="wire", kind="sitemap", url="https://wire.example/map.xml", scope=("wire.example",))
CDX = "https://web.archive.org/cdx/search/cdx"
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def page_of(body: str, url: str = SOURCE.url) -> Page:
    raw = body.encode()
    return Page(url, url, 200, (("Content-Type", "application/xml"),), raw, raw, NOW)


def entry(tag: str, path: str, lastmod: str = "") -> str:
    date = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    return f"<{tag}><loc>https://wire.example{path}</loc>{date}</{tag}>"


def test_of_an_index_those_sitemaps_are_read_that_may_hold_the_time() -> None:
    listed = [
        entry("sitemap", "/post-sitemap1.xml", "2024-12-31T23:00:00+00:00"),
        entry("sitemap", "/post-sitemap2.xml", "2025-03-20T00:00:00+00:00"),
        entry("sitemap", "/post-sitemap3.xml", "2026-11-01"),
        entry("sitemap", "/category-sitemap.xml", "2026-11-01"),
        entry("sitemap", "/undated.xml"),
    ]
    past = read_past(page_of(f"<sitemapindex>{''.join(listed)}</sitemapindex>"), SOURCE, Way("sitemap", SPAN))
    assert [urlsplit(url).path for url in past.more] == ["/post-sitemap2.xml", "/post-sitemap3.xml", "/undated.xml"]
    assert (past.links, past.left_out) == ((), 2)


def test_of_a_sitemap_those_articles_are_taken_that_are_of_the_time_or_say_nothing_of_it() -> None:
    listed = [
        entry("url", "/old", "2025-02-27"),
        entry("url", "/in", "2025-03-10T08:00:00Z"),
        entry("url", "/late", "2025-04-02"),
        entry("url", "/undated"),
    ]
    past = read_past(page_of(f"<urlset>{''.join(listed)}</urlset>"), SOURCE, Way("sitemap", SPAN))
    assert [urlsplit(each.original).path for each in past.links] == ["/in", "/undated"]
    assert past.left_out == 2


def test_robots_txt_leads_to_the_sitemaps() -> None:
    way = Way("sitemap", SPAN)
    feed = SOURCE.model_copy(update={"kind": "feed", "url": "https://wire.example/rss.xml"})
    assert way.name_starts(feed) == ("https://wire.example/robots.txt",)
    robots = page_of("User-agent: *\nSitemap: https://wire.example/a.xml\n", "https://wire.example/robots.txt")
    assert read_past(robots, feed, way).more == ("https://wire.example/a.xml",)
    nothing = page_of("User-agent: *\n", "https://wire.example/robots.txt")
    assert read_past(nothing, feed, way).more == ("https://wire.example/sitemap.xml",)


def test_the_wayback_machine_is_asked_for_html_of_the_host_in_that_time() -> None:
    asked = parse_qs(urlsplit(ask_wayback(CDX, "wire.example", SPAN)).query)
    assert asked["url"] == ["wire.example"]
    assert (asked["from"], asked["to"]) == (["20250301000000"], ["20250331235959"])
    assert asked["filter"] == ["statuscode:200", "mimetype:text/html"]
    assert asked["showResumeKey"] == ["true"]


def test_captures_are_fetched_as_they_came_and_known_by_the_outlets_address() -> None:
    way = Way("wayback", SPAN, CDX)
    [start] = way.name_starts(SOURCE)
    rows = [
        ["timestamp", "original"],
        ["20250310120000", "https://wire.example/a?x=1"],
        ["20240101000000", "https://wire.example/old"],
        ["20250310120000", "javascript:void(0)"],
        ["2025", "https://wire.example/short"],
        [],
        ["example,wire)/b 20250311000000"],
    ]
    past = read_past(page_of(json.dumps(rows), start), SOURCE, way)
    [link] = past.links
    assert link.original == "https://wire.example/a?x=1"
    assert link.link.url == "https://web.archive.org/web/20250310120000id_/https://wire.example/a?x=1"
    assert past.left_out == 3
    [more] = past.more
    asked = parse_qs(urlsplit(more).query)
    assert asked["resumeKey"] == ["example,wire)/b 20250311000000"]
    assert asked["filter"] == ["statuscode:200", "mimetype:text/html"]
    last = read_past(page_of(json.dumps(rows[:2]), more), SOURCE, way)
    assert (len(last.links), last.more) == (1, ())


@pytest.mark.parametrize("body", ["", "<html>busy</html>", '{"a": 1}', "[1]", "[" * 100_000])
def test_what_is_no_answer_of_an_index_is_told(body: str) -> None:
    with pytest.raises(FeedError):
        read_past(page_of(body, f"{CDX}?url=x"), SOURCE, Way("wayback", SPAN, CDX))


def test_an_index_without_captures_is_none() -> None:
    past = read_past(page_of("[]", f"{CDX}?url=x"), SOURCE, Way("wayback", SPAN, CDX))
    assert (past.links, past.more, past.left_out) == ((), (), 0)


@pytest.mark.parametrize(
    "content",
    [
        "https://a.example/1\n\n# none\nhttps://a.example/2\nhttps://a.example/1\n",
        'title,url\n"One, two",https://a.example/1\n"Two",https://a.example/2\n',
        '<opml><outline xmlUrl="https://a.example/1"/><outline htmlUrl="https://a.example/2"/></opml>',
    ],
)
def test_a_list_may_be_text_csv_or_opml(content: str) -> None:
    assert [each.original for each in read_list(content.encode())] == ["https://a.example/1", "https://a.example/2"]
