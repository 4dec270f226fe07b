"""`basewatch sources`: what is watched, and how it goes."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.errors import StoreError
from crawler.models import SourceState
from crawler.store.store import Store
from scheduler.alerts.terminal import defuse_text
from scheduler.app import database_url, make_data_dir
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from settings.model import Settings, Source

FAILING_AFTER = 3
"""Failed polls in a row that are worth a look."""


def main(config: Path | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    try:
        make_data_dir(settings.run)
        store = Store.open(database_url(settings.run))
        states = {state.name: state for state in store.read_states()}
        store.close()
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if as_json:
        for source in settings.sources:
            print_json(_as_object(source, states.get(source.name)))
    else:
        _print_table(settings, states, make_console())
    failing = any(states[s.name].failures >= FAILING_AFTER for s in settings.sources if s.name in states and s.enabled)
    return int(Exit.FINDINGS if failing else Exit.DONE)


def _as_object(source: Source, state: SourceState | None) -> dict[str, object]:
    state_fields = asdict(state) if state else {}
    return {"name": source.name, "outlet": source.outlet, "url": source.url, "enabled": source.enabled, **state_fields}


def _print_table(settings: Settings, states: dict[str, SourceState], console: Console) -> None:
    now = datetime.now(UTC)
    table = Table(box=None, pad_edge=False)
    for column in ("source", "last success", "failures", "next poll", "address"):
        table.add_column(column, justify="right" if column == "failures" else "left", overflow="fold")
    for source in settings.sources:
        table.add_row(source.name, *_describe_state(source, states.get(source.name), now), defuse_text(source.url))
    console.print(table)


def _describe_state(source: Source, state: SourceState | None, now: datetime) -> tuple[Text, Text, Text]:
    if not source.enabled:
        return Text("disabled", "dim"), Text(""), Text("")
    if state is None:
        return Text("not yet", "dim"), Text(""), Text("with the next start", "dim")
    success = Text(describe_span(state.succeeded_at, now) if state.succeeded_at else "never")
    failures = Text(str(state.failures), "bold red" if state.failures >= FAILING_AFTER else "")
    return success, failures, Text(describe_span(state.next_poll_at, now))


def describe_span(time: datetime, now: datetime) -> str:
    """How long ago, or in how long, in the largest fitting unit."""
    seconds = (time - now).total_seconds()
    size = abs(seconds)
    unit, length = next((u, n) for u, n in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1), ("s", 0)) if size >= n)
    text = f"{size / max(length, 1):.0f} {unit}"
    return f"{text} ago" if seconds < 0 else f"in {text}"
