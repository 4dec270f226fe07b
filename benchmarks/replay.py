"""How fast the past is asked again, beside extract-then-match with trafilatura, and what a worker needs in memory.

    python benchmarks/replay.py FOLDER [PAGES]      pages per second at 1 % and 5 % of relevant pages
    python benchmarks/replay.py --memory MEGABYTES  peak of a worker on a file of hostile records

FOLDER holds real pages as `*/*.html.gz`. They are written to a WARC file again and again; in 1 and 5 of 100 a sentence
that fires a rule stands in a paragraph of the article, where both sides read it: they must find the same. CPU time of
one process, the least of three rounds in turn; both sides read the same file.
"""

import gzip
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import trafilatura

from crawler.archive.warc import ArchiveWriter, iterate_open, iterate_pages
from crawler.extract.furniture import NO_FURNITURE
from crawler.match.rough import Rough
from crawler.models import Article, Page
from crawler.replay import foreign_material
from crawler.replay_piece import Asking, FilePiece, make_replayer, replay_piece
from settings import load_settings

SENTENCE = b"Two rockets were fired at Ain al-Asad airbase late on Monday, a security source said. "
MARK = SENTENCE.decode().strip()
SETTINGS = load_settings()
SNAPSHOT = SETTINGS.model_dump_json()
ROUNDS = 3


def make_page(number: int, body: bytes) -> Page:
    url = f"https://outlet.example/{number}"
    return Page(url, url, 200, (("Content-Type", "text/html; charset=utf-8"),), body, body, datetime.now(UTC))


def plant_all(bodies: list[bytes]) -> list[bytes]:
    """Pages with the sentence in the first paragraph that is article to both sides; those without one are left out."""
    replayer = make_replayer(SETTINGS.digest, SNAPSHOT, Asking())
    planted = []
    for body in bodies:
        for place in re.finditer(rb"<p(?:\s[^>]*)?>(?=[^<]{80})", body):
            page = body[: place.end()] + SENTENCE + body[place.end() :]
            text = trafilatura.extract(page, include_comments=False) or ""
            if MARK in text and replayer.analyse_first([foreign_material(make_page(0, page), "")], NO_FURNITURE).hits:
                planted.append(page)
                break
    return planted


def write_file(folder: Path, bodies: list[bytes], planted: list[bytes], count: int, percent: int) -> Path:
    chance = random.Random(percent)
    relevant = set(chance.sample(range(count), count * percent // 100))
    with ArchiveWriter(folder) as writer:
        for number in range(count):
            body = chance.choice(planted) if number in relevant else bodies[number % len(bodies)]
            capture = writer.write(make_page(number, body))
    return folder / capture.file


def take_best(*works: Callable[[], int]) -> list[tuple[int, float]]:
    """What each gives, and the least CPU seconds of some rounds, all in turn."""
    found, best = [0] * len(works), [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for number, work in enumerate(works):
            start = time.process_time()
            found[number] = work()
            best[number] = min(best[number], time.process_time() - start)
    return list(zip(found, best, strict=True))


def replay_ours(path: Path, *, prefilter: bool) -> int:
    result = replay_piece(FilePiece(str(path)), SETTINGS.digest, SNAPSHOT, Asking(prefilter=prefilter))
    return len(result.differences)


def read_alone(path: Path) -> int:
    """As both sides must."""
    with path.open("rb") as file:
        return sum(1 for _ in iterate_open(file, path.name, digests=False))


def extract_then_match(path: Path) -> int:
    """The reference: trafilatura on every page, then our rules."""
    matcher = make_replayer(SETTINGS.digest, SNAPSHOT, Asking()).tools.matcher
    found = 0
    for each in iterate_pages(path):
        if not isinstance(each, str):
            text = trafilatura.extract(each[0].body, include_comments=False) or ""
            found += bool(matcher.examine(Article(body=text)).hits)
    return found


def measure_speed(folder: Path, count: int) -> None:
    bodies = [gzip.decompress(path.read_bytes()) for path in sorted(folder.glob("*/*.html.gz"))]
    replayer = make_replayer(SETTINGS.digest, SNAPSHOT, Asking())
    bodies = [body for body in bodies if not (replayer.prefilter and replayer.prefilter.may_hit(Rough(body)))]
    with tempfile.TemporaryDirectory() as name:
        planted = plant_all(bodies[:40])
        for percent in (1, 5):
            path = write_file(Path(name) / str(percent), bodies, planted, count, percent)
            size = sum(len(each[0].body) for each in iterate_pages(path) if not isinstance(each, str)) / 1e6
            (theirs, slow), (ours, fast), (_, read) = take_best(
                lambda path=path: extract_then_match(path),
                lambda path=path: replay_ours(path, prefilter=True),
                lambda path=path: read_alone(path),
            )
            assert ours == theirs == count * percent // 100, (ours, theirs)
            print(
                f"{percent} % relevant: {count / fast:.0f} pages/s, {size / fast:.0f} MB/s; "
                f"trafilatura {count / slow:.0f} pages/s; ratio {slow / fast:.1f}; found {ours}, {theirs}; reading "
                f"{read / fast:.0%} of it",
                flush=True,
            )
        measure_parts(bodies[:: max(1, 3 * len(bodies) // count)], planted)


def take_least(pages: list[bytes], *sides: Callable[[bytes], object]) -> list[float]:
    """Milliseconds a page of each side: each page's least of some rounds, the sides in turn, so that what else the
    machine does meets both."""
    least = [[float("inf")] * len(pages) for _ in sides]
    for _ in range(ROUNDS):
        for number, page in enumerate(pages):
            for side, times in zip(sides, least, strict=True):
                start = time.process_time()
                side(page)
                times[number] = min(times[number], time.process_time() - start)
    return [sum(times) * 1000 / len(pages) for times in least]


def measure_parts(bodies: list[bytes], planted: list[bytes]) -> None:
    """Where the time goes, and the ratio that follows of it; reading, which both sides pay, left out."""
    replayer = make_replayer(SETTINGS.digest, SNAPSHOT, Asking())

    def skip(body: bytes) -> bool:
        return replayer.may_skip([foreign_material(make_page(0, body), "")])

    def read_whole(body: bytes) -> None:
        if not skip(body):
            replayer.analyse_first([foreign_material(make_page(0, body), "")], NO_FURNITURE)

    def refer(body: bytes) -> None:
        text = trafilatura.extract(body, include_comments=False) or ""
        replayer.tools.matcher.examine(Article(body=text))

    rough, skipped, theirs = take_least(bodies, lambda body: Rough(body).text, skip, refer)
    whole, theirs_planted = take_least(planted, read_whole, refer)
    print(
        f"ms a page, each page's least: skipped {skipped:.2f} ({rough:.2f} of it rough text), reference {theirs:.1f}; "
        f"relevant {whole:.1f}, reference {theirs_planted:.1f}"
    )
    for part in (0.01, 0.05):
        ratio = ((1 - part) * theirs + part * theirs_planted) / ((1 - part) * skipped + part * whole)
        print(f"  {part:.0%} relevant: ratio {ratio:.1f}")


def write_hostile(folder: Path, megabytes: int) -> tuple[Path, int]:
    """A file of so many compressed megabytes: the same few hundred records again and again. How many there are."""
    ordinary = b"<html><body>" + b"<p>The council met on Sunday and talked about the water supply.</p>" * 2500
    with ArchiveWriter(folder, max_bytes=1 << 40) as writer:
        for number in range(200):
            capture = writer.write(make_page(number, ordinary + random.Random(number).randbytes(30_000).hex().encode()))
        writer.write(make_page(200, b"<p>long</p>" * 5_000_000))
        writer.write(make_page(201, b"<table><tr><td>" * 300_000))
        bomb = gzip.compress(bytes(500_000_000))
        page = make_page(202, bomb)
        writer.write(replace(page, headers=(("Content-Encoding", "gzip"),)))
        writer.write(make_page(203, bytes(200_000_000)))
    block = bytearray((folder / capture.file).read_bytes())
    block[len(block) // 2 : len(block) // 2 + 64] = bytes(64)
    path = folder / "hostile.warc.gz"
    times = megabytes * 1_000_000 // len(block) + 1
    with path.open("wb") as file:
        for _ in range(times):
            file.write(block)
    return path, times * 204


def measure_memory(megabytes: int) -> None:
    """Bombs, pages of 50 MB, and broken members among ordinary pages, all in one piece; in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        path, records = write_hostile(Path(name), megabytes)
        print(f"{path.stat().st_size / 1e6:.0f} MB, {records} records", flush=True)
        subprocess.run([sys.executable, __file__, "--read", str(path)], check=True)


def read_peak() -> float:
    """MiB; what getrusage tells of a process is also its parent's."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]  # every Linux has it


def read_hostile(path: str) -> None:
    replay_piece(FilePiece(path, end=1), SETTINGS.digest, SNAPSHOT, Asking())
    before = read_peak()
    result = replay_piece(FilePiece(path), SETTINGS.digest, SNAPSHOT, Asking())
    peak = read_peak()
    kinds = Counter(re.sub(r"[\d.]+", "N", problem.partition(": ")[2])[:70] for problem in result.problems)
    print(
        f"{result.pages} pages, {result.skipped} skipped, {len(result.problems)} not read; peak {peak:.0f} MiB "
        f"({before:.0f} with the rules and one page)"
    )
    for problem, count in kinds.most_common(8):
        print(f"  {count} times: {problem}")


if __name__ == "__main__":
    if sys.argv[1] == "--memory":
        measure_memory(int(sys.argv[2]))
    elif sys.argv[1] == "--read":
        read_hostile(sys.argv[2])
    else:
        measure_speed(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 600)
