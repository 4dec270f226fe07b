"""Published articles → the feed that an outlet offers: RSS 2.0, Atom or JSON Feed."""

import json
from collections.abc import Sequence
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from scheduler.demo.edition import PublishedArticle
from settings.model import Outlet

ENTRIES_SHOWN = 20
"""Real feeds forget what is older."""

_ATOM = "http://www.w3.org/2005/Atom"
_DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"


def write_feed(outlet: Outlet, url: str, pieces: Sequence[PublishedArticle]) -> tuple[str, bytes]:
    """Media type and body of the feed at `url`, whose ending says the format. `pieces` are newest first."""
    shown = pieces[:ENTRIES_SHOWN]
    match url.rpartition(".")[2]:
        case "rss":
            return "application/rss+xml; charset=utf-8", _write_rss(outlet, shown)
        case "atom":
            return "application/atom+xml; charset=utf-8", _write_atom(outlet, url, shown)
        case "json":
            return "application/feed+json", _write_json(outlet, url, shown)
        case ending:
            raise ValueError(f"a demo feed must end in .rss, .atom or .json, not .{ending}")


def _write_rss(outlet: Outlet, pieces: Sequence[PublishedArticle]) -> bytes:
    rss = ET.Element("rss", {"version": "2.0", "xmlns:dc": _DUBLIN_CORE})
    channel = ET.SubElement(rss, "channel")
    _add_texts(channel, title=outlet.name, link=outlet.homepage, description=outlet.note, language=outlet.language)
    for piece in pieces:
        article = piece.article
        item = ET.SubElement(channel, "item")
        _add_texts(item, title=article.title, link=piece.url, description=article.summary)
        guid = ET.SubElement(item, "guid", {"isPermaLink": "false"})
        guid.text = f"{outlet.slug}-{article.number:04d}"
        _add_texts(item, pubDate=format_datetime(piece.published))
        ET.SubElement(item, "dc:creator").text = article.author
    return _serialise(rss)


def _write_atom(outlet: Outlet, url: str, pieces: Sequence[PublishedArticle]) -> bytes:
    feed = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": outlet.language})
    _add_texts(feed, title=outlet.name, id=url)
    ET.SubElement(feed, "link", {"rel": "self", "href": url})
    if pieces:
        _add_texts(feed, updated=pieces[0].released.isoformat(timespec="seconds"))
    for piece in pieces:
        at = piece.published.isoformat(timespec="seconds")
        entry = ET.SubElement(feed, "entry")
        _add_texts(entry, title=piece.article.title, id=f"urn:{outlet.slug}:{piece.article.number}")
        ET.SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": piece.url})
        _add_texts(entry, published=at, updated=at)
        ET.SubElement(entry, "summary", {"type": "html"}).text = f"<p>{piece.article.summary}</p>"
    return _serialise(feed)


def _write_json(outlet: Outlet, url: str, pieces: Sequence[PublishedArticle]) -> bytes:
    items = [
        {
            "id": f"{outlet.slug}/{piece.article.number}",
            "url": piece.url,
            "title": piece.article.title,
            "summary": piece.article.summary,
            "content_text": piece.article.summary,
            "date_published": piece.published.isoformat(timespec="seconds"),
        }
        for piece in pieces
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": outlet.homepage,
        "feed_url": url,
        "language": outlet.language,
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _add_texts(parent: ET.Element, **texts: str) -> None:
    for tag, text in texts.items():
        ET.SubElement(parent, tag).text = text


def _serialise(root: ET.Element) -> bytes:
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode").encode()
