"""Which articles tell one story: measured on pairs that are made from the demo's articles, in three languages."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from crawler.analysis import Tools
from crawler.leads import Report, make_report, tells_other_news
from crawler.models import Article, Mention, Signature, Zone
from crawler.stories import BAND_BITS, BANDS, estimate_shared, is_same_story, make_bands, sign_article
from tests.shipped import compile_shipped
from tests.stages.story_pairs import Pair, make_pairs, make_templates

FIRST_MINIMA = "8d12e8929d6bcb02"
ARTICLES = Path(__file__).parents[2] / "settings" / "demo" / "articles"
NAMED = (Mention("ain-al-asad", "base", "Ain al-Asad", Zone.BODY, 0, 4, "base"),)


def sign(body: str) -> Signature | None:
    return sign_article(Article(body=body), NAMED)


def signed(body: str) -> Signature:
    signature = sign(body)
    assert signature is not None
    return signature


@cache
def shipped() -> Tools:
    return compile_shipped()


@cache
def report(body: str) -> Report:
    """As the gazetteer finds what it names."""
    return make_report(body, shipped().matcher.examine(Article(body=body)).mentions)


def read_texts() -> list[str]:
    """Of those that say enough, one paragraph a line."""
    texts = (yaml.safe_load(file.read_text("utf-8")).get("text") or "" for file in sorted(ARTICLES.rglob("*.yaml")))
    joined = ("\n".join(" ".join(part.split()) for part in text.split("\n\n") if part.strip()) for text in texts)
    return [text for text in joined if len(text.split()) >= 60]


@cache
def read_reports() -> list[str]:
    """Of those, what names anything that is watched: nothing else has a story."""
    return [text for text in read_texts() if report(text).names]


@dataclass
class Score:
    wanted: int = 0
    found: int = 0
    right: int = 0


def score(pairs: Iterable[Pair]) -> Score:
    result = Score()
    for pair in pairs:
        one, other = signed(pair.one), signed(pair.other)
        is_near = not set(make_bands(one.minima)).isdisjoint(make_bands(other.minima))
        found = is_near and is_same_story(one, other, same_outlet=pair.same_outlet)
        found = found and not tells_other_news(report(pair.other), report(pair.one))
        result.wanted += pair.same
        result.found += found
        result.right += found and pair.same
    return result


def test_retold_articles_are_one_story_and_those_that_only_look_so_are_not() -> None:
    texts = read_reports()
    made = score([pair for seed in (1, 2, 3) for pair in (*make_pairs(texts, seed), *make_templates(seed))])

    assert made.wanted >= 400
    assert made.right / made.wanted >= 0.95, "recall"
    assert made.right / made.found >= 0.98, "precision"


def test_arabic_and_persian_are_found_as_well() -> None:
    texts = [text for text in read_reports() if sum("\u0600" <= char <= "\u06ff" for char in text) > len(text) / 2]
    made = score(make_pairs(texts, seed=3))

    assert len(texts) >= 8
    assert made.right / made.wanted >= 0.95
    assert made.right / made.found >= 0.98


def test_reports_by_one_pattern_are_different_stories() -> None:
    made = score(make_templates(seed=4))

    assert made.found <= 2


def test_the_same_text_has_the_same_signature_in_any_spelling_of_its_letters() -> None:
    text = read_texts()[0]

    one, other = signed(text), signed(text.upper().replace("\n", "  \n"))

    assert (one.minima, one.pairs) == (other.minima, other.pairs)
    assert estimate_shared(one, other) == 1.0


def test_there_are_32_bands_and_each_has_its_own_numbers() -> None:
    bands = make_bands(signed(read_texts()[0]).minima)

    assert len(set(bands)) == BANDS == 32
    assert all(0 <= band < 1 << BAND_BITS for band in bands)


def test_a_signature_is_the_same_in_every_process_and_version() -> None:
    """It is stored, and compared with what a later process makes."""
    words = " ".join(f"word{number}" for number in range(40))

    assert signed(words).minima[:8].hex() == FIRST_MINIMA


def test_what_names_nothing_or_says_too_little_has_no_signature() -> None:
    assert sign_article(Article(body=read_texts()[0]), ()) is None
    assert sign("Two drones fell near the base.") is None
