"""Settings that can be run: the YAML is right, every rule compiles, and every rule's and alias's examples hold."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from crawler.errors import RuleError
from crawler.match.examples import ExampleProblem, check_alias_examples, check_examples
from crawler.match.language import parse_rule
from crawler.match.matcher import Matcher, list_known
from settings import SettingsError, load_settings
from settings.document import Document, YamlPath, read_document
from settings.errors import SettingsProblem
from settings.load import ENTITY_FILES, find_file
from settings.model import Settings

_verified: set[str] = set()
"""Digests of gazetteers and rules that were found right: a reload after an edit of the sources tries none again."""


def load_verified(config_dir: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Load and try out. Raises SettingsError with every problem, wrong rules and failing examples among them."""
    settings = load_settings(config_dir, environ)
    if settings.digest not in _verified:
        if problems := _find_problems(settings, config_dir):
            raise SettingsError(problems)
        _verified.add(settings.digest)
    return settings


def _find_problems(settings: Settings, config_dir: Path | None) -> tuple[SettingsProblem, ...]:
    document = read_document(find_file(config_dir, "rules.yaml"))
    try:
        matcher = Matcher(settings.gazetteer, settings.rules)
    except RuleError:  # tells of the first; whoever mends them wants all
        return tuple(_wrong_rules(settings, document))
    return tuple(_failing_examples(matcher, settings, document, config_dir))


def _wrong_rules(settings: Settings, document: Document) -> Iterator[SettingsProblem]:
    known = list_known(settings.gazetteer)
    for rule in settings.rules:
        for key, expression in (("when", rule.when), ("unless", rule.unless)):
            try:
                if key == "when" or expression:
                    parse_rule(rule.name, expression, known)
            except RuleError as error:
                yield document.problem(("rules", rule.name, key), str(error))


def _failing_examples(
    matcher: Matcher, settings: Settings, document: Document, config_dir: Path | None
) -> Iterator[SettingsProblem]:
    for problem in check_examples(matcher, settings.rules):
        yield document.problem(("rules", problem.rule, "examples"), str(problem))
    for problem in check_alias_examples(matcher, settings.gazetteer):
        kind = next(entity.type for entity in settings.gazetteer.entities if entity.id == problem.rule)
        name = next(name for name, entities in ENTITY_FILES.items() if entities == kind)
        file = read_document(find_file(config_dir, f"gazetteer/{name}.yaml"))
        yield file.problem(_find_alias(settings, name, problem), str(problem))


def _find_alias(settings: Settings, name: str, problem: ExampleProblem) -> YamlPath:
    """Where an alias stands in its file."""
    entity = next(entity for entity in settings.gazetteer.entities if entity.id == problem.rule)
    language = next(alias.language for alias in entity.aliases if alias.text == problem.alias)
    listed = [alias.text for alias in entity.aliases if alias.language == language]
    return (name, entity.id, "aliases", language, listed.index(problem.alias))
