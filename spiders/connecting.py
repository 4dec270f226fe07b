"""Connections to the addresses that the guard gave out.

Twisted's `HostnameEndpoint` makes a class with an interface for each connection and encodes the host's name anew, which
costs a fifth of a poll; what it does otherwise is done here in the same way (RFC 8305, "happy eyeballs").
"""

from collections import deque
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, cast

from twisted.internet.address import IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import DNSLookupError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IResolutionReceiver, IStreamClientEndpoint
from twisted.python.failure import Failure
from twisted.web.client import URI
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer  # type: ignore[import-untyped]  # has neither types nor stubs

from spiders.guard import Address, Reactor

NEXT_ADDRESS_S = 0.3
"""So long one address may keep the next one waiting."""
_REMEMBERED_NAMES = 5000

Trust = Any
"""IPolicyForHTTPS, which types cannot follow."""
TcpEndpoint = TCP4ClientEndpoint | TCP6ClientEndpoint


@implementer(IAgentEndpointFactory)
class GuardedEndpoints:
    """What Twisted's Agent connects by."""

    def __init__(self, reactor: Reactor, trust: Trust, timeout_s: float) -> None:
        self.reactor = reactor
        self.trust = trust
        self.timeout_s = timeout_s

    def endpointForURI(self, uri: URI) -> object:  # noqa: N802 - IAgentEndpointFactory's name
        endpoint: object = GuardedEndpoint(self.reactor, uri.host.decode("ascii"), uri.port, self.timeout_s)
        if uri.scheme == b"http":
            return endpoint
        creator = self.trust.creatorForNetloc(uri.host, uri.port)
        return wrapClientTLS(creator, cast("IStreamClientEndpoint", endpoint))


class GuardedEndpoint(HostnameEndpoint):
    """A host by its name; asks `reactor.nameResolver`, the guard, at each connection."""

    _hostAsBytesAndText = staticmethod(lru_cache(_REMEMBERED_NAMES)(HostnameEndpoint._hostAsBytesAndText))  # noqa: SLF001, N815 - Twisted's

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:  # noqa: N803 - Twisted's name
        if self._badHostname:
            return super().connect(protocolFactory)
        answer = _Answer()
        self._reactor.nameResolver.resolveHostName(answer, self._hostText, portNumber=self._port)
        return answer.complete.addCallback(self._connect_first, protocolFactory)

    def _connect_first(self, addresses: list[Address], factory: IProtocolFactory) -> Deferred[IProtocol]:
        if not addresses:
            raise DNSLookupError(f"no results for hostname lookup: {self._hostText}")
        endpoints = [self._make_endpoint(address) for address in addresses]
        if len(endpoints) == 1:
            return endpoints[0].connect(factory)
        return _Race(self._reactor, endpoints, factory).winner

    def _make_endpoint(self, address: Address) -> TcpEndpoint:
        kind = TCP6ClientEndpoint if isinstance(address, IPv6Address) else TCP4ClientEndpoint
        return kind(self._reactor, address.host, address.port, self._timeout)


@implementer(IResolutionReceiver)
class _Answer:
    """All addresses of a name, once they are known."""

    def __init__(self) -> None:
        self.complete: Deferred[Any] = Deferred()
        self.addresses: list[Address] = []

    def resolutionBegan(self, resolution: object) -> None:  # noqa: N802 - IResolutionReceiver's name
        pass

    def addressResolved(self, address: Address) -> None:  # noqa: N802 - same
        self.addresses.append(address)

    def resolutionComplete(self) -> None:  # noqa: N802 - same
        self.complete.callback(self.addresses)


class _Race:
    """One address after the other is tried, the next when one has failed or let us wait. The first to answer wins."""

    def __init__(self, reactor: Reactor, endpoints: Iterable[TcpEndpoint], factory: IProtocolFactory) -> None:
        self.winner: Deferred[IProtocol] = Deferred(lambda _: self._end())
        self._reactor = reactor
        self._left = deque(endpoints)
        self._factory = factory
        self._pending: list[Deferred[IProtocol]] = []
        self._timer: Any = None
        self._is_over = False
        self._start_next()

    def _start_next(self) -> None:
        self._stop_timer()
        attempt = self._left.popleft().connect(self._factory)
        self._pending.append(attempt)
        if self._left:
            self._timer = self._reactor.callLater(NEXT_ADDRESS_S, self._start_next)
        attempt.addCallbacks(self._win, self._lose, callbackArgs=(attempt,), errbackArgs=(attempt,))

    def _win(self, protocol: IProtocol, attempt: Deferred[IProtocol]) -> None:
        self._pending.remove(attempt)
        self._end()
        self.winner.callback(protocol)

    def _lose(self, failure: Failure, attempt: Deferred[IProtocol]) -> None:
        self._pending.remove(attempt)
        if self._is_over:
            return
        if self._left:
            self._start_next()
        elif not self._pending:
            self.winner.errback(failure)

    def _end(self) -> None:
        self._is_over = True
        self._stop_timer()
        for attempt in tuple(self._pending):
            attempt.cancel()

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
