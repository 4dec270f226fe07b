"""Which articles tell the same story: near-duplicate text, by MinHash with 128 minima in 32 bands of 4. Pure.

What is compared are pairs of neighbouring words of the body, folded as for matching. One hash function serves all
minima: it deals the pairs into 128 bins, of which each keeps its least hash, and an empty bin takes that of another one
(Shrivastava 2017, *Optimal Densification for Fast and Accurate Minwise Hashing*). That costs one hash a pair in place
of 128 and needs no numpy; benchmarks/stories.py measures both cost and quality.

Articles that share a band are candidates. They are the same story when they share enough pairs, or one is a part of the
other, and when they agree on the facts: numbers, and names that are written with a capital or that the gazetteer
knows. Facts are what tells two reports from one template apart.
"""

import hashlib
import re
import struct
from collections.abc import Iterable, Sequence
from itertools import pairwise

from crawler.gists import make_gist
from crawler.match.normalize import fold_text
from crawler.models import TOLD, Article, Hit, Mention, Signature, Stance

MINIMA = 128
BANDS = 32
_ROWS = MINIMA // BANDS
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
_NUMBER = re.compile(r"\d+")
_CAPITAL = re.compile(r"(?<=[\w,;] )[^\W\d_a-z]\w{2,}")
"""A word with a capital that does not begin a sentence; letters without case are left out below."""
_EMPTY = 1 << 32
_BIN_BITS = 7
_KEPT = 64 - 32 - _BIN_BITS
_MASK = (1 << 64) - 1
_FIRST, _MIX = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93
"""Odd and without a pattern, so that the upper bits of a product depend on all of a pair."""


def sign_article(
    article: Article, mentions: Sequence[Mention], hits: Iterable[Hit] = (), stances: Iterable[Stance] = ()
) -> Signature | None:
    """None for what names nothing that is watched, or says too little: such an article belongs to no story."""
    entities = {mention.entity for mention in mentions if mention.zone in TOLD}
    body = article.body[:_MOST_CHARACTERS]
    words = _WORD.findall(fold_text(body)) if entities else []
    pairs = _hash_pairs(words)
    if len(pairs) < _FEWEST_PAIRS:
        return None
    minima = struct.pack(f">{MINIMA}I", *_find_minima(pairs))
    gist = make_gist(article, mentions, hits, stances)
    return Signature(minima, len(pairs), _find_facts(body, entities), gist)


def make_bands(signature: Signature) -> tuple[int, ...]:
    """32 signed 64-bit numbers; two articles that share one may tell the same."""
    width = 4 * _ROWS
    portions = (signature.minima[start : start + width] for start in range(0, 4 * MINIMA, width))
    return tuple(_hash_band(number, portion) for number, portion in enumerate(portions))


def is_same_story(one: Signature, other: Signature, *, same_outlet: bool) -> bool:
    shared = estimate_shared(one, other)
    smaller, both = min(one.pairs, other.pairs), one.pairs + other.pairs
    part = shared * both / (1 + shared) / smaller
    is_near = shared >= _LEAST_SHARED or (part >= _LEAST_PART and shared >= _LEAST_SHARED_OF_PART)
    return is_near and _agree(one, other, _LEAST_AGREEMENT_AT_HOME if same_outlet else _LEAST_AGREEMENT)


def estimate_shared(one: Signature, other: Signature) -> float:
    """Jaccard similarity of their pairs, with a standard error of at most 0.045."""
    mine, theirs = memoryview(one.minima).cast("I"), memoryview(other.minima).cast("I")
    return sum(map(int.__eq__, mine, theirs)) / MINIMA


def _agree(one: Signature, other: Signature, least: float) -> bool:
    fewest = min(len(one.facts), len(other.facts))
    return fewest == 0 or len(one.facts & other.facts) >= least * fewest


def _hash_pairs(words: list[str]) -> set[int]:
    """Numbers of 39 bits. Every word is hashed once, which costs a third of hashing every pair."""
    hashes = {word: _hash_word(word) for word in set(words)}
    return {((hashes[first] * _FIRST + hashes[second]) * _MIX & _MASK) >> _KEPT for first, second in pairwise(words)}


def _hash_word(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")


def _find_minima(pairs: set[int]) -> list[int]:
    minima = [_EMPTY] * MINIMA
    for number in pairs:
        bin_, value = number & (MINIMA - 1), number >> _BIN_BITS
        minima[bin_] = min(minima[bin_], value)
    return _fill_bins(minima)


def _fill_bins(minima: list[int]) -> list[int]:
    """Each empty bin takes the minimum of the first full one on a way that depends on the bin alone."""
    return [value if value != _EMPTY else _borrow(minima, number) for number, value in enumerate(minima)]


def _borrow(minima: list[int], number: int) -> int:
    step = number
    while True:
        step = (step * 1_103_515_245 + 12_345) & 0x7FFFFFFF
        value = minima[(step >> 16) & (MINIMA - 1)]
        if value != _EMPTY:
            return value


def _hash_band(number: int, portion: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(portion, digest_size=8, salt=bytes([number])).digest(), "big", signed=True)


def _find_facts(body: str, entities: set[str]) -> frozenset[int]:
    numbers = {str(int(digits)) for digits in _NUMBER.findall(body) if len(digits) < 12}  # noqa: PLR2004 - no longer one
    names = {word for word in _CAPITAL.findall(body) if word[0].isupper()}
    return frozenset(sorted(_hash_word(fact) >> 32 for fact in entities | numbers | names)[:_MOST_FACTS])
