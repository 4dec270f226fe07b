"""Settings that can be run: the YAML is right, every rule compiles, and every rule's examples hold."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from crawler.errors import RuleError
from crawler.match.examples import check_examples
from crawler.match.language import parse_rule
from crawler.match.matcher import Matcher, list_known
from settings import SettingsError, load_settings
from settings.document import Document, read_document
from settings.errors import SettingsProblem
from settings.load import find_file
from settings.model import Settings


def load_verified(config_dir: Path | None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Load and try out. Raises SettingsError with every problem, wrong rules and failing examples among them."""
    settings = load_settings(config_dir, environ)
    document = read_document(find_file(config_dir, "rules.yaml"))
    problems = list(_wrong_rules(settings, document)) or list(_failing_examples(settings, document))
    if problems:
        raise SettingsError(tuple(problems))
    return settings


def _wrong_rules(settings: Settings, document: Document) -> Iterator[SettingsProblem]:
    known = list_known(settings.gazetteer)
    for rule in settings.rules:
        try:
            parse_rule(rule.name, rule.when, known)
        except RuleError as error:
            yield document.problem(("rules", rule.name, "when"), str(error))


def _failing_examples(settings: Settings, document: Document) -> Iterator[SettingsProblem]:
    for problem in check_examples(Matcher(settings.gazetteer, settings.rules), settings.rules):
        yield document.problem(("rules", problem.rule, "examples"), str(problem))
