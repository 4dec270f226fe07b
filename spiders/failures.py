"""Names for everything that a download can fail of. The one place that knows aiohttp's exceptions."""

import ssl
from collections.abc import Iterator

import aiohttp
from aiohttp.http_exceptions import BadHttpMessage, LineTooLong

from crawler.fetch.urls import host_of
from crawler.models import FailureKind, FetchFailure
from spiders.errand import Refused
from spiders.guard import AddressRefused
from spiders.wire import HeaderFlood

_LINE = 200
"""Characters of a failure's detail."""

_KINDS: tuple[tuple[type[BaseException], FailureKind], ...] = (
    (AddressRefused, "blocked"),
    (HeaderFlood, "too_large"),
    (LineTooLong, "too_large"),
    (ssl.SSLError, "tls"),
    (ssl.CertificateError, "tls"),
    (aiohttp.ClientConnectorDNSError, "dns"),
    (TimeoutError, "timeout"),
    (aiohttp.ClientPayloadError, "connect"),
    (aiohttp.ClientConnectionError, "connect"),
    (aiohttp.InvalidURL, "bad_url"),
    (UnicodeError, "bad_url"),
    (OSError, "connect"),
)
"""First match counts, in the error or in what it was raised from."""


def name_failure(error: BaseException, url: str) -> FetchFailure:
    """What the ledger says of it."""
    if isinstance(error, Refused):
        return error.failure
    kind = _find_kind(error)
    if kind == "dns":
        return FetchFailure("dns", f"no address for {host_of(url)}")
    return FetchFailure(kind, _describe(error) or ("no answer in time" if kind == "timeout" else type(error).__name__))


def is_broken_connection(error: BaseException) -> bool:
    """Was it lost on the way, so that the same request may go through the next moment?"""
    never_begun = isinstance(error, aiohttp.ClientConnectorError)
    return not never_begun and isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError)


def _find_kind(error: BaseException) -> FailureKind:
    causes = tuple(_causes(error))
    if any(isinstance(cause, BadHttpMessage) and "Too many headers" in str(cause) for cause in causes):
        return "too_large"
    for known, kind in _KINDS:
        if any(isinstance(cause, known) for cause in causes):
            return kind
    return "error"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it was raised from."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _describe(error: BaseException) -> str:
    """The innermost message, on one line; empty when there is none."""
    texts = [text for cause in _causes(error) if (text := " ".join(str(cause).split()))]
    return texts[-1][:_LINE] if texts else ""
