"""What an outlet can do to a request, and that it costs the outlet's request and nothing else."""

import asyncio
import gzip
import resource
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from crawler.models import FailureKind, FetchFailure, Page
from settings.model import Source
from tests.redis_servers import wait_until
from tests.sources.conftest import FAST, Crawl, fetch_beside_a_clock, make_source
from tests.website import Misbehaviour, Website

IMPATIENT = FAST.model_copy(update={"fetch_timeout": timedelta(seconds=1)})


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ("silent", "timeout"),
        ("slow_body", "timeout"),
        ("slow_headers", "timeout"),
        ("continue_flood", "too_large"),
        ("drop", "connect"),
        ("reset", "connect"),
        ("endless", "too_large"),
        ("endless_chunks", "too_large"),
        ("tiny_chunks", "too_large"),
        ("header_flood", "too_large"),
        ("long_header", "too_large"),
        ("garbage", "error"),
        ("bad_gzip", "bad_content"),
        ("cookie_flood", "too_large"),
    ],
)
def test_each_misbehaviour_ends_as_its_kind_of_failure_in_time(
    make_crawl: Callable[..., Crawl], site: Website, source: Source, how: Misbehaviour, kind: FailureKind
) -> None:
    # what is refused for its size is read up to there first, which takes a busy machine more than a second
    crawl = make_crawl(source, run=IMPATIENT if kind == "timeout" else FAST)
    site.misbehave("/bad", how)
    site.page("/good", "still here")
    began, before = time.monotonic(), _peak_mb()
    answer = crawl.fetch(site.url("/bad"), source)
    assert isinstance(answer, FetchFailure), answer
    assert answer.kind == kind, answer
    assert answer.detail
    assert time.monotonic() - began < 30
    assert _peak_mb() - before < 64  # the server's own buffers included
    page = crawl.fetch(site.url("/good"), source)
    assert isinstance(page, Page)


def test_a_body_longer_than_promised_is_cut_to_the_promise(crawl: Crawl, site: Website, source: Source) -> None:
    site.misbehave("/short", "short_length")
    page = crawl.fetch(site.url("/short"), source)
    assert isinstance(page, Page)
    assert page.body == b"0123456789"


def test_a_body_in_many_small_chunks_is_read_to_its_end(crawl: Crawl, site: Website, source: Source) -> None:
    site.misbehave("/words", "small_chunks")
    page = crawl.fetch(site.url("/words"), source)
    assert isinstance(page, Page), page
    assert page.body == b"x" * 100_000


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
def test_a_bomb_is_refused_before_it_unpacks(crawl: Crawl, site: Website, source: Source, encoding: str) -> None:
    site.bomb("/bomb", encoding=encoding, size=1 << 26)
    before = _peak_mb()
    answer = crawl.fetch(site.url("/bomb"), source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind == "too_large"
    assert _peak_mb() - before < 64
    assert len(site.seen("/bomb")) == 1


def test_encodings_one_inside_the_other_are_undone_up_to_a_few(crawl: Crawl, site: Website, source: Source) -> None:
    body = b"<p>text</p>"
    for layers in range(1, 6):
        body = gzip.compress(body)
        site.page(f"/{layers}", body, headers={"Content-Encoding": ", ".join(["gzip"] * layers)})
    few, many = (crawl.fetch(site.url(f"/{layers}"), source) for layers in (4, 5))
    assert isinstance(few, Page)
    assert few.body == b"<p>text</p>"
    assert isinstance(many, FetchFailure)
    assert (many.kind, many.detail) == ("bad_content", "5 content encodings, one inside the other")


def test_a_body_that_takes_long_to_unpack_keeps_nobody_else_waiting(
    crawl: Crawl, site: Website, source: Source
) -> None:
    """Gzip members that hold a byte each."""
    site.page("/members", gzip.compress(b"x") * 120_000, headers={"Content-Encoding": "gzip"})
    turns, answer = crawl.reactor.run(fetch_beside_a_clock(crawl, source, site.url("/members")))
    assert isinstance(answer, Page)
    assert answer.body == b"x" * 120_000
    assert turns > 30


def test_a_body_over_the_limit_is_not_loaded(crawl: Crawl, site: Website, source: Source) -> None:
    site.page("/huge", b"x" * (5 << 20))
    answer = crawl.fetch(site.url("/huge"), source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind == "too_large"


def test_a_feed_may_be_larger_than_a_page(crawl: Crawl, site: Website, source: Source) -> None:
    site.page("/rss.xml", b"x" * (5 << 20))
    assert isinstance(crawl.poll(source), Page)


@pytest.mark.parametrize("media", ["image/png", "application/pdf", "video/mp4", "application/zip"])
def test_what_is_no_text_is_not_loaded(crawl: Crawl, site: Website, source: Source, media: str) -> None:
    site.page("/file", b"x" * 1000, content_type=media)
    answer = crawl.fetch(site.url("/file"), source)
    assert isinstance(answer, FetchFailure)
    assert (answer.kind, answer.detail) == ("bad_content", f"it is {media}")


def test_a_missing_picture_is_gone_rather_than_bad_content(crawl: Crawl, site: Website, source: Source) -> None:
    site.page("/file", b"x", content_type="image/png", status=410)
    answer = crawl.fetch(site.url("/file"), source)
    assert isinstance(answer, Page)
    assert answer.status == 410


@pytest.mark.parametrize("media", [None, "html", "text/plain", "application/xhtml+xml", "application/json"])
def test_text_under_any_name_is_loaded(crawl: Crawl, site: Website, source: Source, media: str | None) -> None:
    site.page("/file", "text", content_type=media)
    assert isinstance(crawl.fetch(site.url("/file"), source), Page)


def test_a_connection_lost_once_is_tried_once_more(crawl: Crawl, site: Website, source: Source) -> None:
    site.misbehave("/drop", "drop")
    assert isinstance(crawl.fetch(site.url("/drop"), source), FetchFailure)
    assert len(site.seen("/drop")) == 2


def test_header_names_that_look_like_code_do_nothing(crawl: Crawl, site: Website, source: Source) -> None:
    site.page("/code", "x", headers={"Referrer-Policy": "os.abort", "Set-Cookie": "a=b; Domain=com"})
    site.page("/next", "y")
    assert isinstance(crawl.fetch(site.url("/code"), source), Page)
    crawl.fetch(site.url("/next"), source)
    assert not {"cookie", "referer"} & site.seen("/next")[0].headers.keys()


def test_a_slow_host_does_not_delay_another(make_crawl: Callable[..., Crawl], site: Website, source: Source) -> None:
    with Website(host="127.0.0.2") as slow:
        slow_source = make_source(slow, name="slow-feed")
        crawl = make_crawl(source, slow_source)
        slow.robots("")
        site.page("/good", "quick")
        for number in range(16):
            slow.misbehave(f"/loris/{number}", "slow_body")
            crawl.submit(slow.url(f"/loris/{number}"), slow_source)
        began = time.monotonic()
        assert isinstance(crawl.fetch(site.url("/good"), source), Page)
        assert time.monotonic() - began < 2


def test_slow_polls_keep_no_article_waiting_however_many(
    make_crawl: Callable[..., Crawl], site: Website, source: Source
) -> None:
    with Website(host="127.0.0.2") as slow:
        slow.misbehave("/loris", "slow_body")
        slow_source = make_source(slow, name="slow-feed", path="/loris")
        crawl = make_crawl(source, slow_source, run=FAST.model_copy(update={"concurrency": 2}))
        for _ in range(100):
            crawl.reactor.call(partial(_begin_poll, crawl, slow_source))
        site.page("/good", "quick")
        began = time.monotonic()
        assert isinstance(crawl.fetch(site.url("/good"), source), Page)
        assert time.monotonic() - began < 2


def _begin_poll(crawl: Crawl, source: Source) -> "asyncio.Future[object]":
    return asyncio.ensure_future(crawl.live.poll(source, crawl.make_state(source)))


def test_large_pages_that_wait_for_a_worker_keep_no_other_waiting(
    make_crawl: Callable[..., Crawl], site: Website, source: Source
) -> None:
    with Website(host="127.0.0.2") as heavy:
        heavy_source = make_source(heavy, name="heavy-feed")
        crawl = make_crawl(source, heavy_source)
        let_go = crawl.reactor.call(asyncio.Event)
        heavy.page("/heavy", "x" * (3 << 20))
        site.page("/good", "quick")
        crawl.hold_handoff = let_go.wait
        large = [crawl.submit(heavy.url("/heavy"), heavy_source) for _ in range(3)]
        wait_until(lambda: len(heavy.seen("/heavy")) == len(large))
        crawl.submit(site.url("/good"), source)
        wait_until(lambda: bool(site.seen("/good")))
        crawl.reactor.call(let_go.set)
        assert all(isinstance(answer, Page) for answer in crawl.wait_for(*large))


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
