"""Reading a feed of 50 entries of which some are new: with pruning, without, and by feedparser alone.

    python -m benchmarks.feeds [--rounds 20]

CPU of one process (process_time), the best of the rounds.
"""

import argparse
import io
import time
from collections.abc import Callable
from datetime import UTC, datetime

import feedparser

from benchmarks.outlets import make_feed
from crawler.models import Page
from spiders.feeds import read_feed

URL = "https://wire.example/rss.xml"


def make_page(first: int) -> Page:
    body = make_feed(first, 1)
    return Page(URL, URL, 200, (("Content-Type", "application/rss+xml"),), body, body, datetime.now(UTC))


def cost_ms(work: Callable[[], object], rounds: int) -> float:
    costs = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        costs.append(time.process_time() - began)
    return min(costs) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    page, memory = make_page(50), read_feed(make_page(50)).memory or ""
    reference = cost_ms(lambda: feedparser.parse(io.BytesIO(page.body)), rounds)
    print(f"feedparser alone   {reference:7.2f} ms")
    print(f"read whole         {cost_ms(lambda: read_feed(page), rounds):7.2f} ms")
    for new in (0, 2, 10, 50):
        after = make_page(50 + new)
        found = read_feed(after, memory)
        if (len(found.links), found.pruned) != (new, 50 - new):
            raise RuntimeError(f"{len(found.links)} links, {found.pruned} pruned")
        cost = cost_ms(lambda after=after: read_feed(after, memory), rounds)
        print(f"{new:2} of 50 new       {cost:7.2f} ms   {reference / cost:5.1f} times less than feedparser alone")


if __name__ == "__main__":
    main()
