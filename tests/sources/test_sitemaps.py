"""Sitemaps, news sitemaps and indexes: each file of data/sitemaps says beside itself what is expected of it."""

import gzip
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.errors import FeedError
from crawler.models import Link, Page
from settings.model import Source
from spiders.feeds import MAX_BYTES, MAX_ITEMS, FeedLinks, Further
from spiders.readers import read_links
from spiders.sitemaps import FIRST_CHILDREN, MAX_CHILDREN, read_sitemap

SITEMAPS = Path(__file__).parent / "data" / "sitemaps"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
URL = "https://wire.example/sitemap.xml"
SOURCE = Source(
    name="wire-sitemap",
    outlet="wire",
    kind="sitemap",
    url=URL,
    scope=("wire.example",),
    max_age=timedelta(days=3),
)


def page_of(body: str | bytes, url: str = URL, **headers: str) -> Page:
    content = body.encode() if isinstance(body, str) else body
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Page(url, url, 200, named, content, content, NOW)


def as_written(link: Link) -> dict[str, object]:
    """A link as the expectation files write it: what is empty is left out."""
    values = asdict(link) | {"published": link.published and link.published.isoformat()}
    return {name: value for name, value in values.items() if value}


@pytest.mark.parametrize("name", sorted(path.name for path in SITEMAPS.iterdir() if ".expected." not in path.name))
def test_a_sitemap_is_read_as_the_file_beside_it_says(name: str) -> None:
    expected = json.loads((SITEMAPS / f"{name}.expected.json").read_text())
    found = read_links(page_of((SITEMAPS / name).read_bytes()), SOURCE)
    assert [as_written(link) for link in found.links] == expected["links"]
    assert (found.detail, found.more, found.capped) == (expected.get("detail", ""), (), 0)


def test_a_packed_sitemap_is_unpacked_under_the_same_cap() -> None:
    news = (SITEMAPS / "news.xml").read_bytes()
    assert read_sitemap(page_of(gzip.compress(news)), SOURCE).links == read_sitemap(page_of(news), SOURCE).links
    with pytest.raises(FeedError, match="larger than 8 MiB"):
        read_sitemap(page_of(gzip.compress(b"<urlset>" + b" " * MAX_BYTES)), SOURCE)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty body"),
        ("\n ", "empty body"),
        ("<!doctype html><html><body>Not found", "an HTML page, not a sitemap"),
        ("<rss><channel/></rss>", "a feed, not a sitemap: name it `feed:`"),
        ("https://wire.example/1\n", "neither a sitemap nor an index of sitemaps"),
        (b"\x1f\x8bbroken", "broken gzip"),
        (b"\x00\xff\xfe", "neither a sitemap nor an index of sitemaps"),
    ],
)
def test_what_is_no_sitemap_is_a_feed_error(body: str | bytes, reason: str) -> None:
    with pytest.raises(FeedError) as refusal:
        read_sitemap(page_of(body), SOURCE)
    assert refusal.value.reason == reason


def test_without_an_age_everything_is_wanted() -> None:
    source = SOURCE.model_copy(update={"max_age": None})
    found = read_sitemap(page_of((SITEMAPS / "news.xml").read_bytes()), source)
    assert not [link for link in found.links if link.problem.startswith("older")]


@pytest.mark.parametrize("day", ["2026-04-28", "2026-04", "2026"])
def test_a_date_without_a_time_is_taken_for_its_end(day: str) -> None:
    # 3 days before noon of 1 May is noon of 28 April; the day is not over then, nor the month of April
    found = read_sitemap(page_of(f"<urlset><url><loc>/a</loc><lastmod>{day}</lastmod></url></urlset>"), SOURCE)
    assert found.links[0].problem == ""


def test_of_too_many_addresses_the_newest_are_kept_and_the_others_counted() -> None:
    days = [f"<url><loc>/{n}</loc><lastmod>2026-04-{n % 30 + 1:02}T00:00:00Z</lastmod></url>" for n in range(MAX_ITEMS)]
    fresh = [f"<url><loc>/fresh-{n}</loc><lastmod>2026-05-01T11:00:00Z</lastmod></url>" for n in range(40)]
    found = read_sitemap(page_of(f"<urlset>{''.join(days + fresh)}</urlset>"), SOURCE)
    assert (len(found.links), found.capped) == (MAX_ITEMS, 40)
    assert sum("fresh" in link.url for link in found.links) == 40
    assert found.links[-1].url.endswith("/fresh-39"), "in the order of the sitemap"


def test_hostile_markup_does_no_harm() -> None:
    deep = "<urlset>" + "<url>" * 5000 + "<loc>/deep</loc>"
    for body in (
        deep,
        "<urlset><url><loc>/a\0b&#0;&#xFFFF;</loc></url></urlset>",
        "<urlset" + " a='b'" * 1000 + "/>",
        f"<urlset>{'<![CDATA[' * 200_000}",
        "<urlset><url><loc>/a&#xD800;b</loc></url>",
    ):
        assert all(isinstance(link, Link) for link in read_sitemap(page_of(body), SOURCE).links)


# ── indexes ──────────────────────────────────────────────────────────────────────────────────────


def index_of(*children: tuple[str, str | None]) -> str:
    entries = "".join(
        f"<sitemap><loc>{loc}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</sitemap>"
        for loc, lastmod in children
    )
    return f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</sitemapindex>'


def read_index(body: str, memory: str = "", *, answer: bool = True) -> tuple[list[str], FeedLinks]:
    """Names of the sitemaps that a poll asks for, and what it found after it read them (if they answer)."""
    found = read_sitemap(page_of(body), SOURCE, memory)
    last = found
    for further in found.more if answer else ():
        last = read_sitemap(page_of("<urlset/>", further.url, ETag='"e"'), SOURCE, last.memory or "")
    return [further.url.rpartition("/")[2] for further in found.more], last


MONTHS = [(f"/sitemap-2026-{month:02}.xml", f"2026-{month:02}-28T00:00:00Z") for month in range(1, 5)]


def test_an_index_leads_to_its_newest_sitemaps_and_says_how_many_it_left() -> None:
    found = read_sitemap(page_of(index_of(*MONTHS)), SOURCE)
    assert [further.url for further in found.more] == [
        "https://wire.example/sitemap-2026-04.xml",
        "https://wire.example/sitemap-2026-03.xml",
        "https://wire.example/sitemap-2026-02.xml",
    ]
    assert (found.links, found.detail) == ((), f"{FIRST_CHILDREN} of 4 sitemaps of the index")


def test_the_newest_sitemap_is_asked_for_at_every_poll_and_others_when_they_change() -> None:
    _, first = read_index(index_of(*MONTHS))
    asked, again = read_index(index_of(*MONTHS), first.memory or "")
    assert asked == ["sitemap-2026-04.xml"]

    changed = [(loc, "2026-04-30T09:00:00Z" if "-01" in loc else lastmod) for loc, lastmod in MONTHS]
    asked, after = read_index(index_of(*changed, ("/sitemap-2026-05.xml", "2026-05-01")), again.memory or "")
    assert asked == ["sitemap-2026-05.xml", "sitemap-2026-01.xml"]
    assert read_index(index_of(*changed), after.memory or "")[0] == ["sitemap-2026-01.xml"]


def test_a_sitemap_that_could_not_be_had_is_asked_for_again() -> None:
    _, first = read_index(index_of(*MONTHS))
    grown = [*MONTHS, ("/sitemap-2026-05.xml", "2026-04-29"), ("/sitemap-2026-06.xml", "2026-04-30")]
    asked, failed = read_index(index_of(*grown), first.memory or "", answer=False)
    assert asked == ["sitemap-2026-06.xml", "sitemap-2026-05.xml"]
    assert read_index(index_of(*grown), failed.memory or "")[0] == asked


def test_a_sitemap_is_asked_for_with_the_validators_of_its_last_answer() -> None:
    _, first = read_index(index_of(*MONTHS))
    found = read_sitemap(page_of(index_of(*MONTHS)), SOURCE, first.memory or "")
    assert found.more == (Further("https://wire.example/sitemap-2026-04.xml", '"e"', None),)


def test_a_sitemap_that_says_not_modified_is_asked_for_as_a_whole_once_a_day() -> None:
    _, first = read_index(index_of(*MONTHS))
    memory, asked = first.memory or "", []
    for hours in (6, 12, 18, 24, 30):  # it answers 304 each time, so that nothing is read of it
        found = read_sitemap(replace_time(page_of(index_of(*MONTHS)), 60 * hours), SOURCE, memory)
        asked.append(found.more[0].etag)
        memory = found.memory or ""
    assert asked == ['"e"', '"e"', '"e"', None, None]

    whole = replace_time(page_of("<urlset/>", found.more[0].url, ETag='"f"'), 60 * 30)
    memory = read_sitemap(whole, SOURCE, memory).memory or ""
    after = read_sitemap(replace_time(page_of(index_of(*MONTHS)), 60 * 36), SOURCE, memory)
    assert after.more[0].etag == '"f"'


def test_a_validator_that_no_server_would_take_back_is_not_sent() -> None:
    found = read_sitemap(page_of(index_of(*MONTHS)), SOURCE)
    child = page_of("<urlset/>", found.more[0].url, ETag=f'"{"e" * 4000}"')
    child = replace(child, headers=(*child.headers, ("Last-Modified", "today")))
    memory = read_sitemap(child, SOURCE, found.memory or "").memory or ""
    assert read_sitemap(page_of(index_of(*MONTHS)), SOURCE, memory).more[0] == Further(found.more[0].url, None, "today")


def test_when_everything_changes_all_the_time_each_has_its_turn() -> None:
    """Many indexes write the time of the request as every sitemap's lastmod."""
    names = [f"/part-{number}.xml" for number in range(20)]
    memory, asked = "", set()
    for minute in range(8):
        body = index_of(*((name, f"2026-05-01T11:{minute:02}:00Z") for name in names))
        found = read_sitemap(replace_time(page_of(body), minute), SOURCE, memory)
        assert len(found.more) <= MAX_CHILDREN
        asked |= {further.url for further in found.more}
        memory = found.memory or ""
        for further in found.more:
            memory = read_sitemap(page_of("<urlset/>", further.url), SOURCE, memory).memory or ""
    assert len(asked) == 20
    assert "changed ones wait" in found.detail


def replace_time(page: Page, minute: int) -> Page:
    return replace(page, fetched_at=NOW + timedelta(minutes=minute))


def test_without_dates_an_index_is_read_from_both_ends() -> None:
    body = index_of(*((f"/part-{number}.xml", None) for number in range(1, 9)))
    asked, first = read_index(body)
    assert asked == ["part-1.xml", "part-8.xml", "part-2.xml"]
    assert read_index(body, first.memory or "")[0] == ["part-1.xml", "part-8.xml"]
    longer = index_of(*((f"/part-{number}.xml", None) for number in range(1, 10)))
    assert read_index(longer, first.memory or "")[0] == ["part-1.xml", "part-9.xml"]


def test_dates_in_names_serve_where_there_are_no_others() -> None:
    asked, _ = read_index(index_of(("/2024/11.xml", None), ("/map_202604.xml", None), ("/2026-05-01.xml", None)))
    assert asked == ["2026-05-01.xml", "map_202604.xml", "11.xml"]


def test_a_news_sitemap_comes_first() -> None:
    asked, _ = read_index(
        index_of(("/post.xml", "2026-05-01"), ("/news.xml", "2026-04-01"), ("/old.xml", "2026-01-01"))
    )
    assert asked == ["news.xml", "post.xml", "old.xml"]


def test_sitemaps_of_tags_and_of_other_hosts_are_left_out_and_told() -> None:
    found = read_sitemap(
        page_of(
            index_of(
                ("/post-sitemap.xml", None),
                ("/post_tag-sitemap.xml", None),
                ("/author-sitemap.xml", None),
                ("https://maps.wire.example/a.xml", None),
                ("https://elsewhere.example/a.xml", None),
                ("http://10.0.0.1/a.xml", None),
            )
        ),
        SOURCE,
    )
    assert [further.url for further in found.more] == [
        "https://wire.example/post-sitemap.xml",
        "https://maps.wire.example/a.xml",
    ]
    assert found.detail == "2 of 6 sitemaps of the index, 4 left out by name or host"


def test_an_index_in_an_index_leads_on_to_its_newest() -> None:
    outer = read_sitemap(page_of(index_of(("/inner.xml", "2026-05-01"))), SOURCE)
    inner = read_sitemap(page_of(index_of(*MONTHS), "https://wire.example/inner.xml"), SOURCE, outer.memory or "")
    assert [further.url.rpartition("/")[2] for further in inner.more] == [
        "sitemap-2026-04.xml",
        "sitemap-2026-03.xml",
        "sitemap-2026-02.xml",
    ]


def test_an_index_that_lists_itself_is_read_once_and_its_sitemaps_as_they_change() -> None:
    itself = (URL.removeprefix("https://wire.example"), "2026-05-01")
    asked, found = read_index(index_of(itself, *MONTHS))
    assert asked == ["sitemap-2026-04.xml", "sitemap-2026-03.xml", "sitemap-2026-02.xml"]
    again, _ = read_index(index_of(itself, *MONTHS), found.memory or "")
    assert again == ["sitemap-2026-04.xml"]


def test_what_a_reader_of_another_kind_noted_is_forgotten() -> None:
    foreign = '{"channel":"another","top":9000,"gaps":[]}'
    assert read_index(index_of(*MONTHS), foreign) == read_index(index_of(*MONTHS))


def test_an_index_of_sitemaps_without_end_is_remembered_within_bounds() -> None:
    body = index_of(*((f"/part-{number}.xml", "2026-05-01") for number in range(20_000)))
    _, first = read_index(body)
    assert len(first.memory or "") < 60_000
    asked, _ = read_index(body, first.memory or "")
    assert len(asked) <= MAX_CHILDREN
