"""When a source is asked again, and whether with its validators."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from crawler.fetch.cadence import (
    GONE_WAIT,
    MAX_ASKED,
    choose_validators,
    digest_body,
    expected_news,
    learn_rhythm,
    next_poll_at,
    plan_wait,
    read_max_age,
)
from crawler.models import FetchFailure, Page, SourceState
from crawler.signs import FeedHints, Rhythm, Trouble
from settings.model import Source

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
URL = "https://example.org/rss"
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def page_of(status: int, **headers: str) -> Page:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Page("https://example.org/", "https://example.org/", status, named, b"", b"", NOW)


def source_of(every: timedelta | str = 10 * MINUTE, name: str = "wire-feed") -> Source:
    return Source(name=name, outlet="wire", kind="feed", url="https://example.org/rss", every=every)


def live_with(daily: list[float], days: int, every: timedelta = 10 * MINUTE) -> Rhythm:
    """The rhythm learned from an outlet that publishes `daily[hour]` items in each hour of the day."""
    numbers = random.Random(4)
    rhythm, at = Rhythm(), NOW - days * DAY
    while at < NOW:
        news = sum(numbers.random() < daily[at.hour] * (every / HOUR) / 10 for _ in range(10))
        rhythm = learn_rhythm(rhythm, at, at + every, news)
        at += every
    return rhythm


BY_DAY = [0.0] * 6 + [6.0] * 14 + [0.0] * 4
"""An outlet that sleeps from 20 to 6."""


# ── intervals ──


@pytest.mark.parametrize("every", [MINUTE, 10 * MINUTE, 6 * HOUR, 3 * DAY])
def test_a_source_is_never_asked_before_its_interval(every: timedelta) -> None:
    for name in map(str, range(50)):
        for failures in range(12):
            due = next_poll_at(source_of(every, name), page_of(200), failures=failures, now=NOW)
            assert due >= NOW + every


@pytest.mark.parametrize("every", [10 * MINUTE, "auto", "cron: */10 * * * *"])
def test_failures_double_the_interval_up_to_a_day_and_never_end_it(every: timedelta | str) -> None:
    waits = [
        next_poll_at(source_of(every), page_of(500), failures=failures, now=NOW) - NOW
        for failures in (*range(12), 10**6)
    ]
    assert all(after >= before for before, after in pairwise(waits))
    assert waits[3] / waits[2] == pytest.approx(2, rel=0.2)
    assert DAY <= waits[-1] <= 1.1 * DAY


def test_a_rare_source_is_not_asked_more_often_because_it_fails() -> None:
    assert next_poll_at(source_of(every=3 * DAY), page_of(500), failures=9, now=NOW) >= NOW + 3 * DAY


@pytest.mark.parametrize("every", [10 * MINUTE, "auto", "cron: */10 * * * *"])
@pytest.mark.parametrize("answer", [page_of(429, retry_after="7200"), FetchFailure("held", retry_at=NOW + 2 * HOUR)])
def test_a_host_that_asks_for_time_gets_it(answer: Page | FetchFailure, every: timedelta | str) -> None:
    assert next_poll_at(source_of(every), answer, failures=1, now=NOW) == NOW + 2 * HOUR


def test_a_short_retry_after_does_not_shorten_the_interval() -> None:
    assert next_poll_at(source_of(every=HOUR), page_of(503, retry_after="60"), failures=1, now=NOW) >= NOW + HOUR


@pytest.mark.parametrize("every", [10 * MINUTE, "auto", "cron: */10 * * * *"])
def test_a_source_that_is_gone_is_tried_weekly(every: timedelta | str) -> None:
    due = next_poll_at(source_of(every), page_of(410), failures=40, now=NOW)

    assert NOW + GONE_WAIT <= due <= NOW + GONE_WAIT + DAY


# ── cron ──


@pytest.mark.parametrize(
    ("cron", "due"),
    [
        ("*/10 * * * *", datetime(2026, 5, 1, 12, 10, tzinfo=UTC)),
        ("0 6-22 * * *", datetime(2026, 5, 1, 13, 0, tzinfo=UTC)),
        ("30 5 * * 0", datetime(2026, 5, 3, 5, 30, tzinfo=UTC)),
        ("30 5 * * 7", datetime(2026, 5, 3, 5, 30, tzinfo=UTC)),
        ("30 5 * * 1-5", datetime(2026, 5, 4, 5, 30, tzinfo=UTC)),
        ("30 5 * * sat", datetime(2026, 5, 2, 5, 30, tzinfo=UTC)),
        ("30 5 * * */2", datetime(2026, 5, 2, 5, 30, tzinfo=UTC)),
    ],
)
def test_cron_times_are_those_of_crontab_in_utc(cron: str, due: datetime) -> None:
    found = next_poll_at(source_of(f"cron: {cron}"), page_of(200), failures=0, now=NOW)

    assert due <= found <= due + 30 * SECOND


# ── auto ──


def test_an_unknown_source_is_asked_every_ten_minutes() -> None:
    assert plan_wait(Rhythm(), NOW) == pytest.approx(10 * MINUTE, abs=SECOND)


def test_a_busy_outlet_is_asked_often_and_a_rare_one_seldom() -> None:
    busy, calm, rare = (live_with([rate] * 24, 20) for rate in (30.0, 1.0, 0.02))
    waits = [plan_wait(each, NOW) for each in (busy, calm, rare)]

    assert waits[0] < 90 * SECOND
    assert 15 * MINUTE < waits[1] < 30 * MINUTE
    assert waits[2] > 8 * HOUR
    assert all(MINUTE <= wait <= DAY for wait in waits)


def test_three_polls_of_ten_bring_something() -> None:
    rhythm = live_with([2.0] * 24, 20)
    assert 0.25 < 1 - 2.718 ** -(2.0 * (plan_wait(rhythm, NOW) / HOUR)) < 0.35


def test_an_outlet_that_sleeps_at_night_is_asked_seldom_then_and_early_in_the_morning() -> None:
    rhythm = live_with(BY_DAY, 20)
    day, night = NOW.replace(hour=14), NOW.replace(hour=21)

    assert plan_wait(rhythm, day) < 5 * MINUTE
    assert HOUR < plan_wait(rhythm, night) < 9.2 * HOUR


def test_a_rhythm_that_changes_is_learned_within_days() -> None:
    rhythm, at = live_with([0.05] * 24, 20), NOW
    before = plan_wait(rhythm, at)
    for _ in range(3 * 24):
        rhythm = learn_rhythm(rhythm, at, at + HOUR, 20)
        at += HOUR

    assert plan_wait(rhythm, at) < min(before, 6 * MINUTE)


def test_what_waited_out_an_outage_is_spread_over_a_day_at_most() -> None:
    rhythm = learn_rhythm(Rhythm(), NOW - 9 * DAY, NOW, 48)

    assert sum(rhythm.news) == pytest.approx(48)
    assert sum(rhythm.watched) == pytest.approx(24)


def test_a_clock_that_goes_back_teaches_nothing() -> None:
    assert learn_rhythm(Rhythm(), NOW, NOW - HOUR, 5) == Rhythm()


def test_what_is_expected_adds_up_over_days_and_parts_of_hours() -> None:
    rhythm = live_with(BY_DAY, 20)
    whole = expected_news(rhythm, NOW - 3 * DAY, NOW)
    parts = sum(
        expected_news(rhythm, NOW - 3 * DAY + n * 7 * MINUTE, NOW - 3 * DAY + (n + 1) * 7 * MINUTE) for n in range(617)
    )

    assert whole == pytest.approx(3 * 84, rel=0.15)
    assert parts == pytest.approx(whole, rel=0.01)
    assert expected_news(rhythm, NOW, NOW - DAY) == 0


# ── what the outlet asks for ──


@pytest.mark.parametrize("ask", ["ttl", "max-age"])
def test_an_outlet_that_asks_for_time_gets_up_to_an_hour(ask: str) -> None:
    def wait(minutes: int) -> timedelta:
        hints = FeedHints(ttl=minutes * MINUTE) if ask == "ttl" else FeedHints()
        answer = page_of(304, cache_control=f"public, max-age={minutes * 60}") if ask == "max-age" else page_of(200)
        busy = live_with([30.0] * 24, 3)
        return next_poll_at(source_of("auto"), answer, failures=0, now=NOW, rhythm=busy, hints=hints) - NOW

    assert wait(1) < 2 * MINUTE
    assert 30 * MINUTE <= wait(30) <= 33 * MINUTE
    assert MAX_ASKED <= wait(1440) <= 1.1 * MAX_ASKED


def test_an_interval_of_the_settings_is_kept_whatever_the_feed_asks_for() -> None:
    hints = FeedHints(DAY, frozenset(range(23)), frozenset(range(7)))
    due = next_poll_at(source_of(5 * MINUTE), page_of(200), failures=0, now=NOW, hints=hints)

    assert due <= NOW + 6 * MINUTE


def test_hours_and_days_that_a_feed_leaves_out_are_left_out() -> None:
    hints = FeedHints(skip_hours=frozenset({12, 13}))
    due = next_poll_at(source_of("auto"), page_of(200), failures=0, now=NOW, hints=hints)
    assert due.hour == 14

    everything = FeedHints(skip_hours=frozenset(range(24)))
    due = next_poll_at(source_of("auto"), page_of(200), failures=0, now=NOW, hints=everything)
    assert due < NOW + 12 * MINUTE


@pytest.mark.parametrize(
    ("now", "days", "due"),
    [
        (
            NOW + 12 * HOUR - 5 * MINUTE,
            {5, 6},
            DAY,
        ),  # Friday night: nothing waits longer than a day
        (NOW + DAY, {5, 6}, DAY),  # Saturday at noon
        (NOW + 2 * DAY + 6 * HOUR, {5, 6}, 6 * HOUR),  # Sunday evening: on Monday
        (NOW, {5, 6}, timedelta(0)),  # Friday at noon
        (NOW + DAY, set(range(7)), timedelta(0)),  # a feed that wants nobody ever says nothing
    ],
)
def test_days_that_a_feed_leaves_out_are_left_out_but_for_one_poll_a_day(
    now: datetime, days: set[int], due: timedelta
) -> None:
    hints = FeedHints(skip_days=frozenset(days))
    planned = next_poll_at(source_of("auto"), page_of(200), failures=0, now=now, hints=hints)

    assert now + due <= planned <= now + due + HOUR


@pytest.mark.parametrize(
    ("value", "age"),
    [
        ("max-age=600", 10 * MINUTE),
        ("public, MAX-AGE = 60, must-revalidate", MINUTE),
        ("s-maxage=600", None),
        ("no-cache", None),
        ("max-age=soon", None),
        ("max-age=" + "9" * 10, timedelta(seconds=9_999_999_999)),
    ],
)
def test_cache_control_is_read(value: str, age: timedelta | None) -> None:
    assert read_max_age(page_of(200, cache_control=value)) == age


def test_what_a_cache_kept_for_a_while_is_fresh_for_less() -> None:
    assert read_max_age(page_of(200, cache_control="max-age=600", age="540")) == MINUTE
    assert read_max_age(page_of(200, cache_control="max-age=600", age="700")) == timedelta(0)
    assert read_max_age(page_of(200, cache_control="max-age=600", age="old")) == 10 * MINUTE


def test_cache_control_may_take_several_lines() -> None:
    page = replace(page_of(200), headers=(("Cache-Control", "public"), ("cache-control", "max-age=600")))
    assert read_max_age(page) == 10 * MINUTE


# ── conditional, or not ──

KNOWN = SourceState(
    "wire-feed",
    NOW,
    etag='"1"',
    last_modified="Mon",
    full_at=NOW - 2 * HOUR,
    news_at=NOW - 2 * HOUR,
    rhythm=live_with([0.1] * 24, 5),
)


def asks_whole(state: SourceState) -> bool:
    asked = choose_validators(state, URL, NOW)
    assert (asked.etag is None) == (asked.last_modified is None)
    return asked.etag is None


def test_a_source_is_asked_conditionally() -> None:
    assert choose_validators(KNOWN, URL, NOW) == KNOWN


def test_the_whole_is_asked_for_once_a_day() -> None:
    assert asks_whole(replace(KNOWN, full_at=NOW - DAY))
    assert asks_whole(replace(KNOWN, full_at=None))
    assert not asks_whole(replace(KNOWN, full_at=NOW - DAY + MINUTE))


def test_not_modified_is_not_believed_when_news_should_have_come() -> None:
    busy = replace(KNOWN, rhythm=live_with([10.0] * 24, 5))

    assert asks_whole(busy)
    assert not asks_whole(replace(busy, full_at=NOW - MINUTE)), "not again at once"
    assert not asks_whole(replace(busy, news_at=NOW - MINUTE))


def test_the_longer_news_stay_away_the_rarer_that_is_a_reason() -> None:
    quiet = replace(KNOWN, rhythm=live_with([10.0] * 24, 5), news_at=NOW - 2 * DAY)

    assert not asks_whole(replace(quiet, full_at=NOW - 2 * HOUR))
    assert asks_whole(replace(quiet, full_at=NOW - 13 * HOUR))


def test_a_validator_that_lied_is_not_sent() -> None:
    assert asks_whole(replace(KNOWN, troubles=(Trouble("false_304", "kept its ETag"),)))


def test_a_source_that_was_given_another_address_is_asked_for_the_whole() -> None:
    """It may be older than what the one before said, and would be "not modified" before anybody has read it."""
    read = replace(KNOWN, body_digest=digest_body(b"<rss/>", URL))
    assert not asks_whole(read)
    assert asks_whole(replace(KNOWN, body_digest=digest_body(b"<rss/>", "https://example.org/other")))
    assert not asks_whole(replace(KNOWN, body_digest="0f" * 16)), "as an older basewatch wrote it"


def test_the_same_bytes_at_another_address_are_another_body() -> None:
    assert digest_body(b"x", URL) == digest_body(b"x", URL)
    assert len({digest_body(b"x", URL), digest_body(b"y", URL), digest_body(b"x", f"{URL}2")}) == 3
