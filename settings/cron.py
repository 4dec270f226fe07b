"""Crontab expressions in UTC. The arithmetic is APScheduler's."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from apscheduler.triggers.cron import CronTrigger

_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NUMBERS = re.compile(r"([0-7])(?:-([0-7]))?(?:/(\d))?", re.ASCII)
_SEARCH_FROM = datetime(2024, 1, 1, tzinfo=UTC)
"""Any date before a 29th of February, so that a yearly expression is found."""
_FIELDS = 5


@lru_cache(maxsize=1024)
def make_cron(expression: str) -> CronTrigger:
    """Minute, hour, day of month, month, day of week (0 and 7 are Sunday). Raises ValueError, also for one whose time
    never comes."""
    fields = expression.split()
    if len(fields) != _FIELDS:
        raise ValueError(f"a cron expression has 5 fields, not {len(fields)}: minute hour day month weekday")
    fields[-1] = ",".join(_name_weekdays(part) for part in fields[-1].split(","))
    trigger = CronTrigger.from_crontab(" ".join(fields), timezone=UTC)
    if trigger.get_next_fire_time(None, _SEARCH_FROM) is None:
        raise ValueError("the time of this cron expression never comes")
    return trigger


def find_cron_time(expression: str, after: datetime) -> datetime:
    """The first time strictly after that moment. Raises ValueError for an expression that `make_cron` refuses."""
    found: datetime | None = make_cron(expression).get_next_fire_time(None, after + timedelta(microseconds=1))
    return found or after + timedelta(days=1)


def _name_weekdays(part: str) -> str:
    """Names instead of numbers, because APScheduler's week starts on Monday and crontab's on Sunday."""
    match = _NUMBERS.fullmatch(part.replace("*/", "0-6/"))
    if match is None:
        return part
    first, step = int(match[1]), int(match[3] or 1)
    last = int(match[2]) if match[2] else (6 if match[3] else first)
    if last < first or step == 0:
        raise ValueError(f"no range of weekdays: {part}")
    return ",".join(dict.fromkeys(_WEEKDAYS[day] for day in range(first, last + 1, step)))
