"""Which articles tell the same story: near-duplicate text, by MinHash with 128 minima in 32 bands of 4. Pure.

What is compared are pairs of neighbouring words of the body, folded as for matching. One hash function serves all
minima: it deals the pairs into 128 bins, of which each keeps its least hash, and an empty bin takes that of another
one (Shrivastava 2017, *Optimal Densification for Fast and Accurate Minwise Hashing*). A pair's hash is one of its first
word xor another of its second, which is as good as random here (Dahlgaard et al. 2015, *Hashing for Statistics over
K-Partitions*) and runs without a line of Python a pair; benchmarks/stories.py measures both cost and quality.

Articles that share a band are candidates. They are the same story when they share enough pairs, or one is a part of the
other, and when they agree on the facts: numbers, and names that are written with a capital or that the gazetteer
knows. Facts are what tells two reports from one template apart.
"""

import hashlib
import re
import struct
import sys
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from operator import eq, xor

from crawler.gists import make_gist
from crawler.lead_words import NUMBER
from crawler.match.normalize import BREAK, fold_text
from crawler.models import TOLD, Article, Hit, Mention, Signature, Stance

MINIMA = 128
BANDS = 32
_ROWS = MINIMA // BANDS
BAND_BITS = sys.hash_info.modulus.bit_length()
_ALL = struct.Struct(f">{MINIMA}I")
_PORTIONS = struct.Struct(f"{4 * _ROWS}s" * BANDS)
_FEWEST_PAIRS = 20
"""A shorter text says too little to be told from another one."""
_MOST_CHARACTERS = 8_000
"""Of a body, that are looked at: what is longer is itself by then."""
_MOST_FACTS = 64
_LEAST_SHARED = 0.42
"""Estimated share of the pairs of both that are in both."""
_LEAST_PART = 0.75
"""Of the pairs of the shorter one that are in the longer one, where the shorter is a part of it."""
_LEAST_SHARED_OF_PART = 0.25
_LEAST_AGREEMENT = 0.6
"""Of the facts of the one that has fewer."""
_LEAST_AGREEMENT_AT_HOME = 0.85
"""Between two articles of one outlet, which writes many reports by one pattern."""
_WORD = re.compile(r"\w+")
_PUNCTUATION = (".", ",", "،", ":", ";", "؛", "!", "?", "؟", "«", "»", "(", ")", '"', BREAK)
"""What most folded texts have between their words, and nothing else."""
_CAPITALS = "".join(filter(str.isupper, map(chr, chain(range(0x590), range(0x1E00, 0x1F00)))))
_CAPITAL = re.compile(rf" (?<=[\w,;] )([{_CAPITALS}]\w{{2,}})")
"""A word with a capital that does not begin a sentence. The blank first: it is what is sought fast."""
_VALUE_BITS, _BIN_BITS = 32, 7
_SPARE = 64 - _VALUE_BITS - _BIN_BITS
_LARGEST = (1 << _VALUE_BITS) - 1
_EMPTY = 1 << _VALUE_BITS + _BIN_BITS
"""More than any pair."""
_TWO = struct.Struct(">QQ")
_MOST_KNOWN = 1 << 14
"""Words whose numbers are kept: most words of a text stood in an earlier one."""


def sign_article(
    article: Article, mentions: Sequence[Mention], hits: Iterable[Hit] = (), stances: Iterable[Stance] = ()
) -> Signature | None:
    """None for what names nothing that is watched, or says too little: such an article belongs to no story."""
    entities = {mention.entity for mention in mentions if mention.zone in TOLD}
    body = article.body[:_MOST_CHARACTERS]
    words = _list_words(fold_text(body)) if entities else []
    pairs = _hash_pairs(words)
    if len(pairs) < _FEWEST_PAIRS:
        return None
    minima = _ALL.pack(*_find_minima(pairs))
    gist = make_gist(article, mentions, hits, stances)
    return Signature(minima, len(pairs), _find_facts(body, entities), gist)


def make_bands(minima: bytes) -> list[int]:
    """32 numbers of BAND_BITS bits; two articles that share one may tell the same. Each is four minima modulo a prime,
    as the hash of a number is defined in Python. Other machines may have another prime: these are not for storing."""
    return list(map(hash, map(int.from_bytes, _PORTIONS.unpack(minima))))


def is_same_story(one: Signature, other: Signature, *, same_outlet: bool) -> bool:
    shared = estimate_shared(one, other)
    smaller, both = min(one.pairs, other.pairs), one.pairs + other.pairs
    part = shared * both / (1 + shared) / smaller
    is_near = shared >= _LEAST_SHARED or (part >= _LEAST_PART and shared >= _LEAST_SHARED_OF_PART)
    return is_near and _agree(one, other, _LEAST_AGREEMENT_AT_HOME if same_outlet else _LEAST_AGREEMENT)


def estimate_shared(one: Signature, other: Signature) -> float:
    """Jaccard similarity of their pairs, with a standard error of at most 0.045."""
    same: int = sum(map(eq, _ALL.unpack(one.minima), _ALL.unpack(other.minima)))
    return same / MINIMA


def _agree(one: Signature, other: Signature, least: float) -> bool:
    fewest = min(len(one.facts), len(other.facts))
    return fewest == 0 or len(one.facts & other.facts) >= least * fewest


def _list_words(folded: str) -> list[str]:
    """As the expression finds them, at a third of its price where nothing odd stands between them."""
    plain = folded
    for mark in _PUNCTUATION:
        plain = plain.replace(mark, " ")
    words = plain.split()
    return words if "".join(words).isalnum() else _WORD.findall(folded)


class _Numbers(dict[str, int]):
    """Word → its number as the first of a pair, or as the second. Asked for a word, it is no line of Python."""

    def __init__(self, which: int) -> None:
        self._which = which

    def __missing__(self, word: str) -> int:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        both: tuple[int, int] = _TWO.unpack(hashlib.blake2b(word.encode(), digest_size=16).digest())
        number = self[word] = both[self._which] >> _SPARE
        return number


_FIRST, _SECOND = _Numbers(0), _Numbers(1)


def _hash_pairs(words: Sequence[str]) -> set[int]:
    """Numbers of 39 bits: the bin of a pair, and its value there."""
    return set(map(xor, map(_FIRST.__getitem__, words), map(_SECOND.__getitem__, islice(words, 1, None))))


def _find_minima(pairs: Iterable[int]) -> list[int]:
    """Each bin's least value."""
    least = [_EMPTY] * MINIMA
    for pair in pairs:
        bin_ = pair >> _VALUE_BITS
        if pair < least[bin_]:  # noqa: PLR1730 - a call of min costs more than all else here
            least[bin_] = pair
    full = [bin_ if pair < _EMPTY else _find_full(least, bin_) for bin_, pair in enumerate(least)]
    return [least[bin_] & _LARGEST for bin_ in full]


def _find_full(least: Sequence[int], number: int) -> int:
    """The first full bin on a way that depends on the empty one alone."""
    step = number
    while True:
        step = (step * 1_103_515_245 + 12_345) & 0x7FFFFFFF
        if least[found := (step >> 16) & (MINIMA - 1)] < _EMPTY:
            return found


def _find_facts(body: str, entities: set[str]) -> frozenset[int]:
    numbers = {str(int(digits)) for digits in NUMBER.findall(body) if len(digits) < 12}  # noqa: PLR2004 - no longer one
    facts = entities.union(numbers, _CAPITAL.findall(body))
    return frozenset(sorted(_FIRST[fact] >> _BIN_BITS for fact in facts)[:_MOST_FACTS])
