"""What goes out with every answer, and which host names and bodies come in. Plain ASGI: no route can forget it."""

from collections.abc import Collection, Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings.model import split_address

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # no-referrer would make browsers send our own forms with `Origin: null`, as another site's
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
STREAM = "/events"
MAX_BODY = 64 * 1024
"""Bytes. The longest that anyone sends is a note or a rule."""


class SecurityHeaders:
    """Adds them; a route that sets one itself, such as a stricter policy, keeps its own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY.items():
                    headers.setdefault(name, value)
                # what is shown changes with every alert, and is nobody else's business
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_with_headers)


class KnownHost:
    """Refuses every Host that is not ours: a name that an attacker's DNS points here must not read the dashboard."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            named = Headers(scope=scope).getlist("host")
            if len(named) != 1 or named[0].lower() not in self._hosts:
                refusal = PlainTextResponse("This is not the host you asked for.\n", 400)
                return await refusal(scope, receive, send)
        return await self._app(scope, receive, send)


class Heads:
    """Answers HEAD as GET, of which the server sends the headers only. The stream has no end to wait for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "HEAD" and scope["path"] != STREAM:
            scope = {**scope, "method": "GET"}
        return await self._app(scope, receive, send)


class BodyLimit:
    """Refuses a body above MAX_BODY, declared or not, and one that is declared in two ways: a proxy before us may see
    another end of it, and what we take for the next request would have passed it unseen."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            refusal = PlainTextResponse("How long is it?\n", 400, {"Connection": "close"})
            return await refusal(scope, receive, send)
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > MAX_BODY:
            return await PlainTextResponse("Too much.\n", 413)(scope, receive, send)
        came = 0

        async def receive_some() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            return {"type": "http.disconnect"} if came > MAX_BODY else message

        return await self._app(scope, receive_some, send)


def list_hosts(address: str, names: Iterable[str]) -> frozenset[str]:
    """Every spelling of Host under which a dashboard at `address` may be asked for."""
    host, port = split_address(address)
    own = {host, "localhost", "127.0.0.1", "::1", *(name.lower() for name in names)}
    spelled = {f"[{name}]" if ":" in name else name for name in own if name not in {"0.0.0.0", "::"}}  # noqa: S104  # no host is called so
    return frozenset(spelled | {f"{name}:{port}" for name in spelled})
