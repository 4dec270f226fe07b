"""Leases by host: several crawl workers on one database never ask one host at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from crawler.models import Outcome
from crawler.store.engine import begin_read, make_engine
from crawler.store.hosts import Claim
from crawler.store.schema import hosts
from crawler.store.store import Store
from tests.stages.store_samples import NOW, add_pending, save_links, seen

SECOND, LEASE = timedelta(seconds=1), timedelta(seconds=30)
HOSTS = {"news": "a.example", "news-map": "a.example", "wire": "b.example"}
PAGES = ("https://a.example/1", "https://a.example/2", "https://b.example/1")


def claim(worker: str, after: timedelta = timedelta(0)) -> Claim:
    return Claim(worker, NOW + after + LEASE)


def lease(store: Store, worker: str, after: timedelta = timedelta(0), limit: int = 10) -> list[str]:
    leased = store.lease_due_here(HOSTS, claim(worker, after), NOW + after, limit, LEASE)
    return sorted(state.name for state in leased)


def pending(store: Store, worker: str, after: timedelta = timedelta(0)) -> list[str]:
    links = store.lease_pending(claim(worker, after), NOW + after, 10, (), 8)
    return sorted(link.link.url for link in links)


def test_a_host_is_polled_by_one_worker_at_a_time(store: Store) -> None:
    store.add_sources({"news": NOW - SECOND, "news-map": NOW, "wire": NOW})

    first = lease(store, "one", limit=1)
    second = lease(store, "two")

    assert (first, second) == (["news"], ["wire"])
    assert lease(store, "one") == ["news-map"], "its own host is free for the worker that holds it"


def test_sources_on_hosts_of_others_do_not_stand_in_the_way(store: Store) -> None:
    store.add_sources({"news": NOW - SECOND, "news-map": NOW - SECOND, "wire": NOW})
    lease(store, "one", limit=1)

    assert lease(store, "two", limit=1) == ["wire"]


def test_a_killed_workers_sources_are_taken_over_when_their_lease_ends(store: Store) -> None:
    store.add_sources({"news": NOW, "news-map": NOW, "wire": NOW})
    assert lease(store, "killed") == ["news", "news-map", "wire"]

    assert lease(store, "other", LEASE - SECOND) == []
    assert lease(store, "other", LEASE) == ["news", "news-map", "wire"]


def test_what_is_renewed_is_not_taken_over_and_what_was_taken_over_is_not_renewed(store: Store) -> None:
    store.add_sources({"news": NOW, "wire": NOW})
    lease(store, "one")
    store.renew_leases("one", {"a.example": NOW + 2 * LEASE}, ["news"], NOW + 2 * LEASE)

    assert lease(store, "two", LEASE) == ["wire"]

    store.renew_leases("one", {"b.example": NOW + 9 * LEASE}, [], NOW)
    assert lease(store, "three", 3 * LEASE) == ["news", "wire"]


def test_a_host_that_wants_to_be_left_alone_is_left_alone_by_all_workers(store: Store) -> None:
    add_pending(store, PAGES[0])
    pending(store, "one")
    store.renew_leases("one", {"a.example": NOW + timedelta(hours=1)}, [], NOW)
    store.release_leases("one", {"a.example"}, NOW + SECOND)

    assert pending(store, "two", timedelta(minutes=59)) == []
    assert pending(store, "two", timedelta(minutes=60)) == [PAGES[0]]


def test_links_are_leased_by_host_together_with_sources(store: Store) -> None:
    save_links(store, [seen(url) for url in PAGES])
    store.add_sources({"wire": NOW})
    assert lease(store, "one") == ["wire"]

    assert pending(store, "two") == [PAGES[0], PAGES[1]]
    assert pending(store, "one") == [PAGES[2]]


def test_links_that_ended_before_their_host_was_released_are_not_fetched_again(store: Store) -> None:
    one, two, _ = add_pending(store, *PAGES)
    pending(store, "first")
    store.save_outcome(one.id, Outcome.NO_HIT, NOW)
    store.save_outcome(two.id, Outcome.NO_HIT, NOW)
    store.release_leases("first", (), NOW + SECOND)

    assert pending(store, "second", SECOND) == [PAGES[2]]


def test_old_rows_of_hosts_are_forgotten(store: Store, database_url: str) -> None:
    store.add_sources({"news": NOW})
    lease(store, "one")
    store.release_leases("two", (), NOW + timedelta(days=2))

    engine = make_engine(database_url)
    with begin_read(engine) as connection:
        assert connection.execute(select(hosts)).all() == []
    engine.dispose()


@pytest.mark.parametrize("round_", range(3))
def test_two_workers_that_lease_at_the_same_moment_share_nothing(postgres_store: Store, round_: int) -> None:
    names = {f"s{number}": f"{(number * 7 + round_) % 40}.example" for number in range(160)}
    postgres_store.add_sources(dict.fromkeys(names, NOW))

    def work(worker: str) -> list[str]:
        leased = [postgres_store.lease_due_here(names, claim(worker), NOW, 9, LEASE) for _ in range(40)]
        return [state.name for states in leased for state in states]

    with ThreadPoolExecutor(4) as pool:
        shares = list(pool.map(work, ["a", "b", "c", "d"]))

    assert sorted(name for share in shares for name in share) == sorted(names)
    asked = [{names[name] for name in share} for share in shares]
    assert sum(map(len, asked)) == 40, "two workers ask one host"
