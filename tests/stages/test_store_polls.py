from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from crawler.models import Link, Outcome, PollCount, PollVerdict, SeenLink, SourceState
from crawler.store.links import list_links
from crawler.store.store import Store
from tests.stages.store_samples import NOW, poll_of, save_links, seen

MINUTE = timedelta(minutes=1)
LEASE = timedelta(minutes=5)


def counts(count: PollCount) -> tuple[int, int, int]:
    return count.seen, count.known, count.new


def urls(store: Store) -> list[str]:
    return [pending.link.url for pending in store.read_pending(NOW, 1000)]


# ── sources ──────────────────────────────────────────────────────────────────────────────────────


def test_a_source_that_is_added_again_keeps_its_time(store: Store) -> None:
    store.add_sources({"news": NOW})
    store.add_sources({"news": NOW - LEASE, "wire": NOW})

    leased = store.lease_due({"news", "wire"}, NOW - MINUTE, 10, LEASE)

    assert leased == []


def test_only_sources_that_are_due_and_asked_for_are_leased(store: Store) -> None:
    store.add_sources({"due": NOW - MINUTE, "later": NOW + MINUTE, "retired": NOW - LEASE})

    leased = store.lease_due({"due", "later"}, NOW, 10, LEASE)

    assert leased == [SourceState("due", NOW - MINUTE)]


def test_the_longest_due_source_comes_first(store: Store) -> None:
    store.add_sources({"b": NOW - MINUTE, "a": NOW, "c": NOW - LEASE})

    leased = store.lease_due({"a", "b", "c"}, NOW, 2, LEASE)

    assert [state.name for state in leased] == ["c", "b"]


def test_a_leased_source_is_free_again_when_its_lease_ends(store: Store) -> None:
    store.add_sources({"news": NOW})
    store.lease_due({"news"}, NOW, 10, LEASE)

    during = store.lease_due({"news"}, NOW + LEASE - MINUTE, 10, LEASE)
    after = store.lease_due({"news"}, NOW + LEASE, 10, LEASE)

    assert (during, [state.name for state in after]) == ([], ["news"])


def test_a_saved_poll_ends_the_lease(store: Store) -> None:
    store.add_sources({"news": NOW})
    store.lease_due({"news"}, NOW, 10, LEASE)
    store.save_poll(poll_of(), [], SourceState("news", NOW + MINUTE))

    leased = store.lease_due({"news"}, NOW + MINUTE, 10, LEASE)

    assert [state.name for state in leased] == ["news"]


def test_two_workers_never_hold_the_same_source(database_url: str) -> None:
    one, other = Store.open(database_url), Store.open(database_url)
    names = [f"source-{number}" for number in range(20)]
    one.add_sources(dict.fromkeys(names, NOW))

    leased = [
        state.name for _ in range(3) for worker in (one, other) for state in worker.lease_due(names, NOW, 4, LEASE)
    ]

    one.close()
    other.close()
    assert sorted(leased) == sorted(names)


def test_the_state_of_a_source_comes_back_byte_for_byte(store: Store) -> None:
    state = SourceState(
        "news", NOW, 'W/"é-1"', "Fri, 21 Aug 2026 12:00:00 GMT", "sha256:1", 3, NOW - MINUTE, NOW - LEASE
    )
    store.save_poll(poll_of(), [], state)

    leased = store.lease_due({"news"}, NOW, 1, LEASE)

    assert leased == store.read_states() == [state]


# ── what a poll counts ───────────────────────────────────────────────────────────────────────────


def test_seen_is_known_and_new(store: Store) -> None:
    first = save_links(store, [seen("https://a.example/1"), seen("https://a.example/2")])
    second = save_links(store, [seen("https://a.example/2"), seen("https://a.example/3")])

    assert [counts(first), counts(second)] == [(2, 0, 2), (2, 1, 1)]


def test_a_repeat_within_one_poll_is_known(store: Store) -> None:
    count = save_links(store, [seen("https://a.example/1"), seen("https://a.example/1")])

    assert counts(count) == (2, 1, 1)


def test_a_link_of_another_source_is_known(store: Store) -> None:
    save_links(store, [seen("https://a.example/1")], source="news")

    count = save_links(store, [seen("https://a.example/1")], source="wire")

    assert counts(count) == (1, 1, 0)
    assert [pending.source for pending in store.read_pending(NOW, 10)] == ["news"]


def test_a_poll_without_links_counts_nothing(store: Store) -> None:
    count = store.save_poll(poll_of(verdict=PollVerdict.NOT_MODIFIED), [], SourceState("news", NOW))

    assert counts(count) == (0, 0, 0)


def test_a_poll_of_thousands_of_links_is_stored(store: Store) -> None:
    links = [seen(f"https://a.example/{number}", guid=str(number)) for number in range(3000)]

    assert [counts(save_links(store, links)), counts(save_links(store, links))] == [(3000, 0, 3000), (3000, 3000, 0)]


@pytest.mark.parametrize("portion", [1, 2, 3, 100])
def test_a_poll_stored_in_portions_counts_as_one_stored_at_once(store: Store, portion: int) -> None:
    """Known and moved links, repeats, a GUID on two links that must make neither of them the other, a link of which one
    source wants nothing."""
    save_links(store, [seen("https://a.example/1", guid="1"), seen("https://a.example/2", guid="2")])
    links = [
        seen("https://a.example/3", guid="shared"),
        seen("https://a.example/1", guid="other"),
        seen("https://a.example/3", guid="shared"),
        seen("https://a.example/moved", guid="2"),
        seen("https://a.example/4", guid="shared"),
        seen("https://b.example/", outcome=Outcome.OUT_OF_SCOPE),
    ]

    *portions, last = list_links(links).split(portion)
    begun: PollCount | None = None
    for each in portions:
        begun = store.save_portion(poll_of(), each, begun)
    count = store.save_last(replace(poll_of(), capped=7, pruned=2), last, SourceState("news", NOW), begun)

    assert (counts(count), count.fresh, count.compared, count.reguided) == ((15, 5, 10), 3, 3, 1)
    assert (count.strays, count.news) == (1, 2)
    [row] = store.read_ledger(NOW, NOW + MINUTE)
    assert (row.polls, row.seen, row.known, row.new, row.closes) == (2, 17, 5, 12, True)
    assert sorted(urls(store)) == [f"https://a.example/{number}" for number in (1, 2, 3, 4)]


def show(numbers: range, address: str, *, title: str = "Report", at: datetime | None = None) -> list[SeenLink]:
    """Items of a list, each with GUID and title of its own."""
    links = [seen(f"https://a.example/{address}{n}", guid=f"{address}{n}", title=f"{title} {n}") for n in numbers]
    return [replace(each, link=replace(each.link, published=at)) for each in links]


LATER = NOW + 10 * MINUTE


@pytest.mark.parametrize(
    ("again", "renamed"),
    [
        (show(range(20), "new/id-"), 20),  # the same words under other addresses and GUIDs
        (show(range(4, 24), "new/id-"), 16),  # and some that are new
        (show(range(20, 40), "old/id-"), 0),  # a busy outlet
        (show(range(20), "new/story-", title="Other words of"), 20),  # the last part of the address is known
        (show(range(20), "new/", title="Other words of"), 0),  # numbers alone are the same by accident
        (show(range(20), "new/id-", title="Live: part"), 0),
        ([replace(each, link=replace(each.link, title="Live")) for each in show(range(20), "new/id-")], 0),
        ([*show(range(20), "old/story-"), *show(range(12), "new/id-")], 0),  # most of the list is what it was
    ],
)
def test_a_list_that_is_new_as_a_whole_is_compared_with_the_one_before(
    store: Store, again: list[SeenLink], renamed: int
) -> None:
    save_links(store, show(range(20), "old/story-"))

    assert save_links(store, again, at=LATER).renamed == renamed
    assert save_links(store, again, at=LATER + MINUTE).renamed == 0, "now it is known"


def test_bulletins_that_have_the_same_titles_each_day_are_new_ones(store: Store) -> None:
    save_links(store, show(range(20), "monday/", title="News at", at=NOW))

    tuesday = show(range(20), "tuesday/", title="News at", at=NOW + timedelta(days=1))
    assert save_links(store, tuesday, at=NOW + timedelta(days=1)).renamed == 0
    moved = show(range(20), "moved/", title="News at", at=NOW + timedelta(days=1))
    assert save_links(store, moved, at=NOW + timedelta(days=1, hours=1)).renamed == 20


def test_what_another_source_showed_before_is_no_other_identity(store: Store) -> None:
    save_links(store, show(range(20), "feed/story-"), source="news")

    assert save_links(store, show(range(20), "map/story-"), source="wire", at=LATER).renamed == 0


def test_links_wait_in_the_order_of_the_feed(store: Store) -> None:
    keys = [f"https://a.example/{number}" for number in (3, 1, 2)]
    save_links(store, [seen(key) for key in keys])

    assert urls(store) == keys


def test_what_is_beyond_the_cap_is_counted(store: Store) -> None:
    poll = replace(poll_of(), capped=7)

    count = store.save_poll(poll, [seen("https://a.example/1")], SourceState("news", NOW))
    again = store.save_poll(poll, [seen("https://a.example/1")], SourceState("news", NOW))
    [row] = store.read_ledger(NOW, NOW + MINUTE)

    assert [counts(count), counts(again)] == [(8, 0, 8), (8, 1, 7)]
    assert (row.outcomes, row.pending, row.closes) == ({Outcome.CAPPED: 14}, 1, True)


# ── GUIDs ────────────────────────────────────────────────────────────────────────────────────────


def test_a_known_guid_at_a_new_address_is_the_same_item(store: Store) -> None:
    save_links(store, [seen("http://a.example/1", guid="tag:1")])

    count = save_links(store, [seen("https://a.example/moved/1", guid="tag:1")])
    again = save_links(store, [seen("https://a.example/moved/1", guid="tag:1")])

    assert [counts(count), counts(again)] == [(1, 1, 0), (1, 1, 0)]
    assert urls(store) == ["http://a.example/1"]


@pytest.mark.parametrize(
    ("title", "hours", "is_new"),
    [
        ("Flood in the north", 3, True),
        ("Rockets hit a base: two hurt", 3, False),  # edited, and dated anew
        ("Flood in the north", 0, False),  # another headline, at the same time
        ("", 3, False),
    ],
)
def test_places_of_a_list_that_are_numbered_by_guids_hide_no_item(
    store: Store, title: str, hours: int, *, is_new: bool
) -> None:
    first = Link("https://a.example/1", "1", "Rockets hit a base", published=NOW)
    save_links(store, [SeenLink("https://a.example/1", first)])

    other = Link("https://a.example/2", "1", title, published=NOW + hours * 60 * MINUTE)
    count = save_links(store, [SeenLink("https://a.example/2", other)])

    assert counts(count) == (1, int(not is_new), int(is_new))


def test_a_guid_of_another_source_says_nothing(store: Store) -> None:
    save_links(store, [seen("https://a.example/1", guid="1")], source="news")

    count = save_links(store, [seen("https://b.example/1", guid="1")], source="wire")

    assert counts(count) == (1, 0, 1)


def test_a_guid_that_one_poll_shows_twice_hides_no_item(store: Store) -> None:
    """Some outlets give all of their items the same one."""
    first = save_links(store, [seen("https://a.example/1", guid="same"), seen("https://a.example/2", guid="same")])
    second = save_links(store, [seen("https://a.example/3", guid="same")])

    assert [counts(first), counts(second)] == [(2, 0, 2), (1, 0, 1)]


def test_an_old_and_a_new_item_that_share_a_guid_in_one_poll_are_two(store: Store) -> None:
    save_links(store, [seen("https://a.example/1", guid="same")])

    count = save_links(store, [seen("https://a.example/1", guid="same"), seen("https://a.example/2", guid="same")])

    assert counts(count) == (2, 1, 1)


def test_a_link_that_a_sitemap_showed_first_is_known_by_the_guid_that_the_feed_brings_later(store: Store) -> None:
    save_links(store, [seen("https://a.example/1")], source="map")
    save_links(store, [seen("https://a.example/1", guid="tag:1")], source="feed")

    moved = save_links(store, [seen("https://a.example/moved/1", guid="tag:1")], source="feed")

    assert (counts(moved), urls(store)) == ((1, 1, 0), ["https://a.example/1"])
    [pending] = store.read_pending(NOW, 10)
    assert pending.link.guid == "tag:1"


def test_a_guid_that_stands_on_two_links_is_learned_for_neither(store: Store) -> None:
    save_links(store, [seen("https://a.example/1"), seen("https://a.example/2")], source="map")
    save_links(store, [seen(f"https://a.example/{n}", guid="same") for n in (1, 2)], source="feed")

    assert counts(save_links(store, [seen("https://a.example/3", guid="same")], source="feed")) == (1, 0, 1)


def test_nor_is_one_that_another_link_has_already(store: Store) -> None:
    """The sitemap was the first to show where the item has moved to: its GUID is still that of one link."""
    save_links(store, [seen("https://a.example/1", guid="tag:1")], source="feed")
    save_links(store, [seen("https://a.example/moved/1")], source="map")
    save_links(store, [seen("https://a.example/moved/1", guid="tag:1")], source="feed")

    again = save_links(store, [seen("https://a.example/again/1", guid="tag:1")], source="feed")

    assert counts(again) == (1, 1, 0)


def test_the_guid_that_one_source_gave_is_not_replaced_by_that_of_another(store: Store) -> None:
    save_links(store, [seen("https://a.example/1", guid="tag:1")], source="news")
    save_links(store, [seen("https://a.example/1", guid="other:1")], source="wire")

    assert counts(save_links(store, [seen("https://a.example/moved", guid="tag:1")], source="news")) == (1, 1, 0)


# ── links that need no fetch ─────────────────────────────────────────────────────────────────────


def test_a_link_that_needs_no_fetch_has_its_outcome_at_once(store: Store) -> None:
    count = save_links(store, [seen("https://other.example/1", outcome=Outcome.OUT_OF_SCOPE)])

    row = store.read_ledger(NOW, NOW + MINUTE)[0]

    assert (counts(count), row.outcomes, row.pending) == ((1, 0, 1), {Outcome.OUT_OF_SCOPE: 1}, 0)


def test_what_one_source_leaves_out_is_new_to_the_source_that_wants_it(store: Store) -> None:
    save_links(store, [seen("https://b.example/1", outcome=Outcome.OUT_OF_SCOPE)], source="news")

    count = save_links(store, [seen("https://b.example/1")], source="wire")
    again = save_links(store, [seen("https://b.example/1", outcome=Outcome.OUT_OF_SCOPE)], source="news")

    assert [counts(count), counts(again)] == [(1, 0, 1), (1, 1, 0)]
    assert urls(store) == ["https://b.example/1"]


def test_what_was_over_a_cap_is_fetched_when_there_is_room(store: Store) -> None:
    save_links(store, [seen("https://a.example/1", outcome=Outcome.CAPPED)])

    count = save_links(store, [seen("https://a.example/1")])

    assert (counts(count), urls(store)) == ((1, 0, 1), ["https://a.example/1"])


def test_what_is_fetched_already_is_known_over_a_cap(store: Store) -> None:
    save_links(store, [seen("https://a.example/1")])

    count = save_links(store, [seen("https://a.example/1", outcome=Outcome.CAPPED)])

    assert counts(count) == (1, 1, 0)


# ── pending links ────────────────────────────────────────────────────────────────────────────────


def test_a_link_comes_back_as_it_was_seen(store: Store) -> None:
    link = Link("https://a.example/1", "tag:1", "عنوان", NOW - MINUTE, "<p>text</p>", "")
    save_links(store, [SeenLink("https://a.example/1", link)])

    pending = store.read_pending(NOW, 10)[0]

    assert (pending.link, pending.source, pending.outlet, pending.seen_at) == (link, "news", "news", NOW)


def test_links_under_way_are_left_out(store: Store) -> None:
    save_links(store, [seen(f"https://a.example/{number}") for number in range(4)])
    first = store.read_pending(NOW, 2)

    rest = store.read_pending(NOW, 10, without={pending.id for pending in first})

    assert [pending.link.url[-1] for pending in first + rest] == ["0", "1", "2", "3"]


def test_one_outlets_backlog_does_not_hide_the_others(store: Store) -> None:
    save_links(store, [seen(f"https://a.example/{number}") for number in range(5)], source="busy")
    save_links(store, [seen(f"https://b.example/{number}") for number in range(2)], source="quiet")

    fair = store.read_pending(NOW, 4, per_outlet=2)

    assert [pending.link.url[8:] for pending in fair] == ["a.example/0", "b.example/0", "a.example/1", "b.example/1"]


def test_the_backlogs_of_many_outlets_hide_no_other_whose_link_is_the_newest(store: Store) -> None:
    for number in range(12):
        save_links(store, [seen(f"https://{number}.example/{page}") for page in range(20)], source=f"slow-{number}")
    under_way = [pending.id for pending in store.read_pending(NOW, 60, per_outlet=8)]
    later = NOW + MINUTE
    store.save_poll(poll_of(source="quick", at=later), [seen("https://quick.example/1")], SourceState("quick", later))

    assert "quick" in [pending.source for pending in store.read_pending(later, 4, under_way, per_outlet=8)]


def test_outcomes_are_read_by_address(store: Store) -> None:
    save_links(store, [seen("https://a.example/1"), seen("https://a.example/2"), seen("https://a.example/3")])
    one, two, _ = store.read_pending(NOW, 3)
    store.save_outcome(one.id, Outcome.GONE, NOW - MINUTE)
    store.save_outcome(two.id, Outcome.FAILED, NOW)

    assert store.read_outcomes(NOW) == {"https://a.example/2": Outcome.FAILED}


def test_a_retry_counts_and_waits(store: Store) -> None:
    save_links(store, [seen("https://a.example/1")])
    pending = store.read_pending(NOW, 1)[0]
    store.save_retry(pending.id, NOW + MINUTE, "503")

    assert store.read_pending(NOW, 1) == []
    assert store.read_pending(NOW + MINUTE, 1) == [replace(pending, attempts=1)]


def test_an_outcome_is_given_once(store: Store) -> None:
    save_links(store, [seen("https://a.example/1")])
    pending = store.read_pending(NOW, 1)[0]

    store.save_outcome(pending.id, Outcome.GONE, NOW, "404")
    store.save_outcome(pending.id, Outcome.FAILED, NOW)
    store.save_retry(pending.id, NOW, "")

    assert store.read_pending(NOW, 1) == []
    assert store.read_ledger(NOW, NOW + MINUTE)[0].outcomes == {Outcome.GONE: 1}


# ── whatever an outlet writes ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("poison", ["a\x00b", "a\ud800b", "a\udc00\x00b"])
def test_what_no_database_stores_is_dropped(store: Store, poison: str) -> None:
    link = Link(f"https://a.example/{poison}", poison, poison, None, poison, poison)
    poll = replace(poll_of(), detail=poison)

    first = store.save_poll(poll, [SeenLink(link.url, link)], SourceState("news", NOW, etag=poison))
    again = store.save_poll(poll, [SeenLink(link.url, link)], SourceState("news", NOW, etag=poison))

    assert [counts(first), counts(again)] == [(1, 0, 1), (1, 1, 0)]
    assert store.read_pending(NOW, 1)[0].link == Link("https://a.example/ab", "ab", "ab", None, "ab", "ab")


def test_an_address_of_any_length_is_stored(store: Store) -> None:
    """PostgreSQL indexes nothing longer than 2.7 kB that does not compress."""
    noise = "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(20_000))
    links = [seen(f"https://a.example/{noise}{end}", guid=noise + end) for end in "ab"]

    assert counts(save_links(store, links)) == (2, 0, 2)


@pytest.mark.parametrize(
    ("published", "stored"),
    [
        (datetime(2026, 8, 21, 15, 30, tzinfo=timezone(timedelta(hours=3))), datetime(2026, 8, 21, 12, 30, tzinfo=UTC)),
        (datetime(2026, 8, 21, 12, 30), datetime(2026, 8, 21, 12, 30, tzinfo=UTC)),  # noqa: DTZ001 - naive on purpose
        (datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)),
        (datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)),
        (datetime.min.replace(tzinfo=timezone(timedelta(hours=3))), None),
        (datetime.max.replace(tzinfo=timezone(-timedelta(hours=3))), None),
    ],
)
def test_times_come_back_in_utc(store: Store, published: datetime, stored: datetime | None) -> None:
    save_links(store, [SeenLink("https://a.example/1", Link("https://a.example/1", published=published))])

    assert store.read_pending(NOW, 1)[0].link.published == stored


def test_items_that_were_left_out_as_unchanged_count_as_known(store: Store) -> None:
    poll = replace(poll_of(), pruned=48)
    count = store.save_poll(poll, [seen("https://a.example/1"), seen("https://a.example/2")], SourceState("news", NOW))
    assert counts(count) == (50, 48, 2)
    assert [(row.seen, row.known, row.new) for row in store.read_ledger(NOW - MINUTE, NOW + MINUTE)] == [(50, 48, 2)]
