"""What worker processes cost: `python benchmarks/workers.py`.

Start, one task, a page that hangs, and what the loop feels meanwhile.
"""

import asyncio
import os
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from crawler.errors import Quarantined
from crawler.workers import WorkerPool

PAGE = b"<p>word</p>" * 15_000


def show(name: str, seconds: list[float], unit: float = 1e3, unit_name: str = "ms") -> None:
    seconds.sort()
    middle, high = statistics.median(seconds) * unit, seconds[int(len(seconds) * 0.99)] * unit
    print(f"{name:44} median {middle:8.2f} {unit_name}   99 % {high:8.2f} {unit_name}   (n={len(seconds)})")


async def time_calls(count: int, call: Callable[[], Awaitable[object]]) -> list[float]:
    taken = []
    for _ in range(count):
        began = time.perf_counter()
        await call()
        taken.append(time.perf_counter() - began)
    return taken


async def replace_worker(pool: WorkerPool) -> None:
    try:
        await pool.run(os._exit, 1, timeout_s=5)
    except Quarantined:
        await pool.run(abs, 1, timeout_s=5)


async def hang(pool: WorkerPool) -> None:
    try:
        await pool.run(re.match, "(a+)+b", "a" * 64, timeout_s=0.2)  # C code that never lets go of the interpreter
    except Quarantined:
        await pool.run(abs, 1, timeout_s=5)


async def measure_lag(work: Awaitable[object]) -> list[float]:
    """How late a sleep of 1 ms comes back while something is under way."""
    task = asyncio.ensure_future(work)
    lags = []
    while not task.done():
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        lags.append(time.perf_counter() - began - 0.001)
    await task
    return lags


def tell_memory() -> dict[str, int]:
    lines = (line.split() for line in Path("/proc/self/smaps_rollup").read_text().splitlines()[1:])
    return {words[0]: int(words[1]) // 1024 for words in lines if words[0] in {"Rss:", "Pss:", "Private_Dirty:"}}


async def main() -> None:
    pool = WorkerPool(2, memory_mb=1024)
    show("server and first worker", await time_calls(1, pool.start))
    await asyncio.gather(*(pool.run(time.sleep, 0.1, timeout_s=5) for _ in range(2)))
    show("task that does nothing", await time_calls(2000, lambda: pool.run(abs, -1, timeout_s=5)), 1e6, "us")
    show(
        f"task with {len(PAGE) / 1e3:.0f} kB",
        await time_calls(500, lambda: pool.run(len, PAGE, timeout_s=5)),
        1e6,
        "us",
    )
    show("task with 4 MB", await time_calls(50, lambda: pool.run(len, PAGE * 25, timeout_s=5)))
    show("death of a fresh worker, and the next task", await time_calls(30, lambda: replace_worker(pool)))
    show("hang of 200 ms, kill, and the next task", await time_calls(20, lambda: hang(pool)))
    both = asyncio.gather(
        *(time_calls(300, lambda: pool.run(sorted, list(PAGE[:9999]), timeout_s=5)) for _ in range(2))
    )
    show("lag of the loop, workers busy", await measure_lag(both))
    show("lag of the loop, workers hang", await measure_lag(time_calls(10, lambda: hang(pool))))
    if sys.platform == "linux":
        print("memory of a fresh worker, MiB:", await pool.run(tell_memory, timeout_s=5))
    pool.close()


if __name__ == "__main__":
    asyncio.run(main())
