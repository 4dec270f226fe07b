"""The dashboard as a process: its own event loop, its own connections, gone when the daemon that started it is."""

import asyncio
import gc
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
import uvicorn
from jinja2 import Environment

from crawler.errors import DashboardError, StoreError
from crawler.triage import AlertFilter
from scheduler.dashboard.connection import TimedConnection
from scheduler.dashboard.pages.now import PER_PAGE
from scheduler.dashboard.site import make_site
from scheduler.dashboard.views.alerts import read_alerts
from scheduler.dashboard.window import Shown, Window
from scheduler.places import open_store
from settings.model import Settings, split_address

log = structlog.get_logger("dashboard")

LOOK_EVERY_S = 0.5
GRACE_S = 3
"""Seconds that answers under way may still take at a stop."""
MOST_CONNECTIONS = 256


def serve_dashboard(settings: Settings, config_dir: Path | None, owner: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT, or until the process `owner`, our parent, is no more.

    Raises DashboardError when the address is taken, StoreError when the database cannot be opened.
    """
    with _listen(settings.run.dashboard) as listener, open_store(settings.run) as store:
        window = Window(settings.run, store, Shown(config_dir, settings), partial(datetime.now, UTC))
        asyncio.run(_serve(window, listener, owner))


def _listen(address: str) -> socket.socket:
    host, port = split_address(address)
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise DashboardError(
            f"the dashboard cannot listen at {address}: {error.strerror}. "
            "Set `dashboard:` in run.yaml or BASEWATCH_DASHBOARD to another address, or to off"
        ) from error


async def _serve(window: Window, listener: socket.socket, owner: int | None) -> None:
    site = make_site(window)
    server = uvicorn.Server(
        uvicorn.Config(
            site,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            lifespan="off",
            http=TimedConnection,
            ws="none",
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=GRACE_S,
        )
    )
    async with _ending_with(owner, server):
        log.info("dashboard", url=f"http://{window.run.dashboard}/")
        await asyncio.gather(server.serve([listener]), asyncio.to_thread(_warm_up, site.state.environment, window))


def _warm_up(environment: Environment, window: Window) -> None:
    """What is made once is not the first visitor's to wait for: templates, statements, pages of the database."""
    for name in environment.list_templates():
        environment.get_template(name)
    with suppress(StoreError):  # whoever asks for a page is told
        read_alerts(window, AlertFilter(), limit=PER_PAGE, before=None)
    gc.freeze()  # what a start leaves is there for ever: looking through it now and then made somebody wait 200 ms


@asynccontextmanager
async def _ending_with(owner: int | None, server: uvicorn.Server) -> AsyncIterator[None]:
    watch = asyncio.create_task(_watch_owner(owner, server))
    try:
        yield
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch


async def _watch_owner(owner: int | None, server: uvicorn.Server) -> None:
    """Not a pipe: forked workers of the daemon would hold it open."""
    while owner is None or os.getppid() == owner:  # noqa: ASYNC110  # nobody tells a process that its parent died
        await asyncio.sleep(LOOK_EVERY_S)
    server.should_exit = True
