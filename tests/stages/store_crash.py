"""Kills a process before each statement, and before the commit, of one act of the store; says what each death left.

Run as `python -m tests.stages.store_crash URL ACT`; prints one JSON object of row counts for each death, and one for
the life that came through. A program of its own, because what forks and dies must not be the test run.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from types import FrameType

from sqlalchemy import Connection, Engine, func, inspect, select

from crawler.models import Outcome, SourceState
from crawler.store.engine import begin_read, make_engine
from crawler.store.links import list_links
from crawler.store.migrate import migrate_schema
from crawler.store.schema import metadata
from crawler.store.store import Store
from tests.stages.store_samples import NOW, analysis_of, capture_of, poll_of, seen


def save_poll(engine: Engine) -> None:
    links = [seen(f"https://a.example/{number}", guid=str(number)) for number in range(1, 4)]
    links.append(seen("https://b.example/", outcome=Outcome.OUT_OF_SCOPE))
    links.append(seen("https://a.example/moved", guid="0"))
    Store(engine).save_poll(poll_of(), links, SourceState("news", NOW, etag="new"))


def save_portions(engine: Engine) -> None:
    """Each death leaves the portions that were stored; the act may be repeated after any of them."""
    links = [seen(f"https://a.example/{number}", guid=str(number)) for number in range(6)]
    links.insert(1, links[0])
    store, begun = Store(engine), None
    *portions, last = list_links(links).split(2)
    for portion in portions:
        begun = store.save_portion(poll_of(), portion, begun)
    store.save_last(replace(poll_of(), capped=4, pruned=3), last, SourceState("news", NOW, etag="new"), begun)


def save_analysis(engine: Engine) -> None:
    store = Store(engine)
    for link in store.read_pending(NOW, 1):
        store.save_analysis(link, analysis_of("threat"), NOW, outlet_name="The News", capture=capture_of())


ACTS: dict[str, Callable[[Engine], None]] = {
    "migrate": migrate_schema,
    "save_poll": save_poll,
    "save_portions": save_portions,
    "save_analysis": save_analysis,
}


ASKED = {"Cursor.execute", "Cursor.executemany", "Connection.commit"}
"""Functions of either driver, so that nothing goes past this, whichever way the store asks."""


def die_at(point: int) -> None:
    """Let this process be killed at the `point`-th thing that it asks of the database from now on."""
    asked = count(1)

    def step(frame: FrameType, what: str, called: object) -> None:
        if what == "call":
            name = frame.f_code.co_qualname
        elif what == "c_call":
            name = getattr(called, "__qualname__", "")
        else:  # half of all events: what returns
            return
        if name in ASKED and next(asked) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(step)


def live(url: str, act: str, point: int) -> bool:
    """Does a process come through the act without reaching `point`?"""
    if (child := os.fork()) == 0:
        engine = make_engine(url)
        die_at(point)
        ACTS[act](engine)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise SystemExit("the act failed")
    return os.WIFEXITED(status)


def count_rows(url: str) -> dict[str, int]:
    engine = make_engine(url)
    with begin_read(engine) as connection:
        counts = _count(connection)
    engine.dispose()
    return counts


def read_accounts(url: str) -> dict[str, object]:
    """What the ledger says, and which validator is stored."""
    store = Store(make_engine(url))
    [row] = store.read_ledger(NOW, NOW + timedelta(days=1))
    [state] = store.read_states()
    details = [each.detail for each in store.read_polls(NOW, NOW + timedelta(days=1), 100)]
    sums = {"seen": row.seen, "known": row.known, "new": row.new, "pending": row.pending}
    store.close()
    return {**sums, "closes": row.closes, "etag": state.etag, "details": details}


def _count(connection: Connection) -> dict[str, int]:
    there = set(inspect(connection).get_table_names())
    tables = [table for table in metadata.sorted_tables if table.name in there]
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def main(url: str, act: str) -> None:
    if act != "migrate":
        store = Store.open(url)
        store.save_poll(poll_of(), [seen("https://a.example/0", guid="0")], SourceState("news", NOW, etag="old"))
        store.close()
    for point in count(1, 6 if act == "migrate" else 1):  # a migration is many statements of one kind
        survived = live(url, act, point)
        left = read_accounts(url) if act == "save_portions" else count_rows(url)
        print(json.dumps(left))  # noqa: T201 - its output is its answer
        if survived:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
