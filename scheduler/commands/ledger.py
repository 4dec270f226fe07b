"""`basewatch ledger`: where every link went, and whether the sums close."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.errors import StoreError
from crawler.models import LedgerRow, Outcome, RevisitResult
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.places import open_store


def main(config: Path | None, days: int, source: str | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    now = datetime.now(UTC)
    since = (now - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        with open_store(settings.run) as store:
            rows = store.read_ledger(since, now + timedelta(days=1), source)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if as_json:
        for row in rows:
            print_json({**asdict(row), "closes": row.closes})
    else:
        _print_table(rows, make_console())
    return int(Exit.DONE if all(row.closes for row in rows) else Exit.FINDINGS)


def _print_table(rows: list[LedgerRow], console: Console) -> None:
    if not rows:
        console.print("No poll was made in that time.")
        return
    shown = [outcome for outcome in Outcome if any(row.outcomes.get(outcome) for row in rows)]
    visited = [result for result in RevisitResult if any(row.results.get(result) for row in rows)]
    table = Table(box=None, pad_edge=False)
    table.add_column("day")
    table.add_column("source")
    for column in (
        "polls",
        "failed",
        "seen",
        "known",
        "new",
        *shown,
        "pending",
        "revisits",
        *visited,
        "waiting",
        "closes",
    ):
        table.add_column(str(column), justify="right")
    for row in rows:
        numbers = [row.polls, row.failed_polls, row.seen, row.known, row.new]
        numbers += [row.outcomes.get(outcome, 0) for outcome in shown]
        closes = Text("yes", "green") if row.closes else Text("NO", "bold red")
        visits = [row.revisits, *(row.results.get(result, 0) for result in visited), row.waiting]
        table.add_row(row.day, row.source, *map(str, [*numbers, row.pending, *visits]), closes)
    console.print(table)
    total = sum(row.new for row in rows)
    ended = sum(sum(row.outcomes.values()) for row in rows)
    pending = sum(row.pending for row in rows)
    console.print(Text(f"new {total} = ended {ended} + pending {pending}", style="dim"))
