"""Items read without feedparser: every field is what feedparser gives, whatever stands in them and around them."""

import io
import os
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from crawler.models import Page
from spiders.feeds import read_feed
from spiders.plain_items import read_plain_items
from spiders.pruning import outline_feed

SHARED = Path(os.environ.get("BASEWATCH_SHARED", Path(__file__).parents[3] / "shared"))
CORPUS = SHARED / "conformance" / "feeds.tar.gz"
SPACES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "media": "http://search.yahoo.com/mrss/",
    "atom": "http://www.w3.org/2005/Atom",
}
FRAME = "<rss version='2.0' " + " ".join(f"xmlns:{prefix}='{uri}'" for prefix, uri in SPACES.items()) + ">"
WORDPRESS = """
<item>
  <title>Rockets &amp;amp; drones &#8211; what we know</title>
  <link>https:///wire.example/?p=7&amp;amp;lang;=en</link>
  <comments>https://wire.example/7#respond</comments>
  <dc:creator><![CDATA[A. Writer]]></dc:creator>
  <pubDate>Sat, 28 Nov 2026 07:00:00 +0000</pubDate>
  <category><![CDATA[Bases]]></category><category domain="x">Iraq</category>
  <guid isPermaLink="false">https://wire.example/?p=7</guid>
  <description><![CDATA[<p>Two fell near the base &#8230;</p>]]> <!-- more -->and more</description>
  <content:encoded><![CDATA[<p>Two fell near the base, and nobody was hurt.</p>]]></content:encoded>
  <wfw:commentRss>https://wire.example/7/feed</wfw:commentRss><slash:comments>0</slash:comments>
  <media:content url="https://wire.example/7.jpg" medium="image"/>
  <enclosure url="https://wire.example/7.mp3" type="audio/mpeg" length="1"/>
</item>"""


def wrap(*items: str) -> bytes:
    return f"{FRAME}<channel>{''.join(items)}</channel></rss>".encode()


def read_entries(feed: bytes) -> list[dict[str, Any]]:
    """What links are made of, by feedparser."""
    entries = feedparser.parse(io.BytesIO(feed), sanitize_html=False, resolve_relative_uris=False).entries
    names = ("id", "link", "title", "published", "updated", "created", "summary")
    found = [{name: entry[name] for name in names if name in entry} for entry in entries]
    for entry, said in zip(entries, found, strict=True):
        if "content" in entry:
            said["content"] = [each["value"] for each in entry.content]
            # of a content that stands alone feedparser makes a summary, too
            if said.get("summary") == said["content"][0]:
                del said["summary"]
    return found


def read_plainly(feed: bytes) -> list[dict[str, Any]] | None:
    plain = read_plain_items(feed)
    for said in plain or ():
        if "content" in said:
            said["content"] = [each["value"] for each in said["content"]]
            if said.get("summary") == said["content"][0]:
                del said["summary"]
    return plain


def test_an_item_as_wordpress_writes_it_needs_no_feedparser() -> None:
    assert read_plainly(wrap(WORDPRESS, WORDPRESS)) == read_entries(wrap(WORDPRESS, WORDPRESS))


def test_every_field_is_read() -> None:
    [item] = read_plain_items(wrap(WORDPRESS)) or []
    assert item == {
        "title": "Rockets &amp; drones \u2013 what we know",
        "link": "https://wire.example/?p=7&lang=en",
        "id": "https://wire.example/?p=7",
        "published": "Sat, 28 Nov 2026 07:00:00 +0000",
        "summary": "<p>Two fell near the base &#8230;</p> and more",
        "content": [{"value": "<p>Two fell near the base, and nobody was hurt.</p>"}],
    }


@pytest.mark.parametrize(
    "odd",
    [
        "<title type='html'>x</title>",
        "<title>x</title><title>y</title>",
        "<description><p>x</p></description>",
        "<category xml:base='https://other.example/'>x</category>",
        "<link href='https://wire.example/1'/>",
        "<media:title>x</media:title>",
        "<media:group><media:title>x</media:title></media:group>",
        "<dc:date>2026-05-01</dc:date>",
        "<Title>x</Title>",
        "<source url='https://other.example/'><title>x</title></source>",
        "<content:encoded xmlns:content='http://purl.org/dc/elements/1.1/'>x</content:encoded>",
        "<category xmlns:content='http://purl.org/dc/elements/1.1/'>x</category><content:encoded>x</content:encoded>",
        "<c:encoded xmlns:c='http://purl.org/rss/1.0/modules/content/'>x</c:encoded>",
        "<guid isPermaLink='true' ispermalink='false'>x</guid>",
        "<item><title>x</title></item>",
        "&nbsp;",
    ],
)
def test_whatever_else_stands_there_is_left_to_feedparser(odd: str) -> None:
    assert read_plain_items(wrap(f"<item>{odd}</item>")) is None


@pytest.mark.parametrize(
    "feed",
    [
        b"<rss xml:base='https://other.example/'><channel><item/></channel></rss>",
        b"<rss xmlns='http://www.w3.org/2005/Atom'><channel><item/></channel></rss>",
        b"<rss><channel><title>Wire</title><item/></channel></rss>",
        b"<rss><channel/><item/></rss>",
        b"<!DOCTYPE rss SYSTEM 'x.dtd'><rss><channel><item/></channel></rss>",
        b"<rss><channel><item about='x'/></channel></rss>",
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry/></feed>",
        b"<rss><channel><item></channel></rss>",
    ],
)
def test_so_is_what_stands_in_another_frame(feed: bytes) -> None:
    assert read_plain_items(feed) is None


def test_a_date_that_only_feedparser_reads_is_its_own() -> None:
    feed = wrap("<item><link>https://wire.example/1</link><pubDate>Fri, 2026/05/01 08:19:53 EDT</pubDate></item>")
    page = Page("https://wire.example/", "https://wire.example/", 200, (), feed, feed, datetime(2026, 5, 1, tzinfo=UTC))
    assert read_plain_items(feed) is not None
    assert [link.published for link in read_feed(page).links] == [datetime(2026, 5, 1, 12, 19, 53, tzinfo=UTC)]


# ── against feedparser ───────────────────────────────────────────────────────────────────────────

TEXTS = some.sampled_from(
    (
        "", " ", "Report", " Two\n words ", "https://wire.example/1?a=1&amp;b=2", "https:////wire.example/2", "/3",
        "HTTP:///x", "javascript:alert(1)", "[", "http://[::1", "&lt;b&gt;bold&lt;/b&gt; &amp;amp; &amp;copy;",
        "&amp;#233;", "<![CDATA[<p>CDATA</p> & more]]>", "a<!-- c -->b<?php x?>c", "caf\u00c3\u00a9", "caf\u00e9",
        "\u0091quoted\u0092", "\u00a0blank\u2003", "\u0639\u064a\u0646", "&#128;&#x85;", "tag:wire.example,2026:1",
        "true", "]]&gt;", "Fri, 01 May 2026 10:00:00 GMT", "2026-05-01T10:00:00Z", "31 Feb 2026", "<i>x</i>",
    )
)  # fmt: skip
NAMES = some.sampled_from(
    (
        "title", "link", "guid", "pubDate", "description", "content:encoded", "author", "category", "comments",
        "enclosure", "dc:creator", "slash:comments", "wfw:commentRss", "media:content", "media:thumbnail",
        "media:description", "dc:date", "dc:title", "dc:identifier", "atom:link", "atom:updated", "source", "image",
        "GUID", "summary", "unknown",
    )
)  # fmt: skip
ATTRIBUTES = some.sampled_from(
    (
        *[""] * 12, " isPermaLink='false'", " isPermaLink='true'", " isPermaLink='TRUE'", " ispermalink='false'",
        " url='https://wire.example/u'", " type='text/html'", " type='xhtml'", " mode='base64'", " xml:lang='ar'",
        " xml:base='https://other.example/'", " base='https://other.example/'", " rel='self'", " href='/x'",
        " domain='d'",
    )
)  # fmt: skip


@some.composite
def make_item(draw: some.DrawFn) -> str:
    names = draw(some.lists(NAMES, max_size=7))
    elements = [f"<{name}{draw(ATTRIBUTES)}>{draw(TEXTS)}</{name}>" for name in names]
    return f"<item>{draw(some.sampled_from(('', ' ', 'text')))}{''.join(elements)}</item>"


@settings(max_examples=400, deadline=None)
@given(some.lists(make_item(), min_size=1, max_size=3))
def test_items_that_nobody_would_write_are_as_feedparser_has_them(items: list[str]) -> None:
    feed = wrap(*items)
    plain = read_plainly(feed)
    assert plain is None or plain == read_entries(feed)


def list_feeds() -> Iterator[tuple[str, bytes]]:
    with tarfile.open(CORPUS) as feeds:
        for member in feeds.getmembers():
            file = feeds.extractfile(member)
            if file is not None:
                yield member.name, file.read()


@pytest.mark.skipif(not CORPUS.exists(), reason="other people's feeds are not here")
def test_other_peoples_plain_items_are_as_feedparser_has_them() -> None:
    plain = 0
    for name, body in list_feeds():
        outline = outline_feed(body)
        feeds = {body} if outline is None else {body, outline.keep_items(range(len(outline.items)))}
        for feed in feeds:
            found = read_plainly(feed)
            if found:
                plain += 1
                assert found == read_entries(feed), name
    assert plain > 200
