"""Runs out of disk in the middle of two acts of an SQLite store; says what each said, and what is there afterwards.

Run as `python -m tests.stages.store_full_disk URL`, because the limit is the whole process's.
"""

import resource
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from crawler.errors import StoreError
from crawler.store.store import Store
from tests.stages.store_samples import NOW, add_pending, analysis_of, save_links, seen


def limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def say_error(act: Callable[[], object]) -> None:
    try:
        act()
    except StoreError as error:
        print(error)  # noqa: T201 - its output is its answer


def main(url: str) -> None:
    store = Store.open(url)
    one, _ = add_pending(store, "https://a.example/1", "https://a.example/2")
    many = [seen(f"https://a.example/{number}", title="x" * 10_000) for number in range(3, 99)]
    folder = Path(url.removeprefix("sqlite:///")).parent
    limit_files(max(path.stat().st_size for path in folder.iterdir()) + 8192)
    long = analysis_of("threat", body="word " * 200_000)
    say_error(lambda: store.save_analysis(one, long, NOW, outlet_name="News"))
    say_error(lambda: save_links(store, many))
    limit_files(resource.RLIM_INFINITY)
    [row] = store.read_ledger(NOW, NOW + timedelta(days=1))
    print(row.polls, row.new, row.pending, row.closes, len(store.read_alerts()))  # noqa: T201 - its output is its answer
    print(store.save_analysis(one, analysis_of("threat"), NOW, outlet_name="News").outcome)  # noqa: T201 - the same


if __name__ == "__main__":
    main(sys.argv[1])
