"""`basewatch extract`: the articles of many files, on all cores and in order, for other programs or for reading."""

import asyncio
import json
import os
import sys
from pathlib import Path

from crawler.errors import StoreError, WorkerError
from crawler.extract.bulk import extract_paths
from crawler.extract.furniture import OutletMemory
from crawler.workers import WorkerPool
from scheduler.alerts.terminal import defuse_text
from scheduler.console import Exit, fail, load_or_exit
from scheduler.knowledge import load_memory
from settings.model import Settings


def main(paths: list[Path], config: Path | None, outlet: str, workers: int | None, *, as_json: bool) -> int:
    settings = load_or_exit(config)
    try:
        memory = load_memory(settings.run, outlet) if outlet else None
        failures = asyncio.run(_extract_all(paths, settings, outlet, memory, workers or count_cores(), as_json=as_json))
    except (StoreError, WorkerError) as error:
        return fail(str(error), Exit.SERVICE_AWAY)
    return int(Exit.FINDINGS if failures else Exit.DONE)


def count_cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


async def _extract_all(
    paths: list[Path], settings: Settings, outlet: str, memory: OutletMemory | None, workers: int, *, as_json: bool
) -> int:
    """Writes as it goes; how many inputs failed."""
    run, failures = settings.run, 0
    pool = WorkerPool(workers, memory_mb=run.worker_memory_mb)
    lines = extract_paths(
        paths,
        settings.residue,
        pool,
        workers=workers,
        timeout_s=run.page_timeout.total_seconds(),
        outlet=outlet,
        timezone=settings.find_timezone(outlet),
        memory=memory,
    )
    try:
        async for line in lines:
            found = json.loads(line)
            failures += "error" in found
            sys.stdout.write(f"{line if as_json else _format_text(found)}\n")
    finally:
        pool.close()
    return failures


def _format_text(found: dict[str, str]) -> str:
    """For people: file, title and text, or what was wrong."""
    if "error" in found:
        return f"== {defuse_text(found['file'])}\n({defuse_text(found['error'])})\n"
    text = "\n".join(map(defuse_text, found["text"].split("\n")))
    return f"== {defuse_text(found['file'])}\n{defuse_text(found['title'])}\n\n{text}\n"
