"""`basewatch status`: does it run, and how does it stand? One screen."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.text import Text

from crawler.errors import StoreError
from crawler.store.depths import Depths
from crawler.store.store import Store
from scheduler.alerts.terminal import defuse_text
from scheduler.commands.sources import describe_span
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.dashboard.views.sources import Sums, add_up, judge_state, start_of_day
from scheduler.metrics import read_files
from scheduler.places import open_store
from settings.model import Settings


@dataclass(frozen=True, slots=True)
class Status:
    """How basewatch stands at one moment."""

    daemons: tuple[str, ...]
    """Process ids of those of this data folder that wrote their figures within a minute."""
    sources: dict[str, int]
    """State → how many sources."""
    today: Sums
    depths: Depths
    deliveries: dict[str, dict[str, int]]
    """Channel → state → how many."""
    ticks: dict[str, int]
    """Of the daemon's clock: those that were missed, overrun or failed, ever, by how and which."""
    last_alert: datetime | None

    @property
    def is_well(self) -> bool:
        return bool(self.daemons) and self.today.closes and not self.depths.troubles


def main(config: Path | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    now = datetime.now(UTC)
    try:
        with open_store(settings.run) as store:
            status = read_status(settings, store, now)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if as_json:
        print_json({**asdict(status), "well": status.is_well})
    else:
        _print_status(status, now, make_console())
    return int(Exit.DONE if status.is_well else Exit.FINDINGS)


def read_status(settings: Settings, store: Store, now: datetime) -> Status:
    states = {state.name: state for state in store.read_states()}
    sources: dict[str, int] = {}
    for source in settings.sources:
        state = judge_state(source, states.get(source.name))
        sources[state] = sources.get(state, 0) + 1
    deliveries: dict[str, dict[str, int]] = {}
    for row in store.count_deliveries():
        deliveries.setdefault(row.channel, {})[row.state.value] = row.count
    last = store.read_alerts(1)
    return Status(
        tuple(process for process, _ in read_files(settings.run.data_dir / "run")),
        sources,
        add_up(store.read_ledger(start_of_day(now), now + timedelta(days=1))),
        store.read_depths(),
        deliveries,
        store.read_ticks(),
        last[0].seen if last else None,
    )


def _print_status(status: Status, now: datetime, console: Console) -> None:
    running = f"running (process {', '.join(status.daemons)})" if status.daemons else "no daemon runs here"
    _print_line(console, "basewatch", running, "green" if status.daemons else "bold red")
    _print_line(console, "sources", _list_counts(status.sources) or "none")
    today, closes = status.today, "the sums close" if status.today.closes else "THE SUMS DO NOT CLOSE"
    sums = f"{today.seen} seen = {today.known} known + {today.new} new; {today.ended} ended, {today.pending} pending: "
    _print_line(console, "today", sums + closes, "" if today.closes else "bold red")
    depths = status.depths
    waiting = {"links": depths.pending, "later visits": depths.revisits, "entries for the stream": depths.unpublished}
    _print_line(console, "waiting", _list_counts(waiting))
    for channel, counts in status.deliveries.items():
        _print_line(console, f"to {channel}", _list_counts(counts), "bold red" if counts.get("dead") else "")
    last = describe_span(status.last_alert, now) if status.last_alert else "none yet"
    _print_line(console, "last alert", last)
    if status.ticks:
        _print_line(console, "ticks", f"{_list_counts(status.ticks)}, since the first start", "yellow")
    if depths.troubles:
        _print_line(console, "troubles", f"{_list_counts(depths.troubles)}; see `basewatch health`", "bold red")


def _list_counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _print_line(console: Console, name: str, text: str, style: str = "") -> None:
    console.print(Text.assemble((f"{name:<14}", "dim"), (defuse_text(text), style)))
