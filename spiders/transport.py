"""Scrapy's HTTP handler with bounds for headers, a way to break off, and one exception for all that goes wrong."""

import asyncio
from time import monotonic
from typing import cast

from scrapy import Request
from scrapy.core.downloader.contextfactory import _ScrapyClientContextFactory
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
    _ScrapyAgent,
)
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet._sslverify import ClientTLSOptions
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IOpenSSLClientConnectionCreator
from twisted.internet.ssl import CertificateOptions, platformTrust
from twisted.web._newclient import Request as TxRequest
from twisted.web.client import Agent, BrowserLikePolicyForHTTPS
from twisted.web.iweb import IPolicyForHTTPS, IResponse

from crawler.models import FetchFailure
from spiders.connecting import GuardedEndpoints
from spiders.errand import BrokenConnection, Refused, errand_of
from spiders.failures import HeaderFlood, is_broken_connection, name_failure
from spiders.guard import current_reactor

ABORT = object()
"""Signal: break off every download now."""
_MAX_HEADER_LINES = 200
_MAX_HEADER_BYTES = 64 << 10
_IDLE_S = 15
"""How long a connection may wait for the next page of its host."""


class _BoundedParser(_LenientHTTPClientParser):
    """Counts header lines over the whole answer, 1xx included; DOWNLOAD_MAXSIZE counts the body only."""

    seen_lines = 0
    seen_bytes = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
        self.seen_lines += 1
        self.seen_bytes += len(line)
        if self.seen_lines > _MAX_HEADER_LINES or self.seen_bytes > _MAX_HEADER_BYTES:
            raise HeaderFlood(f"more than {_MAX_HEADER_LINES} header lines or {_MAX_HEADER_BYTES} bytes of them")
        super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:  # noqa: ARG002, N802 - Twisted's signature
        raise HeaderFlood(f"a header line of more than {self.MAX_LENGTH} bytes")


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: TxRequest) -> Deferred[IResponse]:
        answer = super().request(request)
        # Scrapy's own way to choose the parser: Twisted makes it inside request()
        if self._parser is not None:
            self._parser.__class__ = _BoundedParser
        return answer


class _BoundedFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: IAddress | None) -> _BoundedProtocol:  # noqa: ARG002, N802 - Twisted's signature
        return _BoundedProtocol(self._quiescentCallback)  # type: ignore[no-untyped-call]  # Twisted's


class _SharedTrust(BrowserLikePolicyForHTTPS):
    """One TLS context for all connections that are verified: making one reads all of the system's certificates.
    Which name the other side must prove is decided for each connection, not by the context."""

    def __init__(self, made: _ScrapyClientContextFactory) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Twisted's
        self._made = made
        self._options: CertificateOptions | None = None

    def creatorForNetloc(self, hostname: bytes, port: int) -> IOpenSSLClientConnectionCreator:  # noqa: ARG002, N802 - Twisted's
        if self._options is None:
            wanted = self._made._get_cert_options_kwargs()  # noqa: SLF001 - Scrapy reads its settings there
            trust = platformTrust()  # type: ignore[no-untyped-call]  # Twisted's
            self._options = CertificateOptions(trustRoot=trust, **wanted)
        creator = ClientTLSOptions(self._options.clientConnectionForTLS, hostname.decode("ascii"))
        return cast("IOpenSSLClientConnectionCreator", creator)


class _GuardedAgent(_ScrapyAgent):
    """Knows no proxy, whatever a request says."""

    def _get_agent(self, request: Request, timeout: float) -> Agent:  # noqa: ARG002 - Scrapy's signature
        reactor = current_reactor()
        endpoints = GuardedEndpoints(reactor, self._contextFactory, timeout)
        agent: Agent = Agent.usingEndpointFactory(reactor, endpoints, self._pool)  # type: ignore[no-untyped-call]  # Twisted's
        return agent


class _BoundedHandler(HTTP11DownloadHandler):
    """Raises Refused and nothing else."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory  # noqa: SLF001 - Scrapy sets its own in the same way
        self._pool.cachedConnectionTimeout = _IDLE_S
        self._pool.retryAutomatically = False  # RETRY_TIMES counts all of them
        self._downloads: set[asyncio.Future[Response]] = set()
        self._stopped = False
        crawler.signals.connect(self._abort, signal=ABORT)

    async def download_request(self, request: Request) -> Response:
        if self._stopped:
            raise Refused(FetchFailure("interrupted"))
        download = asyncio.ensure_future(self._download(request))
        self._downloads.add(download)
        try:
            return await download
        except asyncio.CancelledError as error:
            raise Refused(FetchFailure("interrupted")) from error
        except Exception as error:  # whatever it is, it becomes a failure with a name
            kind = BrokenConnection if is_broken_connection(error) else Refused
            raise kind(name_failure(error, request.url)) from error
        finally:
            self._downloads.discard(download)
            self._begin_pause(request)

    def _begin_pause(self, request: Request) -> None:
        """A host rests from the end of an answer. Scrapy counts from when it decided to ask, so that what looking up
        and connecting took would be missing between that request and the next, which may use the connection again."""
        slot = self._crawler.engine.downloader.slots.get(request.meta["download_slot"])
        if slot is not None:
            slot.lastseen = monotonic()

    async def _download(self, request: Request) -> Response:
        """As the handler of Scrapy's, by an agent of ours."""
        agent = _GuardedAgent(
            contextFactory=self._contextFactory,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
        )
        with wrap_twisted_exceptions():
            return await maybe_deferred_to_future(agent.download_request(request))

    def _abort(self) -> None:
        self._stopped = True
        for download in tuple(self._downloads):
            download.cancel()


class _UnverifiedHandler(_BoundedHandler):
    """For sources with `verify_tls: false`, with connections of its own, so that no other source uses them."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        # the setting is for all requests; its factory reads this attribute for each connection
        self._contextFactory._verify_certificates = False  # noqa: SLF001 - no setting can say it


class GuardedHandler(_BoundedHandler):
    """What DOWNLOAD_HANDLERS names for http and https."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._contextFactory = cast("IPolicyForHTTPS", _SharedTrust(self._contextFactory))
        self._unverified = _UnverifiedHandler(crawler)

    async def download_request(self, request: Request) -> Response:
        if errand_of(request).source.verify_tls:
            return await super().download_request(request)
        return await self._unverified.download_request(request)

    async def close(self) -> None:
        await super().close()
        await self._unverified.close()
