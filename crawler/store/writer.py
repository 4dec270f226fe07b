"""Writing to the store from an asyncio program: off the loop, one after another, many to a commit.

Measured on SQLite with an fsync of 0.2 ms: a poll without news costs 0.43 ms of CPU in a commit of its own, 0.19 ms
in a shared one (benchmarks/store.py).
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

from crawler.errors import StoreError
from crawler.store.store import Store

P = ParamSpec("P")
T = TypeVar("T")

_LARGEST_GROUP = 64
"""Calls that share a commit at most, so that nobody else waits long for the write lock."""

PATIENCE_S = 0.05
"""How long a call that can wait does so for others to share its commit."""


@dataclass(frozen=True, slots=True)
class _Call:
    work: Callable[[], Any]
    patient: bool = False
    answer: Future[Any] = field(default_factory=Future)


class Writer:
    """One thread that does all of a program's writing. Used from one event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._calls: SimpleQueue[_Call | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def call(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a method of the store after those that were called before; what it wrote is durable when this returns.
        Raises what the method raises. Cancelling takes back a call that has not begun."""
        answer: T = await self._enqueue(_Call(lambda: method(*args, **kwargs)))
        return answer

    async def call_patiently(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for a call that nobody waits for: it may wait a moment for others to share its commit."""
        answer: T = await self._enqueue(_Call(lambda: method(*args, **kwargs), patient=True))
        return answer

    async def _enqueue(self, call: _Call) -> Any:  # noqa: ANN401  # what the call gives
        if self._closed:
            raise StoreError("the writer is closed")
        self._calls.put(call)
        return await asyncio.wrap_future(call.answer)

    async def close(self) -> None:
        """Finish what was called, then end the thread. The store stays open."""
        if not self._closed:
            self._closed = True
            self._calls.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        while calls := self._take_waiting():
            begun = [call for call in calls if call.answer.set_running_or_notify_cancel()]
            if len(begun) < 2 or not self._write_together(begun):  # noqa: PLR2004 - one alone is no group
                for call in begun:
                    _write_alone(call)

    def _take_waiting(self) -> list[_Call]:
        """What waits now, at least one call, or what gathers while all are patient; nothing when the writer ends."""
        first = self._calls.get()
        if first is None:
            return []
        calls = [first]
        until = time.monotonic() + PATIENCE_S
        while len(calls) < _LARGEST_GROUP:
            patience = until - time.monotonic() if all(call.patient for call in calls) else 0
            try:
                call = self._calls.get(timeout=patience) if patience > 0 else self._calls.get_nowait()
            except Empty:
                break
            if call is None:
                self._calls.put(None)
                break
            calls.append(call)
        return calls

    def _write_together(self, calls: list[_Call]) -> bool:
        """In one commit. When any of them fails none is kept: each is then done alone, so that it fails alone."""
        try:
            with self._store.group():
                results = [call.work() for call in calls]
        except Exception:  # noqa: BLE001 - whatever it is, _write_alone meets it again and tells the caller
            return False
        for call, result in zip(calls, results, strict=True):
            call.answer.set_result(result)
        return True


def _write_alone(call: _Call) -> None:
    try:
        call.answer.set_result(call.work())
    except Exception as error:  # noqa: BLE001 - the thread must survive; the caller is told
        call.answer.set_exception(error)
