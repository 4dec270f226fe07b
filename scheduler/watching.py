"""Following the stream in a terminal."""

import json

from rich.console import Console
from rich.text import Text

from crawler.payload import entry_from_json
from scheduler.alerts.stream import AlertStream, Outage, StreamEntry
from scheduler.alerts.terminal import render_entry
from scheduler.console import make_console, print_json


async def follow_alerts(stream: AlertStream, console: Console, *, after: str = "$", as_json: bool = False) -> None:
    """Print every entry after `after`, for ever; outages are told on stderr."""
    async for item in stream.follow(after):
        if isinstance(item, Outage):
            _tell_outage(item)
        else:
            show_entry(item, console, as_json=as_json)


def show_entry(entry: StreamEntry, console: Console, *, as_json: bool = False) -> None:
    """One entry; one that is not ours, or of a newer version, is named and passed over."""
    try:
        told = entry_from_json(entry.payload)
    except ValueError as error:
        make_console(stderr=True).print(Text(f"entry {entry.stream_id} cannot be shown: {error}", style="red"))
        return
    if as_json:
        print_json(json.loads(entry.payload))
    else:
        console.print(render_entry(told))


def _tell_outage(outage: Outage) -> None:
    text = "The stream is back." if outage.over else f"The stream cannot be read: {outage.reason}. Waiting for it."
    make_console(stderr=True).print(Text(text, style="yellow"))
