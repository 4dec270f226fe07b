"""`basewatch channels`: who is told, and what they are owed."""

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table
from rich.text import Text

from crawler.deliveries import ChannelState, DeliveryState
from crawler.errors import StoreError
from scheduler.alerts.terminal import defuse_text
from scheduler.commands.sources import describe_span, write_length
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.places import open_store
from settings.model import Channel

Counts = dict[DeliveryState, int]


def main(config: Path | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    try:
        with open_store(settings.run) as store:
            states = {state.name: state for state in store.read_channels()}
            counts: dict[str, Counts] = defaultdict(dict)
            for each in store.count_deliveries():
                counts[each.channel][each.state] = each.count
    except StoreError as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    if as_json:
        for channel in settings.channels:
            print_json(_as_object(channel, states.get(channel.name), counts[channel.name]))
    else:
        _print_table(settings.channels, states, counts)
    enabled = [channel.name for channel in settings.channels if channel.enabled]
    is_troubled = any(counts[name].get(DeliveryState.DEAD) or _fails(states.get(name)) for name in enabled)
    return int(Exit.FINDINGS if is_troubled else Exit.DONE)


def _fails(state: ChannelState | None) -> bool:
    return state is not None and state.failures > 0


def describe_rhythm(channel: Channel) -> str:
    if channel.digest and channel.digest.at:
        return f"digest at {channel.digest.at:%H:%M} {channel.timezone}"
    if channel.digest and channel.digest.every:
        return f"digest every {write_length(channel.digest.every)}"
    return "at once" if channel.kind != "terminal" else "while basewatch runs"


def _as_object(channel: Channel, state: ChannelState | None, counts: Counts) -> dict[str, object]:
    return {
        "name": channel.name,
        "kind": channel.kind,
        "enabled": channel.enabled,
        "rhythm": describe_rhythm(channel),
        "severity": channel.severity,
        "sent_at": state and state.sent_at,
        "failures": state.failures if state else 0,
        "paused_until": state and state.paused_until,
        "error": state.error if state else "",
        **{each.value: counts.get(each, 0) for each in DeliveryState},
    }


def _print_table(channels: tuple[Channel, ...], states: dict[str, ChannelState], counts: dict[str, Counts]) -> None:
    now = datetime.now(UTC)
    table = Table(box=None, pad_edge=False)
    for column in ("channel", "kind", "told", "from", "last sent", "sent", "pending", "held", "dead", "trouble"):
        numbers = column in {"sent", "pending", "held", "dead"}
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for channel in channels:
        table.add_row(*_make_row(channel, states.get(channel.name), counts[channel.name], now))
    make_console().print(table)


def _make_row(channel: Channel, state: ChannelState | None, counts: Counts, now: datetime) -> list[Text]:
    dead = counts.get(DeliveryState.DEAD, 0)
    sent_at = describe_span(state.sent_at, now) if state and state.sent_at else "never"
    return [
        Text(channel.name, "" if channel.enabled else "dim"),
        Text(channel.kind),
        Text(describe_rhythm(channel) if channel.enabled else "disabled"),
        Text(channel.severity),
        Text("" if channel.kind == "terminal" else sent_at),
        Text(str(counts.get(DeliveryState.SENT, 0))),
        Text(str(counts.get(DeliveryState.QUEUED, 0))),
        Text(str(counts.get(DeliveryState.HELD, 0))),
        Text(str(dead), "bold red" if dead else ""),
        _describe_trouble(state, now),
    ]


def _describe_trouble(state: ChannelState | None, now: datetime) -> Text:
    if state is None or not state.error:
        return Text("")
    pause = ""
    if state.paused_until and state.paused_until > now:
        pause = f"; next try {state.paused_until:%H:%M:%S} UTC"
    return Text(defuse_text(f"{state.error}{pause}"), "red" if state.failures else "dim")
