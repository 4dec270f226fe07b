"""What a reader noted outlives the settings: a source may keep its name and become another kind."""

from datetime import UTC, datetime
from itertools import permutations

import pytest

from crawler.models import Page
from settings.model import Source, SourceKind
from spiders.notes import load_notes
from spiders.readers import Listing, read_seen
from tests.sources.channels import CHANNEL, message
from tests.website import Item, rss

FEED = rss([Item("One", "https://wire.example/1")])
INDEX = "<sitemapindex><sitemap><loc>https://wire.example/a.xml</loc></sitemap></sitemapindex>"
URLSET = "<urlset><url><loc>https://wire.example/2</loc></url></urlset>"
PREVIEW = f"<html><body>{message(7, 'A drone fell.')}</body></html>"
SECTION = "<html><body><a href='/news/a-drone-fell-near-the-base-1'>A drone fell near the base</a></body></html>"
ANSWERS: list[tuple[SourceKind, str, str]] = [
    ("feed", "https://wire.example/x", FEED),
    ("sitemap", "https://wire.example/x", INDEX),
    ("sitemap", "https://wire.example/x", URLSET),
    ("telegram", f"https://t.me/s/{CHANNEL}", PREVIEW),
    ("section", "https://wire.example/x", SECTION),
]


def read(kind: SourceKind, url: str, body: str, memory: str = "") -> Listing:
    page = Page(url, url, 200, (), body.encode(), body.encode(), datetime(2026, 5, 1, 12, tzinfo=UTC))
    return read_seen(page, Source(name="wire", outlet="wire", kind=kind, url=url), memory)


@pytest.mark.parametrize(("before", "after"), list(permutations(ANSWERS, 2)), ids=lambda answer: answer[0])
def test_what_the_reader_of_another_kind_noted_changes_nothing(
    before: tuple[SourceKind, str, str], after: tuple[SourceKind, str, str]
) -> None:
    memory = read(*before).found.memory or ""
    if before[0] != after[0]:
        assert read(*after, memory) == read(*after)


def test_what_a_reader_noted_itself_is_read() -> None:
    assert load_notes('{"top":7}') == {"top": 7}
    assert [load_notes(memory) for memory in ("", "0f3a.//n5", "12", "[1]", "{")] == [{}] * 5
