"""Names for everything that a download can fail of. The one place that knows Twisted's and Scrapy's exceptions."""

import re
from collections.abc import Iterator

from OpenSSL import SSL
from scrapy import exceptions as scrapy_errors
from service_identity import VerificationError
from twisted.internet import error as twisted_errors
from twisted.python.failure import Failure

from crawler.fetch.urls import host_of, port_of
from crawler.models import FailureKind, FetchFailure
from spiders.errand import Refused
from spiders.guard import current_reactor, find_guard

_LINE = 200
"""Characters of a failure's detail."""


_SAID_TWICE = re.compile(r": \d+: [^:]+$")
"""What Twisted adds to its own words: those of the operating system, with their number."""


class HeaderFlood(Exception):
    """More header than any page needs."""


_KINDS: tuple[tuple[type[BaseException], FailureKind], ...] = (
    (HeaderFlood, "too_large"),
    (SSL.Error, "tls"),
    (VerificationError, "tls"),
    (scrapy_errors.CannotResolveHostError, "dns"),
    (scrapy_errors.DownloadTimeoutError, "timeout"),
    (twisted_errors.TimeoutError, "timeout"),
    (scrapy_errors.DownloadCancelledError, "too_large"),
    (scrapy_errors.DownloadConnectionRefusedError, "connect"),
    (scrapy_errors.ResponseDataLossError, "connect"),
    (scrapy_errors.UnsupportedURLSchemeError, "bad_url"),
    (scrapy_errors.NotSupported, "bad_url"),
    (twisted_errors.ConnectError, "connect"),
    (twisted_errors.ConnectionClosed, "connect"),
    (UnicodeError, "bad_url"),
    (OSError, "connect"),
)
"""First match counts, in the error or in what it was raised from."""
_BROKEN = (twisted_errors.ConnectionClosed, scrapy_errors.ResponseDataLossError)


def name_failure(error: BaseException, url: str) -> FetchFailure:
    """What the ledger says of it."""
    if isinstance(error, Refused):
        return error.failure
    kind = _find_kind(error)
    if kind == "dns":
        refusal = find_guard(current_reactor()).refusal_of(host_of(url), port_of(url))
        return FetchFailure("blocked", refusal) if refusal else FetchFailure("dns", f"no address for {host_of(url)}")
    return FetchFailure(kind, _describe(error, kind))


def is_broken_connection(error: BaseException) -> bool:
    """Was it lost on the way, so that the same request may go through the next moment?"""
    return _find_kind(error) == "connect" and any(isinstance(cause, _BROKEN) for cause in _causes(error))


def _find_kind(error: BaseException) -> FailureKind:
    causes = tuple(_causes(error))
    for known, kind in _KINDS:
        if any(isinstance(cause, known) for cause in causes):
            return kind
    return "error"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it was raised from; Twisted gathers reasons in Failures."""
    todo, seen = [error], set[int]()
    while todo:
        cause = todo.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        todo += _gathered_in(cause)
        todo += [inner] if (inner := cause.__cause__) else []


def _gathered_in(error: BaseException) -> list[BaseException]:
    reasons = [reason for reason in getattr(error, "reasons", ()) if isinstance(reason, Failure)]
    return [reason.value for reason in reasons if reason.value is not None]


def _describe(error: BaseException, kind: FailureKind) -> str:
    """The innermost message, on one line."""
    texts = [" ".join(str(cause).split()) for cause in _causes(error) if kind != "tls" or _is_tls(cause)]
    text = texts[-1] if texts and texts[-1] else type(error).__name__
    return _SAID_TWICE.sub("", text)[:_LINE]


def _is_tls(cause: BaseException) -> bool:
    return isinstance(cause, SSL.Error | VerificationError)
