"""A feed read without what stood there at the last poll: every item that is left is the same, and none is missed."""

import io
import os
import random
import tarfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from crawler.errors import FeedError
from crawler.models import Link, Page
from spiders.feeds import FeedLinks, read_feed
from spiders.pruning import outline_feed
from tests.website import Item, rss

SHARED = Path(os.environ.get("BASEWATCH_SHARED", Path(__file__).parents[3] / "shared"))
CORPUS = SHARED / "conformance" / "feeds.tar.gz"
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
URL = "https://wire.example/feeds/rss.xml"
ATOM = "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='{base}'>{items}</feed>"
RDF = (
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
    "<channel rdf:about='/'><title>Wire</title></channel>{items}</rdf:RDF>"
)


def page_of(body: str | bytes, url: str = URL) -> Page:
    content = body.encode() if isinstance(body, str) else body
    return Page(url, url, 200, (("Content-Type", "application/xml"),), content, content, NOW)


def make_items(numbers: Iterable[int], words: str = "text") -> list[Item]:
    return [
        Item(f"Title {n} & more", f"https://wire.example/{n}", NOW, f"id-{n}", f"<p>{words} {n} “é” عين</p>")
        for n in numbers
    ]


def read_after(before: str | bytes, after: str | bytes, scope: Sequence[str] = ()) -> FeedLinks:
    return read_feed(page_of(after), read_feed(page_of(before)).memory or "", scope)


def whole(body: str | bytes) -> tuple[Link, ...]:
    return read_feed(page_of(body)).links


def test_only_what_is_new_is_read_and_the_rest_is_counted() -> None:
    before, after = rss(make_items(range(50))), rss(make_items(range(2, 52)))
    found = read_after(before, after)
    assert found.links == tuple(link for link in whole(after) if link.guid in ("id-50", "id-51"))
    assert found.pruned == 48


@pytest.mark.parametrize("frame", [ATOM.replace("{base}", URL), RDF])
def test_so_it_is_with_atom_and_rdf(frame: str) -> None:
    items = [
        f"<entry><id>{n}</id><link href='/{n}'/><title>{n}</title><updated>2026-05-0{n}T00:00:00Z</updated></entry>"
        if "Atom" in frame
        else f"<item rdf:about='/{n}'><title>{n}</title><link>https://wire.example/{n}</link></item>"
        for n in range(1, 5)
    ]
    before, after = (frame.replace("{items}", "\n".join(part)) for part in (items[:3], items[1:]))
    found = read_after(before, after)
    assert (found.links, found.pruned) == (whole(after)[2:], 2)


def test_an_edited_item_is_read_again() -> None:
    items = make_items(range(10))
    edited = [*items[:4], make_items([4], "other words")[0], *items[5:]]
    found = read_after(rss(items), rss(edited))
    assert (found.links, found.pruned) == (whole(rss(edited))[4:5], 9)


def test_nothing_is_left_out_when_scope_address_or_frame_is_another() -> None:
    body = rss(make_items(range(5)))
    memory = read_feed(page_of(body)).memory or ""
    assert read_feed(page_of(body), memory).pruned == 5
    assert read_feed(page_of(body), memory, ("wire.example",)).pruned == 0
    assert read_feed(page_of(body, "https://other.example/"), memory).pruned == 0
    assert read_feed(page_of(body.replace("<channel>", "<channel xml:base='https://b.example/'>")), memory).pruned == 0
    assert read_feed(page_of(body), f"{memory}!").pruned == 0


@pytest.mark.parametrize("shared", ["guid", "link"])
def test_an_item_that_shares_guid_or_address_with_an_unchanged_one_has_the_whole_read(shared: str) -> None:
    """Together they say that the GUID identifies neither; alone the new one would seem to be the old."""
    old = make_items([1])
    other = make_items([2])[0]
    new = Item(other.title, old[0].link, NOW, other.guid) if shared == "link" else Item("x", other.link, NOW, "id-1")
    after = rss([new, *old])
    found = read_after(rss(old), after)
    assert (found.links, found.pruned) == (whole(after), 0)


def test_a_broken_feed_is_read_whole_and_forgets_what_was_shown() -> None:
    before = rss(make_items(range(5)))
    broken = before.replace("Title 3 ", "Title&nbsp;3 & ")
    found = read_after(before, broken)
    assert (len(found.links), found.pruned, found.memory) == (5, 0, "")


@pytest.mark.parametrize(
    "item",
    [
        "<item><title>a</title><item><title>b</title></item></item>",
        "<x:item xmlns:x='urn:other'><title>a</title></x:item>",
        "<item/>",
    ],
)
def test_items_that_feedparser_sees_otherwise_are_counted_as_without_pruning(item: str) -> None:
    body = rss(make_items(range(3))).replace("</channel>", f"{item}</channel>")
    found = read_after(body, body)
    assert len(found.links) + found.pruned == len(whole(body))


def test_what_is_left_is_byte_for_byte_the_outlets_own() -> None:
    items = b"<item a='>'><b/></item>\n<item>2</item><item><![CDATA[<item>]]></item >"
    body = b"<rss><channel><t>&lt;</t>%s</channel></rss>" % items
    outline = outline_feed(body)
    assert outline is not None
    assert [body[start:end] for start, end in outline.items] == [
        b"<item a='>'><b/></item>",
        b"<item>2</item>",
        b"<item><![CDATA[<item>]]></item >",
    ]
    assert outline.keep_items({1}) == b"<rss><channel><item>2</item></channel></rss>"
    assert outline.keep_items({2, 0}) == b"<rss><channel>%s%s</channel></rss>" % (
        b"<item a='>'><b/></item>",
        b"<item><![CDATA[<item>]]></item >",
    )


@pytest.mark.parametrize(
    ("body", "left"),
    [
        # an item stands in the middle of what says nothing of it
        (b"<r><c a='>'>x<t/><item>1</item><u/><item>2</item>y</c>z</r>", b"<r><c a='>'>x<item>2</item></c>z</r>"),
        # nobody can say which of two belongs to which items, so both stay as they are
        (
            b"<r><c><t/><item>1</item></c><c><u/><item>2</item></c></r>",
            b"<r><c><t/></c><c><u/><item>2</item></c></r>",
        ),
        (b"<r><c><t/><item>1</item></c><item>2</item></r>", b"<r><c><t/></c><item>2</item></r>"),
    ],
)
def test_what_stands_beside_the_items_of_one_element_is_left_out_too(body: bytes, left: bytes) -> None:
    outline = outline_feed(body)
    assert outline is not None
    assert outline.keep_items({1}) == left


@pytest.mark.parametrize("around", ["<!-- {} -->", "<item><title>New</title><content><![CDATA[{}]]></content></item>"])
def test_what_only_looks_like_a_known_item_is_none(around: str) -> None:
    before = rss(make_items(range(5)))
    begin, end = before.index("<item>", before.index("id-1")), before.index("</item>", before.index("id-2")) + 7
    after = before[:begin] + around.format(before[begin:end]) + before[end:]
    found = read_after(before, after)
    assert (found.links, found.pruned) == (tuple(link for link in whole(after) if link.title == "New"), 4)


def test_known_items_may_stand_apart_and_twice() -> None:
    items = [f"<x:item><title>{n}</title><link>https://wire.example/{n}</link></x:item >" for n in range(4)]
    items += [item.replace(" >", ">") for item in items]
    frame = "<rss xmlns:x='http://purl.org/rss/1.0/'><channel>{}</channel></rss>".format
    after = frame(f"{items[4]}<t/>{items[5]}\n{items[4]}<u/>{items[7]}{items[6]}")
    found = read_after(frame("".join(items[4:7])), after)
    assert (found.links, found.pruned) == (whole(after)[3:4], 4)


@pytest.mark.skipif(not CORPUS.exists(), reason="other people's feeds are not here")
def test_other_peoples_items_are_the_same_without_what_stands_beside_them() -> None:
    without = 0
    with tarfile.open(CORPUS) as feeds:
        for member in feeds.getmembers():
            file = feeds.extractfile(member)
            outline = outline_feed(file.read()) if file is not None else None
            if outline is None or outline.inside is None:
                continue
            less = outline.keep_items(range(len(outline.items)))
            if less == outline.body:
                continue
            without += 1
            assert _read_entries(less) == _read_entries(outline.body), member.name
    assert without > 500


def _read_entries(body: bytes) -> list[dict[str, object]]:
    """By feedparser alone, which is not total."""
    try:
        entries = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False).entries
    except Exception:  # noqa: BLE001 - what it cannot read, it cannot read either way
        return []
    dates = ("published", "updated", "created", "published_parsed", "updated_parsed", "created_parsed")
    names = ("id", "link", "title", "summary", "content", *dates)
    return [{name: entry[name] for name in names if name in entry} for entry in entries]


@pytest.mark.skipif(not CORPUS.exists(), reason="other people's feeds are not here")
def test_other_peoples_feeds_have_the_same_fields_with_and_without() -> None:
    """Each feed is read whole, then with some of its items forgotten: what is left must be what the whole has."""
    numbers, pruned = random.Random(7), 0
    with tarfile.open(CORPUS) as feeds:
        for member in feeds.getmembers():
            file = feeds.extractfile(member)
            if file is not None:
                pruned += _compare(file.read(), numbers, member.name)
    assert pruned > 1000


def _compare(body: bytes, numbers: random.Random, name: str) -> int:
    try:
        read = read_feed(page_of(body))
    except FeedError:
        return 0
    if not read.memory:
        return 0
    again = read_feed(page_of(body), read.memory)
    assert (again.links, again.pruned) == ((), len(read.links)), name
    outline = outline_feed(body)
    if outline is None or not outline.items:
        return 1  # something stands before its root
    kept = set(numbers.sample(range(len(outline.items)), numbers.randint(0, len(outline.items) - 1)))
    less = read_after(outline.keep_items(kept), body)
    digests = outline.digests
    known = {digests[number] for number in kept}
    short = outline_feed(body, known)
    assert short is not None
    assert (short.digests, short.frame) == (digests, outline.frame), name
    expected = tuple(link for link, digest in zip(read.links, digests, strict=True) if digest not in known)
    assert less.links == (expected if less.pruned else read.links), name
    assert len(less.links) + less.pruned == len(read.links), name
    return 1
