"""`basewatch rules test`: the examples of every rule and of every ambiguous alias."""

from dataclasses import asdict
from pathlib import Path

from rich.text import Text

from crawler.errors import RuleError
from crawler.match.examples import ExampleProblem, check_alias_examples, check_examples
from crawler.match.matcher import Matcher
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from settings.model import Settings


def main(config: Path | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    try:
        matcher = Matcher(settings.gazetteer, settings.rules)
    except RuleError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    problems = (*check_examples(matcher, settings.rules), *check_alias_examples(matcher, settings.gazetteer))
    if as_json:
        for problem in problems:
            print_json(asdict(problem))
    else:
        _print_problems(problems, settings)
    return int(Exit.FINDINGS if problems else Exit.DONE)


def _print_problems(problems: tuple[ExampleProblem, ...], settings: Settings) -> None:
    console = make_console()
    for problem in problems:
        console.print(Text(defuse_text(str(problem)), style="red"))
    of_rules = sum(len(rule.examples) for rule in settings.rules)
    aliases = [alias for entity in settings.gazetteer.entities for alias in entity.aliases if alias.examples]
    of_aliases = sum(len(alias.examples) for alias in aliases)
    console.print(
        f"{len(settings.rules)} rules, {of_rules} examples; {len(aliases)} aliases, {of_aliases} examples; "
        f"{len(problems)} failed"
    )
