"""Sitemaps: news sitemaps, plain ones, and indexes of them. Page → Links, no I/O. Runs in a worker process.

An index is not read whole: it leads to its newest sitemaps and to those that changed since they were last read. What
was read stands in the source's memory, so that a sitemap that had no room in one poll has its turn in the next.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Final

from lxml import etree

from crawler.errors import FeedError, LinkError
from crawler.extract.hygiene import clean_text, flatten_text
from crawler.fetch.cadence import WHOLE_EVERY, read_validator
from crawler.fetch.urls import host_of, in_scope, join_link
from crawler.models import Link, Page
from settings.model import Source
from spiders.dates import read_date
from spiders.feeds import MAX_ITEMS, FeedLinks, Further, decode_feed, mend_text, unpack_body
from spiders.notes import load_notes

FIRST_CHILDREN: Final = 3
"""Sitemaps of an index that its first poll reads; older ones are the past, and backfill's."""
MAX_CHILDREN: Final = 6
"""Sitemaps of an index that any other poll reads."""
_REMEMBERED: Final = 300
"""Sitemaps of an index that are looked at: its newest ones."""
_MAX_TITLE: Final = 1000
_LENGTHS: Final = {len("2026"): timedelta(366), len("2026-01"): timedelta(31), len("2026-01-01"): timedelta(1)}
_LONGEST_DATE: Final = 40
_LONGEST_LANGUAGE: Final = 20

_ROOT: Final = re.compile(r"<(?:[\w.-]+:)?(urlset|sitemapindex|rss|feed|rdf|html)\b", re.IGNORECASE)
_BARE_AMPERSAND: Final = re.compile(r"&(?!#\d{1,7};|#x[0-9a-f]{1,6};|(?:amp|lt|gt|quot|apos);)", re.IGNORECASE)
_ITEM_END: Final = re.compile(r"</(?:[\w.-]+:)?(?:url|sitemap)\s*>", re.IGNORECASE)
_DAY_ONLY: Final = re.compile(r"\d{4}(?:-\d\d){0,2}", re.ASCII)
_DATE_IN_NAME: Final = re.compile(
    r"(?<!\d)(20\d\d)[-_/]?(0[1-9]|1[0-2])(?:[-_/]?(0[1-9]|[12]\d|3[01]))?(?!\d)", re.ASCII
)
NO_ARTICLES: Final = re.compile(
    r"(?:categor(?:y|ies)|tags?|authors?|pages?|images?|videos?|topics?|users?|products?|attachments?|misc)"
    r"[-_]?(?:sitemap|map|archive)|sitemap[-_](?:categor|tag|author|image|video|topic|section|static|misc)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Child:
    """One sitemap of an index."""

    url: str
    lastmod: str
    """As written; a change of it is a change of the sitemap."""
    date: datetime | None
    """When it changed, or the time that its name tells."""


@dataclass(slots=True)
class _Known:
    """What is remembered of one sitemap of an index."""

    lastmod: str | None = None
    """As it was when it was read; None: never read."""
    etag: str | None = None
    last_modified: str | None = None
    asked: str = ""
    """When it was last asked for, ISO 8601; of many that changed, the one that waits longest is next."""
    whole: str = ""
    """When it last came as a whole. "Not modified" is believed for a day, of a sitemap as of any source."""


@dataclass(slots=True)
class _Memory:
    """What is known of an index's sitemaps, by address."""

    known: dict[str, _Known] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    """lastmod of those that this poll is to read."""


def read_sitemap(page: Page, source: Source, memory: str = "") -> FeedLinks:
    """Every address of a sitemap as a Link, or the sitemaps of an index that are to be read. Raises FeedError."""
    root, cut_off = _parse(page)
    notes = _load_memory(memory)
    if _name(root) == "sitemapindex":
        return _read_index(root, page, source, notes)
    if page.requested_url in notes.waiting:
        known = notes.known.setdefault(page.requested_url, _Known())
        known.lastmod = notes.waiting.pop(page.requested_url)
        known.etag, known.last_modified = read_validator(page, "etag"), read_validator(page, "last-modified")
        known.whole = _write_moment(page.fetched_at)
    links, capped = _read_links(root, page, source.max_age)
    return FeedLinks(links, capped, memory=_dump_memory(notes), detail="the sitemap is cut off" if cut_off else "")


def parse_sitemap(page: Page) -> etree._Element:
    """The root of a sitemap or of an index. Raises FeedError."""
    return _parse(page)[0]


def is_index(root: etree._Element) -> bool:
    return _name(root) == "sitemapindex"


def read_entries(root: etree._Element, page: Page) -> Iterator[tuple[Link, datetime | None]]:
    """Every address with its last sign of life, whatever its age."""
    for element in root:
        if _name(element) == "url":
            yield _read_entry(element, page, None), _find_date(element, page)


def _parse(page: Page) -> tuple[etree._Element, bool]:
    """The root, and whether its end is missing. What comes before it is cut, DOCTYPE and its entities with it."""
    text = decode_feed(unpack_body(page), page.header("content-type") or "")
    root = _ROOT.search(text)
    kind = root[1].lower() if root else ""
    if root is None or kind not in ("urlset", "sitemapindex"):
        what = {"": "neither a sitemap nor an index of sitemaps", "html": "an HTML page, not a sitemap"}
        raise FeedError(what.get(kind, "a feed, not a sitemap: name it `feed:`"))
    text = "".join(_escape_ampersands(mend_text(text[root.start() :])))
    is_cut_off = not text.rstrip().lower().endswith((f"{kind}>", "-->", "/>"))
    if is_cut_off:
        # half an address is none
        text = text[: max((end.end() for end in _ITEM_END.finditer(text)), default=len(text))]
    # no entity, no DTD, no network; a broken piece does not hide what comes after it
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        element = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise FeedError(f"broken XML: {flatten_text(str(error))[:100]}") from error
    if element is None:
        raise FeedError("broken XML")
    return element, is_cut_off


def _escape_ampersands(text: str) -> Iterator[str]:
    """Many write addresses with a query as they are; what is marked as CDATA is left alone."""
    at = 0
    while (begin := text.find("<![CDATA[", at)) >= 0 and (end := text.find("]]>", begin)) >= 0:
        yield _BARE_AMPERSAND.sub("&amp;", text[at:begin])
        yield text[begin:end]
        at = end
    yield _BARE_AMPERSAND.sub("&amp;", text[at:])


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _fields(element: etree._Element) -> dict[str, str]:
    """Name → text of the children; the first of a name counts, other namespaces' names only where ours are absent."""
    found: dict[str, str] = {}
    for child in element:
        found.setdefault(_name(child), flatten_text(clean_text("".join(child.itertext()))))
    return found


# ── the addresses of a sitemap ───────────────────────────────────────────────────────────────────


def _read_links(root: etree._Element, page: Page, max_age: timedelta | None) -> tuple[tuple[Link, ...], int]:
    entries = [element for element in root if _name(element) == "url"]
    capped = max(len(entries) - MAX_ITEMS, 0)
    if capped:
        oldest_first = sorted(range(len(entries)), key=lambda index: _moment(_find_date(entries[index], page)))
        entries = [entries[index] for index in sorted(oldest_first[capped:])]
    return tuple(_read_entry(element, page, max_age) for element in entries), capped


def _find_date(element: etree._Element, page: Page) -> datetime | None:
    """The last sign of life: the later one of publication and change."""
    told = (_read_news(element).get("publication_date", ""), _fields(element).get("lastmod", ""))
    return max(filter(None, (_read_end(raw, page.fetched_at) for raw in told if raw)), default=None)


def _read_entry(element: etree._Element, page: Page, max_age: timedelta | None) -> Link:
    loc, news, date = _fields(element).get("loc", ""), _read_news(element), _find_date(element, page)
    try:
        url, problem = join_link(page.url, loc), ""
    except LinkError as error:
        url, problem = loc[:_MAX_TITLE], error.reason
    if max_age is not None and date is not None and page.fetched_at - date > max_age:
        problem = problem or f"older than {max_age.total_seconds() / 86400:g} days: {date:%Y-%m-%d}"
    title, language = unescape(news.get("title", ""))[:_MAX_TITLE], news.get("language", "")[:_LONGEST_LANGUAGE]
    published = _read_begin(news.get("publication_date", ""), page.fetched_at)
    return Link(url, title=title, published=published, problem=problem, note=f"language {language}" if language else "")


def _read_news(element: etree._Element) -> dict[str, str]:
    """The fields of Google's news extension; name and language of the publication stand a level deeper."""
    news = next((child for child in element if _name(child) == "news"), None)
    if news is None:
        return {}
    publication = next((_fields(child) for child in news if _name(child) == "publication"), {})
    return publication | _fields(news)


def _read_begin(raw: str, now: datetime) -> datetime | None:
    """A date as sitemaps write it; a bare day, month or year is its first moment."""
    raw = raw[:_LONGEST_DATE]
    return read_date(f"{raw}-01-01"[:10] + " 00:00" if _DAY_ONLY.fullmatch(raw) else raw, None, now)


def _read_end(raw: str, now: datetime) -> datetime | None:
    """The same, but the last moment, so that nothing seems older than it is."""
    begin = _read_begin(raw, now)
    length = _LENGTHS.get(len(raw)) if _DAY_ONLY.fullmatch(raw) else None
    return min(begin + length, now) if begin and length else begin


def _moment(date: datetime | None) -> datetime:
    return date or datetime.min.replace(tzinfo=UTC)


# ── the sitemaps of an index ─────────────────────────────────────────────────────────────────────


def _read_index(root: etree._Element, page: Page, source: Source, memory: _Memory) -> FeedLinks:
    """Which sitemaps to read now. What is left out is told in the detail."""
    ours = (page.url, page.requested_url)  # some list themselves
    listed = [child for child in read_children(root, page) if child.url not in ours]
    hosts = (*source.scope, host_of(page.url))
    children = [child for child in listed if in_scope(child.url, hosts) and not NO_ARTICLES.search(child.url)]
    ranked = _rank(children)[:_REMEMBERED]
    if memory.waiting.pop(page.requested_url, None) is not None:
        chosen, late = ranked[:FIRST_CHILDREN], 0  # an index in an index
    else:
        memory.known = {child.url: memory.known[child.url] for child in ranked if child.url in memory.known}
        memory.waiting.clear()
        chosen, late = _choose(ranked, memory)
    memory.waiting |= {child.url: child.lastmod for child in chosen}
    more = tuple(_ask_for(child, memory, page.fetched_at) for child in chosen)
    details = [
        f"{len(chosen)} of {len(listed)} sitemaps of the index",
        f"{late} changed ones wait" if late else "",
        f"{len(listed) - len(children)} left out by name or host" if len(listed) > len(children) else "",
    ]
    return FeedLinks((), more=more, memory=_dump_memory(memory), detail=", ".join(filter(None, details)))


def read_children(root: etree._Element, page: Page) -> Iterator[_Child]:
    seen: set[str] = set()
    for element in root:
        fields = _fields(element)
        try:
            url = join_link(page.url, fields.get("loc", ""))
        except LinkError:
            continue
        if _name(element) == "sitemap" and url not in seen:
            seen.add(url)
            lastmod = fields.get("lastmod", "")[:_LONGEST_DATE]
            yield _Child(url, lastmod, _read_end(lastmod, page.fetched_at) or _date_in_name(url))


def _date_in_name(url: str) -> datetime | None:
    """2026-11, 202611 or 20261121 in an address; the last one counts."""
    found = _DATE_IN_NAME.findall(url)
    if not found:
        return None
    year, month, day = (int(part or 1) for part in found[-1])
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None


def _rank(children: list[_Child]) -> list[_Child]:
    """Newest first. Without any date nobody knows where an index grows: both its ends come first, then inwards."""
    if any(child.date for child in children):
        return sorted(children, key=lambda child: ("news" in child.url.lower(), _moment(child.date)), reverse=True)
    ends = zip(children, reversed(children), strict=True)
    return list(dict.fromkeys(child for pair in ends for child in pair))


def _choose(ranked: list[_Child], memory: _Memory) -> tuple[list[_Child], int]:
    """The newest, whatever it says of itself, and all that changed; and how many changed ones have to wait."""
    if not memory.known:
        # what was there before we came is the past; it is read when it changes
        memory.known = {child.url: _Known(child.lastmod) for child in ranked[FIRST_CHILDREN:]}
        return ranked[:FIRST_CHILDREN], 0
    undated = not any(child.date for child in ranked)
    always = ranked[: 2 if undated else 1]
    changed = [child for child in ranked if child not in always and _recall(child, memory).lastmod != child.lastmod]
    changed.sort(key=lambda child: _recall(child, memory).asked)
    room = MAX_CHILDREN - len(always)
    return always + changed[:room], max(len(changed) - room, 0)


def _recall(child: _Child, memory: _Memory) -> _Known:
    return memory.known.get(child.url) or _Known()


def _ask_for(child: _Child, memory: _Memory, now: datetime) -> Further:
    known = memory.known.setdefault(child.url, _Known())
    known.asked = _write_moment(now)
    if known.whole <= _write_moment(now - WHOLE_EVERY):
        return Further(child.url)
    return Further(child.url, known.etag, known.last_modified)


def _write_moment(moment: datetime) -> str:
    """ISO 8601 in UTC, which can be compared as text."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _load_memory(memory: str) -> _Memory:
    noted = load_notes(memory)
    if "known" not in noted:
        return _Memory()
    return _Memory({url: _Known(*known) for url, known in noted["known"].items()}, noted["waiting"])


def _dump_memory(memory: _Memory) -> str:
    if not (memory.known or memory.waiting):
        return ""
    known = {url: astuple(each) for url, each in memory.known.items()}
    return json.dumps({"known": known, "waiting": memory.waiting}, separators=(",", ":"))
