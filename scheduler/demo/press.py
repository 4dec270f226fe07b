"""The demo's outlets as real web servers on loopback, one port each."""

import gzip
import hashlib
import json
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Self
from urllib.parse import urlsplit

import structlog

from scheduler.demo.edition import Edition, PublishedArticle, read_edition
from scheduler.demo.pages import Typesetter
from scheduler.demo.site import Answer, Site
from settings.model import Outlet, Run, split_address

PACE = timedelta(milliseconds=400)
"""Time between two articles that makes a round pleasant to watch: about twenty seconds."""

_HOST = "127.0.0.1"
_CONFIG_FILES = ("sources.yaml", "run.yaml")
log = structlog.get_logger(__name__)


def find_place(usual: str) -> str:
    """The usual address of the dashboard, else another port: the real one may run beside the demo."""
    for address in (split_address(usual), (_HOST, 0)):
        with suppress(OSError), socket.create_server(address) as free:
            return f"{_HOST}:{free.getsockname()[1]}"
    return usual


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Press:
    """All outlets of one edition. Serves from construction until `close`; publishes only when told."""

    def __init__(self, edition: Edition | None = None, clock: Callable[[], datetime] = _utc_now) -> None:
        self.edition = edition or read_edition()
        self._clock = clock
        self._servers = {outlet.slug: _OutletServer() for outlet in self.edition.outlets}
        typesetter = Typesetter(self.edition.folder, self.edition.boxes)
        for outlet in self.edition.outlets:
            self._servers[outlet.slug].open(Site(self._give_address(outlet), typesetter, clock()))
        self._waiting = iter(self.edition.articles)
        self.published: list[PublishedArticle] = []
        """In the order of the round."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def publish_next(self) -> PublishedArticle | None:
        """One more article appears in its outlet's feed; None when the round is over."""
        article = next(self._waiting, None)
        if article is None:
            return None
        piece = self._servers[article.outlet].site.publish(article, self._clock())
        self.published.append(piece)
        return piece

    def write_config(self, folder: Path) -> Path:
        """Write a configuration folder that watches these servers, with its data in `folder`/data; returns `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in _CONFIG_FILES:
            text = (self.edition.folder / name).read_text(encoding="utf-8")
            # a JSON string is a YAML string, whatever the path holds
            text = self._fill_addresses(text).replace('"{data_dir}"', json.dumps(str(folder.absolute() / "data")))
            text = text.replace(Run().dashboard, find_place(Run().dashboard))
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    def close(self) -> None:
        for server in self._servers.values():
            server.stop()

    def _fill_addresses(self, text: str) -> str:
        for slug, server in self._servers.items():
            text = text.replace(f"{{{slug}}}", f"{_HOST}:{server.server_port}")
        return text

    def _give_address(self, outlet: Outlet) -> Outlet:
        """The outlet with the port it got."""
        sources = tuple(
            source.model_copy(update={"url": self._fill_addresses(source.url)}) for source in outlet.sources
        )
        homepage = self._fill_addresses(outlet.homepage)
        return outlet.model_copy(update={"homepage": homepage, "sources": sources})


class _OutletServer(ThreadingHTTPServer):
    """One port. A request that fails is the client's trouble, never a traceback in the user's terminal."""

    daemon_threads = True
    site: Site

    def __init__(self) -> None:
        super().__init__((_HOST, 0), _Handler)
        self._thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def open(self, site: Site) -> None:
        self.site = site
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - socketserver's signature
        error = sys.exception()
        if not isinstance(error, ConnectionError):
            log.error("demo request failed", outlet=self.site.outlet.slug, error=repr(error))


class _Handler(BaseHTTPRequestHandler):
    """HTTP around a site: conditional requests, gzip, keep-alive."""

    protocol_version = "HTTP/1.1"
    server_version = "demo-press"
    timeout = 10
    server: _OutletServer

    def do_GET(self) -> None:
        self._reply(with_body=True)

    def do_HEAD(self) -> None:
        self._reply(with_body=False)

    def log_message(self, *args: object) -> None:
        """The demo's terminal belongs to the alerts."""

    def _reply(self, *, with_body: bool) -> None:
        answer = self.server.site.answer(urlsplit(self.path).path)
        etag = f'"{hashlib.sha256(answer.body).hexdigest()[:20]}"'
        if answer.status == HTTPStatus.OK and self._client_has(answer, etag):
            self._send_head(HTTPStatus.NOT_MODIFIED, answer, etag, {})
            return
        headers = {"Content-Type": answer.media, "Vary": "Accept-Encoding"}
        body = answer.body
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, mtime=0)
            headers["Content-Encoding"] = "gzip"
        self._send_head(answer.status, answer, etag, {**headers, "Content-Length": str(len(body))})
        if with_body:
            self.wfile.write(body)

    def _send_head(self, status: int, answer: Answer, etag: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        if answer.status == HTTPStatus.OK:
            self.send_header("ETag", etag)
            self.send_header("Last-Modified", format_datetime(answer.modified, usegmt=True))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _client_has(self, answer: Answer, etag: str) -> bool:
        """If-None-Match wins over If-Modified-Since, as RFC 9110 13.2.2 says."""
        if known := self.headers.get("If-None-Match"):
            return etag in known
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
        except ValueError:
            return False
        return answer.modified <= since.astimezone(UTC)
