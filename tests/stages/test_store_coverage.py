"""How much of one source of an outlet another one carried."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from crawler.models import Coverage, Link, Outcome, Poll, PollVerdict, SeenLink, SourceState
from crawler.store.store import Store
from tests.stages.store_samples import NOW, capture_of, seen

MINUTE = timedelta(minutes=1)
AGO = NOW - timedelta(days=7)


def poll(store: Store, source: str, minute: int, links: Sequence[SeenLink]) -> None:
    """One poll of `<outlet>-<kind>`."""
    at = NOW + minute * MINUTE
    made = Poll(source, source.partition("-")[0], at, PollVerdict.CHANGED if links else PollVerdict.EMPTY, 200)
    store.save_poll(made, links, SourceState(source, at))


def of(numbers: Iterable[int], outlet: str = "wire") -> list[SeenLink]:
    return [seen(f"https://{outlet}.example/{number}") for number in numbers]


def test_the_feed_carried_three_of_four_and_the_sitemap_all_of_three(store: Store) -> None:
    poll(store, "wire-feed", 0, of([0]))
    poll(store, "wire-sitemap", 0, of([0]))
    poll(store, "wire-feed", 1, of([0, 1, 2]))
    poll(store, "wire-sitemap", 2, of([1, 2, 3, 4]))
    poll(store, "wire-feed", 3, of([2, 3]))
    poll(store, "agency-feed", 1, of([1, 2]))
    both = [
        Coverage("wire", "wire-feed", "wire-sitemap", total=4, carried=3),
        Coverage("wire", "wire-sitemap", "wire-feed", total=3, carried=3),
    ]
    assert store.read_coverage(AGO) == both
    assert store.read_coverage(AGO, ["wire-feed", "wire-sitemap", "wire-none"]) == both


def test_what_stood_there_at_the_first_poll_says_nothing_of_the_other_source(store: Store) -> None:
    poll(store, "wire-sitemap", 0, of(range(100)))
    poll(store, "wire-feed", 1, of(range(90, 100)))
    assert store.read_coverage(AGO) == []
    poll(store, "wire-sitemap", 2, of(range(104)))
    poll(store, "wire-feed", 2, of([100]))
    assert store.read_coverage(AGO)[0] == Coverage("wire", "wire-feed", "wire-sitemap", total=4, carried=1)


def test_a_source_that_carried_nothing_of_the_other_is_shown_with_zero(store: Store) -> None:
    poll(store, "wire-feed", 0, of([0]))
    poll(store, "wire-section", 0, of([1]))
    poll(store, "wire-feed", 1, of([2, 3]))
    assert store.read_coverage(AGO) == [Coverage("wire", "wire-section", "wire-feed", total=2, carried=0)]


def test_outlets_are_not_measured_by_each_other_nor_is_one_source_alone(store: Store) -> None:
    for minute in (0, 1):
        poll(store, "wire-feed", minute, of([minute]))
        poll(store, "agency-feed", minute, of([minute]))
    assert store.read_coverage(AGO) == []


def test_what_is_out_of_scope_old_or_a_message_does_not_count(store: Store) -> None:
    for source in ("wire-feed", "wire-sitemap", "wire-telegram"):
        poll(store, source, 0, of([0]))
    poll(store, "wire-sitemap", 1, [replace(each, outcome=Outcome.OUT_OF_SCOPE) for each in of([1])])
    poll(store, "wire-telegram", 1, [SeenLink("m", Link("https://t.me/wire/1", complete=True), capture=capture_of())])
    assert store.read_coverage(AGO) == []
    poll(store, "wire-sitemap", 2, of([2]))
    assert [row.total for row in store.read_coverage(AGO)] == [1, 1]
    assert store.read_coverage(NOW + 3 * MINUTE) == []


def test_three_sources_are_measured_pair_by_pair(store: Store) -> None:
    for source in ("wire-feed", "wire-section", "wire-sitemap"):
        poll(store, source, 0, of([0]))
    poll(store, "wire-sitemap", 1, of(range(1, 11)))
    poll(store, "wire-section", 2, of(range(1, 6)))
    poll(store, "wire-feed", 3, of(range(1, 4)))
    found = {(row.source, row.against): (row.carried, row.total) for row in store.read_coverage(AGO)}
    assert found == {
        ("wire-feed", "wire-section"): (3, 5),
        ("wire-feed", "wire-sitemap"): (3, 10),
        ("wire-section", "wire-feed"): (3, 3),
        ("wire-section", "wire-sitemap"): (5, 10),
        ("wire-sitemap", "wire-feed"): (3, 3),
        ("wire-sitemap", "wire-section"): (5, 5),
    }


def test_a_message_comes_back_with_its_page_and_a_link_to_fetch_without_one(store: Store) -> None:
    message = SeenLink(
        "m", Link("https://t.me/wire/1", content="Text", complete=True, note="9 views"), capture=capture_of(7)
    )
    poll(store, "wire-telegram", 0, [message, *of([1])])
    pending = {link.link.url: link for link in store.read_pending(NOW, 10)}
    assert pending["https://t.me/wire/1"].capture == capture_of(7)
    assert pending["https://t.me/wire/1"].link == message.link
    assert pending["https://wire.example/1"].capture is None


def test_a_reader_s_memory_is_kept_as_it_is(store: Store) -> None:
    at = NOW + MINUTE
    noted = '{"top":10,"gaps":[[1,2]],"صفحة":"ü"}'
    store.save_poll(Poll("wire-feed", "wire", at, PollVerdict.CHANGED), (), SourceState("wire-feed", at, memory=noted))
    assert store.read_states()[0].memory == noted
