"""Following the stream in a terminal."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from rich.console import Console
from rich.text import Text

from crawler.deliveries import Entry as Owed
from crawler.errors import StoreError
from crawler.models import Entry, HealthNotice, Update
from crawler.payload import entry_from_json
from crawler.triage import AlertFilter, TriagedAlert
from scheduler.alerts.choosing import refuse_entry
from scheduler.alerts.letters import UnreadableEntry, read_item
from scheduler.alerts.states import describe_states
from scheduler.alerts.stream import AlertStream, Outage, StreamEntry
from scheduler.alerts.terminal import render_entry
from scheduler.console import make_console, print_json
from settings.model import Channel

EVERYTHING = AlertFilter()
LookUp = Callable[[str], Awaitable[TriagedAlert | None]]
"""What is stored of an alert by now, by its id; None where the database does not have it. May raise StoreError."""


def is_wanted(entry: Entry, wanted: AlertFilter) -> bool:
    """By what an entry itself says; health is shown to those who ask for everything."""
    if isinstance(entry, HealthNotice):
        return replace(wanted, muted=None) == EVERYTHING
    alert = entry.alert if isinstance(entry, Update) else entry
    return (
        (not wanted.severities or entry.severity in wanted.severities)
        and (not wanted.outlets or alert.outlet in wanted.outlets)
        and (not wanted.story or alert.story == wanted.story)
        and (not wanted.rules or not wanted.rules.isdisjoint(alert.rules))
        and (not wanted.entities or any(each.entity in wanted.entities for each in alert.mentions))
    )


def has_state(triaged: TriagedAlert, wanted: AlertFilter) -> bool:
    """By what people and time did with it."""
    return (
        (wanted.muted is None or wanted.muted == (triaged.mute is not None))
        and (not wanted.unacked or triaged.ack is None)
        and (wanted.since is None or triaged.told_at >= wanted.since)
    )


async def follow_alerts(
    stream: AlertStream,
    console: Console,
    look_up: LookUp,
    wanted: AlertFilter = EVERYTHING,
    *,
    after: str = "$",
    as_json: bool = False,
    is_asked: Callable[[StreamEntry], bool] = lambda _: True,
) -> None:
    """Print every entry that matches and came after `after`, for ever; outages are told on stderr."""
    async for item in stream.follow(after):
        if isinstance(item, Outage):
            _tell_outage(item)
        elif is_asked(item):
            await show_entry(item, console, look_up, wanted, as_json=as_json)


def is_for_terminal(entry: StreamEntry, channels: Sequence[Channel]) -> bool:
    """Does a channel of kind terminal ask for it? One that cannot be read is shown as what it is."""
    try:
        item = read_item(Owed(entry.key, 0, entry.kind, entry.severity, entry.outlet, entry.story, entry.payload))
    except UnreadableEntry:
        return True
    terminals = [channel for channel in channels if channel.kind == "terminal" and channel.enabled]
    return any(refuse_entry(channel, item.entry, item.alert) is None for channel in terminals)


async def show_entry(
    entry: StreamEntry, console: Console, look_up: LookUp, wanted: AlertFilter = EVERYTHING, *, as_json: bool = False
) -> None:
    """One entry, if it matches; one that is not ours, or of a newer version, is named and passed over."""
    try:
        told = entry_from_json(entry.payload)
    except ValueError as error:
        make_console(stderr=True).print(Text(f"entry {entry.stream_id} cannot be shown: {error}", style="red"))
        return
    if not is_wanted(told, wanted):
        return
    triaged = await _find_state(told, look_up)
    if triaged is not None and not has_state(triaged, wanted):
        return
    if as_json:
        print_json(json.loads(entry.payload))
        return
    if triaged is not None:
        console.print(describe_states(triaged))
    console.print(render_entry(told))


async def _find_state(told: Entry, look_up: LookUp) -> TriagedAlert | None:
    if isinstance(told, HealthNotice):
        return None
    try:
        return await look_up(told.id)
    except StoreError:  # an alert is shown all the same
        return None


def _tell_outage(outage: Outage) -> None:
    text = "The stream is back." if outage.over else f"The stream cannot be read: {outage.reason}. Waiting for it."
    make_console(stderr=True).print(Text(text, style="yellow"))
