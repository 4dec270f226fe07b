"""An outlet's own lists of its past: one a day or month, numbered ones, or each with a link to the next. No I/O."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from crawler.errors import LinkError
from crawler.extract.hygiene import flatten_text
from crawler.fetch.urls import host_of, in_scope, join_link
from crawler.models import Link, Page
from settings.model import LinkSelector, Source
from spiders.listings import count_links, parse_html, read_listing
from spiders.periods import FIRST_PAGE, Span, find_period, next_page, read_places

_NEXT: Final = re.compile(
    r"(?:next|older|more)(?: (?:page|posts|news|entries|articles))?|(?:الصفحة )?(?:التالي|التالية|السابقة|الأقدم)|"
    r"(?:صفحه )?(?:بعد|بعدی|قبلی)|(?:הבא|לעמוד הבא)|(?:sonraki|önceki)(?: sayfa)?|suivante?|siguiente|[»→>]+",
    re.IGNORECASE,
)
"""What a link to the next page says, without signs."""
_SIGNS: Final = " \u200e\u200f"


@dataclass(frozen=True, slots=True)
class PastPage:
    """What one of them lists."""

    links: list[Link]
    """Articles that may be of that time."""
    more: list[str]
    """Where it goes on."""
    left_out: int
    """Articles of another time."""
    problem: str = ""
    """Why it lists none, where it seems to."""


def read_past_page(page: Page, source: Source, pattern: str | None, span: Span) -> PastPage:
    """An article is of the day in its address, else of the day that the page is for. Raises FeedError."""
    listed = list(read_listing(page, source.past_links or source.links).links)
    period, number = read_places(pattern, page.requested_url) if pattern else (None, None)
    if not listed:
        # a number after the last page shows what stands around articles, and that is no reason to tell anybody
        return PastPage([], [], 0, _explain_none(page, source) if number in (None, FIRST_PAGE) else "")
    periods = [find_period(urlsplit(link.url).path) for link in listed]
    fit = [link for link, own in zip(listed, periods, strict=True) if span.meets(own or period)]
    known = [own for own in periods if own is not None]
    # lists begin with what is new: where all is too old, so is what follows
    if len(known) * 2 > len(listed) and all(own.until <= span.since for own in known):
        return PastPage(fit, [], len(listed) - len(fit))
    if pattern and number is not None:
        return PastPage(fit, [next_page(pattern, page.requested_url, number)], len(listed) - len(fit))
    return PastPage(fit, _find_next(page), len(listed) - len(fit))


def _explain_none(page: Page, source: Source) -> str:
    """Empty for a page that has no links but those of menus, as that of a day without articles."""
    count = count_links(page)
    if not count:
        return ""
    if source.past_links or source.links != LinkSelector():
        return f"{page.requested_url}: past_links: (or links:) chooses none of its {count} links"
    return f"{page.requested_url}: none of its {count} links has the form of an article's; say which with past_links:"


def _find_next(page: Page) -> list[str]:
    """The page that this one calls its next."""
    root = parse_html(page)
    told = root.css("link[rel~=next]::attr(href), a[rel~=next]::attr(href)").getall()
    said = [
        element.attrib["href"]
        for element in root.css("a[href]")
        if any(
            _NEXT.fullmatch(flatten_text(text).strip(_SIGNS))
            for text in (element.xpath("string()").get(""), element.attrib.get("aria-label", ""))
        )
    ]
    for href in (*told, *said):
        try:
            url = join_link(page.url, href)
        except LinkError:
            continue
        if in_scope(url, (host_of(page.url),)) and url not in (page.url, page.requested_url):
            return [url]
    return []
