"""`basewatch alerts redrive`: owe channels again what was given up, or what came before them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.text import Text

from crawler.deliveries import WAITING
from crawler.errors import StoreError
from crawler.store.store import Store
from scheduler.alerts.deliveries import list_durable
from scheduler.alerts.delivery import judge_known
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json, run_or_exit
from scheduler.places import open_store
from settings.model import Channel, parse_duration

_PORTION = 200


def main(config: Path | None, channel: str | None, keys: list[str], since: str | None, *, as_json: bool) -> int:
    run = run_or_exit(config)
    if since is not None and channel is None:
        return fail("--since needs --channel: which one is to be told what came before?", Exit.WRONG_SETTINGS)
    now = datetime.now(UTC)
    try:
        earlier_than = None if since is None else _find_earlier(config, channel, now - parse_span(since))
    except (ValueError, LookupError) as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    try:
        with open_store(run) as store:
            if channel is not None and channel not in {state.name for state in store.read_channels()}:
                return fail(f"No daemon has ever told a channel {channel}; start it once.", Exit.WRONG_SETTINGS)
            dead, earlier = redrive(store, channel, keys, earlier_than, now)
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if as_json:
        print_json({"dead": dead, "earlier": earlier})
    else:
        first = f", {earlier} earlier entries for the first time" if since else ""
        said = f"{dead} dead letter{' is' if dead == 1 else 's are'} sent again{first}"
        make_console().print(Text(f"{said}; a running daemon takes them within seconds."))
    return int(Exit.DONE)


def parse_span(text: str) -> timedelta:
    """Raises ValueError in words for people."""
    try:
        span = parse_duration(text)
    except ValueError as error:
        raise ValueError(f"--since is {error}") from error
    assert isinstance(span, timedelta)  # noqa: S101 - of a text it makes one, or raises
    return span


@dataclass(frozen=True, slots=True)
class Earlier:
    """What a channel is to be told of that came before it."""

    channel: Channel
    since: datetime


def _find_earlier(config: Path | None, name: str | None, since: datetime) -> Earlier:
    """Raises LookupError: what a channel asks for, only its settings say."""
    channels = list_durable(load_or_exit(config).channels)
    if name not in channels:
        known = ", ".join(channels) or "none"
        raise LookupError(f"there is no channel {name} that could be told what came before; there are: {known}")
    return Earlier(channels[name], since)


def redrive(
    store: Store, channel: str | None, keys: list[str], earlier: Earlier | None, now: datetime
) -> tuple[int, int]:
    """How many dead letters, and how many earlier entries. A trouble that is over by that ends."""
    dead = store.redrive(channel, keys, now)
    owed = tell_earlier(store, earlier, now) if earlier else 0
    end_troubles(store, now)
    return dead, owed


def end_troubles(store: Store, now: datetime) -> None:
    """Of channels without dead letters."""
    left = {name for name, _ in store.read_dead()}
    for state in store.read_channels():
        if state.name not in left:
            store.close_event("dead_letters", now, state.name)


def tell_earlier(store: Store, earlier: Earlier, now: datetime) -> int:
    """Judged as if it came now: filter, mutes, stories and rhythm of the channel hold. How many it is owed."""
    name, owed = earlier.channel.name, 0
    while keys := store.read_earlier(name, earlier.since, _PORTION):
        briefing = store.read_briefing(name, keys, now)
        entries = sorted(briefing.entries, key=lambda entry: entry.sequence)
        verdicts = [judge_known(earlier.channel, entry, briefing.told, briefing.mutes, now) for entry in entries]
        store.save_verdicts(name, verdicts, now)
        owed += sum(verdict.state in WAITING for verdict in verdicts)
    return owed
