"""aiohttp's protocol and request, as outlets need them: bounds for what comes before a body, and raw header bytes."""

import asyncio
from typing import Any, Final, Self

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

MAX_HEADER_LINES: Final = 200
MAX_HEADER_BYTES: Final = 64 << 10
_MAX_FRAMING: Final = 1 << 20
_FRAMING_EACH: Final = 3
"""Bytes over the wire for each of a body, and so many more: a body in chunks of one byte takes six, and each chunk as
long to read as a thousand bytes."""
_MAX_INTERIM: Final = 20
"""Answers such as 103 that come before the one that counts."""
_END_OF_HEAD: Final = b"\r\n\r\n"


class HeaderFlood(Exception):
    """More header than any page needs, or more around its body than in it."""


class WireProtocol(ResponseHandler):
    """aiohttp's own would read 1xx answers without end, and chunks of nothing, and lose an answer whose body is longer
    than it promised."""

    interim = 0
    awaits_head = True
    received = 0
    """Bytes after the head."""

    @classmethod
    def make(cls) -> Self:
        return cls(asyncio.get_running_loop())

    def set_response_params(self, **params: Any) -> None:  # noqa: ANN401 - aiohttp's
        """Called at the beginning of each request."""
        self.interim, self.awaits_head, self.received = 0, True, 0
        super().set_response_params(**params)

    def data_received(self, data: bytes) -> None:
        # the head on its own: an error in what follows the body must not take the answer with it
        if self.awaits_head and (end := data.find(_END_OF_HEAD) + len(_END_OF_HEAD)) > len(_END_OF_HEAD):
            super().data_received(data[:end])
            data = data[end:]
            if not data:
                return
        # nothing at all is aiohttp's own word to its parser, to go on with what it holds back
        super().data_received(data)
        self._bound_framing(len(data))

    def _bound_framing(self, size: int) -> None:
        self.received += size
        body = self._payload
        if body is not None and self.received > _MAX_FRAMING + _FRAMING_EACH * body.total_bytes:
            self.close()
            body.set_exception(HeaderFlood(f"{self.received} bytes for {body.total_bytes} of body"))

    def feed_data(self, data: Any, size: int = 0) -> None:  # noqa: ANN401 - a message of aiohttp's and its body
        if data[0].code >= 200:  # noqa: PLR2004 - RFC 9110, 15.2
            self.awaits_head = False
            super().feed_data(data, size)
            return
        self.interim += 1
        if self.interim <= _MAX_INTERIM:
            super().feed_data(data, size)
        elif self.transport is not None:
            self.close()
            self.set_exception(HeaderFlood(f"more than {_MAX_INTERIM} answers before the answer"))


class WireRequest(aiohttp.ClientRequest):
    """Header values are bytes, here as latin-1; aiohttp would send them as UTF-8, which is no longer what a server
    gave as its ETag."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        protocol = conn.protocol
        transport = None if protocol is None else protocol.transport
        if protocol is None or transport is None or all(map(str.isascii, self.headers.values())):
            return await super().send(conn)
        protocol.transport = _Latin(transport)  # type: ignore[assignment]  # for as long as the head is written
        try:
            return await super().send(conn)
        finally:
            protocol.transport = transport


class _Latin:
    """A transport for one head that was encoded as UTF-8."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        self._transport.write(bytes(data).decode().encode("latin-1"))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a transport has
        return getattr(self._transport, name)


def check_headers(headers: tuple[tuple[bytes, bytes], ...]) -> None:
    """Raises HeaderFlood."""
    if sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
        raise HeaderFlood(f"more than {MAX_HEADER_BYTES} bytes of header")
