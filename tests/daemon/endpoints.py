"""Real ends of channels on loopback: an HTTP server that answers as it is told, and one for mail."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope


@dataclass(frozen=True)
class Post:
    """What was received."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    """time.monotonic()."""
    peer: int
    """Port of the client: the same for all that came by one connection."""

    @property
    def key(self) -> str:
        return self.headers.get("Idempotency-Key", "")


Answer = Callable[[BaseHTTPRequestHandler], None]


def say(status: int, headers: Mapping[str, str] | None = None, body: bytes = b"ok") -> Answer:
    """An ordinary answer."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def trickle(handler: BaseHTTPRequestHandler) -> None:
    """One byte a second of a head that is right as far as it goes and never ends."""
    with suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: ".ljust(120, b"x"):
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(1)


def trickle_body(handler: BaseHTTPRequestHandler) -> None:
    """A refusal whose explanation comes one byte a second."""
    _begin_and_trickle(handler, 500)


def take_and_trickle(handler: BaseHTTPRequestHandler) -> None:
    """Success at once, and then a body that comes one byte a second."""
    _begin_and_trickle(handler, 200)


def _begin_and_trickle(handler: BaseHTTPRequestHandler, status: int) -> None:
    handler.send_response(status)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    with suppress(OSError):
        for _ in range(120):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(1)


def flood(handler: BaseHTTPRequestHandler) -> None:
    """256 MB."""
    with suppress(OSError):
        handler.send_response(500)
        handler.send_header("Content-Length", str(256 << 20))
        handler.end_headers()
        for _ in range(256):
            handler.wfile.write(b"x" * (1 << 20))


def reset(handler: BaseHTTPRequestHandler) -> None:
    """The connection ends before any answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # closed by the server's own hand: whoever closes it here only lets it wait for a second request
    handler.close_connection = True


@dataclass
class Endpoint:
    """Receives; the answer to each request is chosen by its number, from 0."""

    choose: Callable[[int], Answer]
    posts: list[Post] = field(default_factory=list)
    url: str = ""

    @property
    def keys(self) -> list[str]:
        return [post.key for post in self.posts]


@contextmanager
def http_endpoint(answer: Answer | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Endpoint]:
    """A server that gives one answer to all, until a test sets another choice; by https with a context for it."""
    endpoint = Endpoint(lambda _: answer or say(200))
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body at once, as servers send them that are made for work

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with lock:
                number = len(endpoint.posts)
                endpoint.posts.append(
                    Post(self.path, dict(self.headers), body, time.monotonic(), self.client_address[1])
                )
            with suppress(OSError):
                endpoint.choose(number)(self)

        do_GET = do_PUT = do_POST  # noqa: N815 - the standard library's names

        def log_message(self, *_: object) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Clients that hang up are what these tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    endpoint.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Mailbox:
    """What an SMTP server was given."""

    port: int
    mails: list[Message] = field(default_factory=list)
    refusal: str = ""
    """What it says to every recipient in place of taking mail."""


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    mailbox = Mailbox(0)

    class Handler:
        async def handle_RCPT(  # noqa: N802 - aiosmtpd's names
            self, _server: object, _session: object, envelope: Envelope, address: str, _options: object
        ) -> str:
            if not mailbox.refusal:
                envelope.rcpt_tos.append(address)
            return mailbox.refusal or "250 known"

        async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802
            mailbox.mails.append(message_from_bytes(envelope.content, policy=default))
            return "250 taken"

    with socket.create_server(("127.0.0.1", 0)) as free:
        mailbox.port = free.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
