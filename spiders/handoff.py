"""From Scrapy's responses to Pages. Nothing of Scrapy goes further than this."""

from datetime import UTC, datetime
from http import HTTPStatus

from scrapy import Request
from scrapy.http import Headers, Response

from crawler.models import FetchFailure, Page
from spiders.errand import Refused, errand_of

_CONTROLS = dict.fromkeys((*range(0x20), 0x7F))
PERMANENT = "permanent"
"""In the request's meta, after a redirect: were all of them permanent?"""
OVERRULED = "overruled"
"""In the request's meta: robots.txt forbids it, and the settings allow its host."""
STOPPED = "stopped"
"""Flag of a response whose body was not loaded, because of its Content-Type."""
RECEIVED = "received"
"""Where Unpacking leaves headers and body as they came, in the request's meta."""


def make_page(response: Response) -> Page:
    """The response as a Page. Raises Refused when what it carries is no text."""
    request = response.request
    if request is None:
        raise TypeError("a response without its request")
    errand = errand_of(request)
    headers, raw = request.meta[RECEIVED]
    page = Page(
        url=response.url,
        requested_url=errand.url,
        status=response.status,
        headers=headers,
        raw=raw,
        body=response.body,
        fetched_at=datetime.now(UTC),
        moved=request.meta.get(PERMANENT, False),
        overruled=request.meta.get(OVERRULED, False),
    )
    if STOPPED in response.flags and response.status == HTTPStatus.OK:
        raise Refused(FetchFailure("bad_content", f"it is {page.header('content-type')}"))
    return page


def keep_received(request: Request, response: Response) -> None:
    """Remember headers and body before anything is unpacked."""
    request.meta[RECEIVED] = (read_headers(response.headers), response.body)


def read_headers(headers: Headers) -> tuple[tuple[str, str], ...]:
    """Names and values as text (latin-1), values of one name in their order; controls are dropped."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1").translate(_CONTROLS))
        for name, values in headers.items()
        for value in values
    )
