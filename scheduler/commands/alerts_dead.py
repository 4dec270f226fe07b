"""`basewatch alerts dead`: what could not be sent, and why."""

from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table
from rich.text import Text

from crawler.deliveries import Delivery
from crawler.errors import StoreError
from crawler.store.store import Store
from scheduler.alerts.letters import UnreadableEntry, read_delivery
from scheduler.alerts.terminal import defuse_text
from scheduler.commands.alerts_redrive import end_troubles
from scheduler.commands.sources import describe_span
from scheduler.console import Exit, fail, make_console, print_json, run_or_exit
from scheduler.places import open_store
from scheduler.triaging import who_speaks


def main(
    config: Path | None, channel: str | None, keys: list[str], *, is_dismissed: bool, by: str, as_json: bool
) -> int:
    if keys and not is_dismissed:
        return fail("--id says which ones to dismiss: give --dismiss as well", Exit.WRONG_SETTINGS)
    if is_dismissed and not keys and channel is None:
        return fail("--dismiss needs --channel or --id: which ones are to be sent to nobody?", Exit.WRONG_SETTINGS)
    run = run_or_exit(config)
    try:
        with open_store(run) as store:
            if is_dismissed:
                return _dismiss(store, channel, keys, who_speaks(by), as_json=as_json)
            dead = store.read_dead(channel)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if as_json:
        for name, letter in dead:
            print_json(_as_object(name, letter))
    elif dead:
        _print_table(dead)
    else:
        make_console().print(Text("No dead letters.", "green"))
    return int(Exit.FINDINGS if dead else Exit.DONE)


def _dismiss(store: Store, channel: str | None, keys: list[str], by: str, *, as_json: bool) -> int:
    count = store.dismiss(channel, keys, by)
    end_troubles(store, datetime.now(UTC))
    if as_json:
        print_json({"dismissed": count})
    else:
        make_console().print(
            Text(f"{count} dead letter{' is' if count == 1 else 's are'} dismissed, and owed no more.")
        )
    return int(Exit.DONE)


def describe_letter(letter: Delivery) -> str:
    """Its headline, as far as it has one."""
    try:
        item = read_delivery(letter)
    except UnreadableEntry:
        return "(cannot be read)"
    return f"{item.alert.outlet_name}: {item.alert.title}" if item.alert else item.entry.kind


def _as_object(channel: str, letter: Delivery) -> dict[str, object]:
    return {
        "id": letter.key,
        "channel": channel,
        "attempts": letter.attempts,
        "queued_at": letter.queued_at,
        "error": letter.error,
        "title": describe_letter(letter),
    }


def _print_table(dead: list[tuple[str, Delivery]]) -> None:
    now = datetime.now(UTC)
    table = Table(box=None, pad_edge=False)
    for column in ("channel", "id", "since", "tries", "what was said", "alert"):
        table.add_column(column, overflow="fold")
    for channel, letter in dead:
        said, title = Text(defuse_text(letter.error), "red"), Text(defuse_text(describe_letter(letter)[:200]))
        since = Text(describe_span(letter.queued_at, now))
        table.add_row(Text(channel), Text(defuse_text(letter.key)), since, Text(str(letter.attempts)), said, title)
    console = make_console()
    console.print(table)
    console.print(Text("Send them again with: basewatch alerts redrive. What can never be sent: --dismiss", "dim"))
