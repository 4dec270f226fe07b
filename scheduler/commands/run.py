"""`basewatch run`: the daemon, with its alerts in the terminal."""

import asyncio
from functools import partial
from pathlib import Path

from crawler.errors import BasewatchError, DaemonFault
from scheduler.app import App
from scheduler.console import Exit, fail, load_or_exit, make_console
from scheduler.daemon import run_daemon
from scheduler.logs import configure_logging
from scheduler.verified import load_verified
from scheduler.watching import follow_alerts
from spiders.live import run_reactor


def main(config: Path | None, *, quiet: bool, log_json: bool) -> int:
    settings = load_or_exit(config, load_verified)
    configure_logging(as_json=log_json)
    try:
        run_reactor(partial(run_daemon, settings, config, while_running=None if quiet else _show_alerts))
    except DaemonFault as error:
        return fail(f"basewatch has ended: {error}. Nothing is lost; start it again.", Exit.SERVICE_AWAY)
    except BasewatchError as error:
        return fail(f"basewatch cannot start: {error}", Exit.SERVICE_AWAY)
    return int(Exit.DONE)


async def _show_alerts(app: App, _: asyncio.Event) -> None:
    await follow_alerts(app.stream, make_console())
