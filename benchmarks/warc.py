"""How fast pages go into the archive and out of it: `python benchmarks/warc.py [PAGES]`.

MB/s count uncompressed bytes of bodies, for each second of CPU time. "floor" is what the compressor and FastWARC alone
need for the same bytes, so
the ratio says what our part costs, whatever the machine does at the moment.
"""

import random
import resource
import sys
import tempfile
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import ArchiveIterator

from crawler.archive.members import find_end
from crawler.archive.verify import verify
from crawler.archive.warc import ArchiveWriter, iterate_pages, read_page
from crawler.models import Origin, Page

BODY_BYTES = 175_000
"""About the median of news pages."""


def make_body(chance: random.Random, words: list[str]) -> bytes:
    """Markup and words in the proportion of a news page; gzip makes a fifth of it, as of real ones."""
    parts = ["<!DOCTYPE html><html><head><title>News</title></head><body>"]
    size = 0
    while size < BODY_BYTES:
        text, number = " ".join(chance.choices(words, k=15)), chance.randrange(10**6)
        parts.append(
            f'<div class="card card--wide" data-id="{number}"><a href="/news/{number}?from=home">'
            f'<img loading="lazy" class="card__image card__image--cover" src="/images/{number}.jpg">'
            f'</a><p class="card__text card__text--body" style="margin:0;padding:0">{text}</p></div>\n'
        )
        size += len(parts[-1])
    return "".join(parts).encode()


def make_pages(count: int) -> list[Page]:
    chance = random.Random(1)
    words = ["".join(chance.choices("etaoinshrdlucmfw", k=chance.randint(2, 9))) for _ in range(3000)]
    bodies = [make_body(chance, words) for _ in range(min(count, 40))]
    headers = tuple((f"X-Header-{number}", "value " * 5) for number in range(15))
    return [
        Page(f"https://outlet.example/{n}", f"https://outlet.example/{n}", 200, headers, body, body, datetime.now(UTC))
        for n, body in ((number, bodies[number % len(bodies)]) for number in range(count))
    ]


@contextmanager
def timed(name: str, megabytes: float, count: int) -> Iterator[None]:
    began, cpu = time.perf_counter(), time.process_time()
    yield
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    print(f"{name:34} {megabytes / used:8.0f} MB/s  {count / used:8.0f} pages/s   CPU {used / wall:4.0%}")


def compress_alone(pages: list[Page]) -> None:
    writer = GzipWriter(BytesIO(), compression_level=6)
    for page in pages:
        writer.write(page.raw)
        writer.finish()


def read_alone(file: Path) -> None:
    for record in ArchiveIterator(str(file), parse_http=False):
        record.reader.read()


def main() -> None:
    pages = make_pages(int(sys.argv[1]) if len(sys.argv) > 1 else 600)
    size = sum(len(page.raw) for page in pages) / 1e6
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def measure(what: str, act: Callable[[], object]) -> None:
            with timed(what, size, len(pages)):
                act()

        measure("compress, floor (FastWARC, 6)", lambda: compress_alone(pages))
        measure("compress, zlib, 6, the reference", lambda: [zlib.compress(page.raw, 6) for page in pages])
        packed = [zlib.compress(page.raw, 6) for page in pages[:40]]
        some = sum(len(page.raw) for page in pages[:40]) / 1e6
        with timed("unpack, zlib, the reference", some, 40):
            deque(map(zlib.decompress, packed), maxlen=0)
        with ArchiveWriter(folder) as writer, timed("write, request and metadata too", size, len(pages)):
            captures = [writer.write(page, Origin("wire-feed", "wire", n)) for n, page in enumerate(pages)]
        file = folder / captures[0].file
        measure("read, floor (FastWARC)", lambda: read_alone(file))
        measure("read, iterate_pages", lambda: deque(iterate_pages(file), maxlen=0))
        measure("read, read_page by place", lambda: [read_page(folder, capture) for capture in captures])
        with file.open("rb") as opened:
            measure("salvage, find_end", lambda: find_end(opened))
        measure("verify", lambda: verify(folder))
        print(
            f"{size:.0f} MB of bodies, {file.stat().st_size / 1e6:.1f} MB on the disk, peak RSS "
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
        )


if __name__ == "__main__":
    main()
