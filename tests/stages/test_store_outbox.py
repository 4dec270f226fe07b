from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection

from crawler.deliveries import DeliveryState, Verdict
from crawler.models import Ending, OutboxEntry, Outcome, PendingLink, StreamMark
from crawler.payload import alert_from_json
from crawler.store import analyses, outbox
from crawler.store.signatures import SignatureIndex
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

    assert store.mark_published([entries[0].id, entries[2].id], NOW) == [NOW, NOW], "when they were written"

    assert told(store.take_unpublished(10)) == [(2, "b")]
    assert store.mark_published([entries[0].id], NOW) == []


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
        SignatureIndex(),
        link.id,
        analysis_of("threat", title=title, body="Short."),
        NOW,
        outlet_name="News",
        capture=None,
        otherwise=Ending(Outcome.NO_HIT),
    )


# ── the stream, should Redis lose it ─────────────────────────────────────────────────────────────


def publish_all(store: Store) -> list[OutboxEntry]:
    entries = store.take_unpublished(100)
    store.mark_published([entry.id for entry in entries], NOW)
    return entries


def test_the_mark_is_made_once_and_knows_what_was_published_last(store: Store) -> None:
    save_alerts(store, "a", "b")
    assert store.read_stream_mark() is None
    made = store.make_stream_mark()
    publish_all(store)

    assert made.last_published == 0
    assert store.make_stream_mark() == store.read_stream_mark() == StreamMark(made.identity, 2)


def test_what_is_renewed_is_taken_again_under_new_numbers_before_what_came_later(store: Store) -> None:
    save_alerts(store, "a", "b", "c")
    published = publish_all(store)
    save_alerts(store, "d")

    store.renew_published([entry.id for entry in store.read_unfinished(1, 0, 10)])

    assert told(store.read_unfinished(0, 0, 10)) == [(1, "a")]
    assert told(store.take_unpublished(10)) == [(4, "b"), (5, "c"), (6, "d")]
    assert [entry.alert_id for entry in publish_all(store)][:2] == [entry.alert_id for entry in published[1:]]


def test_readers_are_those_that_were_saved_last(store: Store) -> None:
    store.save_readers({"one": 5, "gruppe-\u0627": 7})
    store.save_readers({"one": 6, "three": 0})

    assert store.read_readers() == {"one": 6, "three": 0}


def test_what_may_be_trimmed_ends_before_the_newest_and_before_what_is_not_marked(store: Store) -> None:
    save_alerts(store, "a", "b", "c", "d")
    assert store.read_dispensable(0) == 0
    entries = store.take_unpublished(10)
    store.mark_published([entries[0].id, entries[1].id, entries[3].id], NOW)

    assert [store.read_dispensable(keep) for keep in range(4)] == [2, 2, 1, 0]
    assert store.read_oldest_unfinished(1) == NOW
    assert store.read_oldest_unfinished(4) is None


def test_what_has_not_reached_a_channel_is_unfinished(store: Store) -> None:
    save_alerts(store, "a")
    publish_all(store)
    store.watch_channels(["mail", "chat"], NOW)
    save_alerts(store, "b", "c", "d")
    first, second, third = publish_all(store)
    store.save_verdicts("mail", [verdict_of(first), verdict_of(second)], NOW)
    store.save_verdicts("chat", [verdict_of(first), verdict_of(third)], NOW)

    assert told(store.read_unfinished(None, 0, 10)) == [(3, "c"), (4, "d")]
    assert told(store.read_unfinished(None, 3, 10)) == [(4, "d")]
    assert told(store.read_unfinished(1, 0, 10)) == [(2, "b"), (3, "c"), (4, "d")]
    store.watch_channels(["mail"], NOW)
    assert told(store.read_unfinished(None, 0, 10)) == [(4, "d")]


def verdict_of(entry: OutboxEntry) -> Verdict:
    return Verdict(entry.key, entry.sequence, DeliveryState.SENT)
