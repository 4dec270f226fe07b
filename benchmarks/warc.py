"""How fast pages go into the archive and out of it: `python benchmarks/warc.py [PAGES]`.

MB/s count uncompressed bytes of bodies, for each second of CPU time, the least of some rounds in turn. "Alone" is what
the compressor, FastWARC and warcio need for the same bytes, when nobody asks for HTTP heads, so the ratio says how much
faster or slower we are, whatever the machine does at the moment.
"""

import random
import resource
import sys
import tempfile
import time
import zlib
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import ArchiveIterator
from isal import isal_zlib
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from crawler.archive.members import find_end
from crawler.archive.record import LEVEL
from crawler.archive.verify import verify
from crawler.archive.warc import ArchiveWriter, iterate_open, read_page
from crawler.models import Capture, Origin, Page

ROUNDS = 9

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


def take_least(acts: dict[str, Callable[[], object]]) -> dict[str, float]:
    """CPU seconds of each, the least of some rounds, all in turn, so that what else the machine does meets all."""
    least = dict.fromkeys(acts, float("inf"))
    for _ in range(ROUNDS):
        for name, act in acts.items():
            began = time.process_time()
            act()
            least[name] = min(least[name], time.process_time() - began)
    return least


def compress_by_fastwarc(pages: list[Page]) -> None:
    for page in pages:
        writer = GzipWriter(BytesIO(), compression_level=6)
        writer.write(page.raw)
        writer.finish()


def read_alone(file: Path) -> None:
    for record in ArchiveIterator(str(file), parse_http=False):
        record.reader.read()


def read_by_warcio(file: Path) -> None:
    with file.open("rb") as opened:
        for record in WarcioIterator(opened, no_record_parse=True):
            record.raw_stream.read()


def read_pages(file: Path, *, digests: bool) -> None:
    with file.open("rb") as opened:
        deque(iterate_open(opened, file.name, digests=digests), maxlen=0)


def find_whole(file: Path) -> None:
    with file.open("rb") as opened:
        find_end(opened)


def write_pages(folder: Path, pages: list[Page]) -> list[Capture]:
    with ArchiveWriter(folder) as writer:
        return [writer.write(page, Origin("wire-feed", "wire", number)) for number, page in enumerate(pages)]


def write_again(pages: list[Page]) -> None:
    with tempfile.TemporaryDirectory() as name:
        write_pages(Path(name), pages)


def main() -> None:
    pages = make_pages(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    size = sum(len(page.raw) for page in pages) / 1e6
    packed = [zlib.compress(page.raw, 6) for page in pages]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        captures = write_pages(folder, pages)
        file = folder / captures[0].file
        acts: dict[str, Callable[[], object]] = {
            "compress, FastWARC alone, 6": lambda: compress_by_fastwarc(pages),
            "compress, ISA-L alone, ours": lambda: [isal_zlib.compress(page.raw, LEVEL) for page in pages],
            "compress, zlib, 6": lambda: [zlib.compress(page.raw, 6) for page in pages],
            "write, request and metadata too": lambda: write_again(pages),
            "unpack, zlib": lambda: deque(map(zlib.decompress, packed), maxlen=0),
            "read, FastWARC alone": lambda: read_alone(file),
            "read, warcio alone": lambda: read_by_warcio(file),
            "read, as replay does": lambda: read_pages(file, digests=False),
            "read, with digests": lambda: read_pages(file, digests=True),
            "read, read_page by place": lambda: [read_page(folder, capture) for capture in captures],
            "salvage, find_end": lambda: find_whole(file),
            "verify": lambda: verify(folder),
        }
        least = take_least(acts)
        for what, used in least.items():
            print(f"{what:34} {size / used:8.0f} MB/s  {len(pages) / used:8.0f} pages/s")
        ours = least["read, as replay does"]
        for peer in ("FastWARC", "warcio"):
            print(f"as replay reads, with heads parsed: {least[f'read, {peer} alone'] / ours:.2f} times {peer} alone")
        print(
            f"{size:.0f} MB of bodies, {file.stat().st_size / 1e6:.1f} MB on the disk, peak RSS "
            f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
        )


if __name__ == "__main__":
    main()
