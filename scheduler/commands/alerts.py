"""`basewatch alerts`: the stored ones, or the stream as it grows."""

import asyncio
import json
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from crawler.errors import StoreError, StreamError
from crawler.payload import alert_to_json
from crawler.store.store import Store
from scheduler.alerts.terminal import render_alert
from scheduler.app import open_stream
from scheduler.console import Exit, fail, load_or_exit, make_console, print_json
from scheduler.places import database_url, make_data_dir
from scheduler.watching import follow_alerts, show_entry
from settings.model import Run


def main(config: Path | None, limit: int, *, follow: bool, as_json: bool) -> int:
    run = load_or_exit(config).run
    try:
        make_data_dir(run)
        if follow:
            with suppress(KeyboardInterrupt):
                asyncio.run(_follow_stream(run, limit, as_json=as_json))
        else:
            _list_stored(run, limit, as_json=as_json)
    except (StoreError, StreamError) as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    return int(Exit.DONE)


def _list_stored(run: Run, limit: int, *, as_json: bool) -> None:
    store = Store.open(database_url(run))
    try:
        newest_first = store.read_alerts(limit)
    finally:
        store.close()
    console = make_console()
    for alert in reversed(newest_first):
        if as_json:
            print_json(json.loads(alert_to_json(alert)))
        else:
            console.print(render_alert(alert))
    if not newest_first:
        make_console(stderr=True).print("No alert yet. Is the daemon running? It is started with: basewatch run")


async def _follow_stream(run: Run, limit: int, *, as_json: bool) -> None:
    """The last ones and then every new one: both from the stream, so that none falls between."""
    async with AsyncExitStack() as stack:
        stream = await open_stream(run, stack)
        console = make_console()
        last = await stream.read_last(limit)
        for entry in last:
            show_entry(entry, console, as_json=as_json)
        await follow_alerts(stream, console, after=last[-1].stream_id if last else "0", as_json=as_json)
