"""`basewatch run`: ticks, signals, orderly stop. What the ticks do stands in polling.py and fetching.py."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from crawler.errors import DaemonFault, StoreError
from crawler.fetch.cadence import nominal_interval
from scheduler.app import App, open_app
from scheduler.current import Current
from scheduler.due import spread_first_polls
from scheduler.health import QUIET_TICKS, HealthWatch
from scheduler.places import make_data_dir
from scheduler.starting import PollStarter
from settings.model import Every, Settings

log = structlog.get_logger("daemon")

POLL_TICK_S = 0.5
SETTINGS_TICK_S = 2.0
HEALTH_TICK_S = 5.0
FETCH_TICK_S = 1.0
RELAY_PATIENCE = timedelta(seconds=10)
"""How long nothing can be published before that is news."""
CRAWL_GRACE_S = 3.0
"""How long downloads may still end by themselves at a stop; what is cut off stays pending."""
WORK_GRACE_S = 3.0
"""How long answers that have come may still be analysed and stored at a stop."""
RELAY_GRACE_S = 2.0


Companion = Callable[[App, asyncio.Event], Coroutine[object, object, None]]
"""Runs beside the daemon, with the event that stops it."""


async def run_daemon(settings: Settings, config_dir: Path | None, *, while_running: Companion | None = None) -> None:
    """Run until SIGTERM, SIGINT, or until `while_running` sets its event. Raises BasewatchError at the start only."""
    make_data_dir(settings.run)
    current = Current(settings, config_dir, settings.run.data_dir / "run")
    async with open_app(current) as app:
        daemon = Daemon(app)
        with _signals(daemon):
            await daemon.run(while_running)


class Daemon:
    """Starts work when it is due and ends it when told to; remembers nothing that a restart would miss."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.stop = asyncio.Event()
        self.reload = asyncio.Event()
        self.starter = PollStarter(app.store, lambda state: app.polls.poll_source(app.crawl, state), app.board)
        self.health = HealthWatch(app.board, app.store)
        self._scheduler = AsyncIOScheduler(
            timezone=UTC,
            # a late tick is run once, however late: what is due is decided by rows, not by ticks
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    async def run(self, beside: Companion | None) -> None:
        """Until told to stop; then drain. Raises DaemonFault when a part that must go on has ended by itself."""
        await self._watch_sources({})
        self._start_ticks()
        relay_stop = asyncio.Event()
        vital = {
            "relay": asyncio.create_task(self.app.relay.run(self.app.fetches.alerted, relay_stop)),
            "fetching": asyncio.create_task(self._fetch_pending()),
            "spider": asyncio.create_task(self.app.crawl.wait_closed()),
        }
        companion = asyncio.create_task(beside(self.app, self.stop)) if beside else None
        log.info("started", sources=len(self.app.current.sources), settings=self.app.current.settings.digest)
        fault = await self._wait_stop(vital, companion)
        log.info("stopping", in_flight=len(self.app.fetches.in_flight), polls=len(self.starter.running))
        await self._drain(vital, relay_stop)
        await _cancel_all([*vital.values(), *([companion] if companion else [])])
        log.info("stopped")
        if fault is not None:
            raise fault

    async def _wait_stop(
        self, vital: dict[str, asyncio.Task[None]], companion: asyncio.Task[object] | None
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

    async def _drain(self, vital: dict[str, asyncio.Task[None]], relay_stop: asyncio.Event) -> None:
        """Let what is under way end, each part within its grace; what does not stays for the next start."""
        self._scheduler.shutdown(wait=False)
        vital["fetching"].cancel()
        await self.app.crawl.stop(CRAWL_GRACE_S)
        await self._await_work()
        relay_stop.set()
        self.app.fetches.alerted.set()
        await asyncio.wait([vital["relay"]], timeout=RELAY_GRACE_S)

    def _start_ticks(self) -> None:
        self._scheduler.add_job(self._poll_due, "interval", seconds=POLL_TICK_S, id="poll")
        self._scheduler.add_job(self._watch_settings, "interval", seconds=SETTINGS_TICK_S, id="settings")
        self._scheduler.add_job(self._watch_health, "interval", seconds=HEALTH_TICK_S, id="health")
        self._scheduler.add_listener(self._take_event, EVENT_JOB_MISSED | EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES)
        self._scheduler.start()

    # polls

    async def _poll_due(self) -> None:
        if not self.stop.is_set():
            await self.starter.start_due(datetime.now(UTC))

    # articles

    async def _fetch_pending(self) -> None:
        """Ask for pending links whenever a poll brought new ones or an answer made room; at least once a second."""
        fetches = self.app.fetches
        while True:
            fetches.freed.clear()
            try:
                await fetches.submit_pending(self.app.crawl)
            except StoreError as error:
                log.error("store_away", error=str(error))
            # not wait_for: on Python 3.11 it can swallow a cancellation that comes together with the event
            with suppress(TimeoutError):
                async with asyncio.timeout(FETCH_TICK_S):
                    await fetches.freed.wait()

    async def _await_work(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(WORK_GRACE_S):
                await asyncio.gather(*self.starter.running.values())
                await self.app.fetches.wait_idle()
        if left := len(self.starter.running) + len(self.app.fetches.in_flight):
            log.warning("left_for_the_next_start", count=left)

    # settings

    async def _watch_settings(self) -> None:
        if not (self.reload.is_set() or self.app.current.has_changed()):
            return
        self.reload.clear()
        before = {source.name: source.every for source in self.app.current.sources}
        if not await asyncio.to_thread(self.app.current.reload):
            self.app.board.report("settings_refused", "a settings file is wrong; the log says where. The old ones stay")
            return
        self.app.board.clear("settings_refused", timedelta(0))
        self.app.crawl.update(self.app.current.sources)
        await self._watch_sources(before)

    async def _watch_sources(self, before: dict[str, Every]) -> None:
        """Poll what the settings name; what has another interval than `before` by its new one at the latest."""
        now, sources = datetime.now(UTC), self.app.current.sources
        self.starter.watch(sources, now)
        await self.app.store.watch_sources(spread_first_polls(sources, now), now)
        changed = [source for source in sources if before.get(source.name, source.every) != source.every]
        if changed:
            await self.app.store.hasten_sources({each.name: now + nominal_interval(each) for each in changed})

    # health

    async def _watch_health(self) -> None:
        board, now = self.app.board, datetime.now(UTC)
        away_since = self.app.relay.away_since
        if away_since is None:
            board.clear("relay_blocked", timedelta(0))
        elif now - away_since > RELAY_PATIENCE:
            board.report("relay_blocked", "alerts cannot be published; they wait in the database")
        board.clear("tick_failed", QUIET_TICKS)
        await self.health.look(now)

    def _take_event(self, event: JobEvent) -> None:
        """A tick that was missed, overrun or failed: told, counted, and the next one comes."""
        if self.stop.is_set():
            return  # a tick that the stop cut off went as it should
        kind, error = _TICK_EVENTS[event.code], repr(getattr(event, "exception", None))
        self.app.board.count_tick(f"{kind}/{event.job_id}")
        log.error("tick_went_wrong", how=kind, job=event.job_id, error=error)
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
