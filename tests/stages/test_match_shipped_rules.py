"""The rules that we ship do what their examples say, with the gazetteer that we ship."""

from crawler.match.examples import check_alias_examples, check_examples
from crawler.match.matcher import Matcher
from settings.model import SEVERITIES
from tests.shipped import read_shipped


def test_every_example_of_every_shipped_rule_holds() -> None:
    settings = read_shipped()
    problems = check_examples(Matcher(settings.gazetteer, settings.rules), settings.rules)
    assert [str(problem) for problem in problems] == []


def test_every_example_of_every_shipped_alias_holds() -> None:
    settings = read_shipped()
    problems = check_alias_examples(Matcher(settings.gazetteer, settings.rules), settings.gazetteer)
    assert [str(problem) for problem in problems] == []
    assert sum(bool(alias.examples) for entity in settings.gazetteer.entities for alias in entity.aliases) >= 5


def test_every_shipped_rule_has_examples_of_both_kinds_and_in_three_languages() -> None:
    for rule in read_shipped().rules:
        assert {example.matches for example in rule.examples} == {True, False}, rule.name
        assert rule.severity in SEVERITIES
        assert rule.description, rule.name
