"""A week of everything that can go wrong, through the real jobs and the real store; only the press is made up.

After every step all accounts close, and when the world is kind again nothing is left over and nothing was lost.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import func, select

from crawler.errors import FeedError, Quarantined, StoreError, Unreadable
from crawler.models import (
    Analysis,
    Article,
    Capture,
    FetchFailure,
    Hit,
    Link,
    Material,
    Origin,
    Outcome,
    Page,
    PendingLink,
    PollCount,
    RevisitResult,
    SourceState,
    Zone,
)
from crawler.pipeline import Pipeline
from crawler.store import schema
from crawler.store.store import Store
from crawler.store.writer import Writer
from scheduler.app import StoreCalls
from scheduler.due import spread_first_polls
from scheduler.fetching import FetchJob
from scheduler.following import ReadLinks
from scheduler.health import HealthBoard, HealthWatch
from scheduler.polling import LEASE, PollJob
from settings.model import Source
from spiders.feeds import FeedLinks
from spiders.readers import Listing

START = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CHECKED_POLLS = 200
"""The newest, each by itself; the ledger's sums are over all of them."""
HIT = Hit("group-alone", "d", "info", (), Zone.BODY, 0, 1, "A")


def make_sources() -> list[Source]:
    every: tuple[timedelta | str, ...] = (10 * MINUTE, "auto", "cron: */20 * * * *", HOUR)
    return [
        Source(
            name=f"o{number // 2}-{number}",
            outlet=f"o{number // 2}",
            kind="feed",
            url=f"https://o{number // 2}.example/{number}.xml",
            every=every[number % len(every)],
            scope=(f"o{number // 2}.example",),
        )
        for number in range(4)
    ]


@dataclass
class Press:
    """Outlets that publish, edit, rename, refuse and lie."""

    numbers: random.Random
    now: datetime = START
    kind: bool = False
    """From now on every answer is the honest one."""
    closed: bool = False
    """From now on nothing is published."""
    items: dict[str, list[Link]] = field(default_factory=dict)
    shown: dict[str, set[str]] = field(default_factory=dict)
    """Source → addresses of articles in its last answer."""
    asked: Counter[str] = field(default_factory=Counter)

    def publish(self, outlet: str) -> None:
        items = self.items.setdefault(outlet, [])
        if self.closed:
            return
        for _ in range(self.numbers.choice([0, 0, 1, 1, 2, 5])):
            number = self.numbers.randrange(10**9)
            url = f"https://{outlet}.example/{number}"
            items.insert(0, Link(url, guid=f"g{number}", title=f"News {number}", content=f"<p>Said {number}</p>"))
        del items[30:]
        if items and self.numbers.random() < 0.1:
            self._change(items)

    def _change(self, items: list[Link]) -> None:
        place = self.numbers.randrange(len(items))
        match self.numbers.randrange(4):
            case 0:
                items[place] = replace(items[place], title=f"{items[place].title} edited", updated=self.now)
            case 1:
                items[place] = replace(items[place], url=f"{items[place].url}-renamed")
            case 2:
                items[:] = [replace(item, guid=f"{item.guid}x") for item in items]
            case 3:
                items.append(items[place])

    # polls

    async def poll(self, source: Source, state: SourceState) -> Page | FetchFailure:
        await asyncio.sleep(0)
        outlet = source.outlet
        self.publish(outlet)
        self.shown[source.name] = set()
        if not self.kind and self.numbers.random() < 0.35:
            return self._misbehave(source)
        listed = [item for item in self.items[outlet] if hash_of(source.name + item.url) % 5]
        if not self.kind:
            listed = listed + self._rubbish(outlet)
        body = json.dumps([[each.url, each.guid, each.title, each.content, each.problem] for each in listed]).encode()
        etag = f'"{hash_of(body.decode())}"'
        if state.etag == etag:
            return page_of(source.url, 304, b"", self.now)
        self.shown[source.name] = {each.url for each in listed if each.url.startswith(f"https://{outlet}.")}
        return page_of(source.url, 200, body, self.now, ETag=etag)

    def _misbehave(self, source: Source) -> Page | FetchFailure:
        return self.numbers.choice(
            [
                FetchFailure("timeout", "30 s"),
                FetchFailure("dns", "no such host"),
                FetchFailure("interrupted"),
                FetchFailure("held", "429", self.now + HOUR),
                page_of(source.url, 403, b"<html>Just a moment...</html>", self.now),
                page_of(source.url, 410, b"", self.now),
                page_of(source.url, 503, b"", self.now, **{"Retry-After": "600"}),
                page_of(source.url, 200, b"<html>Just a moment...</html>", self.now),
                page_of(source.url, 200, b"[]", self.now),
                page_of(source.url, 304, b"", self.now),
                replace(page_of(source.url, 304, b"", self.now), url=f"{source.url}-new", moved=True),
            ]
        )

    def _rubbish(self, outlet: str) -> list[Link]:
        every = [
            Link("https://elsewhere.example/ad", guid="ad"),
            Link("javascript:alert(1)", guid=f"js{self.numbers.randrange(3)}"),
            Link("", guid="none", problem="no link"),
            Link(f"https://{outlet}.example/same", guid="same"),
        ]
        return self.numbers.sample(every, self.numbers.randrange(3))

    # articles

    def answer(self, link: PendingLink) -> Page | FetchFailure:
        url, body = link.link.url, f"{link.link.url} {'word ' * 60}{self.numbers.randrange(3)}".encode()
        self.asked[url] += 1
        good = page_of(url, 200, body, self.now)
        if (fate := FATES.get(hash_of(url) % 40)) is not None:
            return page_of(url, *fate, self.now)
        if self.kind or self.numbers.random() < 0.6:
            return good
        return self.numbers.choice(
            [
                page_of(url, 403, b"no", self.now),
                page_of(url, 404, b"no", self.now),
                page_of(url, 429, b"", self.now, **{"Retry-After": "120"}),
                page_of(url, 500, b"", self.now),
                page_of(url, 200, b"", self.now),
                page_of(url, 200, b"hang", self.now),
                FetchFailure("timeout", "30 s"),
                FetchFailure("robots", "forbidden"),
                FetchFailure("too_large", "5 MB"),
                FetchFailure("interrupted"),
            ]
        )


FATES = {0: (200, b"hang"), 1: (404, b"no"), 2: (403, b"no")}
"""Of some addresses, whenever they are asked for, so that no week is without such articles."""


def hash_of(text: str) -> int:
    return sum(text.encode()) * 31 + len(text)


def page_of(url: str, status: int, body: bytes, now: datetime, **headers: str) -> Page:
    return Page(url, url, status, tuple(headers.items()), body, body, now)


async def read_items(page: Page, source: Source, memory: str) -> Listing:
    if page.body.startswith(b"<"):
        raise FeedError("an HTML page, not a feed")
    items = [
        Link(url, guid, title, None, content, problem) for url, guid, title, content, problem in json.loads(page.body)
    ]
    capped = 3 if hash_of(page.url) % 7 == 0 else 0
    return Listing.of(FeedLinks(tuple(items), capped), source)


async def analyse(material: Material) -> Analysis:
    if not material.content:
        raise Unreadable("empty")
    if material.content == b"hang":
        raise Quarantined("took longer than 10 s")
    text = material.content.decode()
    hits = (HIT,) if sum(material.url.encode()) % 4 == 0 else ()
    return Analysis(Article(material.title, body=text, url=material.url, partial=material.partial), hits=hits)


class FaultyStore(Store):
    """Refuses now and then, before it has written or after."""

    numbers = random.Random(7)
    share = 0.0

    def save_poll(self, *args: Any, **kwargs: Any) -> PollCount:  # noqa: ANN401  # whatever it takes
        return self._refuse_sometimes(super().save_poll, *args, **kwargs)

    def save_analysis(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # same
        return self._refuse_sometimes(super().save_analysis, *args, **kwargs)

    def save_revision(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # same
        return self._refuse_sometimes(super().save_revision, *args, **kwargs)

    def _refuse_sometimes(self, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  # same
        if self.numbers.random() < self.share:
            raise StoreError("disk full")
        return method(*args, **kwargs)


class Life:
    """One process, from its start to whatever ends it."""

    def __init__(self, press: Press, url: str, sources: Sequence[Source], wanted: set[str]) -> None:
        self.press = press
        self.wanted = wanted
        self.just_listed: set[str] = set()
        self.store = FaultyStore.open(url)
        self.store.end_leases()
        self.writer = Writer(self.store)
        self.board = HealthBoard(self.clock)
        current = SimpleNamespace(outlet_name=str.upper)
        self.calls = StoreCalls(self.store, self.writer, cast("Any", current), self.board, self.clock)
        find_source = {source.name: source for source in sources}.get
        pipeline = Pipeline(self.archive, analyse, self.calls, attempts=3)
        self.fetches = FetchJob(pipeline, self.calls.read_pending, find_source, room=20, clock=self.clock)
        reader: ReadLinks = read_items
        self.polls = PollJob(self.calls, reader, self.archive, find_source, asyncio.Event(), clock=self.clock)
        self.health = HealthWatch(self.board, self.calls)
        self.sources = sources
        self.submitted: list[PendingLink] = []

    def clock(self) -> datetime:
        return self.press.now

    async def archive(self, page: Page, _: Origin) -> Capture:
        return Capture("w", hash_of(page.url) + page.status, 1, "sha256:0", page.url, page.status, self.press.now)

    def submit(self, link: PendingLink, source: Source) -> None:
        self.submitted.append(link)

    async def poll_due(self) -> None:
        names = [source.name for source in self.sources]
        self.just_listed = set()
        due = await self.calls.lease_due(names, self.press.now, 100, LEASE)
        counts = await asyncio.gather(*(self.polls.poll_source(self.press, state) for state in due))
        for state, count in zip(due, counts, strict=True):
            if count is not None:
                self.just_listed |= self.press.shown[state.name]
        self.wanted |= self.just_listed

    async def fetch_due(self, rounds: int) -> None:
        """Ask; answer in any order; some answers never come."""
        for _ in range(rounds):
            await self.fetches.submit_pending(self)
            waiting, self.submitted = self.submitted, []
            self.press.numbers.shuffle(waiting)
            work: list[Awaitable[None]] = [
                self.fetches.take_answer(link.id, self.press.answer(link)) for link in waiting
            ]
            await asyncio.gather(*work)

    async def end(self) -> None:
        await self.writer.close()
        self.store.close()


def check_accounts(life: Life, until: datetime) -> None:
    store = life.store
    rows = store.read_ledger(START - DAY, until + DAY)
    assert all(row.closes for row in rows), [row for row in rows if not row.closes]
    with store._read("check") as connection:
        newest = select(schema.polls).order_by(schema.polls.c.id.desc()).limit(CHECKED_POLLS)
        polls = connection.execute(newest).all()
        stored = select(schema.links.c.poll_id, func.count()).group_by(schema.links.c.poll_id)
        links = dict(map(tuple, connection.execute(stored)))
        events = connection.execute(
            select(schema.health.c.kind, schema.health.c.subject, schema.health.c.since, schema.health.c.ended_at)
        ).all()
        held = connection.execute(select(schema.sources.c.name, schema.sources.c.troubles)).all()
        tables = (schema.links, schema.moves)
        stored_urls = [select(table.c.url).where(table.c.url.in_(life.just_listed)) for table in tables]
        addresses = {url for each in stored_urls for url in connection.scalars(each)}
    assert life.just_listed <= addresses, "what a counted poll listed is stored with it"
    for poll in polls:
        assert poll.seen == poll.known + poll.new
        assert poll.new == links.get(poll.id, 0) + poll.capped
    open_now = {(kind, subject) for kind, subject, _, ended in events if ended is None and subject}
    assert open_now == {(trouble.kind, name) for name, troubles in held for trouble in troubles}
    for kind, subject in {(kind, subject) for kind, subject, *_ in events}:
        spans = sorted((since, ended or until + DAY) for k, s, since, ended in events if (k, s) == (kind, subject))
        assert all(before[1] <= after[0] for before, after in pairwise(spans)), (kind, subject)


@pytest.mark.parametrize("seed", [1])
async def test_after_a_hostile_week_every_account_closes_and_nothing_is_lost(tmp_path: Path, seed: int) -> None:
    press, sources = Press(random.Random(seed)), make_sources()
    url = f"sqlite:///{tmp_path / 'week.sqlite'}"
    wanted: set[str] = set()
    life = Life(press, url, sources, wanted)
    life.store.watch_sources(spread_first_polls(sources, press.now), press.now)
    restarts = 0
    while press.now < START + 7 * DAY:
        press.now += MINUTE * press.numbers.choice([1, 3, 10, 40, 90, 90])
        FaultyStore.share = press.numbers.choice([0, 0, 0, 0.3])
        await life.poll_due()
        await life.fetch_due(press.numbers.randrange(4))
        await life.health.look(press.now)
        if press.numbers.random() < 0.05:
            # a crash: links under way and leases are lost with the process, rows are not
            await life.fetches.submit_pending(life)
            await life.end()
            press.now += press.numbers.choice([MINUTE, HOUR, 8 * HOUR])
            life = Life(press, url, sources, wanted)
            restarts += 1
        check_accounts(life, press.now)

    assert restarts > 5
    await live_on_kindly(life)
    check_everything_is_told(life)
    await life.end()


async def live_on_kindly(life: Life) -> None:
    press = life.press
    press.kind, FaultyStore.share = True, 0.0
    end = press.now + 10 * DAY  # a source that is gone is tried weekly
    while press.now < end:
        press.now += 3 * HOUR
        press.closed = press.now > end - 2 * DAY
        await life.poll_due()
        await life.fetch_due(4)
    await life.health.look(press.now)


def check_everything_is_told(life: Life) -> None:
    check_accounts(life, life.press.now)
    rows = life.store.read_ledger(START - DAY, life.press.now + DAY)
    assert not any(row.pending or row.waiting for row in rows)
    results: Counter[RevisitResult] = sum((Counter(row.results) for row in rows), Counter())
    assert min(results[result] for result in RevisitResult) > 0, results
    outcomes: Counter[Outcome] = sum((Counter(row.outcomes) for row in rows), Counter())
    usual = (Outcome.HIT, Outcome.NO_HIT, Outcome.GONE, Outcome.QUARANTINED)
    assert min(outcomes[each] for each in usual) > 0, outcomes
    told = {address.split("-")[0] for address in life.store.read_outcomes(START - DAY)}
    assert {address.split("-")[0] for address in life.wanted} <= told
    assert len(life.wanted) > 300
    assert max(life.press.asked.values()) <= 3 + 3 + 2 * 3 + 5, "bounded: tries, later tries, edits, restarts"
    states = life.store.read_states()
    assert all(state.failures == 0 for state in states)
    wrong = {trouble.kind for state in states for trouble in state.troubles}
    assert wrong <= {"identities", "silent"}, wrong
