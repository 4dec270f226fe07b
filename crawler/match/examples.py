"""Rules and ambiguous aliases carry examples; here they are run."""

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.match.matcher import Matcher
from crawler.models import Article
from settings.model import Alias, AliasExample, Entity, Gazetteer, Rule

_RAN_AWAY = "its regular expression ran away"


@dataclass(frozen=True, slots=True)
class ExampleProblem:
    """An example that does not do what it says."""

    rule: str
    """The rule, or the entity whose alias carries it."""
    text: str
    wanted: bool
    """Was it to match?"""
    why: str
    """What was found, or lacked."""
    alias: str = ""
    """Empty for a rule's example."""

    def __str__(self) -> str:
        wanted = "should match and does not" if self.wanted else "should not match and does"
        wanted = "cannot be judged" if self.why == _RAN_AWAY else wanted
        where = f"{self.rule}, alias {self.alias!r}" if self.alias else f"rule {self.rule}"
        return f"{where}: {wanted}: {self.text!r} ({self.why})"


def check_examples(matcher: Matcher, rules: tuple[Rule, ...]) -> tuple[ExampleProblem, ...]:
    """Every example of every rule that fails."""
    return tuple(problem for rule in rules for problem in _check_rule(matcher, rule))


def check_alias_examples(matcher: Matcher, gazetteer: Gazetteer) -> tuple[ExampleProblem, ...]:
    """Every example of every alias that fails: the entity is found in it, by whatever alias, or it is not."""
    return tuple(
        problem
        for entity in gazetteer.entities
        for alias in entity.aliases
        for example in alias.examples
        if (problem := _check_alias(matcher, entity, alias, example))
    )


def _check_alias(matcher: Matcher, entity: Entity, alias: Alias, example: AliasExample) -> ExampleProblem | None:
    found = [mention for mention in matcher.examine(Article(body=example.text)).mentions if mention.entity == entity.id]
    if bool(found) == example.matches:
        return None
    why = f"as {found[0].text!r}" if found else "not found"
    return ExampleProblem(entity.id, example.text, example.matches, why, alias.text)


def _check_rule(matcher: Matcher, rule: Rule) -> Iterator[ExampleProblem]:
    for example in rule.examples:
        findings = matcher.examine(Article(title=example.title, body=example.text))
        hit = next((hit for hit in findings.hits if hit.rule == rule.name), None)
        ran_away = rule.name in findings.disabled
        if ran_away or (hit is not None) != example.matches:
            lacked = next((f"lacks {miss.missing}" for miss in findings.near_misses if miss.rule == rule.name), "")
            why = hit.explanation if hit else lacked or "more than one part is missing"
            yield ExampleProblem(rule.name, example.text, example.matches, _RAN_AWAY if ran_away else why)
