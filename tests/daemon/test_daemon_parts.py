"""A daemon whose part has ended by itself must not look alive."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from crawler.errors import DaemonFault
from scheduler.app import App
from scheduler.daemon import Daemon
from scheduler.roles import Role
from settings.model import Run


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


async def test_a_daemon_whose_parts_go_on_ends_only_when_it_is_told_to(tmp_path: Path) -> None:
    daemon = Daemon(cast("App", Parts(tmp_path)))
    running = asyncio.create_task(daemon.run(None))
    await asyncio.sleep(0.3)
    assert not running.done()

    daemon.stop.set()
    await asyncio.wait_for(running, 10)
