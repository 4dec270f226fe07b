"""The books of a week of random work, checked after every piece of it."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawler.models import LedgerRow, Outcome, PollVerdict, SourceState
from crawler.store.store import Store
from tests.stages.store_samples import NOW, analysis_of, capture_of, poll_of, save_links, seen

DAY = timedelta(days=1)
SOURCES = ("news", "wire", "agency")


@dataclass
class Week:
    """Does random things to a store, and keeps its own simple books beside it."""

    store: Store
    random: random.Random
    now: datetime = NOW
    wanted: set[str] = field(default_factory=set)
    left_out: set[tuple[str, str]] = field(default_factory=set)
    seen: Counter[str] = field(default_factory=Counter)
    ended: int = 0

    def step(self) -> None:
        self.now += timedelta(minutes=self.random.randrange(1, 120))
        acts = [self.poll, self.poll, self.fail_poll, self.end_some, self.analyse_some, self.put_off, self.publish]
        self.random.choice(acts)()

    def poll(self) -> None:
        source = self.random.choice(SOURCES)
        links = []
        for number in self.random.choices(range(400), k=self.random.randrange(12)):
            key = f"https://a.example/{number}"
            outcome = Outcome.OUT_OF_SCOPE if number % 10 == SOURCES.index(source) else None
            links.append(seen(key, outcome=outcome))
            if outcome is None:
                self.wanted.add(key)
            elif key not in self.wanted:
                self.left_out.add((source, key))
        self.seen[source] += len(links)
        save_links(self.store, links, source=source, at=self.now)

    def fail_poll(self) -> None:
        state = SourceState("news", self.now, failures=1)
        self.store.save_poll(poll_of("news", self.now, PollVerdict.FAILED), [], state)

    def end_some(self) -> None:
        outcomes = (Outcome.GONE, Outcome.ROBOTS, Outcome.FAILED, Outcome.UNREADABLE)
        for link in self.store.read_pending(self.now, self.random.randrange(4)):
            self.store.save_outcome(link.id, self.random.choice(outcomes), self.now)
            self.store.save_outcome(link.id, Outcome.QUARANTINED, self.now)
            self.ended += 1

    def analyse_some(self) -> None:
        for link in self.store.read_pending(self.now, self.random.randrange(6)):
            rules = self.random.choice([(), (), ("threat",), ("threat", "attack")])
            analysis = analysis_of(*rules, body=self.random.choice("abc") * 3 + " word" * 60)
            for _ in range(self.random.choice([1, 1, 2])):
                self.store.save_analysis(link, analysis, self.now, outlet_name="News", capture=capture_of(link.id))
            self.ended += 1

    def put_off(self) -> None:
        for link in self.store.read_pending(self.now, 2):
            self.store.save_retry(link.id, self.now + timedelta(hours=3), "503")

    def publish(self) -> None:
        entries = self.store.take_unpublished(5)
        self.store.mark_published([entry.id for entry in entries], self.now)


def total(rows: list[LedgerRow], column: Callable[[LedgerRow], int]) -> int:
    return sum(column(row) for row in rows)


def test_the_books_close_after_everything_that_happens_in_a_week(store: Store) -> None:
    week = Week(store, random.Random(1))
    while week.now < NOW + 7 * DAY:
        week.step()
        rows = store.read_ledger(NOW, week.now + DAY)
        assert all(row.closes for row in rows), rows
        assert total(rows, lambda row: row.seen) == week.seen.total()
        assert total(rows, lambda row: row.new) == len(week.wanted) + len(week.left_out)
        assert total(rows, lambda row: sum(row.outcomes.values())) == week.ended + len(week.left_out)
    assert week.ended > 50


def test_the_books_close_for_every_poll(store: Store) -> None:
    week = Week(store, random.Random(3))
    for _ in range(100):
        week.step()

    each = store.read_polls(NOW - 30 * DAY, NOW + 30 * DAY, 1000)
    daily = store.read_ledger(NOW - 30 * DAY, NOW + 30 * DAY)

    assert all(poll.account.closes for poll in each)
    assert len(each) == sum(row.polls for row in daily)
    for name in ("seen", "known", "new", "pending", "failed_polls"):
        assert sum(getattr(poll.account, name) for poll in each) == sum(getattr(row, name) for row in daily)
    assert [poll.at for poll in store.read_polls(NOW - 30 * DAY, NOW + 30 * DAY, 3)] == [poll.at for poll in each[:3]]


def test_an_account_is_for_one_source_and_one_day_in_utc(store: Store) -> None:
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    save_links(store, [seen("https://a.example/1")], at=midnight - timedelta(microseconds=1))
    save_links(store, [seen("https://a.example/2"), seen("https://a.example/1")], at=midnight)
    save_links(store, [seen("https://a.example/3", outcome=Outcome.CAPPED)], source="wire", at=midnight)
    failed = poll_of("wire", midnight, PollVerdict.FAILED)
    store.save_poll(failed, [], SourceState("wire", midnight))

    assert store.read_ledger(midnight - DAY, midnight + DAY) == [
        LedgerRow("news", "2026-08-21", polls=1, failed_polls=0, seen=1, known=0, new=1, pending=1, outcomes={}),
        LedgerRow("news", "2026-08-22", polls=1, failed_polls=0, seen=2, known=1, new=1, pending=1, outcomes={}),
        LedgerRow(
            "wire",
            "2026-08-22",
            polls=2,
            failed_polls=1,
            seen=1,
            known=0,
            new=1,
            pending=0,
            outcomes={Outcome.CAPPED: 1},
        ),
    ]
    assert [row.source for row in store.read_ledger(midnight, midnight + DAY, source="wire")] == ["wire"]
    assert [row.day for row in store.read_ledger(midnight - DAY, midnight)] == ["2026-08-21"]


def test_an_outcome_belongs_to_the_poll_that_first_saw_the_link(store: Store) -> None:
    save_links(store, [seen("https://a.example/1")])
    save_links(store, [seen("https://a.example/1")], at=NOW + DAY)
    [link] = store.read_pending(NOW, 10)

    store.save_outcome(link.id, Outcome.GONE, NOW + 2 * DAY)

    assert [(row.day, row.outcomes) for row in store.read_ledger(NOW, NOW + 3 * DAY)] == [
        ("2026-08-21", {Outcome.GONE: 1}),
        ("2026-08-22", {}),
    ]
