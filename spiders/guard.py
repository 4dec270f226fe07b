"""The address guard where it cannot be walked around: in the one session that every connection of ours comes from.

aiohttp asks its resolver for the addresses of a name, and the socket factory for a socket for each address that it is
about to connect to, plain IP addresses too. So a name that changes its mind between check and connect, a redirect,
robots.txt: all of them end here.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import lru_cache
from ipaddress import ip_address
from queue import SimpleQueue
from threading import Semaphore, Thread
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from scrapy.crawler import Crawler

from crawler.errors import GuardError
from crawler.fetch.guard import private_endpoints, refuse_endpoint
from crawler.fetch.urls import split_endpoint
from crawler.models import FetchFailure
from settings.model import Source
from spiders.errand import Refused
from spiders.wire import MAX_HEADER_LINES, WireProtocol, WireRequest

Lookup = Callable[..., Sequence[Any]]
"""As socket.getaddrinfo."""
Place = tuple[Any, ...]
"""(family, kind, protocol, canonical name, (address, port, ...)), as getaddrinfo gives them."""

_LOOKUP_THREADS = 64
"""Names that may be looked up at once; a tar-pitted name keeps a thread for seconds."""
_IDLE_S = 15
"""How long a connection may wait for the next page of its host."""
_NEXT_ADDRESS_S = 0.3
"""So long one address of a name may keep the next one waiting (RFC 8305)."""
_PROBES = (("127.0.0.1", 80), ("::1", 443), ("169.254.169.254", 80), ("192.0.2.1", 25))
_PROBE_S = 2.0
_OURS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""Headers that aiohttp would add; what we send is said in `spiders.errand`."""


class AddressRefused(OSError):
    """Nobody may connect there."""


class _LookupThreads:
    """Made at need, kept for ever. The end of the process does not wait for them: a lookup cannot be cancelled."""

    def __init__(self, most: int) -> None:
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._idle = Semaphore(0)
        self._left = most

    def run(self, look_up: Callable[[], Any]) -> Future[Any]:
        answer: Future[Any] = Future()
        self._waiting.put((answer, look_up))
        if not self._idle.acquire(blocking=False) and self._left:
            self._left -= 1
            Thread(target=self._work, name="lookup", daemon=True).start()
        return answer

    def _work(self) -> None:
        while True:
            answer, look_up = self._waiting.get()
            if answer.set_running_or_notify_cancel():
                try:
                    answer.set_result(look_up())
                except Exception as error:  # noqa: BLE001 - the thread must survive; who asked is told
                    answer.set_exception(error)
            del answer, look_up  # nothing is kept alive by a thread that waits
            self._idle.release()


_THREADS = _LookupThreads(_LOOKUP_THREADS)


class AddressGuard(AbstractResolver):
    """Gives out public addresses only, and those of endpoints that sources declared private; makes their sockets."""

    def __init__(self, getaddrinfo: Lookup = socket.getaddrinfo) -> None:
        self._getaddrinfo = getaddrinfo
        self.private = private_endpoints(())
        self._given: set[tuple[str, int]] = set()
        """Addresses and ports that names of private endpoints led to."""
        self._session: aiohttp.ClientSession | None = None

    def permit(self, sources: Iterable[Source]) -> None:
        """From now on these sources' private endpoints may be reached, and no others."""
        self.private = private_endpoints(sources)
        self._given.clear()

    def open_session(self) -> aiohttp.ClientSession:
        """The one session; needs a running loop. Remembers nothing of one request for another."""
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=self,
                socket_factory=self.make_socket,
                use_dns_cache=False,
                limit=0,  # Scrapy's slots decide how many there are
                keepalive_timeout=_IDLE_S,
                happy_eyeballs_delay=_NEXT_ADDRESS_S,
                ssl=_make_trust(),
            )
            # no parameter says it: each connection has a protocol of ours, which counts what comes before an answer
            connector._factory = WireProtocol.make  # type: ignore[assignment]  # noqa: SLF001 - see above
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                request_class=WireRequest,
                skip_auto_headers=_OURS,
                max_headers=MAX_HEADER_LINES,
            )
            self._session._retry_connection = False  # noqa: SLF001 - SecondTry counts all of them
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def check(self, url: str) -> None:
        """Before anything is looked up: port, and addresses that stand there themselves. Raises Refused."""
        host, port = split_endpoint(url)
        _refuse(refuse_endpoint(host, port, _read_literal(host), self.private))

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Those of its addresses that may be connected to. Raises Refused, OSError when there are none."""
        found = await asyncio.wrap_future(
            _THREADS.run(lambda: self._getaddrinfo(host, port, family, socket.SOCK_STREAM))
        )
        return [_describe(host, port, place) for place in self._choose(host, port, found)]

    def _choose(self, host: str, port: int, found: Sequence[Place]) -> Iterator[Place]:
        places = {str(place[4][0]): place for place in found}
        _refuse(refuse_endpoint(host, port, places, self.private))
        is_declared = (host.lower().removesuffix("."), port) in self.private
        for address, place in places.items():
            if is_declared:
                self._given.add((address, port))
            if is_declared or refuse_endpoint(host, port, (address,), self.private) is None:
                yield place

    def make_socket(self, place: Place) -> socket.socket:
        """aiohttp asks for one for each address that it is about to connect to, and for no other. Raises
        AddressRefused."""
        family, kind, protocol, _, (address, port, *_) = place
        if (address, port) not in self._given:
            refusal = refuse_endpoint(address, port, (address,), self.private)
            if refusal is not None:
                raise AddressRefused(refusal)
        return socket.socket(family, kind, protocol)


def _make_trust() -> ssl.SSLContext:
    """For all connections that are verified: making one reads all of the system's certificates. Which name the other
    side must prove is decided for each connection."""
    trust = ssl.create_default_context()
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    return trust


def _describe(host: str, port: int, place: Place) -> ResolveResult:
    family, _, protocol, _, (address, *_) = place
    return {
        "hostname": host,
        "host": str(address),
        "port": port,
        "family": family,
        "proto": protocol,
        "flags": socket.AI_NUMERICHOST,
    }


def _refuse(refusal: str | None) -> None:
    if refusal is not None:
        raise Refused(FetchFailure("blocked", refusal))


@lru_cache(16_384)
def _read_literal(host: str) -> tuple[str, ...]:
    """An address that needs no lookup; odd spellings such as `0x7f.1` go to the system, whose answer is checked."""
    try:
        return (str(ip_address(host)),)
    except ValueError:
        return ()


_GUARDS: WeakKeyDictionary[Crawler, AddressGuard] = WeakKeyDictionary()


def guard_of(crawler: Crawler) -> AddressGuard:
    """The guard of all that a crawler asks for."""
    if crawler not in _GUARDS:
        _GUARDS[crawler] = AddressGuard()
    return _GUARDS[crawler]


def set_guard(crawler: Crawler, guard: AddressGuard) -> None:
    """Before the crawler begins."""
    _GUARDS[crawler] = guard


async def verify_guard(session: aiohttp.ClientSession, declared: frozenset[tuple[str, int]] = frozenset()) -> None:
    """Ask for addresses that nobody may reach. Raises GuardError unless each is refused where its socket is made."""
    for host, port in (probe for probe in _PROBES if probe not in declared):
        url = f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
        if not await _is_refused(session, url):
            raise GuardError(f"the address guard lets {host} port {port} through")


async def _is_refused(session: aiohttp.ClientSession, url: str) -> bool:
    with suppress(TimeoutError, aiohttp.ClientError, OSError):
        try:
            async with session.get(url, timeout=aiohttp.ClientTimeout(total=_PROBE_S), allow_redirects=False):
                return False
        except aiohttp.ClientConnectorError as error:
            return isinstance(error.os_error, AddressRefused)
    return False
