"""Signatures that are near to one, found in memory: the same as by comparing one by one."""

import random

from hypothesis import given
from hypothesis import strategies as st

from crawler.near import BandIndex
from crawler.stories import BAND_BITS, BANDS


def make_bands(chance: random.Random) -> list[int]:
    return [chance.getrandbits(BAND_BITS) for _ in range(BANDS)]


# of more than 40 alike the rest is left out, as the test after the next says
@given(st.integers(), st.lists(st.integers(0, 8), min_size=1, max_size=40))
def test_it_finds_what_shares_a_band_and_orders_by_how_many(seed: int, kept: list[int]) -> None:
    chance = random.Random(seed)
    wanted = make_bands(chance)
    index, shared = BandIndex(), dict[int, int]()
    for number, count in enumerate(kept, 1):
        own = make_bands(chance)
        own[:count] = wanted[:count]
        index.add(number, own)
        shared[number] = count

    expected = sorted((number for number in shared if shared[number]), key=lambda number: (-shared[number], number))
    assert index.find(wanted, most=40) == expected[:40]


def test_many_articles_in_several_tables_are_all_found() -> None:
    chance, index = random.Random(1), BandIndex()
    kept = {}
    for number in range(1, 40_001):
        own = make_bands(chance)
        index.add(number, own)
        if number % 400 == 0:
            kept[number] = own

    assert {number: index.find(own, most=1) for number, own in kept.items()} == {number: [number] for number in kept}
    assert sum(len(index.find(make_bands(chance), most=40)) for _ in range(200)) < 20, "found by chance"


def test_what_is_expected_finds_room_in_one_table() -> None:
    chance, index = random.Random(1), BandIndex()
    kept = [make_bands(chance) for _ in range(20_000)]
    index.expect(len(kept))
    for number, own in enumerate(kept, 1):
        index.add(number, own)

    index.drop_before(20_000)

    assert index.find(kept[0], most=1) == [1], "in the table of the newest, which stays"


def test_what_is_repeated_for_ever_is_found_by_its_first_and_stays_fast() -> None:
    chance, index = random.Random(1), BandIndex()
    own, other = make_bands(chance), make_bands(chance)
    for number in range(1, 2_001):
        index.add(number, own)
    index.add(2_001, other)

    assert index.find(own, most=100) == list(range(1, 41))
    assert index.find(other, most=40) == [2_001]


def test_what_was_undone_is_found_no_more_and_its_number_can_be_given_again() -> None:
    chance, index = random.Random(1), BandIndex()
    kept, undone, later = (make_bands(chance) for _ in range(3))
    index.add(1, kept)
    index.add(2, undone)

    index.undo_after(1)
    assert (index.newest, index.find(undone, most=40), index.find(kept, most=40)) == (1, [], [1])
    index.add(2, later)

    assert (index.find(undone, most=40), index.find(later, most=40)) == ([], [2])


def test_tables_of_which_all_was_forgotten_are_given_up() -> None:
    chance, index = random.Random(1), BandIndex()
    first, last = make_bands(chance), make_bands(chance)
    index.add(1, first)
    for number in range(2, 17_000):
        index.add(number, make_bands(chance)[:1])
    index.add(17_000, last)

    index.drop_before(16_384)
    assert index.find(first, most=40) == [1], "its table has one that is kept"
    index.drop_before(16_385)

    assert (index.find(first, most=40), index.find(last, most=40)) == ([], [17_000])
