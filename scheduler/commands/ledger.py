"""`basewatch ledger`: where every link went, and whether the sums close."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.errors import StoreError
from crawler.models import LedgerRow, Outcome, PollAccount, RevisitResult
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.places import open_store

_OF_A_POLL = ("at", "verdict", "status", "detail")
_NUMBERS = frozenset({"seen", "known", "new", "pending"})


def main(config: Path | None, days: int, source: str | None, polls: int, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    now = datetime.now(UTC)
    since = (now - timedelta(days=days - 1)).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        with open_store(settings.run) as store:
            rows = store.read_ledger(since, now + timedelta(days=1), source)
            single = store.read_polls(since, now + timedelta(days=1), polls, source) if polls else []
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if polls:
        _tell_polls(single, as_json=as_json)
    elif as_json:
        for row in rows:
            print_json(_as_object(row))
    else:
        _print_table(rows, make_console())
    closes = all(row.closes for row in rows) and all(poll.account.closes for poll in single)
    return int(Exit.DONE if closes else Exit.FINDINGS)


def _as_object(row: LedgerRow) -> dict[str, object]:
    return {**asdict(row), "closes": row.closes}


def _tell_polls(polls: list[PollAccount], *, as_json: bool) -> None:
    if as_json:
        for poll in polls:
            said = asdict(poll)
            print_json({**_as_object(poll.account), **{name: said[name] for name in _OF_A_POLL}})
        return
    console, table = make_console(), Table(box=None, pad_edge=False)
    for column in ("at (UTC)", "source", "verdict", "seen", "known", "new", "ended as", "pending", "closes", "told"):
        table.add_column(column, overflow="fold", justify="right" if column in _NUMBERS else "left")
    for poll in polls:
        table.add_row(*_describe_poll(poll))
    console.print(table if polls else "No poll was made in that time.")


def _describe_poll(poll: PollAccount) -> tuple[Text, ...]:
    row = poll.account
    ended = ", ".join(f"{outcome} {number}" for outcome, number in row.outcomes.items() if number)
    closes = Text("yes", "green") if row.closes else Text("NO", "bold red")
    made = (f"{poll.at:%Y-%m-%d %H:%M:%S}", row.source, str(poll.verdict))
    counted = (row.seen, row.known, row.new, ended, row.pending)
    return *(Text(str(each)) for each in (*made, *counted)), closes, Text(defuse_text(poll.detail))


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
