"""Starting and stopping: within the grace, whatever hangs, and with every submitted link accounted for."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.errors import GuardError
from crawler.models import FetchFailure, Page, SourceState
from settings.model import Source
from spiders.live import LiveCrawl
from tests.sources.conftest import FAST, Crawl, ReactorThread, make_source
from tests.website import Website

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("grace_s", [0, 2])
def test_stop_ends_within_its_grace_whatever_hangs(
    make_crawl: Callable[..., Crawl], site: Website, source: Source, grace_s: float
) -> None:
    crawl = make_crawl(source, run=FAST.model_copy(update={"fetch_timeout": timedelta(minutes=5)}))
    site.misbehave("/slow", "slow_body")
    site.misbehave("/silent", "silent")
    links = [crawl.submit(site.url(path), source) for path in ["/slow", "/silent"] * 3]
    crawl.reactor.run(_until(lambda: len(site.requests) > 1))
    began = time.monotonic()
    crawl.stop(grace_s)
    assert time.monotonic() - began < grace_s + 20, "it waited for what hangs for five minutes"
    assert all(_is_interrupted(crawl.answers.get(link)) for link in links)


def test_what_can_end_within_the_grace_is_handed_off(crawl: Crawl, site: Website, source: Source) -> None:
    site.page("/a", "text", delay_s=0.4)
    link = crawl.submit(site.url("/a"), source)
    crawl.reactor.run(_until(lambda: site.seen("/a")))
    crawl.stop(4)
    assert isinstance(crawl.answers[link], Page)


def test_a_hanging_handoff_does_not_hold_up_the_stop(crawl: Crawl, site: Website, source: Source) -> None:
    async def hang() -> None:
        await asyncio.sleep(30)

    crawl.hold_handoff = hang
    site.page("/a", "text")
    crawl.submit(site.url("/a"), source)
    crawl.reactor.run(_until(lambda: site.seen("/a")))
    session = crawl.live._guard.open_session()
    began = time.monotonic()
    crawl.stop(2)
    assert time.monotonic() - began < 20, "it waited for what hangs for half a minute"
    assert session.closed


def test_a_crawl_that_cannot_start_leaves_no_session_open(reactor: ReactorThread) -> None:
    async def start() -> bool:
        live = LiveCrawl(FAST, (), _take_nothing)
        live._crawler.settings.set("HTTPPROXY_ENABLED", True, priority="cmdline")
        session = live._guard.open_session()
        with pytest.raises(GuardError):
            await live.start()
        return session.closed

    assert reactor.run(start())


def test_a_poll_that_hangs_is_interrupted_by_the_stop(crawl: Crawl, site: Website, source: Source) -> None:
    site.misbehave("/rss.xml", "silent")
    poll = asyncio.run_coroutine_threadsafe(_poll(crawl, source), crawl.reactor._loop)  # type: ignore[arg-type]
    crawl.reactor.run(_until(lambda: site.seen("/rss.xml")))
    crawl.stop(0)
    assert _is_interrupted(poll.result(5))


def test_work_that_comes_after_the_stop_is_interrupted(crawl: Crawl, site: Website, source: Source) -> None:
    crawl.stop(0)
    assert _is_interrupted(crawl.poll(source))
    assert _is_interrupted(crawl.fetch(site.url("/a"), source))


def test_a_link_submitted_twice_is_fetched_once(crawl: Crawl, site: Website, source: Source) -> None:
    site.page("/a", "text", delay_s=0.1)
    link = crawl.submit(site.url("/a"), source)
    crawl._ids = iter([link, 100])
    crawl.submit(site.url("/a"), source)
    crawl.wait_for(link)
    assert len(site.seen("/a")) == 1
    assert crawl.live.in_flight == 0


def test_one_address_under_two_links_is_fetched_twice(crawl: Crawl, site: Website, source: Source) -> None:
    """What is the same article is for the store to know; Scrapy's own filter would drop the second without a word."""
    site.page("/a", "text")
    assert all(
        isinstance(answer, Page) for answer in crawl.wait_for(*[crawl.submit(site.url("/a"), source) for _ in "12"])
    )


@pytest.mark.parametrize(
    "url", ["http://[", "javascript:alert(1)", "http://a\\@b/", "", "http://x:99999/", "http://" + "a" * 3000]
)
def test_an_address_that_cannot_be_asked_is_handed_off_as_such(crawl: Crawl, source: Source, url: str) -> None:
    answer = crawl.fetch(url, source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind == "bad_url"
    assert crawl.live.in_flight == 0


def test_the_spider_ends_by_itself_only_when_it_is_told(crawl: Crawl) -> None:
    ended = asyncio.run_coroutine_threadsafe(crawl.live.wait_closed(), crawl.reactor._loop)  # type: ignore[arg-type]
    time.sleep(0.3)
    assert not ended.done()
    crawl.stop(1)
    ended.result(5)


def test_a_plain_process_fetches_one_page(site: Website) -> None:
    site.page("/a", "hello")
    source = make_source(site, delay=timedelta(0))
    script = f"""
from settings.model import Run, Source
from spiders.live import fetch_once
source = Source.model_validate_json({source.model_dump_json()!r}.replace('"PT10M"', '"10m"').replace('"PT0S"', '"0s"'))
print(fetch_once({site.url("/a")!r}, Run(), source).body, fetch_once)
"""
    result = _run_python(script)
    assert "b'hello'" in result.stdout, result.stderr
    assert "Warning" not in result.stderr


@pytest.mark.parametrize("url", ["http://127.0.0.1:80/", "no address"])
def test_a_plain_process_fetches_nothing_that_is_forbidden(url: str) -> None:
    result = _run_python(
        f"from settings.model import Run\nfrom spiders.live import fetch_once\nprint(fetch_once({url!r}, Run()).kind)"
    )
    assert result.stdout.strip() in ("blocked", "bad_url"), result.stderr


def test_what_main_raises_leaves_the_reactor() -> None:
    result = _run_python(
        "from spiders.live import run_reactor\n"
        "async def main():\n    raise KeyError('from main')\n"
        "try:\n    run_reactor(main)\nexcept KeyError as error:\n    print('got', error)"
    )
    assert result.stdout.strip() == "got 'from main'", result.stderr


async def _take_nothing(_: int, __: Page | FetchFailure) -> None: ...


def _run_python(script: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error::scrapy.exceptions.ScrapyDeprecationWarning", "-c", script]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, check=False, env=environ, capture_output=True, text=True, timeout=60, cwd="/")


def _is_interrupted(answer: Page | FetchFailure | None) -> bool:
    return isinstance(answer, FetchFailure) and answer.kind == "interrupted"


async def _poll(crawl: Crawl, source: Source) -> Page | FetchFailure:
    return await crawl.live.poll(source, SourceState(source.name, datetime.now(UTC)))


async def _until(true: Callable[[], object], timeout_s: float = 5) -> None:
    async with asyncio.timeout(timeout_s):
        while not true():  # noqa: ASYNC110 - what is waited for happens in the server's thread
            await asyncio.sleep(0.02)
