"""LiveCrawl.poll against a real server: what is asked, and what comes back."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from crawler.models import FetchFailure, Page, SourceState
from settings.model import Source
from spiders.live import LiveCrawl
from tests.sources.conftest import FAST, Crawl, ReactorThread, make_source
from tests.website import Answer, Item, Website


def test_a_feed_comes_back_as_a_page_with_its_bytes_and_headers(crawl: Crawl, site: Website, source: Source) -> None:
    site.feed("/rss.xml", [Item("One", site.url("/1"))], etag='"v1"')
    page = crawl.poll(source)
    assert isinstance(page, Page)
    assert (page.status, page.url, page.requested_url) == (200, source.url, source.url)
    assert page.header("ETag") == '"v1"'
    assert b"<title>One</title>" in page.body
    assert page.raw == page.body


def test_an_address_that_refuses_leaves_its_name_to_the_next_one(
    reactor: ReactorThread, site: Website, source: Source
) -> None:
    site.page("/rss.xml", "<rss/>")
    named = source.model_copy(update={"url": f"http://two.example:{site.port}/rss.xml"})

    def look_up(_: str, port: int, *__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port)) for host in ("127.0.0.77", site.host)]

    async def drop(_: int, __: object) -> None: ...

    async def poll() -> Page | FetchFailure:
        live = LiveCrawl(FAST, (named,), drop, getaddrinfo=look_up)
        await live.start()
        answer = await live.poll(named, SourceState(named.name, datetime.now(UTC)))
        await live.stop(1)
        return answer

    answer = reactor.run(poll())
    assert isinstance(answer, Page), answer
    assert site.seen("/rss.xml")[0].headers["host"] == f"two.example:{site.port}"


@pytest.mark.parametrize("validator", ['"simple"', "W/\"weak, with 'quotes' \"", '"\xe9\xff"', "no quotes at all"])
def test_an_etag_is_echoed_byte_for_byte_and_brings_a_304(
    crawl: Crawl, site: Website, source: Source, validator: str
) -> None:
    site.page("/rss.xml", "<rss/>", etag=validator)
    first = crawl.poll(source)
    assert isinstance(first, Page)
    again = crawl.poll(source, etag=first.header("etag") or "")
    assert isinstance(again, Page)
    assert (again.status, again.body) == (304, b"")
    assert site.seen("/rss.xml")[1].headers["if-none-match"] == validator


def test_a_last_modified_is_echoed_even_when_it_is_no_date(crawl: Crawl, site: Website, source: Source) -> None:
    site.page("/rss.xml", "<rss/>", headers={"Last-Modified": "yesterday, around noon"})
    answer = crawl.poll(source, last_modified="yesterday, around noon")
    assert isinstance(answer, Page)
    assert answer.status == 304


def test_a_poll_without_validators_is_unconditional(crawl: Crawl, site: Website, source: Source) -> None:
    site.page("/rss.xml", "<rss/>", etag='"x"')
    crawl.poll(source)
    assert not {"if-none-match", "if-modified-since"} & site.seen("/rss.xml")[0].headers.keys()


def test_a_poll_closes_its_connection_and_says_who_asks(
    make_crawl: Callable[..., Crawl], site: Website, source: Source
) -> None:
    crawl = make_crawl(source, run=FAST.model_copy(update={"contact": "desk@example.org"}))
    site.page("/rss.xml", "<rss/>")
    crawl.poll(source)
    headers = site.seen("/rss.xml")[0].headers
    assert headers["connection"] == "close"
    assert headers["user-agent"].startswith("basewatch/")
    assert "desk@example.org" in headers["user-agent"]
    assert not {"cookie", "referer", "authorization"} & headers.keys()


def test_a_source_is_asked_with_its_own_user_agent(make_crawl: Callable[..., Crawl], site: Website) -> None:
    source = make_source(site, user_agent="curl/8.0")
    site.page("/rss.xml", "<rss/>")
    make_crawl(source).poll(source)
    assert {seen.headers["user-agent"] for seen in site.requests} == {"curl/8.0"}


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
def test_a_packed_body_is_unpacked_and_kept_packed_too(
    crawl: Crawl, site: Website, source: Source, encoding: str
) -> None:
    site.page("/rss.xml", "<rss>مرحبا</rss>" * 50, encoding=encoding)
    page = crawl.poll(source)
    assert isinstance(page, Page)
    assert page.body.decode() == "<rss>مرحبا</rss>" * 50
    assert len(page.raw) < len(page.body)
    assert page.header("content-encoding") == encoding


def test_headers_of_one_name_keep_their_order(crawl: Crawl, site: Website, source: Source) -> None:
    site.script("/rss.xml", lambda _: Answer(headers=[("X-Way", "one"), ("Link", "<a>"), ("X-Way", "two")], body=b"x"))
    page = crawl.poll(source)
    assert isinstance(page, Page)
    assert [value for name, value in page.headers if name.lower() == "x-way"] == ["one", "two"]


@pytest.mark.parametrize("status", [403, 404, 410, 500])
def test_an_error_status_is_a_page_with_its_body(crawl: Crawl, site: Website, source: Source, status: int) -> None:
    site.page("/rss.xml", "sorry", status=status)
    page = crawl.poll(source)
    assert isinstance(page, Page)
    assert (page.status, page.body) == (status, b"sorry")


def test_redirects_are_followed_and_both_addresses_told(crawl: Crawl, site: Website, source: Source) -> None:
    site.redirect_chain("/rss.xml", 5, "/new.xml")
    site.page("/new.xml", "<rss/>")
    page = crawl.poll(source)
    assert isinstance(page, Page)
    assert (page.url, page.requested_url) == (site.url("/new.xml"), source.url)


@pytest.mark.parametrize(
    ("statuses", "moved"), [((301,), True), ((308, 301), True), ((302,), False), ((301, 307, 308), False), ((), False)]
)
def test_a_source_has_moved_when_every_redirect_is_permanent(
    crawl: Crawl, site: Website, source: Source, statuses: tuple[int, ...], *, moved: bool
) -> None:
    steps = ["/rss.xml", *[f"/step-{number}.xml" for number in range(len(statuses))]]
    for (here, there), status in zip(pairwise(steps), statuses, strict=True):
        site.redirect(here, there, status=status)
    site.page(steps[-1], "<rss/>")
    page = crawl.poll(source)
    assert isinstance(page, Page)
    assert (page.moved, page.status) == (moved, 200)


def test_a_redirect_loop_ends_after_five(crawl: Crawl, site: Website, source: Source) -> None:
    site.redirect("/rss.xml", "/rss.xml", status=302)
    answer = crawl.poll(source)
    assert isinstance(answer, FetchFailure)
    assert "5 redirects" in answer.detail
    assert len(site.seen("/rss.xml")) == 6


def test_an_empty_body_is_a_page(crawl: Crawl, site: Website, source: Source) -> None:
    site.page("/rss.xml", "")
    page = crawl.poll(source)
    assert isinstance(page, Page)
    assert (page.status, page.body) == (200, b"")


def test_a_gzip_label_on_an_empty_body_is_no_failure(crawl: Crawl, site: Website, source: Source) -> None:
    site.page("/rss.xml", "", headers={"Content-Encoding": "gzip"})
    page = crawl.poll(source)
    assert isinstance(page, Page)
    assert page.body == b""


def test_many_polls_of_many_sources_at_once_all_come_back(make_crawl: Callable[..., Crawl], site: Website) -> None:
    sources = [make_source(site, name=f"s{number}", path=f"/{number}.xml") for number in range(40)]
    crawl = make_crawl(*sources)
    for number in range(40):
        site.page(f"/{number}.xml", f"<rss>{number}</rss>")
    links = [crawl.submit(source.url, source) for source in sources]
    bodies = [page.body for page in crawl.wait_for(*links) if isinstance(page, Page)]
    assert bodies == [f"<rss>{number}</rss>".encode() for number in range(40)]
    assert crawl.live.in_flight == 0
