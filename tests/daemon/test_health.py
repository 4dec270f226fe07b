"""What is wrong with basewatch itself, and with the pages of an outlet: begun once, ended once, however often told."""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from crawler.drift import BASELINE, RECENT, PageMeasure, find_drift
from crawler.errors import StoreError
from crawler.models import SourceState
from crawler.signs import HealthEvent, HealthKind, OutletTrouble, Trouble
from crawler.strangers import find_strangers
from scheduler.due import limit_polls, spread_first_polls
from scheduler.health import QUIET, HealthBoard, HealthWatch
from scheduler.starting import LATE_AFTER, PollStarter
from settings.model import Source

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Notebook:
    """A store that writes down what it is told."""

    refuses: bool = False
    events: list[HealthEvent] = field(default_factory=list)
    ticks: dict[str, int] = field(default_factory=dict)
    pages: dict[str, list[tuple[datetime, PageMeasure]]] = field(default_factory=dict)
    old: int = 0
    """Signatures to be forgotten."""

    async def open_event(self, trouble: Trouble, since: datetime, subject: str = "") -> bool:
        self._fail()
        if any(each.kind == trouble.kind and each.subject == subject and not each.ended_at for each in self.events):
            return False
        self.events.append(HealthEvent(trouble.kind, subject, trouble.detail, since))
        return True

    async def close_event(self, kind: HealthKind, now: datetime, subject: str = "") -> bool:
        self._fail()
        found = [each for each in self.events if (each.kind, each.subject, each.ended_at) == (kind, subject, None)]
        for each in found:
            self.events[self.events.index(each)] = HealthEvent(kind, subject, each.detail, each.since, now)
        return bool(found)

    async def read_events(self) -> list[HealthEvent]:
        return [event for event in self.events if event.ended_at is None]

    async def count_ticks(self, counts: dict[str, int]) -> None:
        self._fail()
        self.ticks |= {name: self.ticks.get(name, 0) + number for name, number in counts.items()}

    async def read_outlets(self, since: datetime) -> list[str]:
        return list(self.pages)

    async def read_measures(self, outlet: str, until: datetime, limit: int) -> list[PageMeasure]:
        before = [measure for at, measure in self.pages[outlet] if at < until]
        return before[::-1][:limit]

    async def heal_times(self, now: datetime) -> int:
        return 0

    async def forget_signatures(self, before: datetime, limit: int) -> int:
        forgotten = min(limit, self.old)
        self.old -= forgotten
        return forgotten

    def _fail(self) -> None:
        if self.refuses:
            raise StoreError("disk full")


def told(store: Notebook) -> list[tuple[str, datetime, datetime | None]]:
    return [(event.kind, event.since, event.ended_at) for event in store.events]


# ── basewatch itself ──


async def test_a_trouble_is_stored_once_and_ends_after_a_quiet_while() -> None:
    clock, store = Clock(), Notebook()
    board = HealthBoard(clock)
    for _ in range(5):
        board.report("archive_away", "disk full")
        board.clear("archive_away")
        await board.flush(store)
        clock.now += SECOND
    assert told(store) == [("archive_away", NOW, None)]

    clock.now += QUIET
    board.clear("archive_away")
    board.clear("archive_away")
    await board.flush(store)
    assert told(store) == [("archive_away", NOW, clock.now)]


async def test_that_the_store_was_away_is_stored_when_it_is_back() -> None:
    clock, store = Clock(), Notebook(refuses=True)
    board = HealthBoard(clock)
    board.report("store_away", "disk full")
    with pytest.raises(StoreError):
        await board.flush(store)
    clock.now += HOUR
    board.clear("store_away")
    store.refuses = False
    await board.flush(store)

    assert told(store) == [("store_away", NOW, NOW + HOUR)]


async def test_the_first_success_ends_what_an_earlier_process_left_open() -> None:
    store = Notebook(events=[HealthEvent("relay_blocked", "", "away", NOW - DAY)])
    board = HealthBoard(Clock())
    board.clear("relay_blocked")
    await board.flush(store)

    assert told(store) == [("relay_blocked", NOW - DAY, NOW)]


async def test_ticks_that_could_not_be_stored_are_counted_later() -> None:
    store = Notebook(refuses=True)
    board = HealthBoard(Clock())
    board.count_tick("missed/poll")
    with pytest.raises(StoreError):
        await board.flush(store)
    board.count_tick("missed/poll")
    store.refuses = False
    await board.flush(store)
    await board.flush(store)

    assert store.ticks == {"missed/poll": 2}


async def test_many_old_signatures_are_forgotten_a_portion_a_look() -> None:
    store = Notebook(old=450)
    watch, left = HealthWatch(HealthBoard(Clock()), store), []
    for seconds in range(4):
        await watch.look(NOW + seconds * SECOND)
        left.append(store.old)
        store.old += 10 * (seconds == 2)

    assert left == [250, 50, 0, 10], "and then no more for an hour"


async def test_a_look_survives_a_store_that_is_away() -> None:
    board = HealthBoard(Clock())
    board.report("archive_away", "disk full")

    await HealthWatch(board, Notebook(refuses=True)).look(NOW)


# ── extraction at an outlet ──

GOOD = PageMeasure(is_whole=True, body=2000, removed=100)
ALL_WRONG: list[tuple[OutletTrouble, PageMeasure]] = [
    ("short_text", PageMeasure(is_whole=True, body=500, removed=10)),
    ("title_only", PageMeasure(is_whole=True, body=0, removed=0)),
    ("removed", PageMeasure(is_whole=True, body=1200, removed=1500)),
    ("unreadable", PageMeasure(is_whole=False, body=2000, removed=0)),
]


@pytest.mark.parametrize(("kind", "page"), ALL_WRONG)
def test_what_changes_at_an_outlet_is_named(kind: OutletTrouble, page: PageMeasure) -> None:
    found = find_drift([page] * RECENT, [GOOD] * BASELINE, frozenset())

    assert [trouble.kind for trouble in found] == [kind]
    assert any(character.isdigit() for character in found[0].detail)


@pytest.mark.parametrize(("kind", "page"), ALL_WRONG)
def test_a_few_odd_pages_are_no_drift_and_end_none_too_early(kind: OutletTrouble, page: PageMeasure) -> None:
    few = [page] * 6 + [GOOD] * (RECENT - 6)
    assert find_drift(few, [GOOD] * BASELINE, frozenset()) == ()

    if kind in ("title_only", "unreadable"):
        assert [trouble.kind for trouble in find_drift(few, [GOOD] * BASELINE, frozenset({kind}))] == [kind]


async def test_drift_begins_and_ends_once_compared_with_what_was_before() -> None:
    store = Notebook()
    watch = HealthWatch(HealthBoard(Clock()), store)
    bad = PageMeasure(is_whole=False, body=0, removed=0)
    at, seen = NOW, []
    bad_until = NOW + 15 * MINUTE * 530
    for page in [GOOD] * 230 + [bad] * 300 + [GOOD] * 60:
        at += 15 * MINUTE
        store.pages.setdefault("wire", []).append((at, page))
        await watch.look(at)
        if (open_now := bool(await store.read_events())) != bool(seen and seen[-1]):
            seen.append(open_now)

    assert seen == [True, False]
    [event] = store.events
    assert (event.kind, event.subject) == ("unreadable", "wire")
    assert event.ended_at is not None
    assert event.ended_at > bad_until, "what lasts does not become the usual"


STRANGERS = {
    "bot-challenge": "challenged",
    "paywall": "paywalled",
    "gallery": "galleries",
    "empty-shell": "empty_shells",
    "site-error": "site_errors",
}


def test_every_sixth_page_lost_is_told_until_hardly_any_is() -> None:
    stub = PageMeasure(is_whole=False, body=0, removed=0, problem="paywall")
    held = frozenset[HealthKind]({"paywalled"})

    def tell(stubs: int, before: frozenset[HealthKind] = frozenset()) -> list[HealthKind]:
        return [each.kind for each in find_strangers([stub] * stubs + [GOOD] * (RECENT - stubs), before)]

    assert (tell(4), tell(5)) == ([], ["paywalled"])
    assert (tell(3, held), tell(2, held)) == (["paywalled"], [])


@pytest.mark.parametrize(("word", "kind"), STRANGERS.items())
async def test_what_an_outlet_often_gives_in_place_of_articles_is_told_with_few_pages(word: str, kind: str) -> None:
    store = Notebook()
    watch = HealthWatch(HealthBoard(Clock()), store)
    stranger = PageMeasure(is_whole=False, body=0, removed=0, problem=word)
    at = NOW
    for page in [GOOD] * 7 + [stranger] * 4:
        at += 15 * MINUTE
        store.pages.setdefault("wire", []).append((at, page))
    await watch.look(at)
    assert store.events == [], "four pages may be an accident"

    store.pages["wire"].append((at, stranger))
    await watch.look(at := at + HOUR)
    [event] = store.events
    assert (event.kind, event.subject, event.ended_at) == (kind, "wire", None)
    assert event.detail.startswith("5 of the last 12 pages ")

    store.pages["wire"] += [(at, GOOD)] * 29
    await watch.look(at := at + HOUR)
    assert [event.ended_at for event in store.events] == [at]


async def test_an_outlet_with_few_pages_is_not_judged() -> None:
    store = Notebook(pages={"wire": [(NOW, GOOD)] * 50 + [(NOW, ALL_WRONG[1][1])] * 30})
    await HealthWatch(HealthBoard(Clock()), store).look(NOW + MINUTE)

    assert store.events == []


# ── the pace of polls ──


def make_sources(count: int, every: timedelta = 5 * MINUTE) -> list[Source]:
    return [
        Source(name=f"s{number}", outlet="o", kind="feed", url="https://o.example/", every=every)
        for number in range(count)
    ]


@dataclass
class Due:
    """A store in which everything is due since `since`."""

    waiting: list[SourceState]
    refuses: bool = False

    async def lease_due(self, names: Collection[str], now: datetime, limit: int, lease: timedelta) -> list[SourceState]:
        if self.refuses:
            raise StoreError("locked")
        taken = self.waiting[:limit]
        del self.waiting[:limit]
        return taken


def make_starter(store: Due, sources: list[Source], *, hang: bool = False) -> PollStarter:
    async def poll(_: SourceState) -> None:
        if hang:
            await asyncio.Event().wait()

    starter = PollStarter(store, poll, HealthBoard(Clock()))
    starter.watch(sources, NOW)
    return starter


def due_since(sources: list[Source], at: datetime) -> Due:
    return Due([SourceState(source.name, at) for source in sources])


async def test_an_outage_is_made_up_for_soon_and_not_all_at_once() -> None:
    sources = make_sources(6000)
    store, at, started = due_since(sources, NOW - DAY), NOW, []
    starter = make_starter(store, sources)
    while store.waiting:
        started.append(len(await starter.start_due(at)))
        await asyncio.sleep(0)
        at += SECOND / 2

    assert max(started) <= 2 * 20, "two seconds of the usual 20 a second"
    assert at - NOW <= 160 * SECOND


async def test_a_few_sources_are_all_polled_at_once() -> None:
    sources = make_sources(15, every=HOUR)

    assert len(await make_starter(due_since(sources, NOW), sources).start_due(NOW)) == 15


async def test_a_leap_of_the_clock_starts_no_herd() -> None:
    sources = make_sources(6000)
    starter = make_starter(due_since(sources, NOW), sources)
    for at in (NOW, NOW + DAY, NOW - DAY, NOW):
        assert len(await starter.start_due(at)) <= limit_polls(sources)
        await asyncio.sleep(0)


async def test_polls_that_hang_hold_their_places_and_no_more() -> None:
    sources = make_sources(6000)
    starter, at = make_starter(due_since(sources, NOW), sources, hang=True), NOW
    for _ in range(60):
        await starter.start_due(at)
        at += SECOND

    assert len(starter.running) == starter.at_once
    for task in starter.running.values():
        task.cancel()


async def test_a_source_that_is_still_polled_is_not_polled_twice() -> None:
    sources = make_sources(1)
    starter = make_starter(Due([SourceState("s0", NOW)] * 2), sources, hang=True)
    starter._per_second = 1.0

    assert [len(await starter.start_due(NOW + number * SECOND)) for number in range(2)] == [1, 0]
    starter.running["s0"].cancel()


async def test_a_store_that_is_away_starts_nothing() -> None:
    assert await make_starter(Due([], refuses=True), make_sources(1)).start_due(NOW) == []


async def test_polls_that_come_late_are_news_but_not_after_an_outage() -> None:
    sources = make_sources(1)
    starter = make_starter(due_since(sources, NOW - DAY), sources)
    await starter.start_due(NOW)
    assert starter.board._is_open == {("late", ""): False}

    starter.store = due_since(sources, NOW)
    await asyncio.gather(*starter.running.values())
    await asyncio.sleep(0)
    await starter.start_due(NOW + LATE_AFTER + SECOND)
    assert starter.board._is_open == {("late", ""): True}


@pytest.mark.parametrize(("count", "every"), [(104, 10 * MINUTE), (10_000, 5 * MINUTE), (10_000, DAY)])
def test_first_polls_make_no_herd(count: int, every: timedelta) -> None:
    sources = make_sources(count, every)
    first = sorted(spread_first_polls(sources, NOW).values())
    busiest = max(sum(at <= each < at + 10 * SECOND for each in first) for at in first[:: max(count // 50, 1)])

    assert busiest / 10 <= 1.4 * max(count / every.total_seconds(), 10)
    assert first[-1] <= NOW + every
