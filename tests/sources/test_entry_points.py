"""Every way by which an outlet can name an address, with every spelling of one that nobody may reach: no connection."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from crawler.fetch.robots import RobotsMemory
from crawler.models import FetchFailure, Page
from settings.model import Source
from spiders.middleware import RobotsGate
from tests.sources.conftest import Crawl, make_source
from tests.website import Website

HOSTS = json.loads((Path(__file__).parent / "data" / "addresses.json").read_text())["hosts"]
URLS = [f"http://{host}:{port}/" for host in HOSTS for port in (80, 8080)]
"""On ports that the guard lets through, so that the address alone is what stops them."""
AT_ONCE = 16

Answer = Page | FetchFailure
Ask = Callable[[Crawl, Website, Source, str], Awaitable[Answer]]


@pytest.fixture
def connects(site: Website) -> Iterator[list[object]]:
    """Every address that this process connected to, but for the outlet's own."""
    asked: list[object] = []
    listening = [True]

    def listen(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event == "socket.connect" and isinstance(arguments[1], tuple):
            asked.append(arguments[1][:2])

    sys.addaudithook(listen)  # for ever: Python knows no way to take one back
    yield asked
    listening.clear()
    assert [each for each in asked if each != (site.host, site.port)] == []


def point_at(source: Source, url: str) -> Source:
    """As a settings file could not say it, and a reader of further pages could."""
    return source.model_copy(update={"url": url})


def as_header(url: str) -> str:
    """UTF-8 on the wire, as outlets send it."""
    return url.encode().decode("latin-1")


async def poll(crawl: Crawl, _: Website, source: Source, url: str) -> Answer:
    state = crawl.make_state(source)
    return await crawl.live.poll(point_at(source, url), state)


async def follow_sitemap(crawl: Crawl, site: Website, source: Source, url: str) -> Answer:
    return await poll(crawl, site, source.model_copy(update={"kind": "sitemap"}), url)


async def follow_channel(crawl: Crawl, site: Website, source: Source, url: str) -> Answer:
    return await poll(crawl, site, source.model_copy(update={"kind": "telegram"}), url)


async def poll_redirect(crawl: Crawl, site: Website, source: Source, url: str) -> Answer:
    path = f"/lead/{URLS.index(url)}"
    site.redirect(path, as_header(url))
    return await crawl.live.poll(point_at(source, site.url(path)), crawl.make_state(source))


async def fetch_part(crawl: Crawl, _: Website, source: Source, url: str) -> Answer:
    return await crawl.live._fetch_part(source, url)


async def part_redirect(crawl: Crawl, site: Website, source: Source, url: str) -> Answer:
    path = f"/part/{URLS.index(url)}"
    site.redirect(path, as_header(url))
    return await crawl.live._fetch_part(source, site.url(path))


def check(answers: dict[str, Answer]) -> None:
    kinds = {url: answer.kind if isinstance(answer, FetchFailure) else "page" for url, answer in answers.items()}
    # dns: not every system knows all of these spellings
    assert {url: kind for url, kind in kinds.items() if kind not in ("blocked", "bad_url", "dns")} == {}


@pytest.mark.parametrize("ask", [poll, follow_sitemap, follow_channel, poll_redirect, fetch_part, part_redirect])
def test_no_address_that_is_asked_for_leads_to_a_private_one(
    crawl: Crawl, site: Website, source: Source, connects: list[object], ask: Ask
) -> None:
    async def ask_all() -> list[Answer]:
        room = asyncio.Semaphore(AT_ONCE)

        async def ask_one(url: str) -> Answer:
            async with room:
                return await ask(crawl, site, source, url)

        return await asyncio.gather(*map(ask_one, URLS))

    answers = crawl.reactor.run(ask_all(), 120)
    check(dict(zip(URLS, answers, strict=True)))
    assert len(URLS) >= 80
    assert isinstance(connects, list)


def test_no_link_of_a_feed_leads_to_a_private_address(crawl: Crawl, source: Source, connects: list[object]) -> None:
    links = [crawl.submit(url, source) for url in URLS]
    check(dict(zip(URLS, crawl.wait_for(*links), strict=True)))
    assert connects == []


def test_no_robots_redirect_leads_to_a_private_address(
    crawl: Crawl, site: Website, source: Source, connects: list[object]
) -> None:
    gate = crawl.live._crawler.get_downloader_middleware(RobotsGate)
    assert gate is not None
    answers: dict[str, Answer] = {}
    for url in URLS:
        gate._known = RobotsMemory()
        site.redirect("/robots.txt", as_header(url))
        answers[url] = crawl.poll(source)
    check(answers)
    assert set(connects) == {(site.host, site.port)}


def test_a_source_of_its_own_is_still_reached(crawl: Crawl, site: Website, source: Source) -> None:
    site.page("/rss.xml", "<rss/>")
    assert isinstance(crawl.poll(make_source(site)), Page), "a guard that refuses everything would pass the rest"
