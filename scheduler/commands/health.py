"""`basewatch health`: what is wrong now, since when, and what was."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.errors import StoreError
from crawler.models import SourceState
from crawler.signs import HealthEvent
from scheduler.alerts.terminal import defuse_text
from scheduler.commands.sources import describe_span
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.places import open_store
from settings.model import Settings

OVERDUE_AFTER = timedelta(minutes=15)


def main(config: Path | None, days: int, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    now = datetime.now(UTC)
    try:
        with open_store(settings.run) as store:
            events, ticks = store.read_events(now - timedelta(days=days)), store.read_ticks()
            overdue = find_overdue(settings, store.read_states(), now)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if as_json:
        for event in events:
            print_json(asdict(event))
        print_json({"ticks": ticks, "overdue": overdue})
    else:
        _print_events(events, now, make_console())
        _print_rest(ticks, overdue, make_console())
    is_wrong = overdue or any(event.ended_at is None for event in events)
    return int(Exit.FINDINGS if is_wrong else Exit.DONE)


def find_overdue(settings: Settings, states: list[SourceState], now: datetime) -> list[str]:
    """Sources that should have been polled long ago: nobody does, or nobody can."""
    watched = {source.name for source in settings.sources if source.enabled}
    return [state.name for state in states if state.name in watched and now - state.next_poll_at > OVERDUE_AFTER]


def _print_events(events: list[HealthEvent], now: datetime, console: Console) -> None:
    if not any(event.ended_at is None for event in events):
        console.print(Text("No trouble is open.", "green"))
    if not events:
        return
    table = Table(box=None, pad_edge=False)
    for column in ("trouble", "where", "began", "ended", "what"):
        table.add_column(column, overflow="fold")
    for event in sorted(events, key=lambda each: each.ended_at is not None):
        ended = Text(describe_span(event.ended_at, now), "dim") if event.ended_at else Text("open", "bold red")
        where = Text(event.subject or "basewatch")
        began = Text(describe_span(event.since, now))
        table.add_row(Text(event.kind), where, began, ended, Text(defuse_text(event.detail)))
    console.print(table)


def _print_rest(ticks: dict[str, int], overdue: list[str], console: Console) -> None:
    if overdue:
        console.print(Text(f"{len(overdue)} sources are overdue; does the daemon run?", "bold red"))
    if ticks:
        counted = ", ".join(f"{name} {number}" for name, number in ticks.items())
        console.print(Text(f"Ticks that went wrong, ever: {counted}", "dim"))
