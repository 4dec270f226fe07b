"""ETags for what programs read: who has the answer already is told so, and nothing more. Plain ASGI."""

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "/api/"
_KEPT_ON_304 = {b"etag", b"cache-control", b"set-cookie", b"vary"}


class ETags:
    """Of whole answers to GET under /api; what streams passes through as it comes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PREFIX):
            return await self._app(scope, receive, send)
        asked = Headers(scope=scope).get("if-none-match", "")
        held: Message | None = None

        async def send_tagged(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and message["status"] == 200:  # noqa: PLR2004
                held = message
                return None
            if held is None or message["type"] != "http.response.body":
                return await send(message)
            start, held = held, None
            body = message.get("body", b"")
            if message.get("more_body"):
                await send(start)
                return await send(message)
            tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            headers = MutableHeaders(raw=start["headers"])
            headers["ETag"] = tag
            headers["Cache-Control"] = "private, no-cache"
            if is_known(asked, tag):
                kept = [(name, value) for name, value in headers.raw if name in _KEPT_ON_304]
                await send({"type": "http.response.start", "status": 304, "headers": kept})
                return await send({"type": "http.response.body"})
            await send({**start, "headers": headers.raw})
            return await send(message)

        return await self._app(scope, receive, send_tagged)


def is_known(asked: str, tag: str) -> bool:
    """Does If-None-Match name it? Compared weakly, as RFC 9110 13.1.2 says."""
    return asked.strip() == "*" or tag in {each.strip().removeprefix("W/") for each in asked.split(",")}
