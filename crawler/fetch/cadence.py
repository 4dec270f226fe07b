"""When a source is asked again, and how. Pure: `now` is passed in.

An interval is kept as it stands in the settings; `cron` is arithmetic. `auto` polls when a third of an item is to be
expected, by the hour of the day, so that about 3 polls of 10 bring something; what the outlet asks for (ttl,
skipHours, max-age) lengthens that by an hour at most where news is expected, because many feeds ask for a day and
publish by the minute. Retry-After is obeyed always, failures double the wait up to a day, nothing disables a source.
"""

import hashlib
import re
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final, Literal

from crawler.fetch.policy import MAX_WAIT, MIN_WAIT, asked_wait, spread
from crawler.models import FetchFailure, Page, SourceState
from crawler.signs import HOURS_A_DAY, NO_HINTS, UNKNOWN_RHYTHM, FeedHints, Rhythm
from settings.cron import find_cron_time
from settings.model import AUTO, CRON, Source

DEFAULT_WAIT: Final = timedelta(minutes=10)
"""Of an `auto` source that nobody knows yet."""
GONE_WAIT: Final = timedelta(days=7)
MAX_ASKED: Final = timedelta(hours=1)
"""Longest that a feed's own ttl or max-age may lengthen the wait."""
WHOLE_EVERY: Final = timedelta(hours=24)
_HOUR: Final = timedelta(hours=1)
_MOST_QUIET_H: Final = 7 * HOURS_A_DAY
"""After so many hours of a week each hour of each day has come."""
_SPREAD: Final = 0.1
"""Part of an interval over which sources of the same interval are spread."""
_CRON_SPREAD: Final = timedelta(seconds=30)
_MAX_DOUBLINGS: Final = 20
_AIM: Final = 0.36
"""Items expected at a poll: of 10 polls 3 then bring something, 1 - exp(-0.36)."""
_HALF_LIFE_H: Final = 14 * HOURS_A_DAY
_PRIOR_H: Final = 3.0
"""Hours of the default pace that a new source begins with."""
_PRIOR_RATE: Final = _AIM / (DEFAULT_WAIT / _HOUR)
_LONGEST_VALIDATOR: Final = 1024
"""Characters; servers take 8 KiB of header in all."""
_CONTRADICTION: Final = 3.0
"""Items that should have come; with less than one chance in 20 there are none by accident."""
_MAX_AGE: Final = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})", re.IGNORECASE | re.ASCII)
_SECONDS: Final = re.compile(r"\s*(\d{1,10})\s*", re.ASCII)


# ── an outlet's rhythm ───────────────────────────────────────────────────────────────────────────


def learn_rhythm(rhythm: Rhythm, since: datetime, now: datetime, news: int) -> Rhythm:
    """What a poll at `now` adds, the one before having been at `since`. Nobody knows when the items came in between,
    so they are spread over that time, at most over a day of it."""
    span_h = (now - since) / _HOUR
    if span_h <= 0:
        return rhythm
    kept = 0.5 ** (span_h / _HALF_LIFE_H)
    brought, watched = [each * kept for each in rhythm.news], [each * kept for each in rhythm.watched]
    seen_h = min(span_h, float(HOURS_A_DAY))
    for hour, share_h in _split_hours(now - seen_h * _HOUR, now):
        brought[hour] += news * share_h / seen_h
        watched[hour] += share_h
    return Rhythm(tuple(brought), tuple(watched))


def expected_news(rhythm: Rhythm, since: datetime, until: datetime) -> float:
    """How many new items the rhythm lets expect between two moments."""
    rates = hourly_rates(rhythm)
    days, rest = divmod(max(until - since, timedelta(0)), timedelta(days=1))
    return days * sum(rates) + sum(rates[hour] * share_h for hour, share_h in _split_hours(until - rest, until))


def plan_wait(rhythm: Rhythm, now: datetime) -> timedelta:
    """Until a poll is worth its while; between a minute and a day."""
    rates, left, at = hourly_rates(rhythm), _AIM, now
    while left > 0 and at - now < MAX_WAIT:
        until_next = _HOUR - timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
        in_hour = rates[at.hour] * (until_next / _HOUR)
        at += until_next if in_hour < left else _HOUR * (left / rates[at.hour])
        left -= in_hour
    return min(max(at - now, MIN_WAIT), MAX_WAIT)


def is_known(rhythm: Rhythm) -> bool:
    """Has it been watched long enough to conclude anything from a silence?"""
    return sum(rhythm.watched) >= HOURS_A_DAY


def hourly_rates(rhythm: Rhythm) -> list[float]:
    """Items an hour, by hour of the day; the mean counts as one hour of each."""
    mean = (sum(rhythm.news) + _PRIOR_RATE * _PRIOR_H) / (sum(rhythm.watched) + _PRIOR_H)
    return [(news + mean) / (watched + 1) for news, watched in zip(rhythm.news, rhythm.watched, strict=True)]


def _split_hours(since: datetime, until: datetime) -> list[tuple[int, float]]:
    """A span of at most some days as hours of the day with the part of each, in hours."""
    parts, at = [], since
    while at < until:
        end = min(at.replace(minute=0, second=0, microsecond=0) + _HOUR, until)
        parts.append((at.hour, (end - at) / _HOUR))
        at = end
    return parts


# ── the next poll ────────────────────────────────────────────────────────────────────────────────


def next_poll_at(
    source: Source,
    answer: Page | FetchFailure,
    *,
    failures: int,
    now: datetime,
    rhythm: Rhythm = UNKNOWN_RHYTHM,
    hints: FeedHints = NO_HINTS,
) -> datetime:
    """Never before the source's interval, later when the host asked for it or after failures. One failure changes
    nothing, each further one doubles the wait, up to a day. Sources of equal interval are spread by their names."""
    if isinstance(answer, Page) and answer.status == HTTPStatus.GONE:
        return now + GONE_WAIT + spread(source.name, MAX_WAIT)
    factor: int = 2 ** min(max(failures - 1, 0), _MAX_DOUBLINGS)
    due = _next_time(source, answer, factor, now, rhythm, hints)
    asked = asked_wait(answer, now)
    return max(due, asked) if asked else due


def _next_time(
    source: Source, answer: Page | FetchFailure, factor: int, now: datetime, rhythm: Rhythm, hints: FeedHints
) -> datetime:
    if isinstance(source.every, str) and source.every != AUTO:
        wait = min(DEFAULT_WAIT * (factor - 1), MAX_WAIT)
        return find_cron_time(source.every.removeprefix(CRON), now + wait) + spread(source.name, _CRON_SPREAD)
    every = source.every if isinstance(source.every, timedelta) else learned_wait(rhythm, hints, answer, now)
    wait = min(every * factor, max(every, MAX_WAIT))
    due = now + wait + spread(source.name, wait * _SPREAD)
    return due if isinstance(source.every, timedelta) else min(skip_quiet(due, hints), now + MAX_WAIT)


def learned_wait(rhythm: Rhythm, hints: FeedHints, answer: Page | FetchFailure, now: datetime) -> timedelta:
    """Of an `auto` source."""
    asked = max(hints.ttl or MIN_WAIT, read_max_age(answer) or MIN_WAIT)
    return max(plan_wait(rhythm, now), min(asked, MAX_ASKED))


def skip_quiet(due: datetime, hints: FeedHints) -> datetime:
    """The first hour from `due` on that the feed does not ask to leave out; `due` when it leaves out all of them."""
    at = due
    for _ in range(_MOST_QUIET_H):
        if at.hour not in hints.skip_hours and at.weekday() not in hints.skip_days:
            return at
        at += _HOUR
    return due


def read_max_age(answer: Page | FetchFailure) -> timedelta | None:
    """How long the answer says that it stays fresh. What a cache on the way gave has stayed so for a while."""
    if not isinstance(answer, Page):
        return None
    said = ", ".join(value for name, value in answer.headers if name.lower() == "cache-control")
    if (match := _MAX_AGE.search(said)) is None:
        return None
    age = _SECONDS.fullmatch(answer.header("age") or "0")
    return timedelta(seconds=max(int(match[1]) - int(age[1] if age else 0), 0))


# ── conditional, or not ──────────────────────────────────────────────────────────────────────────


def digest_body(body: bytes, url: str) -> str:
    """Of what was last read of a source, and at which of its addresses."""
    return f"{_digest(url.encode('utf-8', 'replace'), 4)}.{_digest(body, 16)}"


def _digest(content: bytes, size: int) -> str:
    """By SHA-256, which processors know: BLAKE2 takes twice as long for a body."""
    return hashlib.sha256(content).hexdigest()[: 2 * size]


def choose_validators(state: SourceState, url: str, now: datetime) -> SourceState:
    """What to ask `url` with: without validators when the whole is due, which is once a day, when they have lied, when
    they are of the address that the source had before, and when news should have come by now; the longer it is away,
    the rarer for that reason."""
    if not _ask_whole(state, now) and _is_of(state, url):
        return state
    return replace(state, etag=None, last_modified=None)


def is_same_address(one: SourceState, other: SourceState) -> bool:
    """Were both read at one address, as far as is known?"""
    here, there = ((state.body_digest or "").partition(".") for state in (one, other))
    return here[0] == there[0] or not (here[1] and there[1])


def _is_of(state: SourceState, url: str) -> bool:
    """What another address said must not have this one seem unchanged that nobody has read. Digests of an older
    basewatch name no address."""
    address, dot, _ = (state.body_digest or "").partition(".")
    return not dot or digest_body(b"", url).startswith(f"{address}.")


def _ask_whole(state: SourceState, now: datetime) -> bool:
    if state.full_at is None or now - state.full_at >= WHOLE_EVERY:
        return True
    if any(trouble.kind == "false_304" for trouble in state.troubles):
        return True
    if state.news_at is None or not is_known(state.rhythm):
        return False
    since_news = now - state.news_at
    patience = max(_HOUR, since_news / 4)
    return now - state.full_at >= patience and expected_news(state.rhythm, state.news_at, now) >= _CONTRADICTION


def read_validator(page: Page, name: Literal["etag", "last-modified"]) -> str | None:
    """One that is too long to be sent back would have every further request refused, until the whole is asked for."""
    value = page.header(name)
    return value if value is not None and len(value) <= _LONGEST_VALIDATOR else None


def nominal_interval(source: Source) -> timedelta:
    """For reckoning how many polls a second the sources make; `auto` and cron are taken for the default."""
    return source.every if isinstance(source.every, timedelta) else DEFAULT_WAIT
