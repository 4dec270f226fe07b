"""Do the words around a name tell of war or of peace? A second look at what rules found, by weighed words.

A rule sees single words, and "struck", "warned" and "explosion" stand in reports of an attack as in those of a burst
water heater, of a play or of a bill in parliament. All the other words of the passage tell the two apart: each has a
weight, by how much it speaks for an alert or against one. The weights are those of a logistic regression on labelled
passages (`benchmarks/learn_reading.py`), one file for each language. Names have none, so that what is said of somebody
counts and not who it is; and a language without weights is never found calm.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from math import exp, sqrt

from settings.weights import digest_weights, read_weights

CALM_BELOW = 0.25
"""Chance of an alert below which a passage reads calm."""
CALM_ALONE_BELOW = 0.5
"""The same for one sentence by itself. The passage alone would hide an attack that one sentence tells amid a visit."""
LEAST_KNOWN = 10
"""Words with a weight that a passage needs to be calm: a flash of five words says too little, and so does a passage
in another language than its article's."""
LEAST_KNOWN_ALONE = 4
"""The same for one sentence by itself."""
MOST_READ = 20_000
"""Characters of a passage; a longer one is made to mislead, and not calm."""

_BIAS = ""
"""Stands for a passage without any word that has a weight."""
_MOST_TOLD = 3
_LONG = 4
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


@dataclass(frozen=True, slots=True)
class Reading:
    """How a passage reads."""

    chance: float
    """That it is worth an alert, as far as its words tell: 0 to 1."""
    calming: tuple[str, ...]
    """The few that speak most against it, the strongest first."""
    known: int
    """How many of its words have a weight."""

    @property
    def is_calm(self) -> bool:
        """As a passage."""
        return self.chance < CALM_BELOW and self.known >= LEAST_KNOWN

    @property
    def is_calm_alone(self) -> bool:
        """As one sentence of a text."""
        return self.chance < CALM_ALONE_BELOW and self.known >= LEAST_KNOWN_ALONE

    @property
    def is_calm_headline(self) -> bool:
        """As a title, which is short by nature."""
        return self.chance < CALM_ALONE_BELOW


class Weights:
    """What the words of one language weigh."""

    def __init__(self, lines: Iterable[str]) -> None:
        pairs = (line.split("\t") for line in lines)
        self._weights = {feature: float(weight) for feature, weight in pairs}
        self._bias = self._weights.pop(_BIAS)

    def read(self, text: str) -> Reading:
        """The regression's: each feature counts the less the more there are."""
        found = sorted((self._weights[each], each) for each in list_features(text) if each in self._weights)
        total = sum(weight for weight, _ in found) / sqrt(len(found) or 1)
        calming = [feature for weight, feature in found[: 2 * _MOST_TOLD] if weight < 0 and not feature.endswith("*")]
        known = sum(not feature.endswith("*") for _, feature in found)
        return Reading(1 / (1 + exp(-self._bias - total)), tuple(calming[:_MOST_TOLD]), known)


@cache
def load_weights() -> dict[str, Weights]:
    """By language."""
    return {language: Weights(text.splitlines()) for language, text in read_weights().items()}


@cache
def digest_reading() -> str:
    """Changes when any weight does, or what is calm."""
    limits = (CALM_BELOW, CALM_ALONE_BELOW, LEAST_KNOWN, LEAST_KNOWN_ALONE, MOST_READ)
    return sha256(f"{limits}\0{digest_weights()}".encode()).hexdigest()[:16]
