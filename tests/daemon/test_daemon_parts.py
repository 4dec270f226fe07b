"""A daemon whose part has ended by itself must not look alive."""

import asyncio
import re
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from crawler.errors import DaemonFault, StoreError
from crawler.store.store import Store
from crawler.store.writer import Writer
from scheduler.app import App, StoreCalls
from scheduler.daemon import POLL_TICK_S, Daemon
from scheduler.health import HealthBoard
from scheduler.roles import Role
from settings.model import Run
from tests.running import make_place


class Parts:
    """Everything that a daemon works with, none of which does anything; `failing` ends by itself."""

    def __init__(self, folder: Path, failing: str = "") -> None:
        self.failing = failing
        settings = SimpleNamespace(digest="d", run=Run(data_dir=folder))
        self.current = SimpleNamespace(sources=[], settings=settings, has_changed=lambda: False)
        self.crawling = SimpleNamespace(
            watch_sources=self._do_nothing,
            start_due=self._do_nothing,
            fetch_pending=self._fetch,
            drain=self._do_nothing,
            spider=SimpleNamespace(wait_closed=self._wait_closed),
            keeper=None,
        )
        self.services = {Role.RELAY: self._relay}

    async def _do_nothing(self, *_: object) -> None: ...

    async def _fetch(self) -> None:
        if self.failing == "fetching":
            raise ZeroDivisionError("ours")
        await asyncio.Event().wait()

    async def _wait_closed(self) -> None:
        if self.failing != "spider":
            await asyncio.Event().wait()

    async def _relay(self, stop: asyncio.Event) -> None:
        if self.failing == "relay":
            raise ZeroDivisionError("ours")
        await stop.wait()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # parts that the daemon grows and this test does not need
        return SimpleNamespace()


@pytest.mark.parametrize("failing", ["relay", "fetching", "spider"])
async def test_a_part_that_ends_by_itself_ends_the_daemon_and_is_named(failing: str, tmp_path: Path) -> None:
    daemon = Daemon(cast("App", Parts(tmp_path, failing)))

    with pytest.raises(DaemonFault, match=f"the {failing} has ended by itself"):
        await asyncio.wait_for(daemon.run(None), 10)


class SlowParts(Parts):
    """The first tick fails, the second takes longer than a tick may."""

    def __init__(self, folder: Path, store: Store, writer: Writer) -> None:
        super().__init__(folder)
        self.board = HealthBoard()
        self.store = StoreCalls(store, writer, cast("Any", self.current), self.board, lambda: datetime.now(UTC))
        self.relay = None
        self.crawling.start_due = self._start_due
        self.started = 0

    async def _start_due(self) -> None:
        self.started += 1
        if self.started == 1:
            raise ZeroDivisionError("ours")
        if self.started == 2:
            await asyncio.sleep(3 * POLL_TICK_S)


async def test_a_tick_that_fails_and_one_that_takes_too_long_are_counted_shown_and_followed_by_others(
    tmp_path: Path,
) -> None:
    place = make_place(tmp_path)
    store = place.store()
    writer = Writer(store)
    parts = SlowParts(place.data, store, writer)
    daemon = Daemon(cast("App", parts))
    running = asyncio.create_task(daemon.run(None))
    async with asyncio.timeout(60):
        while parts.started < 3 or store.read_ticks().keys() < {"failed/poll", "overrun/poll"}:  # noqa: ASYNC110 - ticks set no event
            await asyncio.sleep(0.1)
    daemon.stop.set()
    await running
    await writer.close()
    store.close()

    shown = await asyncio.to_thread(place.command, "status")
    assert "1 failed/poll" in shown.stdout
    assert re.search(r"[1-9]\d* overrun/poll", shown.stdout)
    assert "tick_failed" in shown.stdout


async def test_a_daemon_whose_parts_go_on_ends_only_when_it_is_told_to(tmp_path: Path) -> None:
    daemon = Daemon(cast("App", Parts(tmp_path)))
    running = asyncio.create_task(daemon.run(None))
    await asyncio.sleep(0.3)
    assert not running.done()

    daemon.stop.set()
    await asyncio.wait_for(running, 10)


async def test_sources_that_the_store_could_not_take_after_a_reload_are_taken_later(tmp_path: Path) -> None:
    parts, watched = Parts(tmp_path), list[object]()

    async def watch(before: object) -> None:
        watched.append(before)
        if len(watched) == 1:
            raise StoreError("locked")

    changes = iter([True])
    parts.current.has_changed = lambda: next(changes, False)
    parts.current.reload = lambda: True
    parts.crawling.watch_sources = watch
    parts.board = SimpleNamespace(clear=lambda *_: None)
    daemon = Daemon(cast("App", parts))

    with pytest.raises(StoreError):
        await daemon._watch_settings()
    await daemon._watch_settings()
    await daemon._watch_settings()

    assert watched == [parts.current.settings] * 2


async def test_a_database_that_neither_answers_nor_refuses_is_news(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'a.sqlite'}")
    writer, board, gate = Writer(store), HealthBoard(), threading.Event()
    calls = StoreCalls(store, writer, cast("Any", None), board, partial(datetime.now, UTC), silent_s=0.1)
    with capture_logs() as logs:
        hangs = asyncio.create_task(writer.call(gate.wait, 30))
        waits = asyncio.create_task(calls.read_events())
        await asyncio.sleep(0.3)
        gate.set()
        assert (await hangs, await waits) == (True, [])
    await writer.close()
    store.close()

    assert [(log["event"], log["kind"]) for log in logs] == [("trouble_begins", "store_away")]
