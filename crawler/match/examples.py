"""Rules and ambiguous aliases carry examples; here they are run."""

from collections.abc import Iterator
from dataclasses import dataclass

from crawler.match.matcher import Matcher
from crawler.models import Article
from settings.model import Rule


@dataclass(frozen=True, slots=True)
class ExampleProblem:
    """An example that does not do what it says."""

    rule: str
    text: str
    wanted: bool
    """Was it to match?"""
    why: str
    """What the rule found, or lacked."""

    def __str__(self) -> str:
        wanted = "should match and does not" if self.wanted else "should not match and does"
        return f"rule {self.rule}: {wanted}: {self.text!r} ({self.why})"


def check_examples(matcher: Matcher, rules: tuple[Rule, ...]) -> tuple[ExampleProblem, ...]:
    """Every example of every rule that fails."""
    return tuple(problem for rule in rules for problem in _check_rule(matcher, rule))


def _check_rule(matcher: Matcher, rule: Rule) -> Iterator[ExampleProblem]:
    for example in rule.examples:
        findings = matcher.examine(Article(title=example.title, body=example.text))
        hit = next((hit for hit in findings.hits if hit.rule == rule.name), None)
        if (hit is not None) != example.matches:
            lacked = next((f"lacks {miss.missing}" for miss in findings.near_misses if miss.rule == rule.name), "")
            why = hit.explanation if hit else lacked or "more than one part is missing"
            yield ExampleProblem(rule.name, example.text, example.matches, why)
