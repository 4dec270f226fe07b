"""What follows from an answer, and when to ask again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from crawler.fetch.policy import MAX_WAIT, MIN_WAIT, judge_answer, read_retry_after, spread
from crawler.models import FailureKind, FetchFailure, Outcome, Page

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def page_of(status: int, retry_after: str | None = None) -> Page:
    headers = (("Retry-After", retry_after),) if retry_after is not None else ()
    return Page("https://example.org/", "https://example.org/", status, headers, b"", b"", NOW)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", 2 * MINUTE),
        (" 120 ", 2 * MINUTE),
        ("0", MIN_WAIT),
        ("59", MIN_WAIT),
        ("3600", HOUR),
        ("86400", DAY),
        ("86401", MAX_WAIT),
        ("99999999999999", MAX_WAIT),
        ("9" * 400, None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("١٢٠", None),
        ("\uff11\uff12\uff10", None),
        ("120\x00", None),
        (format_datetime(NOW + HOUR, usegmt=True), HOUR),
        ("Friday, 01-May-26 13:00:00 GMT", HOUR),
        ("Fri May  1 13:00:00 2026", HOUR),
        (format_datetime(NOW - HOUR, usegmt=True), MIN_WAIT),
        (format_datetime(NOW + 40 * DAY, usegmt=True), MAX_WAIT),
        ("Fri, 01 May 99999 13:00:00 GMT", None),
        ("Fri, 32 May 2026 13:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_all_its_forms_and_kept_between_a_minute_and_a_day(
    value: str, wait: timedelta | None
) -> None:
    assert read_retry_after(value, NOW) == (NOW + wait if wait is not None else None)


def test_no_retry_after_names_no_time() -> None:
    assert read_retry_after(None, NOW) is None


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (304, Outcome.UNCHANGED), (404, Outcome.GONE), (410, Outcome.GONE), (401, Outcome.REFUSED),
        (402, Outcome.REFUSED), (403, Outcome.REFUSED), (451, Outcome.REFUSED), (400, Outcome.FAILED),
        (405, Outcome.FAILED), (302, Outcome.FAILED), (204, Outcome.FAILED), (999, Outcome.FAILED),
    ],
)  # fmt: skip
def test_a_final_status_ends_a_link_at_once(status: int, outcome: Outcome) -> None:
    verdict = judge_answer(page_of(status), attempts=0, max_attempts=5, now=NOW)
    assert (verdict.outcome, verdict.retry_at, verdict.detail) == (outcome, None, f"HTTP {status}")


@pytest.mark.parametrize("status", [200, 203, 206])
def test_a_page_that_is_there_is_read(status: int) -> None:
    verdict = judge_answer(page_of(status), attempts=0, max_attempts=5, now=NOW)
    assert (verdict.outcome, verdict.retry_at) == (None, None)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520, 599])
def test_a_temporary_status_is_tried_again_later_and_later_and_then_fails(status: int) -> None:
    waits = []
    for attempts in range(5):
        verdict = judge_answer(page_of(status), attempts=attempts, max_attempts=5, now=NOW)
        waits.append(verdict.retry_at and verdict.retry_at - NOW)
    assert waits == [MINUTE, 5 * MINUTE, 25 * MINUTE, 125 * MINUTE, None]
    assert verdict.outcome is Outcome.FAILED


def test_the_wait_never_grows_beyond_a_day() -> None:
    for attempts in (8, 100, 10**6):
        verdict = judge_answer(page_of(500), attempts=attempts, max_attempts=10**7, now=NOW)
        assert verdict.retry_at == NOW + DAY


def test_a_told_time_counts_more_than_the_backoff() -> None:
    verdict = judge_answer(page_of(503, "7200"), attempts=0, max_attempts=5, now=NOW)
    assert verdict.retry_at == NOW + 2 * HOUR


def test_a_retry_after_on_a_good_page_means_nothing() -> None:
    assert judge_answer(page_of(200, "7200"), attempts=0, max_attempts=5, now=NOW).retry_at is None


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("robots", Outcome.ROBOTS),
        ("blocked", Outcome.OUT_OF_SCOPE),
        ("bad_url", Outcome.OUT_OF_SCOPE),
        ("too_large", Outcome.UNREADABLE),
        ("bad_content", Outcome.UNREADABLE),
    ],
)
def test_a_final_failure_ends_a_link_at_once(kind: FailureKind, outcome: Outcome) -> None:
    verdict = judge_answer(FetchFailure(kind, "why"), attempts=0, max_attempts=5, now=NOW)
    assert (verdict.outcome, verdict.detail) == (outcome, f"{kind}: why")


@pytest.mark.parametrize("kind", ["robots_later", "timeout", "dns", "connect", "tls", "error"])
def test_a_failure_that_may_pass_is_tried_again(kind: FailureKind) -> None:
    verdict = judge_answer(FetchFailure(kind), attempts=1, max_attempts=5, now=NOW)
    assert (verdict.outcome, verdict.retry_at) == (None, NOW + 5 * MINUTE)
    told = judge_answer(FetchFailure(kind, retry_at=NOW + HOUR), attempts=1, max_attempts=5, now=NOW)
    assert told.retry_at == NOW + HOUR
    assert judge_answer(FetchFailure(kind), attempts=4, max_attempts=5, now=NOW).outcome is Outcome.FAILED


def test_a_host_that_is_left_alone_costs_its_links_no_attempt_however_long() -> None:
    asked = judge_answer(FetchFailure("held", retry_at=NOW + HOUR), attempts=4, max_attempts=5, now=NOW)
    unsaid = judge_answer(FetchFailure("held"), attempts=4, max_attempts=5, now=NOW)

    assert (asked.outcome, asked.retry_at, asked.counts) == (None, NOW + HOUR, False)
    assert (unsaid.outcome, unsaid.retry_at, unsaid.counts) == (None, NOW + MINUTE, False)


def test_sources_of_one_interval_are_spread_evenly_and_always_the_same_way() -> None:
    shares = sorted(spread(f"source-{number}", HOUR) / HOUR for number in range(1000))
    assert 0 <= shares[0] < 0.02
    assert 0.98 < shares[-1] < 1
    assert 0.45 < shares[500] < 0.55
    assert spread("source-1", HOUR) == spread("source-1", HOUR)
