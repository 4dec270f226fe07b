"""`basewatch alerts`: the stored ones, or the stream as it grows."""

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import StoreError, StreamError
from crawler.triage import AlertFilter, TriagedAlert
from scheduler.alerts.server import open_stream
from scheduler.alerts.states import render_triaged, triaged_to_dict
from scheduler.console import Exit, fail, make_console, print_json, run_or_exit
from scheduler.past import read_last
from scheduler.places import make_data_dir, open_store
from scheduler.watching import follow_alerts, show_entry
from settings.model import SEVERITIES, Run


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as they were typed."""

    severity: str | None = None
    """And above."""
    rules: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    story: str = ""
    since: str | None = None
    """A duration, such as 12h."""
    unacked: bool = False
    muted: bool | None = None


def main(config: Path | None, limit: int, asked: Asked, *, follow: bool, as_json: bool) -> int:
    run = run_or_exit(config)
    try:
        wanted = make_filter(asked)
    except ValueError as error:
        return fail(str(error), Exit.WRONG_SETTINGS)
    try:
        make_data_dir(run)
        if follow:
            with suppress(KeyboardInterrupt):
                asyncio.run(_follow_stream(run, limit, wanted, as_json=as_json))
        else:
            _list_stored(run, limit, wanted, as_json=as_json)
    except (StoreError, StreamError) as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    return int(Exit.DONE)


def make_filter(asked: Asked) -> AlertFilter:
    """Raises ValueError in words for people."""
    if asked.severity is not None and asked.severity not in SEVERITIES:
        raise ValueError(f"no severity: {asked.severity}; there are {', '.join(SEVERITIES)}")
    lowest = [str(each) for each in SEVERITIES].index(asked.severity) if asked.severity else 0
    try:
        since = read_last(asked.since) if asked.since else None
    except ValueError as error:
        raise ValueError(f'not a time to go back: {asked.since!r}; write "12h" or "30d"') from error
    return AlertFilter(
        severities=frozenset(SEVERITIES[lowest:]) if lowest else frozenset(),
        rules=frozenset(asked.rules),
        entities=frozenset(asked.entities),
        outlets=frozenset(asked.outlets),
        story=asked.story,
        since=since,
        unacked=asked.unacked,
        muted=asked.muted,
    )


def _list_stored(run: Run, limit: int, wanted: AlertFilter, *, as_json: bool) -> None:
    with open_store(run) as store:
        found = store.read_page(wanted, datetime.now(UTC), limit=limit).alerts
    for triaged in reversed(found):
        _show(triaged, as_json=as_json)
    if not found and wanted == AlertFilter():
        make_console(stderr=True).print("No alert yet. Is the daemon running? It is started with: basewatch run")
    elif not found:
        make_console(stderr=True).print("No alert matches.")


def _show(triaged: TriagedAlert, *, as_json: bool) -> None:
    if as_json:
        print_json(triaged_to_dict(triaged))
    else:
        make_console().print(render_triaged(triaged))


async def _follow_stream(run: Run, limit: int, wanted: AlertFilter, *, as_json: bool) -> None:
    """The last ones and then every new one: both from the stream, so that none falls between."""
    async with AsyncExitStack() as stack:
        store = stack.enter_context(open_store(run))
        stream = await open_stream(run, stack)
        console = make_console()

        async def look_up(alert_id: str) -> TriagedAlert | None:
            return await asyncio.to_thread(store.read_alert, alert_id, datetime.now(UTC))

        last = await stream.read_last(limit)
        for entry in last:
            await show_entry(entry, console, look_up, wanted, as_json=as_json)
        after = last[-1].stream_id if last else "0"
        await follow_alerts(stream, console, look_up, wanted, after=after, as_json=as_json)
