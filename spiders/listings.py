"""Section pages: the links of a page that lead to articles. Page → Links, no I/O. Runs in a worker process."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from cssselect import SelectorError
from parsel import Selector

from crawler.errors import FeedError, LinkError
from crawler.extract.decode import decode_bytes
from crawler.extract.hygiene import clean_text, flatten_text
from crawler.fetch.urls import canonical_url, host_of, in_scope, join_link
from crawler.models import Link, Page
from settings.model import LinkSelector
from spiders.feeds import MAX_ITEMS, FeedLinks

MAX_BYTES: Final = 8 << 20
_MAX_TITLE: Final = 1000
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w:.-]+)", re.IGNORECASE)
_CHALLENGE: Final = re.compile(
    r"just a moment|attention required|ddos-guard|checking your browser|access denied", re.IGNORECASE
)

_DATE: Final = re.compile(r"/(?:19|20)\d\d/\d{1,2}(?:/|$)|(?:19|20)\d\d-\d\d-\d\d", re.ASCII)
_NUMBER: Final = re.compile(r"\d{5,}", re.ASCII)
_WORD: Final = re.compile(r"[^\W\d_]+")
_HEADLINE_WORDS: Final = 4
"""So many words in the last part of a path are a headline."""
_NEVER: Final = re.compile(
    r"^/(?:[a-z]{2}/)?(?:tags?|topics?|authors?|search|categor(?:y|ies)|login|register|subscribe|privacy|terms|contact|about)"
    r"(?:/|$|-)|\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|zip|css|js|xml|rss)$",
    re.IGNORECASE,
)


def read_listing(page: Page, selector: LinkSelector) -> FeedLinks:
    """Each article link once, in the page's order, titled with the text of the link. Raises FeedError.

    Without a selector, a link counts that stays on the page's site and whose path looks like an article's: a date,
    a long number, or a headline in words.
    """
    root = parse_html(page)
    base = _find_base(root, page.url)
    found: dict[str, Link] = {}
    for element in _select(root, selector.css):
        link = _make_link(element, base, chosen=selector.css is not None)
        if link is not None and _is_wanted(link, page.url, selector):
            _keep_link(found, link)
    if not found and _CHALLENGE.search(root.css("title::text").get("")):
        raise FeedError("a challenge page, not a list of articles")
    links = tuple(found.values())
    return FeedLinks(links[:MAX_ITEMS], max(len(links) - MAX_ITEMS, 0))


def parse_html(page: Page) -> Selector:
    """Raises FeedError for what is no page at all."""
    if not page.body.strip():
        raise FeedError("empty body")
    if len(page.body) > MAX_BYTES:
        raise FeedError(f"larger than {MAX_BYTES >> 20} MiB")
    charset = _CHARSET.search(page.header("content-type") or "")
    text = clean_text(decode_bytes(page.body, charset[1] if charset else None))
    if "<" not in text:
        raise FeedError("not HTML")
    return Selector(text, type="html")


def _find_base(root: Selector, url: str) -> str:
    try:
        return join_link(url, root.css("base::attr(href)").get("") or url)
    except LinkError:
        return url


def _select(root: Selector, css: str | None) -> list[Selector]:
    try:
        return list(root.css(css or "a[href]"))
    except (SelectorError, ValueError) as error:
        raise FeedError(f"selector {css!r} is no CSS: {error}") from error


def _make_link(element: Selector, base: str, *, chosen: bool) -> Link | None:
    """A link that a selector chose is told even when it cannot be followed; others are not ours to tell."""
    anchor = element if "href" in element.attrib else next(iter(element.css("a[href]")), None)
    if anchor is None:
        return Link("", title=_read_title(element), problem="no link") if chosen else None
    href, title = anchor.attrib["href"], _read_title(anchor)
    try:
        return Link(join_link(base, href), title=title)
    except LinkError as error:
        return Link(flatten_text(href), title=title, problem=error.reason) if chosen else None


def _read_title(element: Selector) -> str:
    texts = (element.xpath("string()").get(""), element.attrib.get("title", ""), element.attrib.get("aria-label", ""))
    return next(filter(None, map(flatten_text, texts)), "")[:_MAX_TITLE]


def _is_wanted(link: Link, page_url: str, selector: LinkSelector) -> bool:
    path = unquote(urlsplit(link.url).path) if not link.problem else ""
    if selector.pattern is not None:
        return bool(_search(selector.pattern, path))
    if selector.css is not None:
        return True
    return in_scope(link.url, [host_of(page_url)]) and looks_like_article(path)


def _search(pattern: str, path: str) -> re.Match[str] | None:
    try:
        return re.search(pattern, path)
    except re.error as error:
        raise FeedError(f"pattern {pattern!r} is no regular expression: {error}") from error


def looks_like_article(path: str) -> bool:
    """Does a path, percent-decoded, look like one article's rather than a section's?"""
    if _NEVER.search(path):
        return False
    last = path.rstrip("/").rpartition("/")[2]
    return bool(_DATE.search(path) or _NUMBER.search(path)) or len(_WORD.findall(last)) >= _HEADLINE_WORDS


def _keep_link(found: dict[str, Link], link: Link) -> None:
    """The same article is often linked by its picture and by its headline: the longer title stays."""
    key = link.url if link.problem else canonical_url(link.url)
    known = found.get(key)
    if known is None or len(known.title) < len(link.title):
        found[key] = link
