"""What is owed to whom, on either database."""

from datetime import timedelta

from crawler.deliveries import DeliveryState, Verdict
from crawler.store.store import Store
from tests.redis_servers import add_alerts
from tests.stages.store_samples import NOW

LATER = NOW + timedelta(seconds=15)


def queue(store: Store, channel: str, count: int) -> list[str]:
    """So many published alerts, queued for the channel; their keys in order."""
    add_alerts(store, 1, count)
    entries = store.take_unpublished(count)
    store.mark_published([entry.id for entry in entries], NOW)
    keys = [entry.key for entry in entries]
    verdicts = [
        Verdict(key, number, DeliveryState.QUEUED, NOW) for number, key in enumerate(keys, start=entries[0].sequence)
    ]
    store.save_verdicts(channel, verdicts, NOW)
    return keys


def test_a_new_channel_begins_after_what_is_published(store: Store) -> None:
    store.watch_channels(["first"], NOW)
    queue(store, "first", 3)
    states = {state.name: state for state in store.watch_channels(["second"], NOW)}
    assert states["first"].start_sequence == 0
    assert not states["first"].is_watched
    assert states["second"].start_sequence == 3


def test_an_entry_is_taken_once(store: Store) -> None:
    store.watch_channels(["desk"], NOW)
    keys = queue(store, "desk", 1)
    assert store.save_sent("desk", [store.read_due("desk", NOW, 9)[0].id], LATER) == [NOW]
    store.save_verdicts("desk", [Verdict(keys[0], 1, DeliveryState.QUEUED, NOW)], NOW)
    assert store.read_due("desk", LATER, 9) == []


def test_what_is_due_comes_in_order_with_its_entry(store: Store) -> None:
    store.watch_channels(["desk"], NOW)
    keys = queue(store, "desk", 3)
    due = store.read_due("desk", NOW, 2)
    assert [each.key for each in due] == keys[:2]
    assert [each.entry.severity for each in due if each.entry] == ["warning", "warning"]


def test_a_failure_waits_and_counts(store: Store) -> None:
    store.watch_channels(["desk"], NOW)
    queue(store, "desk", 1)
    (first,) = store.read_due("desk", NOW, 9)
    store.save_failure("desk", [first.id], "HTTP 500", LATER, LATER)
    assert store.read_due("desk", NOW, 9) == []
    assert store.read_agenda("desk", NOW, 9).next_try_at == LATER
    (again,) = store.read_due("desk", LATER, 9)
    assert (again.attempts, again.error) == (1, "HTTP 500")
    (state,) = store.read_channels()
    assert (state.failures, state.paused_until) == (1, LATER)


def test_dead_letters_are_listed_and_driven_again(store: Store) -> None:
    store.watch_channels(["desk"], NOW)
    keys = queue(store, "desk", 2)
    due = store.read_due("desk", NOW, 9)
    store.save_dead("desk", [each.id for each in due], "HTTP 404")
    assert store.read_due("desk", NOW, 9) == []
    assert [(channel, each.key, each.error) for channel, each in store.read_dead()] == [
        ("desk", key, "HTTP 404") for key in reversed(keys)
    ]
    assert store.redrive("desk", keys[:1], LATER) == 1
    (again,) = store.read_due("desk", LATER, 9)
    assert (again.key, again.attempts) == (keys[0], 0)
    assert store.redrive(None, [], LATER) == 1


def test_what_was_sent_is_not_changed_by_a_late_failure(store: Store) -> None:
    store.watch_channels(["desk"], NOW)
    queue(store, "desk", 1)
    (delivery,) = store.read_due("desk", NOW, 9)
    store.save_sent("desk", [delivery.id], NOW)
    store.save_dead("desk", [delivery.id], "too late")
    assert store.read_dead() == []


def test_a_message_keeps_what_it_carries(store: Store) -> None:
    store.watch_channels(["desk"], NOW)
    queue(store, "desk", 3)
    due = store.read_due("desk", NOW, 9)
    store.assign_message([each.id for each in due[:2]], "together")
    assert [each.id for each in store.read_message("desk", "together")] == [each.id for each in due[:2]]
    store.save_sent("desk", [each.id for each in due[:2]], LATER)
    assert store.read_sent_times("desk", NOW) == [LATER], "one message was sent"
