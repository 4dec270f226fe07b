from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection

from crawler.models import Ending, OutboxEntry, Outcome, PendingLink
from crawler.payload import alert_from_json
from crawler.store import analyses, outbox
from crawler.store.store import Store
from tests.stages.store_samples import NOW, add_pending, analysis_of


def save_alerts(store: Store, *names: str) -> None:
    for link in add_pending(store, *[f"https://a.example/{name}" for name in names]):
        store.save_analysis(
            link, analysis_of("threat", title=link.link.url[-1], body="Short."), NOW, outlet_name="News"
        )


def told(entries: list[OutboxEntry]) -> list[tuple[int, str]]:
    return [(entry.sequence, alert_from_json(entry.payload).title) for entry in entries]


def test_unpublished_alerts_come_in_order_with_numbers_from_one(store: Store) -> None:
    save_alerts(store, "a", "b", "c")

    assert told(store.take_unpublished(2)) == [(1, "a"), (2, "b")]
    assert told(store.take_unpublished(10)) == [(1, "a"), (2, "b"), (3, "c")]


def test_an_entry_carries_what_a_relay_needs(store: Store) -> None:
    save_alerts(store, "a")

    [entry] = store.take_unpublished(1)

    [alert] = store.read_alerts()
    assert (entry.alert_id, entry.outlet, entry.severity) == (alert.id, "news", "warning")
    assert alert_from_json(entry.payload) == alert


def test_what_is_published_is_not_taken_again(store: Store) -> None:
    save_alerts(store, "a", "b", "c")
    entries = store.take_unpublished(10)

    store.mark_published([entries[0].id, entries[2].id], NOW)

    assert told(store.take_unpublished(10)) == [(2, "b")]


def test_numbers_are_given_once_and_for_ever(store: Store) -> None:
    save_alerts(store, "a", "b")
    store.mark_published([entry.id for entry in store.take_unpublished(10)], NOW)
    save_alerts(store, "c")

    assert told(store.take_unpublished(10)) == told(store.take_unpublished(10)) == [(3, "c")]


def test_a_raised_sequence_moves_everything_unpublished_above(store: Store) -> None:
    save_alerts(store, "a", "b", "c")
    store.mark_published([store.take_unpublished(2)[0].id], NOW)

    store.raise_sequence(1000)
    save_alerts(store, "d")

    assert told(store.take_unpublished(10)) == [(1001, "b"), (1002, "c"), (1003, "d")]


def test_a_sequence_is_never_lowered(store: Store) -> None:
    save_alerts(store, "a")
    store.take_unpublished(10)
    store.raise_sequence(0)

    assert told(store.take_unpublished(10)) == [(2, "a")]


def test_two_relays_give_every_alert_one_number(database_url: str) -> None:
    one, other = Store.open(database_url), Store.open(database_url)
    save_alerts(one, "a", "b", "c")

    taken = [told(one.take_unpublished(1)), told(other.take_unpublished(10)), told(one.take_unpublished(10))]

    one.close()
    other.close()
    assert taken == [[(1, "a")], [(1, "a"), (2, "b"), (3, "c")], [(1, "a"), (2, "b"), (3, "c")]]


def test_an_alert_that_is_committed_late_is_published_too(postgres_store: Store) -> None:
    """PostgreSQL gives the row id before the commit: the later id may be visible first."""
    early, late = add_pending(postgres_store, "https://a.example/a", "https://a.example/b")
    with postgres_store._write("hold") as holding:
        save_within(holding, early, "a")
        postgres_store.save_analysis(late, analysis_of("threat", title="b", body="Short."), NOW, outlet_name="News")
        postgres_store.mark_published([entry.id for entry in postgres_store.take_unpublished(10)], NOW)

    entries = postgres_store.take_unpublished(10)

    assert told(entries) == [(2, "a")]


def test_two_relays_that_number_at_the_same_time_agree(postgres_store: Store) -> None:
    save_alerts(postgres_store, "a", "b")
    with ThreadPoolExecutor() as pool:
        with postgres_store._write("hold") as holding:
            outbox.raise_sequence(holding, 100)
            later = pool.submit(postgres_store.take_unpublished, 10)
            with pytest.raises(TimeoutError):
                later.result(timeout=0.3)
        taken = [told(later.result()), told(postgres_store.take_unpublished(10))]

    assert taken == [[(101, "a"), (102, "b")]] * 2


def save_within(connection: Connection, link: PendingLink, title: str) -> None:
    analyses.save_analysis(
        connection,
        link.id,
        analysis_of("threat", title=title, body="Short."),
        NOW,
        outlet_name="News",
        capture=None,
        otherwise=Ending(Outcome.NO_HIT),
    )
