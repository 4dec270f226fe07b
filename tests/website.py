"""A local outlet that behaves, or misbehaves on purpose. Real sockets on 127.0.0.1, a thread of its own.

    with Website() as site:
        site.page("/a.html", "<p>text</p>", etag='"1"')
        site.feed("/rss.xml", [Item("Title", site.url("/a.html"))])
        site.misbehave("/slow", "silent")
        ...
        assert site.paths() == ["/robots.txt", "/rss.xml"]

Whatever is not set up answers 404; so does robots.txt, which allows everything.
"""

import asyncio
import gzip
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Literal, Self

import brotli

Packing = Literal["gzip", "br", "deflate"]
Misbehaviour = Literal[
    "silent",  # accepts and never answers
    "slow_body",  # headers at once, then a byte a second
    "slow_headers",  # a header line a second
    "drop",  # closes before the first byte
    "reset",  # closes in the middle of the body, having promised more
    "short_length",  # promises less than it sends
    "endless",  # a body without an end
    "endless_chunks",
    "tiny_chunks",  # eight million chunks of a byte each
    "small_chunks",  # a hundred thousand, as from a program that writes a letter at a time: no misbehaviour
    "header_flood",  # a million header lines
    "long_header",  # one header of 1 MB
    "continue_flood",  # 100 Continue without an end
    "garbage",  # no HTTP at all
    "bad_gzip",  # says gzip, is not
    "cookie_flood",  # five thousand cookies
]


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed."""

    title: str
    link: str
    published: datetime | None = None
    guid: str | None = None
    content: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Lower-case names."""
    at: float
    """`time.monotonic()`."""
    connection: int
    """Counts connections, so that a kept-alive one shows."""


@dataclass(slots=True)
class Answer:
    """What a path answers with."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    delay_s: float = 0.0
    misbehaviour: Misbehaviour | None = None


Script = Callable[[Seen], Answer]


class Website:
    """One server, one port. Answers may be changed while it runs; `requests` grows as they come."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.host = host
        self.port = 0
        self.requests: list[Seen] = []
        self.connections = 0
        self._tls = tls
        self._scripts: dict[str, Script] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, name="website", daemon=True)
        self._ready = threading.Event()
        self._stop = asyncio.Event()

    # ── what it serves ──

    def page(
        self,
        path: str,
        body: str | bytes = "",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        content_type: str | None = "text/html; charset=utf-8",
        etag: str | None = None,
        encoding: Packing | None = None,
        delay_s: float = 0.0,
    ) -> str:
        """Serve a page; with an ETag or a Last-Modified header it answers 304 to a request that carries it.

        `encoding` compresses the body. Returns its address.
        """
        last_modified = (headers or {}).get("Last-Modified")
        content = _encode(body.encode() if isinstance(body, str) else body, encoding)
        lines = [("Content-Type", content_type)] if content_type else []
        lines += [("Content-Encoding", encoding)] if encoding else []
        validators = [("ETag", etag)] if etag else []
        answer = Answer(status, [*lines, *validators, *(headers or {}).items()], content, delay_s)
        fresh = Answer(304, validators)

        def respond(seen: Seen) -> Answer:
            return fresh if _is_fresh(seen, etag, last_modified) else answer

        return self.script(path, respond)

    def feed(self, path: str, items: Sequence[Item], *, etag: str | None = None, title: str = "Feed") -> str:
        """Serve an RSS 2.0 feed."""
        return self.page(path, rss(items, title), content_type="application/rss+xml; charset=utf-8", etag=etag)

    def redirect(self, path: str, to: str, status: int = 301) -> str:
        return self.script(path, lambda _: Answer(status, [("Location", to)]))

    def redirect_chain(self, path: str, length: int, to: str) -> str:
        """`path` leads to `to` over `length` redirects."""
        for step in range(length):
            here = path if step == 0 else f"{path}-{step}"
            self.redirect(here, to if step == length - 1 else f"{path}-{step + 1}")
        return self.url(path)

    def robots(self, text: str = "", status: int = 200, headers: Mapping[str, str] | None = None) -> str:
        return self.page("/robots.txt", text, status=status, headers=headers, content_type="text/plain")

    def bomb(self, path: str, encoding: Packing = "br", size: int = 1 << 28) -> str:
        """A few bytes that unpack to `size`."""
        return self.page(path, b"\0" * size, encoding=encoding)

    def misbehave(self, path: str, how: Misbehaviour) -> str:
        return self.script(path, lambda _: Answer(misbehaviour=how))

    def script(self, path: str, respond: Script) -> str:
        """Decide each answer by a function; it runs in the server's thread."""
        self._scripts[path] = respond
        return self.url(path)

    def forget(self, path: str) -> None:
        self._scripts.pop(path, None)

    # ── what it saw ──

    def url(self, path: str) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{self.host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [seen.path for seen in self.requests]

    def seen(self, path: str) -> list[Seen]:
        return [seen for seen in self.requests if seen.path == path]

    # ── how it runs ──

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the website did not start")
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._listen())

    async def _listen(self) -> None:
        server = await asyncio.start_server(self._take_connection, self.host, 0, ssl=self._tls, backlog=512)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    async def _take_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            while (seen := await _read_request(reader, number)) is not None:
                self.requests.append(seen)
                respond = self._scripts.get(seen.path, _not_found)
                if not await _answer(respond(seen), seen, writer):
                    break
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass  # the other side went away, or the test is over: both are what tests do
        finally:
            writer.close()


def rss(items: Sequence[Item], title: str = "Feed") -> str:
    """An RSS 2.0 document."""
    entries = "".join(map(_rss_item, items))
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>{escape(title)}</title>{entries}</channel></rss>"
    )


def _rss_item(item: Item) -> str:
    date = f"<pubDate>{format_datetime(item.published.astimezone(UTC))}</pubDate>" if item.published else ""
    guid = f'<guid isPermaLink="false">{escape(item.guid)}</guid>' if item.guid else ""
    content = f"<content:encoded>{escape(item.content)}</content:encoded>" if item.content else ""
    return f"<item><title>{escape(item.title)}</title><link>{escape(item.link)}</link>{guid}{date}{content}</item>"


def _encode(body: bytes, encoding: str | None) -> bytes:
    match encoding:
        case "gzip":
            return gzip.compress(body)
        case "br":
            return bytes(brotli.compress(body, quality=4))
        case "deflate":
            return zlib.compress(body)
        case _:
            return body


def _is_fresh(seen: Seen, etag: str | None, last_modified: str | None) -> bool:
    if etag and "if-none-match" in seen.headers:
        return seen.headers["if-none-match"] == etag
    return last_modified is not None and seen.headers.get("if-modified-since") == last_modified


def _not_found(_: Seen) -> Answer:
    return Answer(404, [("Content-Type", "text/plain")], b"not here")


async def _read_request(reader: asyncio.StreamReader, connection: int) -> Seen | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    if not first:
        return None
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    return Seen(method, path, headers, time.monotonic(), connection)


_LENGTHS = frozenset({"content-length", "transfer-encoding"})
"""Headers by which an answer says itself where its body ends."""


async def _answer(answer: Answer, seen: Seen, writer: asyncio.StreamWriter) -> bool:
    """Write it; whether the connection may carry another request."""
    if answer.delay_s:
        await asyncio.sleep(answer.delay_s)
    if answer.misbehaviour:
        await _MISBEHAVE[answer.misbehaviour](writer)
        return False
    keep = seen.headers.get("connection", "").lower() != "close"
    lines = [f"HTTP/1.1 {answer.status} Said", *(f"{name}: {value}" for name, value in answer.headers)]
    if answer.status != 304 and not any(name.lower() in _LENGTHS for name, _ in answer.headers):
        lines.append(f"Content-Length: {len(answer.body)}")
    lines.append("Connection: keep-alive" if keep else "Connection: close")
    writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + answer.body)
    await writer.drain()
    return keep


# ── misbehaviours ──

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


async def _silent(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def _slow_body(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"Content-Length: 3600\r\n\r\n")
    await _repeat(writer, b"x", every_s=1)


async def _slow_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK)
    await _repeat(writer, b"X-More: y\r\n", every_s=1)


async def _drop(_: asyncio.StreamWriter) -> None:
    return


async def _reset(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"Content-Length: 100000\r\n\r\nonly this")
    await writer.drain()


async def _short_length(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"Content-Length: 10\r\n\r\n0123456789 and what nobody promised")
    await writer.drain()


async def _endless(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"Connection: close\r\n\r\n")
    await _repeat(writer, b"<p>more</p>" * 1000)


async def _endless_chunks(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"Transfer-Encoding: chunked\r\n\r\n")
    await _repeat(writer, b"2710\r\n" + b"x" * 10_000 + b"\r\n")


async def _tiny_chunks(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"Transfer-Encoding: chunked\r\n\r\n")
    await _repeat(writer, b"1\r\nx\r\n" * 10_000, times=800)


async def _small_chunks(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"Transfer-Encoding: chunked\r\n\r\n")
    writer.write(b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n")
    await writer.drain()


async def _header_flood(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK)
    await _repeat(writer, b"".join(b"X-%d: %s\r\n" % (number, b"y" * 80) for number in range(1000)), times=1000)
    writer.write(b"\r\n")


async def _long_header(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"X-Long: " + b"y" * (1 << 20) + b"\r\n\r\n")
    await writer.drain()


async def _continue_flood(writer: asyncio.StreamWriter) -> None:
    await _repeat(writer, b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


async def _garbage(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\x01this is no HTTP\r\n\r\n" * 10)
    await writer.drain()


async def _bad_gzip(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK + b"Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip")
    await writer.drain()


async def _cookie_flood(writer: asyncio.StreamWriter) -> None:
    writer.write(_OK)
    await _repeat(writer, b"Set-Cookie: c=%s\r\n" % (b"v" * 3000), times=5000)
    writer.write(b"Content-Length: 0\r\n\r\n")


async def _repeat(writer: asyncio.StreamWriter, piece: bytes, every_s: float = 0.0, times: int = 10**9) -> None:
    for _ in range(times):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(every_s)


_MISBEHAVE = {
    "silent": _silent,
    "slow_body": _slow_body,
    "slow_headers": _slow_headers,
    "drop": _drop,
    "reset": _reset,
    "short_length": _short_length,
    "endless": _endless,
    "endless_chunks": _endless_chunks,
    "tiny_chunks": _tiny_chunks,
    "small_chunks": _small_chunks,
    "header_flood": _header_flood,
    "long_header": _long_header,
    "continue_flood": _continue_flood,
    "garbage": _garbage,
    "bad_gzip": _bad_gzip,
    "cookie_flood": _cookie_flood,
}
