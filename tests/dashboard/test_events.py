"""New alerts as they come: nothing is lost between a page and its stream, and nobody can hold all connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from crawler.errors import StoreError
from crawler.store.news import News
from scheduler.dashboard.events import BEGIN, MOST_CLIENTS, RESET, Broadcaster, TooManyClientsError, write_event


class Outbox:
    """What the broadcaster asks a store for."""

    def __init__(self, *ids: int) -> None:
        self.rows = [make_news(number) for number in ids]
        self.failures = 0

    def read_newest(self) -> int:
        return max((news.id for news in self.rows), default=0)

    def read_news(self, after: int, limit: int = 200) -> list[News]:
        if self.failures:
            self.failures -= 1
            raise StoreError("away")
        return sorted((news for news in self.rows if news.id > after), key=lambda news: news.id)[:limit]


def make_news(number: int) -> News:
    return News(number, "alert", f"alert-{number}", "critical")


async def take(events: AsyncIterator[bytes], count: int) -> list[bytes]:
    async with asyncio.timeout(60):
        return [await anext(events) for _ in range(count)]


async def test_what_came_since_the_page_was_made_is_told_and_then_what_comes() -> None:
    outbox = Outbox(1, 2, 3)
    async with Broadcaster(outbox).join(1) as events:
        assert await take(events, 3) == [BEGIN, *(write_event(make_news(number)) for number in (2, 3))]
        outbox.rows.append(make_news(4))
        assert await take(events, 1) == [write_event(make_news(4))]


async def test_an_entry_that_is_committed_late_is_told_all_the_same() -> None:
    outbox = Outbox(1, 3)
    async with Broadcaster(outbox).join(None) as events:
        assert await take(events, 1) == [BEGIN]
        outbox.rows.append(make_news(2))
        assert await take(events, 1) == [write_event(make_news(2))]


async def test_a_browser_hears_that_it_is_connected_before_the_database_answers_and_comes_again_without_it() -> None:
    outbox = Outbox(1, 2)
    outbox.failures = 2
    broadcaster = Broadcaster(outbox)
    async with broadcaster.join(1) as events:
        assert await take(events, 1) == [BEGIN]
        assert outbox.failures == 2, "nothing has been asked yet"
        with pytest.raises(StopAsyncIteration):
            await take(events, 1)
    async with broadcaster.join(1) as events:
        assert await take(events, 2) == [BEGIN, write_event(make_news(2))]


async def test_who_missed_too_much_is_told_to_read_the_page_anew() -> None:
    async with Broadcaster(Outbox(*range(1, 500))).join(1) as events:
        assert await take(events, 2) == [BEGIN, RESET]


async def test_a_database_that_is_away_for_a_moment_ends_nothing() -> None:
    outbox = Outbox(1)
    async with Broadcaster(outbox).join(1) as events:
        assert await take(events, 1) == [BEGIN]
        outbox.failures = 1
        outbox.rows.append(make_news(2))
        assert await take(events, 1) == [write_event(make_news(2))]


async def test_clients_are_bounded_and_who_leaves_makes_room() -> None:
    broadcaster = Broadcaster(Outbox())
    async with AsyncExitStack() as stack:
        for _ in range(MOST_CLIENTS):
            await stack.enter_async_context(broadcaster.join(None))
        with pytest.raises(TooManyClientsError):
            await stack.enter_async_context(broadcaster.join(None))
    async with broadcaster.join(None) as events:
        assert await take(events, 1) == [BEGIN]
