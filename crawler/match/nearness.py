"""Which words stand near which: for each on the left, the nearest on the right, before it and behind it. Pure."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from crawler.match.document import Place
from crawler.match.pool import Occurrence
from crawler.models import Zone

_MOST_NEAR: Final = 200
"""Places around one that are looked at, however many overlap there: quadratic work on a hostile text is refused."""


class Pair(NamedTuple):
    """Two places and the words from one to the other; 0 where they overlap."""

    words: int
    left: Occurrence
    right: Occurrence

    @property
    def whole(self) -> Occurrence:
        """The stretch from one to the other, for a NEAR within a NEAR."""
        first, last = sorted((self.left.place, self.right.place), key=lambda place: (place.start, place.end))
        whole = first.reach(max(first.end, last.end), max(first.last_word, last.last_word))
        return Occurrence(whole, "", (self.left, self.right))


def distance(left: Place, right: Place) -> int:
    """Words from one to the other: neighbours are 1 apart, what overlaps 0. Right before left is negative."""
    if left.first_word <= right.last_word and right.first_word <= left.last_word:
        return 0
    return right.first_word - left.last_word if right.first_word > left.last_word else right.last_word - left.first_word


def count_words(number: int) -> str:
    """In words for people."""
    return f"{number} word{'' if number == 1 else 's'}"


def pair_up(
    lefts: Iterable[Occurrence], rights: Iterable[Occurrence], words: int, *, ordered: bool, every: bool = False
) -> Iterator[Pair]:
    """Pairs at most so many words apart, in the order of the left ones; `ordered` wants the left one to begin first.

    Of all on one side the nearest is enough, for any stretch of the text that holds another holds it too. Who has to go
    on from a pair needs `every` one.
    """
    zones: dict[Zone, list[Occurrence]] = defaultdict(list)
    for right in rights:
        zones[right.place.zone].append(right)
    sides = {zone: _Side(found) for zone, found in zones.items()}
    for left in lefts:
        side = sides.get(left.place.zone)
        if side is None:
            continue
        for right in side.around(left.place, words) if every else side.neighbours(left.place):
            apart = abs(distance(left.place, right.place))
            if apart <= words and not (ordered and left.place.start > right.place.start):
                yield Pair(apart, left, right)


class _Side:
    """The places of one zone, by their first and by their last words."""

    def __init__(self, found: list[Occurrence]) -> None:
        self._by_first = sorted(found, key=_first_word)
        self._by_last = sorted(found, key=_last_word)
        self._longest = max(0, *(seen.place.last_word - seen.place.first_word for seen in found))

    def neighbours(self, place: Place) -> Iterator[Occurrence]:
        """The nearest that ends before a place, those that overlap it, and the nearest that begins after it."""
        before = bisect_left(self._by_last, place.first_word, key=_last_word)
        if before:
            yield self._by_last[before - 1]
        yield from self.around(place, 0)
        after = bisect_right(self._by_first, place.last_word, key=_first_word)
        if after < len(self._by_first):
            yield self._by_first[after]

    def around(self, place: Place, words: int) -> Iterator[Occurrence]:
        """Others that begin so near that they may be near enough, or that overlap it. Of very many those behind it."""
        first = bisect_left(self._by_first, place.first_word - words - self._longest, key=_first_word)
        after = bisect_right(self._by_first, place.last_word + words, key=_first_word)
        for seen in self._by_first[max(first, after - _MOST_NEAR) : after]:
            if seen.place.last_word >= place.first_word - words and seen.place != place:
                yield seen


def _first_word(seen: Occurrence) -> int:
    return seen.place.first_word


def _last_word(seen: Occurrence) -> int:
    return seen.place.last_word
