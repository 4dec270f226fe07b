"""Processes that do what a page could make us regret: they can be killed, and a fresh one goes on.

Each worker has a pipe of its own, so that nothing it does or suffers touches the task of another. A task that hangs is
killed with its worker. One that dies or runs out of memory is tried again in a fresh worker, because what earlier
pages left behind is not its fault, and is quarantined when it fails there as well.

Workers are forked from a server process that has imported what they need and nothing else: they start in
milliseconds, share its memory, and hold no database, socket or lock of ours. On macOS, where forking is not safe, they
are spawned.
"""

import asyncio
import atexit
import multiprocessing
import multiprocessing.util
import pickle
import socket
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.process import BaseProcess
from pathlib import Path
from signal import Signals
from typing import Any, Generic, ParamSpec, Self, TypeVar, cast

from crawler.errors import BasewatchError, Quarantined, WorkerError
from crawler.extract.furniture import Furniture
from crawler.models import Analysis, Material
from crawler.worker_process import ACCEPTED, OVERFED, SIZE_BYTES, Watch, forbid_reach, serve

P = ParamSpec("P")
T = TypeVar("T")

MAX_TASKS = 500
"""Tasks of one worker. See benchmarks/workers.py for what they leave behind, and what a fresh one costs."""

START_S = 60.0
"""Longest that a worker may take to accept a task."""

_PROMPT_S = 0.05
"""Most tasks are done by then: a look at how long their worker waited for a processor would cost as much as the rest of
the hand-over, and comes only after it."""

_MOST_WAITING = 30
"""Times of its limit that a task may take by the clock on the wall."""

MAX_RESULT_BYTES = 64 << 20
_HEAD_BYTES = len(ACCEPTED) + SIZE_BYTES
"""Before a reply."""

LARGE_BYTES = 1 << 20
"""Of what a task has to read. Five thousand items take some seconds; a feed of a hundred is a tenth as large."""


@dataclass(frozen=True, slots=True)
class Remote(Generic[P, T]):
    """A function by its place, so that the daemon can send it to a worker without importing what it needs."""

    module: str
    name: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        """In the worker: import it and call it."""
        function: Callable[P, T] = getattr(import_module(self.module), self.name)
        return function(*args, **kwargs)


ANALYSE: Remote[[Material, Path, Furniture, frozenset[str]], Analysis] = Remote("crawler.tasks", "analyse_in_worker")
"""What `analyse` finds in a material with a snapshot of settings, an outlet's furniture, and without the rules that are
off. The last two may be left out. Raises Unreadable."""


# ── the pool ─────────────────────────────────────────────────────────────────────────────────────


class WorkerPool:
    """At most `processes` workers, each with `memory_mb` MiB of address space above what it starts with.

    Workers start when they are needed and go home when nothing comes for `idle_s` seconds. The limit of memory holds
    on Linux; macOS does not enforce one.
    """

    def __init__(
        self,
        processes: int,
        *,
        memory_mb: int,
        idle_s: float = 300,
        watch: Watch = forbid_reach,
        repeats: bool = True,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        """`watch` says what a worker may not do; `on_lost` hears of each one that hung, died or overate. Without
        `repeats` a task that was begun is never done a second time, whatever became of its worker: for what others
        would notice."""
        self._processes = processes
        self._limits = memory_mb, idle_s, watch
        self._repeats = repeats
        self._on_lost = on_lost
        self._slots = asyncio.Semaphore(processes)
        self._large_slots = asyncio.Semaphore(max(processes - 1, 1))
        self._workers: set[_Worker] = set()
        self._idle: list[_Worker] = []
        self._closed = False
        # runs before multiprocessing's own, which would wait for workers that wait for us
        atexit.register(self._kill_all)

    async def start(self) -> None:
        """Start one worker now, so that the first task need not wait for it. Raises WorkerError."""
        self._keep(await self._hire())

    async def run(self, function: Callable[..., T], *args: object, timeout_s: float, size: int = 0) -> T:
        """Call a top-level function, or a Remote one, in a worker. Function, arguments and result are pickled. Tasks of
        a `size` beyond LARGE_BYTES leave one worker to the others.

        Raises what the function raises, if that is of BasewatchError's tree. Raises Quarantined when it raises
        anything else, hangs, dies or overfeeds its worker; WorkerError when no worker can be had. Whoever cancels
        this call kills the worker.
        """
        async with self._large_slots if size > LARGE_BYTES else nullcontext(), self._slots:
            request = pickle.dumps((function, args))  # only now: whoever waits in line holds no copy
            result, error = await self._perform(request, timeout_s)
        if error is not None:
            raise error
        return cast("T", result)

    def close(self) -> None:
        """End all workers now. Tasks under way end with WorkerError: wait for them first, if they matter."""
        atexit.unregister(self._kill_all)
        self._closed = True
        self._idle.clear()
        for worker in tuple(self._workers):
            self._dismiss(worker)

    async def _perform(self, request: bytes, timeout_s: float, *, fresh: bool = False) -> "_Reply":
        worker = await self._hire() if fresh or not self._idle else self._idle.pop()
        try:
            reply = await worker.ask(request, timeout_s)
        except _LostError as lost:
            self._dismiss(worker)
            if self._closed:
                raise WorkerError("the pool was closed") from None
            self._on_lost()
            if lost.accepted and (worker.tasks == 0 or not self._repeats):
                raise Quarantined(str(lost)) from None
            if fresh:
                raise WorkerError(str(lost)) from None
            return await self._perform(request, timeout_s, fresh=True)
        except Quarantined:  # it hung, or says too much
            self._dismiss(worker)
            self._on_lost()
            raise
        except BaseException:  # its caller has given up: it is busy with what nobody waits for
            self._dismiss(worker)
            raise
        self._keep(worker)
        return reply

    async def _hire(self) -> "_Worker":
        if self._closed:
            raise WorkerError("the pool was closed")
        worker = await _Worker.start(*self._limits)
        self._workers.add(worker)
        if self._closed:
            self._dismiss(worker)
            raise WorkerError("the pool was closed")
        return worker

    def _keep(self, worker: "_Worker") -> None:
        if worker.tasks >= MAX_TASKS:
            self._dismiss(worker)
            return
        self._idle.append(worker)
        if len(self._idle) > self._processes:
            self._dismiss(self._idle.pop(0))

    def _dismiss(self, worker: "_Worker") -> None:
        self._workers.discard(worker)
        worker.stop()

    def _kill_all(self) -> None:
        for worker in self._workers:
            worker.kill()


# ── one worker, seen from here ───────────────────────────────────────────────────────────────────

_Reply = tuple[object, BasewatchError | None]
"""What the function returned, or what it raised."""


class _LostError(Exception):
    """The worker is of no use any more, and this may not be the task's fault."""

    def __init__(self, reason: str, *, accepted: bool) -> None:
        super().__init__(reason)
        self.accepted = accepted
        """Had it begun with the task?"""


_CONTEXT = multiprocessing.get_context("forkserver" if sys.platform == "linux" else "spawn")


def preload(*functions: Remote[..., Any]) -> None:
    """Have the server import what these need beside what ANALYSE does, so that workers share it and no fresh one takes
    its time to import it. To be said before the first worker of the process starts; later, and where workers are
    spawned, it changes nothing."""
    _CONTEXT.set_forkserver_preload([__name__, *(function.module for function in (ANALYSE, *functions))])


preload()


class _Pipe(asyncio.Protocol):
    """Our end of a worker's pipe. What comes back wakes the task that waits for it once, when it is whole."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.reply: asyncio.Future[bytes] = loop.create_future()
        """Raises OSError when the worker ends before it is whole."""
        self.accepted: asyncio.Future[float] = loop.create_future()
        """When it was, by the loop's clock."""
        self.reply.cancel()  # nobody waits yet
        self._received = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def give(self, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        self.reply, self.accepted, self._received = loop.create_future(), loop.create_future(), bytearray()
        if self._transport is None:
            self.reply.set_exception(ConnectionResetError())
        else:
            self._transport.write(len(request).to_bytes(SIZE_BYTES) + request)

    def data_received(self, data: bytes) -> None:
        if self.reply.done():
            return
        if not self.accepted.done():
            self.accepted.set_result(asyncio.get_running_loop().time())
        self._received += data
        if len(self._received) < _HEAD_BYTES:
            return
        size = int.from_bytes(self._received[len(ACCEPTED) : _HEAD_BYTES])
        if size > MAX_RESULT_BYTES:
            self.reply.set_exception(Quarantined(f"its result takes {size} bytes"))
        elif len(self._received) >= _HEAD_BYTES + size:
            self.reply.set_result(bytes(self._received[_HEAD_BYTES:]))
            self._received.clear()

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if not self.reply.done():
            self.reply.set_exception(error if isinstance(error, OSError) else ConnectionResetError())

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()


class _Worker:
    def __init__(self, process: BaseProcess, pipe: _Pipe) -> None:
        self.tasks = 0
        """Tasks that it has done."""
        self._process = process
        self._pipe = pipe

    @classmethod
    async def start(cls, memory_mb: int, idle_s: float, watch: Watch) -> Self:
        ours, theirs = socket.socketpair()
        process = _CONTEXT.Process(  # type: ignore[attr-defined]  # typeshed gives it to each context, not to their base
            target=serve, args=(theirs, memory_mb, idle_s, watch), name="basewatch-worker", daemon=True
        )
        try:
            await asyncio.to_thread(_launch, process, theirs)
            _, pipe = await asyncio.get_running_loop().create_connection(_Pipe, sock=ours)
            return cls(process, pipe)
        except (OSError, EOFError) as error:
            ours.close()
            raise WorkerError(f"cannot start a worker: {error}") from error
        except BaseException:  # the caller has given up; without its pipe the worker ends by itself
            ours.close()
            raise

    async def ask(self, request: bytes, timeout_s: float) -> _Reply:
        """Give it a task and wait. The clock starts when it begins, and stands still while the task waits for a
        processor: a machine that is busy with others condemns no page. Raises Quarantined or _LostError."""
        self._pipe.give(request)
        accepted = self._pipe.accepted
        try:
            packed = await self._await_reply(timeout_s)
        except TimeoutError:
            if accepted.done():
                raise Quarantined(f"hung for more than {timeout_s:g} s") from None
            raise _LostError("a worker does not take its task", accepted=False) from None
        except OSError:
            raise _LostError(await self._describe_end(), accepted=accepted.done()) from None
        finally:
            self._pipe.reply.cancel()  # nobody waits any more
        if packed == OVERFED:
            raise _LostError("ran out of memory", accepted=True)
        self.tasks += 1
        return cast("_Reply", pickle.loads(packed))  # noqa: S301  # our own worker wrote it

    async def _await_reply(self, timeout_s: float) -> bytes:
        """Raises TimeoutError when it had so much time for itself, or waited `_MOST_WAITING` times as long for it."""
        clock, reply, accepted = asyncio.get_running_loop().time, self._pipe.reply, self._pipe.accepted
        await asyncio.wait({reply}, timeout=min(_PROMPT_S, timeout_s))
        if not reply.done():
            either: set[asyncio.Future[Any]] = {reply, accepted}
            await asyncio.wait(either, timeout=START_S, return_when=asyncio.FIRST_COMPLETED)
            if not accepted.done() and not reply.done():
                raise TimeoutError
            queued = self._queued_s()
            while not reply.done():
                due = accepted.result() + timeout_s + min(self._queued_s() - queued, timeout_s * (_MOST_WAITING - 1))
                if due <= clock():
                    raise TimeoutError
                await asyncio.wait({reply}, timeout=due - clock())
        return reply.result()

    def _queued_s(self) -> float:
        """How long it was ready to run and another process ran instead, ever. Only Linux tells; elsewhere 0."""
        try:
            return int(Path(f"/proc/{self._process.pid}/schedstat").read_text("ascii").split()[1]) / 1e9
        except (OSError, IndexError, ValueError):
            return 0.0

    async def _describe_end(self) -> str:
        await asyncio.to_thread(self._process.join, 1.0)
        code = self._process.exitcode
        if code is not None and code < 0:
            return f"killed its worker ({Signals(-code).name})"
        return f"ended its worker (exit code {code})"

    def stop(self) -> None:
        self._pipe.abort()
        self.kill()

    def kill(self) -> None:
        if self._process.is_alive():
            self._process.kill()


def _launch(process: BaseProcess, theirs: socket.socket) -> None:
    """Blocks until the process runs: the first time for as long as its imports take."""
    with theirs:
        process.start()
