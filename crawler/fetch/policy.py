"""What follows from an answer, and when to ask again. Pure: `now` is passed in."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from crawler.models import FailureKind, FetchFailure, Outcome, Page

MIN_WAIT: Final = timedelta(minutes=1)
MAX_WAIT: Final = timedelta(hours=24)
_BACKOFF_FACTOR: Final = 5
"""Between the tries of one page: 1 min, 5 min, 25 min, 2 h, 10 h; long enough to outlast an outage."""
REVISIT_WAITS: Final = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""Before each further try of a page that could not be had, once its link has ended."""
ELSEWHERE: Final = "not on"
"""Begins the detail of a link that leads to none of its source's hosts, before their names."""
OVERRULED: Final = "robots.txt forbids it; run.yaml's allowed_hosts has its host"
_DELTA_S: Final = re.compile(r"\d{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ArticleVerdict:
    """What an answer means for its link: read the page (neither outcome nor time), end it, or try again then."""

    outcome: Outcome | None
    detail: str = ""
    """One line for the ledger."""
    retry_at: datetime | None = None
    counts: bool = True
    """Was it a try? Not when the host was to be left alone and no request was made."""


_STATUSES: Final = {
    304: Outcome.UNCHANGED,
    **dict.fromkeys((404, 410), Outcome.GONE),
    **dict.fromkeys((401, 402, 403, 407, 451), Outcome.REFUSED),
}
_REVISITED: Final = frozenset({Outcome.REFUSED, Outcome.FAILED})
"""Ends of links whose page may be had later."""
_PASSING: Final = ("site-error:", "bot-challenge:")
"""Reasons of `crawler.extract.recognise` that are of an hour, and not of the article."""
_READABLE: Final = frozenset({200, 203, 206})
_TEMPORARY: Final = frozenset({408, 421, 425, 429, *range(500, 600)})
_FINAL_FAILURES: Final[dict[FailureKind, Outcome]] = {
    "robots": Outcome.ROBOTS,
    "blocked": Outcome.OUT_OF_SCOPE,
    "bad_url": Outcome.OUT_OF_SCOPE,
    "too_large": Outcome.UNREADABLE,
    "bad_content": Outcome.UNREADABLE,
}


def judge_answer(answer: Page | FetchFailure, *, attempts: int, max_attempts: int, now: datetime) -> ArticleVerdict:
    """What follows for a link. `attempts` tries failed before this one; the `max_attempts`-th ends it as failed."""
    if isinstance(answer, Page):
        if answer.status in _READABLE:
            return ArticleVerdict(None, OVERRULED if answer.overruled else "")
        outcome, detail = _STATUSES.get(answer.status), f"HTTP {answer.status}"
        temporary = answer.status in _TEMPORARY
    else:
        outcome, detail = _FINAL_FAILURES.get(answer.kind), f"{answer.kind}: {answer.detail}"
        temporary = outcome is None
    if isinstance(answer, FetchFailure) and answer.kind == "held":
        return ArticleVerdict(None, detail, asked_wait(answer, now) or now + MIN_WAIT, counts=False)
    if not temporary or attempts + 1 >= max_attempts:
        return ArticleVerdict(outcome or Outcome.FAILED, detail)
    return ArticleVerdict(None, detail, asked_wait(answer, now) or now + _backoff(attempts))


def plan_revisit(outcome: Outcome, now: datetime) -> datetime | None:
    """When a link that ends so is visited again, because its page may be had later."""
    return now + REVISIT_WAITS[0] if outcome in _REVISITED else None


def judge_revisit(answer: Page | FetchFailure, *, attempts: int, now: datetime) -> ArticleVerdict:
    """What follows for a later visit, `attempts` of which failed before: read the page, give up, or try again."""
    verdict = judge_answer(answer, attempts=attempts, max_attempts=len(REVISIT_WAITS), now=now)
    if verdict.outcome not in _REVISITED and verdict.retry_at is None:
        return verdict
    if attempts + 1 >= len(REVISIT_WAITS):
        return ArticleVerdict(verdict.outcome or Outcome.FAILED, verdict.detail)
    planned = now + REVISIT_WAITS[attempts + 1]
    return ArticleVerdict(None, verdict.detail, max(planned, verdict.retry_at or planned))


def plan_rereading(problem: str, now: datetime) -> datetime | None:
    """When a page is visited again that answered 200 and is no article for this reason; None where that lasts."""
    return now + REVISIT_WAITS[0] if problem.startswith(_PASSING) else None


def judge_rereading(problem: str, *, attempts: int, now: datetime) -> datetime | None:
    """When after a later visit that met the like, `attempts` of which failed before; None: give up."""
    if attempts + 1 >= len(REVISIT_WAITS) or not problem.startswith(_PASSING):
        return None
    return now + REVISIT_WAITS[attempts + 1]


def _backoff(attempts: int) -> timedelta:
    minutes: int = _BACKOFF_FACTOR ** min(attempts, 8)  # a bound for the arithmetic; the day is reached before
    return min(MIN_WAIT * minutes, MAX_WAIT)


def asked_wait(answer: Page | FetchFailure, now: datetime) -> datetime | None:
    """Until when the host, or what stands for it, asked us to stay away; between a minute and a day from now."""
    if isinstance(answer, FetchFailure):
        return answer.retry_at and _clamp(answer.retry_at, now)
    return read_retry_after(answer.header("retry-after"), now) if answer.status in _TEMPORARY else None


def _clamp(time: datetime, now: datetime, shortest: timedelta = MIN_WAIT) -> datetime:
    return min(max(time, now + shortest), now + MAX_WAIT)


def read_retry_after(value: str | None, now: datetime, shortest: timedelta = MIN_WAIT) -> datetime | None:
    """The time that a Retry-After header names, between `shortest` and a day from now; None when it names none."""
    if value is None or not value.isascii():
        return None
    value = value.strip()
    if _DELTA_S.fullmatch(value):
        return _clamp(now + min(timedelta(seconds=min(int(value), 10**9)), MAX_WAIT), now, shortest)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return _clamp(date if date.tzinfo else date.replace(tzinfo=UTC), now, shortest)


def spread(name: str, window: timedelta) -> timedelta:
    """A fixed share of the window for each name, so that not all begin at once."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return window * (int.from_bytes(digest) / 2**64)
