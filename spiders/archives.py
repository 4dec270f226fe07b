"""Readers for the past: sitemaps by date, an outlet's archive pages, the Wayback Machine's CDX index, lists of
addresses and of WARC files. Page → Links, no I/O.

What they lead to next stands in `Past.more`, and is asked for like everything else: guard, robots and manners hold.
"""

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from crawler.errors import FeedError, LinkError
from crawler.extract.decode import decode_bytes
from crawler.fetch.urls import MAX_LENGTH, check_url, host_of, in_scope
from crawler.models import Link, Page
from settings.model import Source
from spiders.commoncrawl import read_paths
from spiders.discovery import find_sitemaps
from spiders.past_pages import read_past_page
from spiders.periods import Span, fill_places, read_places
from spiders.sitemaps import NO_ARTICLES, is_index, parse_sitemap, read_children, read_entries

WAYBACK: Final = "https://web.archive.org/cdx/search/cdx"
Via = Literal["sitemap", "pages", "wayback", "commoncrawl", "list"]
PAGE_ROWS: Final = 1000
"""Rows of the index that are asked for at once."""

_CAPTURE: Final = re.compile(r"(\d{14})", re.ASCII)
_ADDRESS: Final = re.compile(r"(?i:https?)://[^\s\"'<>]+")
_MONTH: Final = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Way:
    """How the past of a source is asked for."""

    via: Via
    span: Span
    cdx: str = WAYBACK
    places: tuple[str, ...] = ()
    """Pages of the outlet that list its past, or WARC files and lists of them, by address."""
    is_open: bool = False
    """Is the end of the span but the moment of asking? Then it is another one each time."""

    def name_span(self) -> str:
        """The same whenever the same is asked for."""
        return f"since {self.span.since}" if self.is_open else str(self.span)

    def name_starts(self, source: Source) -> tuple[str, ...]:
        """Where to begin."""
        match self.via:
            case "wayback":
                hosts = source.scope or (host_of(source.url),)
                return tuple(ask_wayback(self.cdx, host, self.span) for host in hosts)
            case "sitemap":
                return (source.url if source.kind == "sitemap" else urljoin(source.url, "/robots.txt"),)
            case "pages":
                return tuple(address for place in self.places for address in fill_places(place, self.span))
            case "commoncrawl":
                filled = (address for place in self.places for address in fill_places(place, self.span))
                return tuple(dict.fromkeys(filled))
            case "list":
                return ()


@dataclass(frozen=True, slots=True)
class PastLink:
    """An article of the past, and where it is to be had."""

    original: str
    """As the outlet had it; makes it the same link as that of a live source."""
    link: Link


@dataclass(frozen=True, slots=True)
class Past:
    """What one page of an index brought."""

    links: tuple[PastLink, ...]
    more: tuple[str, ...] = ()
    """Where the index goes on."""
    left_out: int = 0
    """Listed, but of another time, another host, or no article."""
    problems: tuple[str, ...] = ()
    """Parts of it that could not be read, and pages that seem to list something and do not."""


def read_past(page: Page, source: Source, way: Way) -> Past:
    """For the worker processes. Raises FeedError."""
    if way.via == "wayback":
        return read_wayback(page, way)
    if way.via == "commoncrawl":
        paths, left_out = read_paths(page, way.span)
        return Past((), paths, left_out)
    if way.via == "pages":
        told = read_past_page(page, source, _find_pattern(page, way), way.span)
        links = tuple(PastLink(link.url, link) for link in told.links)
        return Past(links, tuple(told.more), told.left_out, (told.problem,) if told.problem else ())
    if is_robots(page):
        named = tuple(candidate.url for candidate in find_sitemaps(page))
        return Past((), named) if named else guess_sitemap(page)
    return read_past_sitemap(page, source, way.span)


def is_robots(page: Page) -> bool:
    return urlsplit(page.requested_url).path == "/robots.txt"


def guess_sitemap(robots: Page) -> Past:
    """Where most outlets have theirs, of one whose robots.txt names none or is not there."""
    return Past((), (urljoin(robots.url, "/sitemap.xml"),))


def _find_pattern(page: Page, way: Way) -> str | None:
    return next((each for each in way.places if read_places(each, page.requested_url) != (None, None)), None)


def read_past_sitemap(page: Page, source: Source, span: Span) -> Past:
    """Articles of a sitemap, or the sitemaps of an index, that may be of that time. Raises FeedError."""
    root = parse_sitemap(page)
    if is_index(root):
        hosts = (*source.scope, host_of(page.url))
        listed = list(read_children(root, page))
        # a sitemap changes when something is added to it: one that changed later may hold what is older
        fit = [
            child.url
            for child in listed
            if in_scope(child.url, hosts)
            and not NO_ARTICLES.search(child.url)
            and (child.date is None or child.date >= span.since - _MONTH)
        ]
        foreign = sorted({host_of(child.url) for child in listed if not in_scope(child.url, hosts)})
        told = f"{page.url}: sitemaps of other hosts are left out ({', '.join(foreign)[:200]}); `scope:` lets them in"
        return Past((), tuple(fit), len(listed) - len(fit), (told,) if foreign else ())
    dated = list(read_entries(root, page))
    links = tuple(PastLink(link.url, link) for link, date in dated if span.holds(link.published or date))
    return Past(links, left_out=len(dated) - len(links))


def ask_wayback(cdx: str, host: str, span: Span) -> str:
    """The address of one page of the CDX index: HTML pages of a host that were captured with status 200, one capture of
    each."""
    asked = {
        "url": host,
        "matchType": "host",
        "from": f"{span.since:%Y%m%d%H%M%S}",
        "to": f"{span.until - timedelta(seconds=1):%Y%m%d%H%M%S}",
        "output": "json",
        "fl": "timestamp,original",
        "collapse": "urlkey",
        "limit": str(PAGE_ROWS),
        "showResumeKey": "true",
    }
    pairs = [*asked.items(), ("filter", "statuscode:200"), ("filter", "mimetype:text/html")]
    return f"{cdx}?{urlencode(pairs)}"


def read_wayback(page: Page, way: Way) -> Past:
    """A JSON answer: a row of names, one row for each capture, and after an empty row the key with which to go on.
    `id_` asks for a capture as it came, without the archive's own frame. Raises FeedError."""
    try:
        rows = json.loads(page.body)
    except (ValueError, RecursionError) as error:
        raise FeedError("not an answer of a CDX index: no JSON") from error
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise FeedError("not an answer of a CDX index")
    end = rows.index([]) if [] in rows else len(rows)
    key = rows[end + 1][0] if end + 1 < len(rows) and rows[end + 1] else ""
    captures = [row for row in rows[1:end] if len(row) > 1 and all(isinstance(each, str) for each in row)]
    links = tuple(_read_capture(row[0], row[1], way.cdx, way.span) for row in captures)
    kept = tuple(link for link in links if link is not None)
    more = (_resume(page.requested_url, str(key)),) if key else ()
    return Past(kept, more, len(rows[1:end]) - len(kept))


def _resume(asked: str, key: str) -> str:
    parts = urlsplit(asked)
    pairs = [pair for pair in parse_qsl(parts.query) if pair[0] != "resumeKey"]
    return urlunsplit(parts._replace(query=urlencode([*pairs, ("resumeKey", key)])))


def _read_capture(timestamp: str, original: str, cdx: str, span: Span) -> PastLink | None:
    try:
        moment = datetime.strptime(timestamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        check_url(original)
    except (ValueError, LinkError):
        return None
    if not _CAPTURE.fullmatch(timestamp) or not span.holds(moment):
        return None
    place = cdx.partition("/cdx")[0]
    return PastLink(original, Link(f"{place}/web/{timestamp}id_/{original}", note=f"captured {moment:%Y-%m-%d %H:%M}"))


def read_list(content: bytes, *, is_table: bool = False) -> list[PastLink]:
    """Addresses of a text file, an OPML or a CSV, each once, in their order. It `is_table`, too, if its first line is a
    head; in any other file a comma belongs to the address."""
    text = decode_bytes(content, "utf-8")
    return [_make_listed(url) for url in dict.fromkeys(_find_addresses(text, is_table=is_table))]


def _make_listed(url: str) -> PastLink:
    """Also one that nobody should follow: it is counted as that."""
    try:
        check_url(url)
    except LinkError as error:
        return PastLink(url, Link(url[:MAX_LENGTH], problem=error.reason))
    return PastLink(url, Link(url))


def _find_addresses(text: str, *, is_table: bool) -> Iterator[str]:
    is_markup = text.lstrip().startswith("<")
    lines = text.splitlines()
    head = next(filter(None, lines), "")
    is_table = not is_markup and (is_table or not (_ADDRESS.search(head) or head.startswith("#")))
    sign = ";" if head.count(";") > head.count(",") else ","
    for cell in chain.from_iterable(_split_row(line, sign) for line in lines) if is_table else lines:
        for match in _ADDRESS.findall(cell):
            yield _drop_bracket(match.replace("&amp;", "&") if is_markup else match)


def _drop_bracket(address: str) -> str:
    """An address in brackets, as notes and Markdown have it, without the last; brackets of its own belong to it."""
    last = len(address) - len(address.rstrip(")"))
    too_many = address.count(")") - address.count("(")
    return address[: len(address) - max(0, min(last, too_many))]


def _split_row(line: str, sign: str) -> list[str]:
    """By itself, so that a quote that nobody ends hides nothing of the next."""
    try:
        return next(csv.reader([line], delimiter=sign), [])
    except csv.Error:  # a cell of 128 KiB
        return [line]
