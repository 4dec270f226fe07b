"""`basewatch demo`: the daemon, watching a small press that publishes while you look."""

import asyncio
import logging
import tempfile
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from crawler.errors import BasewatchError
from crawler.models import Alert, Outcome
from crawler.payload import alert_from_json
from scheduler.alerts.stream import Outage
from scheduler.alerts.terminal import render_alert
from scheduler.app import App
from scheduler.console import Exit, fail, load_or_exit, make_console
from scheduler.daemon import run_daemon
from scheduler.demo.check import RoundReport, compare_round, describe_report
from scheduler.demo.press import Press
from scheduler.logs import configure_logging
from scheduler.roles import ALL_ROLES, Role
from scheduler.verified import load_verified
from spiders.live import run_reactor

PATIENCE_S = 45.0
"""How long after the last article the round may take to settle."""


def main(pace: float, keep: Path | None, *, once: bool, verbose: bool) -> int:
    configure_logging(level=logging.INFO if verbose else logging.WARNING)
    folder = nullcontext(str(keep)) if keep else tempfile.TemporaryDirectory(prefix="basewatch-demo-")
    with folder as place, Press() as press:
        config = press.write_config(Path(place))
        # nothing of the environment: BASEWATCH_DATA_DIR must not lead the demo into real data
        settings = load_or_exit(config, partial(load_verified, environ={}))
        watch = _Round(press, make_console(), pace, once=once)
        try:
            roles = ALL_ROLES - {Role.DASHBOARD} if once else ALL_ROLES
            run_reactor(partial(run_daemon, settings, config, roles=roles, while_running=watch.run))
        except BasewatchError as error:
            return fail(f"the demo cannot start: {error}", Exit.SERVICE_AWAY)
    return int(Exit.DONE if watch.report is None or watch.report.agrees else Exit.FINDINGS)


class _Round:
    """Publishes everything once, shows the alerts as they come, and compares at the end."""

    def __init__(self, press: Press, console: Console, pace: float, *, once: bool) -> None:
        self.press = press
        self.console = console
        self.pace = pace
        self.once = once
        self.alerts: list[Alert] = []
        self.report: RoundReport | None = None
        self.started_at = datetime.now(UTC)

    async def run(self, app: App, stop: asyncio.Event) -> None:
        self._introduce(app)
        showing = asyncio.create_task(self._show_alerts(app))
        try:
            for _ in iter(self.press.publish_next, None):
                await asyncio.sleep(self.pace)
            await self._settle(app)
            self._conclude(app)
        finally:
            if self.once or stop.is_set():
                showing.cancel()
                stop.set()

    async def _show_alerts(self, app: App) -> None:
        if app.stream is None:
            return
        async for item in app.stream.follow("0"):
            if not isinstance(item, Outage) and item.kind == "alert":
                alert = alert_from_json(item.payload)
                self.alerts.append(alert)
                self.console.print(render_alert(alert))

    async def _settle(self, app: App) -> None:
        """Wait until the sums agree, or for as long as is reasonable; then compare what there is."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            self.report = self._compare(await app.store.read_outcomes(self.started_at))
            if self.report.settled or asyncio.get_running_loop().time() > deadline:
                return
            await asyncio.sleep(0.25)

    def _compare(self, outcomes: dict[str, Outcome]) -> RoundReport:
        return compare_round(self.press.published, self.alerts, outcomes)

    def _introduce(self, app: App) -> None:
        outlets, count = len(app.current.settings.outlets), len(self.press.edition.articles)
        text = f"{outlets} local outlets will publish {count} articles. Alerts appear as they are found:\n"
        self.console.print(Text(text, style="dim"))

    def _conclude(self, app: App) -> None:
        if self.report is None:
            return
        style = "bold green" if self.report.agrees else "bold red"
        self.console.print(Text(f"\n{describe_report(self.report)}", style=style))
        if not self.once:
            config = app.current.config_dir
            text = (
                f"\nThe daemon still runs; Ctrl-C ends it. Until then, in a browser: "
                f"http://{app.current.settings.run.dashboard}/\nand in another terminal:\n"
                f"  .venv/bin/basewatch ledger --config {config}\n"
                f"  .venv/bin/basewatch alerts --follow --config {config}\n"
            )
            self.console.print(Text(text, style="dim"))
