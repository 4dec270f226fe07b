"""What a page looks like once its scripts have run: a browser that has no way to the network but through us.

The page itself has been fetched already, with guard, robots and manners, and is handed to the browser. Whatever its
scripts then ask for is caught and fetched by the same guarded downloader, redirects included, or not at all. What the
browser does not let us catch (WebSocket, WebRTC, service workers, prefetch) meets a proxy that nobody serves and names
that resolve to nothing. So there is no second guard that could be weaker than the first.
"""

import asyncio
import os
import shutil
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from importlib.util import find_spec
from typing import Any
from urllib.parse import urldefrag

import structlog

from crawler.errors import RenderError
from crawler.models import FetchFailure, Page
from settings.model import Source
from spiders.process_tree import measure_tree

log = structlog.get_logger("rendering")

INSTALL = "pip install 'basewatch[render]' and Chromium, on Debian: apt-get install chromium"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MOST_PARTS = 100
"""What one page may ask for: scripts, styles, data."""
MOST_BYTES = 16 << 20
"""Of all parts of one page."""
MOST_DOM_BYTES = 4 << 20
MOST_MEMORY = 1 << 30
"""Bytes of the browser's processes together; beyond that it is ended."""
AT_ONCE = 2
"""Pages that are rendered at the same time."""
_QUIET_S = 8.0
"""How long scripts may go on asking before the page is taken as it is."""
_LOOK_S = 0.25
_KINDS = frozenset({"script", "xhr", "fetch", "stylesheet"})
"""What may be fetched; no images, fonts, media, frames, and nothing that only tells others of our visit (ping)."""
_DROPPED = frozenset({"content-encoding", "content-length", "transfer-encoding", "set-cookie", "connection", "link"})

FetchPart = Callable[[str], Awaitable[Page | FetchFailure]]
"""Asks for one part of a page, through the guard; never raises."""


def find_browser() -> str:
    """Path of Chromium. Raises RenderError that says how to get what is missing."""
    if find_spec("playwright") is None:
        raise RenderError(f"`render: true` needs the extra `render`, which is not installed: {INSTALL}")
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise RenderError(f"`render: true` needs Chromium, which is not on PATH: {INSTALL}")


def verify_browser(sources: Iterable[Source]) -> None:
    """Is there one, if a source asks for it? Raises RenderError that names the sources and what to install."""
    asking = [source.name for source in sources if source.render]
    if not asking:
        return
    try:
        find_browser()
    except RenderError as error:
        raise RenderError(f"{', '.join(asking)}: {error}") from error


class Renderer:
    """One browser, started at first need, and again after it was ended. Each page has a context of its own."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._starting = asyncio.Lock()
        self._playwright: Any = None
        self._browser: Any = None
        # bound and never listened on: the proxy to nowhere, which nobody else can become
        self._nowhere = socket.socket()
        self._nowhere.bind(("127.0.0.1", 0))

    async def render(self, page: Page, fetch_part: FetchPart) -> Page | FetchFailure:
        """The page as its scripts leave it, with what came over the wire as its `original`. Never raises but for
        cancellation and RenderError."""
        async with self._turns:
            browser = await self._start()
            rendering = asyncio.ensure_future(_render_in(browser, page, fetch_part, self._timeout_s))
            try:
                return await self._watch(rendering)
            except Exception as error:  # noqa: BLE001 - whatever a hostile page does to the browser ends here
                reason = str(error).partition("\n")[0][:200] or type(error).__name__
                return FetchFailure("bad_content", f"cannot be rendered: {reason}")

    async def _watch(self, rendering: "asyncio.Future[Page]") -> Page | FetchFailure:
        """A page that takes too long, or too much memory, ends the browser: nothing less stops its scripts."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._timeout_s
        try:
            while not rendering.done():
                await asyncio.wait({rendering}, timeout=_LOOK_S)
                if rendering.done():
                    break
                if loop.time() > end:
                    await self._kill()
                    return FetchFailure("timeout", f"not rendered within {self._timeout_s:.0f} s")
                if measure_tree(os.getpid(), "chrom") > MOST_MEMORY:
                    await self._kill()
                    return FetchFailure("too_large", f"the browser takes more than {MOST_MEMORY >> 20} MB for it")
            return rendering.result()
        finally:
            rendering.cancel()
            await asyncio.gather(rendering, return_exceptions=True)

    async def _start(self) -> Any:  # noqa: ANN401 - playwright is an extra; its types are not there without it
        async with self._starting:
            if self._browser is not None and self._browser.is_connected():
                return self._browser
            path = find_browser()
            from playwright.async_api import async_playwright  # noqa: PLC0415 - an extra

            if self._playwright is None:
                self._playwright = await async_playwright().start()
            self._browser = await self._playwright.chromium.launch(
                executable_path=path,
                # Chromium refuses its sandbox to root
                chromium_sandbox=os.geteuid() != 0,
                args=_make_arguments(self._nowhere.getsockname()[1]),
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
            )
            log.info("browser_started", version=self._browser.version)
            return self._browser

    async def _kill(self) -> None:
        browser, self._browser = self._browser, None
        if browser is not None:
            with suppress(Exception):
                async with asyncio.timeout(5):
                    await browser.close()

    async def close(self) -> None:
        await self._kill()
        if self._playwright is not None:
            with suppress(Exception):
                async with asyncio.timeout(5):
                    await self._playwright.stop()
        self._nowhere.close()


def _make_arguments(nowhere: int) -> list[str]:
    """Whatever the browser would ask for by itself leads nowhere, loopback included."""
    return [
        f"--proxy-server=http://127.0.0.1:{nowhere}",
        "--proxy-bypass-list=<-loopback>",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--disable-quic",
        "--disable-background-networking",
        "--no-pings",
        "--disable-gpu",
        "--js-flags=--max-old-space-size=256",
        "--renderer-process-limit=4",
    ]


async def _render_in(browser: Any, page: Page, fetch_part: FetchPart, timeout_s: float) -> Page:  # noqa: ANN401 - same
    context = await browser.new_context(
        service_workers="block", accept_downloads=False, user_agent=None, java_script_enabled=True
    )
    try:
        context.set_default_timeout(timeout_s * 1000)
        parts = _Parts(page, fetch_part)
        await context.route("**/*", parts.answer)
        await context.route_web_socket("**/*", lambda socket_: socket_.close())
        tab = await context.new_page()
        context.on("page", lambda popup: asyncio.ensure_future(popup.close()) if popup != tab else None)
        tab.on("dialog", lambda dialog: asyncio.ensure_future(dialog.dismiss()))
        # of a page that leads on while it is read, playwright would wait for the end of a way that leads nowhere
        await tab.goto(page.url, wait_until="commit")
        with suppress(Exception):  # scripts that never rest: the page is taken as it is then
            await tab.wait_for_load_state("networkidle", timeout=min(_QUIET_S, timeout_s / 2) * 1000)
        if not tab.url.startswith("http"):
            return page  # its scripts left it for a place that needs no network, and no article
        dom = str(await tab.content()).encode("utf-8", "replace")
        if len(dom) > MOST_DOM_BYTES:
            raise RenderError(f"what its scripts made has {len(dom)} bytes")
        return _make_rendered(page, dom, f"Chromium/{browser.version}")
    finally:
        with suppress(Exception):
            await context.close()


def _make_rendered(page: Page, dom: bytes, browser: str) -> Page:
    """Without validators: what scripts load changes although the page does not."""
    headers = (("Content-Type", "text/html; charset=utf-8"), ("X-Basewatch-Rendered-By", browser))
    return replace(page, headers=headers, raw=dom, body=dom, original=page)


class _Parts:
    """Answers whatever one page asks for."""

    def __init__(self, page: Page, fetch_part: FetchPart) -> None:
        self._page = page
        self._fetch = fetch_part
        self._is_served = False
        self._count = 0
        self._bytes = 0

    async def answer(self, route: Any) -> None:  # noqa: ANN401 - same
        request = route.request
        if request.is_navigation_request():
            await self._lead(route)
            return
        answer = await self._ask(request)
        with suppress(Exception):  # the page may be gone by now
            if isinstance(answer, Page):
                await _fulfil(route, answer)
            else:
                await route.abort("blockedbyclient")

    async def _lead(self, route: Any) -> None:  # noqa: ANN401 - same
        """To the page itself once; wherever it sends its browser then, nothing is there, and the browser stays. If that
        was refused instead, the browser's own words about it would take the place of the article."""
        if not self._is_served:
            self._is_served = True
            await _fulfil(route, self._page)
            return
        with suppress(Exception):  # the page may be gone by now
            await route.fulfill(status=HTTPStatus.NO_CONTENT)

    async def _ask(self, request: Any) -> Page | None:  # noqa: ANN401 - same
        """None for what is not to be had: only GET, only what text can depend on, and not without end."""
        url = urldefrag(request.url).url
        if request.method != "GET" or request.resource_type not in _KINDS:
            return None
        self._count += 1
        if self._count > MOST_PARTS or self._bytes > MOST_BYTES:
            return None
        answer = await self._fetch(url)
        if isinstance(answer, FetchFailure):
            log.debug("part_refused", page=self._page.url, part=url, kind=answer.kind, detail=answer.detail)
            return None
        self._bytes += len(answer.body)
        return answer


async def _fulfil(route: Any, page: Page) -> None:  # noqa: ANN401 - same
    headers = {name: value for name, value in page.headers if name.lower() not in _DROPPED}
    await route.fulfill(status=page.status, headers=headers, body=page.body)
