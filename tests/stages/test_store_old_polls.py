"""Polls that are too old to be kept one by one."""

import random
import threading
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from crawler.models import Outcome, PollVerdict, SourceState
from crawler.store.engine import begin_write, make_engine
from crawler.store.polls import UNFINISHED
from crawler.store.store import Store
from tests.stages.store_samples import NOW, poll_of, save_links, seen
from tests.stages.test_store_ledger import Week

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
TODAY = NOW.replace(hour=0, minute=0, second=0, microsecond=0)


def sum_all(store: Store, before: datetime) -> int:
    count, is_left = 0, True
    while is_left:
        summed = store.sum_old_polls(before)
        count, is_left = count + summed.count, summed.is_left
    return count


def count_single(store: Store) -> int:
    return len(store.read_polls(NOW - 400 * DAY, NOW + 400 * DAY, 10_000))


def poll_idly(store: Store, number: int, source: str = "news", at: datetime = NOW) -> None:
    """Polls without news, a minute apart."""
    for minute in range(number):
        made = poll_of(source, at + minute * MINUTE, PollVerdict.NOT_MODIFIED)
        store.save_poll(made, [], SourceState(source, made.at))


def test_the_books_of_a_random_week_are_the_same_after_its_polls_were_summed_up_day_by_day(store: Store) -> None:
    week = Week(store, random.Random(7))
    while week.now < NOW + 7 * DAY:
        week.step()
        week.fail_poll()
    before, single = store.read_ledger(NOW - DAY, week.now + DAY), count_single(store)

    gone = [sum_all(store, TODAY + number * DAY) for number in range(1, 8)]

    assert store.read_ledger(NOW - DAY, week.now + DAY) == before
    assert all(row.closes for row in before)
    assert any(row.outcomes.get(Outcome.OUT_OF_SCOPE) for row in before)
    assert min(gone) > 0
    assert count_single(store) == single - sum(gone)
    for since, until in pairwise(TODAY + number * DAY for number in range(-1, 9)):
        expected = [row for row in before if row.day == since.date().isoformat()]
        assert store.read_ledger(since, until) == expected
        assert store.read_ledger(since, until, "news") == [row for row in expected if row.source == "news"]


def test_polls_that_brought_links_stay_and_so_do_all_of_later_days(store: Store) -> None:
    save_links(store, [seen("https://a.example/1")])
    poll_idly(store, 3, at=NOW + MINUTE)
    save_links(store, [seen("https://a.example/1"), seen("https://a.example/2")], at=NOW + 9 * MINUTE)
    save_links(store, [seen("https://a.example/1")], at=NOW + 10 * MINUTE)
    poll_idly(store, 2, at=TODAY + DAY)

    assert sum_all(store, TODAY) == 0
    assert sum_all(store, TODAY + DAY) == 4
    assert sum_all(store, TODAY + DAY) == 0

    stay = [(poll.account.new, poll.at) for poll in store.read_polls(NOW - DAY, NOW + 2 * DAY, 99)]
    assert stay == [(0, TODAY + DAY + MINUTE), (0, TODAY + DAY), (1, NOW + 9 * MINUTE), (1, NOW)]
    [first, second] = store.read_ledger(TODAY, TODAY + 2 * DAY)
    assert (first.polls, first.seen, first.known, first.new, first.pending) == (6, 4, 2, 2, 2)
    assert (second.polls, second.seen) == (2, 0)


def test_links_that_a_cap_dropped_are_still_counted(store: Store) -> None:
    save_links(store, [seen("https://a.example/0")])
    store.save_poll(replace(poll_of("news", NOW + MINUTE), capped=7), [], SourceState("news", NOW))

    assert sum_all(store, TODAY + DAY) == 1

    [row] = store.read_ledger(TODAY, TODAY + DAY)
    assert (row.seen, row.new, row.pending, row.outcomes) == (8, 8, 1, {Outcome.CAPPED: 7})
    assert row.closes


def test_coverage_is_measured_from_a_source_s_first_list_on_though_all_of_it_was_known(store: Store) -> None:
    """The second source lists only what the first one brought: none of its polls is kept for its links."""
    for minute in range(5):
        links = [seen(f"https://a.example/{number}") for number in range(minute + 1)]
        for source in ("news-feed", "news-sitemap"):
            made = replace(poll_of(source, NOW + minute * MINUTE), outlet="news")
            store.save_poll(made, links, SourceState(source, NOW))
    measured = store.read_coverage(NOW - DAY)

    assert sum_all(store, TODAY + DAY) == 4

    assert [row.carried for row in measured] == [4, 4]
    assert store.read_coverage(NOW - DAY) == measured


def test_a_poll_that_was_broken_off_stays_with_its_word(store: Store) -> None:
    store.save_poll(poll_of("news", NOW, PollVerdict.CHANGED), [], SourceState("news", NOW))
    store.save_poll(replace(poll_of("news", NOW + MINUTE), detail=UNFINISHED), [], SourceState("news", NOW))
    assert sum_all(store, TODAY + DAY) == 0


def test_a_clock_that_was_ahead_once_does_not_keep_later_polls_for_ever(store: Store) -> None:
    poll_idly(store, 2)
    poll_idly(store, 1, at=NOW + 3650 * DAY)
    poll_idly(store, 2, at=NOW + MINUTE)

    sum_all(store, TODAY + DAY)

    assert [poll.at for poll in store.read_polls(NOW - DAY, NOW + 10 * DAY, 99)] == []
    assert sum(row.polls for row in store.read_ledger(NOW - DAY, NOW + 4000 * DAY)) == 5


def test_many_are_summed_up_in_batches(store: Store, database_url: str) -> None:
    poll_idly(store, 1)
    engine = make_engine(database_url)
    with begin_write(engine) as connection:
        connection.execute(
            text(
                "INSERT INTO polls (source, outlet, day, at, verdict, detail, seen, known, new, capped) "
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 1200) "
                "SELECT source, outlet, day, at, verdict, detail, 3, 3, 0, 0 FROM polls, n"
            )
        )
    engine.dispose()
    steps = []
    while not steps or steps[-1].is_left:
        steps.append(store.sum_old_polls(TODAY + DAY))
    assert [(step.count, step.is_left) for step in steps] == [(500, True), (500, True), (201, False)]
    assert [(row.polls, row.seen) for row in store.read_ledger(TODAY, TODAY + DAY)] == [(1201, 3600)]


@pytest.mark.parametrize("workers", [4])
def test_several_workers_at_once_count_each_poll_once(store: Store, workers: int) -> None:
    poll_idly(store, 60, "news")
    poll_idly(store, 60, "wire")
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(sum_all(store, TODAY + DAY))) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 120
    assert [(row.source, row.polls) for row in store.read_ledger(TODAY, TODAY + DAY)] == [("news", 60), ("wire", 60)]
