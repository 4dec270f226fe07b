"""How often and how a host is asked: spacing, Crawl-delay, Retry-After, robots.txt by RFC 9309."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from crawler.fetch.policy import OVERRULED, judge_answer
from crawler.models import FetchFailure, Page
from settings.model import Run, Source
from spiders.middleware import REMEMBERED_HOSTS, remember
from tests.sources.conftest import FAST, Crawl, fetch_beside_a_clock, make_source
from tests.website import Answer, Seen, Website

SPACED = FAST.model_copy(update={"delay": timedelta(milliseconds=200)})


def gaps_of(requests: Sequence[Seen]) -> list[float]:
    return [after.at - before.at for before, after in pairwise(requests)]


def assert_spaced(requests: Sequence[Seen], delay_s: float) -> None:
    """A host rests from the end of an answer to the next request, so that no two ever come closer, however busy the
    machine is: an answer ends after its request has come, and the next one comes after it was sent."""
    assert min(gaps_of(requests)) >= delay_s


def test_requests_to_one_host_are_spaced_whoever_asks(make_crawl: Callable[..., Crawl], site: Website) -> None:
    first, second = make_source(site, name="one"), make_source(site, name="two")
    crawl = make_crawl(first, second, run=SPACED)
    for number in range(3):
        site.page(f"/{number}", "x")
    links = [crawl.submit(site.url(f"/{number}"), source) for number in range(3) for source in (first, second)]
    crawl.wait_for(*links)
    assert len(site.requests) == 7
    assert_spaced(site.requests, 0.2)


def test_two_hosts_do_not_wait_for_each_other(make_crawl: Callable[..., Crawl], site: Website) -> None:
    with Website(host="127.0.0.4") as other:
        sources = make_source(site), make_source(other, name="other-feed")
        crawl = make_crawl(*sources, run=FAST.model_copy(update={"delay": timedelta(seconds=1)}))
        site.robots("")
        other.robots("")
        crawl.wait_for(crawl.submit(site.url("/x"), sources[0]), crawl.submit(other.url("/x"), sources[1]))
        assert abs(site.requests[-1].at - other.requests[-1].at) < 0.9


def test_a_source_may_ask_for_a_delay_of_its_own(make_crawl: Callable[..., Crawl], site: Website) -> None:
    source = make_source(site, delay=timedelta(milliseconds=300))
    crawl = make_crawl(source)
    crawl.wait_for(*[crawl.submit(site.url(f"/{number}"), source) for number in range(2)])
    assert_spaced(site.requests, 0.3)


def test_a_crawl_delay_is_kept(make_crawl: Callable[..., Crawl], site: Website, source: Source) -> None:
    crawl = make_crawl(source)
    site.robots("User-agent: *\nCrawl-delay: 0.4")
    crawl.wait_for(*[crawl.submit(site.url(f"/{number}"), source) for number in range(3)])
    assert_spaced(site.requests, 0.4)


def test_one_connection_at_a_time_and_it_is_used_again(crawl: Crawl, site: Website, source: Source) -> None:
    for number in range(5):
        site.page(f"/{number}", "x", delay_s=0.05)
    crawl.wait_for(*[crawl.submit(site.url(f"/{number}"), source) for number in range(5)])
    assert min(gaps_of(site.requests[1:])) >= 0.04
    assert site.connections == 1


@pytest.mark.parametrize(("status", "told"), [(429, "120"), (503, "120"), (429, None)])
def test_a_host_that_asks_us_to_wait_is_left_alone(
    crawl: Crawl, site: Website, source: Source, status: int, told: str | None
) -> None:
    site.page("/busy", "later", status=status, headers={"Retry-After": told} if told else None)
    assert isinstance(crawl.fetch(site.url("/busy"), source), Page)
    answer = crawl.fetch(site.url("/other"), source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind == "held"
    assert answer.retry_at is not None
    wait = answer.retry_at - datetime.now(UTC)
    assert timedelta(seconds=50) < wait <= timedelta(seconds=120 if told else 60)
    assert site.seen("/other") == []


def test_a_503_without_retry_after_is_no_request_to_stay_away(crawl: Crawl, site: Website, source: Source) -> None:
    site.page("/broken", "oops", status=503)
    site.page("/other", "fine")
    crawl.fetch(site.url("/broken"), source)
    assert isinstance(crawl.fetch(site.url("/other"), source), Page)


# ── robots.txt ──


def test_robots_txt_is_asked_for_once_a_host_however_many_ask(crawl: Crawl, site: Website, source: Source) -> None:
    site.robots("User-agent: *\nDisallow: /private")
    paths = ["/a", "/b", "/private/c", "/private/d", "/e"]
    answers = crawl.wait_for(*[crawl.submit(site.url(path), source) for path in paths])
    kinds = [answer.kind if isinstance(answer, FetchFailure) else "page" for answer in answers]
    assert kinds == ["page", "page", "robots", "robots", "page"]
    assert len(site.seen("/robots.txt")) == 1
    assert site.seen("/private/c") == []


def test_polls_obey_robots_txt_too(crawl: Crawl, site: Website, source: Source) -> None:
    site.robots("User-agent: basewatch\nDisallow: /\n\nUser-agent: *\nAllow: /")
    answer = crawl.poll(source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind == "robots"


def test_a_source_with_a_user_agent_of_its_own_is_still_bound_as_basewatch(
    make_crawl: Callable[..., Crawl], site: Website
) -> None:
    source = make_source(site, user_agent="Mozilla/5.0 (compatible)")
    site.robots("User-agent: basewatch\nDisallow: /")
    answer = make_crawl(source).poll(source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind == "robots"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_no_robots_txt_allows_everything(crawl: Crawl, site: Website, source: Source, status: int) -> None:
    site.robots("User-agent: *\nDisallow: /", status=status)
    site.page("/a", "x")
    assert isinstance(crawl.fetch(site.url("/a"), source), Page)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_robots_txt_that_cannot_be_had_forbids_everything_for_now(
    crawl: Crawl, site: Website, source: Source, status: int
) -> None:
    site.robots("", status=status)
    site.page("/a", "x")
    for _ in range(2):
        answer = crawl.fetch(site.url("/a"), source)
        assert isinstance(answer, FetchFailure)
        assert answer.kind == "robots_later"
        assert answer.retry_at is not None
        assert answer.retry_at > datetime.now(UTC) + timedelta(minutes=9)
    assert site.paths() == ["/robots.txt"]


def test_a_robots_txt_that_times_out_forbids_too(make_crawl: Callable[..., Crawl], site: Website) -> None:
    source = make_source(site, timeout=timedelta(milliseconds=300))
    site.misbehave("/robots.txt", "silent")
    answer = make_crawl(source).fetch(site.url("/a"), source)
    assert isinstance(answer, FetchFailure)
    assert (answer.kind, answer.detail) == ("timeout", "robots.txt: no answer in time")
    assert site.seen("/a") == []


def test_a_robots_txt_that_cannot_be_unpacked_ends_no_page(crawl: Crawl, site: Website, source: Source) -> None:
    site.misbehave("/robots.txt", "bad_gzip")
    answer = crawl.fetch(site.url("/a"), source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind == "robots_later"
    assert answer.retry_at is not None
    assert site.seen("/a") == []


def test_five_redirects_of_robots_txt_are_followed(crawl: Crawl, site: Website, source: Source) -> None:
    site.redirect_chain("/robots.txt", 5, "/rules")
    site.page("/rules", "User-agent: *\nDisallow: /", content_type="text/plain")
    answer = crawl.fetch(site.url("/a"), source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind == "robots"


def test_more_redirects_than_that_count_as_none(crawl: Crawl, site: Website, source: Source) -> None:
    site.redirect_chain("/robots.txt", 7, "/rules")
    site.page("/a", "x")
    assert isinstance(crawl.fetch(site.url("/a"), source), Page)


def test_rules_beyond_512_kib_are_not_read(crawl: Crawl, site: Website, source: Source) -> None:
    site.robots("User-agent: *\nDisallow: /first\n" + "#\n" * (256 << 10) + "Disallow: /last\n")
    for path, expected in (("/first", FetchFailure), ("/last", Page)):
        site.page(path, "x")
        assert isinstance(crawl.fetch(site.url(path), source), expected)


def test_the_longest_rules_keep_nobody_else_waiting(crawl: Crawl, site: Website, source: Source) -> None:
    """As many as fit, each with two wildcards: more than a second to read, and more for each address."""
    rules = "".join(f"Disallow: /*a*b{number}$\n" for number in range(24_000))
    site.robots(f"User-agent: *\n{rules}"[: 512 << 10])
    site.page("/page", "x")
    turns, answer = crawl.reactor.run(fetch_beside_a_clock(crawl, source, site.url("/page")))

    assert isinstance(answer, Page)
    assert turns > 30


def test_a_kept_answer_is_used_until_its_time_is_over(make_crawl: Callable[..., Crawl], site: Website) -> None:
    """A day is too long to wait for: 20 requests see one robots.txt, and its failure is not asked again at once."""
    source = make_source(site)
    crawl = make_crawl(source)
    site.script("/robots.txt", lambda _: Answer(body=b"User-agent: *\nDisallow: /no"))
    crawl.wait_for(*[crawl.submit(site.url(f"/{number}"), source) for number in range(20)])
    assert len(site.seen("/robots.txt")) == 1


def test_the_default_delay_is_polite() -> None:
    assert Run().delay >= timedelta(seconds=3)


def test_what_robots_txt_forbids_is_fetched_only_from_a_host_that_the_analyst_allows_and_is_told(
    make_crawl: Callable[..., Crawl], site: Website
) -> None:
    source = make_source(site)
    allowed = make_crawl(source, run=FAST.model_copy(update={"allowed_hosts": (site.host,)}))
    site.robots("User-agent: *\nDisallow: /private\nCrawl-delay: 0.3")
    for path in ("/private/a", "/open/b"):
        site.page(path, "x")

    private, public = allowed.wait_for(*[allowed.submit(site.url(path), source) for path in ("/private/a", "/open/b")])

    assert isinstance(private, Page)
    assert isinstance(public, Page)
    assert (private.overruled, public.overruled) == (True, False)
    assert judge_answer(private, attempts=0, max_attempts=5, now=datetime.now(UTC)).detail == OVERRULED
    assert_spaced(site.requests, 0.3)


def test_one_host_that_is_allowed_opens_no_other(make_crawl: Callable[..., Crawl], site: Website) -> None:
    source = make_source(site)
    crawl = make_crawl(source, run=FAST.model_copy(update={"allowed_hosts": ("elsewhere.example",)}))
    site.robots("User-agent: *\nDisallow: /")
    answer = crawl.fetch(site.url("/a"), source)
    assert isinstance(answer, FetchFailure)
    assert answer.kind == "robots"


def test_what_connecting_took_is_not_taken_off_the_pause(make_crawl: Callable[..., Crawl], site: Website) -> None:
    """The first answer is late; the second request, on the same connection, would otherwise come soon after it."""
    source = make_source(site)
    crawl = make_crawl(source, run=SPACED)
    site.page("/slow", "x", delay_s=0.5)
    site.page("/next", "x")
    crawl.wait_for(*[crawl.submit(site.url(path), source) for path in ("/slow", "/next")])
    slow, following = site.requests[-2:]
    assert following.at - slow.at >= 0.5 + 0.2


def test_the_wishes_of_hosts_without_end_are_remembered_within_bounds() -> None:
    notes: dict[str, int] = {}
    for number in range(REMEMBERED_HOSTS + 10):
        remember(notes, f"{number}.wire.example", number)
    remember(notes, "15.wire.example", 1)

    assert len(notes) == REMEMBERED_HOSTS
    assert next(iter(notes)) == "10.wire.example", "the oldest went first"
    assert notes["15.wire.example"] == 1
