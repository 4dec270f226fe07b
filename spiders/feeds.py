"""Feeds: RSS, Atom and RDF through feedparser, JSON Feed through the standard library. Page → Links, no I/O.

Runs in a worker process: the input may be hostile, and feedparser is not quick.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape
from html.entities import html5
from itertools import pairwise
from typing import Any, Final

import feedparser
import feedparser.api

from crawler.archive.coding import decode_body
from crawler.errors import ArchiveError, FeedError, LinkError
from crawler.extract.decode import decode_bytes
from crawler.extract.hygiene import clean_text, flatten_text
from crawler.fetch.urls import join_link
from crawler.models import Link, Page
from crawler.signs import NO_HINTS, FeedHints
from spiders.dates import read_date
from spiders.hints import read_hints
from spiders.plain_items import read_plain_items
from spiders.pruning import Outline, Shown, dump_shown, load_shown, marks_of, name_frame, outline_feed, show_item

MAX_BYTES: Final = 8 << 20
MAX_ITEMS: Final = 5000
_TOO_LARGE: Final = f"larger than {MAX_BYTES >> 20} MiB"
_MAX_TITLE: Final = 1000
_MAX_GUID: Final = 2000
_MAX_CONTENT: Final = 256 << 10
_GZIP: Final = b"\x1f\x8b"
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"

_ROOT: Final = re.compile(r"<(?:\w+:)?(rss|feed|rdf|channel|entry)\b", re.IGNORECASE)
_HTML: Final = re.compile(r"<(?:!doctype\s+)?html\b|<head\b|<body\b", re.IGNORECASE)
_ITEM: Final = re.compile(r"<((?:\w+:)?(?:item|entry))(?=[\s>/])", re.IGNORECASE)
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w:.-]+)", re.IGNORECASE)
_XML_ENCODING: Final = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w:.-]{1,40})[\"']")
_CHARACTER_REFERENCE: Final = re.compile(r"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLAIN: Final = re.compile(
    r"<(title|link|guid|pubdate)\b[^>]*>\s*(?:<!\[CDATA\[)?([^<]*?)(?:\]\]>)?\s*</\1>", re.IGNORECASE
)
_PLAIN_NAMES: Final = {"title": "title", "link": "link", "guid": "id", "pubdate": "published"}
_TAG: Final = re.compile(r"<[^<>]*>")
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE | re.ASCII)
"""With its semicolon: without one, "&copy" may be part of a name."""
_ABSOLUTE: Final = re.compile(r"https?://", re.IGNORECASE)
_READABLE: Final = ("alternate", "self", "via", "related")
"""Relations of Atom's links to what may be read, the likeliest first; not enclosures, and not what edits an item."""
_LATIN: Final = re.compile(r"utf-?8|us-ascii|ascii|latin-?1|iso-?8859-?1|windows-?1252|cp1252", re.IGNORECASE)
"""Labels that say little: what is no UTF-8 and carries one of them may be anything."""

# one driver that nobody has is looked for along the whole path at each parsing; and expat is what pruning reads with
feedparser.api.PREFERRED_XML_PARSERS.clear()

Entry = Mapping[str, Any]
"""feedparser's and JSON's own objects; nothing in them is certain to have the type that it should."""


@dataclass(frozen=True, slots=True)
class Further:
    """Another page of the same list, to be read in the same poll."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    """Validators of its last answer, byte for byte."""


@dataclass(frozen=True, slots=True)
class FeedLinks:
    """What a feed or a page lists, in its order. No links and nothing more to read: it was read and is empty."""

    links: tuple[Link, ...]
    capped: int = 0
    """Items beyond the first 5,000, not read."""
    more: tuple[Further, ...] = ()
    """Where the list goes on: the sitemaps of an index, a channel's older messages."""
    memory: str | None = None
    """What the reader wants to be told the next time; None where it asks for nothing."""
    detail: str = ""
    """What the ledger should say of it."""
    hints: FeedHints = NO_HINTS
    pruned: int = 0
    """Items that stand there as at the last poll: known, and not among the links."""


def read_feed(page: Page, memory: str = "", scope: Sequence[str] = ()) -> FeedLinks:
    """Every item as a Link, one that cannot be followed with its `problem`; those that `memory`, which the last reading
    gave, knows to be unchanged are only counted. Raises FeedError and nothing else."""
    body = unpack_body(page)
    if body.lstrip(_BLANK).startswith(b"{"):
        entries, capped = _read_json(body)
        return FeedLinks(_make_links(entries, page), capped, memory="")
    text = decode_feed(body, page.header("content-type") or "")
    root = _find_root(text)
    found = _read_pruned(text[root.start() :], page, memory, scope) or _read_whole(text, root, page)
    return replace(found, hints=read_hints(text))


def unpack_body(page: Page) -> bytes:
    """The body, without the gzip that some servers send as it lies on the disk. Raises FeedError: empty, too large."""
    try:
        body = decode_body(page.body, "gzip", MAX_BYTES) if page.body.startswith(_GZIP) else page.body
    except ArchiveError as error:
        raise FeedError(_TOO_LARGE) from error
    if body.startswith(_GZIP):
        raise FeedError("broken gzip")
    if not body.strip(_BLANK):
        raise FeedError("empty body")
    if len(body) > MAX_BYTES:
        raise FeedError(_TOO_LARGE)
    return body


def decode_feed(body: bytes, content_type: str) -> str:
    """UTF-8 if it is, else what it is labelled as if that can be true, else what it looks like."""
    labels = [*_CHARSET.findall(content_type), *(label.decode() for label in _XML_ENCODING.findall(body[:500]))]
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    for label in labels:
        if not _LATIN.fullmatch(label) and (text := _decode_strictly(body, label)) is not None:
            return text
    return decode_bytes(body, labels[0] if labels else None)


def _decode_strictly(body: bytes, label: str) -> str | None:
    try:
        text = body.decode(label)
    except (UnicodeError, LookupError):
        return None
    return text if "<" in text else None


# ── XML ──────────────────────────────────────────────────────────────────────────────────────────


def _find_root(text: str) -> re.Match[str]:
    """What comes before the root is cut, DOCTYPE and its entities with it."""
    root = _ROOT.search(text)
    if root is None or _HTML.search(text, 0, root.start()):
        raise FeedError("an HTML page, not a feed" if _HTML.search(text) else "neither RSS, Atom nor JSON Feed")
    return root


def _read_pruned(text: str, page: Page, memory: str, scope: Sequence[str]) -> FeedLinks | None:
    """Only what has changed since the last reading. None when the whole must be read."""
    body = text.encode("utf-8", "surrogatepass")
    frame, known = load_shown(memory)
    if known and (outline := outline_feed(body, known)) is not None and name_frame(outline, page.url, scope) == frame:
        pruned = _read_without(outline, known, page, frame)
        if pruned is not None:
            return pruned
    outline = outline_feed(body)
    return None if outline is None else _read_without(outline, {}, page, name_frame(outline, page.url, scope))


def _read_without(outline: Outline, known: Mapping[bytes, Shown], page: Page, frame: str) -> FeedLinks | None:
    """None when there is nothing or too much, when an item is no link or several, or when one that is left says that it
    is one that is not."""
    digests = outline.digests
    if not 0 < len(digests) <= MAX_ITEMS:
        return None
    left = [number for number, digest in enumerate(digests) if digest not in known]
    try:
        links = _read_items(outline.keep_items(frozenset(left)), page) if left else ()
    except Exception:  # noqa: BLE001 - feedparser is not total; the whole is read item by item
        return None
    if len(links) != len(left):
        return None
    read = {digests[number]: show_item(digests[number], link) for number, link in zip(left, links, strict=True)}
    pruned = {digest: known[digest] for digest in digests if digest in known}
    if not marks_of(read.values()).isdisjoint(marks_of(pruned.values())):
        return None
    shown = {**pruned, **read}
    return FeedLinks(links, memory=dump_shown(frame, shown.values()), pruned=len(digests) - len(left))


def _read_items(feed: bytes, page: Page) -> tuple[Link, ...]:
    """Without feedparser, unless it may know more."""
    plain = read_plain_items(feed)
    if plain is not None:
        links = _make_links(plain, page)
        # of a date that we cannot read it knows some forms
        if all(link.published or not entry.get("published") for entry, link in zip(plain, links, strict=True)):
            return links
    return _make_links(_parse(feed), page)


def _read_whole(text: str, root: re.Match[str], page: Page) -> FeedLinks:
    entries, capped = _read_xml(text, root)
    return FeedLinks(_make_links(entries, page), capped, memory="")


def _read_xml(text: str, root: re.Match[str]) -> tuple[list[Entry], int]:
    """Entries and how many were left out."""
    text = mend_text(text[root.start() :])
    end = f"</channel></{root[0][1:]}>" if root[1].lower() == "rss" else f"</{root[0][1:]}>"
    text, capped = _cap_items(text, end)
    try:
        return _parse(text.encode()), capped
    except FeedError:
        raise
    except Exception:  # noqa: BLE001 - feedparser is not total; one bad item must not hide the others
        return list(_parse_apart(text, end)), capped


def mend_text(text: str) -> str:
    """Without the characters, and references to them, that no XML may hold and that break parsers."""
    return _NOT_XML.sub("", _CHARACTER_REFERENCE.sub(_check_reference, text))


def _check_reference(match: re.Match[str]) -> str:
    """Character references that no text can hold break feedparser."""
    number = int(match[1], 16) if match[1] else int(match[2][:20])
    bad = number > 0x10FFFF or 0xD800 <= number <= 0xDFFF or (number < 0x20 and number not in (9, 10, 13))  # noqa: PLR2004 - Unicode's own bounds
    return "\ufffd" if bad else match[0]


def _cap_items(text: str, end: str) -> tuple[str, int]:
    capped, cut = 0, len(text)
    for number, item in enumerate(_ITEM.finditer(text)):
        if number == MAX_ITEMS:
            cut = item.start()
        capped += number >= MAX_ITEMS
    return (text[:cut] + end if capped else text), capped


def _parse(feed: bytes) -> list[Entry]:
    # only ever a stream: a string that looks like a path or an address would be opened
    result = feedparser.parse(io.BytesIO(feed), sanitize_html=False, resolve_relative_uris=False)
    entries: list[Entry] = result.entries
    if not entries and result.bozo:
        raise FeedError(f"broken XML: {flatten_text(str(result.bozo_exception))[:100]}")
    return entries


def _parse_apart(text: str, end: str) -> Iterator[Entry]:
    """Each item alone, in a frame that has nothing of the feed but its root. Raises FeedError when there is no item."""
    starts = [item.start() for item in _ITEM.finditer(text)]
    if not starts:
        raise FeedError("feedparser cannot read it")
    frame = text[: text.find(">") + 1] + ("<channel>" if "channel" in end else "")
    for start, after in pairwise([*starts, len(text)]):
        try:
            yield from _parse((frame + text[start:after] + end).encode())
        except Exception:  # noqa: BLE001 - what this item says plainly is still worth following
            yield _read_plainly(text[start:after])


def _read_plainly(item: str) -> Entry:
    """Title, link, guid and date by their tags alone."""
    return {_PLAIN_NAMES[match[1].lower()]: unescape(match[2]) for match in _PLAIN.finditer(item)}


# ── JSON Feed ────────────────────────────────────────────────────────────────────────────────────


def _read_json(body: bytes) -> tuple[list[Entry], int]:
    try:
        feed = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        raise FeedError(f"broken JSON: {error}") from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise FeedError("JSON, but no JSON Feed")
    entries = [_translate_item(item) for item in items[:MAX_ITEMS]]
    return entries, max(len(items) - MAX_ITEMS, 0)


def _translate_item(item: object) -> Entry:
    """A JSON Feed item in feedparser's words."""
    if not isinstance(item, dict):
        return {"problem": "item is no object"}
    return {
        "id": item.get("id"),
        "link": item.get("url") or item.get("external_url"),
        "title": item.get("title"),
        "published": item.get("date_published") or item.get("date_modified"),
        "updated": item.get("date_modified"),
        "summary": item.get("content_html") or item.get("content_text") or item.get("summary"),
    }


# ── entries → links ──────────────────────────────────────────────────────────────────────────────


def _make_links(entries: Iterable[Entry], page: Page) -> tuple[Link, ...]:
    return tuple(_make_link(entry, page) for entry in entries)


def _make_link(entry: Entry, page: Page) -> Link:
    url, problem = _read_address(entry, page.url)
    return Link(
        url=url,
        guid=flatten_text(_text(entry.get("id")))[:_MAX_GUID] or None,
        title=flatten_text(_read_title(_text(entry.get("title"))))[:_MAX_TITLE],
        published=_read_published(entry, page.fetched_at),
        updated=_read_moment(entry, "updated", page.fetched_at),
        content=_read_content(entry),
        problem=problem,
    )


def _read_address(entry: Entry, base: str) -> tuple[str, str]:
    """The address, and why it cannot be followed."""
    if problem := _text(entry.get("problem")):
        return "", problem
    raw = _text(entry.get("link"))
    try:
        return join_link(base, raw), ""
    except LinkError as error:
        for other in _list_other_addresses(entry):
            with suppress(LinkError):
                return join_link(base, other), ""
        return flatten_text(raw)[:_MAX_GUID], error.reason


def _list_other_addresses(entry: Entry) -> Iterator[str]:
    """Where an item may be read whose own link is missing or leads nowhere: Atom has several kinds of links, and text
    that lies elsewhere; in RSS 1.0 and JSON Feed the identity is the address, and some RSS feeds say no more."""
    links = [link for link in entry.get("links") or () if isinstance(link, dict)]
    for rel in _READABLE:
        yield from (_text(link.get("href")) for link in links if link.get("rel") == rel)
    yield from (_text(content.get("src")) for content in entry.get("content") or () if isinstance(content, dict))
    if _ABSOLUTE.match(identity := _text(entry.get("id")).strip()):
        yield identity


def _read_published(entry: Entry, now: datetime) -> datetime | None:
    dates = (_read_moment(entry, name, now) for name in ("published", "updated", "created"))
    return next((date for date in dates if date), None)


def _read_moment(entry: Entry, name: str, now: datetime) -> datetime | None:
    return read_date(_text(entry[name]), entry.get(f"{name}_parsed"), now) if name in entry else None


def _read_content(entry: Entry) -> str:
    """The longest of what the feed carried."""
    contents = entry.get("content") or ()
    values = [_text(content.get("value")) for content in contents if isinstance(content, dict)]
    return clean_text(max([*values, _text(entry.get("summary"))], key=len))[:_MAX_CONTENT]


def _read_title(title: str) -> str:
    """As a reader is shown it: many titles are HTML, and written as such once more than they should be."""
    title = _TAG.sub(" ", title) if "<" in title else title
    return _ENTITY.sub(_read_entity, title) if "&" in title else title


def _read_entity(entity: re.Match[str]) -> str:
    is_known = entity[0][1] == "#" or entity[0][1:] in html5  # of others `unescape` would take a beginning
    return unescape(entity[0]) if is_known else entity[0]


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""
