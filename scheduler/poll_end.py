"""What a poll leaves in its source's memory: when it is asked next, how, and what is wrong with it. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from crawler.fetch.cadence import expected_news, is_known, learn_rhythm, next_poll_at, read_validator
from crawler.fetch.policy import ELSEWHERE
from crawler.fetch.suspicion import PollFacts, find_troubles
from crawler.models import FetchFailure, Page, PollCount, PollEnd, PollVerdict, SeenLink, SourceState
from crawler.signs import FeedHints, Rhythm
from settings.model import Source

_BURST = 3
"""How many times more than expected one poll may teach: a feed that changes all its addresses is no news."""
_BURST_LEAST = 5


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer said, before it is counted."""

    verdict: PollVerdict
    links: tuple[SeenLink, ...] = ()
    status: int | None = None
    detail: str = ""
    capped: int = 0
    pruned: int = 0
    digest: str | None = None
    memory: str | None = None
    """What the reader noted; None leaves what it noted before."""
    is_led_on: bool = False
    """It led to further pages, so its own validators say nothing of the whole."""
    hints: FeedHints | None = None
    """What the feed asks for; None leaves what it asked for before."""


@dataclass(frozen=True, slots=True)
class PollStory:
    """One poll, from what was known to what was read."""

    source: Source
    before: SourceState
    asked: SourceState
    """The same, with the validators that were sent."""
    answer: Page | FetchFailure
    reading: Reading
    now: datetime


def end_poll(story: PollStory, count: PollCount) -> PollEnd:
    """The source's memory after a poll, and what begins and ends to be wrong with it."""
    before, reading = story.before, story.reading
    after = _advance(story, count)
    asked_whole = before.has_validators and not story.asked.has_validators
    elsewhere = [seen.detail for seen in reading.links if seen.detail.startswith(ELSEWHERE)]
    facts = PollFacts(
        story.source.kind,
        story.answer,
        reading.verdict,
        reading.detail,
        count,
        asked_whole,
        elsewhere=len(elsewhere),
        all_elsewhere=len(elsewhere) == len(reading.links),
    )
    troubles = find_troubles(before, after, facts, story.now)
    held, holds = ({trouble.kind for trouble in each} for each in (before.troubles, troubles))
    return PollEnd(
        after if troubles == after.troubles else replace(after, troubles=troubles),
        opened=tuple(trouble for trouble in troubles if trouble.kind not in held),
        closed=tuple(trouble.kind for trouble in before.troubles if trouble.kind not in holds),
        before=before,
    )


def _advance(story: PollStory, count: PollCount) -> SourceState:
    before, answer, reading, now = story.before, story.answer, story.reading, story.now
    failed = reading.verdict is PollVerdict.FAILED
    failures = before.failures + 1 if failed else 0
    rhythm = before.rhythm if failed else _learn(before, now, count.news)
    hints = reading.hints or before.hints
    return replace(
        before,
        polled_at=now,
        succeeded_at=before.succeeded_at if failed else now,
        failures=failures,
        next_poll_at=next_poll_at(story.source, answer, failures=failures, now=now, rhythm=rhythm, hints=hints),
        memory=before.memory if reading.memory is None else reading.memory,
        news_at=now if count.news else before.news_at,
        empties=_count_empties(before.empties, reading.verdict),
        moved_to=find_move(before.moved_to, answer),
        rhythm=rhythm,
        hints=hints,
        **_read_validators(answer, reading, now),
    )


def _learn(before: SourceState, now: datetime, news: int) -> Rhythm:
    """The first poll teaches nothing: what it brings is of any age."""
    since, rhythm = before.succeeded_at, before.rhythm
    if since is None:
        return rhythm
    if is_known(rhythm):
        news = min(news, round(_BURST * expected_news(rhythm, since, now)) + _BURST_LEAST)
    return learn_rhythm(rhythm, since, now, news)


def _count_empties(before: int, verdict: PollVerdict) -> int:
    if verdict is PollVerdict.EMPTY:
        return before + 1
    return before if verdict is PollVerdict.FAILED else 0


def find_move(before: str | None, answer: Page | FetchFailure) -> str | None:
    """Where a source has moved to for good; what is known stays until it answers by itself again."""
    if not isinstance(answer, Page) or answer.status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
        return before
    return answer.url if answer.moved else None


def _read_validators(answer: Page | FetchFailure, reading: Reading, now: datetime) -> dict[str, Any]:
    """What changes of them, and of what goes with them. They change only with an answer that was read to its end."""
    if reading.verdict is PollVerdict.EMPTY or reading.is_led_on:
        # neither is "not modified" the next time: ask for the whole again
        return {"etag": None, "last_modified": None, "body_digest": None}
    if reading.digest is None or not isinstance(answer, Page) or reading.verdict is PollVerdict.FAILED:
        return {}
    return {
        "full_at": now,
        "etag": read_validator(answer, "etag"),
        "last_modified": read_validator(answer, "last-modified"),
        "body_digest": reading.digest,
    }
