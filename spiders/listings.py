"""Section pages: the links of a page that lead to articles. Page → Links, no I/O. Runs in a worker process."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote, urlsplit

from cssselect import SelectorError
from lxml.html import HtmlElement
from parsel import Selector

from crawler.errors import FeedError, LinkError
from crawler.extract.decode import decode_bytes
from crawler.extract.hygiene import clean_text, flatten_text
from crawler.fetch.urls import canonical_url, host_of, in_scope, join_link
from crawler.models import Link, Page
from settings.model import LinkSelector
from spiders.feeds import MAX_ITEMS, FeedLinks
from spiders.shapes import Anchor, choose_articles

MAX_BYTES: Final = 8 << 20
_MAX_TITLE: Final = 1000
_CHARSET: Final = re.compile(r"charset\s*=\s*[\"']?([\w:.-]+)", re.IGNORECASE)
_CHALLENGE: Final = re.compile(
    r"just a moment|attention required|ddos-guard|checking your browser|access denied", re.IGNORECASE
)

_MENUS: Final = (
    "//nav//a[@href] | //footer//a[@href] | //header[not(ancestor::article or ancestor::li)]//a[@href]"
    " | //*[contains(@class, 'menu') or contains(@class, 'breadcrumb') or contains(@class, 'navbar')"
    " or contains(@class, 'footer') or @role='navigation' or @id='menu' or @id='footer']//a[@href]"
)


def read_listing(page: Page, selector: LinkSelector) -> FeedLinks:
    """Each article link once, in the page's order, titled with the longest text of its links. Raises FeedError.

    Without a selector, links count that stay on the page's site and have the form that its articles' addresses have.
    """
    root = parse_html(page)
    base = _find_base(root, page.url)
    if selector == LinkSelector():
        links = choose_articles(list(_read_anchors(root, base, page.url)))
    else:
        links = list(_read_chosen(root, base, selector))
    if not links and _CHALLENGE.search(root.css("title::text").get("")):
        raise FeedError("a challenge page, not a list of articles")
    return FeedLinks(tuple(links[:MAX_ITEMS]), max(len(links) - MAX_ITEMS, 0))


def count_links(page: Page) -> int:
    """Addresses of the page's own site outside its menus, articles or not. Raises FeedError."""
    root = parse_html(page)
    return sum(not anchor.in_menu for anchor in _read_anchors(root, _find_base(root, page.url), page.url))


def _read_chosen(root: Selector, base: str, selector: LinkSelector) -> Iterable[Link]:
    found: dict[str, Link] = {}
    for element in _select(root, selector):
        link = _make_link(element, base, chosen=bool(selector.css or selector.xpath))
        if link is not None and _fits_pattern(link, selector.pattern):
            _keep_link(found, link)
    return found.values()


def _read_anchors(root: Selector, base: str, page_url: str) -> Iterable[Anchor]:
    """Every address of the page's own site, once."""
    found: dict[str, Link] = {}
    outside: set[str] = set()
    menus = {anchor.root for anchor in root.xpath(_MENUS)}
    for element in root.css("a[href]"):
        link = _make_link(element, base, chosen=False)
        if link is not None and in_scope(link.url, [host_of(page_url)]):
            key = _keep_link(found, link)
            if element.root not in menus:
                outside.add(key)
    return [Anchor(link, in_menu=key not in outside) for key, link in found.items()]


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


def _select(root: Selector, selector: LinkSelector) -> list[Selector]:
    rule = selector.xpath or selector.css
    try:
        found = root.xpath(selector.xpath) if selector.xpath else root.css(selector.css or "a[href]")
        return [each for each in found if isinstance(each.root, HtmlElement)]
    except (SelectorError, ValueError) as error:
        kind = "XPath" if selector.xpath else "CSS"
        raise FeedError(f"selector {rule!r} is no {kind}: {error}") from error


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


def _fits_pattern(link: Link, pattern: str | None) -> bool:
    path = unquote(urlsplit(link.url).path) if not link.problem else ""
    return pattern is None or bool(_search(pattern, path))


def _search(pattern: str, path: str) -> re.Match[str] | None:
    try:
        return re.search(pattern, path)
    except re.error as error:
        raise FeedError(f"pattern {pattern!r} is no regular expression: {error}") from error


def _keep_link(found: dict[str, Link], link: Link) -> str:
    """The same article is often linked by its picture and by its headline: the longer title stays. Gives its key."""
    key = link.url if link.problem else canonical_url(link.url)
    known = found.get(key)
    if known is None or len(known.title) < len(link.title):
        found[key] = link
    return key
