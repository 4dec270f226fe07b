"""What an endpoint answered, and what follows from it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from crawler.fetch.policy import read_retry_after

_SHORTEST_WAIT: Final = timedelta(seconds=1)
_TRY_AGAIN: Final = frozenset({408, 409, 421, 423, 425, 429})
"""What among 4xx may pass."""
_MOVED: Final = frozenset({301, 308})


class Result(StrEnum):
    SENT = "sent"
    RETRY = "retry"
    """It may work later."""
    NEVER = "never"
    """It will not, however often it is tried."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one try."""

    result: Result
    detail: str
    """One line for people, without secrets: `HTTP 503`, `no answer within 30 s`."""
    retry_at: datetime | None = None
    """When the endpoint wants to be asked again."""


def judge_status(status: int, retry_after: str | None, now: datetime, said: str = "") -> Answer:
    """From an HTTP answer."""
    detail = f"HTTP {status}" + (f": {said}" if said else "")
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own numbers, here and below
        return Answer(Result.SENT, detail)
    if 300 <= status < 400:  # noqa: PLR2004
        moved = Result.NEVER if status in _MOVED else Result.RETRY
        return Answer(moved, f"HTTP {status}: it redirects, which is not followed; give the address that it leads to")
    # whoever says when to come back expects us: 413 for a full queue, 403 for a rate that was exceeded
    asked = read_retry_after(retry_after, now, _SHORTEST_WAIT)
    if 400 <= status < 500 and status not in _TRY_AGAIN and asked is None:  # noqa: PLR2004
        return Answer(Result.NEVER, detail)
    return Answer(Result.RETRY, detail, asked)
