"""Does a worker's memory stay flat? `python benchmarks/extract_memory.py FOLDER [PAGES [KB]]` (Linux).

Every page under FOLDER (`*.html`, `*.html.gz`; of KB kilobytes at most, where hours are too long), over and over,
goes through one worker of the pool that the daemon uses, which replaces it after so many tasks. Printed: what the
worker holds, sampled after every page, in twenty stretches of the run. A run that grows has a last stretch above its
first ones.
"""

import asyncio
import gzip
import itertools
import multiprocessing
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from crawler.errors import PageError
from crawler.extract.bulk import examine_in_worker
from crawler.models import Material
from crawler.workers import WorkerPool
from settings import load_settings
from settings.model import ResidueRule

STRETCHES = 20


def read_pages(folder: Path, most: float) -> list[bytes]:
    files = sorted(path for path in folder.rglob("*.html*") if path.name.endswith((".html", ".html.gz")))
    contents = [gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in files]
    return [content for content in contents if len(content) <= most]


def tell_resident() -> list[float]:
    """MiB that the worker holds; empty while it is being replaced."""
    lines = (line for worker in multiprocessing.active_children() for line in Path(f"/proc/{worker.pid}/status").open())
    return [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")][:1]


async def feed_worker(pool: WorkerPool, pages: Iterable[bytes], residue: Sequence[ResidueRule]) -> list[float]:
    held = []
    for content in pages:
        with suppress(PageError):  # galleries and challenges are among the pages
            await pool.run(examine_in_worker, Material(content, "html"), residue, timeout_s=60)
        held += tell_resident()
    return held


async def main() -> None:
    folder, count = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    most = float(sys.argv[3]) * 1000 if len(sys.argv) > 3 else float("inf")
    contents, residue = read_pages(folder, most), load_settings().residue
    print(f"{count} pages through one worker: {len(contents)} different ones, over and over", flush=True)
    pool = WorkerPool(1, memory_mb=1024)
    pages, medians, began = itertools.cycle(contents), [], time.monotonic()
    for stretch in range(1, STRETCHES + 1):
        held = await feed_worker(pool, itertools.islice(pages, count // STRETCHES), residue)
        medians.append(statistics.median(held))
        after, took = stretch * (count // STRETCHES), time.monotonic() - began
        print(f"after {after:6}: median {medians[-1]:6.1f} MiB, most {max(held):6.1f} MiB ({took:.0f} s)", flush=True)
    pool.close()
    print(f"last stretch to the second: {medians[-1] / medians[1]:.3f}")


if __name__ == "__main__":
    asyncio.run(main())
