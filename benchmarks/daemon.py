"""The daemon as a whole, against a local website in a process of its own: start, memory, CPU per poll and per article.

    python benchmarks/daemon.py [--polls 2000] [--articles 300]

CPU is user + system time from /proc (Linux): of the main process for polls, of it and its workers for articles. The
reference in the same run is the bare extraction of the same articles by trafilatura in one process.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trafilatura

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.running import BASE_ATTACK, FILLER, Place, make_article, make_place

TICKS = os.sysconf("SC_CLK_TCK")
SITE = """
import sys, time
from tests.website import Item, Website
sources, articles = int(sys.argv[1]), int(sys.argv[2])
from benchmarks.daemon import make_page
with Website() as site:
    for number in range(articles):
        site.page(f"/news/{number}", make_page(number))
    site.feed("/articles.xml", [Item(f"Item {n}", site.url(f"/news/{n}")) for n in range(articles)], etag='"a"')
    for number in range(sources):
        site.feed(f"/feed-{number}.xml", [Item("x", f"https://elsewhere.example/{number}")], etag=f'"{number}"')
    print(site.url(""), flush=True)
    time.sleep(3600)
"""


def make_page(number: int) -> str:
    """About 5 KB of text, every tenth with a hit."""
    told = f"{BASE_ATTACK} " if number % 10 == 0 else ""
    paragraphs = [f"{told}Report {number}, paragraph {part}. {FILLER} {FILLER}" for part in range(10)]
    return make_article(f"Report number {number}", *paragraphs)


@contextmanager
def running_site(sources: int, articles: int) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SITE, str(sources), str(articles)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdout
    try:
        yield process.stdout.readline().strip().rstrip("/")
    finally:
        process.kill()
        process.wait()


def read_cpu_s(pid: int) -> float:
    """CPU seconds of one process, its ended children not counted."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def read_rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def list_family(pid: int) -> list[int]:
    """The process and all below it."""
    family = [pid]
    for parent in family:
        children = Path(f"/proc/{parent}/task/{parent}/children")
        family += [int(child) for child in children.read_text().split()] if children.exists() else []
    return family


def sources_yaml(base: str, feeds: list[str], every: str) -> str:
    entries = "".join(
        f"\n      - feed: {base}/{feed}.xml\n        name: {feed}\n        every: {every}\n        delay: 0s"
        "\n        allow_private: true"
        for feed in feeds
    )
    outlet = f"name: Local\n    homepage: {base}/\n    language: en\n    sources:{entries}"
    return f"outlets:\n  local:\n    {outlet}\n"


def count_polls(place: Place) -> int:
    return sum(row.polls for row in place.ledger())


def measure_start(place: Place) -> None:
    began = time.monotonic()
    with place.daemon() as daemon:
        daemon.wait_ready()
        print(f"ready                {time.monotonic() - began:8.2f} s")
        time.sleep(10)
        cpu, pid = read_cpu_s(daemon.process.pid), daemon.process.pid
        time.sleep(10)
        print(f"idle, main process   {read_rss_mb(pid):8.1f} MB, {10 * (read_cpu_s(pid) - cpu):.1f} % of a CPU")
        print(f"idle, with children  {sum(map(read_rss_mb, list_family(pid))):8.1f} MB (shared pages counted twice)")
        daemon.stop()


def measure_polls(place: Place, base: str, polls: int, sources: int) -> None:
    place.write("sources.yaml", sources_yaml(base, [f"feed-{number}" for number in range(sources)], "1s"))
    with place.daemon() as daemon:
        pid = daemon.process.pid
        daemon.wait_ready()
        daemon.wait_for(lambda: count_polls(place) >= 2 * sources, 120)
        seen, cpu, rss, began = count_polls(place), read_cpu_s(pid), read_rss_mb(pid), time.monotonic()
        daemon.wait_for(lambda: count_polls(place) >= seen + polls, 600)
        done = count_polls(place) - seen
        print(
            f"{done} polls, 304     {1000 * (read_cpu_s(pid) - cpu) / done:8.2f} ms of CPU each, "
            f"{done / (time.monotonic() - began):.0f} a second asked for, RSS {rss:.1f} -> {read_rss_mb(pid):.1f} MB"
        )
        daemon.stop()


def measure_articles(place: Place, base: str, articles: int) -> None:
    place.write("sources.yaml", sources_yaml(base, ["articles"], "1h"))
    with place.daemon() as daemon:
        pid = daemon.process.pid
        daemon.wait_ready()
        daemon.wait_for(lambda: place.ledger() and place.ledger()[-1].new >= articles, 60)
        began = time.monotonic()
        daemon.wait_for(lambda: not sum(row.pending for row in place.ledger()), 600)
        took = time.monotonic() - began
        main, family = read_cpu_s(pid), sum(map(read_cpu_s, list_family(pid)))
        daemon.stop()
    reference = measure_reference(articles)
    print(
        f"{articles} articles         {1000 * main / articles:8.2f} ms of CPU each in the main process, "
        f"{1000 * family / articles:.2f} with workers, start included; {articles / took:.0f} a second"
    )
    print(
        f"reference            {1000 * reference:8.2f} ms: trafilatura alone; ratio {family / articles / reference:.1f}"
    )


def measure_reference(articles: int) -> float:
    began = time.process_time()
    for number in range(articles):
        trafilatura.bare_extraction(make_page(number), with_metadata=True, include_comments=False)
    return (time.process_time() - began) / articles


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--polls", type=int, default=2000)
    parser.add_argument("--sources", type=int, default=100)
    parser.add_argument("--articles", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_site(options.sources, options.articles) as base:
        measure_start(make_place(Path(folder) / "start"))
        measure_polls(make_place(Path(folder) / "polls"), base, options.polls, options.sources)
        measure_articles(make_place(Path(folder) / "articles"), base, options.articles)


if __name__ == "__main__":
    main()
