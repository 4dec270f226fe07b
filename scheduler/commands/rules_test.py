"""`basewatch rules test`: the examples of every rule."""

from pathlib import Path

from rich.text import Text

from crawler.errors import RuleError
from crawler.match.examples import check_examples
from crawler.match.matcher import Matcher
from scheduler.console import Exit, fail, load_or_exit, make_console


def main(config: Path | None) -> int:
    settings = load_or_exit(config)
    try:
        problems = check_examples(Matcher(settings.gazetteer, settings.rules), settings.rules)
    except RuleError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    console = make_console()
    count = sum(len(rule.examples) for rule in settings.rules)
    for problem in problems:
        console.print(Text(f"{problem.rule}: {problem}", style="red"))
    console.print(f"{len(settings.rules)} rules, {count} examples, {len(problems)} failed")
    return int(Exit.FINDINGS if problems else Exit.DONE)
