"""Troubles begin once and end once; sources come and go; clocks are wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.fetch.cadence import learn_rhythm
from crawler.models import HealthNotice, PollEnd, SourceState
from crawler.payload import entry_from_json
from crawler.signs import FeedHints, HealthEvent, Rhythm, Trouble
from crawler.store.store import Store
from tests.stages.store_samples import NOW, add_pending, analysis_of, capture_of, poll_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SILENT = Trouble("silent", "nothing new since Monday")


def test_a_trouble_begins_and_ends_once(store: Store) -> None:
    assert store.open_event(SILENT, NOW, "wire-feed")
    assert not store.open_event(replace(SILENT, detail="still"), NOW + HOUR, "wire-feed")
    assert store.open_event(SILENT, NOW, "other-feed")
    assert store.close_event("silent", NOW + DAY, "wire-feed")
    assert not store.close_event("silent", NOW + 2 * DAY, "wire-feed")

    ended = HealthEvent("silent", "wire-feed", SILENT.detail, NOW, NOW + DAY)
    still = HealthEvent("silent", "other-feed", SILENT.detail, NOW)
    assert store.read_events() == [still]
    assert store.read_events(NOW) == [ended, still]
    assert store.read_events(NOW + 2 * DAY) == [still]


def test_it_may_begin_again(store: Store) -> None:
    for at in (NOW, NOW + DAY):
        assert store.open_event(SILENT, at, "wire-feed")
        assert store.close_event("silent", at + HOUR, "wire-feed")

    assert len(store.read_events(NOW - DAY)) == 2


def test_a_poll_stores_what_it_found_with_its_account(store: Store) -> None:
    state = SourceState(
        "news",
        NOW,
        full_at=NOW,
        news_at=NOW - HOUR,
        empties=2,
        moved_to="https://new.example/",
        rhythm=Rhythm(tuple(n / 8 for n in range(24)), (1.5,) * 24),
        hints=FeedHints(HOUR, frozenset({1, 2}), frozenset({6})),
        troubles=(SILENT, Trouble("empty", "نص\x00")),
    )
    store.save_poll(poll_of(), [], lambda _: PollEnd(state, opened=(SILENT,)))
    assert store.read_states() == [state]
    assert [event.subject for event in store.read_events()] == ["news"]

    store.save_poll(poll_of(at=NOW + HOUR), [], lambda _: PollEnd(replace(state, troubles=()), closed=("silent",)))
    assert store.read_events() == []
    assert store.read_states()[0].troubles == ()


def test_what_a_source_has_taught_fades_however_often_it_is_stored(store: Store) -> None:
    """A minute is one part in 29,000 of the two weeks in which half of it goes."""
    after = learn_rhythm(Rhythm((3.0,) * 24, (10.0,) * 24), NOW, NOW + MINUTE, 0)
    store.save_poll(poll_of(), [], SourceState("news", NOW, rhythm=after))
    [state] = store.read_states()
    assert state.rhythm.news == pytest.approx(after.news, rel=1e-7)
    assert state.rhythm.watched == pytest.approx(after.watched, rel=1e-7)


def test_ticks_are_counted_for_ever(store: Store) -> None:
    assert store.read_ticks() == {}
    store.count_ticks({"missed/poll": 2})
    store.count_ticks({"missed/poll": 1, "failed/health": 1})

    assert store.read_ticks() == {"failed/health": 1, "missed/poll": 3}


# ── sources that come and go ──


def test_a_source_that_is_watched_no_more_is_not_due_and_has_no_trouble(store: Store) -> None:
    store.watch_sources({"news": NOW, "wire": NOW}, NOW)
    store.open_event(SILENT, NOW, "wire")
    store.watch_sources({"news": NOW + DAY}, NOW)

    assert [state.name for state in store.lease_due(["news", "wire"], NOW, 10, HOUR)] == ["news"]
    assert store.read_events() == []


def test_a_source_that_comes_back_is_due_and_remembers(store: Store) -> None:
    store.save_poll(poll_of(), [], SourceState("news", NOW + DAY, etag='"1"'))
    store.watch_sources({}, NOW)
    store.watch_sources({"news": NOW + DAY}, NOW + HOUR)

    [state] = store.lease_due(["news"], NOW + HOUR, 10, HOUR)
    assert (state.etag, state.next_poll_at) == ('"1"', NOW + HOUR)


def test_a_shorter_interval_takes_effect_at_once_and_a_longer_one_later(store: Store) -> None:
    store.watch_sources({"news": NOW + DAY, "wire": NOW + MINUTE}, NOW)
    store.hasten_sources({"news": NOW + HOUR, "wire": NOW + HOUR})

    assert [state.next_poll_at for state in store.read_states()] == [NOW + HOUR, NOW + MINUTE]


# ── a clock that was wrong ──


def test_what_a_clock_ahead_has_put_off_is_due_when_it_is_set_right(store: Store) -> None:
    ahead = NOW + 300 * DAY
    store.save_poll(poll_of(at=ahead), [], SourceState("news", ahead + HOUR, polled_at=ahead))
    store.lease_due(["news"], ahead + HOUR, 1, HOUR)
    [link] = add_pending(store, "https://a.example/1", source="wire")
    store.save_retry(link.id, ahead, "503")

    assert store.heal_times(NOW) == 2
    assert [state.name for state in store.lease_due(["news"], NOW, 10, HOUR)] == ["news"]
    assert [each.id for each in store.read_pending(NOW, 10)] == [link.id]


def test_what_rightly_waits_for_a_day_goes_on_waiting(store: Store) -> None:
    store.save_poll(poll_of(), [], SourceState("news", NOW + 7 * DAY, polled_at=NOW))
    [link] = add_pending(store, "https://a.example/1", source="wire")
    store.save_retry(link.id, NOW + DAY, "503")

    assert store.heal_times(NOW) == 0
    assert store.read_pending(NOW + HOUR, 10) == []


# ── what extraction is judged by ──


def test_the_newest_pages_of_an_outlet_are_measured(store: Store) -> None:
    links = add_pending(store, *[f"https://a.example/{number}" for number in range(3)])
    for number, link in enumerate(links):
        body = "word " * number
        store.save_analysis(
            link, analysis_of(body=body), NOW + MINUTE * number, outlet_name="News", capture=capture_of(number)
        )

    assert store.read_outlets(NOW) == ["news"]
    assert store.read_outlets(NOW + HOUR) == []
    measures = store.read_measures("news", NOW + MINUTE * 2, 10)
    assert [(each.is_whole, each.body, each.removed) for each in measures] == [(True, 5, 16), (True, 0, 16)]


def test_a_trouble_is_told_on_the_stream_when_it_begins_and_when_it_ends(store: Store) -> None:
    store.open_event(SILENT, NOW, "wire-feed")
    store.open_event(SILENT, NOW + HOUR, "wire-feed")
    store.close_event("silent", NOW + DAY, "wire-feed")
    store.close_event("silent", NOW + DAY, "wire-feed")

    begins, ends = store.take_unpublished(10)

    assert (begins.kind, begins.severity, begins.key) == ("health", "warning", f"{begins.alert_id}-begins")
    assert (ends.kind, ends.alert_id, ends.key) == ("health", begins.alert_id, f"{begins.alert_id}-ends")
    notice = entry_from_json(ends.payload)
    assert isinstance(notice, HealthNotice)
    assert (notice.trouble, notice.subject, notice.ended_at) == ("silent", "wire-feed", NOW + DAY)


def test_what_a_poll_finds_is_told_with_its_outlet_in_the_same_transaction(store: Store) -> None:
    store.save_poll(poll_of("wire-feed"), [], lambda _: PollEnd(SourceState("wire-feed", NOW), opened=(SILENT,)))

    [entry] = store.take_unpublished(10)

    assert (entry.kind, entry.outlet) == ("health", "wire")


def test_drift_and_an_absent_store_are_told_with_their_weight(store: Store) -> None:
    store.open_event(Trouble("short_text", "half as long"), NOW, "wire")
    store.open_event(Trouble("store_away", "locked"), NOW)

    told = [(entry.outlet, entry.severity) for entry in store.take_unpublished(10)]

    assert told == [("wire", "notice"), ("", "critical")]
