"""`basewatch rules check`: what is doubtful in names and rules; with --last also what nobody used."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from rich.text import Text

from crawler.errors import RuleError, StoreError
from crawler.match.lint import Finding, lint_settings, list_unseen, list_useless
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.past import count_days, read_last
from scheduler.places import open_store
from settings.model import Settings


def main(config: Path | None, last: str | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    articles, unused = 0, tuple[Finding, ...]()
    try:
        outlets = {outlet.slug for outlet in settings.outlets}
        doubts = lint_settings(settings.gazetteer, settings.rules, outlets)
        if last is not None:
            articles, unused = _find_unused(settings, read_last(last))
    except RuleError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    except ValueError as error:
        return fail(f"--last {last}: {error}", Exit.WRONG_SETTINGS)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if as_json:
        for kind, findings in (("doubtful", doubts), ("unused", unused)):
            for finding in findings:
                print_json({"kind": kind, **asdict(finding)})
    else:
        _print_findings(doubts, unused, articles if last is not None else None)
    return int(Exit.FINDINGS if doubts else Exit.DONE)


def _find_unused(settings: Settings, since: datetime) -> tuple[int, tuple[Finding, ...]]:
    days = count_days(since)
    with open_store(settings.run) as store:
        use = store.read_use(since)
    rules = list_useless(settings.rules, use.rules, use.articles, days)
    return use.articles, (*rules, *list_unseen(settings.gazetteer, use.aliases, days))


def _print_findings(doubts: tuple[Finding, ...], unused: tuple[Finding, ...], articles: int | None) -> None:
    console = make_console()
    for finding in doubts:
        console.print(Text(defuse_text(str(finding)), style="yellow"))
    for finding in unused:
        console.print(Text(defuse_text(str(finding)), style="dim"))
    console.print(f"{len(doubts)} doubtful names and rules")
    if articles is not None:
        console.print(f"{len(unused)} names and rules that {articles} stored articles never used, or always")
