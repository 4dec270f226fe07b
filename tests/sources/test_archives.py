"""What sitemaps, the Wayback Machine's index and lists say of the past, in the forms of the real services."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from crawler.errors import FeedError
from crawler.models import Page
from settings.model import LinkSelector, Source
from spiders.archives import Past, Way, ask_wayback, read_list, read_past
from spiders.commoncrawl import NEWS, list_paths
from spiders.periods import Span

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


def test_sitemaps_of_other_hosts_are_left_out_and_told() -> None:
    """Where all of them are, nothing would be found and nobody would know why."""
    listed = [f"<sitemap><loc>https://{host}/a.xml</loc></sitemap>" for host in ("maps.example", "10.0.0.1")]
    past = read_past(page_of(f"<sitemapindex>{''.join(listed)}</sitemapindex>"), SOURCE, Way("sitemap", SPAN))

    assert (past.more, past.left_out) == ((), 2)
    assert "10.0.0.1, maps.example" in past.problems[0]


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


def test_brackets_around_an_address_are_not_part_of_it_and_its_own_are() -> None:
    lines = (
        "(https://o.example/a)",
        "[b](HTTPS://O.example/b)",
        "https://o.example/c_(town)",
        "(https://o.example/d_(e))",
    )
    addresses = [each.original for each in read_list("\n".join(lines).encode())]
    assert addresses == [
        "https://o.example/a",
        "HTTPS://O.example/b",
        "https://o.example/c_(town)",
        "https://o.example/d_(e)",
    ]


def test_a_comma_ends_an_address_in_a_table_only() -> None:
    written = "https://a.example/one,2.html"
    assert [each.original for each in read_list(f"{written}\n".encode())] == [written]
    assert [each.original for each in read_list(f"{written}\n".encode(), is_table=True)] == ["https://a.example/one"]
    assert [each.original for each in read_list(b"address;day\nhttps://a.example/1;2025")] == ["https://a.example/1"]


def test_what_is_broken_in_a_list_hides_nothing_else_of_it() -> None:
    lines = (
        b"title,url",
        b'"no end,https://a.example/1',
        b"\xff\x00\r" + b"x" * 200_000,
        b"Two,https://a.example/2,2025",
    )
    assert [each.original for each in read_list(b"\n".join(lines))] == ["https://a.example/1", "https://a.example/2"]
    assert read_list(bytes(range(256)) * 20) == []


# ── an outlet's own lists of its past ────────────────────────────────────────────────────────────

DAYS = "https://wire.example/archive/{year}/{month}/{day}"
NUMBERED = "https://wire.example/news?page={page}"


def list_page(*paths: str, after: str = "") -> str:
    items = "".join(
        f'<li><a href="{path}">A headline of some length, number {n}</a></li>' for n, path in enumerate(paths)
    )
    return f'<html><body><nav><a href="/about">About</a></nav><ul class="list">{items}</ul>{after}</body></html>'


def read_pages(body: str, url: str, *places: str, **fields: object) -> Past:
    source = SOURCE.model_copy(update={"kind": "section", "links": LinkSelector(css=".list a"), **fields})
    return read_past(page_of(body, url), source, Way("pages", SPAN, places=places))


def test_there_is_a_page_for_each_day_or_month_of_the_time() -> None:
    days = Way("pages", SPAN, places=(DAYS,)).name_starts(SOURCE)
    assert (len(days), days[0], days[-1]) == (
        31,
        DAYS.format(year=2025, month="03", day="01"),
        f"{DAYS[:29]}2025/03/31",
    )
    months = Way("pages", Span(SPAN.since, SPAN.until + timedelta(days=40)), places=(f"{DAYS[:29]}{{year}}-{{month}}",))
    assert [each[-7:] for each in months.name_starts(SOURCE)] == ["2025-03", "2025-04", "2025-05"]
    assert Way("pages", SPAN, places=(NUMBERED,)).name_starts(SOURCE) == ("https://wire.example/news?page=1",)


def test_what_stands_on_a_days_page_is_of_that_day_unless_its_address_says_otherwise() -> None:
    url = "https://wire.example/archive/2025/03/10"
    past = read_pages(list_page("/a/one", "/a/two", "/2019/05/06/popular-again", "/2025-03-11/late"), url, DAYS)
    assert [urlsplit(each.original).path for each in past.links] == ["/a/one", "/a/two", "/2025-03-11/late"]
    assert (past.left_out, past.more) == (1, ())
    outside = read_pages(list_page("/a/one"), "https://wire.example/archive/2024/03/10", DAYS)
    assert outside.links == ()


def test_numbered_pages_are_read_until_one_is_empty_or_all_of_it_is_too_old() -> None:
    first = "https://wire.example/news?page=1"
    assert read_pages(list_page("/2025/04/02/new"), first, NUMBERED).more == ("https://wire.example/news?page=2",)
    assert read_pages(list_page("/news/1"), first.replace("1", "41"), NUMBERED).more[0].endswith("page=42")
    assert read_pages(list_page("/2025/02/02/old", "/2025/02/01/old"), first, NUMBERED).more == ()
    assert read_pages(list_page(), first, NUMBERED).more == ()


@pytest.mark.parametrize(
    "after",
    [
        '<a rel="next" href="/news/2">2</a>',
        '<a href="/news/2">Older posts</a>',
        '<a href="/news/2">التالي</a>',
        '<a href="/news/2" aria-label="Next page"><svg></svg></a>',
    ],
)
def test_without_a_pattern_the_page_says_which_is_next(after: str) -> None:
    past = read_pages(list_page("/a/one", after=after), "https://wire.example/news", "https://wire.example/news")
    assert past.more == ("https://wire.example/news/2",)
    away = after.replace("/news/2", "https://elsewhere.example/2")
    assert (
        read_pages(list_page("/a/one", after=away), "https://wire.example/news", "https://wire.example/news").more == ()
    )


def test_a_page_that_lists_nothing_that_is_known_says_so_and_an_empty_one_or_one_after_the_last_does_not() -> None:
    unknown = list_page("/about-us", "/contact")
    [problem] = read_pages(unknown, "https://wire.example/archive/2025/03/10", DAYS, links=LinkSelector()).problems
    assert problem == (
        "https://wire.example/archive/2025/03/10: none of its 2 links has the form of an article's; "
        "say which with past_links:"
    )
    chosen = read_pages(unknown, "https://wire.example/archive/2025/03/10", DAYS, past_links=LinkSelector(css=".no a"))
    assert "chooses none of its 2 links" in chosen.problems[0]
    assert read_pages(list_page(), "https://wire.example/archive/2025/03/10", DAYS).problems == ()
    first, later = (read_pages(unknown, NUMBERED.format(page=n), NUMBERED, links=LinkSelector()) for n in (1, 7))
    assert (len(first.problems), later.problems) == (1, ())


def test_the_links_of_such_pages_may_be_chosen_by_a_selector_of_their_own() -> None:
    body = list_page("/a/one", after='<p class="old"><a href="/a/two">Two</a></p>')
    past = read_pages(body, "https://wire.example/archive/2025/03/10", DAYS, past_links=LinkSelector(css=".old a"))
    assert [urlsplit(each.original).path for each in past.links] == ["/a/two"]


# ── Common Crawl ─────────────────────────────────────────────────────────────────────────────────

NEWS_PATHS = "https://data.commoncrawl.org/crawl-data/CC-NEWS/2025/03/warc.paths.gz"


def test_the_lists_of_news_files_are_those_of_the_months() -> None:
    way = Way("commoncrawl", Span(SPAN.since, SPAN.until + timedelta(days=1)), places=(NEWS,))
    assert way.name_starts(SOURCE) == (NEWS_PATHS, NEWS_PATHS.replace("/03/", "/04/"))


def test_a_list_names_files_by_their_server_and_those_of_other_days_are_left_out() -> None:
    span = Span(datetime(2025, 3, 10, tzinfo=UTC), datetime(2025, 3, 11, tzinfo=UTC))
    names = [f"crawl-data/CC-NEWS/2025/03/CC-NEWS-202503{day:02}001234-0{day:04}.warc.gz" for day in (1, 9, 10, 20)]
    body = gzip.compress("\n".join(names).encode())
    page = Page(NEWS_PATHS, NEWS_PATHS, 200, (("Content-Type", "application/octet-stream"),), body, body, NOW)
    past = read_past(page, SOURCE, Way("commoncrawl", span, places=(NEWS,)))
    assert past.more == tuple(f"https://data.commoncrawl.org/{name}" for name in names[1:3])
    assert past.left_out == 2


LISTED = b"crawl-data/one.warc.gz\ncrawl-data/two.warc.gz\n"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (gzip.compress(LISTED)[:-1], "the list is broken: Compressed file ended"),
        (gzip.compress(LISTED * 500)[:40], "the list is broken"),
        (gzip.compress(LISTED) + gzip.compress(LISTED)[:-1], "the list is broken"),
        (gzip.compress(LISTED)[:-8] + bytes(8), "the list is broken: CRC"),
        (gzip.compress(bytes(33 << 20)), "the list is larger than 32 MiB"),
        (gzip.compress(b"\n"), "the list is empty"),
        (b"", "the list is empty"),
    ],
    # not the bytes, which tell the time
    ids=["cut", "cut early", "second cut", "checksum", "large", "blank", "empty"],
)
def test_a_list_of_which_a_part_is_missing_is_none(body: bytes, told: str) -> None:
    with pytest.raises(FeedError, match=told):
        list_paths(body, NEWS_PATHS)


def test_a_list_that_is_compressed_in_parts_is_read_to_its_end() -> None:
    assert len(list_paths(gzip.compress(LISTED) + gzip.compress(LISTED), NEWS_PATHS)) == 4


def test_a_list_from_the_web_names_no_file_of_this_machine() -> None:
    listed = ["file:///etc/passwd.warc.gz", "/etc/shadow.warc.gz", "../../x.warc.gz", "s3://private/x.warc.gz"]
    assert all(
        each.startswith("https://data.commoncrawl.org/") for each in list_paths("\n".join(listed).encode(), NEWS_PATHS)
    )
    with pytest.raises(FeedError, match="not a list of WARC files"):
        list_paths(b"<html>busy</html>", NEWS_PATHS)
