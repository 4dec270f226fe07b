"""What stands between a request and the network: manners per host, robots.txt, redirects, content and unpacking."""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from operator import itemgetter
from typing import Self, TypeVar

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from crawler.archive.coding import MAX_CODINGS
from crawler.errors import LinkError
from crawler.fetch.guard import endpoint_of
from crawler.fetch.policy import MIN_WAIT, read_retry_after
from crawler.fetch.robots import LONG_BYTES, RobotsEntry, RobotsMemory, RobotsRules, judge_robots
from crawler.fetch.urls import host_of, in_scope, join_link, robots_of, slot_of
from crawler.models import FetchFailure, Page
from spiders.errand import BrokenConnection, Refused, errand_of, make_robots, queue_of
from spiders.guard import guard_of
from spiders.handoff import OVERRULED, PERMANENT, keep_received, make_page

T = TypeVar("T")

MIN_DELAY_S = 0.001
"""Without any delay Scrapy starts all that waits for a host at once, whatever its concurrency."""
_CRAWL_DELAY = "crawl_delay"
"""Seconds that robots.txt asks for, in the request's meta."""
ALLOWED_HOSTS = "BASEWATCH_ALLOWED_HOSTS"
"""Scrapy setting: run.yaml's `allowed_hosts`."""
_HOPS = "hops"
_TRIED = "tried"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_ABOUT_US = frozenset({"blocked", "held", "interrupted"})
"""Failures that say nothing of the host and may be over the next moment."""
REMEMBERED_HOSTS = 20_000
"""Whose wishes are known."""
_UNPACKED_AT_ONCE = 64 << 10
"""Bytes. Hundreds of thousands of gzip members without any content, which are 8 MiB, take seconds."""
_LONG_DELAY_S = 10.0
"""Between two requests: what other workers must be told of."""


class HostManners:
    """One request at a time, as far apart as run, source and robots.txt ask; none while the host wants to be left."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self._guard = guard_of(crawler)
        self.delay_s = crawler.settings.getfloat("DOWNLOAD_DELAY")
        self._held: dict[str, datetime] = {}
        self._spaced: dict[str, datetime] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        slot = slot_of(request.url)
        until = self._held.get(slot)
        if until is not None and until > datetime.now(UTC):
            raise Refused(FetchFailure("held", f"{slot} asked us to wait", until))
        self._refuse_private(request)
        self._space_requests(slot, request)

    def process_response(self, request: Request, response: Response) -> Response:
        now, slot = datetime.now(UTC), slot_of(request.url)
        if (until := _find_hold(response, now)) is not None:
            remember(self._held, slot, until)
        active = self.crawler.engine.downloader.slots.get(slot)
        if active is not None and active.delay > _LONG_DELAY_S:
            remember(self._spaced, slot, now + timedelta(seconds=active.delay))
        return response

    def find_resting(self, now: datetime) -> dict[str, datetime]:
        """Hosts that want no request for a while yet, and until when."""
        waits = [*self._spaced.items(), *self._held.items()]
        return {slot: until for slot, until in sorted(waits, key=itemgetter(1)) if until > now}

    def _refuse_private(self, request: Request) -> None:
        """A private endpoint is for the source that declared it, not for what other pages link to."""
        here, source = endpoint_of(request.url), errand_of(request).source
        declared = source.allow_private and endpoint_of(source.url) == here
        if not declared and here in self._guard.private:
            raise Refused(FetchFailure("blocked", f"{here[0]} port {here[1]} is private to another source"))

    def _space_requests(self, slot: str, request: Request) -> None:
        errand = errand_of(request)
        source = errand.source
        if errand.kind == "part":
            # one after the other without a pause: nobody waits three seconds for each script of a page
            queue = queue_of(request.url, "part")
            remember(self.crawler.engine.downloader.per_slot_settings, queue, {"delay": MIN_DELAY_S})
            return
        delay_s = source.delay.total_seconds() if source.delay is not None else self.delay_s
        delay_s = max(delay_s, request.meta.get(_CRAWL_DELAY, 0.0), MIN_DELAY_S)
        downloader = self.crawler.engine.downloader
        if (active := downloader.slots.get(slot)) is not None:
            active.delay = delay_s
        elif delay_s != self.delay_s:
            # of use until the host's queue begins; one that begins anew is told anew
            remember(downloader.per_slot_settings, slot, {"delay": delay_s})


def remember(notes: dict[str, T], slot: str, note: T) -> None:
    """Of so many hosts at most: an outlet may give each of its pages a host of its own."""
    notes[slot] = note
    if len(notes) > REMEMBERED_HOSTS:
        del notes[next(iter(notes))]


def _find_hold(response: Response, now: datetime) -> datetime | None:
    """Until when the host of a 429 or 503 wants no requests."""
    if response.status not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return None
    told = response.headers.get("Retry-After")
    until = read_retry_after(told.decode("latin-1"), now) if told else None
    if until is None and response.status == HTTPStatus.TOO_MANY_REQUESTS:
        return now + MIN_WAIT
    return until


class RobotsGate:
    """Lets through what robots.txt allows. One answer per host, kept a day, however many ask at once."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.allowed_hosts = frozenset(crawler.settings.getlist(ALLOWED_HOSTS))
        """Which run.yaml names, one by one; there is no switch for all of them."""
        self._known = RobotsMemory()
        self._asked: dict[str, asyncio.Task[RobotsEntry]] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if errand_of(request).kind == "robots":
            return
        answer = (await self._find_entry(request)).answer
        if isinstance(answer, FetchFailure):
            raise Refused(answer)
        if not await _ask_rules(answer, request.url):
            if host_of(request.url) not in self.allowed_hosts:
                raise Refused(FetchFailure("robots", "robots.txt forbids it"))
            request.meta[OVERRULED] = True
        request.meta[_CRAWL_DELAY] = answer.delay_s

    async def _find_entry(self, request: Request) -> RobotsEntry:
        key = robots_of(request.url)
        known = self._known.find(key)
        if known is not None and known.until > datetime.now(UTC):
            return known
        if key not in self._asked:
            asked = self._asked[key] = asyncio.ensure_future(self._fetch_entry(key, make_robots(request), known))
            asked.add_done_callback(lambda _: self._asked.pop(key, None))
        return await asyncio.shield(self._asked[key])

    async def _fetch_entry(self, key: str, request: Request, before: RobotsEntry | None) -> RobotsEntry:
        answer: Page | FetchFailure
        try:
            answer = make_page(await self.crawler.engine.download_async(request))
        except Refused as refused:
            answer = refused.failure
        entry = await _judge_answer(answer, before)
        if isinstance(answer, Page) or answer.kind not in _ABOUT_US:
            self._known.keep(key, entry)
        return entry


async def _judge_answer(answer: Page | FetchFailure, before: RobotsEntry | None) -> RobotsEntry:
    """A hostile outlet's 512 KiB of rules take seconds: in a thread, where they keep nobody waiting."""
    if isinstance(answer, Page) and len(answer.body) > LONG_BYTES:
        return await asyncio.to_thread(judge_robots, answer, datetime.now(UTC), before)
    return judge_robots(answer, datetime.now(UTC), before)


async def _ask_rules(rules: RobotsRules, url: str) -> bool:
    return await asyncio.to_thread(rules.allows, url) if rules.is_long else rules.allows(url)


class RedirectGate:
    """Follows a few redirects, to http(s) addresses within the errand's scope."""

    def __init__(self, max_hops: int) -> None:
        self.max_hops = max_hops

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler.settings.getint("REDIRECT_MAX_TIMES"))

    def process_response(self, request: Request, response: Response) -> Response | Request:
        location = response.headers.get("Location")
        if response.status not in _REDIRECTS or location is None:
            return response
        errand, hops = errand_of(request), request.meta.get(_HOPS, 0) + 1
        if hops > self.max_hops:
            if errand.kind == "robots":
                return response  # RFC 9309: so many redirects mean that there is no robots.txt
            raise Refused(FetchFailure("error", f"more than {self.max_hops} redirects"))
        target = _join_location(request.url, location)
        if errand.scope and not in_scope(target, errand.scope):
            raise Refused(FetchFailure("blocked", f"redirected out of scope, to {host_of(target)}"))
        permanent = response.status in _PERMANENT and request.meta.get(PERMANENT, True)
        meta = request.meta | {_HOPS: hops, "download_slot": queue_of(target, errand.kind), PERMANENT: permanent}
        return request.replace(url=target, meta=meta)


def _join_location(url: str, location: bytes) -> str:
    try:
        return join_link(url, location.decode("utf-8", "replace"))
    except LinkError as error:
        raise Refused(FetchFailure("bad_url", f"redirect: {error.reason}")) from error


class SecondTry:
    """A connection that was lost on the way is made once more, at once. Statuses are judged by `crawler.fetch.policy`,
    which knows Retry-After."""

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        if not isinstance(exception, BrokenConnection) or request.meta.get(_TRIED):
            return None
        return request.replace(meta=request.meta | {_TRIED: True})


class Unpacking:
    """Keeps what came over the wire, then unpacks it within the bounds of the request."""

    def __init__(self, crawler: Crawler) -> None:
        self._scrapy = HttpCompressionMiddleware(crawler=crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_response(
        self, request: Request, response: Response
    ) -> Request | Response | Awaitable[Request | Response]:
        keep_received(request, response)
        if not response.body or "Content-Encoding" not in response.headers:
            return response
        if (count := b",".join(response.headers.getlist("Content-Encoding")).count(b",") + 1) > MAX_CODINGS:
            raise Refused(FetchFailure("bad_content", f"{count} content encodings, one inside the other"))
        if len(response.body) > _UNPACKED_AT_ONCE:
            return asyncio.to_thread(self._unpack, request, response)
        return self._unpack(request, response)

    def _unpack(self, request: Request, response: Response) -> Request | Response:
        try:
            return self._scrapy.process_response(request, response)
        except IgnoreRequest as error:
            raise Refused(FetchFailure("too_large", "unpacks to more than may be read")) from error
        except Exception as error:  # every codec has errors of its own, some none of ours to import
            raise Refused(FetchFailure("bad_content", f"cannot be unpacked: {error}"[:200])) from error
