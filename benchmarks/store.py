"""What the store costs: milliseconds of wall clock and CPU for each kind of writing, alone and in shared commits.

    python benchmarks/store.py [--database sqlite:///FILE | postgresql://...] [--times 500]

Without a database it makes an SQLite file in a temporary folder; one that is given should be empty.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path

from crawler.models import (
    Analysis,
    Article,
    Capture,
    Hit,
    Link,
    Mention,
    PendingLink,
    Poll,
    PollVerdict,
    Removed,
    SeenLink,
    SourceState,
    Term,
    Zone,
)
from crawler.store.store import Store
from crawler.store.writer import Writer

NOW = datetime(2026, 8, 21, tzinfo=UTC)
TERMS = (Term(Zone.BODY, 0, 6, "convoy", "#attack"), Term(Zone.BODY, 20, 24, "base", "@base:ain-al-asad")) * 2
HITS = tuple(Hit(f"rule-{n}", "sha256:0", "warning", TERMS, Zone.BODY, 0, 200, "x" * 200, "why") for n in range(3))
MENTIONS = tuple(Mention("ain-al-asad", "base", "Ain al-Asad", Zone.BODY, n, n + 4, "Asad") for n in range(10))
REMOVED = tuple(Removed("5 min read", "reading-time", "an insert") for _ in range(5))


@dataclass
class Work:
    """The acts that are measured; each call does the next one."""

    store: Store
    numbers: Iterator[int] = field(default_factory=count)
    pending: list[PendingLink] = field(default_factory=list)

    def save_304(self) -> None:
        self.store.save_poll(Poll("feed", "news", NOW, PollVerdict.NOT_MODIFIED, 304), [], self.state())

    def save_known(self) -> None:
        self.store.save_poll(Poll("feed", "news", NOW, PollVerdict.CHANGED, 200), KNOWN, self.state())

    def save_two_new(self) -> None:
        links = [make_link(f"https://news.example/new/{next(self.numbers)}") for _ in range(2)] + KNOWN[2:]
        self.store.save_poll(Poll("feed", "news", NOW, PollVerdict.CHANGED, 200), links, self.state())

    def save_no_hit(self) -> None:
        self.save_analysis(())

    def save_hits(self) -> None:
        self.save_analysis(HITS)

    def save_analysis(self, hits: tuple[Hit, ...]) -> None:
        link = self.pending.pop()
        article = Article("A title", body=f"{link.id} " + "word " * 1000, removed=REMOVED)
        capture = Capture("crawl.warc.gz", link.id, 900, "sha256:0", link.link.url, 200, NOW)
        self.store.save_analysis(link, Analysis(article, MENTIONS, hits), NOW, outlet_name="The News", capture=capture)

    def state(self) -> SourceState:
        return SourceState("feed", NOW + timedelta(minutes=10), etag='"1"')


def make_link(url: str) -> SeenLink:
    return SeenLink(url, Link(url, guid=url, title="A title of some length", content="text " * 100))


KNOWN = [make_link(f"https://news.example/{number}") for number in range(50)]


def fill_queue(work: Work, count_: int) -> None:
    links = [make_link(f"https://news.example/queue/{number}") for number in range(count_)]
    work.store.save_poll(Poll("feed", "news", NOW, PollVerdict.CHANGED, 200), KNOWN + links, work.state())
    work.pending = work.store.read_pending(NOW, count_ + len(KNOWN))


def report(name: str, times: int, run: Callable[[], None]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:34} {wall / times * 1000:8.3f} ms wall {cpu / times * 1000:8.3f} ms CPU")


def repeat(act: Callable[[], object], times: int) -> None:
    for _ in range(times):
        act()


async def repeat_through_writer(store: Store, act: Callable[[], object], times: int) -> None:
    """64 callers at once, as many polls under way."""
    writer = Writer(store)
    for start in range(0, times, 64):
        await asyncio.gather(*(writer.call(act) for _ in range(min(64, times - start))))
    await writer.close()


def run_through_writer(store: Store, act: Callable[[], object], times: int) -> None:
    asyncio.run(repeat_through_writer(store, act, times))


def measure_fsync(folder: Path) -> float:
    """Milliseconds, for comparison: it decides what a commit of its own costs."""
    with (folder / "fsync").open("wb") as file:
        began = time.perf_counter()
        for _ in range(100):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
    return (time.perf_counter() - began) * 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database")
    parser.add_argument("--times", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(f"fsync {measure_fsync(Path(folder)):.2f} ms")
        store = Store.open(options.database or f"sqlite:///{folder}/store.sqlite")
        work = Work(store)
        fill_queue(work, 4 * options.times)
        acts = (work.save_304, work.save_known, work.save_two_new, work.save_no_hit, work.save_hits)
        for act in acts:
            act()  # compiles its statements
        for act in acts:
            report(act.__name__, options.times, partial(repeat, act, options.times))
        for act in (work.save_304, work.save_hits):
            shared = f"{act.__name__} through Writer"
            report(shared, options.times, partial(run_through_writer, store, act, options.times))
        store.mark_published([entry.id for entry in store.take_unpublished(10 * options.times)], NOW)
        report("take_unpublished, nothing there", 100, partial(repeat, partial(store.take_unpublished, 10), 100))
        store.close()


if __name__ == "__main__":
    main()
