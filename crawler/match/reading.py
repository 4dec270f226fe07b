"""Do the words around a name tell of war or of peace? A second look at what rules found, by weighed words.

A rule sees single words, and "struck", "warned" and "explosion" stand in reports of an attack as in those of a burst
water heater, of a play or of a bill in parliament. All the other words tell the two apart: each has a weight, by how
much it speaks for an alert or against one. Names have none, so that what is said of somebody counts and not who it is.

A sentence with a name is read twice, by itself and amid its neighbours: an attack that one sentence tells within a
report on a school is as loud as any. Beside the two stand the lists of words that occur there (`#claim`, `#rumour`),
each with a weight of its own. All weights are those of logistic regressions on labelled passages
(`benchmarks/learn_reading.py`): one file of words for each language, and one that tells how much each of these parts
counts. A language without weights is never found calm.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import exp, sqrt
from typing import Final, NamedTuple

from settings.weights import PARTS, digest_weights, read_weights

CALM_BELOW: Final = 0.5
"""Chance of an alert below which a sentence is calm. The bias among the parts is set so that few alerts are."""
LOUD_FROM: Final = 0.95
"""Chance from which a sentence is loud: of what no rule told of in sets that were not learned from, nine of ten that
reach it are alerts."""
LOUD_ALONE: Final = 0.73
"""Chance of an alert, by the words of the sentence alone, above which it is not calm, whatever stands around it."""
LOUD_ALONE_ARMED: Final = 0.5
"""The same of a sentence that names a weapon and what it did."""
LEAST_KNOWN: Final = 10
"""Words with a weight that a passage needs to be calm: a flash of five words says too little, and so does a passage
in another language than its article's."""
LEAST_KNOWN_ALONE: Final = 4
"""The same of the sentence itself."""
MOST_READ: Final = 20_000
"""Characters of a passage; a longer one is made to mislead, and not calm."""

ALONE: Final = "alone"
AROUND: Final = "around"
_BIAS: Final = ""
"""Stands for a passage without any word that has a weight."""
_MARK: Final = " #"
_MOST_TOLD: Final = 3
_LONG: Final = 4
"""Letters of a stem in scripts without short vowels; those with them have one more."""
_WORD = re.compile(r"[^\W\d_]+")
_FOLDS = str.maketrans(
    {
        **dict(zip("أإآٱىیکةؤئ", "ااااييكهوي", strict=True)),
        **{chr(code): None for code in (*range(0x64B, 0x653), 0x640, 0x670)},
        "\u200c": " ",
    }
)
_PROCLITIC = re.compile(r"(?:وال|بال|فال|كال|لل|ال|[وفبلك])(?=...)")


def list_features(text: str) -> frozenset[str]:
    """What weighs in a text: its words, folded; without what Arabic and Persian write before them; and their stems."""
    features: set[str] = set()
    for word in set(_WORD.findall(text.lower().translate(_FOLDS))):
        length = _LONG if "\u0600" <= word[0] <= "\u06ff" else _LONG + 1
        before = _PROCLITIC.match(word)
        bare = word[before.end() :] if before else word
        features.update((word, bare, f"{bare[:length]}*") if len(bare) > _LONG else (word, bare))
    return frozenset(features)


class Surroundings(NamedTuple):
    """What is read around a name, names taken out."""

    sentence: str
    """Its own."""
    around: str
    """Its own and its neighbours, the title too."""
    lists_here: frozenset[str]
    """The lists of words of which something is said in its sentence."""
    lists_around: frozenset[str]
    is_headline: bool
    """Those are short by nature."""
    is_armed: bool
    """Does its sentence name a weapon and what was done with it?"""


class Odds(NamedTuple):
    """How the words of a text weigh."""

    total: float
    """The logarithm of the odds that it is worth an alert."""
    weights: dict[str, float]
    """What each feature adds to it."""

    @property
    def known(self) -> int:
        """How many words have a weight."""
        return sum(not feature.endswith("*") for feature in self.weights)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a sentence with a name reads."""

    chance: float
    """That it is worth an alert, as far as its words tell: 0 to 1."""
    calming: tuple[str, ...]
    """The few that speak most against it, the strongest first: words, and lists as rules name them."""
    alarming: tuple[str, ...]
    """Those that speak most for it."""
    is_known: bool
    """Have enough words a weight?"""

    @property
    def is_calm(self) -> bool:
        return self.is_known and self.chance < CALM_BELOW

    @property
    def is_loud(self) -> bool:
        return self.is_known and self.chance >= LOUD_FROM


class Weights:
    """What the words of one language weigh."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._weights = read_lines(lines)
        self._bias = self._weights.pop(_BIAS)

    def weigh(self, text: str) -> Odds:
        """The regression's: each feature counts the less the more there are."""
        known = [each for each in list_features(text) if each in self._weights]
        scale = sqrt(len(known) or 1)
        weights = {each: self._weights[each] / scale for each in known}
        return Odds(self._bias + sum(weights[each] for each in sorted(weights)), weights)


class Judgement:
    """How much what the sentence tells counts, and its neighbours, and each list of words."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._parts = read_lines(lines)

    def read(self, alone: Odds, around: Odds, surroundings: Surroundings) -> Reading:
        """All together: how the words of the sentence weigh, those with its neighbours', and the lists."""
        parts = self._parts
        amid = parts[AROUND]
        told = {word: weight * amid for word, weight in around.weights.items() if not word.endswith("*")}
        lists: dict[str, float] = {}
        for part in list_parts(surroundings):
            if part in parts:
                name = f"#{part.partition(_MARK)[2]}"
                lists[name] = lists.get(name, 0.0) + parts[part]
        total = parts[_BIAS] + alone.total * parts[ALONE] + around.total * amid + sum(lists.values())
        ranked = sorted((weight, each) for each, weight in (told | lists).items())
        calming = tuple([each for weight, each in ranked[:_MOST_TOLD] if weight < 0])
        alarming = tuple([each for weight, each in ranked[: -_MOST_TOLD - 1 : -1] if weight > 0])
        is_known = around.known >= LEAST_KNOWN and (surroundings.is_headline or alone.known >= LEAST_KNOWN_ALONE)
        return Reading(to_chance(total), calming, alarming, is_known)


def is_loud_alone(alone: Odds, *, is_armed: bool) -> bool:
    """Is a sentence so by its own words, so that nothing that stands around it calms?"""
    return to_chance(alone.total) > (LOUD_ALONE_ARMED if is_armed else LOUD_ALONE)


def to_chance(log_odds: float) -> float:
    """0 to 1."""
    return 1 / (1 + exp(-log_odds))


def list_parts(surroundings: Surroundings) -> list[str]:
    """The lists of words that occur, as they are called among the parts."""
    here = [f"here{_MARK}{name}" for name in sorted(surroundings.lists_here)]
    return here + [f"around{_MARK}{name}" for name in sorted(surroundings.lists_around)]


def read_lines(lines: Iterable[str]) -> dict[str, float]:
    """A feature, a tab and its weight in each."""
    pairs = (line.split("\t") for line in lines)
    return {feature: float(weight) for feature, weight in pairs}


@cache
def load_weights() -> dict[str, Weights]:
    """By language."""
    return {name: Weights(text.splitlines()) for name, text in read_weights().items() if name != PARTS}


@cache
def load_judgement() -> Judgement:
    """The same for all languages."""
    return Judgement(read_weights()[PARTS].splitlines())


@cache
def digest_reading() -> str:
    """Changes when any weight does, or what is calm."""
    limits = (CALM_BELOW, LOUD_FROM, LOUD_ALONE, LOUD_ALONE_ARMED, LEAST_KNOWN, LEAST_KNOWN_ALONE, MOST_READ)
    return sha256(f"{limits}\0{digest_weights()}".encode()).hexdigest()[:16]
