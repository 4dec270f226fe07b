"""`basewatch gazetteer suggest`: names that articles wrote and no list holds, as lines to add."""

from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.text import Text

from crawler.errors import StoreError
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.explaining import choose_marks, indent, mark_lines
from scheduler.past import read_last
from scheduler.places import open_store
from scheduler.suggesting import Addition, list_additions


def main(config: Path | None, last: str, at_least: int, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    try:
        since = read_last(last)
        with open_store(settings.run) as store:
            variants, groups = store.read_unlisted(since)
    except ValueError as error:
        return fail(f"--last {last}: {error}", Exit.WRONG_SETTINGS)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    additions = list_additions(settings.gazetteer, variants, groups, at_least)
    console = make_console()
    for addition in additions:
        if as_json:
            print_json({"kind": addition.kind, "where": addition.place, **asdict(addition.suggestion)})
        else:
            _print(addition, console)
    if not additions and not as_json:
        console.print(f"No name of the last {last} is missing from the gazetteer.")
    return int(Exit.DONE)


def _print(addition: Addition, console: Console) -> None:
    suggestion = addition.suggestion
    what = f"a spelling of {addition.name}" if addition.kind == "spelling" else "a group that nobody knows"
    times = "once" if suggestion.count == 1 else f"{suggestion.count} times"
    console.print(Text.assemble((defuse_text(suggestion.text), "bold"), f"  {times}, {what}"))
    start = suggestion.example.find(suggestion.text)
    spans = [(start, start + len(suggestion.text))] if start >= 0 else []
    console.print(indent(mark_lines(suggestion.example, spans, choose_marks(console))))
    console.print(indent(Text.assemble((f"{addition.place}:  ", "dim"), (defuse_text(suggestion.line), "green"))))
