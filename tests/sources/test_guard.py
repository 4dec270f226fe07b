"""No way leads to an address that nobody may reach: corpus, entry points, and a canary that counts connections."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crawler.fetch.guard import is_public, private_endpoints, refuse_endpoint
from crawler.models import FetchFailure, Page
from settings.model import Source
from tests.sources.conftest import Crawl, make_source
from tests.website import Website

ADDRESSES = json.loads((Path(__file__).parent / "data" / "addresses.json").read_text())
HOSTS = ADDRESSES["hosts"]
HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture
def canary() -> Iterator[Website]:
    """A server that nobody declared: not one connection may arrive."""
    with Website() as website:
        website.page("/", "secret")
        yield website
        assert website.connections == 0


@pytest.mark.parametrize("address", ADDRESSES["refused"])
def test_an_address_that_is_not_plainly_public_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ADDRESSES["public"])
def test_a_public_address_is_let_through(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("port", [22, 25, 6379, 5432, 11211, 8081, 0])
def test_ports_that_serve_no_pages_are_refused(port: int) -> None:
    assert refuse_endpoint("example.org", port, ["93.184.215.14"], private_endpoints(())) is not None


def test_one_public_address_among_private_ones_is_enough() -> None:
    assert refuse_endpoint("example.org", 80, ["10.0.0.1", "93.184.215.14"], private_endpoints(())) is None


def test_a_private_source_opens_its_own_host_and_port_and_no_other(site: Website) -> None:
    private = private_endpoints([make_source(site)])
    assert refuse_endpoint("127.0.0.1", site.port, ["127.0.0.1"], private) is None
    assert refuse_endpoint("127.0.0.1", 80, ["127.0.0.1"], private) is not None
    assert refuse_endpoint("localhost", site.port, ["127.0.0.1"], private) is not None


@pytest.mark.parametrize("port", ["canary", 80, 8080])
def test_no_spelling_of_a_private_address_is_asked(
    crawl: Crawl, source: Source, canary: Website, port: str | int
) -> None:
    links = [crawl.submit(f"http://{host}:{canary.port if port == 'canary' else port}/", source) for host in HOSTS]
    answers = dict(zip(HOSTS, crawl.wait_for(*links), strict=True))
    # dns: not every system knows all of these spellings
    assert {host for host, answer in answers.items() if _kind_of(answer) not in ("blocked", "bad_url", "dns")} == set()


def _kind_of(answer: Page | FetchFailure) -> str:
    return answer.kind if isinstance(answer, FetchFailure) else "page"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("spelling", ["http://{0}/", "//{0}/", "http:\\\\{0}\\", "http://user@{0}/", "https://{0}/"])
def test_no_redirect_of_a_feed_leads_there(
    crawl: Crawl, site: Website, source: Source, canary: Website, status: int, spelling: str
) -> None:
    site.redirect("/rss.xml", spelling.format(f"127.0.0.1:{canary.port}"), status)
    answer = crawl.poll(source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind in ("blocked", "bad_url"), answer


def test_no_robots_redirect_leads_there(crawl: Crawl, site: Website, source: Source, canary: Website) -> None:
    site.redirect("/robots.txt", canary.url("/robots.txt"))
    site.page("/rss.xml", "<rss/>")
    answer = crawl.poll(source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind == "blocked"


@pytest.mark.parametrize("scheme", ["file", "ftp", "data", "s3", "javascript", "gopher"])
def test_no_scheme_but_http_is_followed(crawl: Crawl, site: Website, source: Source, scheme: str) -> None:
    site.redirect("/rss.xml", f"{scheme}://{site.host}/etc/passwd")
    for answer in (crawl.poll(source), crawl.fetch(f"{scheme}:///etc/passwd", source)):
        assert isinstance(answer, FetchFailure)
        assert answer.kind == "bad_url"


def test_an_article_does_not_leave_its_scope_by_redirect(make_crawl: Callable[..., Crawl], site: Website) -> None:
    with Website(host="127.0.0.3") as other:
        other.page("/", "elsewhere")
        source = make_source(site)
        crawl = make_crawl(source, make_source(other, name="other-feed"))
        site.redirect("/out", other.url("/"))
        answer = crawl.fetch(site.url("/out"), source)
        assert isinstance(answer, FetchFailure)
        assert (answer.kind, answer.detail) == ("blocked", "redirected out of scope, to 127.0.0.3")
        assert other.requests == []


def test_a_private_endpoint_is_for_its_own_source_only(make_crawl: Callable[..., Crawl], site: Website) -> None:
    with Website(host="127.0.0.3") as bridge:
        bridge.page("/admin", "secret")
        source = make_source(site, scope=(site.host, "127.0.0.3"))
        crawl = make_crawl(source, make_source(bridge, name="bridge-feed"))
        answer = crawl.fetch(bridge.url("/admin"), source)
        assert isinstance(answer, FetchFailure)
        assert answer.kind == "blocked"
        assert bridge.requests == []


def test_a_reload_closes_the_endpoints_of_sources_that_are_gone(
    make_crawl: Callable[..., Crawl], site: Website, source: Source
) -> None:
    crawl = make_crawl(source)
    site.page("/rss.xml", "<rss/>")
    assert isinstance(crawl.poll(source), Page)
    crawl.reactor.call(lambda: crawl.live.update((), ()))
    answer = crawl.poll(source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind == "blocked"


def test_the_guard_holds_against_lying_names_second_handlers_and_proxies(canary: Website) -> None:
    """In a process of its own, whose reactor nobody has touched and whose environment names a proxy: the canary."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "http_proxy": canary.url(""), "HTTP_PROXY": canary.url("")}
    command = [sys.executable, HERE / "guard_scenarios.py", str(canary.port)]
    began = time.monotonic()
    result = subprocess.run(command, check=False, env=environ, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["no_guard", "wrong_handler", "rebinding", "mixed", "slow_names", "proxy"]
    assert time.monotonic() - began < 25, "the end waits for lookups that hang"
