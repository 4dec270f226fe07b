"""What pages and robots.txt tell of an outlet's sources, and of the outlet."""

import time
from datetime import UTC, datetime

import pytest

from crawler.models import Page
from spiders.discovery import MAX_CANDIDATES, Profile, describe_outlet, find_candidates, find_sitemaps, name_start

URL = "https://www.wire.example/en/"


def page_of(body: str, url: str = URL) -> Page:
    return Page(url, url, 200, (), body.encode(), body.encode(), datetime(2026, 5, 1, tzinfo=UTC))


def test_feeds_named_in_the_head_come_before_links_and_each_comes_once() -> None:
    page = page_of(
        '<a href="/rss/politics">Politics</a><a href="/about/feedback">Feedback</a><a href="/rss.xml">All</a>'
        '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
        '<link rel="alternate" type="application/atom+xml; charset=utf-8" href="//feeds.wire.example/atom">'
        '<link rel="alternate" type="application/rss+xml" href="/comments/feed">'
        '<link rel="alternate" hreflang="ar" href="https://ar.wire.example/">'
        '<link rel="alternate" type="application/rss+xml" href="https://elsewhere.example/rss">'
        '<link rel="alternate" type="application/json+oembed" href="/wp-json/oembed">'
    )
    assert [(each.url, each.origin) for each in find_candidates(page)] == [
        ("https://www.wire.example/rss.xml", "named in the page's head"),
        ("https://feeds.wire.example/atom", "named in the page's head"),
        ("https://elsewhere.example/rss", "named in the page's head"),
        ("https://www.wire.example/rss/politics", "linked on the page"),
        ("https://www.wire.example/rss.xml", "linked on the page"),
    ]


@pytest.mark.parametrize(
    "anchor",
    [
        '<a href="/backend.php?output=rss&amp;lang=ar">Latest</a>',
        '<a href="/index.php?format=feed&amp;type=rss">Latest</a>',
        '<a href="/ar/rssfeed.aspx">Latest</a>',
        '<a href="/rss2.xml">Latest</a>',
        '<a href="/xml/all">RSS</a>',
        '<a href="/xml/all">خدمة RSS</a>',
        '<a href="/xml/all" title="RSS-лента">Latest</a>',
        '<a href="/xml/all"><img src="/i.png" alt="rss icon"></a>',
        '<a href="/xml/all"><i class="fa fa-rss"></i></a>',
    ],
)
def test_a_link_is_to_a_feed_by_its_path_its_query_or_its_words(anchor: str) -> None:
    (found,) = find_candidates(page_of(f"<footer>{anchor}</footer>"))
    assert found.origin == "linked on the page"


@pytest.mark.parametrize(
    "anchor",
    [
        '<a href="/press">Press releases across the country</a>',
        '<a href="/feedback?from=feeds">Feedback</a>',
        '<a href="/news/rssi-announces-merger-of-firms">RSSI</a>',
        '<a href="/all.xml">Everything</a>',
        '<a href="/search?q=atomic">Atomic energy</a>',
        '<a href="https://elsewhere.example/rss">RSS</a>',
    ],
)
def test_what_only_sounds_like_a_feed_or_is_somebody_elses_is_none(anchor: str) -> None:
    assert list(find_candidates(page_of(anchor))) == []


@pytest.mark.parametrize(("url", "title"), [(URL, "Our RSS services"), ("https://www.wire.example/services/rss/", "x")])
def test_on_a_page_about_feeds_files_of_any_name_are_some(url: str, title: str) -> None:
    page = page_of(f'<title>{title}</title><a href="/x/world.xml">World</a><a href="/about">About</a>', url)
    assert [each.url for each in find_candidates(page)] == ["https://www.wire.example/x/world.xml"]


def test_sitemaps_of_news_come_first_and_a_flood_is_cut() -> None:
    lines = "\n".join(f"Sitemap: https://www.wire.example/{number}.xml" for number in range(500))
    robots = page_of(f"User-agent: *\n{lines}\nsitemap:/news-map.xml\nSitemap: file:///etc/passwd")
    found = [each.url for each in find_sitemaps(robots)]
    assert found[0] == "https://www.wire.example/news-map.xml"
    assert len(found) == MAX_CANDIDATES


def test_a_robots_txt_of_empty_lines_is_looked_through_once() -> None:
    began = time.process_time()
    assert list(find_sitemaps(page_of("\n" * (256 << 10) + "Sitemap: /a.xml"))) != []
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "body", ["<link rel=alternate href='http://['>", "<a href='http://[/rss'>x</a>", "<a href='/rss\0'>"]
)
def test_hostile_links_do_no_harm(body: str) -> None:
    assert all(each.url.startswith("https://www.wire.example/") for each in find_candidates(page_of(body)))


@pytest.mark.parametrize(
    ("url", "body", "expected"),
    [
        (
            "https://www.wire.co.uk/news",
            '<html lang="en-GB"><title>News - The Wire</title><meta property="og:site_name" content="The Wire">',
            Profile("wire", "The Wire", "en", "https://www.wire.co.uk/"),
        ),
        (
            "https://arabic.wire.example:8443/x",
            '<html lang="AR"><title>الخبر | الرئيسية</title>',
            Profile("arabic-wire", "الخبر", "ar", "https://arabic.wire.example:8443/"),
        ),
        ("https://wire.iq/", "<html><title> </title>", Profile("wire", "wire.iq", "", "https://wire.iq/")),
        ("http://127.0.0.1:80/", "", Profile("127-0-0-1", "127.0.0.1", "", "http://127.0.0.1:80/")),
        (
            "https://t.me/s/The_Wire",
            '<meta property="og:title" content="The Wire: news"><html lang="x">',
            Profile("the-wire", "The Wire: news", "", "https://t.me/The_Wire"),
        ),
    ],
)
def test_an_outlet_is_described_by_what_it_says_of_itself(url: str, body: str, expected: Profile) -> None:
    assert describe_outlet(url, page_of(body, url)) == expected


@pytest.mark.parametrize(
    ("given", "start"),
    [
        ("https://t.me/the_wire", "https://t.me/s/the_wire"),
        ("https://t.me/s/the_wire/", "https://t.me/s/the_wire"),
        ("https://telegram.me/the_wire", "https://t.me/s/the_wire"),
        ("https://wire.example/the_wire", "https://wire.example/the_wire"),
    ],
)
def test_a_channel_is_begun_at_its_preview(given: str, start: str) -> None:
    assert name_start(given) == start
