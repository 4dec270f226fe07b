"""Where an outlet may list its articles, read from its pages: feeds, sitemaps, and what it calls itself. No I/O."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

from parsel import Selector

from crawler.errors import FeedError, LinkError
from crawler.extract.decode import decode_bytes
from crawler.extract.hygiene import flatten_text
from crawler.fetch.urls import host_of, in_scope, join_link
from crawler.models import Page
from settings.model import SourceKind
from spiders.listings import parse_html

MAX_CANDIDATES: Final = 6
"""Of one kind and origin; an outlet that names fifty feeds is asked for the first of them."""
COMMON_FEEDS: Final = ("/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml")
COMMON_SITEMAPS: Final = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap.xml", "/sitemap_index.xml")

_FEED_TYPES: Final = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_FEED_PATH: Final = re.compile(r"(?:^|[/._-])(?:rss\d?(?:feeds?)?|feeds?|atom)(?:$|[/._-])", re.IGNORECASE)
_FEED_QUERY: Final = re.compile(r"(?:^|[&=])(?:rss2?|feed|atom)(?:$|[&=])", re.IGNORECASE)
_FEED_FILE: Final = re.compile(r"\.(?:xml|rss|rdf|atom)$", re.IGNORECASE)
_FEED_WORD: Final = re.compile(r"(?<![^\W_])rss(?![^\W_])", re.IGNORECASE)
"""In the text of a link, or in what its picture is called."""
_SAID: Final = ".//text() | .//@class | .//@alt | .//@title | .//@aria-label"
_UNWANTED: Final = re.compile(r"comments?|oembed|podcast|wp-json", re.IGNORECASE)
_SITEMAP_LINE: Final = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_CHANNEL: Final = re.compile(r"/(?:s/)?([A-Za-z0-9_]{3,64})/?$", re.ASCII)
_TELEGRAM_HOSTS: Final = ("t.me", "telegram.me")
_LANGUAGE: Final = re.compile(r"[a-z]{2}(?=$|[-_])", re.IGNORECASE)
_SLUG: Final = re.compile(r"[^a-z0-9]+")
_READER_HOST: Final = re.compile(r"^(?:www\d?|m|mobile|amp)\.")
_TOP_LEVEL: Final = re.compile(r"\.(?:(?:co|com|org|net|gov|edu|ac)\.)?[a-z]{2,}$")
_LONGEST_NAME: Final = 80


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that may be a source, and why it was thought of."""

    kind: SourceKind
    url: str
    origin: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What an outlet says of itself."""

    slug: str
    name: str
    language: str
    """ISO 639-1; empty when it does not say."""
    homepage: str


def name_start(url: str) -> str:
    """The address to begin with: a channel's preview for a channel, else as given."""
    if host_of(url) in _TELEGRAM_HOSTS and (channel := _CHANNEL.search(urlsplit(url).path)):
        return f"https://t.me/s/{channel[1]}"
    return url


def find_candidates(page: Page) -> Iterator[Candidate]:
    """The feeds that a page names: in its head first, on whatever host, then among its links. Of a page that is itself
    about feeds, files of any name are taken for some."""
    root = _parse(page)
    lists_feeds = _FEED_PATH.search(urlsplit(page.url).path) or _FEED_WORD.search(root.css("title::text").get(""))
    named = (
        element.attrib.get("href", "")
        for element in root.css("link[rel~=alternate][href]")
        if element.attrib.get("type", "").partition(";")[0].strip().lower() in _FEED_TYPES
    )
    linked = (
        anchor.attrib["href"]
        for anchor in root.css("a[href]")
        if _leads_to_feed(anchor) or (lists_feeds and _FEED_FILE.search(_split_href(anchor.attrib["href"]).path))
    )
    yield from _limit("feed", page, named, "named in the page's head", anywhere=True)
    yield from _limit("feed", page, linked, "linked on the page")


def _leads_to_feed(anchor: Selector) -> bool:
    """By its address, or by what it says."""
    href = _split_href(anchor.attrib["href"])
    if _FEED_PATH.search(href.path) or _FEED_QUERY.search(href.query):
        return True
    return any(_FEED_WORD.search(said) for said in anchor.xpath(_SAID).getall())


def find_sitemaps(robots: Page) -> Iterator[Candidate]:
    """The sitemaps that robots.txt names; those of news first."""
    text = decode_bytes(robots.body[: 512 << 10], "utf-8")
    listed = sorted(_SITEMAP_LINE.findall(text), key=lambda url: "news" not in url.lower())
    yield from _limit("sitemap", robots, listed, "named in robots.txt")


def guess_addresses(page: Page, kind: SourceKind, paths: Iterable[str]) -> Iterator[Candidate]:
    yield from _limit(kind, page, paths, "a common address")


def _split_href(href: str) -> SplitResult:
    try:
        return urlsplit(href)
    except ValueError:
        return urlsplit("")


def _limit(
    kind: SourceKind, page: Page, hrefs: Iterable[str], origin: str, *, anywhere: bool = False
) -> Iterator[Candidate]:
    """Each once, and on the page's own site unless `anywhere`."""
    found: dict[str, Candidate] = {}
    for href in hrefs:
        try:
            url = join_link(page.url, href)
        except LinkError:
            continue
        is_here = anywhere or is_of_site(url, page.url)
        if is_here and not _UNWANTED.search(url) and len(found) < MAX_CANDIDATES:
            found.setdefault(url, Candidate(kind, url, origin))
    yield from found.values()


def is_of_site(url: str, page_url: str) -> bool:
    """Is the address on the page's own site?"""
    return in_scope(url, [_site_of(page_url)])


def _site_of(url: str) -> str:
    """Feeds often stand on a sister host: of more than two labels the first is not asked for."""
    host = host_of(url)
    labels = host.split(".")
    return host if len(labels) <= 2 or host.replace(".", "").isdigit() else ".".join(labels[1:])  # noqa: PLR2004 - as said


# ── what the outlet is ───────────────────────────────────────────────────────────────────────────


def find_homepage(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, "/", "", ""))


def describe_outlet(url: str, page: Page | None) -> Profile:
    """Name and language as the page tells them; what it does not tell comes from its address."""
    channel = _CHANNEL.search(urlsplit(url).path) if host_of(url) in _TELEGRAM_HOSTS else None
    host = host_of(url)
    fallback = channel[1] if channel else host.removeprefix("www.")
    root = _parse(page)
    names = (root.css("meta[property='og:site_name']::attr(content)").get(""), root.css("title::text").get(""))
    told = "" if channel else next(filter(None, map(flatten_text, names)), "")
    name = root.css("meta[property='og:title']::attr(content)").get("") if channel else re.split(r" [-–—|·] ", told)[0]
    language = _LANGUAGE.match(root.css("html::attr(lang)").get("") if not channel else "")
    return Profile(
        slug=_make_slug(channel[1] if channel else host),
        name=flatten_text(name or "")[:_LONGEST_NAME] or fallback,
        language=language[0].lower() if language else "",
        homepage=f"https://t.me/{channel[1]}" if channel else find_homepage(url),
    )


def _parse(page: Page | None) -> Selector:
    try:
        return parse_html(page) if page is not None else Selector("<html></html>", type="html")
    except FeedError:
        return Selector("<html></html>", type="html")


def _make_slug(host: str) -> str:
    bare = host if host.replace(".", "").isdigit() else _TOP_LEVEL.sub("", _READER_HOST.sub("", host))
    return _SLUG.sub("-", (bare or host).lower()).strip("-")[:64] or "outlet"
