"""Learn what words weigh from the labelled passages of tests/stages/match, and write `settings/reading/`.

    pip install basewatch[learn]
    python -m benchmarks.learn_reading [--check] [MORE.jsonl ...]

First, for each language, words: a regression over whole passages. Then the parts, for all languages: how much the
sentence with a name counts, its neighbours, and each list of words; there each passage is weighed by regressions that
have not seen its set, as a text of tomorrow is. Of a passage with an alert only the sentence counts that speaks most
for it, as one is enough. At last the bias is set so that of the alerts of sets left out few are lowered.

`--check` writes nothing: it prints how many of the alerts that rules raise on each set are lowered by what was learned
from the others, right ones and false ones, and how many passages with a name of which no rule tells are raised. Names
are taken out before, as they are when an article is read.
"""

import argparse
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from math import ceil, inf, log
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from crawler.match.evaluate import LOUD, Passage, read_passages
from crawler.match.matcher import Matcher
from crawler.match.reading import (
    ALONE,
    AROUND,
    LOUD_FROM,
    Surroundings,
    Weights,
    is_loud_alone,
    list_features,
    list_parts,
)
from crawler.models import Article
from settings.load import SHIPPED, load_settings
from settings.weights import PARTS

HERE = Path(__file__).parents[1] / "tests" / "stages" / "match"
FILES = ("blind.jsonl", "calm.jsonl", "hard.jsonl", "training.jsonl", "passages.jsonl", "phrases.jsonl")
LANGUAGES = ("en", "ar", "fa")
OWN = ("passages", "phrases")
"""Files that rules were written to: they teach words, and say nothing of how texts of others fare."""
SEEN_TWICE = 2
"""A word that one passage alone has says nothing of others."""
COMMON = 0.2
"""A word that more of the passages have is of the language, and says how somebody writes."""
STRENGTH = 10.0
"""The inverse of the regularisation of words; 3 and 30 were no better on sets left out."""
PARTS_STRENGTH = 0.1
"""The same of parts."""
SEEN_OFTEN = 20
"""Passages that rules tell of and in which a list of words must occur to be weighed."""
FOLDS = 6
ROUNDS = 4
"""Of choosing the sentence that makes a passage an alert."""
LOST = 0.04
"""Share of the right alerts of sets left out that may be lowered."""
LEAST = 0.02
"""A weight below is not written."""


class Labelled(NamedTuple):
    """A passage as it is learned from."""

    set: str
    language: str
    features: frozenset[str]
    is_alert: bool
    is_told: bool
    """Does a rule tell of it, if nothing is lowered or raised?"""
    sentences: tuple[Surroundings, ...]
    """Those with a name."""


class Weighed(NamedTuple):
    """A sentence with a name, by words that were learned without its set."""

    parts: dict[str, float]
    is_loud: bool


class Model(NamedTuple):
    """What was learned of the words of one language."""

    vocabulary: dict[str, int]
    regression: LogisticRegression


def read_sets(files: Iterable[Path]) -> Iterator[tuple[str, Passage]]:
    """Each passage with the name of its set: sets in one file are told by the beginnings of ids."""
    for file in files:
        for each in read_passages(file.read_text("utf-8").splitlines()):
            yield file.stem if file.stem in OWN else each.id.partition("-")[0], each


def label(matcher: Matcher, name: str, each: Passage) -> Labelled:
    """`matcher` is one whose rules are never lowered or raised."""
    article = Article(title=each.title, body=each.text, language=each.lang)
    pool = matcher.read_pool(article)
    text = "\n".join(pool.blank_names(zone, 0, len(text.sentences)) for zone, text in pool.document.zones.items())
    hits = matcher.examine(article).hits
    told = any(hit.severity in LOUD for hit in hits)
    around = (pool.take_surroundings(*sentence) for sentence in (pool.named_sentences if hits else ()))
    return Labelled(name, each.lang, list_features(text), each.alert, told, tuple(filter(None, around)))


def make_matrix(passages: Sequence[Labelled], vocabulary: dict[str, int]) -> csr_matrix:
    rows, columns, values = [], [], []
    for row, each in enumerate(passages):
        known = [vocabulary[feature] for feature in sorted(each.features) if feature in vocabulary]
        rows += [row] * len(known)
        columns += known
        values += [(len(known) or 1) ** -0.5] * len(known)
    return csr_matrix((values, (rows, columns)), shape=(len(passages), len(vocabulary)))


def learn_words(passages: Sequence[Labelled]) -> Model:
    counts = Counter(feature for each in passages for feature in each.features)
    kept = sorted(feature for feature, count in counts.items() if SEEN_TWICE <= count <= COMMON * len(passages))
    vocabulary = {feature: column for column, feature in enumerate(kept)}
    regression = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=1000)
    regression.fit(make_matrix(passages, vocabulary), [each.is_alert for each in passages])
    return Model(vocabulary, regression)


def list_lines(model: Model) -> list[str]:
    """As they are written."""
    weights = model.regression.coef_[0]
    lines = [f"\t{model.regression.intercept_[0]:.3f}"]
    return lines + [f"{word}\t{weights[at]:.2f}" for word, at in model.vocabulary.items() if abs(weights[at]) >= LEAST]


def fold_sets(passages: Iterable[Labelled]) -> dict[str, int]:
    """Of each set a number; what belongs together is left out together. The largest are spread first."""
    sizes = Counter(each.set for each in passages)
    return {
        name: number % FOLDS
        for number, (name, _) in enumerate(sorted(sizes.items(), key=lambda one: (-one[1], one[0])))
    }


def weigh_left_out(passages: Sequence[Labelled]) -> dict[int, list[Weighed]]:
    """By the number of a passage with a hit: each of its sentences with a name."""
    folds = fold_sets(passages)
    weighed: dict[int, list[Weighed]] = {}
    for language in LANGUAGES:
        for fold in range(FOLDS):
            known = [each for each in passages if each.language == language and folds[each.set] != fold]
            words = Weights(list_lines(learn_words(known)))
            for number, each in enumerate(passages):
                if each.language == language and folds[each.set] == fold and each.sentences:
                    weighed[number] = [weigh_parts(words, sentence) for sentence in each.sentences]
    return weighed


def weigh_parts(words: Weights, surroundings: Surroundings) -> Weighed:
    lists = dict.fromkeys(list_parts(surroundings), 1.0)
    alone, around = words.weigh(surroundings.sentence), words.weigh(surroundings.around)
    return Weighed(
        {ALONE: alone.total, AROUND: around.total, **lists}, is_loud_alone(alone, is_armed=surroundings.is_armed)
    )


def learn_parts(alerts: Sequence[bool], sentences: Sequence[Sequence[dict[str, float]]]) -> dict[str, float]:
    """What each part weighs. A passage counts once, however many sentences it has."""
    seen = Counter(part for some in sentences for part in {part for each in some for part in each})
    rare = {part for part, count in seen.items() if count < SEEN_OFTEN}
    vectorizer = DictVectorizer()
    vectorizer.fit([{part: 1 for part in each if part not in rare} for some in sentences for each in some])
    tables = [vectorizer.transform(some).toarray() for some in sentences]
    weights = np.array([{ALONE: 0.4, AROUND: 0.8}.get(part, 0.0) for part in vectorizer.feature_names_])
    for _ in range(ROUNDS):
        # of an alert the sentence that tells it, of others all
        rows = [
            table[[np.argmax(table @ weights)]] if alert else table for alert, table in zip(alerts, tables, strict=True)
        ]
        counts = [1 / len(each) for each in rows for _ in each]
        labels = [alert for alert, each in zip(alerts, rows, strict=True) for _ in each]
        regression = LogisticRegression(C=PARTS_STRENGTH, class_weight="balanced", max_iter=2000)
        regression.fit(np.vstack(rows), labels, sample_weight=counts)
        weights = regression.coef_[0]
    return dict(zip(vectorizer.feature_names_, map(float, weights), strict=True))


def score(parts: Mapping[str, float], sentences: Sequence[Weighed]) -> float:
    """Of the sentence that speaks most for an alert, without any bias."""
    return max(sum(parts.get(part, 0.0) * value for part, value in each.parts.items()) for each in sentences)


def find_bias(scores: Iterable[float]) -> float:
    """With which few of these right alerts are lowered."""
    ordered = sorted(scores)
    return -ordered[ceil(LOST * len(ordered))]


def write_words(language: str, model: Model) -> None:
    lines = list_lines(model)
    (SHIPPED / "reading" / f"{language}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{language}: {len(lines) - 1} words")


def write_parts(parts: Mapping[str, float], bias: float) -> None:
    lines = [f"\t{bias:.3f}", *(f"{part}\t{weight:.2f}" for part, weight in parts.items() if abs(weight) >= LEAST)]
    (SHIPPED / "reading" / f"{PARTS}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines) - 1} parts, bias {bias:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("more", nargs="*", type=Path)
    wish = parser.parse_args()
    settings = load_settings()
    matcher = Matcher(
        settings.gazetteer, tuple(rule.model_copy(update={"calm": None, "loud": None}) for rule in settings.rules)
    )
    passages = [label(matcher, *each) for each in read_sets([*(HERE / name for name in FILES), *wish.more])]
    print(f"{len(passages)} passages, {sum(each.is_alert for each in passages)} of them alerts")
    weighed = {number: each for number, each in weigh_left_out(passages).items() if passages[number].set not in OWN}
    told = [number for number in weighed if passages[number].is_told]
    parts = learn_parts(
        [passages[number].is_alert for number in told],
        [[sentence.parts for sentence in weighed[number]] for number in told],
    )
    loud = {number for number, each in weighed.items() if any(sentence.is_loud for sentence in each)}
    scores = {number: score(parts, each) for number, each in weighed.items()}
    bias = find_bias(inf if number in loud else scores[number] for number in told if passages[number].is_alert)
    if wish.check:
        check(passages, {number: each + bias for number, each in scores.items()}, loud)
        return
    for language in LANGUAGES:
        write_words(language, learn_words([each for each in passages if each.language == language]))
    write_parts(parts, bias)


def check(passages: Sequence[Labelled], scores: Mapping[int, float], loud: Container[int]) -> None:
    """`loud` are those with a sentence that is so by itself: they are never lowered."""
    moved, total = Counter[tuple[str, bool, bool]](), Counter[tuple[str, bool, bool]]()
    loud_from = log(LOUD_FROM / (1 - LOUD_FROM))
    for number, each in scores.items():
        passage = passages[number]
        for name in (passage.set, "all"):
            kind = name, passage.is_told, passage.is_alert
            total[kind] += 1
            moved[kind] += (each < 0 and number not in loud) if passage.is_told else each >= loud_from
    for name in dict.fromkeys(name for name, *_ in total):
        right, false, missed, quiet = (
            f"{moved[name, told, alert]} of {total[name, told, alert]}"
            for told in (True, False)
            for alert in (True, False)
        )
        print(f"{name}: lowered {right} right alerts and {false} false ones; raised {missed} missed and {quiet} others")


if __name__ == "__main__":
    main()
