"""Who may look, and who may change: password sessions, tokens, and proof that a change was meant.

Without a password and a token everyone who reaches the dashboard may use it, which is why it then listens on loopback
only. Even so a web page that the analyst has open elsewhere could send requests here, so every change must carry the
session's own word (CSRF protection), which only our pages know.
"""

import hashlib
import hmac
import secrets
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from crawler.errors import StoreError
from settings.model import Run

OPEN_PATHS = frozenset({"/healthz", "/login"})
OPEN_PREFIX = "/static/"
API = "/api/"
SESSION_S = 14 * 24 * 3600
TRIES = 5
TRIES_ALL = 50
WITHIN_S = 60.0
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
WORD = "word"
"""Name of the session's CSRF word in forms and in the session."""
WORD_HEADER = "x-basewatch-word"


@dataclass(frozen=True, slots=True)
class Access:
    """What is asked of visitors."""

    password: str | None
    token: str | None

    @classmethod
    def of(cls, run: Run) -> "Access":
        return cls(_reveal(run.dashboard_password), _reveal(run.dashboard_token))

    @property
    def is_open(self) -> bool:
        return not (self.password or self.token)

    def accepts_password(self, given: str) -> bool:
        return bool(self.password) and _same(given, self.password or "")

    def accepts_token(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        return bool(self.token) and scheme.lower() == "bearer" and _same(given.strip(), self.token or "")


def _reveal(secret: SecretStr | None) -> str | None:
    """An empty one is none."""
    return (secret.get_secret_value() or None) if secret else None


def _same(given: str, kept: str) -> bool:
    """In the same time whether they differ early, late or in length."""
    return hmac.compare_digest(hashlib.sha256(given.encode()).digest(), hashlib.sha256(kept.encode()).digest())


class LoginLimit:
    """At most 5 wrong passwords a minute from one address, and 50 from all: guessing takes for ever."""

    def __init__(self) -> None:
        self._failures: deque[tuple[float, str]] = deque()

    def wait_s(self, client: str, now: float) -> float:
        """Seconds until this address may try again; 0 if it may now."""
        while self._failures and now - self._failures[0][0] > WITHIN_S:
            self._failures.popleft()
        own = [at for at, who in self._failures if who == client]
        blocking = own[-TRIES] if len(own) >= TRIES else None
        if blocking is None and len(self._failures) >= TRIES_ALL:
            blocking = self._failures[0][0]
        return 0.0 if blocking is None else blocking + WITHIN_S - now

    def note_failure(self, client: str, now: float) -> None:
        self._failures.append((now, client))
        if len(self._failures) > 2 * TRIES_ALL:
            self._failures.popleft()


def read_key(folder: Path, access: Access) -> str:
    """What sessions are signed with: kept in a private file, and another one under another password."""
    path = folder / "dashboard.key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
            partial.touch(mode=0o600)
            partial.write_text(secrets.token_hex(32), encoding="ascii")
            partial.replace(path)
        kept = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise StoreError(f"the dashboard's key cannot be kept in {folder}: {error}") from error
    return hmac.new(kept.encode(), (access.password or "").encode(), hashlib.sha256).hexdigest()


class Gate:
    """Stands before every route: a session or a token, or the way to the login page. Plain ASGI: none can forget it."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._lets_in(scope):
            return await self._app(scope, receive, send)
        if scope["path"].startswith(API) or "text/html" not in Headers(scope=scope).get("accept", ""):
            refusal = JSONResponse({"error": "log in, or send Authorization: Bearer TOKEN"}, 401)
            refusal.headers["WWW-Authenticate"] = "Bearer"
            return await refusal(scope, receive, send)
        return await RedirectResponse("/login", 303)(scope, receive, send)

    def _lets_in(self, scope: Scope) -> bool:
        path = scope["path"]
        if self._access.is_open or path in OPEN_PATHS or path.startswith(OPEN_PREFIX):
            return True
        connection = HTTPConnection(scope)
        return bool(connection.session.get("in")) or self._access.accepts_token(connection.headers)


def session_word(request: Request) -> str:
    """What forms of this session carry; made at its first use."""
    return str(request.session.setdefault(WORD, secrets.token_urlsafe(16)))


async def require_word(request: Request) -> None:
    """A FastAPI dependency of the whole site: nothing is changed by a page that is not ours.

    A program that sends the token is no browser that someone tricked, and needs no word.
    """
    access: Access = request.app.state.access
    if request.method in SAFE_METHODS or access.accepts_token(request.headers):
        return
    if not _is_own_origin(request):
        raise HTTPException(403, "The request comes from another site.")
    given = request.headers.get(WORD_HEADER) or str((await request.form()).get(WORD, ""))
    if not given and request.url.path.startswith(API):
        raise HTTPException(403, "Programs change things with a token: BASEWATCH_DASHBOARD_TOKEN, sent as Bearer.")
    if not given or not _same(given, str(request.session.get(WORD, ""))):
        raise HTTPException(403, "The form is too old. Load the page again.")


def _is_own_origin(request: Request) -> bool:
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers["host"]
