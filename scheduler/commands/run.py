"""`basewatch run`: the daemon, with its alerts in the terminal."""

import asyncio
from functools import partial
from pathlib import Path

from crawler.errors import BasewatchError, DaemonFault
from scheduler.app import App
from scheduler.console import Exit, fail, load_or_exit, make_console
from scheduler.daemon import run_daemon
from scheduler.dashboard.child import keep_dashboard
from scheduler.logs import configure_logging
from scheduler.verified import load_verified
from scheduler.watching import follow_alerts
from settings.model import OFF
from spiders.live import run_reactor


def main(config: Path | None, *, quiet: bool, log_json: bool) -> int:
    settings = load_or_exit(config, load_verified)
    configure_logging(as_json=log_json)
    try:
        run_reactor(partial(run_daemon, settings, config, while_running=partial(_run_beside, config, quiet=quiet)))
    except DaemonFault as error:
        return fail(f"basewatch has ended: {error}. Nothing is lost; start it again.", Exit.SERVICE_AWAY)
    except BasewatchError as error:
        return fail(f"basewatch cannot start: {error}", Exit.SERVICE_AWAY)
    return int(Exit.DONE)


async def _run_beside(config: Path | None, app: App, _: asyncio.Event, *, quiet: bool) -> None:
    """What people look at: the terminal and the dashboard. Neither holds up the daemon or ends it."""
    async with asyncio.TaskGroup() as group:
        if not quiet:
            group.create_task(follow_alerts(app.stream, make_console()))
        if app.current.settings.run.dashboard != OFF:
            group.create_task(keep_dashboard(config, app.board))
