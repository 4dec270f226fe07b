"""What can only be seen by asking: that the guard holds, that outlets answer, and what time they say it is."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from statistics import median

from crawler.models import FetchFailure, Page, SourceState
from scheduler.doctor.findings import Finding, Level
from settings.model import Settings, Source
from spiders.live import LiveCrawl
from spiders.session import run_session

MOST_ASKED = 8
"""Outlets; asking all of them is what `basewatch sources check` does."""
PATIENCE_S = 20.0
TOLERATED_S = 120.0
"""Of the clock: answers may come from a cache, and are dated to the second."""

Answer = tuple[Source, Page | FetchFailure]


def check_outside(settings: Settings) -> Iterator[Finding]:
    """A session verifies the guard before it asks anybody, as the daemon does."""
    asked = choose_sources(settings.sources)
    answers = run_session(settings.run, asked, lambda live: _ask_all(live, asked))
    yield Finding("guard", Level.OK, "private and local addresses are refused")
    yield judge_sources(answers)
    if (finding := judge_clock([page for _, page in answers if isinstance(page, Page)])) is not None:
        yield finding


def choose_sources(sources: Sequence[Source]) -> list[Source]:
    """The first of some outlets, from the beginning of the list to its end."""
    firsts = list({source.outlet: source for source in reversed(sources) if source.enabled}.values())[::-1]
    step = max(1, -(-len(firsts) // MOST_ASKED))
    return firsts[::step]


async def _ask_all(live: LiveCrawl, sources: Sequence[Source]) -> list[Answer]:
    async def ask(source: Source) -> Answer:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return source, await live.poll(source, SourceState(source.name, datetime.now(UTC)))
        except TimeoutError:
            return source, FetchFailure("timeout", f"no answer within {PATIENCE_S:.0f} s")

    return await asyncio.gather(*(ask(source) for source in sources))


def judge_sources(answers: Sequence[Answer]) -> Finding:
    failed = [(source.name, answer) for source, answer in answers if isinstance(answer, FetchFailure)]
    found = f"{len(answers) - len(failed)} of {len(answers)} that were asked answer"
    if not failed:
        return Finding("sources", Level.OK, found)
    told = "; ".join(f"{name}: {answer.detail or answer.kind}" for name, answer in failed[:3])
    if len(failed) == len(answers):
        advice = "is this machine on the internet, and may it resolve names? basewatch asks directly, not by a proxy"
    else:
        advice = "basewatch sources check NAME says more; others go on without them"
    return Finding("sources", Level.WARN, f"{found}; {told}", advice)


def judge_clock(pages: Sequence[Page]) -> Finding | None:
    """None where nothing can be said, or all is well: the other check of the clock says so."""
    ahead = [(page.fetched_at - stamped).total_seconds() for page in pages if (stamped := _read_date(page)) is not None]
    if not ahead or abs(off := median(ahead)) <= TOLERATED_S:
        return None
    found = f"it is {abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} those of the outlets"
    return Finding("clock", Level.WARN, found, "set it, and run an NTP client: times in alerts are wrong by that")


def _read_date(page: Page) -> datetime | None:
    said = next((value for name, value in page.headers if name.lower() == "date"), "")
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
