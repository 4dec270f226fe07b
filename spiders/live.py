"""The seam between the daemon and Scrapy: asyncio, Pages and FetchFailures on this side, the framework on the other."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus

import structlog
from pydantic import ValidationError
from scrapy import Request
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response
from scrapy.settings import Settings as ScrapySettings
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.main import installReactor
from twisted.python.failure import Failure

from crawler.errors import BasewatchError, GuardError, LinkError, RenderError
from crawler.models import FetchFailure, Page, PendingLink, SourceState
from settings.model import Run, Source
from spiders.errand import Refused, errand_of, make_article, make_part, make_poll, make_stretch
from spiders.guard import AddressGuard, Lookup, set_guard, verify_guard
from spiders.handoff import make_page
from spiders.middleware import ALLOWED_HOSTS, MIN_DELAY_S, HostManners, RobotsGate
from spiders.outlets import OutletsSpider
from spiders.rendering import Renderer
from spiders.signals import HeardSignals
from spiders.transport import ABORT

log = structlog.get_logger("live")

Handoff = Callable[[int, Page | FetchFailure], Awaitable[None]]
"""Takes what became of a submitted link, by its id; must not raise."""

_EXTENSIONS = {"scrapy.extensions.memusage.MemoryUsage": 0}
"""The others serve `scrapy crawl`. Those that a setting turns off would still cost a start half a second of imports."""
_UNBOUNDED = 1 << 30
"""Who asks says how many requests there are at once, polls and articles each for themselves. Counted together, some
dozens of slow polls would keep all articles waiting, and two large pages that are being analysed everything."""
_WAITING_THREADS = 64
_ENDING_S = 1.5
"""Part of the grace for closing connections once all downloads have ended."""


def run_reactor(main: Callable[[], Awaitable[None]]) -> None:
    """Run `main` in an asyncio loop that Twisted shares; return when it returns, raise what it raises.

    Once per process. Signals are left to `main`.
    """
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    # with the usual six a few names that do not resolve, or files on a disk that hangs, would keep all others waiting
    loop.set_default_executor(ThreadPoolExecutor(_WAITING_THREADS, "waiting"))
    reactor = AsyncioSelectorReactor(loop)
    installReactor(reactor)  # type: ignore[no-untyped-call]  # Twisted's
    task = loop.create_task(_as_coroutine(main))
    task.add_done_callback(lambda _: reactor.callWhenRunning(reactor.stop))
    try:
        reactor.run(installSignalHandlers=False)  # type: ignore[no-untyped-call]  # Twisted's
    finally:
        _close_loop(loop)
    task.result()


async def _as_coroutine(main: Callable[[], Awaitable[None]]) -> None:
    await main()


def _close_loop(loop: asyncio.AbstractEventLoop) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
    asyncio.set_event_loop(None)


def make_scrapy_settings(run: Run) -> ScrapySettings:
    """The shipped project settings with what run.yaml decides."""
    settings = ScrapySettings()
    settings.setmodule("settings.scrapy_project", priority="project")
    contact = f" (+{run.contact})" if run.contact else ""
    settings.setdict(
        {
            "USER_AGENT": f"{settings['USER_AGENT']}{contact}",
            "DOWNLOAD_DELAY": max(run.delay.total_seconds(), MIN_DELAY_S),
            "DOWNLOAD_TIMEOUT": run.fetch_timeout.total_seconds(),
            "CONCURRENT_REQUESTS": _UNBOUNDED,
            "SCRAPER_SLOT_MAX_ACTIVE_SIZE": _UNBOUNDED,
            ALLOWED_HOSTS: list(run.allowed_hosts),
            "EXTENSIONS_BASE": _EXTENSIONS,
            "DOWNLOADER_STATS": False,
        },
        priority="cmdline",
    )
    return settings


class LiveCrawl:
    """The long-lived spider, as the daemon sees it. Everything runs in the reactor's loop."""

    def __init__(
        self, run: Run, sources: Sequence[Source], handoff: Handoff, *, getaddrinfo: Lookup = socket.getaddrinfo
    ) -> None:
        self._run = run
        self._sources = tuple(sources)
        self._handoff = handoff
        self._links: set[int] = set()
        self._emptied = asyncio.Event()
        self._stopping = False
        self._failing: set[asyncio.Future[None]] = set()
        self._runner = AsyncCrawlerRunner(make_scrapy_settings(run))
        self._crawler = self._runner.create_crawler(OutletsSpider)
        self._crawler.signals = HeardSignals(self._crawler)
        self._guard = AddressGuard(getaddrinfo)
        set_guard(self._crawler, self._guard)
        self._renderer: Renderer | None = None
        self._ended: asyncio.Task[None] | None = None

    @property
    def in_flight(self) -> int:
        """Links that were submitted and not handed off yet."""
        return len(self._links)

    async def start(self) -> None:
        """Put the guard in force, check that it is, open the spider. Raises GuardError, BasewatchError."""
        try:
            await self._open()
        except BaseException:
            await self._guard.close()
            raise

    async def _open(self) -> None:
        self._verify_handlers()
        self._guard.permit(self._sources)
        await verify_guard(self._guard.open_session(), self._guard.private)
        opened = asyncio.Event()
        self._ended = self._runner.crawl(self._crawler, opened=opened)
        waiting = asyncio.ensure_future(opened.wait())
        await asyncio.wait({self._ended, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            waiting.cancel()
            raise BasewatchError("the spider did not open") from self._ended.exception()

    def _verify_handlers(self) -> None:
        """No way to the network but ours: the guard does not see what other handlers do."""
        settings = self._crawler.settings
        handlers = {scheme: path for scheme, path in settings.getwithbase("DOWNLOAD_HANDLERS").items() if path}
        ours = settings["DOWNLOAD_HANDLERS"]["http"]
        if handlers != {"http": ours, "https": ours} or settings.getbool("HTTPPROXY_ENABLED"):
            raise GuardError(f"downloads would go round the guard: {handlers}")

    def update(self, sources: Sequence[Source], allowed_hosts: Collection[str]) -> None:
        """After a reload: which private endpoints may be reached, and at which hosts what robots.txt forbids."""
        self._sources = tuple(sources)
        self._guard.permit(self._sources)
        if (gate := self._crawler.get_downloader_middleware(RobotsGate)) is not None:
            gate.allowed_hosts = frozenset(allowed_hosts)

    def find_resting(self, now: datetime) -> dict[str, datetime]:
        """Hosts, as by `slot_of`, that want no request for a while yet, and until when."""
        manners = self._crawler.get_downloader_middleware(HostManners)
        return manners.find_resting(now) if manners is not None else {}

    async def wait_closed(self) -> None:
        """Returns when the spider has ended, for whatever reason; a daemon should not outlive it."""
        if self._ended is not None:
            await asyncio.wait({self._ended})

    async def poll(self, source: Source, state: SourceState) -> Page | FetchFailure:
        """Ask a source, conditionally. Never raises but for cancellation."""
        if self._stopping:
            return FetchFailure("interrupted")
        try:
            request = make_poll(source, state, self._run)
            page = make_page(await self._ask(request))
            return await self._render(page, source) if source.kind == "section" else page
        except Exception as error:  # noqa: BLE001 - a poll must end as a row of the ledger
            return _explain(error, source.url)

    async def _ask(self, request: Request) -> Response:
        """Through the middlewares and the queue of its host. As the engine's `download_async`, which besides tells log,
        hearers and the spider's scheduler of each request, and makes Deferreds of coroutines and back."""
        downloader = self._crawler.engine.downloader
        while True:
            downloader.active.add(request)
            try:
                answer = await downloader.middleware.download_async(downloader._enqueue_request, request)  # noqa: SLF001 - see above
            finally:
                downloader.active.remove(request)
            if isinstance(answer, Response):
                answer.request = request
                return answer
            request = answer

    async def fetch_stretch(self, source: Source, url: str, start: int, end: int) -> Page | FetchFailure:
        """Bytes [start, end) of a file, if its server can. Never raises but for cancellation."""
        if self._stopping:
            return FetchFailure("interrupted")
        try:
            request = make_stretch(url, start, end, source, self._run)
            return make_page(await self._ask(request))
        except Exception as error:  # noqa: BLE001 - same
            return _explain(error, url)

    def submit(self, link: PendingLink, source: Source) -> None:
        """Fetch an article in its turn; `handoff` is called once with what became of it. A repeat is ignored."""
        if link.id in self._links:
            return
        self._links.add(link.id)
        self._emptied.clear()
        failure = self._enqueue(link, source)
        if failure is not None:
            failing = asyncio.ensure_future(self._hand_off(link.id, failure))
            self._failing.add(failing)
            failing.add_done_callback(self._failing.discard)

    def _enqueue(self, link: PendingLink, source: Source) -> FetchFailure | None:
        if self._stopping:
            return FetchFailure("interrupted")
        try:
            request = make_article(link, source, self._run)
            self._crawler.engine.crawl(request.replace(callback=self._take_response, errback=self._take_error))
        except Exception as error:  # noqa: BLE001 - same
            return _explain(error, link.link.url)
        return None

    async def _take_response(self, response: Response) -> None:
        answer: Page | FetchFailure
        try:
            answer = await self._render(make_page(response), errand_of(_request_of(response)).source)
        except Exception as error:  # noqa: BLE001 - same
            answer = _explain(error, response.url)
        await self._hand_off(_link_id(response.request), answer)

    async def _render(self, page: Page, source: Source) -> Page | FetchFailure:
        """Let its scripts run, if the source says so and there are any. Raises RenderError when there is no browser."""
        media = page.header("content-type") or "text/html"
        if not source.render or page.status != HTTPStatus.OK or "html" not in media.lower():
            return page
        if self._renderer is None:
            self._renderer = Renderer((source.timeout or self._run.fetch_timeout).total_seconds())
        return await self._renderer.render(page, partial(self._fetch_part, source))

    async def _fetch_part(self, source: Source, url: str) -> Page | FetchFailure:
        if self._stopping:
            return FetchFailure("interrupted")
        try:
            return make_page(await self._ask(make_part(url, source, self._run)))
        except Exception as error:  # noqa: BLE001 - a page without one of its parts is still a page
            return _explain(error, url)

    async def _take_error(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy's addition
        await self._hand_off(_link_id(request), _explain(failure.value, request.url))

    async def _hand_off(self, link_id: int, answer: Page | FetchFailure) -> None:
        try:
            await self._handoff(link_id, answer)
        finally:
            self._links.discard(link_id)
            if not self._links:
                self._emptied.set()

    async def stop(self, grace_s: float) -> None:
        """Finish what is under way within the grace, break off the rest. What was not handed off stays pending."""
        self._stopping = True
        if self._ended is None or self._ended.done():
            return
        await self._end(self._ended, grace_s)
        # the engine does so at its end, which may be after the grace, or never come
        await self._guard.close()

    async def _end(self, ended: asyncio.Task[None], grace_s: float) -> None:
        end = asyncio.get_running_loop().time() + grace_s
        await self._wait_emptied(grace_s - _ENDING_S)
        self._break_off()
        if self._renderer is not None:
            await self._renderer.close()
        closing = asyncio.ensure_future(self._runner.stop())
        left = max(end - asyncio.get_running_loop().time(), 0.1)
        await asyncio.wait({closing, ended}, timeout=left)

    async def _wait_emptied(self, seconds: float) -> None:
        if self._links and seconds > 0:
            waiting = asyncio.ensure_future(self._emptied.wait())
            await asyncio.wait({waiting}, timeout=seconds)
            waiting.cancel()

    def _break_off(self) -> None:
        """End every download, those that wait for their host's turn too."""
        self._crawler.signals.send_catch_log(ABORT)
        for slot in self._crawler.engine.downloader.slots.values():
            while slot.queue:
                _, waiting = slot.queue.popleft()
                waiting.errback(Refused(FetchFailure("interrupted")))


def _link_id(request: Request | None) -> int:
    if request is None:
        raise TypeError("a response without its request")
    return errand_of(request).link_id


def _request_of(response: Response) -> Request:
    if response.request is None:
        raise TypeError("a response without its request")
    return response.request


def _explain(error: BaseException | None, url: str) -> FetchFailure:
    if isinstance(error, Refused):
        return error.failure
    if isinstance(error, LinkError):
        return FetchFailure("bad_url", error.reason)
    if isinstance(error, RenderError):
        return FetchFailure("error", str(error))
    log.error("fetch_defect", url=url, error=repr(error), exc_info=error)
    return FetchFailure("error", f"our defect: {error!r}"[:200])


def fetch_once(url: str, run: Run, source: Source | None = None) -> Page | FetchFailure:
    """Fetch one page from a process that has no reactor yet, with the same guard and manners. Once per process."""
    try:
        asked = source or Source(name="once", outlet="once", kind="section", url=url)
    except ValidationError:
        return FetchFailure("bad_url", "no http or https address")
    answers: list[Page | FetchFailure] = []

    async def fetch() -> None:
        async def take(_: int, answer: Page | FetchFailure) -> None:
            answers.append(answer)

        live = LiveCrawl(run.model_copy(update={"delay": timedelta(0)}), (asked,), take)
        await live.start()
        try:
            now = datetime.now(UTC)
            answers.append(await live.poll(asked.model_copy(update={"url": url}), SourceState(asked.name, now)))
        finally:
            await live.stop(2)

    run_reactor(fetch)
    return answers[0]
