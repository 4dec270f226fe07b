"""What outlets repeat around their articles: learned from the pages that are saved, kept between crawls.

A page's trace is appended to the outlet's log. From time to time the log is folded into the outlet's memory and a new
verdict is stored: after every page while little is known, after every 25th in the end, so that the memory, which may
take a megabyte, is seldom written. Folding goes by the order of the log: the same pages in the same order always give
the same verdict, whatever was killed in between.
"""

import json
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from crawler.extract.furniture import NO_FURNITURE, Furniture, LearnedBlock, OutletMemory
from crawler.models import Trace, TracedLine
from crawler.store.engine import insert_unless_known, take_lock
from crawler.store.schema import furniture, traces
from crawler.store.values import make_digest

_LATEST_FOLD = 25
"""Traces that wait at most."""
_SHARE = 10
"""A log is folded when it is one such part of what is known. Measured with 25 paragraphs a page: 4 ms of CPU a page."""


def read_furniture(connection: Connection, outlet: str) -> Furniture:
    """The verdict of the last fold."""
    verdict = connection.scalar(select(furniture.c.verdict).where(furniture.c.outlet == outlet))
    return _read_verdict(verdict) if verdict else NO_FURNITURE


def learn_trace(connection: Connection, outlet: str, trace: Trace, now: datetime) -> None:
    """Append it to the outlet's log, and fold the log when it is time."""
    if not trace.lines:
        return
    _lock_outlet(connection, outlet)
    connection.execute(insert(traces), {"outlet": outlet, "lines": _write_trace(trace)})
    waiting = connection.scalar(select(func.count()).where(traces.c.outlet == outlet)) or 0
    known = connection.scalar(select(furniture.c.articles).where(furniture.c.outlet == outlet)) or 0
    if waiting >= min(max(1, known // _SHARE), _LATEST_FOLD):
        _keep_memory(connection, outlet, read_memory(connection, outlet), now)


def read_memory(connection: Connection, outlet: str) -> OutletMemory:
    """All that was learned of it, the log included."""
    dumped = connection.scalar(select(furniture.c.memory).where(furniture.c.outlet == outlet))
    memory = OutletMemory.restore(dumped) if dumped else OutletMemory()
    log = select(traces.c.lines).where(traces.c.outlet == outlet).order_by(traces.c.id)
    for lines in connection.scalars(log):
        memory.learn(_read_trace(lines))
    return memory


def decide_block(connection: Connection, outlet: str, key: str, verdict: str, now: datetime) -> LearnedBlock:
    """An analyst's word on a block whose key `read_memory` knows; in force from the next page on."""
    _lock_outlet(connection, outlet)
    memory = read_memory(connection, outlet)
    memory.decide(key, verdict)
    _keep_memory(connection, outlet, memory, now)
    return memory.describe(key)


def _keep_memory(connection: Connection, outlet: str, memory: OutletMemory, now: datetime) -> None:
    row = {
        "memory": memory.dump(),
        "verdict": _write_verdict(memory.judge()),
        "articles": memory.articles,
        "changed_at": now,
    }
    connection.execute(insert_unless_known(connection, furniture, "outlet"), {"outlet": outlet, **row})
    connection.execute(update(furniture).where(furniture.c.outlet == outlet).values(row))
    connection.execute(delete(traces).where(traces.c.outlet == outlet))


def _lock_outlet(connection: Connection, outlet: str) -> None:
    take_lock(connection, int(make_digest("furniture", outlet)[:15], 16))


def _write_trace(trace: Trace) -> str:
    return json.dumps([[line.text, line.make, line.is_idle] for line in trace.lines], ensure_ascii=False)


def _read_trace(text: str) -> Trace:
    return Trace(tuple(TracedLine(*fields) for fields in json.loads(text)))


def _write_verdict(verdict: Furniture) -> str:
    parts = (verdict.lines, verdict.makes, verdict.kept, verdict.chosen)
    return json.dumps([sorted(part) for part in parts], ensure_ascii=False)


def _read_verdict(text: str) -> Furniture:
    return Furniture(*map(frozenset, json.loads(text)))
