"""Does a worker's memory stay flat? `python benchmarks/extract_memory.py [PAGES [FOLDER]]` (Linux).

So many pages (20,000) go through one worker of the pool that the daemon uses, which replaces it after so many tasks.
They are made here, and no two share their words, dates and addresses, so that whatever remembers texts has something
to remember; with FOLDER they are the pages under it (`*.html`, `*.html.gz`), over and over. Printed: what the worker
holds, sampled after every page, in twenty stretches of the run. A run that grows has a last stretch above its first.
"""

import asyncio
import gzip
import itertools
import multiprocessing
import random
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from crawler.errors import PageError
from crawler.extract.bulk import examine_in_worker
from crawler.models import Material
from crawler.workers import WorkerPool
from settings import load_settings
from settings.model import ResidueRule

STRETCHES = 20


def read_pages(folder: Path) -> Iterator[bytes]:
    files = sorted(path for path in folder.rglob("*.html*") if path.name.endswith((".html", ".html.gz")))
    contents = [path.read_bytes() for path in files]
    for content in itertools.cycle(contents):
        yield gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def make_pages() -> Iterator[bytes]:
    rng = random.Random(1)

    def write(words: int) -> str:
        return " ".join(
            "".join(rng.choices("abcdefghijklmnoprstuvwzكتابيفلم", k=rng.randint(2, 10))) for _ in range(words)
        )

    for number in itertools.count():
        paragraphs = "".join(f"<p class='p{number % 97}'>{write(rng.randint(15, 60))}.</p>" for _ in range(8))
        links = "".join(f"<li><a href='/{write(1)}/{number}'>{write(6)}</a></li>" for _ in range(12))
        day = f"20{10 + number % 15}-{1 + number % 12:02}-{1 + number % 28:02}"
        head = f"<title>{write(8)}</title><link rel='canonical' href='https://{write(1)}.example/{number}'>"
        body = f"<h1>{write(8)}</h1><div>{day}</div>{paragraphs}"
        body = f"<body><nav><ul>{links}</ul></nav><article>{body}</article></body>"
        yield f"<html><head>{head}</head>{body}</html>".encode()


def tell_resident() -> list[float]:
    """MiB that the worker holds; empty while it is being replaced."""
    texts = [Path(f"/proc/{worker.pid}/status").read_text() for worker in multiprocessing.active_children()]
    lines = (line for text in texts for line in text.splitlines())
    return [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")][:1]


async def feed_worker(pool: WorkerPool, pages: Iterable[bytes], residue: Sequence[ResidueRule]) -> list[float]:
    held = []
    for content in pages:
        with suppress(PageError):  # galleries and challenges are among the pages
            await pool.run(examine_in_worker, Material(content, "html"), residue, timeout_s=60)
        held += tell_resident()
    return held


async def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    pages, residue = read_pages(Path(sys.argv[2])) if len(sys.argv) > 2 else make_pages(), load_settings().residue
    pool, medians, began = WorkerPool(1, memory_mb=1024), [], time.monotonic()
    for stretch in range(1, STRETCHES + 1):
        held = await feed_worker(pool, itertools.islice(pages, count // STRETCHES), residue)
        medians.append(statistics.median(held))
        after, took = stretch * (count // STRETCHES), time.monotonic() - began
        print(f"after {after:6}: median {medians[-1]:6.1f} MiB, most {max(held):6.1f} MiB ({took:.0f} s)", flush=True)
    pool.close()
    print(f"last stretch to the first: {medians[-1] / medians[0]:.3f}")


if __name__ == "__main__":
    asyncio.run(main())
