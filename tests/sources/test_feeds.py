"""Feeds, well-formed and not: each file of data/feeds says beside itself what is expected of it."""

import gzip
import json
import os
import pickle
import random
import tarfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from crawler.errors import FeedError
from crawler.models import Link, Outcome, Page
from settings.model import LinkSelector, Source
from spiders.feeds import MAX_BYTES, MAX_ITEMS, read_feed
from spiders.readers import identify_links, read_links
from tests.website import Item, rss

FEEDS = Path(__file__).parent / "data" / "feeds"
SHARED = Path(os.environ.get("BASEWATCH_SHARED", Path(__file__).parents[3] / "shared"))
CORPUS = SHARED / "conformance" / "feeds.tar.gz"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
URL = "https://wire.example/feeds/rss.xml"


def page_of(body: bytes, content_type: str = "application/xml") -> Page:
    return Page(URL, URL, 200, (("Content-Type", content_type),), body, body, NOW)


def as_written(link: Link) -> dict[str, object]:
    """A link as the expectation files write it: what is empty is left out."""
    dates = {"published": link.published, "updated": link.updated}
    values = asdict(link) | {name: date and date.isoformat() for name, date in dates.items()}
    return {name: value for name, value in values.items() if value}


@pytest.mark.parametrize("name", sorted(path.name for path in FEEDS.iterdir() if ".expected." not in path.name))
def test_a_feed_is_read_as_the_file_beside_it_says(name: str) -> None:
    expected = json.loads((FEEDS / f"{name}.expected.json").read_text())
    page = page_of((FEEDS / name).read_bytes(), expected["content_type"])
    if "error" in expected:
        with pytest.raises(FeedError) as refusal:
            read_feed(page)
        assert refusal.value.reason == expected["error"]
        return
    found = read_feed(page)
    assert [as_written(link) for link in found.links] == expected["links"]
    assert found.capped == expected["capped"]


LONG = "https://wire.example/" + "x" * 200_000


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("feed", rss([Item("Long", LONG)])),
        ("sitemap", f"<urlset><url><loc>{LONG}</loc></url></urlset>"),
        ("section", f"<article><a class=story href='{LONG}'>Long</a></article>"),
    ],
)
def test_a_link_that_is_too_long_is_counted_and_not_followed(
    kind: Literal["feed", "sitemap", "section"], body: str
) -> None:
    selector = LinkSelector(css="a.story") if kind == "section" else LinkSelector()
    source = Source(name="wire", outlet="wire", kind=kind, url=URL, links=selector)
    page = page_of(body.encode(), "text/html" if kind == "section" else "application/xml")
    [seen] = identify_links(read_links(page, source).links, source)
    assert (seen.outcome, seen.detail) == (Outcome.OUT_OF_SCOPE, "longer than 2083 characters")


def test_items_beyond_the_first_five_thousand_are_counted() -> None:
    items = [Item(str(number), f"https://wire.example/{number}") for number in range(MAX_ITEMS + 7)]
    found = read_feed(page_of(rss(items).encode()))
    assert (len(found.links), found.capped) == (MAX_ITEMS, 7)
    assert found.links[-1].title == str(MAX_ITEMS - 1)


def test_so_are_those_of_a_json_feed() -> None:
    items = [{"url": f"https://wire.example/{number}"} for number in range(MAX_ITEMS + 7)]
    found = read_feed(page_of(json.dumps({"items": items}).encode()))
    assert (len(found.links), found.capped) == (MAX_ITEMS, 7)


def test_a_feed_as_it_lies_zipped_on_the_disk_is_read() -> None:
    found = read_feed(page_of(gzip.compress(rss([Item("One", "https://wire.example/1")]).encode())))
    assert [link.title for link in found.links] == ["One"]


def test_a_feed_zipped_in_several_parts_is_read_to_its_end_and_one_cut_short_as_far_as_it_goes() -> None:
    feed = rss([Item("One", "https://wire.example/1"), Item("Two", "https://wire.example/2")]).encode()
    middle = feed.index(b"Two")
    parts = gzip.compress(feed[:middle]) + gzip.compress(feed[middle:])
    assert [link.title for link in read_feed(page_of(parts)).links] == ["One", "Two"]
    assert next(link.title for link in read_feed(page_of(parts[:-9])).links) == "One"


@pytest.mark.parametrize("body", [gzip.compress(b"\0" * (MAX_BYTES + 10)), b"<rss>" + b" " * MAX_BYTES])
def test_a_feed_larger_than_eight_mib_is_refused_unread(body: bytes) -> None:
    with pytest.raises(FeedError, match="larger than 8 MiB"):
        read_feed(page_of(body))


def test_a_broken_gzip_is_a_feed_error() -> None:
    with pytest.raises(FeedError, match="broken gzip"):
        read_feed(page_of(b"\x1f\x8bnot really"))


def test_a_long_title_and_a_long_content_are_cut() -> None:
    link = read_feed(page_of(rss([Item("t" * 10**6, "https://wire.example/1", content="c" * 10**6)]).encode())).links[0]
    assert (len(link.title), len(link.content)) == (1000, 256 << 10)


def test_the_address_of_the_feed_changes_no_guid() -> None:
    body = b"<rss version='2.0'><channel><item><guid>abc</guid><link>/x</link></item></channel></rss>"
    guids = {
        read_feed(Page(url, url, 200, (), body, body, NOW)).links[0].guid for url in (URL, "http://other.example/")
    }
    assert guids == {"abc"}


def test_readers_and_what_they_give_can_go_to_another_process() -> None:
    found = read_feed(page_of(rss([Item("One", "https://wire.example/1")]).encode()))
    assert pickle.loads(pickle.dumps(found)) == found
    assert pickle.loads(pickle.dumps(read_links)) is read_links


def test_the_reader_goes_by_the_kind_of_the_source() -> None:
    page = page_of(b"<a href='/2026/05/01/long-headline-of-the-day'>Long headline</a>")
    section = Source(name="s", outlet="wire", kind="section", url=URL)
    assert [link.title for link in read_links(page, section).links] == ["Long headline"]
    with pytest.raises(FeedError):
        read_links(page, section.model_copy(update={"kind": "feed"}))


# ── other people's feeds ──


@pytest.fixture(scope="module")
def corpus() -> list[bytes]:
    if not CORPUS.exists():
        pytest.skip("the conformance set is not here")
    with tarfile.open(CORPUS) as archive:
        return [file.read() for member in archive if (file := archive.extractfile(member)) is not None]


def test_no_feed_of_the_corpus_raises_anything_but_a_feed_error(corpus: list[bytes]) -> None:
    outcomes = list(map(_read_outcome, corpus))
    assert len(outcomes) > 2000
    assert outcomes.count("links") > 1200


def test_no_mutant_does_either(corpus: list[bytes]) -> None:
    outcomes = [_read_outcome(mutant) for mutant in _mutate(corpus, 2000)]
    assert outcomes.count("links") > 500


def _read_outcome(body: bytes) -> str:
    try:
        return "links" if read_feed(page_of(body)).links else "empty"
    except FeedError:
        return "refused"


_SPLINTERS = (
    b"&#xD800;", b"&#99999999999;", b"<![CDATA[", b"]]>", b"\x00", b"\xff\xfe", b"<item>", b"</item>",
    b"<entry>", b"<link/>", b" xmlns='x'", b"xml:base='http://[' ", b"<pubDate>99999</pubDate>",
    b"<content type='xhtml'>", b"<category/>", b"<![x",
)  # fmt: skip


def _mutate(bodies: list[bytes], count: int) -> Iterator[bytes]:
    chance = random.Random(20260501)
    for _ in range(count):
        body = bytearray(chance.choice(bodies))
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(body) + 1)
            body[place : place + chance.choice((0, 0, 1, 20))] = chance.choice((*_SPLINTERS, chance.randbytes(3)))
        yield bytes(body)
