"""The webhook: JSON to a program, signed after the Standard Webhooks scheme, with an idempotency key.

The only module beside Scrapy that opens connections in the daemon's own process. What is connected to is what is
checked: the socket is made from the address that the name was resolved to, so that nothing can be swapped in between.
"""

import asyncio
import base64
import hmac
import socket
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import aiohttp

from crawler.fetch.guard import is_public
from scheduler.alerts.answers import Answer, Result, judge_status
from scheduler.alerts.inert import strip_harmful
from scheduler.alerts.letters import Letter, write_json
from scheduler.alerts.secrets import describe_target, hide_secrets
from scheduler.alerts.targets import DEADLINE_S

_CONNECT_S: Final = 10.0
_KEEP_S: Final = 4.0
"""Shorter than servers keep idle connections, so that a message does not meet one that is about to close."""
_MOST_SAID: Final = 300
_LINGER_S: Final = 0.01
"""How long the end of an answer is waited for that says all already: then the connection can serve the next message. No
longer, because a server that sends head and body apart may hold the second back for 40 ms (Nagle, delayed ACK)."""


class WebhookTarget:
    """One endpoint. No redirects, no cookies, no proxy of the environment."""

    longest = None

    def __init__(self, url: str, secret: str, *, allow_private: bool = False, deadline_s: float = DEADLINE_S) -> None:
        self._url = url
        self._secret = secret
        self._deadline_s = deadline_s
        self._allow_private = allow_private
        self._session: aiohttp.ClientSession | None = None

    @property
    def shown(self) -> str:
        return describe_target(self._url)

    async def send(self, letter: Letter, now: datetime) -> Answer:
        body = write_json(letter).encode()
        headers = make_headers(letter.key, body, self._secret, now)
        try:
            return await self._post(body, headers, now)
        except TimeoutError:
            return Answer(Result.RETRY, f"no answer within {self._deadline_s:g} s")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # ValueError: an address that aiohttp cannot read, or a host name that IDNA refuses
            reason = describe_failure(error)
            return Answer(Result.RETRY, hide_secrets(strip_harmful(reason)[:_MOST_SAID], self._url, self._secret))

    async def _post(self, body: bytes, headers: dict[str, str], now: datetime) -> Answer:
        session = self._open_session()
        async with session.post(self._url, data=body, headers=headers, allow_redirects=False) as response:
            # of what it says only the beginning is read, and only to tell people why it refused
            said = b"" if response.ok else await response.content.read(_MOST_SAID)
            await _await_end(response)
            text = strip_harmful(said.decode("utf-8", "replace"))
            hidden = hide_secrets(text, self._url, self._secret)
            return judge_status(response.status, response.headers.get("Retry-After"), now, hidden)

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=2, use_dns_cache=False, keepalive_timeout=_KEEP_S, socket_factory=self._make_socket
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=self._deadline_s, sock_connect=_CONNECT_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    def _make_socket(self, address: tuple[Any, ...]) -> socket.socket:
        """aiohttp asks for a socket for each address that it is about to connect to, and for no other."""
        family, kind, protocol, _, place = address
        if not self._allow_private and not is_public(str(place[0])):
            raise OSError(f"{place[0]} is not a public address; `allow_private: true` would permit it")
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def describe_failure(error: Exception) -> str:
    """In words for people; aiohttp's own name the address and say `ssl:default` where there is none."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return f"its certificate is not to be trusted: {error.certificate_error}"
        case aiohttp.ClientConnectorSSLError():
            return f"no TLS with it: {error.os_error}"
        case aiohttp.ClientConnectorDNSError():
            return "its name is not known to DNS"
        case aiohttp.ClientConnectorError():
            return f"no connection: {error.strerror or error.os_error}"
        case _:
            return str(error) or type(error).__name__


async def _await_end(response: aiohttp.ClientResponse) -> None:
    """What does not end in time, or not well, loses its connection and nothing else."""
    with suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(_LINGER_S):
            await response.content.wait_eof()


def make_headers(key: str, body: bytes, secret: str, now: datetime) -> dict[str, str]:
    """https://www.standardwebhooks.com; the signature is left out without a secret."""
    stamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "basewatch",
        "Idempotency-Key": key,
        "webhook-id": key,
        "webhook-timestamp": stamp,
    }
    if secret:
        headers["webhook-signature"] = f"v1,{sign_body(key, stamp, body, secret)}"
    return headers


def sign_body(key: str, stamp: str, body: bytes, secret: str) -> str:
    """HMAC-SHA256 over `id.timestamp.body`, base64. A secret `whsec_...` is base64, any other is taken as UTF-8."""
    encoded = secret.removeprefix("whsec_")
    raw = secret.encode() if encoded == secret else base64.b64decode(encoded)
    return base64.b64encode(hmac.digest(raw, f"{key}.{stamp}.".encode() + body, sha256)).decode("ascii")
