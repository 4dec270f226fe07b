"""Which of a million signatures have a band in common with one: an index in memory. Pure.

Of each article it holds 32 entries of 32 bits, in hash tables with open addressing: the place is the lower end of a
band, the entry its upper end beside the article's position. Rarely an entry is another band's; whoever compares the
signatures notices. A table that is full stays as it is, and the next is twice as large: nothing is ever moved, and a
look-up asks few of them.

As rows of a database the same entries are 32 pages of a tree that each article reads, changes and logs.
"""

from array import array
from collections import Counter
from collections.abc import Sequence

from crawler.stories import BAND_BITS, BANDS

_SMALLEST = 1 << 14
_LARGEST = 1 << 19
"""Articles in one table; what is left of an entry for the band are 12 bits then."""
_SLOTS = 2 * BANDS
"""For each article: half of them stay empty, so that a free one is near."""
_ENTRY_BITS = 32
_MOST_ALIKE = 40
"""Entries of one band in one table: a text that is repeated for ever does not make its band ever slower."""


class BandIndex:
    """Articles are numbers that rise."""

    def __init__(self) -> None:
        self._tables: list[_Table] = []
        self._expected = 0
        self.newest = 0

    def expect(self, count: int) -> None:
        """So many articles are about to come: the next table has room for them, for each table is one more to ask."""
        self._expected = count

    def add(self, number: int, bands: Sequence[int]) -> None:
        if not self._tables or self._tables[-1].is_full:
            self._tables.append(_Table(self._choose_capacity()))
        self._tables[-1].add(number, bands)
        self.newest = number

    def find(self, bands: Sequence[int], most: int) -> list[int]:
        """Those with the most bands in common first."""
        shared = Counter(number for table in self._tables for number in table.find(bands))
        shared.pop(0, None)
        return sorted(shared, key=lambda number: (-shared[number], number))[:most]

    def undo_after(self, number: int) -> None:
        for table in self._tables:
            table.undo_after(number)
        self.newest = min(self.newest, number)

    def drop_before(self, number: int) -> None:
        """Give up tables of which all are older."""
        self._tables = [table for table in self._tables if table.newest >= number]

    def _choose_capacity(self) -> int:
        held = sum(len(table.numbers) for table in self._tables)
        return min(max(_SMALLEST, 1 << max(held, self._expected).bit_length()), _LARGEST)


class _Table:
    def __init__(self, capacity: int) -> None:
        """`capacity` is a power of two."""
        self.numbers = array("q")
        """By position. 0 for what was undone."""
        self._capacity = capacity
        self._slots = array("I", bytes(4 * _SLOTS * capacity))
        """Empty ones are 0; positions count from 1."""
        bits = capacity.bit_length()
        self._place = _SLOTS * capacity - 1
        self._position = (1 << bits) - 1
        self._shift = BAND_BITS - _ENTRY_BITS + bits
        self._bits = bits

    @property
    def is_full(self) -> bool:
        return len(self.numbers) >= self._capacity

    @property
    def newest(self) -> int:
        return next((number for number in reversed(self.numbers) if number), 0)

    def add(self, number: int, bands: Sequence[int]) -> None:
        self.numbers.append(number)
        slots, place, bits, position = self._slots, self._place, self._bits, len(self.numbers)
        for band in bands:
            at, upper, alike = band & place, band >> self._shift, 0
            while entry := slots[at]:
                alike += entry >> bits == upper
                at = (at + 1) & place
            if alike < _MOST_ALIKE:
                slots[at] = upper << bits | position

    def find(self, bands: Sequence[int]) -> list[int]:
        """An article as often as it shares a band."""
        slots, place, bits, found = self._slots, self._place, self._bits, list[int]()
        for band in bands:
            at = band & place
            if entry := slots[at]:
                upper = band >> self._shift
                while entry:
                    if entry >> bits == upper:
                        found.append(self.numbers[(entry & self._position) - 1])
                    at = (at + 1) & place
                    entry = slots[at]
        return found

    def undo_after(self, number: int) -> None:
        position = len(self.numbers)
        while position and self.numbers[position - 1] > number:
            position -= 1
            self.numbers[position] = 0
