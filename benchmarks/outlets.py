"""The other side of the poll benchmarks: the leanest servers that answer, in a process of their own.

`/304` answers 304 (at first a feed of one entry), `/same` one feed always, `/feed` a feed of 50 entries that has two
new ones at every request; `?s=N` tells one source from another. Badly behaved are `/loris`, a byte a second, `/huge`, a
feed of 100,000 entries, other ones at each request, and `/endless`, a page of 50 MB. Hosts are `hN.outlets.test`;
`lookup` gives this machine for all of them, and one certificate serves them all, signed by an authority that this
process is told to believe in.
"""

import asyncio
import datetime as dt
import multiprocessing
import os
import re
import socket
import ssl
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ENTRIES = 50
NEW = 2
DAY = dt.timedelta(days=1)
_PATH = re.compile(rb"GET /(\w+)\S*?(?:s=(\d+))? HTTP")
_BAD = re.compile(rb"GET /(loris|huge|endless)\b")
_TEXT = "Rockets fell near the air base in the early hours, and nobody claimed the attack, officials said. " * 10
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nConnection: close\r\n\r\n'
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def make_feed(first: int, source: int, entries: int = ENTRIES) -> bytes:
    """About 64 KB, newest first; the same number is always the same item."""
    items = "".join(
        f"<item><title>Report {n} of wire {source}</title><link>https://wire{source}.example/news/{n}</link>"
        f"<guid isPermaLink='false'>tag:{source}:{n}</guid><pubDate>Sat, 28 Nov 2026 {n % 24:02}:00:00 GMT</pubDate>"
        f"<description>&lt;p&gt;{n}. {_TEXT}&lt;/p&gt;</description></item>\n"
        for n in range(first + entries - 1, first - 1, -1)
    )
    return f"<rss version='2.0'><channel><title>Wire</title><link>/</link>{items}</channel></rss>".encode()


SHORT = make_feed(0, 0, entries=1)
"""What `/304` answers to who asks without a validator: two thousand first polls of fifty items take longer than what is
to be measured."""


def answer(head: bytes, served: Counter[str], same: bytes) -> bytes:
    match = _PATH.match(head)
    if match is None or match[1] == b"robots":
        return NOT_FOUND
    kind, source = match[1].decode(), int(match[2] or 0)
    if kind == "304" and b"If-None-Match" in head:
        return NOT_MODIFIED
    body = SHORT if kind == "304" else same
    if kind == "feed":
        body = make_feed(NEW * served[source], source)
        served[source] += 1
    etag = b'ETag: "1"\r\n' if kind == "304" else b""
    start = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n"
    return b"%s%sContent-Length: %d\r\n\r\n%s" % (start, etag, len(body), body)


def _serve(ports: Connection, certificate: Path) -> None:
    served: Counter[str] = Counter()
    same = make_feed(0, 0)

    huge = b"<rss version='2.0'><channel><title>Huge</title>%s</channel></rss>" % b"".join(
        b"<item><link>http://h.test/%d</link></item>" % number for number in range(100_000)
    )

    async def serve_badly(kind: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nConnection: close\r\n\r\n")
        if kind == b"huge":
            served["huge"] += 1
            writer.write(huge.replace(b"h.test/", b"h.test/%d-" % served["huge"]))
        for _ in range(600 if kind == b"loris" else 50 if kind == b"endless" else 0):
            writer.write(b" " if kind == b"loris" else b" " * (1 << 20))
            await writer.drain()
            await asyncio.sleep(1 if kind == b"loris" else 0)
        await writer.drain()

    async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if (bad := _BAD.match(head)) is not None:
                await serve_badly(bad[1], writer)
            else:
                writer.write(answer(head, served, same))
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other side went away, or the benchmark is over
        writer.close()

    async def main() -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        plain = await asyncio.start_server(serve_one, "127.0.0.1", 0, backlog=1024)
        secure = await asyncio.start_server(serve_one, "127.0.0.1", 0, backlog=1024, ssl=tls)
        ports.send([each.sockets[0].getsockname()[1] for each in (plain, secure)])
        await asyncio.get_running_loop().run_in_executor(None, ports.poll, None)

    asyncio.run(main())


@dataclass(frozen=True, slots=True)
class Outlets:
    http: int
    https: int
    authority: Path
    pid: int

    def url(self, scheme: str, kind: str, source: int, hosts: int) -> str:
        port = self.https if scheme == "https" else self.http
        return f"{scheme}://h{source % hosts}.outlets.test:{port}/{kind}?s={source}"


def lookup(_: str, port: int, *__: object) -> list[tuple[object, ...]]:
    """socket.getaddrinfo, for a machine that is all of the web."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


@contextmanager
def serve_outlets() -> Iterator[Outlets]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        authority = _make_certificates(Path(folder))
        os.environ["SSL_CERT_FILE"] = str(authority)
        server = context.Process(target=_serve, args=(theirs, Path(folder) / "server.pem"), daemon=True)
        server.start()
        try:
            yield Outlets(*ours.recv(), authority, server.pid or 0)
        finally:
            ours.send(None)
            server.join(5)


def _make_certificates(folder: Path) -> Path:
    """An authority, and a certificate for *.outlets.test beside it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), _make_name("benchmark authority")
    authority = _sign(name, name, key, key, x509.BasicConstraints(ca=True, path_length=None))
    server_key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName("*.outlets.test")])
    server = _sign(_make_name("wire"), name, server_key, key, names)
    pem = serialization.Encoding.PEM
    private = server_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(private + server.public_bytes(pem))
    (folder / "authority.pem").write_bytes(authority.public_bytes(pem))
    return folder / "authority.pem"


def _make_name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _sign(
    name: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - DAY).not_valid_after(now + DAY)
    return builder.add_extension(extension, critical=True).sign(signer, hashes.SHA256())
