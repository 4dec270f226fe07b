"""`basewatch run`: the daemon, with its alerts in the terminal."""

import asyncio
from collections.abc import Collection
from functools import partial
from pathlib import Path

from crawler.errors import BasewatchError, DaemonFault
from crawler.triage import AlertFilter
from scheduler.app import App
from scheduler.console import Exit, fail, load_or_exit, make_console
from scheduler.current import read_stamp
from scheduler.daemon import run_daemon
from scheduler.logs import configure_logging
from scheduler.roles import ALL_ROLES, READS_STREAM, Role
from scheduler.verified import load_verified
from scheduler.watching import follow_alerts, is_for_terminal
from spiders.live import run_reactor


def main(config: Path | None, only: Collection[Role], *, quiet: bool, log_json: bool) -> int:
    roles = frozenset(only) or ALL_ROLES
    stamp = read_stamp(config)
    settings = load_or_exit(config, load_verified)
    configure_logging(as_json=log_json)
    try:
        shown = None if quiet or not roles & READS_STREAM else _show_alerts
        run_reactor(partial(run_daemon, settings, config, stamp=stamp, roles=roles, while_running=shown))
    except DaemonFault as error:
        return fail(f"basewatch has ended: {error}. Nothing is lost; start it again.", Exit.SERVICE_AWAY)
    except BasewatchError as error:
        return fail(f"basewatch cannot start: {error}", Exit.SERVICE_AWAY)
    return int(Exit.DONE)


async def _show_alerts(app: App, _: asyncio.Event) -> None:
    """As the channels of kind terminal ask for it, now and after a reload; nothing that is muted, as on any channel."""
    if app.stream is not None:
        await follow_alerts(
            app.stream,
            make_console(),
            app.store.read_alert,
            AlertFilter(muted=False),
            is_asked=lambda entry: is_for_terminal(entry, app.current.settings.channels),
        )
