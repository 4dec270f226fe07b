# ruff: noqa: RUF001 -- letters of other scripts are the matter of this file
"""Find many spellings in one pass, and keep only those that begin and end where words do."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from crawler.match.normalize import FIRST, SIGN, SOFT, Folded, squeeze_all

T = TypeVar("T")
Spot = tuple[int, int, int]
"""Number of a spelling, and its beginning and end in the squeezed text."""

_AND: Final = ("", "و", "ف")
_TO: Final = ("", "ب", "ك", "ل")
PROCLITICS: Final = frozenset(
    first + second + article for first in _AND for second in _TO for article in ("", "ال") if first + second + article
) | {"لل", "ولل", "فلل"}
"""What Arabic writes before a noun as part of the same word: and, so, in, like, to, the."""
_ARTICLES: Final = frozenset(prefix for prefix in PROCLITICS if prefix.endswith(("ال", "لل")))
_VERB_PREFIXES: Final = frozenset(
    first + future + person for first in _AND for future in ("", "س", "ل") for person in ("ا", "ي", "ت", "ن")
)
"""What Arabic conjugates with at a verb's beginning; only a word with `*` may be a verb's stem."""
_HEBREW_PREFIXES: Final = frozenset(
    first + second for first in ("", "ו", "ש", "כש", "וש") for second in ("", "ה", "ב", "ל", "מ", "כ")
) - {""}
_PREFIXES: Final = PROCLITICS | _VERB_PREFIXES | _HEBREW_PREFIXES
_LAST_LETTERS: Final = frozenset(prefix[-1] for prefix in _PREFIXES)
_LONGEST_PREFIX: Final = max(map(len, _PREFIXES))
_ENDINGS: Final = ("s", "es", "ها", "هاي", "هايي", "هاست", "ي")
"""Plurals of English and Persian, and the Persian link of a noun to what follows."""
_LONGEST_SUFFIX: Final = 5
"""Letters of the longest ending after an apostrophe."""
_BLANKS: Final = dict.fromkeys(map(ord, "\u200c-־"), " ")
"""Joiners and hyphens."""
SHORTEST_TO_SPLIT: Final = 6
SHORTEST_TO_INFLECT: Final = 8


class Pattern(NamedTuple, Generic[T]):
    """One spelling, as it is sought. A named tuple, because there are tens of thousands and they are made soonest."""

    text: str
    """As written in the settings; folded when compiled."""
    value: T
    """What a match stands for."""
    prefix: bool = False
    """Any ending may follow: `attack*`."""
    exact_case: bool = False
    """An acronym: only in capitals."""
    article: bool = True
    """May Arabic put its article before it?"""
    proclitic: bool = True
    """May Arabic put anything before it? Not before a Persian word: امداد is no part of بامداد."""


class Found(NamedTuple, Generic[T]):
    """A spelling at original offsets, and at its places in the squeezed text."""

    start: int
    end: int
    left: int
    right: int
    pattern: Pattern[T]
    guessed: bool = False
    """Spelt as no alias is; found by `variants`."""


class Automaton(Generic[T]):
    """All patterns, compiled once; `find` is pure."""

    def __init__(
        self,
        patterns: Iterable[Pattern[T]],
        counts_alone: Callable[[T], bool] = lambda _: True,
        keys: Sequence[str] = (),
    ) -> None:
        """Not all spellings count alone: an acronym may need its full form; see `may_stand`. `keys` are the squeezed
        texts of the patterns, where the caller has them."""
        listed = list(patterns)
        groups: dict[str, list[Pattern[T]]] = {}
        for key, pattern in zip(keys or squeeze_all([pattern.text for pattern in listed]), listed, strict=True):
            if key in groups:
                groups[key].append(pattern)
            elif key:
                groups[key] = [pattern]
        self._groups = tuple(map(tuple, groups.values()))
        flat = [(number, pattern) for number, group in enumerate(self._groups) for pattern in group]
        self._alone = frozenset([number for number, pattern in flat if counts_alone(pattern.value)])
        self._going_on = frozenset([number for number, pattern in flat if pattern.prefix])
        """Spellings behind which any ending may follow."""
        self._machine = AhoCorasick(
            list(groups),
            matchkind=MatchKind.Standard,
            store_patterns=False,
            implementation=Implementation.ContiguousNFA,
        )

    @property
    def patterns(self) -> Iterator[Pattern[T]]:
        """Everything that is sought."""
        return (pattern for group in self._groups for pattern in group)

    def spot(self, squeezed: str) -> list[Spot]:
        """Where the letters of spellings stand, as words or not; overlapping ones included."""
        return self._machine.find_matches_as_indexes(squeezed, overlapping=True)

    def may_stand(self, spots: Iterable[Spot]) -> bool:
        """Is any of them a spelling that counts alone?"""
        return any(index in self._alone for index, _, _ in spots)

    def find(self, folded: Folded, spots: list[Spot] | None = None) -> list[Found[T]]:
        """Every occurrence at word boundaries, overlapping ones included, in no order."""
        return [
            Found(*folded.span(left, right), left, right, pattern) for pattern, left, right in self.stand(folded, spots)
        ]

    def stand(self, folded: Folded, spots: list[Spot] | None = None) -> list[tuple[Pattern[T], int, int]]:
        """The same, with its places in the squeezed text alone."""
        standing: list[tuple[Pattern[T], int, int]] = []
        spots = self.spot(folded.squeezed) if spots is None else spots
        shape, going_on = folded.shape if spots else b"", self._going_on
        for index, left, right in spots:
            # most stand within other words: told here, without a call
            ends = shape[right] >= FIRST or shape[right - 1] >= SIGN
            if not ends and (shape[right] == SOFT or right - left >= SHORTEST_TO_INFLECT):
                ends = _may_follow(folded, left, right)
            if not ends and index not in going_on:
                continue
            at_edge = shape[left] >= FIRST or shape[left - 1] >= SIGN
            before = "" if at_edge else _before(folded, left)
            if before is None:
                continue
            standing += [
                (pattern, left, right)
                for pattern in self._groups[index]
                if (ends or pattern.prefix) and _fits(folded, pattern, before, left, right)
            ]
        return standing


def _before(folded: Folded, left: int) -> str | None:
    """The part of the word that precedes a match within it: what may stand there; None when it is another word."""
    if folded.is_soft_edge(left):
        return ""
    squeezed = folded.squeezed
    if squeezed[left].isascii() or squeezed[left - 1] not in _LAST_LETTERS:
        return None
    prefix = folded.part_before(left, _LONGEST_PREFIX)
    return prefix if prefix in _PREFIXES else None


def _fits(folded: Folded, pattern: Pattern[T], before: str, left: int, right: int) -> bool:
    if before and not (pattern.proclitic and (pattern.article or before not in _ARTICLES)):
        return False
    if before in _VERB_PREFIXES and before not in PROCLITICS and not pattern.prefix:
        return False
    if pattern.exact_case:
        written = folded.text[slice(*folded.span(left, right))]
        if written.upper() != written:
            return False
    if right - left >= SHORTEST_TO_SPLIT or folded.is_one_word(left, right):
        return True
    listed = pattern.text.translate(_BLANKS)  # some write a blank in their place
    return len(folded.text[slice(*folded.span(left, right))].split()) <= len(listed.split())


def _may_follow(folded: Folded, left: int, right: int) -> bool:
    """Is the rest of the word an ending: a plural, a possessive, a Turkish case after its apostrophe?"""
    if folded.is_soft_edge(right):
        return any(folded.is_edge(right + length) for length in range(1, _LONGEST_SUFFIX + 1))
    return right - left >= SHORTEST_TO_INFLECT and any(
        folded.squeezed.startswith(ending, right) and folded.is_edge(right + len(ending)) for ending in _ENDINGS
    )
