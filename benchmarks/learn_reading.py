"""Learn what words weigh from the labelled passages of tests/stages/match, and write `settings/reading/`.

    pip install basewatch[learn]
    python -m benchmarks.learn_reading [--check] [MORE.jsonl ...]

`--check` writes nothing: it leaves each stranger's set out in turn, learns from all others, and prints how many of the
alerts that rules raise on it are lowered then, right ones and false ones. Names are taken out before, as they are when
an article is read.
"""

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from crawler.match.evaluate import LOUD, Passage, read_passages
from crawler.match.matcher import Matcher
from crawler.match.reading import Weights, list_features, load_weights
from crawler.models import Article
from settings.load import SHIPPED, load_settings

HERE = Path(__file__).parents[1] / "tests" / "stages" / "match"
FILES = ("blind.jsonl", "calm.jsonl", "passages.jsonl", "phrases.jsonl")
LANGUAGES = ("en", "ar", "fa")
STRANGERS = ("s", "calm")
"""How the ids of their sets begin."""
SEEN_TWICE = 2
"""A word that one passage alone has says nothing of others."""
COMMON = 0.2
"""A word that more of the passages have is of the language, and says how somebody writes."""
STRENGTH = 10.0
"""The inverse of the regularisation; 3 and 30 were no better on sets left out."""
LEAST = 0.02
"""A weight below is not written."""


class Labelled(NamedTuple):
    """A passage as it is learned from."""

    set: str
    article: Article
    language: str
    features: frozenset[str]
    is_alert: bool
    is_told: bool
    """Would a rule tell of it, if it were not lowered?"""


class Model(NamedTuple):
    """What was learned of one language."""

    vocabulary: dict[str, int]
    regression: LogisticRegression


def is_told(matcher: Matcher, article: Article) -> bool:
    return any(hit.severity in LOUD for hit in matcher.examine(article).hits)


def take_out_names(matcher: Matcher, passages: Iterable[Passage]) -> Iterator[Labelled]:
    for each in passages:
        article = Article(title=each.title, body=each.text, language=each.lang)
        pool = matcher.read_pool(article)
        text = "\n".join(pool.blank_names(zone, 0, len(text.sentences)) for zone, text in pool.document.zones.items())
        yield Labelled(
            each.id.partition("-")[0], article, each.lang, list_features(text), each.alert, is_told(matcher, article)
        )


def make_matrix(passages: Sequence[Labelled], vocabulary: dict[str, int]) -> csr_matrix:
    rows, columns, values = [], [], []
    for row, each in enumerate(passages):
        known = [vocabulary[feature] for feature in sorted(each.features) if feature in vocabulary]
        rows += [row] * len(known)
        columns += known
        values += [(len(known) or 1) ** -0.5] * len(known)
    return csr_matrix((values, (rows, columns)), shape=(len(passages), len(vocabulary)))


def learn(passages: Sequence[Labelled]) -> Model:
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


def write(language: str, model: Model) -> None:
    lines = list_lines(model)
    (SHIPPED / "reading" / f"{language}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{language}: {len(lines) - 1} words")


def check(matcher: Matcher, passages: Sequence[Labelled]) -> None:
    """`matcher` is one whose rules are lowered."""
    lowered, total = Counter[bool](), Counter[bool]()
    for name in sorted({each.set for each in passages if each.set.startswith(STRANGERS)}):
        for language in LANGUAGES:
            others = [each for each in passages if each.set != name and each.language == language]
            told = [each for each in passages if each.set == name and each.language == language and each.is_told]
            if not told:
                continue
            load_weights()[language] = Weights(list_lines(learn(others)))
            for each in told:
                total[each.is_alert] += 1
                lowered[each.is_alert] += not is_told(matcher, each.article)
        print(f"up to {name}: {lowered[True]} of {total[True]} alerts, {lowered[False]} of {total[False]} false ones")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("more", nargs="*", type=Path)
    wish = parser.parse_args()
    settings = load_settings()
    matcher = Matcher(settings.gazetteer, tuple(rule.model_copy(update={"calm": None}) for rule in settings.rules))
    files = [*(HERE / name for name in FILES), *wish.more]
    passages = [each for file in files for each in read_passages(file.read_text("utf-8").splitlines())]
    labelled = list(take_out_names(matcher, passages))
    print(f"{len(labelled)} passages, {sum(each.is_alert for each in labelled)} of them alerts")
    if wish.check:
        check(Matcher(settings.gazetteer, settings.rules), labelled)
        return
    for language in LANGUAGES:
        write(language, learn([each for each in labelled if each.language == language]))


if __name__ == "__main__":
    main()
