"""A clock that leaps: no source is asked twice at once for it, and none is left out (B47).

Summer time is no leap here: every time that basewatch keeps or computes is UTC."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crawler.models import Link, Origin, Page, SourceState
from crawler.store.store import Store
from crawler.store.writer import Writer
from scheduler.app import StoreCalls
from scheduler.due import spread_first_polls
from scheduler.health import HealthBoard, HealthWatch
from scheduler.polling import PollJob
from scheduler.starting import PollStarter
from settings.model import Source
from spiders.feeds import FeedLinks
from spiders.readers import Listing

NOW = datetime(2026, 3, 29, 0, 40, tzinfo=UTC)
"""Twenty minutes before summer time begins in Europe."""
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVERY = 5 * MINUTE
TICK = 10 * SECOND
HEAL = MINUTE
"""Within which the daemon looks whether its rows come from the future, and a moment more."""


class Life:
    """The daemon's polls and its look at its own health, in a time that passes evenly under a clock that does not."""

    def __init__(self, store: Store, sources: Mapping[str, Source]) -> None:
        self.passed = timedelta(0)
        self.ahead = timedelta(0)
        self.polled: dict[str, list[timedelta]] = defaultdict(list)
        self.sources = sources
        self.writer, board = Writer(store), HealthBoard(self.clock)
        self.calls = StoreCalls(store, self.writer, cast("Any", SimpleNamespace()), board, self.clock)
        self.polls = PollJob(self.calls, read_links, keep_nothing, sources.get, asyncio.Event(), clock=self.clock)
        self.starter = PollStarter(self.calls, lambda state: self.polls.poll_source(cast("Any", self), state), board)
        self.health = HealthWatch(board, self.calls)

    def clock(self) -> datetime:
        return NOW + self.passed + self.ahead

    async def begin(self) -> None:
        await self.calls.watch_sources(spread_first_polls(self.sources.values(), NOW), NOW)
        self.starter.watch(self.sources.values(), NOW)

    async def poll(self, source: Source, _: SourceState) -> Page:
        """An outlet with one new item each time."""
        self.polled[source.name].append(self.passed)
        body = str(self.passed).encode()
        return Page(source.url, source.url, 200, (), body, body, self.clock())

    async def live(self, duration: timedelta) -> None:
        end = self.passed + duration
        while self.passed < end:
            await self.starter.start_due(self.clock())
            await asyncio.gather(*self.starter.running.values())
            await self.health.look(self.clock())
            self.passed += TICK


async def read_links(page: Page, source: Source, _: str) -> Listing:
    url = f"{source.url}/{page.body.decode()}"
    return Listing.of(FeedLinks((Link(url, guid=url),)), source)


async def keep_nothing(_: Page, __: Origin) -> None: ...


def make_sources() -> dict[str, Source]:
    every = [EVERY] * 5 + ["cron: */5 * * * *"] + ["auto"]
    return {
        f"s{number}": Source(name=f"s{number}", outlet="o", kind="feed", url=f"https://o{number}.example/", every=each)
        for number, each in enumerate(every)
    }


@pytest.mark.parametrize(
    "leap", [timedelta(0), -4 * MINUTE, -HOUR, HOUR, -DAY, DAY, datetime(1970, 1, 2, tzinfo=UTC) - NOW], ids=str
)
async def test_no_leap_of_the_clock_makes_a_source_be_asked_twice_at_once_or_left_out(
    sqlite_url: str, leap: timedelta
) -> None:
    store = Store.open(sqlite_url)
    life = Life(store, make_sources())
    await life.begin()
    await life.live(2 * EVERY)

    life.ahead += leap
    await life.live(3 * EVERY)
    life.ahead -= leap
    await life.live(3 * EVERY)
    await life.writer.close()
    store.close()

    assert life.polled.keys() == life.sources.keys()
    assert life.polled.pop("s6")[-1] > 3 * EVERY, "what learns its rhythm goes on"
    for times in life.polled.values():
        pauses = [later - earlier for earlier, later in pairwise(times)]
        assert max(pauses) <= 2 * EVERY + HEAL + TICK, "no stall beyond an interval"
        assert all(one + other >= EVERY - TICK for one, other in pairwise(pauses)), "one poll a leap"
        assert times[-1] >= 8 * EVERY - EVERY - TICK
