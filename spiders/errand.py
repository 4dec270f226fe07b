"""Why a request is made, carried with it through Scrapy, and the requests themselves."""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Literal

from scrapy import Request
from scrapy.exceptions import IgnoreRequest

from crawler.fetch.urls import check_url, host_of, robots_of, slot_of
from crawler.models import FetchFailure, PendingLink, SourceState
from settings.model import Run, Source

FEED_MAXSIZE = 8 << 20
"""Bytes of a poll's answer, packed and unpacked; pages have DOWNLOAD_MAXSIZE."""
_FEED_ACCEPT = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8"
_PAGE_ACCEPT = "text/html, application/xhtml+xml, */*;q=0.8"


_check_source = lru_cache(16_384)(check_url)
"""The address of a source is the same at each poll."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a request is for."""

    kind: Literal["poll", "article", "robots", "part"]
    """part: what the scripts of a page that is rendered ask for."""
    source: Source
    url: str
    """The address first asked for."""
    scope: tuple[str, ...] = ()
    """Hosts that redirects may lead to; anywhere that the guard allows when empty."""
    link_id: int = 0


class Refused(IgnoreRequest):
    """There will be no page, and this is why. The only exception that leaves the downloader."""

    def __init__(self, failure: FetchFailure) -> None:
        super().__init__(f"{failure.kind}: {failure.detail}")
        self.failure = failure


class BrokenConnection(Refused):
    """The connection was lost on the way: SecondTry makes one more, at once."""


def errand_of(request: Request) -> Errand:
    errand = request.meta["errand"]
    if not isinstance(errand, Errand):
        raise TypeError("a request without an errand")
    return errand


def make_poll(source: Source, state: SourceState, run: Run) -> Request:
    """A conditional request. Raises LinkError."""
    errand = Errand("poll", source, _check_source(source.url))
    request = _make_request(errand, run, _FEED_ACCEPT if source.kind in ("feed", "sitemap") else _PAGE_ACCEPT)
    request.meta["download_maxsize"] = FEED_MAXSIZE
    request.headers["Connection"] = "close"  # polls are far apart, and an idle TLS connection keeps 60 KB
    if state.etag is not None:
        request.headers["If-None-Match"] = state.etag.encode("latin-1", "replace")
    if state.last_modified is not None:
        request.headers["If-Modified-Since"] = state.last_modified.encode("latin-1", "replace")
    return request


def make_stretch(url: str, start: int, end: int, source: Source, run: Run) -> Request:
    """Bytes [start, end) of a file. Raises LinkError."""
    request = _make_request(Errand("poll", source, check_url(url)), run, "*/*")
    request.meta["download_maxsize"] = FEED_MAXSIZE
    request.headers["Range"] = f"bytes={start}-{end - 1}"
    request.headers["Accept-Encoding"] = "identity"
    return request


def make_article(link: PendingLink, source: Source, run: Run) -> Request:
    """Raises LinkError."""
    url = check_url(link.link.url)
    errand = Errand("article", source, url, (*source.scope, source.host, host_of(url)), link.id)
    return _make_request(errand, run, _PAGE_ACCEPT)


def make_part(url: str, source: Source, run: Run) -> Request:
    """What a page that is rendered asks for. Raises LinkError."""
    request = _make_request(Errand("part", source, check_url(url)), run, "*/*")
    request.meta["download_slot"] = queue_of(request.url, "part")
    return request


def queue_of(url: str, kind: str) -> str:
    """Which requests wait for each other: those to one host; the parts of a page that is being read have a queue of
    their own, as in a reader's browser."""
    return f"parts of {slot_of(url)}" if kind == "part" else slot_of(url)


def make_robots(request: Request) -> Request:
    """Ask for the robots.txt that rules over a request, in the same way."""
    robots = Errand("robots", errand_of(request).source, robots_of(request.url))
    headers = {name: request.headers[name] for name in ("User-Agent",) if name in request.headers}
    return Request(
        robots.url,
        headers={"Accept": "text/plain, */*;q=0.5", **headers},
        meta={
            "errand": robots,
            "verbatim_url": True,
            "download_slot": slot_of(robots.url),
            "download_timeout": request.meta["download_timeout"],
        },
        dont_filter=True,
    )


def _make_request(errand: Errand, run: Run, accept: str) -> Request:
    source = errand.source
    timeout: timedelta = source.timeout or run.fetch_timeout
    headers = {"Accept": accept, "Accept-Language": "*"}
    if source.user_agent:
        headers["User-Agent"] = source.user_agent
    return Request(
        errand.url,
        headers=headers,
        meta={
            "errand": errand,
            "verbatim_url": True,  # it went through `check_url`: what was checked is what is sent
            "download_slot": slot_of(errand.url),
            "download_timeout": timeout.total_seconds(),
            "handle_httpstatus_all": True,  # every status is judged by crawler.fetch.policy
        },
        dont_filter=True,
    )
