"""When a channel is told: digests, quiet hours, rates, and the next try after a failure. Pure; `now` is passed in."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from settings.model import Channel, Digest, QuietHours, Rate

FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(hours=1)
MOST_ATTEMPTS: Final = 20
LONGEST_TRYING: Final = timedelta(hours=72)
_OBEYED: Final = 5
"""Tries of one message after which what the endpoint asks for may be less than we wait by ourselves."""
_LONGEST_REST: Final = timedelta(hours=25)
_CLOCK_SLACK: Final = timedelta(minutes=5)
_SPREAD: Final = 0.25
"""Share of a wait that chance decides, so that channels of one service do not come back together."""


def next_wait(failures: int, chance: float) -> timedelta:
    """Before the next try, after so many failures in a row: 15 s, doubled each time, an hour at most. `chance` from 0
    to 1 takes up to a quarter off it."""
    doubled = FIRST_WAIT * float(2 ** min(max(failures, 1) - 1, 20))
    return min(doubled, LONGEST_WAIT) * (1 - _SPREAD * chance)


def next_try(failures: int, asked: datetime | None, now: datetime, chance: float) -> datetime:
    """When a message is tried again that failed so often. What its endpoint asks for is obeyed. But one that asks for a
    second each time, as servers do behind which everything is down, would use up all tries within a minute: then waits
    grow all the same."""
    if asked is None:
        return now + next_wait(failures, chance)
    return asked if failures <= _OBEYED else max(asked, now + next_wait(failures - _OBEYED, chance))


def is_hopeless(attempts: int, queued_at: datetime, now: datetime) -> bool:
    """After so many failed tries, in so much time?"""
    return attempts >= MOST_ATTEMPTS or now - queued_at >= LONGEST_TRYING


def first_try(channel: Channel, severity: str, now: datetime) -> tuple[datetime, bool]:
    """When an entry that comes now is told, and whether quiet hours keep it until then."""
    if channel.digest:
        return next_digest(channel.digest, channel.timezone, now), False
    end = None if severity == "critical" or channel.quiet is None else quiet_until(channel.quiet, channel.timezone, now)
    return end or now, end is not None


def next_digest(digest: Digest, timezone: str, now: datetime) -> datetime:
    """The next moment of a digest's clock after now. `every` counts from midnight UTC of a fixed day, so that a restart
    moves nothing."""
    if digest.every is not None:
        passed = (now - datetime(2000, 1, 1, tzinfo=UTC)) // digest.every
        return datetime(2000, 1, 1, tzinfo=UTC) + digest.every * (passed + 1)
    assert digest.at is not None  # noqa: S101 - the model has exactly one of the two
    return next_time(digest.at, timezone, now)


def next_time(at: time, timezone: str, now: datetime, *, twice: bool = False) -> datetime:
    """When a clock in the zone next shows this time, strictly after now. In the hour that a clock shows twice it is the
    first of both, or with `twice` either."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    for days in (0, 1, 2):
        for fold in (0, 1) if twice else (0,):
            moment = datetime.combine(today + timedelta(days=days), at, zone).replace(fold=fold).astimezone(UTC)
            if moment > now:
                return moment
    raise AssertionError("a day is not longer than two")


def quiet_until(quiet: QuietHours, timezone: str, now: datetime) -> datetime | None:
    """When the quiet hours end that it is in now; None outside of them."""
    clock = now.astimezone(ZoneInfo(timezone)).time().replace(tzinfo=None)
    over_midnight = quiet.begin > quiet.end
    within = clock >= quiet.begin or clock < quiet.end if over_midnight else quiet.begin <= clock < quiet.end
    return next_time(quiet.end, timezone, now, twice=True) if within else None


def longest_wait(channel: Channel) -> timedelta:
    """Nothing is put off for longer: not by the longest Retry-After that is obeyed, nor by quiet hours on the day of 25
    hours, a digest or a rate. What is has been put off by a clock that was ahead."""
    every = channel.digest.every if channel.digest and channel.digest.every else timedelta(0)
    span = channel.at_most.span if channel.at_most else timedelta(0)
    return max(_LONGEST_REST, every, span) + _CLOCK_SLACK


def room_at(rate: Rate, sent: Sequence[datetime], now: datetime) -> datetime:
    """When the next message may be sent: now, or when the oldest of those that fill the time has left it. What was sent
    in the future, by a clock that has been set right since, fills nothing."""
    within = [moment for moment in sent if now - rate.span < moment <= now]
    if len(within) < rate.count:
        return now
    return within[-rate.count] + rate.span
