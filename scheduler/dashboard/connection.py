"""A connection to the dashboard. Whoever holds one without asking anything whole loses it: uvicorn waits for ever, and
as many such connections as it takes at most would keep everybody else out."""

import asyncio
from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle


class TimedConnection(H11Protocol):
    """Has this long, and at most twice that, from one request to the end of the next one and its body."""

    patience_s = 15.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as the base class has it
        super().connection_made(transport)
        self.loop.call_later(self.patience_s, self._look, None)

    def _look(self, seen: "RequestResponseCycle | None") -> None:
        """`seen` is the request that was there at the last look; while it is being answered it may take its time."""
        if self.transport.is_closing():
            return
        waits = self.cycle is None or self.cycle.response_complete or self.cycle.more_body
        if waits and self.cycle is seen:
            self.transport.close()
        else:
            self.loop.call_later(self.patience_s, self._look, self.cycle)
