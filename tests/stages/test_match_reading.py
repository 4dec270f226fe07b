"""What reads calm is told less loudly, in words, and never silently; what does not is told as before."""

from pathlib import Path

import pytest

from crawler.match.explain import digest_rule
from crawler.match.matcher import Matcher
from crawler.match.reading import CALM_BELOW, list_features, load_weights
from crawler.models import Article, Hit
from settings.errors import SettingsError
from settings.load import load_settings
from settings.model import Rule
from tests.stages.match.gazetteer import SMALL

LOUD = Rule(name="loud", severity="critical", when="@base AND #attack")
LOWERED = LOUD.model_copy(update={"calm": "notice"})
REPORT = (
    "Two rockets struck Ain al-Asad before dawn and wounded a soldier, a security source said. An attack drone fell."
)
HARVEST = (
    "The museum near Ain al-Asad opened its exhibition of paintings last week. Visitors praised the artist, whose "
    "attack on colour the festival's jury had already admired; tickets and the catalogue are sold at the shop."
)


def examine(body: str, rule: Rule = LOWERED, **article: str) -> Hit:
    [hit] = Matcher(SMALL, (rule,)).examine(Article(body=body, **{"language": "en", **article})).hits
    return hit


def test_a_rule_is_less_severe_where_the_words_around_read_calm_and_says_which() -> None:
    report, calm = examine(REPORT), examine(HARVEST)
    assert (report.severity, "read calm" in report.explanation) == ("critical", False)
    assert (calm.severity, "read calm (" in calm.explanation) == ("notice", True)
    words = calm.explanation.partition("read calm (")[2].rstrip(")").split(", ")
    assert set(words) <= list_features(HARVEST)
    assert len(words) == 3


def test_a_rule_that_does_not_ask_is_never_lowered() -> None:
    assert examine(HARVEST, LOUD).severity == "critical"
    assert "calm" not in examine(HARVEST, LOUD).explanation


def test_one_passage_that_is_not_calm_is_enough_in_a_long_article() -> None:
    calm = HARVEST.replace("attack", "view")
    between = " ".join(["The catalogue lists forty artists of the region."] * 8)
    assert examine(f"{HARVEST}\n{between}\n{REPORT}").severity == "critical"
    assert examine(f"{HARVEST}\n{between}\n{calm}").severity == "notice"


def test_a_language_without_weights_is_never_calm() -> None:
    assert examine(HARVEST, language="fr").severity == "critical"


@pytest.mark.parametrize("body", [REPORT, HARVEST])
def test_who_is_named_makes_no_difference(body: str) -> None:
    other = body.replace("Ain al-Asad", "Tower 22")
    assert examine(body).severity == examine(other).severity
    assert examine(body).explanation.partition("read calm")[2] == examine(other).explanation.partition("read calm")[2]


def test_a_headline_is_read_with_the_text_below_it() -> None:
    rule = LOWERED.model_copy(update={"when": "TITLE(@base AND #attack)"})
    title = "Attack at Ain al-Asad"
    assert examine(REPORT.replace("Ain al-Asad", "the place"), rule, title=title).severity == "critical"
    assert examine(HARVEST.replace("Ain al-Asad", "the place"), rule, title=title).severity == "notice"


def test_the_digest_of_a_rule_says_that_it_is_lowered() -> None:
    digests = {digest_rule(LOUD), digest_rule(LOWERED), digest_rule(LOUD.model_copy(update={"calm": "info"}))}
    assert len(digests) == 3


def test_a_severity_that_is_not_lower_is_refused_where_it_stands(tmp_path: Path) -> None:
    text = "rules:\n  one:\n    severity: notice\n    calm: warning\n    when: '@base'\n"
    (tmp_path / "rules.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match="`calm: warning` is not less than `severity: notice`"):
        load_settings(tmp_path)


def test_words_weigh_in_any_spelling_with_what_is_written_before_them_or_without() -> None:
    assert list_features("ATTACKED attacked Attacked") == {"attacked", "attac*"}
    assert {"والهجوم", "هجوم"} <= list_features("والهُجـوم")
    assert list_features("أسعار") == list_features("اسعار")
    assert list_features("کتاب‌ها") == list_features("كتاب ها")
    assert list_features("42, …") == frozenset()


@pytest.mark.parametrize("language", ["en", "ar", "fa"])
def test_a_text_of_which_no_word_has_a_weight_is_not_calm(language: str) -> None:
    assert load_weights()[language].read("xqzv").chance > CALM_BELOW
