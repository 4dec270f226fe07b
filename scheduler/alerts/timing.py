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
_SPREAD: Final = 0.25
"""Share of a wait that chance decides, so that channels of one service do not come back together."""


def next_wait(failures: int, chance: float) -> timedelta:
    """Before the next try, after so many failures in a row: 15 s, doubled each time, an hour at most. `chance` from 0
    to 1 takes up to a quarter off it."""
    doubled = FIRST_WAIT * float(2 ** min(max(failures, 1) - 1, 20))
    return min(doubled, LONGEST_WAIT) * (1 - _SPREAD * chance)


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


def next_time(at: time, timezone: str, now: datetime) -> datetime:
    """When a clock in the zone next shows this time, strictly after now."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    for days in (0, 1, 2):
        moment = datetime.combine(today + timedelta(days=days), at, zone).astimezone(UTC)
        if moment > now:
            return moment
    raise AssertionError("a day is not longer than two")


def quiet_until(quiet: QuietHours, timezone: str, now: datetime) -> datetime | None:
    """When the quiet hours end that it is in now; None outside of them."""
    clock = now.astimezone(ZoneInfo(timezone)).time().replace(tzinfo=None)
    over_midnight = quiet.begin > quiet.end
    within = clock >= quiet.begin or clock < quiet.end if over_midnight else quiet.begin <= clock < quiet.end
    return next_time(quiet.end, timezone, now) if within else None


def room_at(rate: Rate, sent: Sequence[datetime], now: datetime) -> datetime:
    """When the next message may be sent: now, or when the oldest of those that fill the time has left it."""
    within = [moment for moment in sent if moment > now - rate.span]
    if len(within) < rate.count:
        return now
    return within[-rate.count] + rate.span
