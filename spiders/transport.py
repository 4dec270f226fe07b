"""How requests of Scrapy's reach the network: aiohttp, the guard's session, and one exception for all that goes wrong.

Scrapy's own handler, which is Twisted's client, takes three times the CPU of this one for a poll over http, and more
over https; the one that it has for aiohttp knows neither guard nor bounds.
"""

import asyncio
import ssl
from collections.abc import Iterator
from functools import cache
from time import monotonic

import aiohttp
from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import ACCEPTED_ENCODINGS
from scrapy.http import Headers, Response
from yarl import URL

from crawler.models import FetchFailure
from spiders.errand import BrokenConnection, Refused, errand_of
from spiders.failures import is_broken_connection, name_failure
from spiders.guard import guard_of
from spiders.handoff import STOPPED
from spiders.media import is_readable
from spiders.wire import check_headers

ABORT = object()
"""Signal: break off every download now."""


class GuardedHandler(BaseDownloadHandler):
    """What DOWNLOAD_HANDLERS names for http and https. Raises Refused and nothing else."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._guard = guard_of(crawler)
        self._session = self._guard.open_session()
        encodings = b", ".join(ACCEPTED_ENCODINGS).decode("ascii")
        self._always = {"User-Agent": crawler.settings["USER_AGENT"], "Accept-Encoding": encodings}
        """What a request says that does not say otherwise."""
        self._maxsize = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._downloads: set[asyncio.Task[object]] = set()
        """Scrapy's, one for each request that has left its host's queue."""
        self._stopped = False
        crawler.signals.connect(self._abort, signal=ABORT)

    async def download_request(self, request: Request) -> Response:
        download = asyncio.current_task()
        if self._stopped or download is None:
            raise Refused(FetchFailure("interrupted"))
        self._downloads.add(download)
        try:
            return await self._download(request)
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
        slot = self.crawler.engine.downloader.slots.get(request.meta["download_slot"])
        if slot is not None:
            slot.lastseen = monotonic()

    async def _download(self, request: Request) -> Response:
        self._guard.check(request.url)
        async with self._session.get(
            URL(request.url, encoded=True),  # it went through `check_url`: what was checked is what is sent
            headers=self._always | dict(_decode_headers(request.headers)),
            timeout=aiohttp.ClientTimeout(total=request.meta["download_timeout"]),
            ssl=True if errand_of(request).source.verify_tls else _distrust(),
            allow_redirects=False,
        ) as answer:
            return await self._read(answer, request)

    async def _read(self, answer: aiohttp.ClientResponse, request: Request) -> Response:
        check_headers(answer.raw_headers)
        if not is_readable(answer.headers.get("Content-Type", ""), errand_of(request).kind):
            return Response(request.url, answer.status, answer.raw_headers, flags=[STOPPED])
        body = await self._read_body(answer, request.meta.get("download_maxsize", self._maxsize))
        return Response(request.url, answer.status, answer.raw_headers, body)

    async def _read_body(self, answer: aiohttp.ClientResponse, most: int) -> bytes:
        body = bytearray()
        if (answer.content_length or 0) > most:
            raise _too_large(most)
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > most:
                raise _too_large(most)
        return bytes(body)

    def _abort(self) -> None:
        self._stopped = True
        for download in tuple(self._downloads):
            download.cancel()

    async def close(self) -> None:
        await self._guard.close()


def _decode_headers(headers: Headers) -> Iterator[tuple[str, str]]:
    """Ours have one value each."""
    for name, values in dict.items(headers):
        yield name.decode("latin-1"), values[-1].decode("latin-1")


@cache
def _distrust() -> ssl.SSLContext:
    """For sources with `verify_tls: false`; one for all. aiohttp lets no other source use their connections."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _too_large(most: int) -> Refused:
    return Refused(FetchFailure("too_large", f"more than {most} bytes"))
