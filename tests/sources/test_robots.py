"""robots.txt by RFC 9309, without a network."""

import os
import tarfile
import time
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawler.fetch.policy import judge_answer
from crawler.fetch.robots import RobotsEntry, RobotsMemory, RobotsRules, judge_robots, read_robots
from crawler.models import FailureKind, FetchFailure, Outcome, Page

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SITE = "https://example.org"


def page_of(status: int, body: bytes = b"") -> Page:
    return Page(f"{SITE}/robots.txt", f"{SITE}/robots.txt", status, (), body, body, NOW)


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: /a", "/b", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: basewatch\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/b", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: BaseWatch/2.0 (x)\nAllow: /", "/b", True),
        ("User-agent: base\nDisallow: /", "/a", True),
        ("User-agent: basewatch-news\nDisallow: /", "/a", True),
        ("User-agent: other\nUser-agent: basewatch\nDisallow: /", "/a", False),
        ("User-agent: other\nFoo: bar\nUser-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", True),
        ("User-agent: *\nAllow: /a\nDisallow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x.pdf?y", True),
        ("User-agent: *\nDisallow: /%D8%A7", "/ا", False),
        ("user-agent : *\ndisallow : /a", "/a", False),
        ("USER-AGENT *\nDISALLOW /a", "/a", False),
        ("User-agent: *\nDissallow: /a", "/a", False),
        ("User-agent: *\r\rDisallow: /a\r", "/a", False),
        ("\ufeffUser-agent: *\nDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: /a # no", "/a", False),
        ("User-agent: *\nSitemap: /s\nDisallow: /a", "/a", False),
        ("Disallow: /", "/a", True),
        ("<html><body>Not found</body></html>", "/a", True),
        ("User-agent: *\nDisallow: /\n", "/robots.txt", True),
        ("User-agent: *\nDisallow: /" + "*" * 200 + "x", "/" + "a" * 500, True),
    ],
)
def test_rules_are_read_as_the_rfc_says(text: str, path: str, *, allowed: bool) -> None:
    assert read_robots(text.encode()).allows(SITE + path) is allowed


@pytest.mark.parametrize(
    ("text", "delay_s"),
    [("", 0), ("Crawl-delay: 10", 10), ("Crawl-delay: 0.5", 0.5), ("crawl delay: 4", 4), ("Crawl-delay: 9999", 300)]
    + [(f"Crawl-delay: {value}", 0) for value in ("-5", "nan", "inf", "soon", "")],
)
def test_crawl_delay_is_obeyed_up_to_five_minutes(text: str, delay_s: float) -> None:
    assert read_robots(f"User-agent: *\n{text}\nDisallow: /x".encode()).delay_s == delay_s


@pytest.mark.parametrize(
    "body", [b"\x00\xff" * 1000, b"\xff\xfeU\x00", b"User-agent: *\nDisallow: " + b"/" * (1 << 20)]
)
def test_bytes_that_are_no_robots_txt_never_raise(body: bytes) -> None:
    assert isinstance(read_robots(body).allows(f"{SITE}/a"), bool)


@pytest.mark.parametrize("status", [200, 299, 400, 401, 403, 404, 410, 301])
def test_an_answer_counts_for_a_day(status: int) -> None:
    entry = judge_robots(page_of(status), NOW)
    assert isinstance(entry.answer, RobotsRules)
    assert entry.until == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    "answer", [page_of(500), page_of(503), page_of(429), FetchFailure("timeout"), FetchFailure("tls")]
)
def test_no_answer_forbids_and_is_asked_again_in_ten_minutes(answer: Page | FetchFailure) -> None:
    entry = judge_robots(answer, NOW)
    assert isinstance(entry.answer, FetchFailure)
    assert entry.until == entry.answer.retry_at == NOW + timedelta(minutes=10)


@pytest.mark.parametrize("kind", ["bad_content", "too_large"])
def test_an_answer_that_cannot_be_read_keeps_pages_waiting_and_says_whose_fault_it_is(kind: FailureKind) -> None:
    """It would end them for good, as unreadable, without anybody having asked for them."""
    answer = judge_robots(FetchFailure(kind, "cannot be unpacked"), NOW).answer
    assert isinstance(answer, FetchFailure)
    assert (answer.kind, answer.detail) == ("robots_later", "robots.txt: cannot be unpacked")
    assert judge_answer(answer, attempts=0, max_attempts=5, now=NOW).outcome is None


@pytest.mark.parametrize("kind", ["blocked", "bad_url"])
def test_a_host_that_nobody_may_reach_keeps_nobody_waiting(kind: FailureKind) -> None:
    answer = judge_robots(FetchFailure(kind, "10.0.0.1 is not a public address"), NOW).answer
    assert isinstance(answer, FetchFailure)
    assert judge_answer(answer, attempts=0, max_attempts=5, now=NOW).outcome is Outcome.OUT_OF_SCOPE


def test_after_thirty_days_without_an_answer_it_counts_as_none() -> None:
    entry = judge_robots(page_of(500), NOW)
    later = judge_robots(page_of(500), NOW + timedelta(days=29), entry)
    assert isinstance(later.answer, FetchFailure)
    forgiven = judge_robots(FetchFailure("timeout"), NOW + timedelta(days=30), later)
    assert isinstance(forgiven.answer, RobotsRules)
    assert forgiven.until < NOW + timedelta(days=31)


def test_an_answer_in_between_starts_the_thirty_days_anew() -> None:
    failed = judge_robots(page_of(500), NOW)
    had = judge_robots(page_of(200), NOW + timedelta(days=1), failed)
    again = judge_robots(page_of(500), NOW + timedelta(days=31), had)
    assert isinstance(again.answer, FetchFailure)


SHARED = Path(os.environ.get("BASEWATCH_SHARED", Path(__file__).parents[3] / "shared"))
CORPUS = SHARED / "conformance" / "robots.tar.gz"


def test_no_robots_txt_of_the_corpus_raises_and_none_takes_long() -> None:
    if not CORPUS.exists():
        pytest.skip("the conformance set is not here")
    with tarfile.open(CORPUS) as archive:
        bodies = [file.read() for member in archive if (file := archive.extractfile(member)) is not None]
    began = time.process_time()
    answers = [read_robots(body).allows(f"{SITE}/2026/05/01/story") for body in bodies]
    assert time.process_time() - began < len(bodies) * 0.05
    assert len(answers) > 2000
    assert answers.count(True) > len(answers) / 2


def test_the_memory_of_robots_is_bounded_in_bytes_and_forgets_who_was_not_asked_for_long() -> None:
    rules = read_robots("\n".join(["User-agent: *", *(f"Disallow: /{n}/" for n in range(50))]).encode())
    memory = RobotsMemory(max_bytes=3 * rules.weight)
    for host in ("a", "b", "c"):
        memory.keep(host, RobotsEntry(rules, NOW))
    assert memory.find("a") is not None
    memory.keep("d", RobotsEntry(rules, NOW))
    assert [memory.find(host) is not None for host in "abcd"] == [True, False, True, True]
    assert memory.bytes == 3 * rules.weight


def test_one_huge_robots_txt_is_kept_alone_rather_than_asked_for_at_each_request() -> None:
    memory = RobotsMemory(max_bytes=100_000)
    memory.keep("a", RobotsEntry(RobotsRules(), NOW))
    memory.keep("huge", RobotsEntry(read_robots(b"User-agent: *\n" + b"Disallow: /x/y\n" * 9000), NOW))
    assert len(memory) == 1
    memory.keep("b", RobotsEntry(RobotsRules(), NOW))
    assert (memory.find("huge"), memory.find("b") is not None, memory.bytes < 10_000) == (None, True, True)


def test_the_weight_of_rules_is_about_what_they_take() -> None:
    body = "\n".join(["User-agent: *", *(f"Disallow: /some/path-{n}/*.php" for n in range(500))]).encode()
    tracemalloc.start()
    rules = read_robots(body)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert 0.5 < rules.weight / taken < 2
