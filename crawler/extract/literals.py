"""Literals sought in the bytes of a page: five to ten times faster than by `in` or by a regular expression."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from itertools import chain, product
from typing import Generic, TypeVar

from ahocorasick_rs import BytesAhoCorasick, Implementation

T = TypeVar("T", bound=Hashable)
_STRETCH = 256 << 10
"""Bytes looked at in one go: what is found is listed, and a hostile page holds millions."""


class Literals(Generic[T]):
    """Some literals, and what each stands for. Fast where all begin with one of two or three rare signs."""

    def __init__(self, spelt: Mapping[T, Iterable[bytes]]) -> None:
        spellings = [(each, mark) for mark, all_of_it in spelt.items() for each in all_of_it]
        self._marks = [mark for _, mark in spellings]
        self._overlap = max(len(each) for each, _ in spellings) - 1
        self._machine = BytesAhoCorasick([each for each, _ in spellings], implementation=Implementation.DFA)

    def find(self, content: bytes) -> Iterator[tuple[T, int, int]]:
        """What, from where to where, in the order of their beginnings as far as none begins within another."""
        return chain.from_iterable(self.find_in_stretches(content))

    def find_in_stretches(self, content: bytes) -> Iterator[list[tuple[T, int, int]]]:
        """The same, a list for each stretch: faster where there are many."""
        view, marks = memoryview(content), self._marks
        for at in range(0, len(content), _STRETCH):
            stretch = view[at : at + _STRETCH + self._overlap]
            found = self._machine.find_matches_as_indexes(stretch, overlapping=True)
            yield [(marks[number], at + start, at + end) for number, start, end in found if start < _STRETCH]

    def stand_in(self, content: bytes) -> bool:
        """Does any of them?"""
        return any(self.find_in_stretches(content))


def spell_cases(name: str) -> Iterator[bytes]:
    """In small letters, in capitals, and in every mixture of them."""
    for letters in product(*({char.lower(), char.upper()} for char in name)):
        yield "".join(letters).encode()
