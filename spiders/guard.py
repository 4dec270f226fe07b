"""The address guard where it cannot be walked around: in the resolver that every connection asks.

Twisted asks `reactor.nameResolver` for each connection, for plain IP addresses too, and connects only to what it
answers. So a name that changes its mind between check and connect, a redirect, robots.txt: all of them end here.
"""

import socket
import sys
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from ipaddress import ip_address
from threading import Thread
from typing import Any, Self

from scrapy.crawler import Crawler
from twisted.internet._resolver import GAIResolver, HostResolution
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IAddress, IHostnameResolver, IResolutionReceiver
from twisted.python.threadpool import ThreadPool
from zope.interface import implementer  # type: ignore[import-untyped]  # has neither types nor stubs

from crawler.errors import GuardError
from crawler.fetch.guard import private_endpoints, refuse_endpoint
from settings.model import Source

Reactor = Any
Resolver = Any
Lookup = Any
Receiver = Any
Resolution = Any
Address = IPv4Address | IPv6Address
"""Twisted's interfaces are zope's, which types cannot follow."""

_LOOKUP_THREADS = 64
"""Names that may be looked up at once; a tar-pitted name keeps a thread for seconds."""
_REMEMBERED = 1000
_PROBES = (("127.0.0.1", 80), ("::1", 443), ("169.254.169.254", 80), ("192.0.2.1", 25))


class _LookupThread(Thread):
    """The end of the process does not wait for it: a lookup cannot be cancelled."""

    daemon = True


class _LookupThreads(ThreadPool):
    threadFactory = _LookupThread  # noqa: N815 - Twisted's name


@implementer(IHostnameResolver)
class GuardedResolver:
    """Answers with public addresses only, and with those of endpoints that sources declared private."""

    def __init__(self, reactor: Reactor, getaddrinfo: Lookup = socket.getaddrinfo) -> None:
        self.reactor = reactor
        self._lookup = self._make_lookup(getaddrinfo)
        self.private = private_endpoints(())
        self._refusals: OrderedDict[tuple[str, int], str] = OrderedDict()

    def _make_lookup(self, getaddrinfo: Lookup) -> Resolver:
        threads = _LookupThreads(0, _LOOKUP_THREADS, name="lookup")
        threads.start()
        return GAIResolver(self.reactor, lambda: threads, getaddrinfo)

    @classmethod
    def from_crawler(cls, _crawler: Crawler, reactor: Reactor) -> Self:
        """Scrapy's way of making what TWISTED_DNS_RESOLVER names; only `scrapy crawl` goes it."""
        return cls(reactor)

    def install_on_reactor(self) -> None:
        self.reactor.installNameResolver(self)

    def permit(self, sources: Iterable[Source]) -> None:
        """From now on these sources' private endpoints may be reached, and no others."""
        self.private = private_endpoints(sources)

    def refusal_of(self, host: str, port: int) -> str | None:
        """Why the last lookup of host:port gave nothing, when it was the guard that said so. Host as by `host_of`."""
        return self._refusals.get((host, port))

    def resolveHostName(  # noqa: N802 - IHostnameResolver's name
        self,
        resolutionReceiver: Receiver,  # noqa: N803 - same
        hostName: str,  # noqa: N803 - same
        portNumber: int = 0,  # noqa: N803 - same
        addressTypes: Sequence[type[IAddress]] | None = None,  # noqa: N803 - same
        transportSemantics: str = "TCP",  # noqa: N803 - same
    ) -> Resolution:
        answer = _GuardedAnswer(self, resolutionReceiver, hostName, portNumber)
        address = _read_literal(hostName, portNumber)
        if address is None and refuse_endpoint(hostName, portNumber, (), self.private) is None:
            return self._lookup.resolveHostName(answer, hostName, portNumber, addressTypes, transportSemantics)
        resolution = HostResolution(hostName)
        answer.resolutionBegan(resolution)
        if address is not None:
            answer.addressResolved(address)
        answer.resolutionComplete()
        return resolution

    def choose(self, host: str, port: int, addresses: Sequence[Address]) -> Sequence[Address]:
        """Those of the addresses that may be connected to."""
        asked = (host.lower().removesuffix("."), port)
        self._refusals.pop(asked, None)
        refusal = refuse_endpoint(host, port, (address.host for address in addresses), self.private)
        if refusal is None:
            return [
                address for address in addresses if refuse_endpoint(host, port, (address.host,), self.private) is None
            ]
        self._refusals[asked] = refusal
        if len(self._refusals) > _REMEMBERED:
            self._refusals.popitem(last=False)
        return ()


@implementer(IResolutionReceiver)
class _GuardedAnswer:
    """Stands between the lookup and the connection; passes on nothing before all addresses are known."""

    def __init__(self, guard: GuardedResolver, receiver: Receiver, host: str, port: int) -> None:
        self.guard = guard
        self.receiver = receiver
        self.host = host
        self.port = port
        self.addresses: list[Address] = []

    def resolutionBegan(self, resolution: Resolution) -> None:  # noqa: N802 - IResolutionReceiver's name
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Address) -> None:  # noqa: N802 - same
        self.addresses.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802 - same
        for address in self.guard.choose(self.host, self.port, self.addresses):
            self.receiver.addressResolved(address)
        self.receiver.resolutionComplete()


def _read_literal(host: str, port: int) -> Address | None:
    """An address that needs no lookup; odd spellings such as `0x7f.1` go to the system, whose answer is checked."""
    try:
        ip = ip_address(host)
    except ValueError:
        return None
    kind = IPv4Address if ip.version == 4 else IPv6Address  # noqa: PLR2004 - IP versions have no better name
    return kind("TCP", str(ip), port)


def current_reactor() -> Reactor:
    """The reactor in use. Importing it at the top of a module would install the wrong one."""
    return sys.modules["twisted.internet.reactor"]


def find_guard(reactor: Reactor) -> GuardedResolver:
    """The guard in force. Raises GuardError."""
    guard = reactor.nameResolver
    if not isinstance(guard, GuardedResolver):
        raise GuardError("the reactor resolves names without the address guard")
    return guard


def verify_guard(reactor: Reactor) -> None:
    """Ask for addresses that nobody may reach, the way a connection does. Raises GuardError when one is given out."""
    declared = find_guard(reactor).private
    for host, port in (probe for probe in _PROBES if probe not in declared):
        probe = _Probe()
        reactor.nameResolver.resolveHostName(probe, host, port)
        if not probe.complete or probe.addresses:
            raise GuardError(f"the address guard lets {host} port {port} through")


@implementer(IResolutionReceiver)
class _Probe:
    def __init__(self) -> None:
        self.addresses: list[Address] = []
        self.complete = False

    def resolutionBegan(self, resolution: Resolution) -> None:  # noqa: N802 - IResolutionReceiver's name
        pass

    def addressResolved(self, address: Address) -> None:  # noqa: N802 - same
        self.addresses.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802 - same
        self.complete = True
