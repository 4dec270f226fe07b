"""When channels are told: digests, quiet hours, rates and retries, with a clock that is passed in."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from crawler.deliveries import DeliveryState, Entry
from crawler.models import Alert
from crawler.payload import entry_to_json
from crawler.triage import Mute
from scheduler.alerts.choosing import judge_entry
from scheduler.alerts.letters import read_item
from scheduler.alerts.timing import is_hopeless, next_digest, next_try, next_wait, quiet_until, room_at
from settings.model import Channel, Digest, QuietHours, Rate
from tests.stages.store_samples import hit_of

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def channel(**options: object) -> Channel:
    return Channel.model_validate({"name": "desk", "url": "ntfy://ntfy.example/topic", **options})


def alert_of(severity: str = "warning", *, story: str = "", outlet: str = "news", language: str = "en") -> Alert:
    hits = (hit_of("base-attacked"),)
    return Alert(
        "1", outlet, outlet, "T", "https://a.example", NOW, NOW, severity, hits, language=language, story=story
    )


def verdict_of(
    to: Channel, alert: Alert, told: dict[str, str] | None = None, now: datetime = NOW, mutes: Sequence[Mute] = ()
) -> tuple[DeliveryState, datetime | None]:
    entry = Entry("k", 1, "alert", alert.severity, alert.outlet, alert.story, entry_to_json(alert))
    verdict = judge_entry(to, read_item(entry), told or {}, mutes, now)
    return verdict.state, verdict.next_try_at


def test_waits_double_from_15_seconds_to_an_hour() -> None:
    waits = [next_wait(failures, 0.0) for failures in range(1, 21)]
    assert waits[:4] == [timedelta(seconds=15 * 2**n) for n in range(4)]
    assert set(waits[8:]) == {timedelta(hours=1)}


def test_chance_takes_at_most_a_quarter_off_a_wait() -> None:
    chance = random.Random(1)
    waits = {next_wait(1, chance.random()) for _ in range(200)}
    assert len(waits) > 100
    assert min(waits) >= timedelta(seconds=11)
    assert max(waits) <= timedelta(seconds=15)


def test_twenty_tries_or_three_days_end_it() -> None:
    assert not is_hopeless(19, NOW, NOW + timedelta(hours=71))
    assert is_hopeless(20, NOW, NOW)
    assert is_hopeless(1, NOW, NOW + timedelta(hours=72))


def test_an_endpoint_that_asks_for_a_second_each_time_is_asked_ever_more_seldom() -> None:
    tries, now = list[timedelta](), NOW
    for failures in range(1, 20):
        again = next_try(failures, now + timedelta(seconds=1), now, 1.0)
        tries.append(again - now)
        now = again
    assert set(tries[:5]) == {timedelta(seconds=1)}, "a rate limit passes"
    assert now - NOW > timedelta(hours=5), "and an outage is outlived"


def test_what_an_endpoint_asks_for_beyond_our_own_wait_is_obeyed_at_every_try() -> None:
    asked = NOW + timedelta(hours=20)
    assert {next_try(failures, asked, NOW, 0.0) for failures in range(1, 20)} == {asked}


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_in_either() -> None:
    quiet = QuietHours(begin="22:00", end="02:30")
    first, second = datetime(2026, 10, 25, 0, 10, tzinfo=UTC), datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    ends = [quiet_until(quiet, "Europe/Berlin", now) for now in (first, second)]
    assert ends == [first.replace(minute=30), second.replace(minute=30)]
    assert quiet_until(quiet, "Europe/Berlin", first.replace(minute=40)) is None
    digest = next_digest(Digest(at="02:30"), "Europe/Berlin", first.replace(minute=30))
    assert digest == datetime(2026, 10, 26, 1, 30, tzinfo=UTC), "a digest comes once that night"


def test_what_was_sent_by_a_clock_that_was_ahead_fills_no_rate() -> None:
    ahead = [NOW + timedelta(days=400)] * 9
    assert room_at(Rate(count=2, span=timedelta(hours=1)), ahead, NOW) == NOW


def test_a_digest_at_a_time_of_day_follows_its_zone_through_the_change_of_clocks() -> None:
    digest = Digest(at="07:00")
    winter = next_digest(digest, "Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert winter == datetime(2026, 10, 25, 6, tzinfo=UTC), "clocks went back that night"
    assert next_digest(digest, "Europe/Berlin", datetime(2026, 10, 24, 4, 59, tzinfo=UTC)) == datetime(
        2026, 10, 24, 5, tzinfo=UTC
    )


def test_a_digest_that_has_just_been_told_comes_next_day() -> None:
    assert next_digest(Digest(at="12:00"), "UTC", NOW) == NOW + timedelta(days=1)


def test_a_digest_every_so_often_keeps_its_beat_through_restarts() -> None:
    digest = Digest(every="30m")
    assert next_digest(digest, "UTC", NOW + timedelta(minutes=1)) == NOW + timedelta(minutes=30)
    assert next_digest(digest, "UTC", NOW + timedelta(minutes=29)) == NOW + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("clock", "is_quiet"), [("21:59", False), ("22:00", True), ("03:00", True), ("06:59", True), ("07:00", False)]
)
def test_quiet_hours_may_go_over_midnight(clock: str, *, is_quiet: bool) -> None:
    moment = datetime.fromisoformat(f"2026-11-28T{clock}:00+03:00").astimezone(UTC)
    end = quiet_until(QuietHours(begin="22:00", end="07:00"), "Asia/Baghdad", moment)
    assert (end is not None) == is_quiet
    if end:
        assert end.astimezone(UTC).hour == 4


def test_quiet_hours_hold_back_all_but_critical() -> None:
    quiet = channel(quiet="11:00-13:00")
    assert verdict_of(quiet, alert_of("warning")) == (DeliveryState.HELD, NOW + timedelta(hours=1))
    assert verdict_of(quiet, alert_of("critical")) == (DeliveryState.QUEUED, NOW)


def test_a_full_rate_has_room_when_its_oldest_message_leaves() -> None:
    rate = Rate(count=2, span="1h")
    sent = [NOW - timedelta(minutes=90), NOW - timedelta(minutes=50), NOW - timedelta(minutes=10)]
    assert room_at(rate, sent, NOW) == NOW + timedelta(minutes=10)
    assert room_at(rate, sent[:2], NOW) == NOW


@pytest.mark.parametrize(
    ("options", "takes"),
    [
        ({"severity": "warning"}, True),
        ({"severity": "critical"}, False),
        ({"rules": ["base-attacked", "truce"]}, True),
        ({"rules": ["truce"]}, False),
        ({"outlets": ["news"]}, True),
        ({"outlets": ["other"]}, False),
        ({"languages": ["en"]}, True),
        ({"languages": ["ar"]}, False),
        ({"entities": ["ain-al-asad"]}, False),
        ({"kinds": ["health"]}, False),
    ],
)
def test_a_filter_takes_what_all_of_its_parts_take(options: dict[str, object], *, takes: bool) -> None:
    state, _ = verdict_of(channel(**options), alert_of())
    assert (state is DeliveryState.QUEUED) == takes


def test_a_story_is_told_once_unless_it_grows_louder() -> None:
    told = {"s1": "warning"}
    assert verdict_of(channel(), alert_of(story="s1"), told)[0] is DeliveryState.FOLDED
    assert verdict_of(channel(), alert_of("critical", story="s1"), told)[0] is DeliveryState.QUEUED
    assert verdict_of(channel(per="article"), alert_of(story="s1"), told)[0] is DeliveryState.QUEUED
    assert verdict_of(channel(), alert_of(story="s2"), told)[0] is DeliveryState.QUEUED


def test_what_is_muted_is_told_to_nobody_while_the_mute_lasts() -> None:
    mute = Mute(1, "outlet", "news", NOW, NOW + timedelta(hours=1), "me")
    assert verdict_of(channel(), alert_of(), mutes=[mute])[0] is DeliveryState.MUTED
    assert verdict_of(channel(), alert_of("critical"), mutes=[mute])[0] is DeliveryState.QUEUED
    later = NOW + timedelta(hours=2)
    assert verdict_of(channel(), alert_of(), now=later, mutes=[mute])[0] is DeliveryState.QUEUED
