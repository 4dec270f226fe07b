"""`basewatch sources`: what is watched, and how it goes."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from crawler.errors import StoreError
from crawler.fetch.suspicion import FAILING_AFTER
from crawler.models import Coverage, SourceState
from crawler.signs import OF_OUTLETS, HealthEvent
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.places import open_store
from settings.model import Settings, Source

COVERED = timedelta(days=7)
_FOR_MACHINES = ("name", "memory", "rhythm", "hints")
"""Fields of a state that say nothing to a reader of JSON, or stand there already."""


def main(config: Path | None, *, coverage: bool, as_json: bool) -> int:
    settings = load_or_exit(config)
    try:
        with open_store(settings.run) as store:
            states = {state.name: state for state in store.read_states()}
            covered = store.read_coverage(datetime.now(UTC) - COVERED) if coverage else []
            drifts = _choose_drifts(store.read_events(), settings)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if coverage:
        _tell_coverage(_choose_enabled(covered, settings), as_json=as_json)
    elif as_json:
        for source in settings.sources:
            print_json(_as_object(source, states.get(source.name), drifts))
    else:
        _print_table(settings, states, make_console())
        _print_drifts(drifts, make_console())
    watched = [states[source.name] for source in settings.sources if source.enabled and source.name in states]
    return int(Exit.FINDINGS if drifts or any(is_troubled(state) for state in watched) else Exit.DONE)


def _choose_drifts(events: Sequence[HealthEvent], settings: Settings) -> list[HealthEvent]:
    """What is open and wrong with the pages of an outlet that is watched, whichever of its sources led to them."""
    watched = {source.outlet for source in settings.sources if source.enabled}
    return [event for event in events if event.kind in OF_OUTLETS and event.subject in watched]


def _print_drifts(drifts: Sequence[HealthEvent], console: Console) -> None:
    for event in drifts:
        console.print(Text(f"pages of {event.subject}, {event.kind}: {defuse_text(event.detail)}", "red"))


def _choose_enabled(covered: list[Coverage], settings: Settings) -> list[Coverage]:
    enabled = {source.name for source in settings.sources if source.enabled}
    return [row for row in covered if {row.source, row.against} <= enabled]


def _tell_coverage(covered: list[Coverage], *, as_json: bool) -> None:
    if as_json:
        for row in covered:
            print_json(asdict(row))
        return
    console = make_console()
    for row in covered:
        text = f"{row.source} carried {row.carried} of {row.total} that {row.against} listed"
        console.print(Text(text, "" if row.carried == row.total else "yellow"))
    if not covered:
        console.print("No outlet has two sources that have both brought news yet.")


def is_troubled(state: SourceState) -> bool:
    return bool(state.troubles) or state.failures >= FAILING_AFTER


def _as_object(source: Source, state: SourceState | None, drifts: Sequence[HealthEvent]) -> dict[str, object]:
    said = asdict(state) if state else {}
    state_fields = {name: value for name, value in said.items() if name not in _FOR_MACHINES}
    pages = [{"kind": event.kind, "detail": event.detail} for event in drifts if event.subject == source.outlet]
    named = {"name": source.name, "outlet": source.outlet, "url": source.url, "enabled": source.enabled}
    return {**named, **state_fields, "outlet_troubles": pages}


def _print_table(settings: Settings, states: dict[str, SourceState], console: Console) -> None:
    now = datetime.now(UTC)
    table = Table(box=None, pad_edge=False)
    for column in ("source", "last success", "last news", "failures", "next poll", "trouble", "address"):
        table.add_column(column, justify="right" if column == "failures" else "left", overflow="fold")
    for source in settings.sources:
        table.add_row(source.name, *_describe_state(source, states.get(source.name), now), defuse_text(source.url))
    console.print(table)
    for source in settings.sources:
        if source.enabled and source.name in states:
            _print_notes(source, states[source.name], console)


def _print_notes(source: Source, state: SourceState, console: Console) -> None:
    """What is wrong with a source, and what its settings should say instead."""
    for trouble in state.troubles:
        console.print(Text(f"{source.name} is {trouble.kind}: {defuse_text(trouble.detail)}", "red"))
    if state.moved_to and state.moved_to != source.url:
        console.print(Text(f"{source.name} has moved for good; its address is now {defuse_text(state.moved_to)}"))


def _describe_state(source: Source, state: SourceState | None, now: datetime) -> tuple[Text, ...]:
    if not source.enabled:
        return Text("disabled", "dim"), *[Text("")] * 4
    if state is None:
        return Text("not yet", "dim"), Text(""), Text(""), Text("with the next start", "dim"), Text("")
    success = Text(describe_span(state.succeeded_at, now) if state.succeeded_at else "never")
    failures = Text(str(state.failures), "bold red" if state.failures >= FAILING_AFTER else "")
    news = Text(describe_span(state.news_at, now) if state.news_at else "")
    troubles = Text(", ".join(trouble.kind for trouble in state.troubles), "bold red")
    return success, news, failures, Text(describe_span(state.next_poll_at, now)), troubles


def describe_span(time: datetime, now: datetime) -> str:
    """How long ago, or in how long, in the largest fitting unit."""
    length = write_length(abs(time - now))
    return f"{length} ago" if time < now else f"in {length}"


def write_length(span: timedelta) -> str:
    """In the largest fitting unit."""
    size = span.total_seconds()
    unit, length = next((u, n) for u, n in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1), ("s", 0)) if size >= n)
    return f"{size / max(length, 1):.0f} {unit}"
