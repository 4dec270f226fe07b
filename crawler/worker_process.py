"""What happens inside a worker process: crawler/workers.py has the other end of its pipe."""

import gc
import os
import pickle
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from fcntl import F_GETFL, F_SETFL, F_SETOWN, fcntl
from multiprocessing import parent_process
from pathlib import Path
from select import select

from crawler.errors import BasewatchError, Quarantined

SIZE_BYTES = 8
"""A message is its size, most significant byte first, and a pickle."""

ACCEPTED = b"+"
"""Said between the task and its reply: from here on its time is counted."""

OVERFED = b"memory"
"""Said instead of a reply. A pickle would need memory."""

_MAX_REASON = 300

_FORBIDDEN = frozenset(
    {
        "socket.bind",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.sendto",
        "subprocess.Popen",
        "os.exec",
        "os.fork",
        "os.posix_spawn",
        "os.system",
    }
)
"""Audit events of Python that lead out of the process."""

_REACHING_FILES = frozenset({"socket.connect", "socket.getaddrinfo"})
"""Those among them that bring a file of another machine."""


Watch = Callable[[str, tuple[object, ...]], None]
"""An audit hook of Python: is told of what leads out of the process, and forbids it by raising."""


def forbid_reach(event: str, _args: tuple[object, ...]) -> None:
    """Reading a page never needs the network or another program, whatever the page asks for."""
    if event in _FORBIDDEN:
        raise PermissionError(f"a worker may not do {event}")


def forbid_pages_reach(event: str, args: tuple[object, ...]) -> None:
    """The same where files lie on other machines: fsspec asks for them in threads of its own, and pages are read in the
    main one."""
    if event not in _REACHING_FILES or threading.get_ident() == threading.main_thread().ident:
        forbid_reach(event, args)


def serve(channel: socket.socket, memory_mb: int, idle_s: float, watch: Watch = forbid_reach) -> None:
    """Do one task after the other, until the pipe closes or nothing comes for `idle_s` seconds."""
    _settle(memory_mb, watch)
    channel.settimeout(idle_s)
    with channel, channel.makefile("rb") as requests, suppress(TimeoutError, ConnectionError):
        while size := int.from_bytes(requests.read(SIZE_BYTES)):
            request = requests.read(size)
            channel.sendall(ACCEPTED)
            reply = perform_task(request)
            channel.sendall(len(reply).to_bytes(SIZE_BYTES) + reply)


def perform_task(request: bytes) -> bytes:
    """Call what the pickle says; the reply is the pickle of (result, None) or (None, error)."""
    try:
        function, args = pickle.loads(request)  # noqa: S301  # our own pool wrote it
        return pickle.dumps((function(*args), None))
    except MemoryError:
        return OVERFED
    except BasewatchError as error:
        return pickle.dumps((None, error))
    except BaseException as error:  # noqa: BLE001  # whatever a page makes it raise, SystemExit too, is the page's
        return pickle.dumps((None, Quarantined(describe_error(error))))


def describe_error(error: BaseException) -> str:
    """One short line that any ledger, log and terminal can bear."""
    line = "".join(char if char.isprintable() else " " for char in f"{type(error).__name__}: {error}"[:_MAX_REASON])
    return line.strip()


# ── what a worker may do, and how it ends ────────────────────────────────────────────────────────


def _settle(memory_mb: int, watch: Watch) -> None:
    for ours in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ours, signal.SIG_IGN)  # meant for the daemon, which lets us finish
    _die_with_parent()
    _silence_output()
    gc.freeze()  # what was imported before the fork stays shared
    sys.addaudithook(watch)
    _limit_memory(memory_mb)


def _die_with_parent() -> None:
    """Have the kernel end this process when its parent ends, even while C code holds the interpreter.

    Nobody ever writes to the parent's sentinel: its only event is that the other end closes, which SIGIO tells.
    """
    parent = parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl(sentinel, F_SETOWN, os.getpid())
    fcntl(sentinel, F_SETFL, fcntl(sentinel, F_GETFL) | os.O_ASYNC)
    if select([sentinel], [], [], 0)[0]:
        os._exit(0)  # it ended before we listened


def _silence_output() -> None:
    """A worker speaks through its reply alone; libraries that print must not reach the terminal."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)


def _limit_memory(memory_mb: int) -> None:
    """Cap the address space, where the system enforces it, and be the first to go when all memory runs out."""
    if sys.platform != "linux":
        return
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    wanted = pages * resource.getpagesize() + (memory_mb << 20)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    with suppress(OSError):  # not all containers allow it
        Path("/proc/self/oom_score_adj").write_text("500", "ascii")
