"""The dashboard beside the daemon: started with it, started again when it ends, ended with it."""

import asyncio
import os
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog

from scheduler.health import HealthBoard
from scheduler.logs import writes_json

log = structlog.get_logger("dashboard")

PAUSE_S = 5.0
"""Before it is started again."""
GRACE_S = 5.0
"""Time for an orderly end."""
UP_S = 10.0
"""A dashboard that ran so long works."""


async def keep_dashboard(config_dir: Path | None, board: HealthBoard) -> None:
    """Until cancelled. Whatever happens to the dashboard, the watch goes on."""
    while True:
        try:
            await _run_once(config_dir, board)
        except OSError as error:  # no process, memory or file to be had
            log.error("dashboard_not_started", error=str(error), again_in_s=PAUSE_S)
            board.report("dashboard_away", f"it cannot be started: {error}")
        await asyncio.sleep(PAUSE_S)


async def _run_once(config_dir: Path | None, board: HealthBoard) -> None:
    process = await asyncio.create_subprocess_exec(
        *_command(config_dir), stdin=asyncio.subprocess.DEVNULL, start_new_session=True
    )
    try:
        await _watch(process, board)
    finally:
        await _end(process)


def _command(config_dir: Path | None) -> list[str]:
    options = ["--config", str(config_dir)] if config_dir else []
    options += ["--log-json"] if writes_json() else []
    code = "from scheduler.cli import main; main()"
    return [sys.executable, "-c", code, "dashboard", "--owner", str(os.getpid()), *options]


async def _watch(process: asyncio.subprocess.Process, board: HealthBoard) -> None:
    """Until it ends."""
    with suppress(TimeoutError):
        async with asyncio.timeout(UP_S):
            await process.wait()
    if process.returncode is None:
        board.clear("dashboard_away", timedelta(0))
        await process.wait()
    log.error("dashboard_ended", code=process.returncode, again_in_s=PAUSE_S)
    board.report("dashboard_away", f"it ended with code {process.returncode}; the log says why")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(GRACE_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
