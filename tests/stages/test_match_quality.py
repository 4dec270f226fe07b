"""The shipped names and rules on our labelled passages, half of them hard negatives; and how such a set is read."""

import json
from pathlib import Path

import pytest

from crawler.match.evaluate import Evaluation, Passage, evaluate, read_passages
from crawler.match.matcher import Matcher
from settings.load import load_settings
from tests.shipped import compile_shipped

PASSAGES = Path(__file__).parent / "match" / "passages.jsonl"
BLIND = Path(__file__).parent / "match" / "blind.jsonl"
"""Written before they were first run; match/README.md says how they scored then, and what was mended since."""
PHRASES = Path(__file__).parent / "match" / "phrases.jsonl"
"""Verbs and idioms for what happens, each in one plain sentence: what the lists of words lack shows here."""
BAR = 0.97
FLOOR = 0.94
"""For one language of the blind sets, whose known mistakes are left as they are."""
BLIND_BARS = {"all": BAR, "en": FLOOR, "ar": BAR, "fa": BAR}


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return compile_shipped().matcher


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    return list(read_passages(PASSAGES.read_text(encoding="utf-8").splitlines()))


@pytest.fixture(scope="module")
def result(matcher: Matcher, passages: list[Passage]) -> Evaluation:
    return evaluate(matcher, passages)


def test_the_set_is_large_mixed_and_half_of_it_is_hard(passages: list[Passage]) -> None:
    assert len(passages) >= 300
    assert {passage.lang for passage in passages} == {"en", "ar", "fa"}
    assert sum(not passage.alert for passage in passages) >= len(passages) // 2
    assert len({passage.id for passage in passages}) == len(passages)


@pytest.mark.parametrize("language", ["all", "en", "ar", "fa"])
def test_precision_and_recall_reach_the_bar_in_every_language(result: Evaluation, language: str) -> None:
    assert min(_rates(result, language)) >= BAR, result.to_text()


def _rates(evaluation: Evaluation, language: str) -> tuple[float, ...]:
    scores = evaluation.languages[language]
    return scores.alerts.precision, scores.alerts.recall, scores.entities.precision, scores.entities.recall


def test_sets_that_were_once_blind_stay_near_the_bar_in_every_language(matcher: Matcher) -> None:
    blind = evaluate(matcher, read_passages(BLIND.read_text(encoding="utf-8").splitlines()), load_settings().residue)
    lowest = {language: min(_rates(blind, language)) for language in BLIND_BARS}
    assert {language for language, bar in BLIND_BARS.items() if lowest[language] < bar} == set(), blind.to_text()


def test_what_happens_is_seen_in_whatever_words_and_what_does_not_is_left_alone(matcher: Matcher) -> None:
    scores = evaluate(matcher, read_passages(PHRASES.read_text(encoding="utf-8").splitlines()))
    assert min(scores.languages["all"].alerts.precision, scores.languages["all"].alerts.recall) >= BAR, scores.to_text()


def test_mistakes_are_told_with_their_reasons(matcher: Matcher) -> None:
    wrong = Passage("x", "en", "Rockets hit Ain al-Asad.", frozenset({"hamas"}), frozenset(), alert=False)
    quiet = Passage("y", "en", "Kataib Hezbollah met.", frozenset({"kataib-hezbollah"}), frozenset(), alert=True)
    told = evaluate(matcher, [wrong, quiet])
    kinds = [(mistake.passage, mistake.kind) for mistake in told.mistakes]
    assert kinds == [("x", "false entity"), ("x", "missed entity"), ("x", "false alert"), ("y", "missed alert")]
    assert "base-attacked" in told.mistakes[2].what
    assert "lacks" in told.mistakes[3].why
    assert json.loads(told.to_json())["languages"]["en"]["alerts"]["precision"] == 0
    assert "Rockets hit" in told.to_text()


def test_what_is_optional_is_neither_rewarded_nor_punished(matcher: Matcher) -> None:
    optional = frozenset({"hamas"})
    for text in ("Hamas spoke.", "Nobody spoke."):
        passage = Passage("x", "en", text, frozenset(), frozenset(), alert=False, optional=optional)
        tally = evaluate(matcher, [passage]).languages["all"].entities
        assert (tally.right, tally.wrong, tally.missed) == (0, 0, 0)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "no JSON: "),
        ("[]", "an object is wanted"),
        ('{"text": "x", "alert": true}', "id is missing"),
        ('{"id": 1, "alert": true}', "text must be a text"),
        ('{"id": 1, "text": null, "alert": true}', "text must be a text"),
        ('{"id": 1, "text": "x", "title": 7, "alert": true}', "title must be a text"),
        ('{"id": 1, "text": "x"}', "alert must be true or false"),
        ('{"id": 1, "text": "x", "alert": "false"}', "alert must be true or false"),
        ('{"id": "a", "text": "x", "alert": true, "groups": "hamas"}', "groups must be a list"),
    ],
)
def test_a_broken_line_of_a_set_is_named_with_what_is_wrong(line: str, told: str) -> None:
    with pytest.raises(ValueError, match=rf"^line 2: {told}"):
        list(read_passages(["", line]))


def test_a_passage_is_read_as_a_page_is_and_its_language_guessed_where_none_is_given() -> None:
    line = json.dumps({"id": "a\ud800", "text": "\u202eقصف\u2028القاعدة گ", "title": None, "alert": False})
    [passage] = read_passages([line])
    assert (passage.id, passage.text, passage.title, passage.lang) == ("a", "قصف\nالقاعدة گ", "", "ar")


@pytest.mark.parametrize(
    ("entity", "text", "reason"),
    [
        ("hamas", "The minister spoke.", "no spelling of it stands there"),
        ("kataib-hizbollah", "Kataib Hezbollah met.", "the gazetteer has no such id; did you mean kataib-hezbollah?"),
        ("conoco", "Conoco shares fell.", "none of its context words stands near"),
        ("hezbollah-lebanon", "Kataib Hezbollah met.", "a longer name covers it"),
        ("saraya-awliya-al-dam", "SAD met.", "its full form does not stand before it"),
        ("ain-al-asad", "Bashar al-Asad met them.", "that spelling never counts"),
        ("camp-kalsu", "Kalsu won the prize.", "no word for a military place stands beside it"),
    ],
)
def test_an_entity_that_was_missed_is_told_with_its_reason(
    matcher: Matcher, entity: str, text: str, reason: str
) -> None:
    passage = Passage("x", "en", text, frozenset({entity}), frozenset(), alert=False)
    [mistake] = [each for each in evaluate(matcher, [passage]).mistakes if each.kind == "missed entity"]
    assert mistake.what == entity
    assert mistake.why.endswith(reason)


@pytest.mark.parametrize("bases", [["ain-al-asad"], []])
def test_lines_that_pages_leak_make_no_rule_fire_and_what_they_name_is_neither_missed_nor_wrong(
    matcher: Matcher, bases: list[str]
) -> None:
    text = "The ministry opened a school in Basra.\nRead also: Two rockets hit Ain al-Asad airbase"
    line = json.dumps({"id": "leak", "lang": "en", "text": text, "groups": [], "bases": bases, "alert": False})
    cut = evaluate(matcher, read_passages([line]), load_settings().residue)
    assert (cut.mistakes, cut.languages["all"].entities.right) == ((), len(bases))
    assert "false alert" in {mistake.kind for mistake in evaluate(matcher, read_passages([line])).mistakes}
