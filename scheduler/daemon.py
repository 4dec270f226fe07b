"""`basewatch run`: ticks, signals, orderly stop. What the ticks do stands in crawling.py."""

import asyncio
import gc
import signal
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from crawler.errors import DaemonFault, StreamError
from scheduler.app import App, open_app
from scheduler.ballast import Ballast
from scheduler.current import Current, Stamp
from scheduler.health import QUIET_TICKS, HealthWatch
from scheduler.places import make_data_dir
from scheduler.roles import ALL_ROLES, Role
from scheduler.supervision import Supervisor
from scheduler.ticks import TickLog
from settings.model import Settings

log = structlog.get_logger("daemon")

POLL_TICK_S = 0.5
SETTINGS_TICK_S = 2.0
PRUNE_TICK_S = 3600.0
HEALTH_TICK_S = 5.0
METERS_TICK_S = 5.0
RELAY_PATIENCE = timedelta(seconds=10)
"""How long nothing can be published before that is news."""
SERVICE_GRACE_S = 2.0
"""How long the relay and its like may still work at a stop."""


Companion = Callable[[App, asyncio.Event], Coroutine[object, object, None]]
"""Runs beside the daemon, with the event that stops it."""


async def run_daemon(
    settings: Settings,
    config_dir: Path | None,
    *,
    stamp: Stamp | None = None,
    roles: frozenset[Role] = ALL_ROLES,
    while_running: Companion | None = None,
) -> None:
    """Run until SIGTERM, SIGINT, or until `while_running` sets its event. Raises BasewatchError at the start only."""
    make_data_dir(settings.run)
    current = Current(settings, config_dir, settings.run.data_dir / "run", stamp)
    async with open_app(current, roles) as app:
        daemon = Daemon(app)
        with _signals(daemon):
            await daemon.run(while_running)


class Daemon:
    """Starts work when it is due and ends it when told to; remembers nothing that a restart would miss."""

    def __init__(self, app: App, *, first_prune_s: float = 60.0) -> None:
        self.app = app
        self.first_prune_s = first_prune_s
        self.stop = asyncio.Event()
        self.reload = asyncio.Event()
        self.health = HealthWatch(app.board, app.store)
        self.ballast = Ballast(app.current.settings.run.data_dir, app.board)
        self.supervisor = Supervisor()
        self.tick_log = TickLog()
        self._services_stop = asyncio.Event()
        self._unwatched: Settings | None = None
        """Those before a reload whose sources the store has not taken yet."""
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # a late tick is run once, however late: what is due is decided by rows, not by ticks
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    async def run(self, beside: Companion | None) -> None:
        """Until told to stop; then drain. Raises DaemonFault when a part that must go on has ended by itself."""
        if self.app.crawling:
            await self.app.crawling.watch_sources()
        gc.freeze()  # what a start leaves is there for ever: looking through it again and again costs 100 ms each time
        self._start_ticks()
        vital = self._start_parts()
        companion = asyncio.create_task(beside(self.app, self.stop)) if beside else None
        settings = self.app.current.settings
        log.info(
            "started", parts=sorted(map(str, vital)), sources=len(self.app.current.sources), settings=settings.digest
        )
        self.supervisor.say_ready()
        fault = await self._wait_stop(vital, companion)
        await self._drain(vital)
        await _cancel_all([*vital.values(), *([companion] if companion else [])])
        log.info("stopped")
        if fault is not None:
            raise fault

    def _start_parts(self) -> dict[str, asyncio.Task[object]]:
        """What must go on for as long as the daemon does, by name."""
        parts: dict[str, asyncio.Task[object]] = {
            name: asyncio.create_task(service(self._services_stop)) for name, service in self.app.services.items()
        }
        if self.app.crawling:
            parts["fetching"] = asyncio.create_task(self.app.crawling.fetch_pending())
            parts["spider"] = asyncio.create_task(self.app.crawling.spider.wait_closed())
        return parts

    async def _wait_stop(
        self, vital: dict[str, asyncio.Task[object]], companion: asyncio.Task[object] | None
    ) -> DaemonFault | None:
        """None when somebody asked for the stop; else which part has ended, so that a supervisor starts us again."""
        asked = asyncio.create_task(self.stop.wait())
        await asyncio.wait({asked, *vital.values()}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if companion is not None and companion.done() and not companion.cancelled() and companion.exception():
            log.error("companion_failed", error=repr(companion.exception()))
        for name, task in vital.items():
            if task.done():
                log.error("part_ended", part=name, error=repr(task.exception()))
                return DaemonFault(f"the {name} has ended by itself: {task.exception()!r}")
        return None

    async def _drain(self, vital: dict[str, asyncio.Task[object]]) -> None:
        """First the crawl, then what carries its alerts; what does not end in time stays for the next start."""
        self.supervisor.say_stopping()
        self._scheduler.shutdown(wait=False)
        if self.app.crawling:
            vital["fetching"].cancel()
            await self.app.crawling.drain()
        self._services_stop.set()
        if services := [vital[name] for name in self.app.services]:
            await asyncio.wait(services, timeout=SERVICE_GRACE_S)

    def _start_ticks(self) -> None:
        if self.app.crawling:
            self._scheduler.add_job(self._poll_due, "interval", seconds=POLL_TICK_S, id="poll")
            if self.app.crawling.keeper is not None:
                renew = self.app.crawling.renew_leases
                self._scheduler.add_job(renew, "interval", seconds=self.app.crawling.keeper.tick_s, id="leases")
            # soon after a start too: a daemon that is often started again would never come to it
            first = datetime.now(UTC) + timedelta(seconds=self.first_prune_s)
            prune = self._prune_archive
            self._scheduler.add_job(prune, "interval", seconds=PRUNE_TICK_S, id="prune", next_run_time=first)
            old = self._sum_old_polls
            self._scheduler.add_job(old, "interval", seconds=PRUNE_TICK_S, id="old_polls", next_run_time=first)
        self._scheduler.add_job(self._watch_settings, "interval", seconds=SETTINGS_TICK_S, id="settings")
        self._scheduler.add_job(self._watch_health, "interval", seconds=HEALTH_TICK_S, id="health")
        self._scheduler.add_job(self._write_meters, "interval", seconds=METERS_TICK_S, id="meters")
        if heartbeat := self.supervisor.heartbeat:
            self._scheduler.add_job(self._beat, "interval", seconds=heartbeat.total_seconds(), id="heartbeat")
        self._scheduler.add_listener(self._take_event, EVENT_JOB_MISSED | EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES)
        self._scheduler.start()

    async def _beat(self) -> None:
        """A coroutine on purpose: APScheduler runs it on the loop, whose life it proves, and not in a thread."""
        self.supervisor.say_alive()

    async def _poll_due(self) -> None:
        if self.app.crawling and not self.stop.is_set():
            await self.app.crawling.start_due()

    async def _prune_archive(self) -> None:
        run = self.app.current.settings.run
        if not run.archive.is_set:
            return
        report = await self.app.store.prune_archive(run, datetime.now(UTC))
        for problem in report.problems:
            log.error("not_pruned", error=problem)
        if report.files:
            log.info("pruned", files=report.files, pages=report.pages, bytes=report.frees)
        if report.over:
            log.warning("archive_over_its_limit", bytes=report.over)

    async def _sum_old_polls(self) -> None:
        """Whole days, so that an account of a day is of one kind. A stop leaves the rest for the next start."""
        before = datetime.now(UTC) - self.app.current.settings.run.keep_polls
        before, count, is_left = before.replace(hour=0, minute=0, second=0, microsecond=0), 0, True
        while is_left and not self.stop.is_set():
            summed = await self.app.store.sum_old_polls(before)
            count, is_left = count + summed.count, summed.is_left
        if count:
            log.info("old_polls_summed", polls=count, before=before.date().isoformat())

    # settings

    async def _watch_settings(self) -> None:
        if self.reload.is_set() or self.app.current.has_changed():
            self.reload.clear()
            before = self.app.current.settings
            if not await asyncio.to_thread(self.app.current.reload):
                detail = "a settings file is wrong; the log says where. The old ones stay"
                self.app.board.report("settings_refused", detail)
                return
            self.app.board.clear("settings_refused", timedelta(0))
            self._unwatched = self._unwatched or before
        if self.app.crawling and self._unwatched is not None:
            # a store that is away fails this tick, which is told; the next one tries again
            await self.app.crawling.watch_sources(self._unwatched)
        self._unwatched = None

    # health

    async def _write_meters(self) -> None:
        """A disk that is full, or a Redis that is away, costs figures only."""
        meters, loop = self.app.meters, asyncio.get_running_loop()
        asked = loop.time()
        await asyncio.sleep(0)
        meters.note_lag(loop.time() - asked)
        try:
            meters.note_stream(await self.app.stream.read_length() if self.app.stream else None)
            await asyncio.to_thread(meters.write, self.app.current.settings.run.data_dir / "run")
        except StreamError:
            meters.note_stream(None)
        except OSError as error:
            log.warning("figures_not_written", error=str(error))

    async def _watch_health(self) -> None:
        board, now = self.app.board, datetime.now(UTC)
        if self.app.relay:
            self._judge_relay(self.app.relay.away_since, now)
        board.clear("tick_failed", QUIET_TICKS)
        self.ballast.look()
        await self.health.look(now)

    def _judge_relay(self, away_since: datetime | None, now: datetime) -> None:
        if away_since is None:
            self.app.board.clear("relay_blocked", timedelta(0))
        elif now - away_since > RELAY_PATIENCE:
            self.app.board.report("relay_blocked", "alerts cannot be published; they wait in the database")

    def _take_event(self, event: JobEvent) -> None:
        """A tick that was missed, overrun or failed: told, counted, and the next one comes."""
        if self.stop.is_set():
            return  # a tick that the stop cut off went as it should
        kind, raised = _TICK_EVENTS[event.code], getattr(event, "exception", None)
        error = repr(raised) if raised else ""
        self.app.board.count_tick(f"{kind}/{event.job_id}")
        self.tick_log.tell(kind, event.job_id, error)
        if event.code == EVENT_JOB_ERROR:
            self.app.board.report("tick_failed", f"{event.job_id}: {error}")


_TICK_EVENTS = {EVENT_JOB_MISSED: "missed", EVENT_JOB_ERROR: "failed", EVENT_JOB_MAX_INSTANCES: "overrun"}


async def _cancel_all(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _signals:  # noqa: N801  # a context manager that reads as a statement
    """SIGTERM and SIGINT stop, SIGHUP reloads; a second SIGTERM or SIGINT ends at once."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._stop, number)
        self._loop.add_signal_handler(signal.SIGHUP, self._daemon.reload.set)

    def __exit__(self, *error: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self._loop.remove_signal_handler(number)

    def _stop(self, number: signal.Signals) -> None:
        self._daemon.stop.set()
        # nothing is lost by ending at once either: it only leaves more for the next start
        self._loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)
